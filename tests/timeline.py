"""What the notes of an order say that moved."""

from orders.models import OrderNote


def moved(note: OrderNote) -> list[str]:
    """``Status: Pending → Unshipped`` for each value; of a secret one its label."""
    return [
        shown.label
        if shown.before is None and shown.after is None
        else f"{shown.label}: {shown.before or '–'} → {shown.after or '–'}"
        for shown in note.shown_changes()
    ]


def history(order: object) -> list[tuple[str, list[str]]]:
    """Text and moves of every note of a channel order, oldest first."""
    notes = OrderNote.objects.filter(timeline=order.uid).order_by("id")  # type: ignore[attr-defined]
    return [(str(note), moved(note)) for note in notes]
