"""Orders: the merchant's side. It does not know that Amazon exists."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Commerce")

    def ready(self) -> None:
        from customers.services.forgetting import register_eraser
        from orders.services.erasing import ERASER

        register_eraser(ERASER)
        post_migrate.connect(seed, sender=self)


def seed(**_kwargs: Any) -> None:
    """Every state has a status of its own code (Adobe Commerce's default statuses)."""
    from orders.services.statuses import seed_statuses

    seed_statuses()
