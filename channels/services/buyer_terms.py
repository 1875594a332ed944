"""The blind terms that orders are found by: buyers' names by words and their beginnings, e-mails.

A name is folded (case, width, accents) and split into words. Each word is a term, and so is each of
its beginnings from three letters on, two in a script that writes words with one or two letters.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from channels.models import BuyerTerm, ChannelOrder
from customers.bulk import insert_pairs
from customers.sealed import blind_term

NAME, EMAIL = "order.buyer.name", "order.buyer.email"  # changing them orphans what is stored
SHORTEST, SHORTEST_IDEOGRAPHIC = 3, 2
LONGEST = 12  # letters that a beginning is told apart by
MOST_WORDS = 12  # of one name, most have fewer
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_IDEOGRAPHIC = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def words(text: str) -> list[str]:
    """``O'Brien-Öberg`` -> ``["o", "brien", "oberg"]``, each once."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return list(dict.fromkeys(_WORD.findall(unicodedata.normalize("NFC", bare))))


def _beginnings(word: str) -> Iterator[str]:
    """The word and the beginnings it is found by; what follows its twelfth letter tells nothing."""
    word = word[:LONGEST]
    yield word
    shortest = SHORTEST_IDEOGRAPHIC if _IDEOGRAPHIC.search(word) else SHORTEST
    for length in range(shortest, len(word)):
        yield word[:length]


@lru_cache(maxsize=20_000)  # the words of names repeat, and a page has hundreds of beginnings
def _terms_of_word(word: str) -> tuple[int, ...]:
    return tuple(blind_term(NAME, beginning) for beginning in _beginnings(word))


def terms_of(order: ChannelOrder) -> set[int]:
    """What `order` is found by: buyer, recipient and company, as sent and as corrected."""
    people: list[Mapping[str, Any]] = [order.buyer or {}, order.recipient or {}]
    people.append((order.corrected_address or {}).get("address") or {})
    names = [p[part] for p in people for part in ("name", "company") if p.get(part)]
    named = {word for name in names for word in words(name)[:MOST_WORDS]}
    terms = {term for word in named for term in _terms_of_word(word)}
    if email := people[0].get("email"):
        terms.add(email_term(email))
    return terms


def email_term(email: str) -> int:
    """The term of a whole e-mail address."""
    return blind_term(EMAIL, email.strip().casefold())


def index(orders: Iterable[ChannelOrder]) -> None:
    """Write what these orders are found by; nothing of them is written yet. One statement."""
    pairs = [(term, order.pk) for order in orders for term in terms_of(order)]
    insert_pairs(BuyerTerm, ("term", "order_id"), pairs)


def forget(order_pks: Sequence[int]) -> None:
    """These orders are found by no name any more. One statement, none for no order."""
    if order_pks:
        BuyerTerm.objects.filter(order__in=order_pks).delete()


def orders_of(text: str) -> QuerySet[BuyerTerm] | None:
    """Terms whose orders have every word of `text`, whole or its beginning; None: no word in it."""
    wanted = [blind_term(NAME, word[:LONGEST]) for word in words(text)[:MOST_WORDS]]
    if not wanted:
        return None
    found = BuyerTerm.objects.filter(term=wanted[0])
    for term in wanted[1:]:
        found = found.filter(order__in=BuyerTerm.objects.filter(term=term).values("order"))
    return found
