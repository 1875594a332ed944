from datetime import UTC, datetime, timedelta, timezone

import pytest

from channels.amazon.types import Dataset, SearchQuery, instant_text

NOON = datetime(2026, 8, 14, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def test_the_whole_query_in_amazons_words():
    query = SearchQuery(
        last_updated_after=NOON,
        last_updated_before=LATER,
        marketplace_ids=("A2NODRKZP88ZB9", "A1PA6795UKMFR9"),
        datasets=frozenset({Dataset.PROCEEDS, Dataset.BUYER}),
        max_results=50,
    )
    assert query.parameters() == {
        "lastUpdatedAfter": "2026-08-14T12:00:00.000Z",
        "lastUpdatedBefore": "2026-08-14T13:00:00.000Z",
        "marketplaceIds": "A2NODRKZP88ZB9,A1PA6795UKMFR9",
        "includedData": "BUYER,PROCEEDS",
        "maxResultsPerPage": "50",
    }


def test_what_was_not_given_is_not_sent():
    assert SearchQuery(created_after=NOON, created_before=NOON).parameters() == {
        "createdAfter": "2026-08-14T12:00:00.000Z",
        "createdBefore": "2026-08-14T12:00:00.000Z",
        "maxResultsPerPage": "100",
    }


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 8, 14, 12, 0, 0, 118_999, UTC), "2026-08-14T12:00:00.118Z"),
        (datetime(2026, 8, 14, 14, tzinfo=timezone(timedelta(hours=2))),
         "2026-08-14T12:00:00.000Z"),
        (datetime(2026, 8, 14, 5, 30, 0, 1, timezone(-timedelta(hours=6, minutes=30))),
         "2026-08-14T12:00:00.000Z"),
    ],
)  # fmt: skip
def test_the_same_moment_has_one_text(moment, text):
    assert instant_text(moment) == text


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "Give exactly one of last_updated_after and created_after."),
        (
            {"last_updated_after": NOON, "created_after": NOON},
            "Give exactly one of last_updated_after and created_after.",
        ),
        (
            {"last_updated_after": NOON, "created_before": LATER},
            "created_before needs created_after.",
        ),
        (
            {"created_after": NOON, "last_updated_before": LATER},
            "last_updated_before needs last_updated_after.",
        ),
        (
            {"last_updated_after": LATER, "last_updated_before": NOON},
            "last_updated_before lies before last_updated_after.",
        ),
        (
            {"created_after": LATER, "created_before": NOON},
            "created_before lies before created_after.",
        ),
        (
            {"last_updated_after": NOON.replace(tzinfo=None)},
            "last_updated_after has no time zone.",
        ),
        (
            {"created_after": NOON, "created_before": NOON.replace(tzinfo=None)},
            "created_before has no time zone.",
        ),
        (
            {"created_after": NOON, "marketplace_ids": ("M",) * 51},
            "marketplace_ids may hold 50 ids at most.",
        ),
        (
            {"created_after": NOON, "marketplace_ids": ("A,B",)},
            "marketplace_ids holds an empty id or one with a comma.",
        ),
        (
            {"created_after": NOON, "marketplace_ids": ("",)},
            "marketplace_ids holds an empty id or one with a comma.",
        ),
        ({"created_after": NOON, "max_results": 0}, "max_results must be 1 to 100, not 0."),
        ({"created_after": NOON, "max_results": 101}, "max_results must be 1 to 100, not 101."),
    ],
)
def test_what_amazon_would_refuse_is_refused_in_plain_words(arguments, problem):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the text is compared below
        SearchQuery(**arguments)
    assert str(caught.value) == problem
