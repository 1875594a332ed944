"""Order settings by name and value, as the command line and the page give them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from channels.models import AmazonStore, OrderSettings, OrderSettingsChange
from channels.services.backfilling import shorten_backfill, start_backfill
from customers.models import CommerceStore
from orders.models import OrderStatus
from orders.sentences import gettext as _
from orders.services.changes import settings_changed
from orders.services.errors import Refusal

MAX_DIGITS = 9  # of any number asked for


class InvalidSetting(Refusal):
    """One sentence that names the setting `name`; nothing was changed."""

    def __init__(self, sentence: str, name: str) -> None:
        super().__init__(sentence)
        self.name = name


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
        "number_prefix_fba": settings.number_prefix_fba,
        "number_prefix_prime": settings.number_prefix_prime,
        "number_prefix_business": settings.number_prefix_business,
        "grace_minutes": settings.grace_minutes,
    }


def change(store: AmazonStore, values: Mapping[str, str], *, user: str = "") -> OrderSettings:
    """Change some settings, all or none, and remember who did. Raises InvalidSetting.

    Orders without a Commerce order are looked at again (channels/services/releasing.py).
    """
    with transaction.atomic():
        settings = OrderSettings.objects.select_for_update().get(store=store)
        before, since_before = show(settings), settings.import_since
        apply(settings, values)
        after = show(settings)
        changes = {
            name: [before[name], after[name]] for name in after if after[name] != before[name]
        }
        if changes:
            settings.save()
            OrderSettingsChange.objects.create(store=store, user_name=user[:150], changes=changes)
            sweep_back(settings, since_before)
            settings_changed(store.pk)
    return settings


def apply(settings: OrderSettings, values: Mapping[str, str]) -> None:
    """Put `values` on `settings`, in memory. Raises InvalidSetting."""
    for name, value in values.items():
        if name not in PARSERS:
            known = ", ".join(PARSERS)
            raise InvalidSetting(
                _("There is no setting %(name)r. Settings: %(known)s.")
                % {"name": name, "known": known},
                name,
            )
        setattr(settings, name, PARSERS[name](name, value))
    _check(settings)


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
        raise InvalidSetting(
            _("order_status=custom needs a processing_order_status."), "processing_order_status"
        )
    try:
        settings.full_clean()
    except ValidationError as exc:
        name, problems = next(iter(exc.message_dict.items()))
        raise InvalidSetting(f"{name}: {' '.join(problems)}", name) from None


def _switch(name: str, value: str) -> bool:
    if value not in {"enabled", "disabled"}:
        raise InvalidSetting(
            _("%(name)s=%(value)r is not one of enabled, disabled.")
            % {"name": name, "value": value},
            name,
        )
    return value == "enabled"


def _choice(choices: Any) -> Callable[[str, str], str]:
    def parse(name: str, value: str) -> str:
        if value not in choices.values:
            words = ", ".join(choices.values)
            raise InvalidSetting(
                _("%(name)s=%(value)r is not one of %(words)s.")
                % {"name": name, "value": value, "words": words},
                name,
            )
        return value

    return parse


def _number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS):
        raise InvalidSetting(
            _("%(name)s=%(value)r is not a whole number.") % {"name": name, "value": value[:20]},
            name,
        )
    return int(value)


def _commerce_store(name: str, value: str) -> CommerceStore:
    store = CommerceStore.objects.filter(code=value).first()
    if store is None:
        raise InvalidSetting(
            _("%(name)s=%(value)r: there is no Commerce store with this code.")
            % {"name": name, "value": value},
            name,
        )
    return store


def _order_status(name: str, value: str) -> OrderStatus | None:
    if not value:
        return None
    status = OrderStatus.objects.filter(code=value).first()
    if status is None:
        raise InvalidSetting(
            _("%(name)s=%(value)r: there is no order status with this code.")
            % {"name": name, "value": value},
            name,
        )
    return status


def parse_moment(name: str, value: str) -> Any:
    """A moment in ISO 8601; without a zone it is UTC."""
    try:
        moment = parse_datetime(value)
    except ValueError:
        moment = None
    if moment is None:
        example = "2026-11-01T00:00Z"
        raise InvalidSetting(
            _("%(name)s=%(value)r is not a date and time such as %(example)s.")
            % {"name": name, "value": value, "example": example},
            name,
        )
    if not 2000 <= moment.year <= 2100:
        raise InvalidSetting(
            _("%(name)s=%(value)r is not a date of this century.") % {"name": name, "value": value},
            name,
        )
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
    "number_prefix_fba": _text,
    "number_prefix_prime": _text,
    "number_prefix_business": _text,
    "grace_minutes": _number,
}
