"""Reading a processing report: what it says, and what its silence means."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.amazon.errors import UnexpectedPayload
from channels.amazon.processing_report import ProcessingReport, Result, read

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<AmazonEnvelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Header><DocumentVersion>1.02</DocumentVersion></Header><MessageType>ProcessingReport</MessageType>
  <Message><MessageID>1</MessageID><ProcessingReport>
    <DocumentTransactionID>50011220260813</DocumentTransactionID><StatusCode>Complete</StatusCode>
    <ProcessingSummary><MessagesProcessed>{processed}</MessagesProcessed></ProcessingSummary>
"""
TAIL = "</ProcessingReport></Message></AmazonEnvelope>"


def result(number, code="Error", words="Order item cannot be fulfilled.", message_code="99002"):
    return (
        f"<Result><MessageID>{number}</MessageID><ResultCode>{code}</ResultCode>"
        f"<ResultMessageCode>{message_code}</ResultMessageCode>"
        f"<ResultDescription>{words}</ResultDescription>"
        "<AdditionalInfo><AmazonOrderID>302-5510047-8830219</AmazonOrderID></AdditionalInfo>"
        "</Result>"
    )


def report(*results, processed=2):
    return read(HEAD.format(processed=processed) + "".join(results) + TAIL)


def test_an_error_and_a_warning():
    found = report(result(1, "Warning", "tracking id does\n  not look right", "99001"), result(2))
    assert found == ProcessingReport(
        (
            Result(1, False, "99001", "tracking id does not look right"),
            Result(2, True, "99002", "Order item cannot be fulfilled."),
        ),
        processed=2,
    )
    assert found.refusals == {2: "99002 Order item cannot be fulfilled."}
    assert found.warnings == {1: "99001 tracking id does not look right"}
    assert found.file_error == ""


def test_silence_is_success():
    found = report()
    assert (found.refusals, found.warnings, found.file_error) == ({}, {}, "")


def test_an_error_beside_a_warning_is_an_error_and_the_first_one_speaks():
    found = report(result(1, "Warning"), result(1, words="No."), result(1, words="And no."))
    assert (found.refusals, found.warnings) == ({1: "99002 No."}, {})


def test_message_0_is_the_whole_file():
    assert report(result(0, words="One or more items are invalid.")).file_error == (
        "99002 One or more items are invalid."
    )
    assert report(result(0, "Warning")).file_error == ""


def test_a_result_of_a_new_kind_is_no_success():
    assert 1 in report(result(1, "Fatal")).refusals


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "the processing report is not XML"),
        ("<html><body>503</body>", "the processing report is not XML"),
        ("<html><body>503</body></html>", "there is no ProcessingReport in it"),
        (HEAD.format(processed=1), "the processing report is not XML"),
        (HEAD.format(processed=1) + result("one") + TAIL, "a Result has no MessageID"),
        (HEAD.format(processed=1) + result("") + TAIL, "a Result has no MessageID"),
        (
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "the processing report has a document type",
        ),
        ("<a\x00/>", "the processing report is not XML"),
    ],
)
def test_what_cannot_be_read_says_nothing_about_success(text, detail):
    with pytest.raises(UnexpectedPayload) as caught:
        read(text)
    assert caught.value.detail == detail


@pytest.mark.parametrize(("said", "processed"), [("", None), ("many", None), ("7", 7)])
def test_how_many_messages_it_counted(said, processed):
    assert report(processed=said).processed == processed


@settings(max_examples=50)
@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        found = read(text)
    except UnexpectedPayload:
        return
    assert isinstance(found, ProcessingReport)
