"""Users and groups: an administrator gives roles, a superuser alone makes superusers."""

from typing import Any, TypeVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, SetUnusablePasswordMixin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.admin import FormFilters, yes_or_no

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


# Rows between users, groups and permissions: nobody knows them.
BETWEEN = [
    through._meta
    for through in (Group.permissions.through, User.groups.through, User.user_permissions.through)
]


ACTIVE = yes_or_no("is_active", _("active"))


class PortalPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # nor at run time
    """Django's own puts its help together when it is loaded: in English, whoever reads it."""

    usable_password_help_text = format_lazy(  # type: ignore[assignment]  # lazy text
        '{}<ul id="id_unusable_warning" class="messagelist"><li class="warning">{}</li></ul>',
        SetUnusablePasswordMixin.usable_password_help_text,
        _("If disabled, the current password for this user will be lost."),
    )


class NamesPermissions(admin.ModelAdmin[M]):
    """The pages that give permissions."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What is deleted with it, as far as it has a name."""
        tree, counts, missing, protected = super().get_deleted_objects(objs, request)
        plurals = {str(meta.verbose_name_plural) for meta in BETWEEN}
        counts = {name: count for name, count in counts.items() if str(name) not in plurals}
        return _without_between(tree), counts, missing, protected

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
    list_display = ["username", "first_name", "last_name", "roles", ACTIVE, "last_login"]
    list_filter = ["is_active", "groups"]
    change_password_form = PortalPasswordForm
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


def _without_between(tree: list[Any]) -> list[Any]:
    heads = tuple(f"{capfirst(meta.verbose_name)}: " for meta in BETWEEN)
    branches = [_without_between(each) if isinstance(each, list) else each for each in tree]
    return [each for each in branches if each and not str(each).startswith(heads)]


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    """Whoever sets a superuser's password can do all that a superuser can."""
    return bool(request.user.is_superuser or user is None or not user.is_superuser)
