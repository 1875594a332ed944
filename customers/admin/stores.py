"""Commerce stores."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from customers.models import CommerceStore
from customers.services.stores import start_numbers


@admin.register(CommerceStore)
class CommerceStoreAdmin(admin.ModelAdmin[CommerceStore]):
    list_display = ["name", "code", "next_order_number"]
    fields = ["name", "code", "next_order_number"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["next_order_number", *(["code"] if obj else [])]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: CommerceStore, form: Any, change: bool) -> None:
        if change:  # only what was changed: an import may have raised the number meanwhile
            obj.save(update_fields=form.changed_data)
            return
        obj.save()
        start_numbers(obj)
