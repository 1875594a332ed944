"""Users and groups: an administrator gives roles, a superuser alone makes superusers."""

from typing import Any, TypeVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.admin import FormFilters

M = TypeVar("M", bound=Model)

# Django's own, registered by the import above
admin.site.unregister(User)
admin.site.unregister(Group)

VERBS = {
    "add": _("Can add %(object)s"),
    "change": _("Can change %(object)s"),
    "delete": _("Can delete %(object)s"),
    "view": _("Can view %(object)s"),
}


def permission_name(permission: Permission) -> str:
    """``Commerce | product | Can view product`` in the reader's language: Django keeps English."""
    of = permission.content_type
    verb, _sep, model = permission.codename.partition("_")
    if verb in VERBS and model == of.model:
        name = VERBS[verb] % {"object": of.name}
    else:
        name = gettext(permission.name)
    return f"{of.app_labeled_name} | {name}"


class PermissionsField(forms.ModelMultipleChoiceField[Permission]):
    """Permissions by their translated names."""

    def label_from_instance(self, obj: Permission) -> str:
        return permission_name(obj)


class NamesPermissions(admin.ModelAdmin[M]):
    """The pages that give permissions."""

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        if db_field.remote_field.model is Permission:
            kwargs["form_class"] = PermissionsField
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Group)
class PortalGroupAdmin(NamesPermissions[Group], GroupAdmin):
    """Roles."""


@admin.register(User)
class PortalUserAdmin(NamesPermissions[User], FormFilters[User], UserAdmin[User]):
    list_display = ["username", "first_name", "last_name", "roles", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    readonly_fields = ["last_login", "date_joined"]  # what happened, and no choice

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        names = [group.name for group in user.groups.all()]
        return ", ".join([str(_("Superuser"))] * user.is_superuser + sorted(names))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else [*fields, "is_superuser"]


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    """Whoever sets a superuser's password can do all that a superuser can."""
    return bool(request.user.is_superuser or user is None or not user.is_superuser)
