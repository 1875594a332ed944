"""Users in the admin: administrators give roles, and cannot make themselves superusers."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sync_portal.roles import ADMINISTRATOR, VIEWER
from tests.staff import superuser

pytestmark = pytest.mark.django_db

LIST = reverse("admin:auth_user_changelist")


@pytest.fixture
def administrator():
    user = User.objects.create_user("admin", is_staff=True)
    user.groups.add(Group.objects.get(name=ADMINISTRATOR))
    client = Client()
    client.force_login(user)
    return client


def page(name, view="change"):
    return reverse(f"admin:auth_user_{view}", args=[User.objects.get(username=name).pk])


def saved(client, name, **changes):
    """Save the form of a user with these changes."""
    known = {"username": name, "is_active": "on", "date_joined_0": "2026-01-01",
             "date_joined_1": "00:00:00"}  # fmt: skip
    response = client.post(page(name), known | changes)
    assert response.status_code == 302
    return User.objects.get(username=name)


def test_an_administrator_gives_a_role(administrator):
    User.objects.create_user("kim")
    viewer = Group.objects.get(name=VIEWER)
    user = saved(administrator, "kim", is_staff="on", groups=[viewer.pk])
    assert user.is_staff
    assert list(user.groups.all()) == [viewer]
    text = administrator.get(LIST).content.decode()
    assert f'<td class="field-roles">{VIEWER}</td>' in text


def test_an_administrator_makes_nobody_a_superuser(administrator):
    User.objects.create_user("kim")
    assert not saved(administrator, "kim", is_superuser="on").is_superuser
    itself = {"is_staff": "on", "groups": [Group.objects.get(name=ADMINISTRATOR).pk]}
    assert not saved(administrator, "admin", is_superuser="on", **itself).is_superuser
    root = superuser()
    assert saved(root, "kim", is_superuser="on").is_superuser


def test_an_administrator_does_not_touch_a_superuser(administrator):
    root = User.objects.create_superuser("root", password="a long password of root")
    assert administrator.get(page("root")).status_code == 200
    words = {"password1": "another long word", "password2": "another long word"}
    for view, data in (
        ("change", {"username": "root", "is_active": ""}),
        ("password_change", words),
        ("delete", {"post": "yes"}),
    ):
        assert administrator.post(page("root", view), data).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [root.pk], "post": "yes"}
    administrator.post(LIST, data)
    assert User.objects.get(pk=root.pk).password == root.password
    assert User.objects.get(pk=root.pk).is_active


def test_more_users_take_no_more_statements(administrator):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert administrator.get(LIST).status_code == 200
        return len(captured)

    few = statements()
    for number in range(10):
        user = User.objects.create_user(f"user-{number}")
        user.groups.set(Group.objects.all())
    assert statements() == few
