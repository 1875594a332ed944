"""Runs a command that ends when its parent dies.

``python -m sync_portal.launch PARENT COMMAND [ARG …]``, where PARENT is the parent's process id.

Linux tells a process that its parent is gone (PR_SET_PDEATHSIG), also when the parent was killed
with -9 and could tell nobody. Elsewhere the command simply runs.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def launched(*command: str) -> list[str]:
    """The command line that runs this one as a child of ours."""
    return [sys.executable, "-m", "sync_portal.launch", str(os.getpid()), *command]


def main() -> None:
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it died before it could be told
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  # our own words, no shell


if __name__ == "__main__":
    main()
