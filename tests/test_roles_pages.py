"""Who may do what: every page, action, fix and job of the admin, as each role and as nobody.

The tables below are read as: who of Viewer, Fulfilment, Manager and Administrator may. Somebody
without any permission may nothing of it. What is in no table fails a test.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse

from channels.admin.held_orders import FIXES
from channels.models import AmazonStore, BulkJob
from channels.services import bulk
from orders.models import Package
from sync_portal.roles import ADMINISTRATOR, FULFILMENT, MANAGER, ROLES, VIEWER
from tests.staff import member
from tests.world import fill, fill_more

LETTERS = {"V": VIEWER, "F": FULFILMENT, "M": MANAGER, "A": ADMINISTRATOR}
V, F, M, A, NONE = "VFMA", "FMA", "MA", "A", ""

# Model: who sees its list, a page of it and its history; adds; changes; deletes.
RECORDS = {
    "channels.amazonstore": (V, A, M, A),
    "channels.backfill": (V, NONE, NONE, NONE),
    "channels.bulkjob": (V, NONE, NONE, NONE),
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
    "channels_amazonstore_activate": ("POST", M),
    "channels_amazonstore_dashboard": ("GET", V),
    "channels_amazonstore_deactivate": ("POST", M),
    "channels_amazonstore_order_settings": ("GET", V),
    "channels_amazonstore_order_settings#": ("POST", M),
    "channels_bulkjob_again": ("POST", F),  # of each kind: JOBS
    "channels_bulkjob_stop": ("POST", F),
    "channels_bulkjob_undo": ("POST", F),
    "channels_channelorder_address": ("GET POST", M),
    "channels_channelorder_amazon_address": ("POST", M),
    "channels_channelorder_columns": ("POST", V),
    "channels_channelorder_delete_view": ("POST", M),  # one that others share; one's own: V
    "channels_channelorder_export": ("GET", M),
    "channels_channelorder_find": ("POST", V),
    "channels_channelorder_held": ("GET", V),  # each fix has its permission: FIXED_BY
    "channels_channelorder_packing_slip": ("GET POST", F),
    "channels_channelorder_place_by_hand": ("POST", M),
    "channels_channelorder_save_view": ("POST", V),
    "channels_channelorder_ship_many": ("GET POST", F),
    "channels_channelorder_shipments": ("GET POST", F),
    "channels_channelorder_shipments_apply": ("GET POST", F),
    "channels_channelorder_shipments_sample": ("GET", F),
    "channels_channelorder_take_over": ("POST", F),
    "channels_communicationerror_dismiss": ("POST", M),
    "channels_communicationerror_try_again": ("POST", M),
    "channels_saleschannelsettings_add": ("GET POST", NONE),
    "channels_saleschannelsettings_change": ("GET POST", NONE),
    "channels_saleschannelsettings_changelist": ("GET POST", A),
    "channels_saleschannelsettings_delete": ("GET POST", NONE),
    "channels_saleschannelsettings_history": ("GET", A),
    "customers_customer_find": ("POST", F),
    "customers_customer_forget": ("GET POST", A),
    "orders_commerceorder_cancel": ("GET POST", M),
    "orders_commerceorder_comment": ("POST", F),
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
    "orders_product_import_apply": ("GET POST", M),
}

ACTIONS = {
    "auth.group": {"delete_selected": A},
    "auth.user": {"delete_selected": A},
    "channels.carriermapping": {"delete_selected": M},
    "channels.channelorder": {
        "add_note": F, "export_orders": M, "fetch_orders": F, "hold_orders": F, "packing_slips": F,
        "pick_list": F, "retry_orders": F, "ship_orders": F, "unhold_orders": F,
    },
    "channels.communicationerror": {"dismiss_errors": M},
    "channels.skumapping": {"delete_selected": M},
    "orders.commerceorder": {"hold_orders": F, "unhold_orders": F},
    "orders.outboxmessage": {"dismiss": M, "send_again": F},
    "orders.product": {"disable": M, "enable": M},
}  # fmt: skip

# Ways to remove a cause on the page of held orders
FIXED_BY = {
    "add": M, "enable": M, "fetch_details": F, "fetch_total": F, "map": M, "set_quantity": M,
    "unmanage": M,
}  # fmt: skip

# Kind of a job: who may start it, stop it and try again what it left
JOBS = {"hold": F, "unhold": F, "retry": F, "fetch": F, "note": F, "ship": F}

# Pages below a model's that are about a row of another
OF_ANOTHER = {"channels_channelorder_delete_view": "channels.savedview"}

# For all staff: what Django itself serves, and lists nothing to those who may see nothing.
FOR_STAFF = {
    "app_list", "autocomplete", "index", "jsi18n", "login", "logout", "password_change",
    "password_change_done", "view_on_site",
}  # fmt: skip
# For everybody, outside the admin: nothing is shown or changed.
FOR_ALL = {"", "healthz", "set_language"}

REFUSED = (403, 404, 405)


def may(role: str | None, who: str) -> bool:
    return role in {LETTERS[letter] for letter in who}


# What is in the tables


def addresses() -> Iterator[tuple[str, str, list[str]]]:
    """Model of its row, name and arguments of every address of a model's admin."""
    for model, model_admin in admin.site._registry.items():
        for pattern in model_admin.get_urls():
            label = OF_ANOTHER.get(pattern.name, model._meta.label_lower)
            if pattern.name:
                yield label, pattern.name, list(pattern.pattern.converters)


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


def test_every_page_has_a_name():
    """A page without one would be in no table; Django has one, which only leads on."""
    unnamed = [
        str(pattern.pattern)
        for model_admin in admin.site._registry.values()
        for pattern in model_admin.get_urls()
        if not pattern.name
    ]
    assert set(unnamed) == {"<path:object_id>/"}


def test_every_address_outside_the_admin_is_for_everybody():
    outside = [p for p in get_resolver().url_patterns if getattr(p, "app_name", "") != "admin"]
    assert {getattr(p, "name", None) or str(p.pattern) for p in outside} == FOR_ALL


# The walk


@pytest.fixture
def world(db):
    fill()
    fill_more()


def argument(label: str, name: str) -> object:
    """The value of an argument of an address: of the first row, where any will do."""
    package = Package.objects.earliest("pk")
    if name in ("package_pk", "number"):
        return {"package_pk": package.pk, "number": package.number}[name]
    found = apps.get_model(label)._base_manager
    if label == "channels.bulkjob":  # what can be taken back
        found = found.filter(kind=BulkJob.Kind.SHIP)
    if label == "orders.orderstatus":  # those the portal comes with stay
        found = found.filter(code="xxx")
    return found.earliest("pk").pk


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def client_of(caplog):
    """The browser of a role."""
    caplog.set_level(logging.CRITICAL, "django.request")  # it says 403 to most of this

    def browser(role: str | None) -> Client:
        client = Client()
        client.force_login(member(role))
        return client

    return browser


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_page_as_each_role(world, role, client_of):
    client, expected, wrong = client_of(role), rows(), []
    for label, name, arguments in addresses():
        path = reverse(f"admin:{name}", kwargs={a: argument(label, a) for a in arguments})
        known = dict(expected[name])
        for method in ("GET", "POST"):
            with undone():
                status = client.generic(method, path).status_code
            if method in known:
                is_right = (status == 403) is not may(role, known[method])
            elif method == "POST":  # it changes nothing, but neither does it show anything
                is_right = status in REFUSED or may(role, known["GET"])
            else:
                is_right = status in REFUSED
            if not is_right:
                wrong.append(f"{method} {name} as {role or 'nobody'}: {status}")
    assert wrong == []


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_action_as_each_role(db, role):
    request = RequestFactory().get("/")
    request.user = member(role)
    offered = {}
    for model, model_admin in admin.site._registry.items():
        label = model._meta.label_lower
        if label.startswith("django_celery_beat."):
            continue
        if names := set(model_admin.get_actions(request)):
            offered[label] = names
    allowed = {
        label: {name for name, who in actions.items() if may(role, who)}
        for label, actions in ACTIONS.items()
    }
    assert offered == {label: names for label, names in allowed.items() if names}


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_fix_of_held_orders_as_each_role(world, role, client_of):
    client, wrong = client_of(role), []
    assert set(FIXED_BY) == set(FIXES)
    for fix, who in FIXED_BY.items():
        data = {"fix": fix, "store": AmazonStore.objects.earliest("pk").pk, "sku": "GONE"}
        with undone():
            response = client.post(reverse("admin:channels_channelorder_held"), data)
        if (response.status_code == 403) is may(role, who):
            wrong.append(f"{fix} as {role or 'nobody'}: {response.status_code}")
    assert wrong == []


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_kind_of_job_as_each_role(world, role, client_of):
    client, wrong = client_of(role), []
    assert set(JOBS) == set(BulkJob.Kind.values)
    for kind, who in JOBS.items():
        job = BulkJob.objects.filter(kind=kind).earliest("pk")
        for verb in ("stop", "again"):
            with undone():
                status = client.post(
                    reverse(f"admin:channels_bulkjob_{verb}", args=[job.pk])
                ).status_code
            if (status == 403) is may(role, who):
                wrong.append(f"{verb} {kind} as {role or 'nobody'}: {status}")
        assert bulk.may(User.objects.latest("pk"), kind) is may(role, who)
    assert wrong == []


def test_the_index_lists_only_what_may_be_seen(client_of, db):
    for role, see in ((None, 0), (VIEWER, 20)):
        listed = client_of(role).get(reverse("admin:index")).context["app_list"]
        assert sum(len(app["models"]) for app in listed) == see


def test_whoever_is_no_staff_sees_the_login(db):
    client = Client()
    client.force_login(User.objects.create_user("customer"))
    for name in ("index", "channels_channelorder_changelist", "orders_commerceorder_changelist"):
        response = client.get(reverse(f"admin:{name}"))
        assert response.status_code == 302
        assert response.url.startswith(reverse("admin:login"))
