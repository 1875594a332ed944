"""English and Swedish: the catalog is whole, and each word is the one of docs/glossary.md."""

import ast
import re
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest

from orders.services.errors import Refusal
from tests import messages

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"
CATALOG = messages.read("sv")
ENTRIES = [message for message in CATALOG if message.id]
PLACE = re.compile(r"%\(\w+\)[a-z]|%%|</?\w+>")
# Where an English term means something else: columns of a file are named in English.
OTHER_SENSES = re.compile(
    r"in any order|reserved and salable are not read|Ship\+|tracking-number|· late|multi-channel"
    r"|the job should run"
)
WORDS = re.compile("[a-z]{2} | [a-z]{2}")
SPOKEN = {"add_error", "message_user", "error", "success", "warning", "info", "ValidationError"}


def forms(message):
    """Each form of a string with its translation."""
    if message.pluralizable:
        return list(zip(message.id, message.string, strict=True))
    return [(message.id, message.string)]


PAIRS = [pair for message in ENTRIES for pair in forms(message)]


# The catalog


def test_the_catalog_has_what_the_code_has():
    kept = messages.po_file("sv").read_bytes()
    assert kept == messages.po_text(messages.updated(CATALOG)), "Run python -m tests.messages."


def test_the_compiled_catalog_is_the_catalog():
    with messages.mo_file("sv").open("rb") as file:
        stored = GNUTranslations(file)._catalog
    fresh = GNUTranslations(BytesIO(messages.compiled(messages.read("sv"))))._catalog
    assert {**stored, "": ""} == {**fresh, "": ""}, "Run python -m tests.messages."


def test_everything_is_translated():
    assert [m.id for m in ENTRIES if m.fuzzy or not messages.is_translated(m)] == []
    assert list(CATALOG.obsolete) == []


def test_places_and_tags_are_those_of_the_original():
    assert [p for p in PAIRS if sorted(PLACE.findall(p[0])) != sorted(PLACE.findall(p[1]))] == []


def test_it_begins_and_ends_as_the_original():
    """Spaces, and what a sentence ends with."""
    assert [pair for pair in PAIRS if ends(pair[0]) != ends(pair[1])] == []


def ends(text):
    return text[0].isspace(), text[-1].isspace(), text[-1] in ".:…?!," and text[-1]


# The glossary


def glossary():
    """Of each row: English terms, forms of the Swedish word, words that are not used."""
    for line in GLOSSARY.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] != "English":
            yield [[word.strip() for word in cell.split(",") if word.strip()] for cell in cells[:3]]


def test_each_term_has_its_word():
    wrong = [
        f"{term}: {english} -> {swedish}"
        for terms, words, _unused in glossary()
        for term in terms
        for english, swedish in PAIRS
        if re.search(rf"\b{term}s?\b", OTHER_SENSES.sub("", PLACE.sub("", english)), re.IGNORECASE)
        and not any(word.casefold() in swedish.casefold() for word in words)
    ]
    assert "\n".join(wrong) == ""


def test_no_term_has_another_word():
    wrong = [
        f"{word}: {swedish}"
        for _terms, _words, unused in glossary()
        for word in unused
        for _english, swedish in PAIRS
        if re.search(rf"\b{word}", swedish, re.IGNORECASE)
    ]
    assert "\n".join(wrong) == ""


# What is said to people


def refusals(cls=Refusal):
    return {cls.__name__}.union(*(refusals(child) for child in cls.__subclasses__()))


def unmarked(source):
    """Lines that say something to people in words that are not marked for translation."""
    speakers = refusals() | SPOKEN
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node.func) in speakers:
            for argument in node.args:
                parts = getattr(argument, "values", [argument])  # of an f-string
                words = (getattr(part, "value", "") for part in parts)
                if any(isinstance(text, str) and WORDS.search(text) for text in words):
                    yield f"{node.lineno}: {ast.unparse(argument)}"


def _name(function):
    if isinstance(function, ast.Attribute):  # operators read the log in English
        return "" if ast.unparse(function.value) in ("log", "audit") else function.attr
    return getattr(function, "id", "")


def test_what_is_said_to_people_is_marked():
    files = [
        path
        for app in ("channels", "customers", "orders")
        for folder in ("admin", "services", "models")
        for path in (ROOT / app).glob(f"{folder}/**/*.py")
    ]
    assert len(files) > 100
    found = {f"{p.relative_to(ROOT)}:{line}" for p in files for line in unmarked(p.read_text())}
    assert found == set()


def test_services_say_what_can_be_stored():
    """A refusal may become the row of a job: it is a sentence with its values, not finished text.

    So is a status in it: the word of whoever raised it would stay.
    """
    services = [
        path for app in ("channels", "orders") for path in (ROOT / app).glob("services/*.py")
    ]
    imports = re.compile(r"django.utils.translation import .*\bn?gettext\b")
    finished = re.compile(r'"(state|status)": (str\()?\w+\.get_\w+_display\(\)')
    assert len(services) > 100
    assert [p.name for p in services if imports.search(p.read_text())] == []
    assert [p.name for p in services if finished.search(p.read_text())] == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("raise CannotShip('It is gone.')", 1),
        ("raise CannotShip(f'Order {number}.')", 1),
        ("form.add_error(None, 'It is gone.')", 1),
        ("raise CannotShip(_('Order %(number)s.') % {'number': 1})", 0),
        ("raise CannotShip(refusal)", 0),
        ("log.error('It is gone.')", 0),
        ("form.add_error('reason', str(exc))", 0),
    ],
)
def test_what_counts_as_unmarked(source, count):
    assert len(list(unmarked(source))) == count
