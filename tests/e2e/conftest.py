"""A real Chromium on the portal. Whatever goes wrong in it fails the test that caused it."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from docs.screenshots import CHROMIUM_FLAGS, SIZE
from tests import portal

PHONE = {"width": 390, "height": 844}
LEFT = "net::ERR_ABORTED"  # the page was left before its icon had come
USER, PASSWORD = "merchant", "a password of the tests"


def pytest_collection_modifyitems(items):
    for item in items:
        if "/e2e/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests. Playwright keeps a loop running, beside which Django is called."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.fail("The browser tests need Chromium: install it, or set CHROMIUM to its path.")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


class Pages:
    """Opens pages of the portal, and keeps what the browser complained about."""

    def __init__(self, browser, url):
        self.browser, self.url = browser, url
        self.contexts, self.problems = [], []

    def open(self, path="/", *, java_script=True, dark=False, size=SIZE, cookies=()):
        """A page in a browser context of its own."""
        context = self.browser.new_context(
            base_url=self.url,
            java_script_enabled=java_script,
            color_scheme="dark" if dark else "light",
            viewport=size,
            locale="en-GB",
            timezone_id="UTC",
        )
        context.set_default_timeout(20_000)  # of a machine that has more to do
        context.add_cookies([{**cookie, "url": self.url} for cookie in cookies])
        self.contexts.append(context)
        page = context.new_page()
        self._listen(page)
        page.goto(path)
        return page

    def _listen(self, page):
        """The console (blocked by the content security policy included), scripts, requests."""
        note = self.problems.append
        page.on("console", lambda m: m.type in ("error", "warning") and note(m.text))
        page.on("pageerror", lambda error: note(str(error)))
        page.on("requestfailed", lambda r: r.failure != LEFT and note(f"{r.url}: {r.failure}"))
        page.on("response", lambda r: r.status >= 400 and note(f"{r.status} {r.url}"))
        page.on("request", lambda r: self._is_ours(r.url) or note(f"asks {r.url}"))

    def _is_ours(self, url):
        return url.startswith((f"{self.url}/", "data:"))


def order_page(order):
    return f"/admin/channels/channelorder/{order.pk}/change/"


def address_page(order):
    return f"/admin/channels/channelorder/{order.pk}/address/"


def commerce_page(order, view="change"):
    return f"/admin/orders/commerceorder/{order.commerce_order_id}/{view}/"


def follow(page, control):
    """Click what leads to another page, and be there."""
    with page.expect_navigation():
        control.click()


def fits(element):
    """Nothing of it is cut off at its side, or has to be scrolled to."""
    return element.evaluate("it => it.scrollWidth <= it.clientWidth")


def tick(page, *orders):
    """These rows of the Orders tab."""
    for order in orders:
        row = page.locator("#result_list tbody tr", has_text=order.amazon_order_id)
        row.get_by_role("checkbox").check()


def choose(page, action, *orders):
    """Tick these orders, and go."""
    tick(page, *orders)
    page.get_by_label("Action:").select_option(action)
    follow(page, page.get_by_role("button", name="Go"))


def download(page, button):
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return waiting.value


@pytest.fixture
def pages(chromium, live_server):
    pages = Pages(chromium, live_server.url)
    yield pages
    for context in pages.contexts:
        context.close()
    assert pages.problems == []


@pytest.fixture
def staff(django_user_model, transactional_db):
    return django_user_model.objects.create_superuser(USER, password=PASSWORD)


@pytest.fixture
def logged_in(pages, staff, client):
    """`pages.open` for somebody who has logged in."""
    client.force_login(staff)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}

    def open_page(path="/", **options):
        return pages.open(path, cookies=[cookie], **options)

    return open_page


@pytest.fixture(params=[True, False], ids=["javascript", "no javascript"])
def java_script(request):
    """Every page works without JavaScript: such a test runs both ways."""
    return request.param


@pytest.fixture
def shop(transactional_db, sandbox):
    """A connected store; `shop.order(draft)` places an order at Amazon and brings it in."""
    portal.connect(sandbox)
    return Shop(sandbox)


class Shop:
    def __init__(self, sandbox):
        self.sandbox = sandbox

    def order(self, *drafts, country="SE"):
        """The stored orders, in the order of the drafts; one draft gives one order."""
        ids = [self.sandbox.world.create_order(country, draft).order_id for draft in drafts]
        portal.poll()
        orders = [portal.order(order_id) for order_id in ids]
        return orders[0] if len(orders) == 1 else orders
