"""People who use the admin, with exactly the permissions a test names."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.forms import BoundField
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

SEE_ORDERS = ("channels.view_channelorder", "orders.view_commerceorder", "customers.view_customer")
SHIP = "orders.ship_commerceorder"
PERSONAL_DATA = "orders.view_personal_data"


def staff(*permissions: str, **attributes: Any) -> Client:
    """The browser of a member of staff with these permissions and no other."""
    name = f"staff-{User.objects.count()}"
    user = User.objects.create_user(name, is_staff=True, **attributes)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return _logged_in(user)


def member(role: str | None) -> User:
    """Somebody of the staff in one of the groups that come with the portal, or in none."""
    user = User.objects.create_user(f"staff-{User.objects.count()}", is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def superuser() -> Client:
    """The browser of somebody who may do everything."""
    return _logged_in(User.objects.create_superuser(f"root-{User.objects.count()}"))


def orders_tab() -> str:
    return reverse("admin:channels_channelorder_changelist")


def listed(client: Client, **query: Any) -> list[str]:
    """The order numbers on the Orders tab, top down."""
    response = client.get(f"{orders_tab()}?{urlencode(query, doseq=True)}")
    assert response.status_code == 200
    return [order.amazon_order_id for order in response.context["cl"].result_list]


def statements(client: Client, path: str) -> int:
    """How many SQL statements a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def _logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form_data(response: Any) -> dict[str, Any]:
    """What a browser would post back from a stock admin form that nobody touched."""
    context = response.context
    forms = [context["adminform"].form]
    for formset in (inline.formset for inline in context["inline_admin_formsets"]):
        forms += [formset.management_form, *formset.forms]
    fields = [form[name] for form in forms for name in form.fields]
    shown = {field.html_name: _shown(field) for field in fields}
    # Django tells by these whether a field with a computed default was touched.
    hidden = [field for field in fields if field.field.show_hidden_initial]
    shown |= {field.html_initial_name: _shown(field) for field in hidden}
    return {name: v for name, v in shown.items() if v is not None and v is not False}


def _shown(field: BoundField) -> Any:
    value = field.value()
    return field.field.widget.format_value(value) if isinstance(value, datetime) else value
