"""How gunicorn serves the portal: ``gunicorn --config python:sync_portal.gunicorn``."""

from typing import Any

wsgi_app = "sync_portal.wsgi"
workers = 1
threads = 8  # pages wait for the database, not for the processor
graceful_timeout = 5
control_socket_disable = True  # it would be one for all portals of a user
accesslog = "-"
# The path without its query: what staff search for is a buyer's name or e-mail.
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"


def post_worker_init(_worker: Any) -> None:
    """A copy of the database sends nothing (channels/services/read_only.py)."""
    from sync_portal.opening import database_opened

    database_opened()
