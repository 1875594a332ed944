"""Lists of tracking numbers, as people paste them."""

import pytest

from channels.services.pasting import Pasted, read_pasted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("\n \n", []),
        ("T1\nT2\r\n", [("", "T1"), ("", "T2")]),
        ("702-1\tT1\n000000002\tT2", [("702-1", "T1"), ("000000002", "T2")]),
        ("702-1;T1\n702-2 , T2\n702-3 T3", [("702-1", "T1"), ("702-2", "T2"), ("702-3", "T3")]),
        ("702-1\tRR 123 456 785 SE", [("702-1", "RR 123 456 785 SE")]),
        ("702-1 RR 123 456 785 SE", [("702-1", "RR 123 456 785 SE")]),
        ("702-1\tT1\tDHL\t", [("702-1", "T1")]),
        ("702-1\t\n;\n", []),
        ("\tT1", [("", "T1")]),
        ("\u200e702-1\u200e\t\u202aT1\n\u200e", [("702-1", "T1")]),
    ],
)
def test_lines(text, found):
    assert list(read_pasted(text)) == [Pasted(*entry) for entry in found]
