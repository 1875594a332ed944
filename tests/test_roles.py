"""The roles: their definition, the document that says it, and how they come into the database."""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from sync_portal.roles import ADMINISTRATOR, FULFILMENT, MANAGER, NOBODY, ROLES, VIEWER

OUR_APPS = ("channels", "orders", "customers")
ROOT = Path(__file__).parent.parent


def codenames(permissions) -> set[str]:
    rows = permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


# The definition


def test_every_permission_of_ours_is_in_a_role_or_nobodys(db):
    ours = codenames(Permission.objects.filter(content_type__app_label__in=OUR_APPS))
    placed = ROLES[ADMINISTRATOR] | NOBODY
    assert ours - placed == set(), "Add it to sync_portal/roles.py and docs/roles.md."
    assert placed - codenames(Permission.objects) == set(), "There is no such permission."
    assert ROLES[ADMINISTRATOR] & NOBODY == set()


def test_every_permission_that_is_asked_for_exists(db):
    """A typo would be a page that only superusers see, and no other test might notice."""
    there = codenames(Permission.objects)
    verbs = "|".join({codename.split(".")[1].partition("_")[0] for codename in there})
    pattern = re.compile(rf"(?:\"|perms\.)({'|'.join(OUR_APPS)})\.(({verbs})_[a-z_]+)\b")
    asked = set()
    for folder in (*OUR_APPS, "sync_portal", "templates"):
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in (".py", ".html"):
                found = pattern.findall(path.read_text("utf-8"))
                asked |= {f"{app}.{codename}" for app, codename, _verb in found}
    assert len(asked) > 30
    assert asked - there == set()


def test_each_role_may_what_the_one_before_may():
    assert list(ROLES) == [VIEWER, FULFILMENT, MANAGER, ADMINISTRATOR]
    assert ROLES[VIEWER] < ROLES[FULFILMENT] < ROLES[MANAGER] < ROLES[ADMINISTRATOR]


def test_a_viewer_only_looks_and_sees_no_names():
    assert {p.split(".")[1].split("_")[0] for p in ROLES[VIEWER]} == {"view"}
    assert "orders.view_personal_data" not in ROLES[VIEWER]


def test_the_document_says_what_each_role_may():
    page = (ROOT / "docs" / "roles.md").read_text("utf-8")
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
    for name, permissions in ROLES.items():
        assert granted(name) == permissions


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
    assert granted(ADMINISTRATOR) == ROLES[ADMINISTRATOR]


def test_the_receiver_stands_before_the_one_of_django():
    installed = settings.INSTALLED_APPS
    assert installed.index("sync_portal") < installed.index("django.contrib.auth")
