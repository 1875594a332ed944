"""The images of docs/screens.md: which page each one is of, and what is done there first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ORDERS = "/admin/channels/channelorder/"
CHANNELS = "/admin/channels/"
COMMERCE = "/admin/orders/commerceorder/"
NUMBERS = ("RA123456785SE", "UA000000028SE", "RR000000031SE", "UA00000004", "RR000000059SE")
Act = Callable[[Any, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Shot:
    """An image: where, what is done there first, and how tall it may be."""

    name: str
    path: str
    act: Act | None = None
    height: int = 800


def _open(summary: str) -> Act:
    return lambda page, _scene: page.locator("summary", has_text=summary).first.click()


def _search(page: Any, _scene: dict[str, Any]) -> None:
    page.fill("#searchbar", "nyström")
    page.press("#searchbar", "Enter")
    page.wait_for_load_state()


def _chosen(action: str) -> Act:
    """Tick the first orders that wait, and go."""

    def act(page: Any, _scene: dict[str, Any]) -> None:
        for box in page.locator("input.pick").all()[:9]:
            box.check()
        page.locator("select[name=action]").select_option(label=action)
        with page.expect_navigation():
            page.locator("button[name=index]").click()

    return act


def _fill_in(page: Any, _scene: dict[str, Any]) -> None:
    """As if a column had been pasted; one number is doubtful."""
    for field, number in zip(page.get_by_label("Tracking number of").all(), NUMBERS, strict=False):
        field.fill(number)
    page.get_by_label("Carrier", exact=True).select_option("PostNord")


def _ship_filled(page: Any, scene: dict[str, Any]) -> None:
    _fill_in(page, scene)
    with page.expect_navigation():
        page.get_by_role("button", name="Ship", exact=True).click()


def _preview(page: Any, scene: dict[str, Any]) -> None:
    lines = ["order-id,carrier-code,tracking-number"]
    numbers = (*NUMBERS, "3.70E+17")  # as a spreadsheet spoils it
    for (_, order), number in zip(scene["to_ship"], numbers, strict=False):
        lines.append(f"{order},PostNord,{number}")
    content = "\n".join(lines).encode()
    file = {"name": "shipments.csv", "mimeType": "text/csv", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)
    with page.expect_navigation():
        page.get_by_role("button", name="Preview").click()


def _first(page: Any, _scene: dict[str, Any]) -> None:
    """The page of the first row of a list."""
    with page.expect_navigation():
        page.locator("#result_list tbody tr").first.locator("th a, td a").first.click()


def shots(scene: dict[str, Any]) -> list[Shot]:
    """Every page, in the order of docs/screens.md."""
    order = f"{ORDERS}{scene['hero']}/change/"
    commerce = f"{COMMERCE}{scene['hero_commerce']}/"
    ship = f"{COMMERCE}{scene['ship']}/"
    store = f"{CHANNELS}amazonstore/{scene['stores']['SE']}/"
    german = f"{CHANNELS}amazonstore/{scene['stores']['DE']}/"
    many = ".".join(str(pk) for pk, _ in scene["to_ship"])
    to_ship = "?status=unshipped&status=partially_shipped&fulfilled_by=merchant&sort=ship_by"
    american = f"&store={scene['stores']['US']}"
    tall = 1100
    return [
        Shot("orders-tab", ORDERS),
        Shot("orders-to-ship", f"{ORDERS}{to_ship}"),
        Shot("orders-search", ORDERS, _search),
        Shot("orders-columns", f"{ORDERS}?due=late&sort=ship_by", _open("Columns"), height=tall),
        Shot("order", order, height=tall),
        Shot("order-items", f"{order}?tab=items"),
        Shot("order-tracking", f"{order}?tab=tracking"),
        Shot("order-history", f"{order}?tab=history", height=1400),
        Shot("correct-address", f"{ORDERS}{scene['hero']}/address/"),
        Shot("held", f"{ORDERS}held/"),
        Shot("commerce-orders", COMMERCE),
        Shot("commerce-order", f"{commerce}change/", height=1500),
        Shot("ship", f"{ship}ship/"),
        Shot("hold", f"{ship}change/", _open("Hold")),
        Shot("cancel", f"{ship}cancel/"),
        Shot("ship-many", f"{ORDERS}ship/?orders={many}", _fill_in, height=tall),
        Shot("ship-many-doubtful", f"{ORDERS}ship/?orders={many}", _ship_filled, height=tall),
        Shot("import-shipments", f"{ORDERS}ship/import/"),
        Shot("import-shipments-preview", f"{ORDERS}ship/import/", _preview),
        Shot("hold-many", f"{ORDERS}{to_ship}{american}", _chosen("Hold…")),
        Shot("jobs", f"{CHANNELS}bulkjob/"),
        Shot("job-running", f"{CHANNELS}bulkjob/{scene['running']}/change/"),
        Shot("job-ended", f"{CHANNELS}bulkjob/{scene['ended']}/change/"),
        Shot("packing-slips", f"{ORDERS}{to_ship}{american}", _chosen("Packing slips")),
        Shot("export", f"{ORDERS}export/{to_ship}"),
        Shot("stores", f"{CHANNELS}amazonstore/", height=tall),
        Shot("store", store, height=1700),
        Shot("store-integration", f"{store}change/", height=tall),
        Shot("order-settings", f"{german}order-settings/", height=1500),
        Shot("connect", f"{CHANNELS}amazonstore/add/"),
        Shot("errors", f"{CHANNELS}communicationerror/"),
        Shot("error", f"{CHANNELS}communicationerror/?operation=import", _first),
        Shot("confirmations", "/admin/orders/outboxmessage/"),
        Shot("needs-attention", "/admin/orders/outboxmessage/?attention=yes"),
        Shot("feeds", f"{CHANNELS}feed/"),
        Shot("sync-runs", f"{CHANNELS}syncrun/"),
        Shot("products", "/admin/orders/product/"),
        Shot("product", f"/admin/orders/product/{scene['product']}/change/", height=tall),
        Shot("customers", "/admin/customers/customer/"),
        Shot("customer", f"/admin/customers/customer/{scene['customer']}/change/"),
    ]
