"""Commands as real processes: exit codes, one document on stdout, one line on stderr."""

import json
import subprocess
import sys

import pytest

from channels.sandbox.invent import Draft
from tests import portal
from tests.processes import PATIENCE_SECONDS, environment

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def manage(*arguments, **env):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=environment(LOG_LEVEL="INFO") | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def test_done_is_0_with_one_document(sandbox):
    portal.connect(sandbox)
    amazon = sandbox.world.create_order("SE", Draft())
    done = manage("import_order", "Amazon SE", amazon.order_id, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["outcome"] == "created"
    assert portal.order(amazon.order_id).commerce_order.number == "000000001"


def test_failed_is_1_with_one_line(db):
    failed = manage("show_order", "302-1", "--json")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == "CommandError: There is no order 302-1.\n"


def test_wrong_usage_is_2(db):
    wrong = manage("ship_order", "1", "--carrier=DHL", "--tracking=T", "--item=x")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "CommandError: --item 'x' is not of the form ORDER_ITEM_ID=QTY.\n"


def test_a_database_without_tables_is_said(tmp_path):
    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    failed = manage("show_order", "302-1", DATABASE_URL=url)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith("CommandError: The database is not ready (OperationalError).")
    assert len(failed.stderr.splitlines()) == 1
