"""What the portal knows about Amazon, one file per concept."""

from channels.models.bulk_job import BulkJob, BulkJobRow
from channels.models.buyer_term import BuyerTerm
from channels.models.channel_order import ChannelOrder
from channels.models.channel_order_item import ChannelOrderItem
from channels.models.communication_error import CommunicationError
from channels.models.feed import Feed, FeedEntry, Report
from channels.models.mapping import CarrierMapping, SkuMapping
from channels.models.sales import DailySales, SalesChange
from channels.models.saved_view import SavedView
from channels.models.settings import SalesChannelSettings
from channels.models.store import AmazonStore, OrderSettings, OrderSettingsChange, SellerAccount
from channels.models.sync import Backfill, Heartbeat, SyncCursor, SyncRun

__all__ = [
    "AmazonStore",
    "Backfill",
    "BulkJob",
    "BulkJobRow",
    "BuyerTerm",
    "CarrierMapping",
    "ChannelOrder",
    "ChannelOrderItem",
    "CommunicationError",
    "DailySales",
    "Feed",
    "FeedEntry",
    "Heartbeat",
    "OrderSettings",
    "OrderSettingsChange",
    "Report",
    "SalesChange",
    "SalesChannelSettings",
    "SavedView",
    "SellerAccount",
    "SkuMapping",
    "SyncCursor",
    "SyncRun",
]
