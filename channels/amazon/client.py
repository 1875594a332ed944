"""The Selling Partner API, as far as orders need it.

Orders API 2026-01-01 (searchOrders, getOrder), Orders API v0 (confirmShipment) and Sellers API v1
(getMarketplaceParticipations). An API of another file goes through ``SpApiClient.call``. Amazon
checks no AWS signature any more: the LWA token is all.

A call is one request: no waiting and no second try, which are the caller's to schedule. The one
exception is a 401 or 403, which is repeated once with a fresh token. Every method raises the errors
of ``channels.amazon.errors``.
"""

import math
import platform
from collections.abc import Callable, Collection
from typing import Any, Final
from urllib.parse import quote

import msgspec
import requests

from channels.amazon.auth import TokenSource
from channels.amazon.confirmation import confirmation_body
from channels.amazon.decoding import decode
from channels.amazon.errors import (
    Detail,
    NotAuthorized,
    NotFound,
    Rejected,
    SpApiError,
    Throttled,
    Unavailable,
    UnexpectedPayload,
)
from channels.amazon.transport import (
    DEFAULT_TIMEOUT,
    CallHook,
    Timeout,
    checked_url,
    exchange,
    rate_text,
    request_id_of,
    retry_after_of,
)
from channels.amazon.types import (
    Dataset,
    OrdersPage,
    PackageConfirmation,
    Participation,
    RawOrder,
    SearchQuery,
)
from channels.amazon.usage_plan import (
    CONFIRM_SHIPMENT,
    GET_MARKETPLACE_PARTICIPATIONS,
    GET_ORDER,
    SEARCH_ORDERS,
)
from channels.amazon.wire_2026_01_01 import read_one, split_page
from channels.amazon.wire_sellers_v1 import read_participations

# Amazon refuses a user-agent of more than 500 characters.
USER_AGENT: Final = (
    f"SyncPortal/0.1 (Language=Python/{platform.python_version()}; Platform={platform.system()})"
)
_TOKEN_REFUSED: Final = (401, 403)

RateHook = Callable[[str, float], None]
"""operation, requests per second that Amazon grants this account"""


class SpApiClient:
    """The calls of one seller account in one region.

    ``endpoint`` is the base URL of the region (ValueError unless https, or http to this machine).
    ``on_rate`` hears of every stated rate, ``on_call`` of every request that was sent.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        tokens: TokenSource,
        session: requests.Session | None = None,
        timeout: Timeout = DEFAULT_TIMEOUT,
        on_rate: RateHook | None = None,
        on_call: CallHook | None = None,
    ) -> None:
        self._endpoint = checked_url("endpoint", endpoint)
        self._tokens = tokens
        self._session = session or requests.Session()
        self._timeout = timeout
        self._on_rate = on_rate
        self._on_call = on_call

    def search_orders(
        self, query: SearchQuery, *, pagination_token: str | None = None
    ) -> OrdersPage:
        """One page. A token (24 h) needs the query that it came from."""
        params = query.parameters()
        if pagination_token:
            params["paginationToken"] = pagination_token
        response = self.call(SEARCH_ORDERS, "GET", "/orders/2026-01-01/orders", params=params)
        return split_page(response.content, query.datasets, request_id=request_id_of(response))

    def get_order(self, amazon_order_id: str, datasets: Collection[Dataset]) -> RawOrder:
        """One order. Raises NotFound also for a moment after Amazon first spoke of it."""
        path = f"/orders/2026-01-01/orders/{path_segment(amazon_order_id)}"
        params = {"includedData": ",".join(sorted(datasets))} if datasets else {}
        response = self.call(GET_ORDER, "GET", path, params=params)
        request_id = request_id_of(response)
        order = read_one(response.content, datasets, request_id=request_id)
        if order.amazon_order_id != amazon_order_id:
            raise UnexpectedPayload(
                GET_ORDER, Detail("another order came back"), request_id=request_id
            )
        return order

    def confirm_shipment(
        self, amazon_order_id: str, marketplace_id: str, package: PackageConfirmation
    ) -> str:
        """Tell Amazon of one package; returns the request id.

        The same ``package_reference_id`` again replaces the package's details, so a repeat is
        harmless. Accepted is not visible: reads lag by seconds to minutes. Raises Refused,
        unsent, for a package that Amazon cannot accept.
        """
        response = self.call(
            CONFIRM_SHIPMENT,
            "POST",
            f"/orders/v0/orders/{path_segment(amazon_order_id)}/shipmentConfirmation",
            json=confirmation_body(marketplace_id, package),
        )
        return request_id_of(response)

    def marketplace_participations(self) -> tuple[Participation, ...]:
        """Every marketplace of the account, also those it does not take part in."""
        path = "/sellers/v1/marketplaceParticipations"
        response = self.call(GET_MARKETPLACE_PARTICIPATIONS, "GET", path)
        return read_participations(response.content, request_id=request_id_of(response))

    def call(self, operation: str, method: str, path: str, **request: Any) -> requests.Response:
        """One call of an operation; ``request`` as ``requests`` takes it. The answer is a 2xx."""
        token = self._tokens.token()
        response = self._send(operation, method, path, token, **request)
        if response.status_code in _TOKEN_REFUSED:
            token = self._tokens.renew(token)
            response = self._send(operation, method, path, token, **request)
        if not 200 <= response.status_code < 300:
            raise _error_for(operation, response)
        return response

    @property
    def session(self) -> requests.Session:
        """Its connections, for documents behind pre-signed URLs (channels/amazon/documents.py)."""
        return self._session

    def _send(
        self, operation: str, method: str, path: str, token: str, **request: Any
    ) -> requests.Response:
        response = exchange(
            self._session,
            operation,
            method,
            self._endpoint + path,
            timeout=self._timeout,
            on_call=self._on_call,
            headers={
                "x-amz-access-token": token,
                "user-agent": USER_AGENT,
                "accept": "application/json",
            },
            **request,
        )
        rate = _rate_of(response)
        if rate is not None and self._on_rate:
            self._on_rate(operation, rate)
        return response


class _Error(msgspec.Struct):
    code: str = ""
    message: str = ""


class _ErrorList(msgspec.Struct):
    errors: list[_Error] = []


_ERROR_LIST = msgspec.json.Decoder(_ErrorList)


def _error_for(operation: str, response: requests.Response) -> SpApiError:
    """Sorted by the status alone: the body may be Amazon's JSON, a proxy's HTML or nothing."""
    status = response.status_code
    request_id = request_id_of(response)
    error = _first_error(operation, response.content)
    detail = " ".join(f"HTTP {status} {error.code} {error.message}".split())
    if status == 429:
        retry_after = retry_after_of(response)
        return Throttled(
            operation, detail, request_id=request_id, status=status, retry_after=retry_after
        )
    if status in _TOKEN_REFUSED:
        return NotAuthorized(operation, detail, request_id=request_id, status=status)
    if status >= 500:
        return Unavailable(operation, detail, request_id=request_id, status=status)
    if status == 404:
        return NotFound(operation, detail, request_id=request_id, status=status)
    return Rejected(
        operation,
        detail,
        request_id=request_id,
        status=status,
        code=error.code,
        message=error.message,
    )


def _first_error(operation: str, body: bytes) -> _Error:
    try:
        errors = decode(_ERROR_LIST, body, operation=operation).errors
    except UnexpectedPayload:
        return _Error()
    error = errors[0] if errors else _Error()
    return _Error(code=error.code[:64], message=error.message[:300])


def _rate_of(response: requests.Response) -> float | None:
    """The stated rate, where there is one to believe."""
    try:
        rate = float(rate_text(response))
    except ValueError:
        return None
    return rate if math.isfinite(rate) and rate > 0 else None


def path_segment(amazon_id: str) -> str:
    """The id, quoted. Nothing and dots would leave the path, whatever the quoting."""
    if not amazon_id.strip("."):
        raise ValueError(f"{amazon_id!r} is no id of Amazon's.")
    return quote(amazon_id, safe="")
