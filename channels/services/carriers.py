"""Which of Amazon's carriers is meant by what staff, an ERP or a file calls it."""

from collections.abc import Mapping

from channels.amazon.carriers import OTHER as OTHER
from channels.amazon.carriers import carriers_for, exact_code, folded
from channels.models import CarrierMapping
from orders.sales_channel import Carrier
from orders.sentences import gettext as _
from orders.services.errors import Refusal, UnknownCarrier


class CannotMapCarrier(Refusal):
    """One sentence that names what is wrong with a mapping; nothing was changed."""


def resolve(
    marketplace_id: str,
    text: str,
    name: str = "",
    *,
    mappings: Mapping[str, CarrierMapping] | None = None,
) -> Carrier:
    """The carrier that `text` means: Amazon's code, the same in another spelling, or a mapping.

    `name` goes with code Other. `mappings` by their keys, where many are resolved. Raises
    UnknownCarrier, which says where to map it.
    """
    code = exact_code(text, marketplace_id)
    if code is not None:
        return Carrier(code=code, label=code, name=name)
    if mappings is None:
        mapping = CarrierMapping.objects.filter(name_key=folded(text)).first()
    else:
        mapping = mappings.get(folded(text))
    if mapping is not None:
        return Carrier(code=mapping.carrier_code, label=mapping.name, name=mapping.carrier_name)
    raise UnknownCarrier(
        _(
            "%(text)r is not a carrier Amazon knows: map it under Carrier mappings, "
            "or use Other and its name."
        )
        % {"text": text}
    )


def choices(marketplace_id: str) -> list[Carrier]:
    """What to choose from: the merchant's own names, the marketplace's carriers, all others."""
    mapped = [
        Carrier(code=mapping.name, label=f"{mapping.name} ({mapping.carrier_code})")
        for mapping in CarrierMapping.objects.order_by("name")
    ]
    return mapped + [Carrier(code=code, label=code) for code in carriers_for(marketplace_id)]


def check_mapping(name: str, code: str, carrier_name: str) -> str:
    """Amazon's code, exactly spelled, for a mapping that is right. Raises CannotMapCarrier."""
    known = exact_code(code.strip(), "") or ""
    for problem, found in (
        (_("The name of the carrier is missing."), not name.strip()),
        (_("The name of the carrier is longer than 64 characters."), len(folded(name)) > 64),
        (_("%(code)r is not one of Amazon's codes.") % {"code": code}, not known),
        (
            _("%(name)r is one of Amazon's codes itself: it cannot stand for another.")
            % {"name": name},
            exact_code(name, "") is not None,
        ),
        (_("Carrier Other needs the carrier's name."), known == OTHER and not carrier_name.strip()),
        (_("A carrier name goes with code Other only."), known != OTHER and bool(carrier_name)),
        (_("The carrier name is longer than 64 characters."), len(carrier_name) > 64),
    ):
        if found:
            raise CannotMapCarrier(problem)
    return known


def map_carrier(*, name: str, code: str, carrier_name: str = "") -> CarrierMapping:
    """Let a name stand for one of Amazon's codes, whatever it stood for before.

    Raises CannotMapCarrier.
    """
    name, carrier_name = " ".join(name.split()), " ".join(carrier_name.split())
    exact = check_mapping(name, code, carrier_name)
    mapping, _created = CarrierMapping.objects.update_or_create(
        name_key=folded(name),
        defaults={"name": name, "carrier_code": exact, "carrier_name": carrier_name},
    )
    return mapping


def unmap_carrier(name: str) -> None:
    """Take a mapping away. Raises CannotMapCarrier."""
    deleted, _rows = CarrierMapping.objects.filter(name_key=folded(name)).delete()
    if not deleted:
        raise CannotMapCarrier(_("Carrier %(name)r is not mapped.") % {"name": name})
