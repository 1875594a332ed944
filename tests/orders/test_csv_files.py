"""CSV files as people save them: encodings, delimiters, and cells a spreadsheet would run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.services.csv_files import UnreadableFile, decode, defuse, undefuse

# Formulas

cells = st.text("'=+-@\t\r\n＝＋－＠a ;,\"", max_size=6)  # noqa: RUF001


@given(st.one_of(cells, st.text()))
def test_defusing_can_be_taken_back(text):
    assert undefuse(defuse(text)) == text
    assert defuse(text)[:1] not in {*"=+-@\t\r\n＝＋－＠"}  # noqa: RUF001


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("-MUG", "'-MUG"),
        ("'=1", "''=1"),
        ("'MUG", "'MUG"),
        ("MUG-1", "MUG-1"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text, written):
    assert defuse(text) == written


# Encodings


def test_encodings():
    assert decode("sku\nÅ".encode()) == ("sku\nÅ", False)
    assert decode("sku\nÅ".encode("utf-8-sig")) == ("sku\nÅ", False)
    assert decode("sku\nBlå 5 €".encode("cp1252")) == ("sku\nBlå 5 €", True)
    assert decode("sku\nÅ".encode("utf-16")) == ("sku\nÅ", False)
    assert decode(b"\xfe\xff" + "sku\nÅ".encode("utf-16-be")) == ("sku\nÅ", False)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"sku\n\x81", "neither UTF-8 nor Windows-1252"),
        (b"\xff\xfes", "begins as UTF-16 but is not"),
        ("sku\nMUG".encode("utf-16-le"), "The file is not text"),
        (b"PK\x03\x04\0\0", "The file is not text"),
        (b"x" * (5 * 1024**2 + 1), "larger than 5 MB"),
    ],
)
def test_what_is_no_text(content, told):
    with pytest.raises(UnreadableFile) as refusal:
        decode(content)
    assert told in str(refusal.value)
