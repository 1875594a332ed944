"""``searchOrders``: its parameters, its pages (brief, sections 3.1 and 3.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from base64 import b64encode

from channels.sandbox import marketplaces
from channels.sandbox.faults import Fault
from channels.sandbox.messages import Refused, Reply, Request, access_denied, invalid_input, json_reply
from channels.sandbox.records import AMAZON, MERCHANT, Order, Seller, Status
from channels.sandbox.wire import INCLUDED_DATA, order_json, time_text
from channels.sandbox.world import Cursor, World
