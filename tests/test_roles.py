"""Who may do what: every page and every action of the admin, as each role and as nobody.

The tables below are read as: who of Viewer, Fulfilment, Manager and Administrator may. Somebody
without any permission may nothing of it. A page or action that is in no table fails a test.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, SolarSchedule

from channels.models import (
    Backfill,
    CarrierMapping,
    FeedEntry,
    SalesChannelSettings,
    SkuMapping,
    SyncRun,
)
from orders.models import CommerceOrder, OrderStatus, OutboxMessage, Package
from sync_portal.roles import ADMINISTRATOR, FULFILMENT, MANAGER, NOBODY, ROLES, VIEWER
from tests import factories
from tests.orders.shipping import ship

OUR_APPS = ("channels", "orders", "customers")
LETTERS = {"V": VIEWER, "F": FULFILMENT, "M": MANAGER, "A": ADMINISTRATOR}
V, F, M, A, NONE = "VFMA", "FMA", "MA", "A", ""

# Model: who sees its list, a page of it and its history; adds; changes; deletes.
RECORDS = {
    "channels.amazonstore": (V, A, M, NONE),
    "channels.backfill": (V, NONE, NONE, NONE),
    "channels.carriermapping": (V, M, M, M),
    "channels.channelorder": (V, NONE, NONE, NONE),
    "channels.communicationerror": (V, NONE, NONE, NONE),
    "channels.feed": (V, NONE, NONE, NONE),
    "channels.feedentry": (V, NONE, NONE, NONE),
    "channels.report": (V, NONE, NONE, NONE),
    "channels.skumapping": (V, M, M, M),
    "channels.syncrun": (V, NONE, NONE, NONE),
    "orders.cancellation": (V, NONE, NONE, NONE),
    "orders.commerceorder": (V, NONE, NONE, NONE),
    "orders.orderstatus": (V, M, M, M),
    "orders.outboxmessage": (V, NONE, NONE, NONE),
    "orders.product": (V, M, M, NONE),
    "orders.reservation": (V, NONE, NONE, NONE),
    "orders.stockmovement": (V, NONE, NONE, NONE),
    "customers.commercestore": (V, M, M, NONE),
    "customers.customer": (V, NONE, NONE, NONE),
    "auth.group": (A, A, A, A),
    "auth.user": (A, A, A, A),
    "django_celery_beat.clockedschedule": (A, A, A, A),
    "django_celery_beat.crontabschedule": (A, A, A, A),
    "django_celery_beat.intervalschedule": (A, A, A, A),
    "django_celery_beat.periodictask": (A, A, A, A),
    "django_celery_beat.solarschedule": (A, A, A, A),
}

# Page: methods, and who. Where GET shows a form and POST does it, both need the same.
PAGES = {
    "auth_user_password_change": ("GET POST", A),
    "channels_amazonstore_order_settings": ("GET", V),
    "channels_amazonstore_order_settings#": ("POST", M),
    "channels_channelorder_address": ("GET POST", M),
    "channels_channelorder_amazon_address": ("POST", M),
    "channels_channelorder_held": ("GET", V),  # each fix has its permission: test_admin_held.py
    "channels_channelorder_place_by_hand": ("POST", M),
    "channels_channelorder_take_over": ("POST", F),
    "channels_communicationerror_dismiss": ("POST", M),
    "channels_communicationerror_try_again": ("POST", M),
    "channels_saleschannelsettings_add": ("GET POST", NONE),
    "channels_saleschannelsettings_change": ("GET POST", NONE),
    "channels_saleschannelsettings_changelist": ("GET POST", A),
    "channels_saleschannelsettings_delete": ("GET POST", NONE),
    "channels_saleschannelsettings_history": ("GET", A),
    "customers_customer_find": ("POST", V),
    "customers_customer_forget": ("GET POST", A),
    "orders_commerceorder_cancel": ("GET POST", M),
    "orders_commerceorder_correct": ("GET POST", F),
    "orders_commerceorder_hold": ("POST", F),
    "orders_commerceorder_resend": ("POST", F),
    "orders_commerceorder_ship": ("GET POST", F),
    "orders_commerceorder_take_back": ("POST", F),
    "orders_commerceorder_unhold": ("POST", F),
    "orders_commerceorder_withdraw": ("POST", M),
    "orders_outboxmessage_dismiss": ("GET POST", M),
    "orders_product_export": ("GET", V),
    "orders_product_import": ("GET POST", M),
    "orders_product_import_apply": ("POST", M),
}

ACTIONS = {
    "auth.group": {"delete_selected": A},
    "auth.user": {"delete_selected": A},
    "channels.amazonstore": {"activate": M, "deactivate": M},
    "channels.carriermapping": {"delete_selected": M},
    "channels.channelorder": {"create_commerce_orders": M, "hold_orders": F, "unhold_orders": F},
    "channels.communicationerror": {"dismiss_errors": M},
    "channels.skumapping": {"delete_selected": M},
    "orders.commerceorder": {"hold_orders": F, "unhold_orders": F},
    "orders.outboxmessage": {"dismiss": M, "send_again": F},
    "orders.product": {"disable": M, "enable": M},
}

# For all staff: what Django itself serves, and lists nothing to those who may see nothing.
FOR_STAFF = {
    "app_list", "autocomplete", "index", "jsi18n", "login", "logout", "password_change",
    "password_change_done", "view_on_site",
}  # fmt: skip

# Permissions that come with pages which are not there yet.
ARRIVING = {
    *(f"channels.{verb}_{model}" for verb in ("add", "change", "delete", "view")
      for model in ("bulkjob", "dailysales")),
    "channels.export_channelorder", "channels.share_view", "orders.print_packing_slip",
}  # fmt: skip


def member(*roles: str) -> User:
    user = User.objects.create_user(f"staff-{User.objects.count()}", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=roles))
    assert user.groups.count() == len(roles)
    return user


def codenames(permissions) -> set[str]:
    rows = permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


# What is in the tables


def addresses() -> Iterator[tuple[str, str, list[str]]]:
    """Model, name and arguments of every address of a model's admin."""
    for model, model_admin in admin.site._registry.items():
        for pattern in model_admin.get_urls():
            if pattern.name:
                yield model._meta.label_lower, pattern.name, list(pattern.pattern.converters)


def rows() -> dict[str, list[tuple[str, str]]]:
    """Name of a page: (method, who may)."""
    found = {}
    for label, (see, add, change, delete) in RECORDS.items():
        name = label.replace(".", "_")
        found |= {
            f"{name}_changelist": [("GET", see)],
            f"{name}_history": [("GET", see)],
            f"{name}_add": [("GET", add), ("POST", add)],
            f"{name}_change": [("GET", see), ("POST", change)],
            f"{name}_delete": [("GET", delete), ("POST", delete)],
        }
    for name, (methods, who) in PAGES.items():
        found.setdefault(name.rstrip("#"), []).extend((m, who) for m in methods.split())
    return found


def test_every_page_is_in_a_table():
    assert {name for _label, name, _arguments in addresses()} == set(rows())
    registered = {model._meta.label_lower for model in admin.site._registry}
    of_site = {p.name for p in admin.site.get_urls() if getattr(p, "name", None)}
    assert of_site == FOR_STAFF
    assert registered == {*RECORDS, "channels.saleschannelsettings"}


# The walk


@pytest.fixture
def world(db):
    """A row of everything, and the argument of each address by its name."""
    product = factories.product(quantity=5)
    order = factories.placed_order()
    ship(order)
    store, package = order.store, Package.objects.get()
    commerce_order = CommerceOrder.objects.get(pk=order.commerce_order_id)
    customer = factories.customer(store=commerce_order.store, name="Anna")
    message = OutboxMessage.objects.get()
    feed = factories.feed(account=store.account)
    made = {
        "amazonstore": store,
        "backfill": Backfill.objects.create(
            store=store, since=factories.NOW - timedelta(days=2), until=factories.NOW,
            reached=factories.NOW, window_seconds=1,
        ),
        "carriermapping": CarrierMapping.objects.create(name="P", name_key="p", carrier_code="DHL"),
        "channelorder": order,
        "communicationerror": factories.communication_error(account=store.account),
        "feed": feed,
        "feedentry": FeedEntry.objects.create(feed=feed, number=1, confirmation=message),
        "report": factories.report(account=store.account),
        "skumapping": SkuMapping.objects.create(store=store, seller_sku="X", product=product),
        "syncrun": SyncRun.objects.create(account=store.account, started_at=factories.NOW),
        "saleschannelsettings": SalesChannelSettings.objects.create(pk=1),
        "cancellation": factories.cancellation(order=factories.placed_order().commerce_order),
        "commerceorder": commerce_order,
        "orderstatus": OrderStatus.objects.create(code="packed", state="processing"),
        "outboxmessage": message,
        "product": product,
        "commercestore": commerce_order.store,
        "customer": customer,
        "group": Group.objects.create(name="Temps"),
        "user": User.objects.create_user("somebody"),
        "clockedschedule": ClockedSchedule.objects.create(clocked_time=timezone.now()),
        "crontabschedule": CrontabSchedule.objects.create(),
        "solarschedule": SolarSchedule.objects.create(event="dawn_civil", latitude=1, longitude=1),
    }  # fmt: skip
    return made, package


def argument(world, label: str, name: str) -> object:
    made, package = world
    _app, model = label.split(".")
    row = made.get(model) or apps.get_model(label)._base_manager.first()
    return {"package_pk": package.pk, "number": package.number}.get(name, row.pk)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_page_as_each_role(world, role, caplog):
    caplog.set_level(logging.CRITICAL, "django.request")  # it says 403 to most of this
    client = Client()
    client.force_login(member(*([role] if role else [])))
    expected = rows()
    wrong = []
    for label, name, arguments in addresses():
        kwargs = {a: argument(world, label, a) for a in arguments}
        path = reverse(f"admin:{name}", kwargs=kwargs)
        for method, who in expected[name]:
            with undone():
                status = client.generic(method, path).status_code
            may = role in {LETTERS[letter] for letter in who}
            if (status == 403) is may:
                wrong.append(f"{method} {name} as {role or 'nobody'}: {status}")
    assert wrong == []


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_action_as_each_role(db, role):
    request = RequestFactory().get("/")
    request.user = member(*([role] if role else []))
    offered = {}
    for model, model_admin in admin.site._registry.items():
        label = model._meta.label_lower
        if label.startswith("django_celery_beat.") or label not in RECORDS:
            continue
        if names := set(model_admin.get_actions(request)):
            offered[label] = names
    may = {
        label: {name for name, who in actions.items() if role in {LETTERS[x] for x in who}}
        for label, actions in ACTIONS.items()
    }
    assert offered == {label: names for label, names in may.items() if names}


def test_the_index_lists_only_what_may_be_seen(db):
    for role, see in ((None, 0), (VIEWER, 19)):
        client = Client()
        client.force_login(member(*([role] if role else [])))
        listed = client.get(reverse("admin:index")).context["app_list"]
        assert sum(len(app["models"]) for app in listed) == see


def test_whoever_is_no_staff_sees_the_login(db):
    client = Client()
    client.force_login(User.objects.create_user("customer"))
    for name in ("index", "channels_channelorder_changelist", "orders_commerceorder_changelist"):
        response = client.get(reverse(f"admin:{name}"))
        assert response.status_code == 302
        assert response.url.startswith(reverse("admin:login"))


# The definition


def test_every_permission_of_ours_is_in_a_role_or_nobodys(db):
    ours = codenames(Permission.objects.filter(content_type__app_label__in=OUR_APPS))
    placed = ROLES[ADMINISTRATOR] | NOBODY
    assert ours - placed == set(), "Add it to sync_portal/roles.py and docs/roles.md."
    assert placed - codenames(Permission.objects) <= ARRIVING, "There is no such permission."
    assert ROLES[ADMINISTRATOR] & NOBODY == set()


def test_each_role_may_what_the_one_before_may():
    assert list(ROLES) == [VIEWER, FULFILMENT, MANAGER, ADMINISTRATOR]
    assert ROLES[VIEWER] < ROLES[FULFILMENT] < ROLES[MANAGER] < ROLES[ADMINISTRATOR]


def test_a_viewer_only_looks_and_sees_no_names():
    assert {p.split(".")[1].split("_")[0] for p in ROLES[VIEWER]} == {"view"}
    assert "orders.view_personal_data" not in ROLES[VIEWER]


def test_the_document_says_what_each_role_may():
    page = (Path(__file__).parent.parent / "docs" / "roles.md").read_text("utf-8")
    table = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith("| ")
    ]
    head, *lines = table
    assert head[2:] == list(ROLES)
    said = {name: set() for name in ROLES}
    for _what, permissions, *cells in lines:
        for name, cell in zip(ROLES, cells, strict=True):
            assert cell in ("", "yes")
            said[name] |= set(re.findall(r"`([^`]+)`", permissions)) if cell else set()
    beat = {p for p in ROLES[ADMINISTRATOR] if p.startswith("django_celery_beat.")}
    said[ADMINISTRATOR] = said[ADMINISTRATOR] - {"django_celery_beat.*"} | beat
    assert said == {name: set(permissions) for name, permissions in ROLES.items()}


# Seeding


def granted(name):
    return codenames(Group.objects.get(name=name).permissions.all())


def migrate():
    call_command("migrate", verbosity=0, interactive=False)


def test_after_migrate_the_roles_are_there(db):
    there = codenames(Permission.objects)
    for name, permissions in ROLES.items():
        assert granted(name) == permissions & there


def test_what_an_administrator_changed_stays(db):
    viewer = Group.objects.get(name=VIEWER)
    ship_orders = Permission.objects.get(codename="ship_commerceorder")
    see_customers = Permission.objects.get(codename="view_customer")
    viewer.permissions.remove(see_customers)
    viewer.permissions.add(ship_orders)
    Group.objects.get(name=FULFILMENT).delete()
    Group.objects.filter(name=MANAGER).update(name="Chefs")
    before = granted(VIEWER)
    migrate()
    assert granted(VIEWER) == before
    assert set(Group.objects.values_list("name", flat=True)) == {VIEWER, "Chefs", ADMINISTRATOR}


def test_a_permission_of_a_later_version_is_given_once_to_its_roles(db):
    # As if the version that brings it had not been installed yet.
    Permission.objects.get(codename="correct_address").delete()
    Group.objects.create(name="Temps")
    migrate()
    holders = Group.objects.filter(permissions__codename="correct_address")
    assert set(holders.values_list("name", flat=True)) == {MANAGER, ADMINISTRATOR}
    Group.objects.get(name=MANAGER).permissions.remove(
        Permission.objects.get(codename="correct_address")
    )
    migrate()
    assert "channels.correct_address" not in granted(MANAGER)


def test_a_portal_from_before_the_roles_gets_them_whole(db):
    Group.objects.all().delete()
    migrate()
    assert granted(ADMINISTRATOR) == ROLES[ADMINISTRATOR] & codenames(Permission.objects)


def test_the_receiver_stands_before_the_one_of_django():
    installed = settings.INSTALLED_APPS
    assert installed.index("sync_portal") < installed.index("django.contrib.auth")
