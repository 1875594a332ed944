"""A report of FBA shipments, step by step: asked for, looked at until Amazon has made it, applied.

Each step is written before the next begins. Whatever dies on the way, the row goes on where it was:
asked for twice or applied twice is harmless.
"""

from contextlib import AbstractContextManager
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from channels.amazon.client import SpApiClient
from channels.amazon.documents import DOWNLOAD, JAPANESE, LATIN, Document, opened
from channels.amazon.errors import (
    NotAuthorized,
    Refused,
    SpApiError,
    Throttled,
    UnexpectedPayload,
)
from channels.amazon.fulfilled_shipments import FulfilledShipments
from channels.amazon.marketplaces import by_country
from channels.amazon.reports import (
    ProcessingStatus,
    create_report,
    get_report,
    get_report_document,
)
from channels.amazon.usage_plan import CREATE_REPORT, GET_REPORT, GET_REPORT_DOCUMENT
from channels.models import AmazonStore, Report, SellerAccount
from channels.services import answers, errors_log, gateway
from channels.services.answers import words
from channels.services.fba_packages import Outcome, fill_packages, known_rows
from channels.services.fba_shipments import OPEN_STATES
from channels.services.quota import NoQuota
from channels.services.searching import LostLease, keep, lease, wait_after
from channels.troubles import REPORT
from orders.models.fields import save_if
from orders.sentences import gettext as _
from orders.sentences import joined

LOOK_AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15))
GIVE_UP = timedelta(days=1)
BATCH = 100  # orders of one transaction
MAX_MARKETPLACES = 25  # of one report
REASON_LENGTH = 300


def read_report(
    report_id: int, *, client: SpApiClient | None = None, only_due: bool = False
) -> Report | None:
    """Take a report a step further: ask for it, or look whether it is there and apply it.

    None when another one does, or it is finished; `only_due`: also when it is not due (any more).
    """
    row = Report.objects.filter(pk=report_id, state__in=OPEN_STATES).select_related("account")
    with lease(row, timezone.now(), only_due=only_due) as report:
        if report is None:
            return None
        try:
            _step(report, client or gateway.client_for(report.account))
        except LostLease:
            return None
        except (NoQuota, Throttled) as exc:
            _wait(report, exc, detail="")  # waiting its turn is nothing to look at
        except SpApiError as exc:
            _fail(report, exc)
        except Exception as exc:
            _wait(report, exc, detail=words(exc))
            raise
        return report


def _step(report: Report, client: SpApiClient) -> None:
    now = timezone.now()
    if report.created_at < now - GIVE_UP:
        _end(report, Report.State.FAILED, joined([_("Given up after a day."), report.detail]))
    elif report.state == Report.State.WANTED:
        _request(report, client)
    else:
        _look(report, client)


def _request(report: Report, client: SpApiClient) -> None:
    stores = AmazonStore.objects.filter(account=report.account, active=True)
    marketplaces = sorted(stores.values_list("marketplace_id", flat=True))[:MAX_MARKETPLACES]
    if not marketplaces:
        _end(report, Report.State.FAILED, _("No active store."))
        return
    report.report_id = gateway.call(
        report.account,
        CREATE_REPORT,
        lambda api: create_report(
            api, report.report_type, marketplaces, since=report.since, until=report.until
        ),
        now=timezone.now(),
        client=client,
    )
    report.state, report.detail = Report.State.REQUESTED, ""
    _come_again(report)


def _look(report: Report, client: SpApiClient) -> None:
    progress = gateway.call(
        report.account,
        GET_REPORT,
        lambda api: get_report(api, report.report_id),
        now=timezone.now(),
        client=client,
    )
    report.detail = ""
    if progress.status == ProcessingStatus.DONE:
        _read(report, progress.document_id, client)
    elif progress.status == ProcessingStatus.CANCELLED:
        _end(report, Report.State.DONE, _("Amazon shipped nothing in this time."))
    elif progress.status == ProcessingStatus.FATAL:
        reason = _reason(report, progress.document_id, client) if progress.document_id else ""
        detail = joined([_("Amazon could not make it."), reason])
        _log(report, ProcessingStatus.FATAL, detail)
        _end(report, Report.State.FAILED, detail)
    else:
        report.checks += 1
        _come_again(report)


def _read(report: Report, document_id: str, client: SpApiClient) -> None:
    """Read the document, without a transaction, and apply it a hundred orders at a time."""
    with _opened(report, document_id, client) as document:
        shipments = FulfilledShipments(document.lines(otherwise=_charset(report.account)))
        rows, outcome = known_rows(report.account, shipments)
    order_ids = sorted(rows)
    for start in range(0, len(order_ids), BATCH):
        batch = {order_id: rows[order_id] for order_id in order_ids[start : start + BATCH]}
        outcome.add(fill_packages(report.account, batch))
        keep(report, timezone.now(), [])
    report.rows, report.applied = shipments.read, outcome.changed
    _end(report, Report.State.DONE, _ignored(shipments, outcome))


def _reason(report: Report, document_id: str, client: SpApiClient) -> str:
    """What Amazon says about a report that it could not make: the beginning of its document."""
    with _opened(report, document_id, client) as document:
        text = " ".join(next(document.lines(), "").split())
    return text[:REASON_LENGTH]


def _opened(
    report: Report, document_id: str, client: SpApiClient
) -> AbstractContextManager[Document]:
    link = gateway.call(
        report.account,
        GET_REPORT_DOCUMENT,
        lambda api: get_report_document(api, document_id),
        now=timezone.now(),
        client=client,
    )
    return opened(link, timeout=settings.AMAZON_TIMEOUT)


def _charset(account: SellerAccount) -> str:
    """What Amazon means when it does not say."""
    japan = by_country("JP")
    assert japan is not None
    sells_there = account.stores.filter(marketplace_id=japan.id).exists()
    return JAPANESE if sells_there else LATIN


def _ignored(shipments: FulfilledShipments, outcome: Outcome) -> str:
    """Which rows said nothing to us, in one sentence."""
    counted = (
        (outcome.unknown, _("%(count)s of orders or items that are not here")),
        (outcome.multi_channel, _("%(count)s of multi-channel orders")),
        (outcome.too_many, _("%(count)s with more units than ordered")),
        (shipments.bad, _("%(count)s unreadable (%(problem)s)")),
    )
    problem = answers.detail(shipments.problem)
    parts = [what % {"count": count, "problem": problem} for count, what in counted if count]
    return _("Rows ignored: %(rows)s.") % {"rows": joined(parts, ", ")} if parts else ""


# How it ends


def _come_again(report: Report) -> None:
    """When it may be there."""
    pause = LOOK_AGAIN[min(report.checks, len(LOOK_AGAIN) - 1)]
    report.due_at = timezone.now() + pause
    _save(report, "state", "report_id", "checks")


def _wait(report: Report, error: Exception, *, detail: str) -> None:
    """It stays where it is, and goes on when that may help."""
    report.due_at = timezone.now() + wait_after(error, report.account)
    report.detail = detail
    _save(report)


def _end(report: Report, state: Report.State, detail: str) -> None:
    now = timezone.now()
    report.state, report.detail, report.finished_at = state, detail, now
    if _save(report, "state", "finished_at", "rows", "applied") and state == Report.State.DONE:
        errors_log.resolve(report.account, [""], now=now, operation=REPORT)


def _save(report: Report, *fields: str) -> bool:
    """Write it, as long as it is ours."""
    return save_if(report, fields=["due_at", "detail", *fields], claim=report.claim)


def _fail(report: Report, error: SpApiError) -> None:
    """Amazon's no is final, and so is a document nobody can read; the rest may pass by itself."""
    passing = isinstance(error, UnexpectedPayload) and error.operation != DOWNLOAD
    if isinstance(error, Refused) and not passing:
        _end(report, Report.State.FAILED, words(error))
    else:
        _wait(report, error, detail=words(error))
    if not isinstance(error, NotAuthorized):  # which the gateway has logged
        _log(report, type(error).__name__, words(error), request_id=error.request_id)


def _log(report: Report, code: str, message: str, *, request_id: str = "") -> None:
    errors_log.log_error(
        report.account,
        operation=REPORT,
        code=code,
        message=message,
        request_id=request_id,
        now=timezone.now(),
    )
