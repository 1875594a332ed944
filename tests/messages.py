"""The catalogs of translations, without GNU gettext: ``python -m tests.messages``.

Reads every marked string of code and templates into locale/*/LC_MESSAGES/django.po: new ones come
without a translation, those that are gone go. Then compiles django.mo beside it: what is used.
tests/test_languages.py fails while either is behind. For translators: docs/glossary.md.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[1]
LANGUAGES = ("sv",)
SOURCES = ("channels", "customers", "orders", "sync_portal", "templates")
BORROWED = ("django_celery_beat",)  # packages whose pages we show, without Swedish of their own
KEYWORDS = DEFAULT_KEYWORDS | {
    "Detail": None,  # what the client says of an answer: it knows no Django
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # for the compiler, which asks for dates
COMMENT_TAGS = ("Translators:",)
# Without dates and names: the history of the file has them.
HEADER = r"""# Written by `python -m tests.messages`; to translate, fill it in: docs/glossary.md
msgid ""
msgstr ""
"Language: {language}\n"
"Plural-Forms: {plural_forms}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def po_file(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def mo_file(language: str) -> Path:
    return po_file(language).with_suffix(".mo")


def read(language: str) -> Catalog:
    """The catalog as it is kept."""
    with po_file(language).open("rb") as file:
        return read_po(file, locale=language)


def extracted() -> Catalog:
    """Every marked string, in the order of files and lines; a place is the file alone."""
    catalog = Catalog()
    for name, path in _sources():
        for _line, message, comments, context in _messages(path):
            catalog.add(message, locations=[(name, None)], auto_comments=comments, context=context)
    return catalog


def updated(kept: Catalog) -> Catalog:
    """What the code has now, with the translations that are kept."""
    catalog = Catalog(locale=kept.locale)
    for message in extracted():
        if not message.id:  # the header
            continue
        known = kept.get(message.id, message.context)
        catalog.add(
            message.id,
            known.string if known else None,
            message.locations,
            auto_comments=message.auto_comments,
            user_comments=known.user_comments if known else (),
            context=message.context,
        )
    return catalog


def is_translated(message: Message) -> bool:
    """Whether every form has a translation. The header, with an empty id, counts as translated."""
    forms = message.string if message.pluralizable else [message.string]
    return not message.id or all(forms)


def po_text(catalog: Catalog) -> bytes:
    """The catalog as text; a place has no line number, so that moving code changes nothing."""
    file = BytesIO()
    write_po(file, catalog, omit_header=True, include_lineno=False, width=100)
    head = HEADER.format(language=catalog.locale, plural_forms=catalog.plural_forms)
    return head.encode() + file.getvalue().rstrip() + b"\n"


def compiled(catalog: Catalog) -> bytes:
    """The catalog as gettext reads it; fuzzy translations are left out."""
    catalog.creation_date = catalog.revision_date = EPOCH
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def _sources() -> Iterator[tuple[str, Path]]:
    """Names and files: ours, then those of packages, named within their package."""
    for top in SOURCES:
        yield from _files(ROOT / top)
    for name in BORROWED:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        yield from _files(Path(spec.origin).parent)


def _files(folder: Path) -> list[tuple[str, Path]]:
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".html"})
    return [(path.relative_to(folder.parent).as_posix(), path) for path in files]


def _messages(path: Path) -> Iterator[Any]:
    source = path.read_text()
    if path.suffix == ".html":
        # Django makes of it a call for each marked string, and X of all else; in brackets any
        # layout is Python.
        source = f"({templatize(source)}\n)"
    return extract(extract_python, BytesIO(source.encode()), KEYWORDS, COMMENT_TAGS)


def main() -> None:
    settings.configure()  # templatize asks for the charset of files
    for language in LANGUAGES:
        catalog = updated(read(language))
        po_file(language).write_bytes(po_text(catalog))
        mo_file(language).write_bytes(compiled(catalog))
        missing = [message.id for message in catalog if not is_translated(message)]
        print(f"{language}: {len(catalog)} strings, {len(missing)} without a translation")
        for text in missing:
            print(f"  {text}")


if __name__ == "__main__":
    main()
