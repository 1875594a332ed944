"""Writes docs/state-machines.md from the transitions in the code.

Run ``python -m docs.state_machines``; tests/test_docs.py fails while the page is stale.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("state-machines.md")
HEAD = """\
# State machines

Written by `python -m docs.state_machines` from the transitions in the code; change them there.

A move that is not listed is refused. A transition sets columns of its own row and nothing else: it
saves nothing, reads no clock and calls nobody. Services call transitions; pages, commands and tasks
call services. How bulk code keeps to this: [ADR 0002](adr/0002-django-fsm-2.md).
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A state column, its states as Django choices, and in one sentence what moves it."""

    model: type[Any]
    column: str
    states: type[Any]
    moved_by: str

    @property
    def title(self) -> str:
        return f"{self.model.__name__}.{self.column}"

    @property
    def start(self) -> str:
        return str(self.model._meta.get_field(self.column).default)


@dataclass(frozen=True, slots=True)
class Move:
    """A transition: from each of `sources` to one of `targets`."""

    name: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    meaning: str


def machines() -> list[Machine]:
    """The portal's machines. Needs Django to be set up."""
    from channels.models import channel_order
    from orders.models import cancellation, commerce_order, outbox

    return [
        Machine(
            channel_order.ChannelOrder, "status", channel_order.Status,
            "What Amazon says. The import moves it by the `amazon_…` transitions and notes a move "
            "it refuses. Shipping in the portal moves it ahead of Amazon's list by `ship` and "
            "`ship_partially`, taking a package back moves it back.",
        ),
        Machine(
            channel_order.ChannelOrder, "placement", channel_order.Placement,
            "What the portal did with the order. The placing service moves it by order settings.",
        ),
        Machine(
            commerce_order.CommerceOrder, "state", commerce_order.State,
            "The merchant's order. Shipping, taking back, the import and staff (`hold`, `unhold`) "
            "move it. Nothing calls `close` yet.",
        ),
        Machine(
            outbox.OutboxMessage, "state", outbox.State,
            "A confirmation on its way to Amazon. The delivery service moves it; staff may "
            "`resend`.",
        ),
        Machine(
            cancellation.Cancellation, "state", cancellation.State,
            "A request to cancel. Staff write it and may `withdraw` it; feeds move it; the import "
            "ends it with what Amazon shows.",
        ),
    ]  # fmt: skip


def render() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_section(machine) for machine in machines())])


def moves(machine: Machine) -> list[Move]:
    """The machine's transitions in the order of the code."""
    field = machine.model._meta.get_field(machine.column)
    sources: dict[Any, set[str]] = {}
    for declared in field.get_all_transitions(machine.model):
        sources.setdefault(declared, set()).add(declared.source)
    return [
        Move(
            name=declared.name,
            sources=tuple(state for state in machine.states.values if state in sources[declared]),
            targets=tuple(getattr(declared.target, "allowed_states", (declared.target,))),
            meaning=_meaning(declared),
        )
        for declared in sorted(sources, key=lambda t: t.method.__code__.co_firstlineno)
    ]


def _meaning(declared: Any) -> str:
    """The transition's docstring, and what must be true besides the source."""
    conditions = (f"Condition: {_line(condition.__doc__)}" for condition in declared.conditions)
    return " ".join(filter(None, (_line(declared.method.__doc__), *conditions)))


def _line(docstring: str | None) -> str:
    return " ".join((docstring or "").split())


def _section(machine: Machine) -> str:
    found = moves(machine)
    return "\n".join(
        [
            f"## {machine.title}\n",
            f"{machine.moved_by}\n",
            "```mermaid",
            *_diagram(machine, found),
            "```\n",
            "| transition | from | to | meaning |",
            "|---|---|---|---|",
            *(_row(move) for move in found),
            "",
        ]
    )


def _diagram(machine: Machine, found: Iterable[Move]) -> list[str]:
    names: dict[tuple[str, str], list[str]] = {}
    for move in found:
        for source in move.sources:
            for target in move.targets:
                names.setdefault((source, target), []).append(move.name)
    left = {source for source, _ in names}
    return [
        "stateDiagram-v2",
        *(f'    state "{label}" as {state}' for state, label in machine.states.choices),
        f"    [*] --> {machine.start}",
        *(f"    {a} --> {b}: {', '.join(via)}" for (a, b), via in names.items()),
        *(f"    {state} --> [*]" for state in machine.states.values if state not in left),
    ]


def _row(move: Move) -> str:
    return f"| `{move.name}` | {_states(move.sources)} | {_states(move.targets)} | {move.meaning} |"


def _states(states: Iterable[str]) -> str:
    return ", ".join(f"`{state}`" for state in states)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sync_portal.settings")
    import django

    django.setup()
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
