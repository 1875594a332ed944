"""Addresses: the admin is the portal."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from sync_portal.health import healthz

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:channels_channelorder_changelist")),
    path("admin/", admin.site.urls),
    path("language", set_language, name="set_language"),
    path("healthz", healthz, name="healthz"),
]
