"""Rules of the house that a reader cannot see in one file."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from django.apps import apps
from django_fsm import FSMField

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [
    ROOT / "manage.py",
    *(
        path
        for package in ("sync_portal", "channels", "orders", "customers")
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ),
]


def places(finds: Callable[[ast.AST], Iterator[ast.AST]]) -> set[str]:
    """The files in which a rule finds something, as paths from the root."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if any(finds(ast.parse(path.read_text(encoding="utf-8"))))
    }


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Calls of a method with one of these names."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in names
        ):
            yield node


# State moves by transitions


def fsm_columns() -> set[str]:
    return {
        field.name
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FSMField)
    }


def state_updates(tree: ast.AST) -> Iterator[ast.AST]:
    """`.update(state=…)`, and `.update(**values)` which may hold anything."""
    for call in calls(tree, "update", "aupdate", "update_or_create"):
        if {keyword.arg for keyword in call.keywords} & {*fsm_columns(), None}:
            yield call


def bulk_state_writes(tree: ast.AST) -> Iterator[ast.AST]:
    """bulk_update(), and bulk_create() that updates what is there: both bypass transitions.

    So does update_rows() of customers/bulk.py, a function.
    """
    yield from calls(tree, "bulk_update", "abulk_update")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "update_rows":
            yield node
    for call in calls(tree, "bulk_create", "abulk_create"):
        if any(keyword.arg in {"update_conflicts", "update_fields"} for keyword in call.keywords):
            yield call


def reloads(tree: ast.AST) -> Iterator[ast.AST]:
    yield from calls(tree, "refresh_from_db", "arefresh_from_db")


def test_the_machines_are_known():
    assert fsm_columns() == {"state", "status", "placement"}


def test_state_is_updated_past_transitions_only_where_a_guard_stands_beside_it():
    assert places(state_updates) == {
        "channels/services/closing.py",  # confirmations that are stopped
        "orders/services/cancellation.py",
        "orders/services/outbox.py",
        "orders/services/states.py",
        "orders/models/fields.py",
        "channels/services/bulk.py",  # rows of jobs have no machine
        "channels/services/errors_log.py",  # **columns of a model without a machine
    }


def test_rows_are_upserted_only_by_the_import():
    assert places(bulk_state_writes) == {
        "customers/bulk.py",  # update_rows() itself
        "channels/services/importing.py",
        "channels/services/following.py",  # amounts and quantities
        "channels/services/taking_over.py",  # units shipped
        "orders/services/catalog.py",  # products, which have no machine
        "channels/services/following_addresses.py",  # addresses have no machine
        "channels/services/fba_packages.py",  # packages have no machine
        "customers/services/profiles.py",  # customers have no machine
        "orders/services/inventory.py",  # products, too
    }


def test_nobody_reloads_a_row():
    # django-fsm-2: a failed refresh_from_db() leaves the class unprotected. Fetch again instead.
    assert places(reloads) == set()


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (state_updates, "Order.objects.filter(pk=1).update(state='complete')"),
        (state_updates, "rows.update(**values)"),
        (state_updates, "Order.objects.update_or_create(pk=1, placement='held')"),
        (bulk_state_writes, "Order.objects.bulk_update(rows, ['state'])"),
        (bulk_state_writes, "Order.objects.bulk_create(rows, update_conflicts=True)"),
        (bulk_state_writes, "update_rows(rows, ['state'])"),
        (reloads, "def f(order):\n    order.refresh_from_db(fields=['state'])"),
    ],
)
def test_the_rules_find_what_they_look_for(rule, source):
    assert len(list(rule(ast.parse(source)))) == 1


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (state_updates, "Order.objects.update(proven_at=None)"),
        (bulk_state_writes, "Order.objects.bulk_create(rows)"),
        (bulk_state_writes, "insert_rows(rows)"),
        (reloads, "Order.objects.get(pk=order.pk)"),
    ],
)
def test_the_rules_leave_the_rest_alone(rule, source):
    assert list(rule(ast.parse(source))) == []


# The environment


def environment_reads(tree: ast.AST) -> Iterator[ast.AST]:
    """os.environ, os.getenv and their like; naming the settings module is not reading."""
    excused = {id(part) for node in ast.walk(tree) if _is_excused(node) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in excused:
            continue
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}:
            if isinstance(node.value, ast.Name) and node.value.id == "os":
                yield node
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (name for name in node.names if name.name in {"environ", "getenv"})


def _is_excused(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node).startswith("os.environ.setdefault('DJANGO_SETTINGS_MODULE'")
    # {**os.environ, …}: handing the whole of it on to a child process
    return isinstance(node, ast.Dict) and "**os.environ" in ast.unparse(node)


def test_one_module_reads_the_environment():
    assert places(environment_reads) == {"sync_portal/env.py"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os\nx = os.environ['A']", 1),
        ("import os\nx = os.getenv('A')", 1),
        ("from os import environ", 1),
        ("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')", 0),
        ("import os\nrun(env={**os.environ, 'A': 'b'})", 0),
        ("def app(environ):\n    return environ['wsgi.input']", 0),
    ],
)
def test_the_rule_of_the_environment_finds_readers(source, found):
    assert len(list(environment_reads(ast.parse(source)))) == found


# Imports and packages


def test_imports_follow_the_contracts():
    """In a process of its own: it switches the loggers of this one off."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_contracts_are_there():
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    assert {contract["name"] for contract in contracts} >= {
        "Apps point one way",
        "Inside channels",
        "Inside orders",
        "Inside customers",
        "The client and the sandbox know neither Django nor us",
        "Apps never import the project",
    }


def test_the_inactive_django_fsm_is_not_installed():
    # The same import name as django-fsm-2, and it skips protected states.
    with pytest.raises(PackageNotFoundError):
        distribution("django-fsm")
    assert distribution("django-fsm-2").version.startswith("4.")
