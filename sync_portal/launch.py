"""Runs a command that ends when its parent dies: ``python -m sync_portal.launch COMMAND [ARG …]``.

Linux tells a process that its parent is gone (PR_SET_PDEATHSIG), also when the parent was killed
with -9 and could tell nobody. Elsewhere the command simply runs.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main() -> None:
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died between the fork and the line above
            sys.exit(1)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606  # our own words, no shell


if __name__ == "__main__":
    main()
