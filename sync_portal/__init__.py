"""The project: wiring, no business."""

from sync_portal.celery import app as celery_app

__all__ = ["celery_app"]
