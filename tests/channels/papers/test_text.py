"""Fonts by run, widths, line breaks: nothing is dropped or printed in the wrong letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.papers import text as texts
from channels.papers.text import (
    BOLD,
    BOX,
    CHINESE,
    JAPANESE,
    REGULAR,
    is_printable,
    plain,
    runs,
    width,
    wrap,
)


@pytest.mark.parametrize(
    "name",
    [
        "Anna O'Brien-Smith",
        "Åsa Öberg Ærø Þórður",
        "Řehoř Dvořák, Łucja Wężyk, Őry Győző",
        "Νίκος Παπαδόπουλος",
        "Жанна Ёлкина, Їжакевич",
    ],
)
def test_one_font_has_the_letters_of_europe(name):
    assert runs(name) == [(REGULAR, name)]
    assert runs(name, bold=True) == [(BOLD, name)]


@pytest.mark.parametrize(
    "name", ["田中 太郎", "髙橋", "山﨑", "𠮷野", "斉藤 斎藤 齊藤 齋藤", "ﾀﾅｶ", "さくら〒"]
)
def test_japanese_has_a_font_of_its_own(name):
    assert runs(name) == [(JAPANESE, name)]
    assert runs(name, bold=True) == [(JAPANESE, name)]


SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)


@pytest.mark.parametrize(
    "text",
    [SURNAMES, "东们这门车广东省深圳市龙岗区街道办事处", "臺北市信義區", "張偉 陳麗華", "䶮"],
)
def test_chinese_prints_in_two_fonts(text):
    assert {run.font for run in runs(text)} <= {JAPANESE, CHINESE}
    assert is_printable(text)


def test_kanji_keep_their_shapes():
    assert runs("骨 直") == [(JAPANESE, "骨 直")]
    assert runs("张") == [(CHINESE, "张")]


@pytest.mark.parametrize("name", ["Հայկ", "ნინო", "Nguyễn Thị Ánh", "ລາວ"])
def test_other_scripts_that_print(name):
    assert is_printable(name)


def test_a_mixed_line_is_drawn_in_runs():
    assert runs("Tanaka 田中 1-2 (Åsa)") == [
        (REGULAR, "Tanaka "),
        (JAPANESE, "田中 1-2 ("),
        (REGULAR, "Åsa)"),
    ]


@pytest.mark.parametrize(
    "name", ["김철수", "محمد", "משה", "ไทย", "अमित", "தமிழ்", "বাংলা", "ខ្មែរ", "မြန်", "አማርኛ"]
)
def test_what_cannot_be_printed_right_is_a_box_a_sign(name):
    drawn = runs(name)
    assert drawn == [(REGULAR, BOX * len(name))]
    assert not is_printable(f"Anna {name}")
    assert width(name, 10) == pytest.approx(width(BOX * len(name), 10))


@pytest.mark.parametrize(
    ("sent", "drawn"),
    [
        ("A\u030asa", "Åsa"),  # letter and accent
        ("か\u3099", "が"),
        ("神\ufa19", "神\ufa19"),  # a variant of a name stays what it is
        ("葛\U000e0100城", "葛城"),  # the mark that asks for a variant is not to see
        ("zero\u200bwidth", "zerowidth"),
        (" two\t lines\n here ", "two lines here"),
        ("\ufb01n", "\ufb01n"),
    ],
)
def test_a_line_as_it_is_drawn(sent, drawn):
    assert plain(sent) == drawn


def test_widths_add_up():
    assert width("AB", 20) == pytest.approx(2 * (width("A", 10) + width("B", 10)))
    assert width("田中", 10) == pytest.approx(20)
    assert width("A", 10, bold=True) > width("A", 10)
    assert width("", 10) == 0


def test_lines_break_at_spaces_and_between_kanji():
    assert wrap("one two three", width("one two", 9) + 1, 9) == ["one two", "three"]
    assert wrap("東京都港区六本木", 40, 10) == ["東京都港", "区六本木"]
    assert wrap("first\n\nsecond", 500, 9) == ["first", "second"]
    assert wrap("", 500, 9) == []


def test_a_word_that_is_too_long_is_broken():
    lines = wrap("X" * 100, 50, 9)
    assert "".join(lines) == "X" * 100
    assert all(width(line, 9) <= 50 for line in lines)


@given(st.text(max_size=80), st.floats(20, 300))
def test_wrapping_loses_nothing_and_fits(text, room):
    lines = wrap(text, room, 9)
    joined = "".join("".join(lines).split())
    assert joined == "".join(plain(" ".join(text.splitlines())).split())
    assert all(width(line, 9) <= room or len(line) == 1 for line in lines)


@given(st.text(max_size=40))
def test_a_sign_drawn_is_one_the_font_has(text):
    drawn = runs(text)
    assert len("".join(run.text for run in drawn)) == len(plain(text))
    assert all(texts._has(run.font, sign) for run in drawn for sign in run.text)
