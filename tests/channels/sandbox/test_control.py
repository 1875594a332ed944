import pytest

from channels.sandbox.records import Status
from channels.sandbox.sellers import DEMO_EU
from tests.channels.sandbox.api import Api
from tests.channels.sandbox.conftest import NOON


def done(answer):
    assert answer.status == 200, answer.body
    return answer.json()


def test_the_state_tells_everything_but_secrets(amazon, world):
    order = world.create_order("SE", None)
    amazon.confirm(order)

    answer = amazon.control("state")

    state = done(answer)
    assert (state["now"], state["live"], state["clock_is_frozen"]) == (
        "2026-11-24T12:00:00.002Z",
        False,
        True,
    )
    assert [s["seller_id"] for s in state["sellers"]] == [
        "A1SANDBOXEU001",
        "A1SANDBOXNA001",
        "A1SANDBOXFE001",
    ]
    (shown,) = state["orders"]
    assert (shown["order_id"], shown["status"]) == (order.order_id, "SHIPPED")
    assert shown["packages"][0]["tracking_number"] == "JJD000390007"
    assert [(c["operation"], c["status"], c["seller_id"]) for c in state["calls"]] == [
        ("token", 200, None),
        ("confirm", 204, DEMO_EU.seller_id),
    ]
    text = answer.body.decode()
    assert not any(
        secret in text for secret in (amazon.token, DEMO_EU.refresh_token, DEMO_EU.client_secret)
    )


def test_orders_can_be_created_with_given_fields(amazon, world):
    (created,) = done(
        amazon.control(
            "orders",
            {
                "marketplace": "DE",
                "status": "PENDING",
                "order_id": "302-1234567-1234567",
                "created": "2026-11-20T08:00:00+01:00",
                "programs": ["PRIME"],
                "lines": [{"sku": "MY-SKU", "quantity": 2, "unit_price": "12.50"}],
                "buyer": {"name": "Prince", "email": "p@marketplace.amazon.de"},
                "address": {"city": "Kassel", "country_code": "DE"},
                "ship_by": ["2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"],
            },
        )
    )

    assert (created["status"], created["total"]) == ("PENDING", "25.00")
    assert created["created"] == "2026-11-20T07:00:00.000Z"
    order = world.order("302-1234567-1234567")
    assert (order.items[0].sku, order.buyer.name, order.address.city) == (
        "MY-SKU",
        "Prince",
        "Kassel",
    )
    assert (order.address.name, order.programs) == (None, ("PRIME",))


def test_many_orders_can_be_created_at_once(amazon, world):
    created = done(amazon.control("orders", {"marketplace": "US", "count": 3}))

    assert len({order["order_id"] for order in created}) == len(world.orders()) == 3


def test_an_order_can_be_moved_asked_to_cancel_and_cancelled(amazon, world):
    order_id = world.create_order("SE", None).order_id

    assert done(amazon.control(f"orders/{order_id}"))["status"] == "UNSHIPPED"
    done(amazon.control(f"orders/{order_id}/request-cancel", {"reason": "Too late"}))
    assert world.order(order_id).items[0].cancel_requested == "Too late"
    done(amazon.control(f"orders/{order_id}/cancel", {"by": "MERCHANT"}))
    assert world.order(order_id).items[0].cancelled_by == "MERCHANT"
    assert world.order(order_id).status == Status.CANCELLED

    refused = amazon.control(f"orders/{order_id}/status", {"status": "SHIPPED"})
    assert (refused.status, refused.json()) == (
        409,
        {"error": f"Cannot ship order {order_id}: it is CANCELLED."},
    )


def test_an_address_can_change_after_the_fact(amazon, world):
    order_id = world.create_order("SE").order_id

    done(amazon.control(f"orders/{order_id}/address", {"name": "New", "city": "Lund"}))

    address = amazon.shown(order_id)["recipient"]["deliveryAddress"]
    assert address == {"name": "New", "city": "Lund", "addressType": "RESIDENTIAL"}


def test_a_seller_can_be_added_and_its_consent_withdrawn(amazon, world):
    done(
        amazon.control(
            "sellers",
            {
                "seller_id": "A2NEW",
                "region": "eu",
                "store_name": "New",
                "marketplaces": ["FR", "A2NODRKZP88ZB9"],
                "client_id": "app",
                "client_secret": "secret",
                "refresh_token": "Atzr|new",
                "pii_role": False,
            },
        )
    )
    seller = world.seller("A2NEW")
    assert ([m.country_code for m in seller.marketplaces], seller.pii_role) == (["FR", "SE"], False)
    theirs = Api(world, seller)
    assert theirs.search().status == 200

    done(amazon.control("sellers/A2NEW/revoke", {"consent": True}))
    assert theirs.search().status == 403
    assert theirs.log_in().json()["error"] == "invalid_grant"


def test_faults_can_be_pushed_and_cleared(amazon, world):
    pushed = done(
        amazon.control(
            "faults",
            {"faults": [{"kind": "html", "operation": "get", "status": 502}], "rate": 0.25},
        )
    )
    assert pushed == {
        "waiting": [{"kind": "html", "operation": "get", "seconds": 0.0, "status": 502}],
        "rate": 0.25,
    }

    assert done(amazon.control("faults/clear", {})) == {"waiting": [], "rate": 0.0}
    assert (world.faults.waiting, world.faults.rate) == ((), 0.0)


def test_the_clock_can_be_driven(amazon, world):
    assert done(amazon.control("clock", {"advance": 60}))["now"] == "2026-11-24T12:01:00.000Z"
    assert done(amazon.control("clock", {"set": "2027-01-01T00:00:00Z"})) == {
        "now": "2027-01-01T00:00:00.000Z",
        "clock_is_frozen": True,
    }
    assert done(amazon.control("clock", {"run": True}))["clock_is_frozen"] is False
    assert done(amazon.control("clock", {"freeze": True}))["clock_is_frozen"] is True


def test_settings_change_one_by_one(amazon, world):
    assert done(amazon.control("settings", {"visibility_lag": 5})) == {
        "plan": "unlimited",
        "visibility_lag": 5.0,
        "feed_seconds": 0.0,
        "search_lag": 0.0,
    }


def test_reset_empties_a_still_world(amazon, world):
    world.create_order("SE")

    done(amazon.control("reset", {}))

    assert (world.orders(), list(world.calls)) == ([], [])


@pytest.mark.parametrize(
    ("path", "document", "status", "error"),
    [
        ("orders", {"marketplace": "XX"}, 400, "There is no marketplace 'XX'."),
        ("orders", {"marketplace": "FR"}, 404, "No seller participates in Amazon.fr."),
        ("orders", {"seller_id": "A0"}, 404, "There is no seller 'A0'."),
        ("orders", {"colour": 1}, 400, "body: there is no field 'colour'"),
        ("orders", {"status": "Unshipped"}, 400, "body.status: there is no 'Unshipped'"),
        ("orders", {"lines": "x"}, 400, "body.lines: expected a list."),
        (
            "orders",
            {"lines": [{"quantity": "1"}]},
            400,
            "body.lines[0].quantity: expected a whole number.",
        ),
        (
            "orders",
            {"lines": [{"unit_price": "NaN"}]},
            400,
            "body.lines[0].unit_price: expected a decimal number in a string.",
        ),
        (
            "orders",
            {"created": "2026-11-20"},
            400,
            "body.created: expected an ISO 8601 time with a zone.",
        ),
        ("orders", {"ship_by": []}, 400, "body.ship_by: expected 2 values."),
        ("orders", {"count": 0}, 400, "body.count: expected a whole number from 1 to 10000."),
        ("orders", [], 400, "body: expected an object."),
        ("orders/302-0000000-0000000/cancel", {}, 404, "There is no order '302-0000000-0000000'."),
        ("sellers", {"seller_id": "A2"}, 400, "body: region is missing."),
        ("faults", {"faults": [{"kind": "x"}]}, 400, "There is no fault 'x'"),
        ("faults", {"rate": 2.0}, 400, "The fault rate is a chance from 0 to 1, not 2.0."),
        ("faults", {"faults": [{"kind": "html", "status": 1}]}, 400, "There is no HTTP status 1."),
        ("faults", {"faults": [{"kind": "stall", "seconds": 9999}]}, 400, "A fault lasts 0 to"),
        ("clock", {}, 400, "Say one of"),
        ("clock", {"advance": "1"}, 400, "The clock cannot advance '1'."),
        ("clock", {"advance": 1e300}, 400, ""),
        ("settings", {"plan": "fast"}, 400, "There is no plan 'fast'"),
        ("nothing", {}, 404, "There is no POST /sandbox/nothing."),
    ],
)
def test_bad_input_gets_one_clear_error_and_changes_nothing(
    amazon, world, path, document, status, error
):
    answer = amazon.control(path, document)

    assert answer.status == status, answer.body
    assert answer.json()["error"].startswith(error)
    assert (world.orders(), world.faults.waiting, world.clock.now()) == ([], (), NOON)


def test_a_body_that_is_no_json_is_refused(amazon):
    answer = amazon.request("POST", "/sandbox/orders", body=b"{")

    assert (answer.status, answer.json()) == (400, {"error": "The body is not valid JSON."})


def test_posts_from_other_sites_are_refused(amazon, world):
    def create(origin):
        headers = {"Origin": origin, "Host": "127.0.0.1:9001"}
        return amazon.request("POST", "/sandbox/orders", body=b"{}", headers=headers).status

    assert create("https://example.com") == 403
    assert create("null") == 403
    assert world.orders() == []
    assert create("http://127.0.0.1:9001") == 200
