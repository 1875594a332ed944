"""A client without sockets: calls the WSGI application, checked for conformity."""

import gzip
import json
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urlencode, urlsplit
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from channels.sandbox.app import make_app
from channels.sandbox.sellers import DEMO_EU

SEARCH = "/orders/2026-01-01/orders"
FEEDS = "/feeds/2021-06-30"
FULFILLMENT = "POST_ORDER_FULFILLMENT_DATA"
XML = "text/xml; charset=UTF-8"
SWEDEN = ("A2NODRKZP88ZB9",)
LONG_AGO = "2020-01-01T00:00:00Z"
EVERYTHING = (
    "BUYER,RECIPIENT,FULFILLMENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,PACKAGES,TAX,PAYMENT,"
    "FULFILLMENT_ORDERS"
)


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """Code and message of Amazon's one error."""
        (error,) = self.json()["errors"]
        return error["code"], error["message"]


class Api:
    """Speaks for one seller; fetches a token when it has none."""

    def __init__(self, world, seller=DEMO_EU):
        self.world = world
        self.seller = seller
        self.app = validator(make_app(world))
        self.token = None

    def request(self, method, path, query=None, body=b"", headers=None):
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query if isinstance(query, str) else urlencode(query or {}),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
        }
        for name, value in (headers or {}).items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        setup_testing_defaults(environ)
        started = []

        def start_response(status, answer_headers, exc_info=None):
            started.append((int(status.split()[0]), dict(answer_headers)))
            return lambda data: None

        chunks = self.app(environ, start_response)
        try:
            content = b"".join(chunks)
        finally:
            chunks.close()
        ((status, answer_headers),) = started
        return Answer(status, answer_headers, content)

    def log_in(self, **fields):
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self.seller.refresh_token,
            "client_id": self.seller.client_id,
            "client_secret": self.seller.client_secret,
            **fields,
        }
        body = urlencode({name: value for name, value in form.items() if value is not None})
        return self.request(
            "POST",
            "/auth/o2/token",
            body=body.encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
        )

    def call(self, method, path, query=None, document=None):
        """An authorized call; `document` becomes the JSON body."""
        if self.token is None:
            self.token = self.log_in().json()["access_token"]
        headers = {"x-amz-access-token": self.token}
        body = b""
        if document is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(document).encode()
        return self.request(method, path, query, body, headers)

    def search(self, **query):
        if "lastUpdatedAfter" not in query:
            query.setdefault("createdAfter", LONG_AGO)
        query = {name: value for name, value in query.items() if value is not None}
        return self.call("GET", SEARCH, query)

    def get(self, order_id, included=EVERYTHING):
        query = {"includedData": included} if included else {}
        return self.call("GET", f"{SEARCH}/{order_id}", query)

    def shown(self, order_id, included=EVERYTHING):
        """The order as Amazon's JSON."""
        answer = self.get(order_id, included)
        assert answer.status == 200, answer.body
        return answer.json()["order"]

    def confirm(self, order, **changes):
        """Confirm all that is left in package 1; `changes` replace fields of packageDetail."""
        detail = {
            "packageReferenceId": "1",
            "carrierCode": "DHL",
            "trackingNumber": "JJD000390007",
            "shipDate": self.world.clock.now().isoformat(),
            "orderItems": [
                {"orderItemId": item.order_item_id, "quantity": order.unfulfilled(item)}
                for item in order.items
                if order.unfulfilled(item)
            ],
            **changes,
        }
        detail = {name: value for name, value in detail.items() if value is not None}
        return self.confirm_document(
            order.order_id,
            {"marketplaceId": order.marketplace.marketplace_id, "packageDetail": detail},
        )

    def confirm_document(self, order_id, document):
        path = f"/orders/v0/orders/{order_id}/shipmentConfirmation"
        return self.call("POST", path, document=document)

    def control(self, path, document=None):
        """POST to the control API, or GET when there is no document."""
        if document is None:
            return self.request("GET", f"/sandbox/{path}")
        return self.request("POST", f"/sandbox/{path}", body=json.dumps(document).encode())

    def put_document(self, content, *, content_type=XML, sent_as=None, headers=None):
        """A document's id, uploaded; and the answer of the upload."""
        made = self.call("POST", f"{FEEDS}/documents", document={"contentType": content_type})
        assert made.status == 201, made.body
        url = urlsplit(made.json()["url"])
        headers = {"Content-Type": sent_as or content_type, **(headers or {})}
        answer = self.request("PUT", url.path, url.query, content, headers)
        return made.json()["feedDocumentId"], answer

    def create_feed(self, document_id, feed_type=FULFILLMENT, marketplace_ids=SWEDEN):
        body = {
            "feedType": feed_type,
            "marketplaceIds": list(marketplace_ids),
            "inputFeedDocumentId": document_id,
        }
        return self.call("POST", f"{FEEDS}/feeds", document=body)

    def feed(self, feed_id):
        return self.call("GET", f"{FEEDS}/feeds/{feed_id}")

    def report(self, feed_id):
        """The processing report of a feed, as the storage gives it."""
        document_id = self.feed(feed_id).json()["resultFeedDocumentId"]
        shown = self.call("GET", f"{FEEDS}/documents/{document_id}").json()
        url = urlsplit(shown["url"])
        answer = self.request("GET", url.path, url.query)
        assert answer.status == 200, answer.body
        packed = shown.get("compressionAlgorithm") == "GZIP"
        return gzip.decompress(answer.body) if packed else answer.body
