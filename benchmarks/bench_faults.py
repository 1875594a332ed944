"""Packages through an Amazon in which three calls in ten go wrong: does each arrive, and once?

``python -m benchmarks.bench_faults [PACKAGES] [SEED]``; 5,000 and 1 without. The same storm as in
tests/test_feed_faults.py, longer. No figure of time: the storm waits for nothing.
"""

import logging
import sys

from benchmarks.database import portal

PACKAGES, SEED = 5_000, 1


def main(packages: int = PACKAGES, seed: int = SEED) -> int:
    with portal() as vendor:
        from channels.sandbox.server import serve
        from channels.sandbox.world import World
        from tests import portal as driven
        from tests import storm

        logging.disable(logging.WARNING)
        with serve(World(seed=seed)) as amazon:
            driven.connect(amazon)
            driven.without_quota(amazon)
            happened = storm.weather(amazon, packages, seed=seed)
            found = storm.problems(amazon)
        print(f"faults, {vendor}: {packages:,} packages, seed {seed}")
        print(f"  faults met   {sum(happened.faults.values()):,} of {len(happened.faults)} kinds")
        print(f"  feeds        {dict(happened.feeds)}")
        print(f"  sent last by {dict(happened.ways)}")
        print(f"  ended        {dict(happened.states)} ({happened.to_be_refused} to be refused)")
        print(f"  rounds       {happened.rounds}")
        for problem in found or ["each arrived once or is refused with a reason"]:
            print(f"  {'MISSED: ' if found else ''}{problem}")
        return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
