"""What is said is kept as a sentence and its values, and read in the reader's language."""

from datetime import UTC, datetime

import pytest
from django.utils.translation import gettext_lazy, override

from channels.models import Feed
from orders.models import OutboxMessage
from orders.models.fields import SentenceField
from orders.sentences import from_column, gettext, in_english, joined, lower, ngettext, to_column
from orders.services.errors import CannotShip, DoubtfulNumber
from tests import factories

GONE = gettext("There is no such order.")
HOURS = "Amazon has been processing it for %(hours)s hours."


def kept(words, longest=1000):
    """What stands in the column."""
    return to_column(words, longest)


def in_swedish(words):
    column = kept(words)
    with override("sv"):
        return from_column(column)


def test_whoever_says_it_is_answered_in_their_language():
    with override("sv"):
        said = gettext(HOURS) % {"hours": 6}
    assert said == "Amazon har behandlat den i 6 timmar."
    assert from_column(kept(said)) == "Amazon has been processing it for 6 hours."


@pytest.mark.parametrize(
    ("words", "english", "swedish"),
    [
        (GONE, "There is no such order.", "Det finns ingen sådan order."),
        (
            gettext("Order %(number)s is %(state)s: it is not on hold.")
            % {"number": 7, "state": gettext_lazy("Complete")},
            "Order 7 is Complete: it is not on hold.",
            "Order 7 har statusen Slutförd: den är inte pausad.",
        ),
        (
            gettext("Order %(number)s is %(status)s at Amazon: do not ship it.")
            % {"number": 7, "status": lower(gettext_lazy("Canceled"))},
            "Order 7 is canceled at Amazon: do not ship it.",
            "Order 7 är avbruten hos Amazon: skicka den inte.",
        ),
        (
            gettext("The ship date %(date)s lies in the future.")
            % {"date": datetime(2026, 11, 26, 12, 30, tzinfo=UTC)},
            "The ship date 2026-11-26 12:30 lies in the future.",
            "Skickat-datumet 2026-11-26 12:30 ligger i framtiden.",
        ),
        (
            joined([gettext("Given up after a day."), "Amazon's reason."]),
            "Given up after a day. Amazon's reason.",
            "Uppgivet efter ett dygn. Amazon's reason.",
        ),
    ],
)
def test_a_sentence_and_the_words_in_it(words, english, swedish, settings):
    settings.TIME_ZONE = "UTC"
    assert from_column(kept(words)) == english
    assert in_swedish(words) == swedish
    assert in_english(in_swedish(words)) == english


@pytest.mark.parametrize("count", [1, 3])
def test_a_number_decides_in_each_language(count):
    many = ("%(count)d confirmation will be sent again.",
            "%(count)d confirmations will be sent again.")  # fmt: skip
    said = ngettext(*many, count) % {"count": count}
    assert in_swedish(said).startswith(f"{count} bekräftelse")
    assert from_column(kept(said)) == many[count > 1] % {"count": count}


@pytest.mark.parametrize(
    "text",
    ["", "18051 The order is PENDING.", "100 % of %(it)s", "a\x1eb", '{"text": "There"}', "é" * 9],
)
def test_words_of_others_stay_as_they_are(text):
    assert in_swedish(text) == text.replace("\x1e", " ")


def test_what_was_written_before_in_full_is_read_as_it_stands():
    assert in_swedish(HOURS % {"hours": 6}) == "Amazon has been processing it for 6 hours."
    assert in_swedish("There is no such order.") == "Det finns ingen sådan order."


def test_what_is_too_long_for_its_column_is_cut_and_stays_readable():
    assert kept("x" * 5000) == "x" * 1000
    long = gettext(HOURS) % {"hours": "6" * 490}
    assert kept(long, 200) == str(long)[:200]


def test_a_refusal_keeps_what_it_was_given():
    assert CannotShip(GONE).args[0].text == "There is no such order."
    both = DoubtfulNumber([GONE, gettext("The carrier is missing.")])
    assert in_swedish(both.args[0]) == "Det finns ingen sådan order. Transportören saknas."
    assert str(both) == "There is no such order. The carrier is missing."


@pytest.mark.django_db
def test_a_column_gives_back_what_was_said():
    """However it is written: by save, by update; and saved again as it was read."""
    feed = factories.feed(detail=gettext(HOURS) % {"hours": 6})
    Feed.objects.filter(pk=feed.pk).update(detail=gettext(HOURS) % {"hours": 7})
    with override("sv"):
        read = Feed.objects.get(pk=feed.pk)
        assert read.detail == "Amazon har behandlat den i 7 timmar."
        read.save()
    assert Feed.objects.values_list("detail", flat=True).get() == (
        "Amazon has been processing it for 7 hours."
    )
    Feed.objects.filter(pk=feed.pk).update(detail="x" * 5000)
    assert Feed.objects.get().detail == "x" * 1000


@pytest.mark.django_db
def test_an_answer_that_is_too_long_for_its_column_is_cut():
    message = factories.outbox_message(last_error="x" * 5000)
    assert OutboxMessage.objects.get(pk=message.pk).last_error == "x" * 1000


def test_it_is_the_same_column_as_before():
    _name, path, _args, _kwargs = SentenceField(max_length=9).deconstruct()
    assert path == "django.db.models.CharField"
