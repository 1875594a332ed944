"""People who use the admin, with exactly the permissions a test names."""

from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client

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


def superuser() -> Client:
    """The browser of somebody who may do everything."""
    return _logged_in(User.objects.create_superuser(f"root-{User.objects.count()}"))


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
    data = {form.add_prefix(name): form[name].value() for form in forms for name in form.fields}
    return {name: value for name, value in data.items() if value not in (None, False)}
