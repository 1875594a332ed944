"""Channels: Amazon."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    name = "channels"
    verbose_name = _("Amazon sales channel")

    def ready(self) -> None:
        from channels.services.sales_channel import AmazonSalesChannel
        from orders import sales_channel

        sales_channel.register("amazon", AmazonSalesChannel())
