"""What the style sheets speak of is there."""

import re
from pathlib import Path

from django.contrib import admin

from channels.admin.columns import COLUMNS

ROOT = Path(__file__).parents[2]
SHEETS = ROOT / "sync_portal" / "static" / "portal"
CLASS = re.compile(r"(?:field|column)-(\w+)")


def test_every_column_with_a_style_is_one():
    styled = {name for sheet in SHEETS.glob("*.css") for name in CLASS.findall(sheet.read_text())}
    lists = {str(name) for one in admin.site._registry.values() for name in one.list_display}
    written = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in CLASS.findall(template.read_text())
    }
    assert styled - lists - written - {column.key for column in COLUMNS} == set()
