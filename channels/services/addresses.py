"""Where an order goes: the address as Amazon sent it, and what staff made of it.

Amazon's address stays as it is in `ChannelOrder.recipient`. A correction stands beside it and goes
before it everywhere; no sync touches it (channels/services/following_addresses.py).
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy, gettext_noop, override

from channels.models import ChannelOrder
from channels.models.order_status import Status
from channels.services import buyer_terms
from customers.models import CustomerAddress
from orders.models import CommerceOrder
from orders.models.commerce_order import UNFINISHED_STATES
from orders.models.event import Change
from orders.sentences import gettext as _
from orders.services.errors import Refusal
from orders.services.notes import add_note, change

AMAZON, STAFF = "amazon", "staff"  # CustomerAddress.source
MAX_LENGTH = 256
# The parts that staff may correct, in the order of a label. `address_type` is Amazon's own word.
PARTS = {
    "name": gettext_lazy("Name"),
    "company": gettext_lazy("Company"),
    "line1": gettext_lazy("Address line 1"),
    "line2": gettext_lazy("Address line 2"),
    "line3": gettext_lazy("Address line 3"),
    "district": gettext_lazy("District or county"),
    "municipality": gettext_lazy("Municipality"),
    "postal_code": gettext_lazy("Postcode"),
    "city": gettext_lazy("City"),
    "region": gettext_lazy("State or region"),
    "country_code": gettext_lazy("Country code"),
    "phone": gettext_lazy("Phone"),
    "delivery_instructions": gettext_lazy("Delivery instructions"),
}
CORRECTED_NOTE = gettext_noop("Shipping address corrected.")
KEPT_NOTE = gettext_noop("Shipping address kept as corrected, though Amazon changed its own.")
DROPPED_NOTE = gettext_noop("Correction of the shipping address dropped: Amazon's is used.")


class CannotCorrect(Refusal):
    """The address cannot be corrected. `part` is the one that is wrong, "" when it is none."""

    def __init__(self, sentence: str, *, part: str = "") -> None:
        super().__init__(sentence)
        self.part = part


class AddressChanged(CannotCorrect):
    """It is not the address any more that the person saw."""


# Reading


def shipping_address(order: ChannelOrder) -> dict[str, str]:
    """Where the order goes, keys of Address: as corrected, else as sent; {} when nobody said."""
    corrected = order.corrected_address
    return dict(corrected["address"] if corrected else order.recipient or {})


def changed_at_amazon(order: ChannelOrder) -> bool:
    """Whether Amazon's address is another one now than the one that was corrected."""
    corrected = order.corrected_address
    return bool(corrected and corrected["original"] != (order.recipient or {}))


def changed_parts(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The parts in which two addresses differ."""
    return [part for part in PARTS if one.get(part) != other.get(part)]


def part_changes(parts: Iterable[str]) -> list[Change]:
    """For a note: which parts changed. What they say is personal data."""
    with override(None):
        return [change(str(PARTS[part]), None, None) for part in parts]


def version(order: ChannelOrder) -> str:
    """Tells whether the address still is the one a person saw: a keyed hash, no personal data."""
    text = json.dumps([str(order.uid), order.recipient, order.corrected_address], sort_keys=True)
    return salted_hmac("channels.addresses", text, algorithm="sha256").hexdigest()


def refuses_correction(order: ChannelOrder) -> str:
    """Why the address of this order must stay as it is, in one sentence; "" when it need not."""
    number = {"number": order.amazon_order_id}
    state = order.commerce_order.state if order.commerce_order else None
    if order.erased_at:
        return _("The personal data of order %(number)s was erased.") % number
    if order.is_fba:
        return _("Order %(number)s is fulfilled by Amazon: Amazon ships it.") % number
    if order.status == Status.CANCELED or state == CommerceOrder.State.CANCELED:
        return _("Order %(number)s is canceled: nothing is sent to its address.") % number
    if order.status == Status.SHIPPED or (state and state not in UNFINISHED_STATES):
        return _("Order %(number)s is shipped: its address is where it went.") % number
    return ""


# The address of the Commerce order


def delivery_address(order: ChannelOrder) -> dict[str, str]:
    """The content of the Commerce order's address: where it goes, whose name, the relay e-mail."""
    address, buyer = shipping_address(order), order.buyer or {}
    if email := buyer.get("email"):
        address["email"] = email
    sent = order.recipient or {}  # a name that Amazon sent and staff took out stays out
    if "name" not in address and "name" not in sent and (name := buyer.get("name")):
        address["name"] = name
    return address


def source_of(order: ChannelOrder) -> str:
    """Whose word the address of its Commerce order is."""
    return STAFF if order.corrected_address else AMAZON


def lay_over(address: CustomerAddress, order: ChannelOrder) -> None:
    """Make `address` say where `order` goes now, in memory; the e-mail it has stays."""
    email = {name: value for name, value in (address.address or {}).items() if name == "email"}
    address.address = {**delivery_address(order), **email}
    address.source = source_of(order)


# Use cases


@transaction.atomic
def correct_address(*, order_id: int, address: Mapping[str, str], user: User, seen: str) -> None:
    """Let the order go to `address`: PARTS by name, the missing and empty ones are left out.

    `seen` is the version() that the person looked at. The same correction twice is harmless, and
    Amazon's own address is no correction: it drops one. Raises CannotCorrect, nothing written.
    """
    order = _lock(order_id)
    amazon: dict[str, str] = order.recipient or {}
    before = shipping_address(order)
    corrected = _checked(address, known=[before, amazon])
    if "address_type" in amazon:
        corrected["address_type"] = amazon["address_type"]
    document = {"address": corrected, "original": amazon}
    if document == order.corrected_address:
        return
    _check_seen(order, seen)
    if corrected == amazon:
        _drop(order, user)
        return
    order.corrected_address = document
    order.corrected_at = timezone.now()
    order.corrected_by = user.get_username()
    parts = changed_parts(before, corrected)
    _write(order, user, CORRECTED_NOTE if parts else KEPT_NOTE, parts)


@transaction.atomic
def drop_correction(*, order_id: int, user: User, seen: str) -> None:
    """Let the order go to Amazon's address again. Raises CannotCorrect, nothing written."""
    order = _lock(order_id)
    _check_seen(order, seen)
    _drop(order, user)


def _lock(order_id: int) -> ChannelOrder:
    """The order, locked after its Commerce order; CannotCorrect when it must stay as it is."""
    linked = (
        CommerceOrder.objects.select_for_update(of=("self",))
        .filter(channel_order__pk=order_id)
        .first()
    )
    order: ChannelOrder = ChannelOrder.objects.select_for_update(of=("self",)).get(pk=order_id)
    if order.commerce_order_id != (linked.pk if linked else None):
        raise AddressChanged(_("The Commerce order was created meanwhile. Nothing was saved."))
    order.commerce_order = linked
    if refusal := refuses_correction(order):
        raise CannotCorrect(refusal)
    return order


def _check_seen(order: ChannelOrder, seen: str) -> None:
    if not constant_time_compare(seen, version(order)):
        raise AddressChanged(
            _("The address was changed meanwhile: this is how it is now. Nothing was saved.")
        )


def _drop(order: ChannelOrder, user: User) -> None:
    if not order.corrected_address:
        raise CannotCorrect(_("This is Amazon's address as it is: nothing was corrected."))
    before = shipping_address(order)
    order.corrected_address = order.corrected_at = None
    order.corrected_by = ""
    _write(order, user, DROPPED_NOTE, changed_parts(before, shipping_address(order)))


def _write(order: ChannelOrder, user: User, text: str, parts: Sequence[str]) -> None:
    order.save(update_fields=["corrected_address", "corrected_at", "corrected_by"])
    buyer_terms.forget([order.pk])
    buyer_terms.index([order])
    if order.commerce_order:
        _write_commerce_address(order.commerce_order, order)
    add_note(order.uid, text, user=user.get_username(), changes=part_changes(parts))


def _write_commerce_address(linked: CommerceOrder, order: ChannelOrder) -> None:
    if linked.shipping_address_id is None:
        address = CustomerAddress(customer_id=linked.customer_id)
    else:
        locked = CustomerAddress.objects.select_for_update()
        address = locked.get(pk=linked.shipping_address_id)
    lay_over(address, order)
    address.save()
    if linked.shipping_address_id is None:
        linked.shipping_address = address
        linked.save(update_fields=["shipping_address"])


def _checked(typed: Mapping[str, str], *, known: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What was typed, without what is empty; what was left as it is keeps its exact text."""
    checked = {}
    for part in PARTS:
        text = _as_typed(typed.get(part))
        same = (k[part] for k in known if part in k and _as_typed(k[part]) == text)
        if value := next(same, None) or _checked_part(part, text):
            checked[part] = value
    return checked


def _as_typed(value: Any) -> str:
    """A value as a line of a form gives it back."""
    return re.sub(r"[\r\n]", "", value or "").strip()


def _checked_part(part: str, text: str) -> str:
    label = {"part": PARTS[part], "count": MAX_LENGTH}
    if len(text) > MAX_LENGTH:
        raise CannotCorrect(_("%(part)s is longer than %(count)d characters.") % label, part=part)
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in text):
        raise CannotCorrect(
            _("%(part)s holds a character that cannot be printed.") % label, part=part
        )
    if part == "country_code" and text and not re.fullmatch("[A-Za-z]{2}", text):
        raise CannotCorrect(_("The country code is two letters, such as SE."), part=part)
    return text
