"""The processing report of an XML feed (``ProcessingReport.xsd``).

It lists errors and warnings only: a message it does not speak of was applied, and so was one with
nothing but warnings. MessageID 0 is about the whole file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, fromstring

from channels.amazon.documents import DOWNLOAD
from channels.amazon.errors import Detail, UnexpectedPayload

WHOLE_FILE = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What Amazon says about one message. ``code`` and ``words`` are its own."""

    number: int  # MessageID
    is_error: bool
    code: str
    words: str

    def __str__(self) -> str:
        return " ".join(f"{self.code} {self.words}".split())


@dataclass(frozen=True, slots=True)
class ProcessingReport:
    """``results`` in Amazon's order; ``processed`` is how many messages it counted, if it said."""

    results: tuple[Result, ...]
    processed: int | None = None

    @property
    def file_error(self) -> str:
        """Why the file as a whole was not processed; "" when it was."""
        return self.refusals.get(WHOLE_FILE, "")

    @property
    def refusals(self) -> dict[int, str]:
        """Why Amazon did not apply a message, by its number."""
        return self._words(are_errors=True)

    @property
    def warnings(self) -> dict[int, str]:
        """What Amazon remarked on a message that it applied, by its number."""
        refused = self.refusals
        remarks = self._words(are_errors=False)
        return {number: words for number, words in remarks.items() if number not in refused}

    def _words(self, *, are_errors: bool) -> dict[int, str]:
        """The first result of each message."""
        found = [result for result in self.results if result.is_error == are_errors]
        return {result.number: str(result) for result in reversed(found)}


def read(text: str) -> ProcessingReport:
    """The report, or UnexpectedPayload: then nobody knows what was applied."""
    if "<!DOCTYPE" in text:  # nothing of Amazon's has one, and it is how XML is made to explode
        raise UnexpectedPayload(DOWNLOAD, Detail("the processing report has a document type"))
    try:
        root = fromstring(text.strip())  # noqa: S314 - without a document type nothing expands
    except (ParseError, ValueError) as exc:
        raise UnexpectedPayload(DOWNLOAD, Detail("the processing report is not XML")) from exc
    reports = list(root.iter("ProcessingReport"))
    if not reports:
        raise UnexpectedPayload(DOWNLOAD, Detail("there is no ProcessingReport in it"))
    counts = [_number(report.findtext("ProcessingSummary/MessagesProcessed")) for report in reports]
    return ProcessingReport(
        results=tuple(result for report in reports for result in _results(report)),
        processed=sum(n for n in counts if n is not None) if any(counts) else None,
    )


def _results(report: Element) -> Iterator[Result]:
    for element in report.iter("Result"):
        number = _number(element.findtext("MessageID"))
        if number is None:  # an error that cannot be told whose it is: it may be anybody's
            raise UnexpectedPayload(DOWNLOAD, Detail("a Result has no MessageID"))
        yield Result(
            number=number,
            is_error=(element.findtext("ResultCode") or "").strip() != "Warning",
            code=(element.findtext("ResultMessageCode") or "").strip()[:32],
            words=" ".join((element.findtext("ResultDescription") or "").split())[:500],
        )


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() else None
