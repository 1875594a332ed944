"""The roles as groups in the database: after ``migrate`` they are there.

What an administrator changes in a group stays. A permission is given to the roles of its
definition once, when it comes into being (docs/adr/0016-roles-as-groups.md).
"""

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import transaction

from sync_portal.roles import ROLES


def seed_roles(
    *, app_config: AppConfig, using: str, apps: Apps = installed_apps, **options: Any
) -> None:
    """After an app was migrated: create its permissions, and give the new ones to their roles.

    Runs before Django's own receiver, which then has nothing left to create: what this creates is
    what is new. Where none of the roles is there yet, they are made, with all there is.
    """
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    groups = apps.get_model("auth", "Group").objects.using(using)
    with transaction.atomic(using=using):
        of_app = permissions.filter(content_type__app_label=app_config.label)
        known = list(of_app.values_list("pk", flat=True))
        create_permissions(app_config, using=using, apps=apps, **options)
        new = of_app.exclude(pk__in=known)
        roles = {group.name: group for group in groups.filter(name__in=ROLES)}
        if not roles:
            roles = {name: groups.create(name=name) for name in ROLES}
            new = permissions.all()
        _grant(roles, new.values_list("pk", "content_type__app_label", "codename"))


def _grant(roles: dict[str, Any], permissions: Iterable[tuple[int, str, str]]) -> None:
    by_name = {f"{app}.{codename}": pk for pk, app, codename in permissions}
    if not by_name:
        return
    for name, group in roles.items():
        group.permissions.add(*(pk for codename, pk in by_name.items() if codename in ROLES[name]))
