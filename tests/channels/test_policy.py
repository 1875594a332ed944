"""Order settings, Amazon's word and stock: what becomes of an order (spec: order settings)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.amazon.types import FulfilledBy, Status
from channels.policy import (
    IGNORE,
    VIEW_ONLY,
    WAIT,
    Action,
    Decision,
    HoldReason,
    LineFacts,
    OrderFacts,
    Rules,
    charges_of_no_line,
    decide,
    is_wanted,
    reserves_pending,
)
from tests.factories import IMPORT_SINCE, PURCHASED

FBM, FBA = FulfilledBy.MERCHANT, FulfilledBy.AMAZON
S = Status
PLACE = Decision(action=Action.PLACE)
PLACE_COMPLETE = Decision(action=Action.PLACE, complete=True)
OUT_OF_STOCK = Decision(action=Action.HOLD, reason=HoldReason.OUT_OF_STOCK, detail="MUG")

EVERYTHING_HOLDS = Rules(
    hold_unknown_sku=True, hold_disabled=True, hold_out_of_stock=True, import_since=IMPORT_SINCE
)
NOTHING_HOLDS = Rules(hold_disabled=False, import_since=IMPORT_SINCE)

SALABLE = {"in": 1, "out": 0, "n/m": None}  # of the one unit that is ordered
ANY = ("in", "out", "n/m")
TABLE = [
    # fulfilled by, stock, Amazon's status, outcome
    (FBA, ANY, (S.PENDING, S.PENDING_AVAILABILITY, S.UNSHIPPED, S.PARTIALLY_SHIPPED), WAIT),
    (FBA, ANY, (S.CANCELED, S.UNFULFILLABLE), IGNORE),
    (FBA, ANY, (S.SHIPPED,), PLACE_COMPLETE),
    (FBM, ANY, (S.PENDING, S.PENDING_AVAILABILITY), WAIT),
    (FBM, ANY, (S.CANCELED, S.UNFULFILLABLE), IGNORE),
    (FBM, ("in", "n/m"), (S.UNSHIPPED, S.PARTIALLY_SHIPPED), PLACE),
    (FBM, ("out",), (S.UNSHIPPED, S.PARTIALLY_SHIPPED), OUT_OF_STOCK),
    (FBM, ANY, (S.SHIPPED,), PLACE_COMPLETE),
    # not of the table: a word of Amazon's that the portal does not know
    (FBM, ANY, (S.UNKNOWN,), WAIT),
    (FBA, ANY, (S.UNKNOWN,), WAIT),
]
CASES = [
    (fulfilled_by, stock, status, outcome)
    for fulfilled_by, stocks, statuses, outcome in TABLE
    for stock, status in product(stocks, statuses)
]


def order(status: Status = S.UNSHIPPED, fulfilled_by: FulfilledBy = FBM, **facts) -> OrderFacts:
    totals = {"grand_total": Decimal("100.00"), "lines_total": Decimal("100.00")}
    return OrderFacts(**{"status": status, "fulfilled_by": fulfilled_by, **totals, **facts})


def line(sku: str = "MUG", **facts) -> LineFacts:
    return LineFacts(**{"sku": sku, "units_left": 1, "known": True, **facts})


# The table, with every blocking option on Hold


@pytest.mark.parametrize(("fulfilled_by", "stock", "status", "outcome"), CASES)
def test_the_table(fulfilled_by, stock, status, outcome):
    decision = decide(order(status, fulfilled_by), [line(salable=SALABLE[stock])], EVERYTHING_HOLDS)
    assert decision == outcome


def test_the_table_has_every_case_once():
    cases = [(fulfilled_by, stock, status) for fulfilled_by, stock, status, _ in CASES]
    assert len(cases) == len(set(cases))
    assert set(cases) == set(product(FulfilledBy, SALABLE, Status))


@pytest.mark.parametrize(("fulfilled_by", "stock", "status", "outcome"), CASES)
def test_the_table_when_out_of_stock_does_not_hold(fulfilled_by, stock, status, outcome):
    rules = replace(EVERYTHING_HOLDS, hold_out_of_stock=False)
    decision = decide(order(status, fulfilled_by), [line(salable=SALABLE[stock])], rules)
    assert decision == (PLACE if outcome == OUT_OF_STOCK else outcome)


@pytest.mark.parametrize(("fulfilled_by", "stock", "status", "outcome"), CASES)
def test_the_table_when_fba_orders_are_not_created(fulfilled_by, stock, status, outcome):
    rules = replace(EVERYTHING_HOLDS, create_fba=False)
    decision = decide(order(status, fulfilled_by), [line(salable=SALABLE[stock])], rules)
    assert decision == (IGNORE if fulfilled_by is FBA else outcome)


@pytest.mark.parametrize(("fulfilled_by", "stock", "status", "outcome"), CASES)
def test_the_table_when_import_is_disabled(fulfilled_by, stock, status, outcome):
    rules = replace(EVERYTHING_HOLDS, import_enabled=False)
    decision = decide(order(status, fulfilled_by), [line(salable=SALABLE[stock])], rules)
    assert decision == (IGNORE if outcome == IGNORE else VIEW_ONLY)


# Each blocking option by itself

UNKNOWN, DISABLED = line(known=False), line(enabled=False)


@pytest.mark.parametrize(
    ("rules", "facts", "reason"),
    [
        (replace(NOTHING_HOLDS, hold_unknown_sku=True), UNKNOWN, HoldReason.UNKNOWN_SKU),
        (replace(NOTHING_HOLDS, hold_disabled=True), DISABLED, HoldReason.PRODUCT_DISABLED),
        (
            replace(NOTHING_HOLDS, hold_out_of_stock=True),
            line(salable=0),
            HoldReason.OUT_OF_STOCK,
        ),
    ],
)
def test_an_option_holds_by_itself_and_names_the_sku(rules, facts, reason):
    held = Decision(action=Action.HOLD, reason=reason, detail="MUG")
    assert decide(order(), [line("CUP"), facts], rules) == held


@pytest.mark.parametrize("facts", [UNKNOWN, DISABLED, line(salable=0)])
def test_without_its_option_nothing_holds(facts):
    assert decide(order(), [facts], NOTHING_HOLDS) == PLACE


@pytest.mark.parametrize(
    ("rules", "facts"),
    [
        (replace(NOTHING_HOLDS, hold_unknown_sku=True), DISABLED),
        (replace(NOTHING_HOLDS, hold_unknown_sku=True), line(salable=0)),
        (replace(NOTHING_HOLDS, hold_disabled=True), UNKNOWN),
        (replace(NOTHING_HOLDS, hold_disabled=True), line(salable=0)),
        (replace(NOTHING_HOLDS, hold_out_of_stock=True), UNKNOWN),
        (replace(NOTHING_HOLDS, hold_out_of_stock=True), DISABLED),
    ],
)
def test_an_option_holds_nothing_else(rules, facts):
    assert decide(order(), [facts], rules) == PLACE


def test_the_defaults_hold_disabled_products_only():
    rules = Rules(import_since=IMPORT_SINCE)
    assert decide(order(), [UNKNOWN, line(salable=0)], rules) == PLACE
    assert decide(order(), [DISABLED], rules).reason is HoldReason.PRODUCT_DISABLED


def test_the_first_obstacle_is_the_one_that_is_named():
    lines = [line("A", salable=0), line("B", known=False), line("C", enabled=False)]
    held = Decision(action=Action.HOLD, reason=HoldReason.UNKNOWN_SKU, detail="B")
    assert decide(order(), lines, EVERYTHING_HOLDS) == held


@pytest.mark.parametrize("facts", [UNKNOWN, DISABLED])
@pytest.mark.parametrize("fulfilled_by", FulfilledBy)
def test_unknown_and_disabled_hold_shipped_orders_too(fulfilled_by, facts):
    decision = decide(order(S.SHIPPED, fulfilled_by), [facts], EVERYTHING_HOLDS)
    assert decision.action is Action.HOLD


# Stock


@pytest.mark.parametrize(
    ("salable", "units_left", "action"),
    [
        (3, 3, Action.PLACE),
        (2, 3, Action.HOLD),
        (0, 1, Action.HOLD),
        (-1, 1, Action.HOLD),
        (None, 99, Action.PLACE),
        (0, 0, Action.PLACE),
        (-2, 0, Action.PLACE),  # oversold by others; this order needs none of it any more
    ],
)
def test_stock_has_to_cover_the_units_left(salable, units_left, action):
    lines = [line(salable=salable, units_left=units_left)]
    assert decide(order(), lines, EVERYTHING_HOLDS).action is action


@pytest.mark.parametrize(("salable", "action"), [(5, Action.PLACE), (4, Action.HOLD)])
def test_lines_of_one_sku_share_its_stock(salable, action):
    lines = [line(units_left=2, salable=salable), line(units_left=3, salable=salable)]
    assert decide(order(), lines, EVERYTHING_HOLDS).action is action


def test_one_line_out_of_stock_holds_the_order():
    lines = [line("CUP", salable=9), line("MUG", salable=0)]
    assert decide(order(), lines, EVERYTHING_HOLDS) == OUT_OF_STOCK


# Money


@pytest.mark.parametrize("status", [S.UNSHIPPED, S.PARTIALLY_SHIPPED, S.SHIPPED])
@pytest.mark.parametrize(
    ("grand_total", "lines_total", "detail"),
    [
        ("100.00", "99.99", "100.00 - 99.99 = 0.01"),
        ("99.99", "100.00", "99.99 - 100.00 = -0.01"),
        ("1000", "900", "1000 - 900 = 100"),
        ("0.00", "0.01", "0.00 - 0.01 = -0.01"),
    ],
)
def test_a_total_that_does_not_balance_holds_with_the_difference(
    status, grand_total, lines_total, detail
):
    facts = order(status, grand_total=Decimal(grand_total), lines_total=Decimal(lines_total))
    held = Decision(action=Action.HOLD, reason=HoldReason.TOTAL, detail=detail)
    assert decide(facts, [line()], NOTHING_HOLDS) == held


def test_the_same_amount_with_other_decimals_balances():
    facts = order(grand_total=Decimal(100), lines_total=Decimal("100.000"))
    assert decide(facts, [line()], NOTHING_HOLDS) == PLACE


@pytest.mark.parametrize(
    ("grand_total", "lines_total"), [(None, Decimal(1)), (Decimal(1), None), (None, None)]
)
@pytest.mark.parametrize("fulfilled_by", FulfilledBy)
def test_missing_prices_hold_until_they_come(fulfilled_by, grand_total, lines_total):
    facts = order(S.SHIPPED, fulfilled_by, grand_total=grand_total, lines_total=lines_total)
    held = Decision(action=Action.HOLD, reason=HoldReason.DETAILS_MISSING, detail="prices")
    assert decide(facts, [line()], NOTHING_HOLDS) == held


@pytest.mark.parametrize("status", [S.PENDING, S.CANCELED])
def test_missing_prices_are_no_error_before_or_after_the_sale(status):
    facts = order(status, grand_total=None, lines_total=None)
    assert decide(facts, [line()], EVERYTHING_HOLDS).action is not Action.HOLD


# Special orders


def test_a_replacement_is_free_of_charge():
    facts = order(is_replacement=True, grand_total=None, lines_total=None)
    assert decide(facts, [line()], EVERYTHING_HOLDS) == PLACE


def test_a_replacement_with_amounts_has_to_balance():
    facts = order(is_replacement=True, grand_total=Decimal(0), lines_total=Decimal(5))
    assert decide(facts, [line()], EVERYTHING_HOLDS).reason is HoldReason.TOTAL


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("fulfilled_by", FulfilledBy)
def test_an_order_not_made_on_amazon_is_never_placed(fulfilled_by, status):
    facts = order(status, fulfilled_by, made_on_amazon=False)
    assert decide(facts, [line()], NOTHING_HOLDS) == IGNORE


# Which orders are stored


@pytest.mark.parametrize("status", Status)
def test_orders_of_the_merchant_are_wanted_in_every_status(status):
    assert is_wanted(status=status, fulfilled_by=FBM, purchase_date=PURCHASED, rules=NOTHING_HOLDS)


@pytest.mark.parametrize("status", Status)
def test_fba_orders_are_wanted_once_shipped(status):
    wanted = is_wanted(
        status=status, fulfilled_by=FBA, purchase_date=PURCHASED, rules=NOTHING_HOLDS
    )
    assert wanted is (status is S.SHIPPED)


@pytest.mark.parametrize("fulfilled_by", FulfilledBy)
@pytest.mark.parametrize(
    ("age", "wanted"),
    [(timedelta(0), True), (timedelta(seconds=1), True), (-timedelta(microseconds=1), False)],
)
def test_orders_placed_before_the_date_are_not_wanted(fulfilled_by, age, wanted):
    answer = is_wanted(
        status=S.SHIPPED,
        fulfilled_by=fulfilled_by,
        purchase_date=IMPORT_SINCE + age,
        rules=NOTHING_HOLDS,
    )
    assert answer is wanted


def test_disabled_import_still_stores_orders_to_look_at():
    rules = replace(NOTHING_HOLDS, import_enabled=False, create_fba=False)
    assert is_wanted(status=S.SHIPPED, fulfilled_by=FBA, purchase_date=PURCHASED, rules=rules)


# Whatever comes

amounts = st.none() | st.decimals(-100, 100, places=2)
any_order = st.builds(
    OrderFacts,
    status=st.sampled_from(Status),
    fulfilled_by=st.sampled_from(FulfilledBy),
    made_on_amazon=st.booleans(),
    is_replacement=st.booleans(),
    grand_total=amounts,
    lines_total=amounts,
)
any_lines = st.lists(
    st.builds(
        LineFacts,
        sku=st.sampled_from(["A", "B", ""]),
        units_left=st.integers(0, 5),
        known=st.booleans(),
        enabled=st.booleans(),
        salable=st.none() | st.integers(-5, 5),
    ),
    max_size=4,
)
any_rules = st.builds(
    Rules,
    import_enabled=st.booleans(),
    create_fba=st.booleans(),
    hold_unknown_sku=st.booleans(),
    hold_disabled=st.booleans(),
    hold_out_of_stock=st.booleans(),
    import_since=st.just(IMPORT_SINCE),
)


@given(any_order, any_lines, any_rules)
def test_a_hold_has_a_reason_and_nothing_else_has_one(facts, lines, rules):
    decision = decide(facts, lines, rules)
    assert (decision.reason is not None) is (decision.action is Action.HOLD)


@given(any_order, any_lines, any_rules)
def test_an_order_is_placed_complete_exactly_when_amazon_says_shipped(facts, lines, rules):
    decision = decide(facts, lines, rules)
    if decision.action is Action.PLACE:
        assert decision.complete is (facts.status is S.SHIPPED)
        assert facts.grand_total == facts.lines_total or facts.is_replacement
    else:
        assert decision.complete is False


# By hand


@pytest.mark.parametrize(("fulfilled_by", "stock", "status", "outcome"), CASES)
def test_by_hand_nothing_holds_and_nothing_else_is_different(fulfilled_by, stock, status, outcome):
    decision = decide(
        order(status, fulfilled_by), [line(salable=SALABLE[stock])], EVERYTHING_HOLDS, by_hand=True
    )
    assert decision == (PLACE if outcome == OUT_OF_STOCK else outcome)


@pytest.mark.parametrize("facts", [UNKNOWN, DISABLED, line(salable=0)])
@pytest.mark.parametrize("money", [{}, {"grand_total": None}, {"lines_total": Decimal(1)}])
def test_by_hand_any_cause_is_overruled(facts, money):
    assert decide(order(**money), [facts], EVERYTHING_HOLDS, by_hand=True) == PLACE


# Stock of Pending orders


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("fulfilled_by", FulfilledBy)
@pytest.mark.parametrize("reserve", [True, False])
@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("made_on_amazon", [True, False])
def test_stock_is_kept_for_pending_orders_of_the_merchant_alone(
    status, fulfilled_by, reserve, enabled, made_on_amazon
):
    rules = replace(NOTHING_HOLDS, reserve_pending=reserve, import_enabled=enabled)
    facts = order(status, fulfilled_by, made_on_amazon=made_on_amazon)
    pending = status in (S.PENDING, S.PENDING_AVAILABILITY) and fulfilled_by is FBM
    expected = pending and reserve and enabled and made_on_amazon
    assert reserves_pending(facts, rules) is expected


# A delivery tip


@pytest.mark.parametrize(
    ("total", "tip", "charges", "decision"),
    [
        ("105.00", "5.00", "5.00", PLACE),
        ("100.00", "5.00", None, PLACE),  # not in the total: not part of the order
        ("100.00", None, None, PLACE),
        ("104.99", "5.00", None, HoldReason.TOTAL),
        ("105.00", None, None, HoldReason.TOTAL),
    ],
)
def test_a_tip_counts_where_the_total_holds_it(total, tip, charges, decision):
    facts = order(grand_total=Decimal(total), delivery_tip=Decimal(tip) if tip else None)
    assert charges_of_no_line(facts) == (Decimal(charges) if charges else None)
    decided = decide(facts, [line()], NOTHING_HOLDS)
    assert decision in (decided, decided.reason)
