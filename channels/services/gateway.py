"""An SP-API client for a seller account: its endpoints, its tokens, its quota, its health."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.conf import settings

from channels.amazon.auth import LwaCredentials, TokenSource
from channels.amazon.client import SpApiClient
from channels.amazon.errors import NotAuthorized, SpApiError, Throttled
from channels.amazon.transport import Timeout
from channels.models import SellerAccount
from channels.services import call_log, errors_log, quota, shared_store
from channels.services.answers import words

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_TIMEOUT = (3.0, 8.0)  # as settings.AMAZON_TIMEOUT, for somebody who waits at a packing table


def client_for(account: SellerAccount, *, timeout: Timeout | None = None) -> SpApiClient:
    """A client with the account's credentials; tokens are cached for all processes."""
    credentials = account.credentials
    timeout = timeout or settings.AMAZON_TIMEOUT
    on_call = call_log.hook(account)
    tokens = TokenSource(
        LwaCredentials(
            client_id=credentials["client_id"],
            client_secret=credentials["client_secret"],
            refresh_token=credentials["refresh_token"],
        ),
        lwa_endpoint=account.lwa_endpoint,
        cache=shared_store.token_cache(),
        timeout=timeout,
        on_call=on_call,
    )

    def learn_rate(operation: str, rate: float) -> None:
        quota.learn_rate(account, operation, rate)

    return SpApiClient(
        endpoint=account.endpoint,
        tokens=tokens,
        timeout=timeout,
        on_rate=learn_rate,
        on_call=on_call,
    )


def call(
    account: SellerAccount,
    operation: str,
    ask: Callable[[SpApiClient], T],
    *,
    now: datetime,
    client: SpApiClient | None = None,
    interactive: bool = False,
    history: bool = False,
) -> T:
    """Take quota, ask Amazon, remember the account's health.

    `interactive`: a person waits; `history`: nobody does (channels/services/quota.py).
    Raises quota.NoQuota before anything is sent, SpApiError after.
    """
    quota.take(account, operation, interactive=interactive, history=history)
    try:
        answer = ask(client or client_for(account))
    except NotAuthorized as exc:
        _note_problem(account, exc, now)
        raise
    except Throttled as exc:
        if exc.operation == operation:  # and not that of the token
            quota.throttled(account, operation)
        raise
    if account.problem:
        SellerAccount.objects.filter(pk=account.pk).update(problem="", problem_at=None)
        account.problem, account.problem_at = "", None
        errors_log.resolve_account(account, now=now)
    return answer


def _note_problem(account: SellerAccount, error: SpApiError, now: datetime) -> None:
    """Amazon refuses this account until a person acts: said once, where people look."""
    account.problem, account.problem_at = words(error), account.problem_at or now
    SellerAccount.objects.filter(pk=account.pk).update(
        problem=account.problem, problem_at=account.problem_at
    )
    errors_log.log_call_error(account, error, operation=error.operation, now=now)
