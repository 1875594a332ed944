import pickle

import pytest

from channels.amazon.errors import (
    AuthorizationRevoked,
    InvalidClient,
    NotAuthorized,
    NotFound,
    NotNow,
    Refused,
    Rejected,
    SpApiError,
    Throttled,
    Unavailable,
    UnexpectedPayload,
)

# What a caller's `except NotNow / Unavailable / Refused` catches
SORTED = {
    NotNow: [Throttled, NotAuthorized, AuthorizationRevoked, InvalidClient],
    Unavailable: [Unavailable],
    Refused: [Rejected, NotFound, UnexpectedPayload],
}


@pytest.mark.parametrize("sort", SORTED)
def test_an_error_is_of_exactly_one_sort(sort):
    for kind in SORTED[sort]:
        assert [base for base in SORTED if issubclass(kind, base)] == [sort]
        assert issubclass(kind, SpApiError)


@pytest.mark.parametrize("kind", [AuthorizationRevoked, InvalidClient])
def test_trouble_with_the_authorization_is_not_authorized(kind):
    assert issubclass(kind, NotAuthorized)


def test_an_error_is_one_sentence_with_the_request_id():
    error = Unavailable("getOrder", "HTTP 503", request_id="req-1", status=503)
    assert str(error) == "getOrder: HTTP 503 (request id req-1)"
    assert str(Unavailable("getOrder", "no answer")) == "getOrder: no answer"


def test_an_error_survives_the_way_between_processes():
    error = Rejected("getOrder", "HTTP 400", request_id="r", status=400, code="C", message="M")
    copy = pickle.loads(pickle.dumps(error))
    assert vars(copy) == vars(error)
    assert str(copy) == "getOrder: HTTP 400 (request id r)"
