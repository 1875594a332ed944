"""Channels: Amazon."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    name = "channels"
    verbose_name = _("Amazon sales channel")

    def ready(self) -> None:
        from channels.services.erasing import ERASER
        from channels.services.sales_channel import AmazonSalesChannel
        from customers.services.forgetting import register_eraser
        from orders import sales_channel

        sales_channel.register("amazon", AmazonSalesChannel())
        register_eraser(ERASER)
        post_migrate.connect(seed, sender=self)


def seed(**_kwargs: Any) -> None:
    """The beat schedule."""
    from channels.services.schedule import seed_schedule

    seed_schedule()
