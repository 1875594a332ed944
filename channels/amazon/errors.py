"""What can go wrong with a call to Amazon, sorted by what the caller does.

* SpApiError
  - NotNow ...................... the request is fine: send it later, the attempt does not count
    + Throttled ................. 429
    + NotAuthorized ............. 401/403 with a fresh token: a person must fix the connection
      . AuthorizationRevoked .... LWA invalid_grant, unauthorized_client: authorize again
      . InvalidClient ........... LWA invalid_client: wrong or expired client id or secret
  - Unavailable ................. 5xx, time-out, broken connection: outcome UNKNOWN, try again
  - Refused ..................... trying again cannot help: a person must look
    + Rejected .................. any other 3xx or 4xx, with Amazon's code and message
    + NotFound .................. 404
    + UnexpectedPayload ......... 2xx, but not the shape we were promised

``str(error)`` is one sentence that may be logged and shown: it holds no secret and no personal
data, and ends with the request id that Amazon's support asks for.
"""


class Detail(str):
    """What went wrong in words of ours; `text` and `params` are for whoever translates it.

    ``Detail("%(field)s: no time zone", field=…)``, marked for translation by being that.
    """

    text: str
    params: dict[str, object]

    def __new__(cls, text: str, **params: object) -> "Detail":
        made = super().__new__(cls, text % params if params else text)
        made.text, made.params = text, params
        return made


class SpApiError(Exception):
    """A call failed. ``operation`` is Amazon's name of it, ``detail`` what went wrong.

    ``status`` is the HTTP status, None when no answer arrived.
    """

    def __init__(
        self, operation: str, detail: str, *, request_id: str = "", status: int | None = None
    ) -> None:
        super().__init__(operation, detail)
        self.operation = operation
        self.detail = detail
        self.request_id = request_id
        self.status = status

    def __str__(self) -> str:
        suffix = f" (request id {self.request_id})" if self.request_id else ""
        return f"{self.operation}: {self.detail}{suffix}"


class NotNow(SpApiError):
    """The request is fine: send it later, the attempt does not count."""


class Throttled(NotNow):
    """The quota is spent. ``retry_after``: seconds, None when (as usual) the answer names none."""

    def __init__(
        self,
        operation: str,
        detail: str,
        *,
        request_id: str = "",
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(operation, detail, request_id=request_id, status=status)
        self.retry_after = retry_after


class NotAuthorized(NotNow):
    """A role is missing, the region is wrong or the seller is suspended: a person must act."""


class AuthorizationRevoked(NotAuthorized):
    """The refresh token no longer works: the seller must authorize the application again."""


class InvalidClient(NotAuthorized):
    """The client id or secret is wrong or has expired: every account of the application stops."""


class Unavailable(SpApiError):
    """Amazon could not be reached or broke off. Whether the request took effect is UNKNOWN."""


class Refused(SpApiError):
    """Trying again cannot help: a person must look."""


class Rejected(Refused):
    """Amazon said no. ``code`` and ``message`` are its own words, "" where the answer had none."""

    def __init__(
        self,
        operation: str,
        detail: str,
        *,
        request_id: str = "",
        status: int | None = None,
        code: str = "",
        message: str = "",
    ) -> None:
        super().__init__(operation, detail, request_id=request_id, status=status)
        self.code = code
        self.message = message


class NotFound(Refused):
    """No such order for this account in this region, or not visible yet."""


class UnexpectedPayload(Refused):
    """Amazon said yes, but the body is not what its model promises."""
