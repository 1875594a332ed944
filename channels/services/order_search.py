"""The one search box of the Orders tab: numbers of every kind, products, tracking, buyers.

Each kind of look-up has an index of its own and is asked by itself. What is found in small numbers,
nearly always, becomes a list of keys: every sorting and filter of it is then fast.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Right, Upper

from channels.models import BuyerTerm, ChannelOrder, ChannelOrderItem
from channels.services.buyer_terms import email_term, orders_of
from orders.models import Package
from orders.models.shipment import TAIL
from orders.services.finding import MAX_WORDS, capped_values, search_words

FEW = 1000
NAME_WORDS = 6  # more are no name
AMAZON_ORDER_ID = re.compile(r"[0-9]{3}-[0-9]{7}-[0-9]{7}")


def search(orders: QuerySet[ChannelOrder], text: str, *, buyers: bool) -> QuerySet[ChannelOrder]:
    """Those of `orders` that one of the words stands for, or whose buyer has all of them.

    `buyers`: for whoever sees personal data. To others a search by names and e-mail addresses
    would tell these letter by letter, so there is none.

    One statement to look up the words; MAX_WORDS of them at most are looked at.
    """
    words = search_words(text)[:MAX_WORDS]
    if not words:
        return orders
    kinds = _look_ups(words, text.strip())
    if buyers:
        kinds += _buyer_look_ups(words, text.strip())
    few, numbers = _apart(kinds)
    many = [kinds[n] for n in numbers]
    if not many:
        return orders.filter(pk__in=few)
    if few:
        many.append(ChannelOrder.objects.order_by().filter(pk__in=few).values("pk"))
    # Of one kind alone a planner knows how many it finds: it may walk the list until a page is full
    # instead of sorting them all.
    return orders.filter(pk__in=many[0].union(*many[1:], all=True) if many[1:] else many[0])


def unknown_numbers(text: str) -> list[str]:
    """Of several Amazon order numbers in a search those that no order has; one statement."""
    words = dict.fromkeys(search_words(text)[:MAX_WORDS])
    numbers = [word for word in words if AMAZON_ORDER_ID.fullmatch(word)]
    if len(numbers) < 2:
        return []  # of one the empty list says it
    known = ChannelOrder.objects.order_by().filter(amazon_order_id__in=numbers)
    found = set(known.values_list("amazon_order_id", flat=True))
    return [number for number in numbers if number not in found]


def narrowed(lists: Sequence[QuerySet[ChannelOrder]]) -> list[QuerySet[ChannelOrder]]:
    """The same orders: by their keys those of all lists that have few, and the lists that have
    many. One statement.

    No planner is asked then to guess how many of a million are late.
    """
    few, many = _apart([orders.values("pk") for orders in lists])
    by_key = [ChannelOrder.objects.filter(pk__in=few)] if few or not many else []
    return [*by_key, *(lists[n] for n in many)]


def _apart(kinds: Sequence[QuerySet[Any, Any]]) -> tuple[set[Any], list[int]]:
    """What is found by those kinds that find few, and which kinds find many. One statement."""
    found = capped_values(kinds, limit=FEW)
    few = {key for keys in found if len(keys) <= FEW for key in keys}
    return few, [n for n, keys in enumerate(found) if len(keys) > FEW]


def _look_ups(words: list[str], whole: str) -> list[QuerySet[Any, Any]]:
    """Order keys by every kind of number."""
    upper = list({word.upper() for word in words})
    skus = list({*words, *upper, whole.replace("\0", "")})  # a SKU may have spaces
    tails = [word for word in upper if len(word) == TAIL and not word.isalpha()]
    items = ChannelOrderItem.objects.order_by()
    packages = Package.objects.annotate(whole=Upper("tracking_number"))
    tailed = Package.objects.annotate(tail=Right(Upper("tracking_number"), TAIL))
    linked = ChannelOrder.objects.order_by().values("pk")
    kinds: list[QuerySet[Any, Any]] = [
        linked.filter(amazon_order_id__in=words),
        linked.filter(commerce_order__number__in=[*words, *upper]),
        items.filter(seller_sku__in=skus).values("order"),
        items.filter(asin__in=upper).values("order"),
        linked.filter(commerce_order__in=packages.filter(whole__in=upper).values("order")),
    ]
    if tails:
        short = tailed.filter(tail__in=tails).values("order")
        kinds.append(linked.filter(commerce_order__in=short))
    return kinds


def _buyer_look_ups(words: list[str], whole: str) -> list[QuerySet[Any, Any]]:
    """Order keys by names and e-mail addresses."""
    kinds: list[QuerySet[Any, Any]] = []
    if emails := [email_term(word) for word in words if "@" in word]:
        kinds.append(BuyerTerm.objects.filter(term__in=emails).values("order"))
    if len(words) <= NAME_WORDS and (named := orders_of(whole)) is not None:
        kinds.append(named.values("order"))
    return kinds
