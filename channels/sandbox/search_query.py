"""The parameters of ``searchOrders`` (Amazon: "Get orders with filtering criteria")."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.sandbox import marketplaces
from channels.sandbox.messages import Request, access_denied, invalid_input
from channels.sandbox.records import AMAZON, MERCHANT, Order, Seller, Status
from channels.sandbox.wire import INCLUDED_DATA

_SAFETY = timedelta(minutes=2)  # an explicit upper bound must lie at least so far back
_MAX_VALUES = 50  # documented for marketplaceIds; no other list has so many to choose from
_PAGE_SIZES = range(1, 101)
_DATES = ("createdAfter", "createdBefore", "lastUpdatedAfter", "lastUpdatedBefore")
_FILTERS = ("fulfillmentStatuses", "marketplaceIds", "fulfilledBy")
_PAGING = ("maxResultsPerPage", "paginationToken", "includedData")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """A search that may be answered; an empty filter lets everything through."""

    by_created: bool
    after: datetime
    before: datetime | None
    statuses: frozenset[str]
    marketplace_ids: frozenset[str]
    fulfilled_by: frozenset[str]
    page_size: int
    included: frozenset[str]
    pagination_token: str | None
    bound_parameters: dict[str, str]  # as sent: what must not change from page to page

    def selects(self, order: Order, bound: datetime) -> bool:
        """True when the order belongs to the result, given the upper bound."""
        moment = order.created if self.by_created else order.updated
        return (
            self.after <= moment <= bound
            and (not self.statuses or order.status in self.statuses)
            and (not self.fulfilled_by or order.fulfilled_by in self.fulfilled_by)
            and (
                not self.marketplace_ids or order.marketplace.marketplace_id in self.marketplace_ids
            )
        )


def parse_search(request: Request, seller: Seller, now: datetime) -> SearchQuery:
    """The query of a request; Refused (400, or 403 for somebody else's marketplace) otherwise."""
    sent = parameters(request, (*_DATES, *_FILTERS, *_PAGING))
    by_created, after, before = _window(sent, now)
    marketplace_ids = _csv(sent, "marketplaceIds", frozenset(marketplaces.BY_ID))
    if not marketplace_ids <= {m.marketplace_id for m in seller.marketplaces}:
        raise access_denied()
    return SearchQuery(
        by_created=by_created,
        after=after,
        before=before,
        statuses=_csv(sent, "fulfillmentStatuses", frozenset(Status)),
        marketplace_ids=marketplace_ids,
        fulfilled_by=_csv(sent, "fulfilledBy", frozenset({MERCHANT, AMAZON})),
        page_size=_page_size(sent),
        included=included_data(sent),
        pagination_token=sent.get("paginationToken"),
        bound_parameters={name: sent[name] for name in (*_DATES, *_FILTERS) if name in sent},
    )


def parameters(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    """The query string, each parameter once. Unknown names are refused: they are our typing errors
    (Amazon's own handling of them is not documented)."""
    sent: dict[str, str] = {}
    for name, value in request.query:
        if name not in known:
            raise invalid_input(f"There is no parameter {name}.")
        if name in sent:
            raise invalid_input(f"{name} is given twice; lists are comma separated.")
        if not value:
            raise invalid_input(f"{name} is empty.")
        sent[name] = value
    return sent


def included_data(sent: dict[str, str]) -> frozenset[str]:
    """The datasets asked for; none by default."""
    return _csv(sent, "includedData", INCLUDED_DATA)


def _window(sent: dict[str, str], now: datetime) -> tuple[bool, datetime, datetime | None]:
    by_created = "createdAfter" in sent
    if by_created == ("lastUpdatedAfter" in sent):
        raise invalid_input("Exactly one of createdAfter and lastUpdatedAfter must be given.")
    family, other = ("created", "lastUpdated") if by_created else ("lastUpdated", "created")
    if f"{other}Before" in sent:
        raise invalid_input(f"{other}Before cannot be combined with {family}After.")
    after = _moment(sent, f"{family}After")
    if f"{family}Before" not in sent:
        return by_created, after, None
    before = _moment(sent, f"{family}Before")
    if before < after:
        raise invalid_input(f"{family}Before lies before {family}After.")
    if before > now - _SAFETY:
        raise invalid_input(f"{family}Before must be at least 2 minutes before the request.")
    return by_created, after, before


def _moment(sent: dict[str, str], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(sent[name])
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or "T" not in sent[name]:
        raise invalid_input(f"{name} is not an ISO 8601 date-time with a time zone.")
    return moment


def _csv(sent: dict[str, str], name: str, known: frozenset[str]) -> frozenset[str]:
    if name not in sent:
        return frozenset()
    values = sent[name].split(",")
    if len(values) > _MAX_VALUES:
        raise invalid_input(f"{name} takes at most {_MAX_VALUES} values.")
    for value in values:
        if value not in known:
            raise invalid_input(f"{name} has an unknown value.")
    return frozenset(values)


def _page_size(sent: dict[str, str]) -> int:
    text = sent.get("maxResultsPerPage", "100")
    if not text.isascii() or not text.isdigit() or int(text) not in _PAGE_SIZES:
        raise invalid_input("maxResultsPerPage is a whole number from 1 to 100.")
    return int(text)
