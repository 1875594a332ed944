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
from orders.models import OrderNote
from tests import factories
from tests.staff import superuser
from tests.world import fill

FORMATS = str(ExportForm.base_fields["format"].choices)
COLUMNS = f"{SAMPLE} carrier-name ship-method sku {FORMATS}"  # of files
OUR_APPS = ("channels", "customers", "orders")
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


def pages():
    """The address of every page: each list and form, and of each row all that is about it."""
    _prefix, resolver = get_resolver().namespace_dict["admin"]
    for name in sorted(key for key in resolver.reverse_dict if isinstance(key, str)):
        app, _, rest = name.partition("_")
        if app not in OUR_APPS or name.endswith("_history"):  # Django's own page, unused
            continue
        model = apps.get_model(app, rest.partition("_")[0])
        rows = {"number": [1], "package_pk": [1]}
        rows["pk"] = rows["object_id"] = list(model.objects.values_list("pk", flat=True))
        for _template, parameters in resolver.reverse_dict.getlist(name)[0][0]:
            for values in product(*(rows[parameter] for parameter in parameters)):
                yield reverse(f"admin:{name}", args=values)
    yield from map(reverse, ("admin:index", "admin:password_change"))


def data():
    """Every word that is nobody's to translate: Amazon's codes, and what the database holds.

    Except for what the portal writes there itself, in English, to be translated when it is read.
    """
    held = words(f"{EVERYWHERE} {carriers_for('')} {list(cancel_rules.REASONS)} {CODES} {COLUMNS}")
    for order in ChannelOrder.objects.all():
        held |= words(f"{order.buyer} {order.recipient} {order.corrected_address}")
    for model in apps.get_models():
        if model._meta.app_label in (*OUR_APPS, "auth") and model not in (OrderNote, Permission):
            held |= words(str(list(model.objects.values_list())))
    return held


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_word_on_every_page(world, monkeypatch, method):
    """Each page as it is, and its answer to a form in which nothing was filled in."""
    monkeypatch.setitem(trans_real._translations, "sv", Bracketing())
    client = superuser()
    held, seen, found = data(), 0, {}
    for path in pages():
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
