"""What the portal knows about Amazon, one file per concept."""

from channels.models.channel_order import ChannelOrder, ChannelOrderItem
from channels.models.communication_error import CommunicationError
from channels.models.store import AmazonStore, OrderSettings, SellerAccount
from channels.models.sync import SyncCursor, SyncRun

__all__ = [
    "AmazonStore",
    "ChannelOrder",
    "ChannelOrderItem",
    "CommunicationError",
    "OrderSettings",
    "SellerAccount",
    "SyncCursor",
    "SyncRun",
]
