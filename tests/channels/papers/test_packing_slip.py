"""The slip on paper: what stands on it, on which page, on which paper."""

from dataclasses import replace

import pytest

from channels.papers.packing_slip import Line, Slip, packing_slips
from tests.channels.papers.reading import embedded_fonts, lowest, pages, sizes, text

MUG = Line(sku="MUG-3", title="A mug", quantity=1, ordered=3)
SLIP = Slip(
    seller="Nordic Home",
    store="Amazon SE",
    number="000000012",
    amazon_order_id="702-1234567-7654321",
    facts=[("Purchase date", "2026-03-02"), ("Ship by", "2026-03-04")],
    address=["Åsa Öberg", "Storgatan 1", "114 55 Stockholm"],
    lines=[MUG],
)


def printed(**changes):
    return packing_slips([replace(SLIP, **changes)])


def test_everything_stands_on_it():
    found = text(printed(remarks=["Replacement for order 1."]))
    for told in (
        "Packing slip", "Nordic Home", "Amazon SE", "000000012", "702-1234567-7654321",
        "2026-03-02", "2026-03-04", "Åsa Öberg", "Storgatan 1", "114 55 Stockholm", "MUG-3",
        "A mug", "Replacement for order 1.", "Page 1 of 1",
    ):  # fmt: skip
        assert told in found
    assert "Reprint" not in found
    assert "Amount" not in found


def test_a_seller_named_as_the_store_stands_on_it_once():
    assert text(printed(store="Nordic Home")).count("Nordic Home") == 1


@pytest.mark.parametrize(
    "name",
    [
        "Anna O'Brien",
        "Åsa Öberg-Sjöström",
        "Řehoř Dvořák",
        "Νίκος Παπαδόπουλος",
        "Жанна Ёлкина",
        "田中 太郎",
        "髙橋 﨑",
        "张伟 陈",
    ],
)
def test_names_of_six_scripts_come_back(name):
    gift = replace(MUG, title=name, gift_message=name)
    found = text(printed(address=[name], seller=name, lines=[gift]))
    assert found.count(name) >= 4
    assert "□" not in found


def test_the_letters_are_in_the_file():
    """No viewer and no printer needs to have the fonts."""
    assert embedded_fonts(printed(address=["田中 太郎", "张"])) == {
        "DejaVuSansCondensed",
        "DejaVuSansCondensed-Bold",
        "NotoSansJP-Regular",
        "NotoSansSC-Regular",
    }


def test_what_cannot_be_printed_is_said():
    found = text(printed(address=["김 Kim"]))
    assert "□ Kim" in found
    assert "□ stands for a sign that cannot be printed." in found
    assert "□" not in text(printed())


@pytest.mark.parametrize(("size", "points"), [("A4", (595, 841)), ("letter", (612, 792))])
def test_the_paper(size, points):
    assert sizes(printed(size=size)) == [points]


def test_many_items_go_on_many_pages():
    lines = [replace(MUG, sku=f"SKU-{n:03d}", title=f"Thing {n:03d}") for n in range(300)]
    found = pages(printed(lines=lines))
    assert all(f"Page {n} of {len(found)}" in page for n, page in enumerate(found, 1))
    assert all("702-1234567-7654321" in page for page in found)
    everything = "\n".join(found)
    assert all(everything.count(f"Thing {n:03d}") == 1 for n in range(300))
    assert "300" in found[-1]


def test_the_longest_order_that_amazon_allows_loses_nothing():
    """500 letters of a title, 256 of each part of an address, wide ones."""
    lines = [replace(MUG, title="Ж" * 500, gift_message="Ш" * 500, sku="X" * 64)] * 3
    pdf = printed(
        address=["Щ" * 256] * 11, lines=lines, remarks=["Ю" * 500], seller="Ф" * 100, reprint=1
    )
    found = pages(pdf)
    everything = "".join(found)
    assert [everything.count(sign) for sign in "ЖШЩЮФ"] == [1500, 1500, 256 * 11, 500, 100]
    assert "Ship by" in found[0]
    assert "702-1234567-7654321" in found[-1]
    assert lowest(pdf) > 40


def test_a_gift_message_of_any_length_goes_on_on_the_next_pages():
    words = [f"word{n:04d}" for n in range(1500)]
    gift = replace(MUG, gift_message=" ".join(words))
    pdf = printed(lines=[gift, replace(MUG, sku="LAST")])
    found = pages(pdf)
    everything = "\n".join(found)
    assert [everything.count(word) for word in words] == [1] * 1500
    assert everything.count("MUG-3") == everything.count("LAST") == 1
    assert all(f"Page {n} of {len(found)}" in page for n, page in enumerate(found, 1))
    assert "units in all" in found[-1]
    assert lowest(pdf) > 40


def test_no_address():
    assert "not provided by Amazon" in text(printed(address=[]))


def test_an_order_without_a_commerce_order_has_amazons_number_only():
    found = text(printed(number=""))
    assert "000000012" not in found
    assert "702-1234567-7654321" in found


def test_a_number_that_no_barcode_has_signs_for_is_printed_as_text():
    assert "ПРЕФ-1" in text(printed(number="ПРЕФ-1"))


def test_prices():
    lines = [replace(MUG, amount="100.00 SEK"), replace(MUG, amount="–")]
    found = text(printed(lines=lines, total="149.00 SEK"))
    assert "Amount" in found
    assert "100.00 SEK" in found
    assert "149.00 SEK" in found


def test_a_reprint_says_so():
    assert "Reprint 2" in text(printed(reprint=2))


def test_a_gift_says_so():
    lines = [replace(MUG, is_gift=True), replace(MUG, gift_message="Grattis!\nKram")]
    found = text(printed(lines=lines))
    assert "Gift\n" in found
    assert "Gift message: Grattis!" in found
    assert "Kram" in found


def test_each_slip_counts_its_own_pages():
    lines = [replace(MUG, title=f"Thing {n}") for n in range(60)]
    found = pages(packing_slips([replace(SLIP, lines=lines), SLIP]))
    assert "Page 1 of" in found[0]
    assert "Page 1 of 1" in found[-1]
