"""What the portal knows about Amazon, one file per concept."""

from channels.models.channel_order import ChannelOrder, ChannelOrderItem
from channels.models.communication_error import CommunicationError
from channels.models.mapping import SkuMapping
from channels.models.store import AmazonStore, OrderSettings, OrderSettingsChange, SellerAccount
from channels.models.sync import Backfill, SyncCursor, SyncRun

__all__ = [
    "AmazonStore",
    "Backfill",
    "ChannelOrder",
    "ChannelOrderItem",
    "CommunicationError",
    "OrderSettings",
    "OrderSettingsChange",
    "SellerAccount",
    "SkuMapping",
    "SyncCursor",
    "SyncRun",
]
