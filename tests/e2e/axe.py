"""axe-core, the accessibility checker, as published on npm."""

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

VERSION = "4.14.1"
CACHE = Path(sys.prefix) / "share" / "axe-core"
# Without preload: it would add inline styles, which the content security policy forbids.
RUN = """only => axe.run({ preload: false, resultTypes: ['violations'],
    ...(only && { runOnly: [only] }) }).then(r => r.violations)"""


def source():
    """The text of axe.min.js, fetched once into the virtual environment; skips without npm."""
    script = CACHE / f"axe-{VERSION}.min.js"
    if not script.exists():
        if shutil.which("npm") is None:
            pytest.skip("npm is missing: it is needed once, to fetch axe-core.")
        CACHE.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            ["npm", "pack", "--json", f"axe-core@{VERSION}"],
            cwd=CACHE, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if packed.returncode != 0:
            pytest.skip(f"npm could not fetch axe-core: {packed.stderr.strip()[:200]}")
        archive = CACHE / json.loads(packed.stdout)[0]["filename"]
        with tarfile.open(archive) as tar:
            script.write_bytes(tar.extractfile("package/axe.min.js").read())
        archive.unlink()
    return script.read_text(encoding="utf-8")


def violations(page, only=None):
    """What is wrong on the page: a line per rule, with the elements. `only`: rules of this tag."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(source())
    return [
        f"{found['id']}: {found['help']} {[node['html'][:120] for node in found['nodes']]}"
        for found in page.evaluate(RUN, only)
    ]
