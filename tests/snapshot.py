"""What is in the database, to see that something left it alone."""

from typing import Any

from django.apps import apps


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of the portal's tables."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for label in ("channels", "orders", "customers")
        for model in apps.get_app_config(label).get_models()
    }
