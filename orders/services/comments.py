"""What staff write on an order's timeline."""

from django.db import transaction
from django.utils.translation import gettext_noop

from orders.models import CommerceOrder, OrderNote
from orders.sentences import gettext as _
from orders.services.errors import CannotComment
from orders.services.notes import MAX_VALUE, note

COMMENT_NOTE = gettext_noop("Comment: %(comment)s")


@transaction.atomic
def comment(*, order_id: int, text: str, user: str) -> bool:
    """Add a comment; False when it is what this user wrote last: a form posted twice.

    Raises CannotComment.
    """
    text = " ".join(text.split())
    if not text:
        raise CannotComment(_("Write a comment first."))
    if len(text) > MAX_VALUE:
        raise CannotComment(
            _("The comment is longer than %(count)d characters.") % {"count": MAX_VALUE}
        )
    order = CommerceOrder.objects.select_for_update(of=("self",)).get(pk=order_id)
    written = note(order.timeline, COMMENT_NOTE, user=user, params={"comment": text})
    newest = OrderNote.objects.filter(timeline=order.timeline).first()
    if newest and _same(newest, written):
        return False
    written.save(force_insert=True)
    return True


def _same(one: OrderNote, other: OrderNote) -> bool:
    return (one.text, one.params, one.user_name) == (other.text, other.params, other.user_name)
