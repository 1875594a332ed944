from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.amazon.errors import UnexpectedPayload
from channels.amazon.types import Amounts, Money
from tests.channels.amazon.samples import order, part, read, usd


def first_item(document):
    return read(document).items[0]


def with_proceeds(total, *parts):
    """The order with these proceeds on its first line, and no unit price."""
    document = order()
    item = document["orderItems"][0]
    del item["product"]["price"]
    del item["tax"]
    item["proceeds"] = {"breakdowns": list(parts)}
    if total is not None:
        item["proceeds"]["proceedsTotal"] = usd(total)
    return document


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("0", "0"),
        ("-0.10", "-0.10"),
        ("19940", "19940"),
        ("0.1", "0.1"),
        ("1.005", "1.005"),
        ("1.5000", "1.500"),
        ("1E+2", "100"),
        ("15e-1", "1.5"),
        ("999999999999.999", "999999999999.999"),
    ],
)
def test_an_amount_is_exact_to_the_last_digit(text, exact):
    document = order()
    document["proceeds"]["grandTotal"] = usd(text)
    assert str(read(document).grand_total.amount) == exact


@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        (72.66, "proceeds.grandTotal.amount: Expected `str | null`, got `float`"),
        (72, "proceeds.grandTotal.amount: Expected `str | null`, got `int`"),
        ("NaN", "proceeds.grandTotal.amount: not a decimal number"),
        ("Infinity", "proceeds.grandTotal.amount: not a decimal number"),
        ("-Infinity", "proceeds.grandTotal.amount: not a decimal number"),
        ("1,50", "proceeds.grandTotal.amount: not a decimal number"),
        ("$1.50", "proceeds.grandTotal.amount: not a decimal number"),
        ("1_000", "proceeds.grandTotal.amount: not a decimal number"),
        (" 1", "proceeds.grandTotal.amount: not a decimal number"),
        ("1\n", "proceeds.grandTotal.amount: not a decimal number"),
        ("+1", "proceeds.grandTotal.amount: not a decimal number"),
        ("1.", "proceeds.grandTotal.amount: not a decimal number"),
        ("١٢", "proceeds.grandTotal.amount: not a decimal number"),
        ("1E999999999", "proceeds.grandTotal.amount: not a decimal number"),
        ("1E99", "proceeds.grandTotal.amount: 12 digits before the point at most"),
        ("1000000000000", "proceeds.grandTotal.amount: 12 digits before the point at most"),
        ("1.0005", "proceeds.grandTotal.amount: more than 3 decimals"),
        ("1E-99", "proceeds.grandTotal.amount: more than 3 decimals"),
    ],
)
def test_an_amount_that_is_none_is_refused_by_name(amount, problem):
    document = order()
    document["proceeds"]["grandTotal"]["amount"] = amount
    with pytest.raises(UnexpectedPayload) as caught:
        read(document)
    assert str(caught.value) == f"Orders API 2026-01-01: {problem}"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (lambda item: item["product"]["price"]["unitPrice"], "product.price.unitPrice"),
        (lambda item: item["proceeds"]["proceedsTotal"], "proceeds.proceedsTotal"),
        (lambda item: item["proceeds"]["breakdowns"][1]["subtotal"],
         "proceeds.breakdowns[1].subtotal"),
        (lambda item: item["proceeds"]["breakdowns"][3]["detailedBreakdowns"][2]["value"],
         "proceeds.breakdowns[3].detailedBreakdowns[2].value"),
    ],
)  # fmt: skip
def test_a_wrong_amount_of_a_line_is_named(path, field):
    document = order()
    path(document["orderItems"][0])["amount"] = "twelve"
    with pytest.raises(UnexpectedPayload) as caught:
        read(document)
    assert str(caught.value) == (
        f"Orders API 2026-01-01: orderItems[0].{field}.amount: not a decimal number"
    )


@pytest.mark.parametrize("missing", [None, ""])
def test_no_amount_is_not_zero(missing):
    document = order()
    document["proceeds"]["grandTotal"]["amount"] = missing
    assert read(document).grand_total is None


@pytest.mark.parametrize("currency", [None, ""])
def test_a_zero_without_currency_takes_the_marketplaces(currency):
    document = order()
    document["proceeds"]["grandTotal"] = {"amount": "0.00", "currencyCode": currency}
    document["salesChannel"]["marketplaceId"] = "A2NODRKZP88ZB9"
    assert read(document).grand_total == Money(amount=Decimal("0.00"), currency="SEK")


def test_a_zero_without_currency_on_an_unknown_marketplace_is_not_provided():
    document = order()
    document["proceeds"]["grandTotal"] = {"amount": "0"}
    document["salesChannel"]["marketplaceId"] = "A0NEWPLACE"
    assert read(document).grand_total is None


def test_a_line_of_zeros_without_currency_takes_the_marketplaces():
    document = with_proceeds(None, {"type": "ITEM", "subtotal": {"amount": "0"}})
    item = first_item(document)
    assert (item.currency, item.amounts) == ("USD", Amounts(item=Decimal(0)))


def test_a_line_without_a_single_amount_has_no_currency():
    item = first_item(with_proceeds(None))
    assert (item.currency, item.amounts) == (None, Amounts())


@pytest.mark.parametrize(
    ("currency", "problem"),
    [
        (None, "proceeds.grandTotal: currencyCode is missing"),
        ("", "proceeds.grandTotal: currencyCode is missing"),
        ("usd", "proceeds.grandTotal: currencyCode is not an ISO 4217 code"),
        ("US Dollar", "proceeds.grandTotal: currencyCode is not an ISO 4217 code"),
    ],
)
def test_money_needs_a_currency(currency, problem):
    document = order()
    document["proceeds"]["grandTotal"]["currencyCode"] = currency
    with pytest.raises(UnexpectedPayload) as caught:
        read(document)
    assert str(caught.value) == f"Orders API 2026-01-01: {problem}"


def test_a_line_in_two_currencies_is_refused():
    document = order()
    document["orderItems"][0]["proceeds"]["breakdowns"][1]["subtotal"]["currencyCode"] = "EUR"
    with pytest.raises(UnexpectedPayload, match=r"orderItems\[0\]: more than one currency"):
        read(document)


def test_every_component_has_its_place():
    document = with_proceeds(
        "31.00",
        part("ITEM", "10.00"),
        part("SHIPPING", "1.00"),
        part("GIFT_WRAP", "2.00"),
        part("COD_FEE", "3.00"),
        part("OTHER", "4.00"),
        part("A_NEW_CHARGE", "5.00"),
        part("TAX", "6.00", ("ITEM", "5.00"), ("DISCOUNT", "-1.00"), ("COD_FEE", "2.00")),
    )
    assert first_item(document).amounts == Amounts(
        item=Decimal("10.00"),
        shipping=Decimal("1.00"),
        gift_wrap=Decimal("2.00"),
        cod_fee=Decimal("3.00"),
        other=Decimal("9.00"),  # a new charge is still part of the total
        tax=Decimal("6.00"),
        total=Decimal("31.00"),
        tax_detail=(
            ("item", Decimal("5.00")),
            ("discount", Decimal("-1.00")),
            ("cod_fee", Decimal("2.00")),
        ),
    )


def test_components_sent_twice_are_added():
    document = with_proceeds(
        "9.00",
        part("ITEM", "4.00"),
        part("ITEM", "3.00"),
        part("TAX", "1.00", ("ITEM", "1.00")),
        part("TAX", "1.00", ("ITEM", "1.00")),
    )
    amounts = first_item(document).amounts
    assert (amounts.item, amounts.tax) == (Decimal("7.00"), Decimal("2.00"))
    assert amounts.tax_detail == (("item", Decimal("2.00")),)


@pytest.mark.parametrize(
    ("total", "sent", "kept"),
    [
        ("8.00", ["-2.00"], "-2.00"),  # the usual way
        ("8.00", ["2.00"], "-2.00"),  # v0's way: positive, and it was taken off
        ("12.00", ["2.00"], "2.00"),  # only the sign as sent adds up
        ("9.99", ["2.00"], "-2.00"),  # neither adds up: a discount lowers
        (None, ["2.00"], "-2.00"),  # nothing to compare with
        ("7.00", ["2.00", "-1.00"], "-3.00"),
        ("11.00", ["2.00", "-1.00"], "1.00"),
        ("10.00", ["0.00"], "0.00"),
    ],
)
def test_a_discount_lowers_unless_only_its_own_sign_adds_up(total, sent, kept):
    document = with_proceeds(
        total, part("ITEM", "10.00"), *(part("DISCOUNT", amount) for amount in sent)
    )
    assert first_item(document).amounts.discount == Decimal(kept)


def test_no_discount_is_none():
    assert first_item(with_proceeds("1.00", part("ITEM", "1.00"))).amounts.discount is None


@pytest.mark.parametrize(
    ("tax", "collected"),
    [
        ({"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}, True),
        ({"taxCollections": [{"model": "SOMETHING_NEW"}, {}]}, False),
        ({"taxCollections": None}, False),
        ({}, False),
        (None, False),
    ],
)
def test_tax_that_amazon_remits_is_marked(tax, collected):
    document = order()
    document["orderItems"][0]["tax"] = tax
    assert first_item(document).amounts.tax_collected_by_amazon is collected


cents = st.integers(min_value=-(10**11), max_value=10**11)


@given(
    amounts=st.lists(
        st.tuples(st.sampled_from(["ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER", "TAX"]),
                  cents),
        max_size=12,
    ),
    discount=st.integers(min_value=0, max_value=10**11),
)  # fmt: skip
def test_the_parts_of_a_line_add_up_exactly(amounts, discount):
    total = sum(value for _, value in amounts) - discount
    text = "{:.2f}".format
    document = with_proceeds(
        text(Decimal(total) / 100),
        *(part(kind, text(Decimal(value) / 100)) for kind, value in amounts),
        part("DISCOUNT", text(Decimal(discount) / 100)),
    )
    mapped = first_item(document).amounts
    parts = [mapped.item, mapped.shipping, mapped.gift_wrap, mapped.cod_fee, mapped.other]
    parts += [mapped.tax, mapped.discount]
    assert sum(value for value in parts if value is not None) == mapped.total
    assert mapped.total * 100 == total
