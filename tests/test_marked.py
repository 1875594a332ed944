"""Every word on every page is marked for translation, or it is data.

All translations are replaced by ones that put brackets around what is marked. What then stands
outside of brackets must be in the database: a name, a number, a tracking number.
"""

import re
from html.parser import HTMLParser
from itertools import product

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.urls import get_resolver, reverse
from django.utils.translation import trans_real

from channels.admin.export import ExportForm
from channels.amazon.carriers import carriers_for
from channels.models import (
    AmazonStore,
    BulkJob,
    BulkJobRow,
    ChannelOrder,
    SavedView,
)
from channels.services import bulk, cancel_rules, order_settings, read_only
from channels.services.shipments_csv import SAMPLE
from channels.troubles import CODES
from orders.models import OrderNote, OrderStatus
from tests import factories
from tests.staff import superuser
from tests.world import fill

PLACES = re.compile(r"%\(\w+\)[a-z]")
FORMATS = str(ExportForm.base_fields["format"].choices)
COLUMNS = f"{SAMPLE} carrier-name ship-method sku {FORMATS}"  # of files
TRANSLATED = (OrderNote, OrderStatus, Permission)  # in English, by the portal
OUR_APPS = ("channels", "customers", "orders")
THEIR_APPS = ("auth", "django_celery_beat")  # pages of Django's and of the schedule
SHOWN = ("alt", "aria-label", "placeholder", "title")
EVERYWHERE = f"Sync Portal UTC {settings.LANGUAGES} {settings.SITE_URL}"


class Bracketing:
    """In place of a catalog: whatever asks for a translation gets the original in brackets."""

    def gettext(self, message):
        return f"⟦{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}⟧"

    def ngettext(self, singular, plural, number):
        return self.gettext(singular if number == 1 else plural)

    def to_language(self):
        return "sv"


class Asked:
    """In place of a catalog: translates, and remembers what it has no translation for."""

    def __init__(self, catalog):
        self.catalog, self.missing = catalog, set()

    def __getattr__(self, name):
        return getattr(self.catalog, name)

    def gettext(self, message):
        self._look(message)
        return self.catalog.gettext(message)

    def ngettext(self, singular, plural, number):
        self._look((singular, self.catalog.plural(number)))
        return self.catalog.ngettext(singular, plural, number)

    def _look(self, key):
        if self.catalog._catalog.get(key) is None:
            message = key if isinstance(key, str) else key[0]
            self.missing.add(message.rpartition(trans_real.CONTEXT_SEPARATOR)[2])


class Outside(HTMLParser):
    """The words of a page that stand outside of brackets."""

    def __init__(self, html):
        super().__init__()
        self.depth, self.skipped, self.texts = 0, 0, []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.skipped += tag in ("script", "style")
        for name, value in attributes:
            if name in SHOWN and value:
                self._take(value)

    def handle_endtag(self, tag):
        self.skipped -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.skipped:
            self._take(data)

    def _take(self, text):
        outside = ""
        for character in text:
            self.depth += {"⟦": 1, "⟧": -1}.get(character, 0)
            outside += character if self.depth == 0 and character != "⟧" else " "
        if outside.strip():
            self.texts.append(" ".join(outside.split()))


def words(text):
    return set(re.findall(r"[^\W\d_]{3,}", text))


@pytest.fixture
def world(db):
    """Rows in every state, so that every part of every page shows."""
    fill()
    store = AmazonStore.objects.get()
    shipped = ChannelOrder.objects.filter(commerce_order__state="complete").earliest("pk")
    for number, code in enumerate(CODES):
        factories.communication_error(
            account=store.account, amazon_order_id=number, code=code, message="xxx"
        )
    order_settings.change(store, {"customer_creation": "guest", "grace_minutes": "9"}, user="kim")
    add_jobs(shipped)
    read_only.switch_on(user="kim")


def add_jobs(order):
    """One of each kind, with rows in every state; and a view."""
    user = User.objects.get_or_create(username="kim")[0]
    SavedView.objects.create(owner=user, name="xxx", shared=True)
    for kind in BulkJob.Kind:
        rows = [bulk.NewRow(order.pk, "xxx", {"shipped": []}) for _state in BulkJobRow.State]
        job = bulk.start(kind=kind, user=user, rows=rows, params={"reason": "xxx", "text": "xxx"})
        BulkJob.objects.filter(pk=job.pk).update(done=1, refused=1, stopped=1, undone=1)
        for row, state in zip(job.rows.all(), BulkJobRow.State, strict=True):
            at = None if state == BulkJobRow.State.WAITING else factories.NOW
            BulkJobRow.objects.filter(pk=row.pk).update(state=state, at=at, message="xxx")


def pages(of=OUR_APPS):
    """The address of every page: each list and form, and of each row all that is about it."""
    _prefix, resolver = get_resolver().namespace_dict["admin"]
    for name in sorted(key for key in resolver.reverse_dict if isinstance(key, str)):
        app = next((app for app in of if name.startswith(f"{app}_")), None)
        if app is None or name.endswith("_history"):  # Django's own page, unused
            continue
        model = apps.get_model(app, name.removeprefix(f"{app}_").partition("_")[0])
        rows = {"number": [1], "package_pk": [1]}
        keys = list(model.objects.values_list("pk", flat=True))
        rows["pk"] = rows["object_id"] = rows["id"] = keys
        for _template, parameters in resolver.reverse_dict.getlist(name)[0][0]:
            for values in product(*(rows[parameter] for parameter in parameters)):
                yield reverse(f"admin:{name}", args=values)
    yield from map(reverse, ("admin:index", "admin:password_change"))


def data():
    """Every word that is nobody's to translate: Amazon's codes, and what the database holds.

    Except for what the portal writes there itself, in English, to be translated when it is read.
    """
    held = words(f"{EVERYWHERE} {carriers_for('')} {list(cancel_rules.REASONS)} {CODES} {COLUMNS}")
    held |= words(str(OrderStatus.objects.values_list("code")))
    for order in ChannelOrder.objects.all():
        held |= words(f"{order.buyer} {order.recipient} {order.corrected_address}")
    for model in apps.get_models():
        if model._meta.app_label in (*OUR_APPS, *THEIR_APPS) and model not in TRANSLATED:
            held |= words(str(list(model.objects.values_list())))
    return held - {"True", "False", "None"}  # as Python writes what no page should say


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_word_on_every_page(world, monkeypatch, method):
    """Each page as it is, and its answer to a form in which nothing was filled in."""
    monkeypatch.setitem(trans_real._translations, "sv", Bracketing())
    client = superuser()
    held, seen, found = data(), 0, {}
    for path in pages((*OUR_APPS, "auth")):
        send = getattr(client, method)
        response = send(path, headers={"accept-language": "sv"}, follow=True)
        if response.status_code != 200 or "html" not in response["content-type"]:
            continue
        seen += 1
        page = Outside(response.content.decode())
        assert page.depth == 0, f"{path}: a bracket was cut off"
        for text in page.texts:
            if words(text) - held:
                found.setdefault(text, path)
    assert seen > 100
    assert "\n".join(f"{path}: {text}" for text, path in found.items()) == ""


def test_whatever_is_asked_for_has_a_translation(world, monkeypatch):
    """Django's own strings too, and those of the schedule: their catalogs may lack some."""
    asked, held = Asked(trans_real.translation("sv")), data()
    monkeypatch.setitem(trans_real._translations, "sv", asked)
    client = superuser()
    sent = {"accept-language": "sv"}
    for path in pages((*OUR_APPS, *THEIR_APPS)):
        for send in (client.get, client.post):
            send(path, headers=sent, follow=True)
    done = set(asked.catalog._catalog._catalogs[0].values())  # badges translate labels again
    untranslated = {text for text in asked.missing - done if words(PLACES.sub("", text)) - held}
    assert "\n".join(sorted(untranslated)) == ""
