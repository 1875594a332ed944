"""Over a real socket: what a client sees of broken connections."""

import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from urllib.parse import urlencode, urlsplit

import pytest

from channels.sandbox.records import Status
from channels.sandbox.sellers import DEMO_EU
from channels.sandbox.server import serve
from channels.sandbox.world import Settings, World


@pytest.fixture
def sandbox():
    with serve(World(settings=Settings(plan="unlimited"))) as running:
        yield running


def send(sandbox, method, path, body=None, headers=None):
    """Status and body; whatever http.client raises for a broken answer."""
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.fixture
def token(sandbox):
    form = {
        "grant_type": "refresh_token",
        "refresh_token": DEMO_EU.refresh_token,
        "client_id": DEMO_EU.client_id,
        "client_secret": DEMO_EU.client_secret,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    _, body = send(sandbox, "POST", "/auth/o2/token", urlencode(form), headers)
    return json.loads(body)["access_token"]


def confirm(sandbox, token, order):
    item = order.items[0]
    detail = {
        "packageReferenceId": "1",
        "carrierCode": "DHL",
        "trackingNumber": "T1",
        "shipDate": order.created.isoformat(),
        "orderItems": [{"orderItemId": item.order_item_id, "quantity": item.quantity}],
    }
    document = {"marketplaceId": order.marketplace.marketplace_id, "packageDetail": detail}
    path = f"/orders/v0/orders/{order.order_id}/shipmentConfirmation"
    return send(sandbox, "POST", path, json.dumps(document), {"x-amz-access-token": token})


def test_a_confirmation_over_http(sandbox, token):
    order = sandbox.world.create_order("SE")

    assert confirm(sandbox, token, order) == (204, b"")
    assert sandbox.world.order(order.order_id).status == Status.SHIPPED


@pytest.mark.parametrize(
    ("kind", "status"), [("drop", Status.UNSHIPPED), ("lost_reply", Status.SHIPPED)]
)
def test_a_broken_connection_gives_no_answer_at_all(sandbox, token, kind, status):
    order = sandbox.world.create_order("SE")
    sandbox.world.faults.push(kind, "confirm")

    with pytest.raises(http.client.RemoteDisconnected):
        confirm(sandbox, token, order)

    assert sandbox.world.order(order.order_id).status == status
    assert confirm(sandbox, token, order)[0] == 204  # the same reference id: harmless
    assert len(sandbox.world.order(order.order_id).packages) == 1


def test_a_truncated_body_is_an_incomplete_read(sandbox, token):
    sandbox.world.create_order("SE")
    sandbox.world.faults.push("truncated", "search")

    with pytest.raises(http.client.IncompleteRead):
        send(
            sandbox,
            "GET",
            "/orders/2026-01-01/orders?createdAfter=2020-01-01T00:00:00Z",
            headers={"x-amz-access-token": token},
        )


class Watched(Event):
    """Tells when somebody waits for it."""

    def __init__(self):
        super().__init__()
        self.is_awaited = Event()

    def wait(self, timeout=None):
        self.is_awaited.set()
        return super().wait(timeout)


def test_a_stalled_reply_keeps_nobody_else_waiting(sandbox, token):
    order = sandbox.world.create_order("SE")
    path = f"/orders/2026-01-01/orders/{order.order_id}"
    headers = {"x-amz-access-token": token}
    sandbox.world.closing = Watched()
    sandbox.world.faults.push("stall", "get", seconds=60)
    with ThreadPoolExecutor(1) as pool:
        stalled = pool.submit(send, sandbox, "GET", path, None, headers)
        assert sandbox.world.closing.is_awaited.wait(10)
        assert send(sandbox, "GET", path, None, headers)[0] == 200
        assert not stalled.done()
        sandbox.world.closing.set()
        assert stalled.result()[0] == 200


def test_two_confirmations_at_once_make_one_package(sandbox, token):
    orders = [sandbox.world.create_order("SE") for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda order: confirm(sandbox, token, order), orders * 2))

    assert {status for status, _ in answers} == {204}
    assert [len(sandbox.world.order(o.order_id).packages) for o in orders] == [1] * 8


def test_it_binds_to_loopback_and_lets_the_port_go(sandbox):
    host, port = urlsplit(sandbox.url).hostname, urlsplit(sandbox.url).port
    assert host == "127.0.0.1"

    with pytest.raises(OSError, match="in use"), serve(port=port):
        pass

    with serve() as other:
        freed = urlsplit(other.url).port
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", freed))


def test_the_next_run_gets_the_same_port_at_once():
    with serve() as first:
        assert send(first, "GET", "/sandbox/state")[0] == 200  # the server closes first
        port = urlsplit(first.url).port
    with serve(port=port) as again:
        assert again.url == first.url


def test_a_client_that_goes_away_harms_nobody(sandbox, token, capfd):
    host, port = urlsplit(sandbox.url).hostname, urlsplit(sandbox.url).port
    with socket.socket() as rude:
        rude.connect((host, port))
        rude.sendall(b"POST /auth/o2/token HTTP/1.0\r\nContent-Length: 100\r\n\r\nhalf")

    assert send(sandbox, "GET", "/style.css")[0] == 200
    assert capfd.readouterr() == ("", "")
