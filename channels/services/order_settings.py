"""Order settings by name and value, as the command line and the page give them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from channels.models import AmazonStore, OrderSettings
from channels.services.backfilling import shorten_backfill, start_backfill
from channels.services.reconsidering import reconsider_store
from customers.models import CommerceStore
from orders.models import OrderStatus
from orders.services.errors import Refusal

MAX_DIGITS = 9  # of any number asked for


class InvalidSetting(Refusal):
    """One sentence that names the setting; nothing was changed."""


def show(settings: OrderSettings) -> dict[str, Any]:
    """The settings by the names of the command line."""
    return {
        "import_amazon_orders": "enabled" if settings.import_amazon_orders else "disabled",
        "commerce_store": settings.commerce_store.code,
        "customer_creation": settings.customer_creation,
        "order_number_source": settings.order_number_source,
        "order_status": settings.order_status,
        "processing_order_status": settings.processing_order_status_id,
        "pending_orders": settings.pending_orders,
        "pending_reserve_days": settings.pending_reserve_days,
        "fba_orders": settings.fba_orders,
        "import_since": settings.import_since.isoformat(),
        "unknown_sku": settings.unknown_sku,
        "product_disabled": settings.product_disabled,
        "out_of_stock": settings.out_of_stock,
        "number_prefix": settings.number_prefix,
        "grace_minutes": settings.grace_minutes,
    }


def change(store: AmazonStore, values: Mapping[str, str]) -> OrderSettings:
    """Change some settings, all or none. Orders they held are looked at again at once."""
    with transaction.atomic():
        settings = OrderSettings.objects.select_for_update().get(store=store)
        since_before = settings.import_since
        for name, value in values.items():
            if name not in PARSERS:
                raise InvalidSetting(
                    f"There is no setting {name!r}. Settings: {', '.join(PARSERS)}."
                )
            setattr(settings, name, PARSERS[name](name, value))
        _check(settings)
        settings.save()
        sweep_back(settings, since_before)
    reconsider_store(store)
    return settings


def sweep_back(settings: OrderSettings, since_before: datetime) -> None:
    """Orders placed since another date than before are wanted: read history as far back as that.

    From the former date on it is in, or on its way by the backfill that is open.
    """
    if settings.import_since < since_before:
        start_backfill(settings.store, since=settings.import_since, until=since_before)
    elif settings.import_since > since_before:
        shorten_backfill(settings.store, since=settings.import_since)


def _check(settings: OrderSettings) -> None:
    custom = settings.order_status == OrderSettings.StatusChoice.CUSTOM
    if custom and settings.processing_order_status is None:
        raise InvalidSetting("order_status=custom needs a processing_order_status.")
    try:
        settings.full_clean()
    except ValidationError as exc:
        name, problems = next(iter(exc.message_dict.items()))
        raise InvalidSetting(f"{name}: {' '.join(problems)}") from None


def _switch(name: str, value: str) -> bool:
    if value not in {"enabled", "disabled"}:
        raise InvalidSetting(f"{name}={value!r} is not one of enabled, disabled.")
    return value == "enabled"


def _choice(choices: Any) -> Callable[[str, str], str]:
    def parse(name: str, value: str) -> str:
        if value not in choices.values:
            raise InvalidSetting(f"{name}={value!r} is not one of {', '.join(choices.values)}.")
        return value

    return parse


def _number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS):
        raise InvalidSetting(f"{name}={value[:20]!r} is not a whole number.")
    return int(value)


def _commerce_store(name: str, value: str) -> CommerceStore:
    store = CommerceStore.objects.filter(code=value).first()
    if store is None:
        raise InvalidSetting(f"{name}={value!r}: there is no Commerce store with this code.")
    return store


def _order_status(name: str, value: str) -> OrderStatus | None:
    if not value:
        return None
    status = OrderStatus.objects.filter(code=value).first()
    if status is None:
        raise InvalidSetting(f"{name}={value!r}: there is no order status with this code.")
    return status


def parse_moment(name: str, value: str) -> Any:
    """A moment in ISO 8601; without a zone it is UTC."""
    try:
        moment = parse_datetime(value)
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidSetting(f"{name}={value!r} is not a date and time such as 2026-11-01T00:00Z.")
    if not 2000 <= moment.year <= 2100:
        raise InvalidSetting(f"{name}={value!r} is not a date of this century.")
    return make_aware(moment) if is_naive(moment) else moment


def _text(name: str, value: str) -> str:
    return value


PARSERS: dict[str, Callable[[str, str], Any]] = {
    "import_amazon_orders": _switch,
    "commerce_store": _commerce_store,
    "customer_creation": _choice(OrderSettings.CustomerCreation),
    "order_number_source": _choice(OrderSettings.NumberSource),
    "order_status": _choice(OrderSettings.StatusChoice),
    "processing_order_status": _order_status,
    "pending_orders": _choice(OrderSettings.PendingOrders),
    "pending_reserve_days": _number,
    "fba_orders": _choice(OrderSettings.FbaOrders),
    "import_since": parse_moment,
    "unknown_sku": _choice(OrderSettings.UnknownSku),
    "product_disabled": _choice(OrderSettings.ProductDisabled),
    "out_of_stock": _choice(OrderSettings.OutOfStock),
    "number_prefix": _text,
    "grace_minutes": _number,
}
