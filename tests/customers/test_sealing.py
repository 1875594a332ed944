"""Sealing and blind indexes by themselves: no rows, no columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.sealed import INDEX_BYTES, CannotUnseal, blind_index, key_id_of, seal, unseal

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@pytest.fixture(autouse=True)
def keys(settings):
    settings.PII_KEYS = {"k1": OLD}
    settings.PII_INDEX_KEY = bytes(range(64, 96))


def test_a_sealed_text_opens_again():
    assert unseal(seal("Åsa".encode(), "row:1"), "row:1") == "Åsa".encode()


def test_equal_texts_are_sealed_differently():
    assert seal(b"same", "row:1") != seal(b"same", "row:1")


def test_a_sealed_text_names_its_key():
    assert key_id_of(seal(b"x", "row:1")) == "k1"


def test_another_context_does_not_open_it():
    with pytest.raises(CannotUnseal, match="row:2: the value was changed or belongs to another"):
        unseal(seal(b"secret", "row:1"), "row:2")


def test_a_key_that_is_gone_is_named(settings):
    sealed = seal(b"secret", "row:1")
    settings.PII_KEYS = {"k2": NEW}
    with pytest.raises(CannotUnseal, match=r"^row:1: no key 'k1' in PII_KEYS$"):
        unseal(sealed, "row:1")


def test_another_key_of_the_same_id_does_not_open_it(settings):
    sealed = seal(b"secret", "row:1")
    settings.PII_KEYS = {"k1": NEW}
    with pytest.raises(CannotUnseal, match="was changed"):
        unseal(sealed, "row:1")


SEALED_BYTES = 1 + 1 + len("k1") + 12 + len(b"twelve bytes") + 16  # head, nonce, text, tag


def test_a_sealed_text_is_as_long_as_its_parts():
    assert len(seal(b"twelve bytes", "row:1")) == SEALED_BYTES


@pytest.mark.parametrize("position", range(SEALED_BYTES))
def test_any_flipped_bit_is_noticed(position):
    sealed = bytearray(seal(b"twelve bytes", "row:1"))
    sealed[position] ^= 1
    with pytest.raises(CannotUnseal):
        unseal(bytes(sealed), "row:1")


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_cannot_unseal(garbage):
    with pytest.raises(CannotUnseal):
        unseal(garbage, "row:1")


@pytest.mark.parametrize("length", range(SEALED_BYTES))
def test_a_value_cut_short_is_noticed(length):
    with pytest.raises(CannotUnseal):
        unseal(seal(b"twelve bytes", "row:1")[:length], "row:1")


# Blind index


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("åsa öberg", "Åsa  Öberg"),
        ("asa@example.com", " ASA@Example.COM "),
        ("STRASSE", "straße"),
        ("\uff21\uff22\uff23", "abc"),  # full width letters
        ("A\u030asa", "\u00c5sa"),  # combining ring and precomposed letter
        ("two\twords", "two words"),
    ],
)
def test_the_blind_index_overlooks_case_width_and_spacing(one, other):
    assert blind_index("name", one) == blind_index("name", other)


@pytest.mark.parametrize(
    ("one", "other"), [("Åsa", "Asa"), ("ab", "a b"), ("a.b@example.com", "ab@example.com")]
)
def test_the_blind_index_tells_others_apart(one, other):
    assert blind_index("name", one) != blind_index("name", other)


def test_the_blind_index_depends_on_its_purpose():
    assert blind_index("name", "Åsa") != blind_index("email", "Åsa")


def test_the_blind_index_depends_on_its_key(settings):
    before = blind_index("name", "Åsa")
    settings.PII_INDEX_KEY = bytes(32)
    assert blind_index("name", "Åsa") != before


def test_the_blind_index_does_not_depend_on_the_sealing_keys(settings):
    before = blind_index("name", "Åsa")
    settings.PII_KEYS = {"k2": NEW}
    assert blind_index("name", "Åsa") == before


def test_the_blind_index_is_short_and_known():
    # What openssl says: an index that changes orphans every stored one.
    index = blind_index("customer.email", "asa@example.com")
    assert len(index) == INDEX_BYTES
    assert index.hex() == "49f68a3ad9301516dfb24f2dd0d286ac"
