"""axe-core, the accessibility checker, as published on npm."""

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.e2e.conftest import PHONE, SIZE

VERSION = "4.14.1"
CACHE = Path(sys.prefix) / "share" / "axe-core"
# Without preload: it would add inline styles, which the content security policy forbids.
# Left out is an icon in Django's own chooser of permissions, which has a label but no role.
RUN = """options => axe.run({ exclude: ['.selector .help-tooltip'] },
    { preload: false, resultTypes: ['violations'], ...options }).then(found => found.violations)"""
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
NO_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}  # the rule that takes longest


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


def violations(page, options=None):
    """What is wrong on the page: a line per rule, with the elements. `options`: of axe.run."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(source())
    return [
        f"{found['id']}: {found['help']} {[node['html'][:120] for node in found['nodes']]}"
        for found in page.evaluate(RUN, options or {})
    ]


def found_on(page):
    """What is wrong with a page in light, in dark and on a phone, or makes it scroll sideways.

    A line for each; all its menus are open meanwhile.
    """
    page.evaluate("document.querySelectorAll('#content details').forEach(menu => menu.open = true)")
    found = violations(page)
    colour(page, "dark")
    found += violations(page, COLOURS)
    colour(page, "light")
    for size in (PHONE, SIZE):
        page.set_viewport_size(size)
        if size == PHONE:
            found += violations(page, NO_COLOURS)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"wider than {size['width']}")
    return list(dict.fromkeys(found))


def colour(page, scheme):
    """Change it at once: Django's links and buttons would fade."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate("document.getAnimations().forEach(fading => fading.finish())")
