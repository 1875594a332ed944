"""What order settings would make of a store's last orders: the import's own policy, asked again.

Nothing is written. Stock is as it is now; what an order holds itself does not stop it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from channels.models import AmazonStore, ChannelOrder, OrderSettings
from channels.models.order_status import HOLD_REASONS, Placement
from channels.policy import Action, HoldReason, decide, is_wanted
from channels.services.commerce_orders import customer_key
from channels.services.facts import facts, line_facts
from channels.services.matching import load_catalog
from channels.services.merging import Merged
from orders.services.inventory import held_units

LAST = 500
EXAMPLES = 10

CREATED, COMPLETE, TOO_OLD = "created", "complete", "too_old"
HELD = "held:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Of the last `orders` orders: how many have each outcome now, and would have.

    `outcomes`: {outcome: (now, then)}; an outcome is created, complete (created as Complete),
    held:<reason>, view_only, ignore, wait or too_old. `other_customer`: created either way, with
    another customer. `created_at_once`: those without a Commerce order that saving would create.
    `examples`: (Amazon order id, outcome now, outcome then) of some whose outcome changes.
    """

    orders: int
    changed: int
    outcomes: dict[str, tuple[int, int]]
    other_customer: int
    created_at_once: int
    examples: list[tuple[str, str, str]]


def preview(store: AmazonStore, settings: OrderSettings, *, last: int = LAST) -> Preview:
    """Hold `settings` (not saved) against the ones `store` has; a constant number of statements."""
    orders = (
        ChannelOrder.objects.filter(store=store)
        .select_related("commerce_order")
        .prefetch_related("items")
        .order_by("-purchase_date", "-pk")[:last]
    )
    batch = [Merged(order, list(order.items.all()), is_new=False) for order in reversed(orders)]
    today = OrderSettings.objects.get(store=store)
    before, after = _outcomes(batch, today), _outcomes(batch, settings)
    moved = [i for i, outcome in enumerate(after) if outcome != before[i]]
    now, then = Counter(before), Counter(after)
    return Preview(
        orders=len(batch),
        changed=len(moved),
        outcomes={name: (now[name], then[name]) for name in _in_order(now.keys() | then.keys())},
        other_customer=_other_customers(batch, before, after, today, settings),
        created_at_once=sum(
            after[i] in (CREATED, COMPLETE) and merged.order.placement != Placement.PLACED
            for i, merged in enumerate(batch)
        ),
        examples=[
            (batch[i].order.amazon_order_id, before[i], after[i])
            for i in reversed(moved[-EXAMPLES:])
        ],
    )


def _outcomes(batch: Sequence[Merged], settings: OrderSettings) -> list[str]:
    """What the import would make of each, the oldest first, as it does."""
    catalog = load_catalog(batch, lock=False)
    held = held_units([merged.order.uid for merged in batch])
    outcomes = []
    rules = settings.rules()
    for merged in batch:
        order = merged.order
        catalog.give(held[order.uid])
        known = facts(merged)
        if not is_wanted(
            status=known.status,
            fulfilled_by=known.fulfilled_by,
            purchase_date=order.purchase_date,
            rules=rules,
        ):
            outcomes.append(TOO_OLD)
            continue
        decision = decide(known, line_facts(merged, catalog), rules)
        if decision.action is Action.PLACE:
            if not (decision.complete or order.is_fba):
                catalog.take(catalog.units(order, merged.items))
            outcomes.append(COMPLETE if decision.complete else CREATED)
        elif decision.reason is not None:
            outcomes.append(f"{HELD}{decision.reason}")
        else:
            outcomes.append(str(decision.action))
    return outcomes


def _in_order(names: set[str]) -> list[str]:
    """Those that matter most first."""
    known = [
        CREATED, COMPLETE, *(f"{HELD}{reason}" for reason in HoldReason), str(Action.WAIT),
        str(Action.VIEW_ONLY), str(Action.IGNORE), TOO_OLD,
    ]  # fmt: skip
    return [name for name in known if name in names]


def _other_customers(
    batch: Sequence[Merged],
    before: Sequence[str],
    after: Sequence[str],
    today: OrderSettings,
    settings: OrderSettings,
) -> int:
    created = (CREATED, COMPLETE)
    return sum(
        before[i] in created
        and after[i] in created
        and customer_key(merged.order, today) != customer_key(merged.order, settings)
        for i, merged in enumerate(batch)
    )


def hold_label(outcome: str) -> object:
    """The cause of a held outcome, in words."""
    return HOLD_REASONS[HoldReason(outcome.removeprefix(HELD))]
