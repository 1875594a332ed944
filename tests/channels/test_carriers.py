"""Which carrier is meant: Amazon's code, nearly its code, or a name of the merchant's."""

import pytest

from channels.amazon.carriers import AREA_OF, AREAS, OTHER, carriers_for, exact_code, folded
from channels.amazon.marketplaces import MARKETPLACES, by_country
from channels.models import CarrierMapping
from channels.services.carriers import (
    CannotMapCarrier,
    choices,
    map_carrier,
    resolve,
    unmap_carrier,
)
from orders.services.errors import UnknownCarrier
from tests import factories
from tests.orders.shipping import draft, ship
from tests.staff import staff, superuser

SE = by_country("SE").id
JP = by_country("JP").id
GB = by_country("GB").id
LIST = "/admin/channels/carriermapping/"


def test_every_marketplace_has_an_area():
    assert {marketplace.country_code for marketplace in MARKETPLACES} == set(AREA_OF)


@pytest.mark.parametrize("country", AREA_OF)
def test_every_code_can_be_chosen_once_anywhere_the_own_area_first(country):
    codes = carriers_for(by_country(country).id)
    assert sorted(codes) == sorted({c for area in AREAS.values() for c in area} | {OTHER})
    own = AREAS[AREA_OF[country]]
    assert codes[: len(own)] == list(own)
    assert codes[-1] == OTHER
    rest = codes[len(own) : -1]
    assert rest == sorted(sorted(rest), key=str.casefold)  # the same in every process


@pytest.mark.parametrize("code", carriers_for(SE))
def test_an_exact_code_is_itself_even_where_two_differ_in_case_only(code):
    assert exact_code(code, SE) == code


@pytest.mark.parametrize(
    ("text", "marketplace", "code"),
    [
        ("postnord", SE, "PostNord"),
        (" Post Nord ", SE, "PostNord"),
        ("dhl-paket", SE, "DHL-Paket"),
        ("yamato", JP, "YAMATO"),
        ("royal mail", GB, "Royal Mail"),
        ("fedex", SE, "FedEx"),
        ("OTHER", SE, "Other"),
    ],
)
@pytest.mark.django_db
def test_case_and_spaces_are_put_right(text, marketplace, code):
    assert resolve(marketplace, text).code == code


@pytest.mark.django_db
def test_a_mapping_stands_for_a_code_in_all_its_spellings():
    map_carrier(name="Bring  Express", code="dsv")
    assert CarrierMapping.objects.get().name == "Bring Express"
    for text in ("bring express", "BRINGEXPRESS", " Bring Express"):
        assert resolve(SE, text).code == "DSV"
    assert [c.code for c in choices(SE)][:2] == ["Bring Express", "PostNord"]
    unmap_carrier("BRING EXPRESS")
    with pytest.raises(UnknownCarrier) as refusal:
        resolve(SE, "Bring Express")
    assert str(refusal.value) == (
        "'Bring Express' is not a carrier Amazon knows: map it under Carrier mappings, "
        "or use Other and its name."
    )


@pytest.mark.django_db
def test_a_mapping_to_other_brings_its_name():
    map_carrier(name="bud", code="Other", carrier_name="Cykelbudet AB")
    order = factories.placed_order()
    (package,) = ship(order, draft(carrier_code="BUD")).packages.all()
    assert (package.carrier_code, package.carrier_name) == ("Other", "Cykelbudet AB")


@pytest.mark.django_db
def test_mapping_a_name_again_changes_what_it_stands_for():
    map_carrier(name="Bud", code="DSV")
    map_carrier(name="bud", code="GLS")
    mapping = CarrierMapping.objects.get()
    assert (mapping.name, mapping.carrier_code) == ("bud", "GLS")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": " "}, "The name of the carrier is missing."),
        ({"name": "ß" * 33}, "The name of the carrier is longer than 64 characters."),
        ({"code": "Pigeon"}, "'Pigeon' is not one of Amazon's codes."),
        (
            {"name": "D H L"},
            "'D H L' is one of Amazon's codes itself: it cannot stand for another.",
        ),
        ({"code": "Other"}, "Carrier Other needs the carrier's name."),
        ({"carrier_name": "x"}, "A carrier name goes with code Other only."),
        ({"code": "Other", "carrier_name": "x" * 65}, "The carrier name is longer than 64"),
    ],
)
@pytest.mark.django_db
def test_a_wrong_mapping_is_refused(values, told):
    with pytest.raises(CannotMapCarrier) as refusal:
        map_carrier(**{"name": "Bud", "code": "DSV", **values})
    assert str(refusal.value).startswith(told)
    assert CarrierMapping.objects.count() == 0


@pytest.mark.django_db
def test_what_is_not_mapped_cannot_be_unmapped():
    with pytest.raises(CannotMapCarrier, match="'Bud' is not mapped"):
        unmap_carrier("Bud")


def test_folding_is_what_the_database_keeps_apart():
    assert folded(" Post\tNord ") == "postnord"


# Pages

RIGHT = {"name": "Bud", "carrier_code": "Other", "carrier_name": "Cykelbudet"}


@pytest.mark.django_db
def test_a_mapping_is_added_changed_and_deleted():
    client = superuser()
    assert client.post(f"{LIST}add/", RIGHT).status_code == 302
    mapping = CarrierMapping.objects.get()
    assert (mapping.name_key, mapping.carrier_name) == ("bud", "Cykelbudet")
    page = f"{LIST}{mapping.pk}/change/"
    assert client.post(page, {"carrier_code": "DSV", "carrier_name": ""}).status_code == 302
    mapping = CarrierMapping.objects.get(pk=mapping.pk)
    assert (mapping.carrier_code, mapping.carrier_name) == ("DSV", "")
    assert "Bud" in client.get(LIST).content.decode()
    client.post(f"{LIST}{mapping.pk}/delete/", {"post": "yes"})
    assert CarrierMapping.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "PostNord"}, "is one of Amazon&#x27;s codes itself"),
        ({"carrier_code": "Pigeon"}, "Pigeon is not one of the available choices."),
        ({"carrier_name": ""}, "Carrier Other needs the carrier&#x27;s name."),
        ({"carrier_code": "DSV"}, "A carrier name goes with code Other only."),
        ({"name": "B U D!"}, "This name is mapped already."),
    ],
)
@pytest.mark.django_db
def test_what_is_wrong_on_the_page_is_named(changes, told):
    map_carrier(name="bud!", code="GLS")
    response = superuser().post(f"{LIST}add/", RIGHT | changes)
    assert told in response.content.decode()
    assert CarrierMapping.objects.count() == 1


@pytest.mark.django_db
def test_those_who_may_only_look_see_and_change_nothing():
    mapping = map_carrier(name="Bud", code="GLS")
    client = staff("channels.view_carriermapping")
    assert "GLS" in client.get(f"{LIST}{mapping.pk}/change/").content.decode()
    assert client.post(f"{LIST}{mapping.pk}/change/", {"carrier_code": "DSV"}).status_code == 403
    assert client.post(f"{LIST}add/", RIGHT).status_code == 403
