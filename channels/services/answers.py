"""What failed, in words that may be kept and shown (orders/sentences.py)."""

import math

from channels.amazon.errors import Detail, SpApiError
from channels.services.quota import NoQuota
from orders.sentences import Sentence, said
from orders.sentences import gettext as _
from orders.services.errors import Refusal


def words(error: Exception) -> str:
    """Amazon's own words as they are. A failure of our own might quote personal data: its kind."""
    if isinstance(error, SpApiError):
        return _of_a_call(error)
    if isinstance(error, NoQuota):
        text = _("%(call)s: Amazon's quota is used up; next call in %(seconds)s s.")
        return text % {"call": error.operation, "seconds": math.ceil(error.seconds)}
    if isinstance(error, Refusal) or isinstance(said(error), Sentence):
        return said(error)
    return _("The portal failed: %(error)s.") % {"error": type(error).__name__}


def detail(text: str) -> str:
    """What the client says of an answer."""
    if not isinstance(text, Detail):
        return text
    inner = {k: detail(v) if isinstance(v, str) else v for k, v in text.params.items()}
    return Sentence(text.text) % inner if inner else Sentence(text.text)


def _of_a_call(error: SpApiError) -> str:
    parts = {"call": error.operation, "answer": detail(error.detail), "id": error.request_id}
    if error.request_id:
        return _("%(call)s: %(answer)s (request id %(id)s)") % parts
    return Sentence("%(call)s: %(answer)s") % parts
