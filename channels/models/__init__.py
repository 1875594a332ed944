"""What the portal knows about Amazon, one file per concept."""

from channels.models.channel_order import ChannelOrder
from channels.models.channel_order_item import ChannelOrderItem
from channels.models.communication_error import CommunicationError
from channels.models.feed import Feed, FeedEntry, Report
from channels.models.mapping import CarrierMapping, SkuMapping
from channels.models.settings import SalesChannelSettings
from channels.models.store import AmazonStore, OrderSettings, OrderSettingsChange, SellerAccount
from channels.models.sync import Backfill, SyncCursor, SyncRun

__all__ = [
    "AmazonStore",
    "Backfill",
    "CarrierMapping",
    "ChannelOrder",
    "ChannelOrderItem",
    "CommunicationError",
    "Feed",
    "FeedEntry",
    "OrderSettings",
    "OrderSettingsChange",
    "Report",
    "SalesChannelSettings",
    "SellerAccount",
    "SkuMapping",
    "SyncCursor",
    "SyncRun",
]
