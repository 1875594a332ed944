"""WSGI entry point (gunicorn sync_portal.wsgi)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync_portal.settings")
application = get_wsgi_application()
