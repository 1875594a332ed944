"""The communication errors log: finding errors, what to do about one, and settling it."""

import logging
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from channels.amazon.errors import Detail, Unavailable
from channels.models import CommunicationError
from channels.sandbox.invent import Draft
from channels.sandbox.records import Buyer
from channels.services import errors_log
from channels.services.answers import words
from orders.sentences import gettext
from tests import factories, portal
from tests.snapshot import everything
from tests.staff import PERSONAL_DATA, staff, statements, superuser

pytestmark = pytest.mark.django_db

LIST = reverse("admin:channels_communicationerror_changelist")
SEE = "channels.view_communicationerror"
SETTLE = "channels.change_communicationerror"
ORDERS = "channels.view_channelorder"
ANNA = Buyer(name="Anna Öberg", email="k3v9x@marketplace.amazon.se")


def page(error, view="change"):
    return reverse(f"admin:channels_communicationerror_{view}", args=[error.pk])


def listed(client, **query):
    response = client.get(f"{LIST}?{urlencode(query)}")
    assert response.status_code == 200
    return [error.pk for error in response.context["cl"].result_list]


def text_of(response):
    return response.content.decode()


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_ours_is_read_in_the_readers_language_and_amazons_quoted_as_english():
    ours = factories.communication_error(
        amazon_order_id="1",
        message=gettext("The order could not be stored (%(error)s).") % {"error": "DataError"},
    )
    amazons = factories.communication_error(
        account=ours.account, amazon_order_id="2", message="18051 The <order> is PENDING."
    )
    call = Unavailable(
        "getOrder", Detail("no complete answer (%(cause)s)", cause="ReadTimeout"), request_id="r1"
    )
    of_a_call = factories.communication_error(account=ours.account, message=words(call))
    swedish = {
        ours: "Ordern kunde inte lagras (DataError).",
        amazons: '<q lang="en">18051 The &lt;order&gt; is PENDING.</q>',
        of_a_call: "getOrder: inget fullständigt svar (ReadTimeout) (anrops-id r1)",
    }
    client = superuser()
    whole = text_of(client.get(LIST, headers={"accept-language": "sv"}))
    for error, text in swedish.items():
        assert text in whole
        assert text in text_of(client.get(page(error), headers={"accept-language": "sv"}))
    english = text_of(client.get(page(of_a_call)))
    assert "getOrder: no complete answer (ReadTimeout) (request id r1)" in english
    assert "Amazon could not be reached" in english


# The list


def test_the_newest_first_with_store_operation_and_a_link_to_the_order():
    order = factories.channel_order()
    old = factories.communication_error(account=order.account, at=factories.NOW)
    new = factories.communication_error(
        account=order.account,
        store=order.store,
        operation="import",
        amazon_order_id=order.amazon_order_id,
        at=factories.NOW + timedelta(hours=1),
        times=3,
    )
    unknown = factories.communication_error(amazon_order_id="702-0", at=factories.NOW)
    nameless = factories.communication_error(amazon_order_id="?ab", at=factories.NOW)
    assert listed(staff(SEE)) == [new.pk, nameless.pk, unknown.pk, old.pk]

    link = (
        f'{reverse("admin:channels_channelorder_change", args=[order.pk])}">{new.amazon_order_id}'
    )
    text = text_of(staff(SEE, ORDERS).get(LIST))
    assert link in text
    assert ">702-0<" in text
    assert "?ab" not in text
    assert "not readable" in text
    assert "Import of an order" in text
    assert order.store.name in text
    without = text_of(staff(SEE).get(LIST))
    assert link not in without
    assert new.amazon_order_id in without


def test_an_order_of_the_same_number_in_another_account_is_not_linked():
    order = factories.channel_order()
    factories.communication_error(
        account=factories.seller_account(), amazon_order_id=order.amazon_order_id
    )
    text = text_of(staff(SEE, ORDERS).get(LIST))
    assert reverse("admin:channels_channelorder_change", args=[order.pk]) not in text


def test_every_filter_has_its_chip():
    store = factories.amazon_store()
    sibling = factories.amazon_store(account=store.account, country="DE")
    one = factories.communication_error(account=store.account, store=store, code="Throttled")
    of_account = factories.communication_error(
        account=store.account, operation="report", at=factories.NOW - timedelta(days=2)
    )
    of_sibling = factories.communication_error(
        account=sibling.account, store=sibling, operation="import"
    )
    elsewhere = factories.communication_error(resolved_at=factories.NOW, code="InvalidClient")
    client = staff(SEE)
    assert listed(client, store=store.pk) == [one.pk, of_account.pk]
    assert listed(client, store=sibling.pk) == [of_sibling.pk, of_account.pk]
    assert listed(client, operation="report") == [of_account.pk]
    assert listed(client, code="InvalidClient") == [elsewhere.pk]
    assert listed(client, code="Throttled") == [one.pk]
    assert listed(client, open="no") == [elsewhere.pk]
    assert set(listed(client, open="yes")) == {one.pk, of_account.pk, of_sibling.pk}
    day = (factories.NOW - timedelta(days=1)).date().isoformat()
    assert listed(client, to=day) == [of_account.pk]
    assert of_account.pk not in listed(client, **{"from": day})

    text = text_of(client.get(f"{LIST}?store={store.pk}&open=yes&code=Throttled"))
    for chip in (f"Store: {store.name}", "State: Open", "Code: Throttled"):
        assert chip in text


@pytest.mark.parametrize(
    "query",
    [{"open": "x"}, {"store": "0"}, {"store": "²"}, {"operation": "x"}, {"code": "x"},
     {"from": "x"}, {"to": "9999-12-31"}],
)  # fmt: skip
def test_what_nobody_offers_lists_nothing_and_dismisses_nothing(query):
    factories.communication_error()
    client = staff(SEE, SETTLE)
    assert listed(client, **query) == []
    ((_name, value),) = query.items()
    before = everything()
    data = {"action": "dismiss_errors", "select_across": "1", "_selected_action": "0"}
    response = client.post(f"{LIST}?{urlencode(query)}", data, follow=True)
    assert f"cannot read {value}, so nothing is listed." in response.content.decode()
    assert everything() == before


def test_search_by_order_numbers_and_request_ids():
    one = factories.communication_error(amazon_order_id="702-1")
    two = factories.communication_error(request_id="abc-2")
    factories.communication_error(amazon_order_id="702-3", message="702-1")
    client = staff(SEE)
    assert listed(client, q="702-1") == [one.pk]
    assert set(listed(client, q=" 702-1, abc-2\n")) == {one.pk, two.pk}
    assert listed(client, q="702") == []
    assert set(listed(client, q=",")) == set(listed(client))


def test_more_errors_take_no_more_statements_and_are_counted_to_a_limit():
    client = staff(SEE, ORDERS, SETTLE)
    order = factories.channel_order()
    factories.communication_error(amazon_order_id=order.amazon_order_id, account=order.account)
    few = statements(client, LIST)
    CommunicationError.objects.bulk_create(
        CommunicationError(
            account=order.account, operation="import", code="x", message="x", at=factories.NOW,
            amazon_order_id=f"702-{n}",
        )
        for n in range(1000)
    )  # fmt: skip
    assert statements(client, LIST) == few
    assert "1,000+ communication errors" in " ".join(text_of(client.get(LIST)).split())
    assert client.get(f"{LIST}?p=10").status_code == 200


def test_the_list_does_not_open_what_amazon_sent():
    error = factories.communication_error(payload='{"a": 1}')
    (shown,) = staff(SEE).get(LIST).context["cl"].result_list
    assert shown.pk == error.pk
    assert "payload" in shown.get_deferred_fields()


def test_it_needs_the_permission():
    error = factories.communication_error()
    client = staff(ORDERS)
    assert client.get(LIST).status_code == 403
    assert client.get(page(error)).status_code == 403


# The page of one


def revealed(caplog):
    """What the audit log says."""
    return [r.getMessage() for r in caplog.records if r.name == "sync_portal.audit"]


@pytest.mark.parametrize(
    ("operation", "code", "words"),
    [
        ("searchOrders", "AuthorizationRevoked", "Authorize the application again"),
        ("LWA token", "InvalidClient", "client id and secret"),
        ("searchOrders", "NotAuthorized", "Give the application its roles"),
        ("createReport", "Throttled", "Nothing to do"),
        ("searchOrders", "Unavailable", "Nothing to do"),
        ("import", "NotFound", "Look for the order in Seller Central"),
        ("import", "UnexpectedPayload", "Try again"),
        ("import", "IntegrityError", "could not be stored"),
        ("import", "Unavailable", "could not be reached"),
        ("POST_ORDER_ACKNOWLEDGEMENT_DATA", "Refused", "cancel it in Seller Central"),
        ("confirmShipment", "Refused", "Carrier Other needs"),
        ("createFeed", "Rejected", "report it with the request id"),
        ("what", "ever", "does not know this error"),
    ],
)
def test_it_says_what_to_do(operation, code, words):
    error = factories.communication_error(
        operation=operation, code=code, request_id="req-9", message="carrierName is missing"
    )
    text = text_of(staff(SEE).get(page(error)))
    assert words in text
    assert "req-9" in text
    assert error.message in text


def test_it_leads_to_its_neighbours_as_far_as_they_may_be_seen():
    order = factories.placed_order()
    error = factories.communication_error(
        account=order.account,
        store=order.store,
        operation="confirmShipment",
        code="Refused",
        amazon_order_id=order.amazon_order_id,
    )
    links = [
        reverse("admin:channels_channelorder_change", args=[order.pk]),
        reverse("admin:channels_amazonstore_change", args=[order.store_id]),
        f"{reverse('admin:orders_outboxmessage_changelist')}?q={order.commerce_order.number}",
    ]
    text = text_of(superuser().get(page(error)))
    assert [link for link in links if link not in text] == []
    text = text_of(staff(SEE).get(page(error)))
    assert [link for link in links if link in text] == []
    assert f"{LIST}?q={order.amazon_order_id}" in text
    # It is settled with its confirmation.
    assert page(error, "dismiss") not in text_of(superuser().get(page(error)))


def test_a_revoked_authorization_is_a_press_from_being_renewed():
    store = factories.amazon_store()
    error = factories.communication_error(account=store.account, code="AuthorizationRevoked")
    other = factories.communication_error(account=store.account, operation="getOrder")
    renew = reverse("admin:channels_amazonstore_change", args=[store.pk])
    assert f'class="button default" href="{renew}"' in text_of(superuser().get(page(error)))
    assert renew not in text_of(superuser().get(page(other)))
    assert renew not in text_of(staff(SEE).get(page(error)))


def test_what_amazon_sent_needs_the_right_and_seeing_it_is_logged(caplog):
    error = factories.communication_error(operation="import", payload='{"buyerName":"Anna Öberg"}')
    masked = staff(SEE)
    assert "Show what Amazon sent" not in text_of(masked.get(page(error)))
    assert masked.get(f"{page(error)}?raw=1").status_code == 403
    client = staff(SEE, PERSONAL_DATA)
    with caplog.at_level(logging.INFO, "sync_portal.audit"):
        assert "Anna" not in text_of(client.get(page(error)))
        assert revealed(caplog) == []
        assert "&quot;buyerName&quot;: &quot;Anna Öberg&quot;" in text_of(
            client.get(f"{page(error)}?raw=1")
        )
    (line,) = revealed(caplog)
    assert line.startswith(f"Personal data of channels.communicationerror {error.pk} shown to user")


def test_what_is_no_json_is_shown_as_it_is():
    error = factories.communication_error(operation="import", payload="{no <b>")
    assert "{no &lt;b&gt;" in text_of(superuser().get(f"{page(error)}?raw=1"))
    nothing = factories.communication_error()
    assert superuser().get(f"{page(nothing)}?raw=1").status_code == 200
    assert staff(SEE).get(f"{page(nothing)}?raw=1").status_code == 200


def test_one_that_is_gone_is_not_found():
    error = factories.communication_error()
    path, act = page(error), page(error, "dismiss")
    error.delete()
    assert superuser().get(path).status_code == 404
    assert superuser().post(act).status_code == 404


# Settling


@pytest.fixture
def aside(sandbox):
    """An order that was set aside, and is well at Amazon by now."""
    portal.connect(sandbox)
    order = sandbox.world.create_order("SE", Draft(buyer=ANNA))
    sandbox.world.faults.push("malformed_order", "search")
    portal.poll()
    error = CommunicationError.objects.get(resolved_at=None)
    assert error.amazon_order_id == order.order_id
    return error


def test_an_order_is_tried_again_and_comes_in(aside):
    client = staff(SEE, SETTLE)
    assert page(aside, "try_again") in text_of(client.get(page(aside)))
    response = client.post(page(aside, "try_again"), follow=True)
    assert said(response) == ["The order could be read."]
    assert portal.order(aside.amazon_order_id).placement == "placed"
    assert "Resolved" in text_of(response)
    assert page(aside, "try_again") not in text_of(response)
    # Twice is harmless, and told.
    before = everything()
    response = client.post(page(aside, "try_again"), follow=True)
    assert said(response) == ["Nothing is set aside here any more."]
    assert everything() == before


@pytest.mark.parametrize(
    ("fault", "told"),
    [("malformed_order", "It went wrong again"), ("503", "getOrder: HTTP 503")],
)
def test_it_may_go_wrong_again(aside, sandbox, fault, told):
    sandbox.world.faults.push(fault, "get")
    response = staff(SEE, SETTLE).post(page(aside, "try_again"), follow=True)
    (message,) = said(response)
    assert message.startswith(told)
    assert CommunicationError.objects.get().resolved_at is None
    assert portal.order(aside.amazon_order_id) is None


def test_amazons_no_to_the_order_becomes_its_message(aside):
    CommunicationError.objects.update(amazon_order_id="702-0000000-0000009")
    staff(SEE, SETTLE).post(page(aside, "try_again"))
    error = CommunicationError.objects.get()
    assert (error.code, error.times) == ("NotFound", 2)


def test_an_order_without_a_number_cannot_be_tried_again():
    error = factories.communication_error(operation="import", amazon_order_id="?0123")
    client = staff(SEE, SETTLE)
    assert page(error, "try_again") not in text_of(client.get(page(error)))
    response = client.post(page(error, "try_again"), follow=True)
    assert said(response) == ["Nothing is set aside here any more."]


def test_one_is_dismissed_by_a_person_once():
    error = factories.communication_error(operation="import", amazon_order_id="?0123")
    client = staff(SEE, SETTLE)
    response = client.post(page(error, "dismiss"), follow=True)
    assert said(response) == ["The error is dismissed."]
    row = CommunicationError.objects.get()
    assert row.resolved_by.startswith("staff-")
    assert row.resolved_at is not None
    assert "Dismissed" in text_of(response)
    before = everything()
    response = client.post(page(error, "dismiss"), follow=True)
    assert said(response) == ["It is settled already."]
    assert everything() == before


def test_one_of_a_confirmation_is_settled_with_the_confirmation():
    error = factories.communication_error(operation="confirmShipment", code="Refused")
    response = staff(SEE, SETTLE).post(page(error, "dismiss"), follow=True)
    assert said(response) == ["Dismiss the confirmation: this is settled with it."]
    assert CommunicationError.objects.get().resolved_at is None


def test_many_are_dismissed_from_the_list():
    errors = [factories.communication_error() for _ in range(2)]
    errors.append(factories.communication_error(operation="confirmShipment"))
    errors.append(factories.communication_error(resolved_at=factories.NOW))
    data = {"action": "dismiss_errors", "_selected_action": [error.pk for error in errors]}
    response = staff(SEE, SETTLE).post(LIST, data, follow=True)
    (message,) = said(response)
    assert message.startswith("2 errors dismissed. Dismiss the confirmation")
    assert CommunicationError.objects.exclude(resolved_by="").count() == 2
    assert CommunicationError.objects.get(pk=errors[-1].pk).resolved_at == factories.NOW


def test_settling_needs_its_permission():
    error = factories.communication_error(operation="import", amazon_order_id="702-1")
    before = everything()
    client = staff(SEE, ORDERS)
    for view in ("try_again", "dismiss"):
        assert client.post(page(error, view)).status_code == 403
    # An action that is not offered is not done.
    client.post(LIST, {"action": "dismiss_errors", "_selected_action": [error.pk]})
    assert everything() == before
    assert page(error, "dismiss") not in text_of(staff(SEE).get(page(error)))
    for view in ("try_again", "dismiss"):
        assert superuser().get(page(error, view)).status_code == 405


def test_dismissed_and_happening_again_it_opens_again():
    store = factories.amazon_store()
    now = timezone.now()

    def happens():
        errors_log.log_error(store.account, operation="import", code="x", message="x", now=now,
                             amazon_order_id="702-1")  # fmt: skip

    happens()
    first = CommunicationError.objects.get()
    assert errors_log.dismiss(first.pk, user="anna", now=now)
    happens()
    assert CommunicationError.objects.count() == 2
    assert CommunicationError.objects.get(resolved_at=None).times == 1


# Where it happened


def test_the_store_is_the_orders_or_the_only_one():
    order = factories.channel_order()
    account, now = order.account, timezone.now()
    errors_log.log_error(account, operation="import", code="x", message="x", now=now)
    assert CommunicationError.objects.latest("pk").store == order.store
    factories.amazon_store(account=account, country="DE")
    errors_log.log_error(account, operation="report", code="x", message="x", now=now)
    assert CommunicationError.objects.latest("pk").store is None
    errors_log.log_error(account, operation="import", code="x", message="x", now=now,
                         amazon_order_id=order.amazon_order_id)  # fmt: skip
    assert CommunicationError.objects.latest("pk").store == order.store
