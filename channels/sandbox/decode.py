"""From the control API's JSON to the world's records; ValueError names the field that is wrong."""

from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from channels.sandbox import marketplaces

T = TypeVar("T")

_NAMES = {
    str: "string",
    int: "whole number",
    (int, float): "number",
    bool: "truth value",
    list: "list",
}


def decode(kind: type[T], document: Any, where: str = "body") -> T:
    """A record of this kind from an object with the record's own field names.

    Amounts are decimal strings, times ISO 8601 with a zone, marketplaces ids or country codes.
    """
    if not isinstance(document, dict):
        raise ValueError(f"{where}: expected an object.")  # noqa: TRY004 - one error for bad input
    hints = get_type_hints(kind)
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]  # kind is a dataclass
    if unknown := [name for name in document if name not in known]:
        raise ValueError(
            f"{where}: there is no field {unknown[0]!r}; there are {', '.join(known)}."
        )
    missing = [n for n, f in known.items() if f.default is MISSING and n not in document]
    if missing:
        raise ValueError(f"{where}: {missing[0]} is missing.")
    values = {n: _value(hints[n], value, f"{where}.{n}") for n, value in document.items()}
    return kind(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin is UnionType:  # only ever: something or None
        if value is None:
            return None
        hint = next(option for option in get_args(hint) if option is not NoneType)
        origin = get_origin(hint)
    if origin is tuple:
        return _tuple(get_args(hint), value, where)
    if hint is marketplaces.Marketplace:
        return marketplaces.find(_checked(value, str, where))
    if is_dataclass(hint):
        return decode(hint, value, where)  # type: ignore[arg-type]  # a class, not an instance
    return _scalar(hint, value, where)


def _tuple(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    items = _checked(value, list, where)
    if kinds[-1] is Ellipsis:
        return tuple(_value(kinds[0], item, f"{where}[{i}]") for i, item in enumerate(items))
    if len(items) != len(kinds):
        raise ValueError(f"{where}: expected {len(kinds)} values.")
    return tuple(
        _value(kind, item, f"{where}[{i}]")
        for i, (kind, item) in enumerate(zip(kinds, items, strict=True))
    )


def _scalar(kind: Any, value: Any, where: str) -> Any:
    if kind is float:
        return float(_checked(value, (int, float), where))
    if kind in (int, bool, str):
        return _checked(value, kind, where)
    text = _checked(value, str, where)
    if kind is datetime:
        return moment(text, where)
    if kind is Decimal:
        return _decimal(text, where)
    if issubclass(kind, StrEnum) and text not in list(kind):
        raise ValueError(f"{where}: there is no {text!r}; there are {', '.join(kind)}.")
    return kind(text)


def moment(text: Any, where: str) -> datetime:
    """A time with a zone."""
    try:
        parsed = datetime.fromisoformat(_checked(text, str, where))
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        raise ValueError(f"{where}: expected an ISO 8601 time with a zone.")
    return parsed


def _decimal(text: str, where: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise ValueError(f"{where}: expected a decimal number in a string.")
    return amount


def _checked(value: Any, kind: Any, where: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{where}: expected a {_NAMES[kind]}.")
    return value
