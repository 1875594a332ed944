"""No page shows a link or a button that then says that its reader may not.

Somebody of each role begins at the index, follows every link and presses every button there is, on
every page that this leads to.
"""

import logging
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse

from channels.services import read_only
from sync_portal.roles import ROLES, VIEWER
from tests.staff import member, staff
from tests.world import fill, fill_more

# What ends the walk, or is Django's own and for everybody
LEFT_OUT = {"", "logout", "password_change", "jsi18n", "view_on_site"}
DJANGOS = ("auth_", "django_celery_beat_")
ACTION = "action"
MOST = 12  # rows of a table whose pages are opened


class Page(HTMLParser):
    """The links of a page, and its forms as (method, address, fields, choices of a button)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[dict] = []
        self.select = ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if given.get("data-ship"):  # where a key leads
            self.links.append(given["data-ship"])
        if tag == "form":
            self.forms.append(
                {
                    "method": given.get("method", "get").lower(),
                    "action": given.get("action", ""),
                    "fields": {},
                    "buttons": [],
                }
            )
        if not self.forms:
            return
        form, name = self.forms[-1], given.get("name")
        if tag == "select":
            self.select = name or ""
        if tag == "option" and given.get("value"):
            self._option(form, given["value"])
        if tag == "button" or given.get("type") == "submit":
            button = {name: given.get("value", "")} if name and name != "index" else {}
            form["buttons"].append(button)  # "index" is the button of the actions of a list
        elif name and tag == "input":
            self._field(form, name, given)

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = ""

    def _option(self, form, value):
        if self.select == ACTION:  # each is a button of its own
            form["buttons"].append({ACTION: value})
        else:
            form["fields"].setdefault(self.select, value)

    def _field(self, form, name, given):
        kind = given.get("type")
        if kind in ("checkbox", "radio"):
            form["fields"].setdefault(name, given.get("value", "on"))
        elif kind != "file":
            form["fields"][name] = given.get("value") or ("" if kind == "hidden" else "1")


class Walk:
    """Everything that a person comes to from the index, each address once."""

    def __init__(self, client: Client) -> None:
        self.client, self.refused = client, []
        client.raise_request_exception = False  # what goes wrong after the check is not asked here
        self.waiting = deque([(reverse("admin:index"), "")])
        self.seen: set[object] = set()
        self.names = Counter[str]()

    def go(self) -> None:
        while self.waiting:
            path, shown_on = self.waiting.popleft()
            name = name_of(path)
            if not is_left_out(name) and self.names[name] < MOST and self._is_new(path):
                self._open(path, name, shown_on)

    def _is_new(self, path: str) -> bool:
        """Filters and pages of a list show no other buttons."""
        parts = urlsplit(path)
        key = (parts.path, *(pair for pair in parse_qsl(parts.query) if pair[0] == "tab"))
        is_new = key not in self.seen
        self.seen.add(key)
        return is_new

    def _open(self, path: str, name: str, shown_on: str) -> None:
        response = self.client.get(path)
        self.names[name] += 1
        if response.status_code in (301, 302):
            self._link(path, response["Location"])
        elif response.status_code != 200:
            self.refused.append(f"{response.status_code} {path} from {shown_on}")
        elif "html" in response["Content-Type"] and not response.streaming:
            page = Page(response.content.decode())
            for link in page.links:
                self._link(path, link)
            for form in page.forms:
                self._press(path, form)

    def _link(self, path: str, link: str) -> None:
        self.waiting.append((urljoin(path, link).partition("#")[0], path))

    def _press(self, path: str, form: dict) -> None:
        if form["method"] != "post":
            return
        target = urljoin(path, form["action"])
        name = name_of(target)
        if is_left_out(name):
            return
        for button in form["buttons"]:
            key = (name, path if form["action"] in ("", ".") else target, str(button))
            if key in self.seen:
                continue
            self.seen.add(key)
            with self._undone():
                status = self.client.post(target, form["fields"] | button).status_code
            if status in (403, 404, 405):
                self.refused.append(f"{status} POST {target} {button} from {path}")

    @contextmanager
    def _undone(self) -> Iterator[None]:
        cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        self.client.cookies = SimpleCookie(cookies)


def name_of(path: str) -> str:
    """Of an address of the admin; "" for others."""
    parts = urlsplit(path)
    if parts.netloc or not parts.path.startswith("/admin/"):
        return ""
    return resolve(parts.path).url_name or "redirect"


def is_left_out(name: str) -> bool:
    return name in LEFT_OUT or name.startswith(DJANGOS)


@pytest.fixture
def world(db, caplog):
    caplog.set_level(logging.CRITICAL)
    fill()
    fill_more()


@pytest.mark.parametrize("role", ROLES)
def test_no_role_is_shown_what_it_may_not(world, role):
    client = Client()
    client.force_login(member(role))
    walk = Walk(client)
    walk.go()
    assert walk.refused == []
    assert len(walk.names) > 40


def test_neither_in_read_only_mode(world):
    read_only.switch_on(user="kim")
    client = Client()
    client.force_login(member(VIEWER))
    walk = Walk(client)
    walk.go()
    assert walk.refused == []


def test_the_name_of_the_portal_leads_to_the_first_page_its_reader_may_see(db):
    for permission, page in (
        ("channels.view_channelorder", "channels_channelorder_changelist"),
        ("orders.view_product", "orders_product_changelist"),
        ("orders.view_reservation", "index"),
    ):
        text = staff(permission).get(reverse("admin:index")).content.decode()
        first = Page(text.partition('id="site-name"')[2]).links[0]
        assert first == reverse(f"admin:{page}")
