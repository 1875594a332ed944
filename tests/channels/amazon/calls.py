"""Every call of the client once, with an answer that satisfies it."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.amazon.reports import create_report, get_report, get_report_document
from channels.amazon.types import Dataset, PackageConfirmation, SearchQuery
from tests.channels.amazon.fake_http import answer
from tests.channels.amazon.samples import ALL, order

REPORT_TYPE = "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL"
SINCE = datetime(2026, 8, 12, 12, tzinfo=UTC)
ORDER_ID = "112-7720015-9940366"
QUERY = SearchQuery(
    last_updated_after=datetime(2026, 8, 14, 12, tzinfo=UTC),
    marketplace_ids=("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"),
    datasets=frozenset({Dataset.FULFILLMENT, Dataset.BUYER}),
)
PACKAGE = PackageConfirmation(
    package_reference_id="1",
    carrier_code="DHL",
    tracking_number="00340434000000000017",
    ship_date=datetime(2026, 8, 12, 12, tzinfo=UTC),
    items=(("40211877100355", 2),),
)

CALLS = {
    "searchOrders": lambda client: client.search_orders(QUERY),
    "getOrder": lambda client: client.get_order(ORDER_ID, ALL),
    "confirmShipment": lambda client: client.confirm_shipment(ORDER_ID, "ATVPDKIKX0DER", PACKAGE),
    "getMarketplaceParticipations": lambda client: client.marketplace_participations(),
    "createReport": lambda client: create_report(
        client, REPORT_TYPE, ["A1PA6795UKMFR9"], since=SINCE, until=SINCE + timedelta(days=1)
    ),
    "getReport": lambda client: get_report(client, "50001"),
    "getReportDocument": lambda client: get_report_document(client, "amzn1.spdoc.1"),
}
GOOD = {
    "searchOrders": answer(200, {"orders": []}),
    "getOrder": answer(200, {"order": order()}),
    "confirmShipment": answer(204),
    "getMarketplaceParticipations": answer(200, {"payload": []}),
    "createReport": answer(202, {"reportId": "50001"}),
    "getReport": answer(200, {"reportId": "50001", "processingStatus": "IN_QUEUE"}),
    "getReportDocument": answer(200, {"reportDocumentId": "d", "url": "https://example.org/d"}),
}
every_operation = pytest.mark.parametrize("operation", CALLS)
