"""Words that are said now and read later, each time in the reader's language (ADR 0009). Pure.

`gettext` and `ngettext` of this module stand in for Django's wherever what is said may be stored:
a refusal, an answer, a note. What they return is the finished text, for whoever asked; it remembers
the sentence and the values it was made of, for whoever reads it later.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import Promise

MARK = "\x1e"  # between the sentence and its values, in a column: no person and no XML writes it


class Sentence(str):
    """The finished text; `text` is the English sentence, `params` fill its places (`stored`).

    Of a plural `text` is the singular, `plural` the other form, `number` chooses.
    """

    text: str
    params: dict[str, Any]
    plural: str
    number: int | None
    is_lower: bool

    def __new__(
        cls,
        text: str,
        params: Mapping[str, Any] | None = None,
        *,
        plural: str = "",
        number: int | None = None,
        is_lower: bool = False,
    ) -> "Sentence":
        params = dict(params or {})
        if number is None:
            said = translation.gettext(text) if text else ""
        else:
            said = translation.ngettext(text, plural, number)
        if params:
            said %= {name: _shown(value) for name, value in params.items()}
        made = super().__new__(cls, said.lower() if is_lower else said)
        made.text, made.params = text, params
        made.plural, made.number, made.is_lower = plural, number, is_lower
        return made

    def __mod__(self, values: Any) -> "Sentence":
        params = {name: stored(value) for name, value in values.items()}
        return _read({**stored(self), "params": params})


def gettext(message: str) -> Sentence:
    """``gettext("Order %(number)s …") % {"number": …}``"""
    return Sentence(message)


def ngettext(singular: str, plural: str, number: int) -> Sentence:
    """As `gettext`, where a number decides between two forms."""
    return Sentence(singular, plural=plural, number=number)


def lower(label: object) -> Sentence:
    """A label inside of a sentence: a status, in small letters."""
    with translation.override("en"):
        text = str(label)
    return Sentence(text, is_lower=True)


def joined(parts: Iterable[str], by: str = " ") -> str:
    """One after the other, without those that say nothing."""
    named = {f"part{number}": part for number, part in enumerate(filter(None, parts))}
    if len(named) < 2:
        return next(iter(named.values()), "")
    return Sentence(by.join(f"%({name})s" for name in named)) % named


def said(error: Exception) -> str:
    """The words of a refusal, as it was given them."""
    words = error.args[0] if error.args else ""
    return words if isinstance(words, Sentence) else str(error)


def in_english(words: str) -> str:
    """The words, for those who look into them."""
    if not isinstance(words, Sentence):
        return words
    with translation.override("en"):
        return str(_again(words))


def stored(value: object, longest: int = 500) -> Any:
    """A value of a sentence, as JSON has it.

    A sentence is ``{"text", "params"[, "plural", "number"][, "is_lower"]}``; a lazy label, or a
    list of them, a list of English words to be translated; a moment ``{"at": ISO 8601}``, shown in
    the reader's zone; a whole number stays one; all else text, as it stands.
    """
    if isinstance(value, Sentence):
        kept: dict[str, Any] = {"text": value.text, "params": value.params}
        if value.number is not None:
            kept |= {"plural": value.plural, "number": value.number}
        return kept | {"is_lower": True} if value.is_lower else kept
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, int):
        return value
    words = value if isinstance(value, list) else [value]
    if words and all(isinstance(word, Promise) for word in words):
        with translation.override("en"):
            return [str(word)[:longest] for word in words]
    return str(value)[:longest]


def to_column(words: str, longest: int) -> str:
    """As a column of text keeps it: what is not a sentence as it stands.

    A sentence that is too long for the column becomes plain English.
    """
    if not isinstance(words, Sentence):
        return str(words).replace(MARK, " ")[:longest]
    kept = stored(words)
    text = kept.pop("text")
    if kept == {"params": {}}:
        whole = text
    else:
        whole = text + MARK + json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return whole if len(whole) <= longest else in_english(words)[:longest]


def from_column(text: str) -> str:
    """What `to_column` kept, in the reader's language; Amazon's words and old ones as they are."""
    text, mark, values = text.partition(MARK)
    if mark:
        return _read({"text": text, **json.loads(values)})
    ours = Sentence(text)
    return ours if ours != text else text


def _again(words: Sentence) -> Sentence:
    """The same, said anew."""
    return _read(stored(words))


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(translation.gettext, value))
    if not isinstance(value, dict):
        return value
    if "at" in value:
        moment = timezone.localtime(datetime.fromisoformat(value["at"]))
        return date_format(moment, "SHORT_DATETIME_FORMAT")
    return _read(value)


def _read(kept: Mapping[str, Any]) -> Sentence:
    return Sentence(
        kept["text"],
        kept["params"],
        plural=kept.get("plural", ""),
        number=kept.get("number"),
        is_lower=kept.get("is_lower", False),
    )
