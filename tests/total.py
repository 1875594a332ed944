"""Adds up what several runs of pytest reported: ``python -m tests.total FOLDER`` of JUnit files."""

import sys
from pathlib import Path
from xml.etree import ElementTree

COUNTS = ("tests", "failures", "errors", "skipped")


def main() -> int:
    totals, seconds = dict.fromkeys(COUNTS, 0), 0.0
    for report in sorted(Path(sys.argv[1]).glob("*.xml")):
        suite = ElementTree.parse(report).getroot()[0]
        counts = {name: int(suite.attrib[name]) for name in COUNTS}
        totals = {name: totals[name] + counts[name] for name in COUNTS}
        seconds += float(suite.attrib["time"])
        print(f"{report.stem:12}{_sentence(counts)}")
    print(f"{'Total':12}{_sentence(totals)} in {seconds:.0f} s")
    return 1 if totals["failures"] or totals["errors"] else 0


def _sentence(counts: dict[str, int]) -> str:
    bad, skipped = counts["failures"] + counts["errors"], counts["skipped"]
    passed = counts["tests"] - bad - skipped
    return f"{passed:6} passed, {bad} failed, {skipped} skipped"


if __name__ == "__main__":
    sys.exit(main())
