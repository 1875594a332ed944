"""The pick list on paper."""

from dataclasses import replace

from channels.papers.pick_list import Pick, pick_list
from tests.channels.papers.reading import pages, sizes, text

MUG = Pick(sku="MUG-3", name="A mug", quantity=3, orders=[("000000012", 2), ("000000013", 1)])


def printed(*picks, **more):
    return pick_list(picks, about="2 orders", **more)


def test_everything_stands_on_it():
    found = text(printed(replace(MUG, on_hand=7)))
    for told in ("Pick list", "3 units · 2 orders", "MUG-3", "A mug", "7", "Page 1 of 1"):
        assert told in found
    assert "000000012 × 2" in found
    assert "000000013" in found
    assert "!" not in found


def test_too_few_on_the_shelf_is_marked():
    assert "2 !" in text(printed(replace(MUG, on_hand=2)))


def test_a_sku_that_no_barcode_has_signs_for():
    assert "マグ-1" in text(printed(replace(MUG, sku="マグ-1")))


def test_what_five_hundred_orders_want_loses_none():
    orders = [(f"{n:09d}", 1 + n % 3) for n in range(1, 501)]
    found = pages(printed(replace(MUG, orders=orders), replace(MUG, sku="CUP")))
    everything = "\n".join(found)
    assert "500 orders" in everything
    assert all(everything.count(number) == 1 for number, _ in orders[20:])
    assert "CUP" in everything


def test_many_rows_go_on_many_pages():
    found = pages(printed(*(replace(MUG, sku=f"SKU-{n:03d}") for n in range(100))))
    assert len(found) > 3
    assert all(f"Page {n} of {len(found)}" in page for n, page in enumerate(found, 1))
    assert all("\n".join(found).count(f"SKU-{n:03d}") == 1 for n in range(100))


def test_nothing_to_pick():
    assert "0 units" in text(printed())


def test_the_paper():
    assert sizes(printed(MUG, size="letter")) == [(612, 792)]
