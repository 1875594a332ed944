"""What a process does first with the database."""

import logging

from django.conf import settings
from django.db import DatabaseError, connections

log = logging.getLogger(__name__)


def database_opened() -> None:
    """Notice a database that is at home at another site; a database that is down is no reason to
    stop, for whoever sends asks again.

    In development the site URL of a child of `up` is a guess from its port: not a home to remember.
    """
    from channels.services.read_only import guard_site

    try:
        guard_site(stores=settings.ENV.production)
    except DatabaseError as exc:
        log.warning("The site of the database is not known yet: %s", type(exc).__name__)
    finally:
        connections.close_all()  # a worker forks after this
