"""Login with Amazon: ``POST /auth/o2/token``."""

from datetime import timedelta
from secrets import token_urlsafe
from urllib.parse import parse_qsl

from channels.sandbox.messages import Reply, Request, json_reply
from channels.sandbox.world import AccessToken, World

_LIFETIME = timedelta(hours=1)
_SCOPES = {"sellingpartnerapi::notifications", "sellingpartnerapi::client_credential:rotation"}
_NEEDS = {
    "refresh_token": ("refresh_token", "client_id", "client_secret"),
    "client_credentials": ("scope", "client_id", "client_secret"),
}


class LwaRefused(Exception):
    """An OAuth error: its own shape, unlike SP-API's."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error

    def reply(self) -> Reply:
        """The answer on the wire."""
        return json_reply(self.status, {"error": self.error, "error_description": str(self)})


def lwa_failure(status: int) -> LwaRefused:
    """What the token endpoint says with 429, 500 and 503."""
    error = "server_error" if status == 500 else "temporarily_unavailable"
    return LwaRefused(status, error, "The authorization server cannot answer now.")


def issue_token(world: World, request: Request) -> Reply:
    """Trade a refresh token (or, grantless, client credentials) for an hour's access token."""
    form = _form(request)
    seller_id = _check_client(world, form)
    now = world.clock.now()
    for text in [text for text, token in world.tokens.items() if token.expires_at < now]:
        del world.tokens[text]
    text = f"Atza|{token_urlsafe(48)}"
    world.tokens[text] = AccessToken(
        seller_id=seller_id, client_id=form["client_id"], expires_at=now + _LIFETIME
    )
    document = {
        "access_token": text,
        "token_type": "bearer",
        "expires_in": int(_LIFETIME.total_seconds()),
    }
    if seller_id is not None:
        document["refresh_token"] = form["refresh_token"]
    reply = json_reply(200, document)
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _form(request: Request) -> dict[str, str]:
    if not request.headers["content-type"].startswith("application/x-www-form-urlencoded"):
        raise LwaRefused(400, "invalid_request", "The request body is not form encoded.")
    pairs = parse_qsl(request.body.decode("utf-8", "replace"))
    form = dict(pairs)
    if len(form) < len(pairs):
        raise LwaRefused(400, "invalid_request", "The request has a duplicated parameter.")
    if "grant_type" not in form:
        raise LwaRefused(400, "invalid_request", _missing("grant_type"))
    if form["grant_type"] not in _NEEDS:
        raise LwaRefused(
            400, "unsupported_grant_type", "The authorization grant type is not supported."
        )
    for name in _NEEDS[form["grant_type"]]:
        if name not in form:
            raise LwaRefused(400, "invalid_request", _missing(name))
    if "refresh_token" in form and "scope" in form:
        raise LwaRefused(400, "invalid_request", "Send either refresh_token or scope, never both.")
    return form


def _missing(name: str) -> str:
    return f"The request is missing a required parameter : {name}"


def _check_client(world: World, form: dict[str, str]) -> str | None:
    """The seller the refresh token stands for; None for a grantless token."""
    client_id, secret = form["client_id"], form["client_secret"]
    if not any((s.client_id, s.client_secret) == (client_id, secret) for s in world.sellers):
        raise LwaRefused(401, "invalid_client", "Client authentication failed")
    if form["grant_type"] == "client_credentials":
        if form["scope"] not in _SCOPES:
            raise LwaRefused(400, "invalid_scope", "The request has an invalid scope parameter")
        return None
    for seller in world.sellers:
        # A refresh token is bound to the client it was made for.
        if (seller.refresh_token, seller.client_id) == (form["refresh_token"], client_id):
            return seller.seller_id
    raise LwaRefused(
        400, "invalid_grant", "The request has an invalid grant parameter : refresh_token"
    )
