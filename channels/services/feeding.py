"""Feeds of outbound messages: placeholder until the feeds client is there."""

from collections.abc import Sequence


def submit_cancellations(account_id: int, cancellation_ids: Sequence[int]) -> int:
    """Claim these, submit one feed of them; nothing is sent by this placeholder."""
    return 0
