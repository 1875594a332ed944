"""The search box: what is typed goes by POST, and into the address only when it is no name.

A word without a digit may be a buyer. Such a search stands in the address sealed: it can be gone
back to, sorted and filtered, and no log or history of a browser tells whom somebody looked for. It
opens for this person alone: whoever is sent the address reads no name.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from channels.admin.views import SEE
from customers.sealed import CannotUnseal, seal, unseal
from orders.services.finding import search_words

FIND, SEARCH = "find", "q"
MAX_LENGTH = 4000
PLACES = ("after", "before")  # of a page: another search has others


def is_number(text: str) -> bool:
    """Whether every word can only be a number of something."""
    return all("@" not in word and any(map(str.isdigit, word)) for word in search_words(text))


def address_of(text: str, within: QueryDict, *, user_pk: int | None) -> str:
    """The query string of the list `within` some filters, searched for `text` by this person."""
    query = within.copy()
    for name in (FIND, SEARCH, *PLACES):
        query.pop(name, None)
    text = text.strip()[:MAX_LENGTH]
    if text and is_number(text):
        query[SEARCH] = text
    elif text:
        query[FIND] = urlsafe_b64encode(seal(text.encode(), _context(user_pk))).decode().rstrip("=")
    return query.urlencode()


def found_text(token: str, *, user_pk: int | None) -> str | None:
    """What a token of `address_of` was made from.

    None for nonsense, for a key that is gone, and for a search of somebody else.
    """
    try:
        sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return unseal(sealed, _context(user_pk)).decode()
    except (ValueError, CannotUnseal):
        return None


def _context(user_pk: int | None) -> str:
    return f"orders-tab.find:{user_pk}"


@sensitive_post_parameters(SEARCH)
@require_POST
def find_view(request: HttpRequest) -> HttpResponse:
    """Where the search box posts to; `within` is the query string it stood in."""
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    within = QueryDict(request.POST.get("within", ""))
    query = address_of(request.POST.get(SEARCH, ""), within, user_pk=request.user.pk)
    url = reverse("admin:channels_channelorder_changelist")
    return HttpResponseRedirect(f"{url}?{query}" if query else url)
