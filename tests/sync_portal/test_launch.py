"""A command that ends when its parent dies, whenever that is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sync_portal.launch import launched
from tests import processes

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Others are not told of a death.")
SAYS = (sys.executable, "-c", "print('it runs')")

pytestmark = pytest.mark.processes


def test_it_runs_the_command():
    assert subprocess.check_output(launched(*SAYS), text=True) == "it runs\n"


def test_a_child_that_was_orphaned_before_it_began_does_not_begin():
    command = launched(*SAYS)
    command[command.index(str(os.getpid()))] = str(_dead())
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")


@LINUX
def test_it_ends_with_its_parent():
    orphan = "import time; print('up', flush=True); time.sleep(3600)"
    parent = (
        "import subprocess, sys; from sync_portal.launch import launched;"
        f"child = subprocess.Popen(launched(sys.executable, '-c', {orphan!r}));"
        "print(child.pid, flush=True); child.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as killed:
        child = int(killed.stdout.readline())
        assert killed.stdout.readline() == b"up\n"
        killed.kill()
    processes.wait_until(lambda: not _lives(child), "The end of the child")


def _dead():
    """The number of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def _lives(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"
