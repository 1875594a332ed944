from html.parser import HTMLParser

import pytest

from channels.sandbox import moves
from channels.sandbox.invent import Draft, Line
from channels.sandbox.living import LivingWorld
from channels.sandbox.people import person
from channels.sandbox.records import AMAZON, Address, Status
from tests.channels.sandbox.api import Api
from tests.channels.sandbox.conftest import NOON


class Reader(HTMLParser):
    """The page's words, tags, links and forms; fails on tags that are not closed."""

    VOID = {"meta", "link"}

    def __init__(self, answer):
        super().__init__()
        self.words, self.tags, self.forms, self.attributes, self.open = [], [], [], [], []
        self.feed(answer.body.decode())
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag == "form":
            self.forms.append(dict(attrs))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(self.words)


def test_the_first_page_shows_sellers_orders_and_calls(amazon, world):
    order = world.create_order("GB", Draft(address=person("Siobhán O'Brien")))
    amazon.confirm(order, trackingNumber="TRACK1")
    world.create_order("JP", Draft(lines=(Line(sku="WOOL-THR-G"),)))

    answer = amazon.request("GET", "/")

    page = Reader(answer)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for words in (
        "A1SANDBOXEU001",
        "Amazon.se, Amazon.de, Amazon.co.uk",
        order.order_id,
        "Siobhán O'Brien",
        "Shipped",
        "Unshipped",
        "DHL",
        "TRACK1",
        "18,800 JPY",
        "confirm",
    ):
        assert words in page.text
    assert amazon.token not in page.text


def test_pages_carry_no_script_and_no_style_of_their_own(amazon, world):
    order = world.create_order("SE")
    for path in ("/", f"/order/{order.order_id}"):
        answer = amazon.request("GET", path)
        page = Reader(answer)
        assert {"script", "style"} & set(page.tags) == set()
        assert not [name for name in page.attributes if name == "style" or name.startswith("on")]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

    style = amazon.request("GET", "/style.css")
    assert (style.status, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


def test_everything_is_escaped(amazon, world):
    attack = '"><script src=x>'
    order = world.create_order(
        "SE",
        Draft(
            lines=(Line(sku=attack, title=attack, gift_message=attack),),
            address=Address(name=attack, city=attack),
            service_level=attack,
        ),
    )
    amazon.confirm(order, carrierCode=attack, trackingNumber=attack, shippingMethod=attack)

    for path in ("/", f"/order/{order.order_id}", f"/order/{attack}"):
        answer = amazon.request("GET", path)
        assert b"<script" not in answer.body
        assert attack in Reader(answer).text


@pytest.mark.parametrize(("live", "refreshes"), [(True, True), (False, False)])
def test_only_a_living_world_refreshes(world, live, refreshes):
    shown = LivingWorld(now=NOON) if live else world

    body = Api(shown).request("GET", "/").body

    assert (b'<meta http-equiv="refresh" content="5">' in body) is refreshes


@pytest.mark.parametrize(
    ("draft", "buttons"),
    [
        (Draft(status=Status.PENDING), ["verify", "cancel"]),
        (Draft(), ["request-cancel", "cancel"]),
        (Draft(status=Status.PENDING, fulfilled_by=AMAZON), ["verify", "ship", "cancel"]),
        (Draft(status=Status.SHIPPED), []),
        (Draft(status=Status.CANCELLED), []),
    ],
)
def test_an_order_page_offers_what_its_status_allows(amazon, world, draft, buttons):
    order = world.create_order("SE", draft)

    page = Reader(amazon.request("GET", f"/order/{order.order_id}"))

    base = f"/order/{order.order_id}/"
    assert page.forms == [{"method": "post", "action": base + name} for name in buttons]


@pytest.mark.parametrize(
    ("draft", "action", "status"),
    [
        (Draft(status=Status.PENDING), "verify", "UNSHIPPED"),
        (Draft(), "request-cancel", "UNSHIPPED"),
        (Draft(), "cancel", "CANCELLED"),
        (Draft(status=Status.PENDING, fulfilled_by=AMAZON), "ship", "SHIPPED"),
    ],
)
def test_a_button_does_it_and_leads_back(amazon, world, draft, action, status):
    order = world.create_order("SE", draft)

    answer = amazon.request("POST", f"/order/{order.order_id}/{action}")

    assert (answer.status, answer.headers["Location"]) == (303, f"/order/{order.order_id}")
    assert world.order(order.order_id).status == status
    asked = any(item.cancel_requested for item in world.order(order.order_id).items)
    assert asked is (action == "request-cancel")


def test_a_button_pressed_too_late_says_why(amazon, world):
    order = world.create_order("SE", Draft(status=Status.CANCELLED))

    answer = amazon.request("POST", f"/order/{order.order_id}/verify")

    assert answer.status == 409
    assert f"Cannot verify order {order.order_id}: it is CANCELLED." in Reader(answer).text


def test_a_new_order_can_be_placed(amazon, world):
    answer = amazon.request(
        "POST", "/order", body=b"marketplace=A1VC38T7YXB528&fulfilled_by=AMAZON"
    )

    (order,) = world.orders()
    assert (answer.status, answer.headers["Location"]) == (303, f"/order/{order.order_id}")
    assert (order.marketplace.country_code, order.fulfilled_by, order.status) == (
        "JP",
        "AMAZON",
        "PENDING",
    )


@pytest.mark.parametrize("body", [b"marketplace=XX", b"fulfilled_by=NOBODY"])
def test_a_new_order_with_bad_input_is_refused(amazon, world, body):
    assert amazon.request("POST", "/order", body=body).status == 400
    assert world.orders() == []


def test_the_order_page_tells_everything(amazon, world):
    line = Line(sku="TEA-50", quantity=2, gift_wrap_level="Classic", gift_message="Grattis")
    order = world.create_order("SE", Draft(lines=(line,), address=person("Zoran Petrović")))
    world.change(order.order_id, moves.request_cancel)
    amazon.confirm(order, carrierCode="Other", carrierName="Bud AB", trackingNumber="B-1")

    text = Reader(amazon.request("GET", f"/order/{order.order_id}")).text

    for words in (
        "Cancel requested",
        "238.00 SEK",
        "070-174 06 10",
        'Ring på "Petrović", port B',
        "Gift message: Grattis",
        "Buyer asks to cancel: Order created by mistake",
        "Bud AB",
        "B-1",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/order/302-0000000-0000000", 404),
        ("GET", "/nothing", 404),
        ("POST", "/order/302-0000000-0000000/verify", 404),
        ("POST", "/order/302-0000000-0000000/explode", 404),
        ("DELETE", "/", 404),
        ("GET", "/auth/o2/token", 404),
        ("PUT", "/orders/2026-01-01/orders", 404),
    ],
)
def test_what_is_not_there_is_404(amazon, method, path, status):
    assert amazon.request(method, path).status == status
