"""The documents say what the code does: nothing missing, nothing left over, no dead link."""

import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.urls import reverse
from django_fsm import FSMField

from channels.models import OrderSettings
from channels.models.order_status import HOLD_REASONS
from channels.services.order_settings import PARSERS
from docs import state_machines
from orders.models import OutboxMessage
from sync_portal import env

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"
OUR_APPS = {"sync_portal", "channels", "orders", "customers"}
PAGES = [
    README,
    ROOT / "CHANGELOG.md",
    *sorted(DOCS.rglob("*.md")),
    *sorted((ROOT / "channels").rglob("*.md")),
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def read(page):
    """A page without its comments and its blocks of code."""
    text = page.read_text(encoding="utf-8")
    return re.sub(r"<!--.*?-->|^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


def section(page, heading):
    """What stands under a heading, up to the next one of any level."""
    match = re.search(
        rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", read(page), re.MULTILINE | re.DOTALL
    )
    assert match, f"{page.name} has no heading {heading!r}."
    return match[1]


def rows(text):
    """The rows of the tables in a text, without the head, as lists of cells."""
    lines = [line.strip() for line in text.splitlines() if line.startswith("|")]
    cells = [re.split(r"(?<!\\)\|", line[1:-1]) for line in lines]
    rules = [i for i, row in enumerate(cells) if all(re.fullmatch(r"[\s:-]+", c) for c in row)]
    heads = {i - 1 for i in rules} | set(rules)
    return [[c.strip() for c in row] for i, row in enumerate(cells) if i not in heads]


def words(text):
    """Everything in backticks."""
    return re.findall(r"`([^`]+)`", text)


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", read(page), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


# State machines


def test_the_page_of_state_machines_is_what_the_code_says():
    written = state_machines.PAGE.read_text(encoding="utf-8")
    assert written == state_machines.render(), "Run: python -m docs.state_machines"


def test_every_machine_has_its_section():
    declared = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FSMField)
    }
    assert {machine.title for machine in state_machines.machines()} == declared


# Configuration


class Recorder(dict):
    """An environment that remembers what it was asked for."""

    def __init__(self, **values):
        super().__init__(values)
        self.asked = set()

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)


def test_the_readme_lists_exactly_the_environment_variables_that_are_read(tmp_path):
    environ = Recorder(PORTAL_HOME=str(tmp_path))
    env.load(environ)
    names = {name for name in environ.asked if not name.endswith("_FILE")}

    listed = [n for row in rows(section(README, "Configuration")) for n in words(row[0])]

    assert sorted(listed) == sorted(names)


# Commands


def our_commands():
    return {name for name, app in get_commands().items() if app in OUR_APPS}


def command_rows():
    """The usage of each command in the README's table, by the command's name."""
    usages = [words(row[0])[0] for row in rows(section(README, "Commands"))]
    return {usage.split()[0]: usage.replace("\\|", "|") for usage in usages}


def test_the_readme_lists_exactly_the_commands_there_are():
    assert set(command_rows()) == our_commands()


@pytest.mark.parametrize("name", sorted(our_commands()))
def test_the_readme_lists_exactly_the_options_of_a_command(name):
    shared = {o for a in BaseCommand().create_parser("", "")._actions for o in a.option_strings}
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    options = {option for action in parser._actions for option in action.option_strings}

    assert set(re.findall(r"--[a-z-]+", command_rows()[name])) == options - shared - {"--json"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_a_page_tells_to_run_exist(page):
    text = page.read_text(encoding="utf-8")
    told = set(re.findall(r"manage\.py ([a-z_]+)", text))
    django = {name for name, app in get_commands().items() if app not in OUR_APPS}
    assert told <= our_commands() | django


def test_make_targets_that_the_readme_tells_to_run_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    told = re.findall(r"(?:^|`)make ([a-z-]+)(?:$|`)", README.read_text("utf-8"), re.MULTILINE)
    assert {"run", "test"} <= set(told) <= targets


# What the portal sends, holds and can be set to


@pytest.mark.parametrize("topic", OutboxMessage.Topic.values)
def test_every_outbox_topic_is_explained(topic):
    assert topic in words(read(DOCS / "architecture.md"))


def test_the_runbook_has_every_cause_of_a_hold():
    causes = [row[0] for row in rows(section(DOCS / "runbook.md", "Causes of *Error*"))]
    assert sorted(causes) == sorted(str(label) for label in HOLD_REASONS.values())


def test_order_settings_are_listed_by_the_names_of_the_command():
    listed = [words(row[0])[0] for row in rows(read(DOCS / "order-settings.md"))]
    assert sorted(listed) == sorted(PARSERS)


@pytest.mark.parametrize(
    "name", sorted(name for name in PARSERS if OrderSettings._meta.get_field(name).choices)
)
def test_the_choices_of_an_order_setting_are_listed_default_first(name):
    field = OrderSettings._meta.get_field(name)
    row = next(r for r in rows(read(DOCS / "order-settings.md")) if words(r[0]) == [name])
    others = [value for value, _ in field.choices if value != field.default]
    assert words(row[1]) == [field.default, *others]


# Dependencies


def test_every_direct_dependency_is_explained_and_no_other():
    lines = [
        line
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / name).read_text("utf-8").splitlines()
    ]
    pinned = {match[0] for line in lines if (match := re.match(r"[a-z][a-z0-9-]*", line))}

    page = DOCS / "dependencies.md"
    headings = ("What the portal runs on", "What it is built and tested with")
    explained = [n for h in headings for row in rows(section(page, h)) for n in row[0].split(", ")]

    assert sorted(explained) == sorted(pinned)


# Links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_link_is_dead(page):
    dead = []
    for target in LINK.findall(read(page)):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        linked = (page.parent / path).resolve() if path else page
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            dead.append(target)
    assert dead == []


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [README]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        links = (page.parent / target.partition("#")[0] for target in LINK.findall(read(page)))
        pages = {link.resolve() for link in links if link.suffix == ".md" and link.exists()}
        waiting += pages - reached
    assert set(PAGES) - reached == set(), "Link it from README.md or from a page linked there."


def test_pages_that_the_code_speaks_of_exist():
    sources = [ROOT / "requirements.txt", ROOT / "Makefile", ROOT / "pyproject.toml"]
    for package in OUR_APPS | {"tests", "templates", "benchmarks"}:
        sources += [p for s in ("*.py", "*.html") for p in (ROOT / package).rglob(s)]
    missing = {
        (source.relative_to(ROOT).as_posix(), page)
        for source in sources
        for page in re.findall(r"\bdocs/[\w./-]*\w", source.read_text(encoding="utf-8"))
        if not (ROOT / page).exists() and not list(ROOT.glob(f"{page}-*.md"))
    }
    assert missing == set()


# The rest


def test_the_changelog_has_the_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    newest = re.search(r"^## (\S+)", read(ROOT / "CHANGELOG.md"), re.MULTILINE)[1]
    assert newest.rstrip(",") == project["version"]


def test_the_address_for_health_checks_is_the_documented_one():
    assert reverse("healthz") in words(read(README))
