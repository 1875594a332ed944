"""How feeds end: refusals, warnings, and feeds of which nobody knows what was applied."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from channels.amazon import feeds, processing_report
from channels.models import Feed, SellerAccount, SyncCursor
from channels.sandbox import moves
from channels.services import dispatching, feed_results, proving, quota
from orders.models import OutboxMessage
from orders.services import outbox
from tests import portal
from tests.channels.delivering import calls, connected, notes, open_errors
from tests.channels.feeding import (
    check,
    out_of_patience,
    packages,
    settle,
    shipped_orders,
    states,
    submit,
    the_feed,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def amazon(sandbox):
    return connected(sandbox)


def test_what_amazon_refused_says_so_and_the_others_are_proven(amazon):
    orders = shipped_orders(amazon, 3)
    amazon.world.change(orders[1].order_id, moves.await_checks)
    submit()

    assert check() == 1

    words = "18051 The order is PENDING and cannot be confirmed."
    assert states() == ["sent", "refused", "sent"]
    assert (the_feed().state, the_feed().messages_refused) == ("done", 1)
    assert OutboxMessage.objects.get(state="refused").last_error == words
    assert notes(orders[1])[-1] == f"Amazon refused package 1: {words}"
    (error,) = open_errors()
    assert (error.amazon_order_id, error.message) == (orders[1].order_id, words)
    settle()
    assert states() == ["proven", "refused", "proven"]

    amazon.world.change(orders[1].order_id, moves.verify)
    outbox.resend(OutboxMessage.objects.get(state="refused").pk)
    settle()
    assert states() == ["proven"] * 3
    assert open_errors() == []


def test_a_warning_is_shown_and_the_package_proven_all_the_same(amazon, monkeypatch):
    shipped_orders(amazon, 1)
    submit()
    remark = ("18147", "The tracking number looks odd.")
    monkeypatch.setattr(
        "channels.amazon.processing_report.ProcessingReport.warnings",
        property(lambda _report: {1: " ".join(remark)}),
    )

    check()

    message = OutboxMessage.objects.get()
    assert (message.state, message.last_error) == ("sent", "18147 The tracking number looks odd.")
    settle()
    assert (states(), OutboxMessage.objects.get().last_error) == (["proven"], "")


def test_a_refusal_of_what_was_sent_again_meanwhile_refuses_nothing(amazon):
    orders = shipped_orders(amazon, 1)
    amazon.world.change(orders[0].order_id, moves.await_checks)
    submit()
    message = OutboxMessage.objects.get()
    message.resend(timezone.now())  # by hand, while the feed was on its way
    message.save()

    check()

    assert states() == ["pending"]
    assert "refused" not in " ".join(notes(orders[0]))


def test_many_are_looked_for_only_when_a_sweep_could_have_shown_them(amazon):
    shipped_orders(amazon, 4)
    account = SellerAccount.objects.get()
    quota.learn_rate(account, "getOrder", 0.5)
    quota.throttled(account, "getOrder")
    submit()
    portal.hurry()
    next_sweep = timezone.now() + timedelta(seconds=100)
    SyncCursor.objects.update(due_at=next_sweep)
    Feed.objects.update(due_at=timezone.now())
    feed_results.check_feeds()

    look_at = set(OutboxMessage.objects.values_list("not_before", flat=True))
    assert len(look_at) == 1
    assert abs(look_at.pop() - next_sweep - timedelta(seconds=60)) < timedelta(seconds=5)
    assert dispatching.looks(timezone.now()) == []

    amazon.world.calls.clear()
    portal.poll()
    assert proving.prove_seen() == 4
    assert states() == ["proven"] * 4
    assert calls(amazon) == {"search": 1}


# Nobody knows


@pytest.mark.parametrize(
    ("kind", "detail", "swedish"),
    [
        (
            "fatal",
            "The feed ended FATAL without a report.",
            "Feeden slutade FATAL utan rapport.",
        ),
        (
            "cancelled",
            "Amazon canceled the feed and gave no reason.",
            "Amazon avbröt feeden utan att ange orsak.",
        ),
    ],
)
def test_a_feed_that_failed_is_read_back_and_what_is_missing_sent_once(
    amazon, kind, detail, swedish
):
    shipped_orders(amazon, 4)
    amazon.world.faults.push(kind, "createFeed")
    submit()

    assert check() == 1

    assert (the_feed().state, the_feed().detail) == ("failed", detail)
    with translation.override("sv"):
        assert the_feed().detail == swedish
    assert states() == ["sent"] * 4
    assert set(OutboxMessage.objects.values_list("outcome_unknown", flat=True)) == {True}
    amazon.world.calls.clear()
    settle()
    assert states() == ["proven"] * 4
    missing = 2 if kind == "fatal" else 4
    assert calls(amazon)["confirm"] == missing
    assert calls(amazon)["createFeed"] == 0
    assert packages(amazon) == [[("1", f"SE{n}")] for n in range(4)]


def test_a_report_that_is_nowhere_is_waited_for_and_then_done_without(amazon):
    shipped_orders(amazon, 2)
    amazon.world.faults.push("lose_result", "createFeed")
    submit()

    assert check() == 0
    assert (the_feed().state, states()) == ("submitted", ["sent"] * 2)
    assert "HTTP 404" in the_feed().detail

    out_of_patience()
    assert check() == 1
    assert the_feed().state == "failed"
    settle()
    assert states() == ["proven"] * 2
    assert calls(amazon)["confirm"] == 0


@pytest.mark.parametrize("operation", ["getFeed", "getFeedDocument", "download"])
@pytest.mark.parametrize(
    "kind", ["429", "500", "503", "drop", "lost_reply", "truncated", "html", "empty"]
)
def test_a_question_that_went_wrong_is_asked_again(amazon, operation, kind):
    shipped_orders(amazon, 2)
    submit()
    amazon.world.faults.push(kind, operation)

    assert check() == 0

    assert (the_feed().state, the_feed().claim, states()) == ("submitted", None, ["sent"] * 2)
    assert the_feed().detail
    assert check() == 1
    assert the_feed().state == "done"


def test_a_feed_that_amazon_does_not_know_has_failed(amazon):
    shipped_orders(amazon, 1)
    submit()
    amazon.world.feeds.clear()
    assert check() == 1
    assert the_feed().state == "failed"
    settle()
    assert (states(), packages(amazon)) == (["proven"], [[("1", "SE0")]])


def test_a_feed_that_never_ends_is_given_up(amazon):
    amazon.world.settings.feed_seconds = 1e6
    shipped_orders(amazon, 1)
    submit()
    Feed.objects.update(submitted_at=timezone.now() - timedelta(hours=7))
    OutboxMessage.objects.update(sent_at=the_feed().submitted_at)
    assert check() == 1
    assert the_feed().detail == "Amazon has been processing it for 6 hours."
    settle()
    assert states() == ["proven"]


def test_a_file_error_is_about_no_message_alone(amazon):
    shipped_orders(amazon, 1)
    submit()
    feed = next(iter(amazon.world.feeds.values()))
    feed.content = feed.content.replace(b"OrderFulfillment</MessageType>", b"Price</MessageType>")
    feed.outcome, feed.result_document_id = "", ""
    assert check() == 1
    assert the_feed().state == "failed"
    assert the_feed().detail == "5000 The MessageType is not OrderFulfillment."
    settle()
    assert (states(), calls(amazon)["confirm"]) == (["proven"], 1)


def test_silence_about_messages_that_were_not_processed_is_no_success(amazon, monkeypatch):
    shipped_orders(amazon, 2)
    amazon.world.faults.push("cancelled", "createFeed")  # nothing is applied …
    submit()
    monkeypatch.setattr(
        feeds.Feeds,
        "get",
        lambda *_: feeds.FeedState(feeds.ProcessingStatus.DONE, "doc"),
    )
    monkeypatch.setattr(feeds.Feeds, "get_document", lambda *_: None)
    monkeypatch.setattr(feeds.Feeds, "download", lambda *_: "")
    monkeypatch.setattr(
        processing_report, "read", lambda _: processing_report.ProcessingReport((), processed=0)
    )
    assert check() == 1
    assert the_feed().detail == "Amazon processed 0 of 2 messages."
    settle()
    assert packages(amazon) == [[("1", "SE0")], [("1", "SE1")]]


def test_a_message_lost_without_a_word_is_sent_again_after_an_hour_of_looking(amazon):
    shipped_orders(amazon, 2)
    amazon.world.faults.push("ignored", "createFeed")
    submit()
    check()
    assert the_feed().state == "done"
    settle(rounds=40)
    assert states() == ["proven"] * 2
    assert packages(amazon) == [[("1", "SE0")], [("1", "SE1")]]


def test_two_workers_ask_about_a_feed_once(amazon):
    shipped_orders(amazon, 1)
    submit()
    Feed.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))
    assert check() == 0
    assert calls(amazon)["getFeed"] == 0
