"""The two commands: `python -m channels.sandbox` and `manage.py sandbox`."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.processes import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]
MODULE = ["-m", "channels.sandbox"]
MANAGE = ["manage.py", "sandbox"]

pytestmark = pytest.mark.processes


def start(command, *options):
    return subprocess.Popen(
        [sys.executable, *command, "--port", "0", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("command", [MODULE, MANAGE])
def test_it_says_where_it_is_and_stops_cleanly(command):
    with start(command) as process:
        url = process.stdout.readline().removeprefix("Sandbox: ").strip()
        with urllib.request.urlopen(f"{url}/") as page:
            assert b"a living world" in page.read()
        process.send_signal(signal.SIGTERM if command is MODULE else signal.SIGINT)
        rest, errors = process.communicate(timeout=PATIENCE_SECONDS)

    assert (process.returncode, rest, errors) == (0, "", "")


def test_json_says_what_a_client_needs():
    with start(MODULE, "--json", "--still", "--seed", "7", "--plan", "sandbox") as process:
        document = json.loads(process.stdout.readline())
        with urllib.request.urlopen(f"{document['url']}/sandbox/state") as answer:
            state = json.load(answer)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)

    assert (state["live"], state["seed"], state["settings"]["plan"]) == (False, 7, "sandbox")
    assert (document["live"], document["seed"], document["plan"]) == (False, 7, "sandbox")
    assert document["sellers"][0] == {
        "seller_id": "A1SANDBOXEU001",
        "region": "eu",
        "marketplaces": ["SE", "DE", "GB"],
        "client_id": "amzn1.application-oa2-client.sandbox",
        "client_secret": "amzn1.oa2-cs.v1.sandbox",
        "refresh_token": "Atzr|sandbox-eu",
    }
    assert process.returncode == 0


@pytest.mark.parametrize("command", [MODULE, MANAGE])
def test_a_taken_port_is_one_clear_line(command):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, *command, "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    line = f"The sandbox cannot use 127.0.0.1:{port}: Address already in use."
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.removeprefix("CommandError: ") == f"{line}\n"


@pytest.mark.parametrize("options", [["--port", "x"], ["--port", "70000"], ["--plan", "fast"]])
def test_wrong_usage_is_exit_code_2(options):
    done = subprocess.run(
        [sys.executable, *MODULE, *options], cwd=ROOT, capture_output=True, check=False
    )

    assert done.returncode == 2
