"""The project as an app: its commands, its roles, its static files."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SyncPortalConfig(AppConfig):
    name = "sync_portal"
    verbose_name = "Sync Portal"

    def ready(self) -> None:
        from sync_portal.seed_roles import seed_roles

        # Before that of django.contrib.auth, which comes later in INSTALLED_APPS.
        post_migrate.connect(seed_roles, dispatch_uid="sync_portal.roles")
