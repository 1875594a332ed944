"""Order statuses: the label of a state that merchants may name themselves."""

from orders.models import CommerceOrder, OrderStatus


def seed_statuses() -> None:
    """One default status per state. Labels that merchants changed stay."""
    OrderStatus.objects.bulk_create(
        (
            OrderStatus(code=state.value, label=str(state.label), state=state)
            for state in CommerceOrder.State
        ),
        ignore_conflicts=True,
    )
