"""Writes the reference pages that are made from the code: commands, run kinds, permissions, engine functions.

`python ops/reference.py` writes them; a guard among the tests compares them with the code.
"""

import argparse
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reference"
STEPS = (
    "levels",
    "gaps",
    "diagnosis",
    "assignment",
    "returns",
    "impact",
    "disclosure",
    "forecast",
    "talent",
    "simulate",
    "executors",
)
NOTE = "Written by `make docs` from the code; do not edit.\n"


def commands() -> str:
    """Every product command, and every analyst command with its options and examples."""
    from upwell.__main__ import ANALYST
    from upwell.interfaces.console.commands import COMMANDS

    rows = [f"| `upwell {command.name}` | {command.purpose} |" for command in COMMANDS.values()]
    product = ["## Of the product", "", "| command | does |", "| --- | --- |", *rows]
    words = (
        "Files in, files out; they work without the product installed. Columns and answers: [files](analyst-files.md)."
    )
    analyst = ["## For analysts", "", words]
    return page("Commands", [*product, "", *analyst, *(line for name in ANALYST for line in analyst_command(name))])


def analyst_command(name: str) -> list[str]:
    """One command of the engine: purpose, what may be typed, and what its help says below."""
    from upwell.engine.cli import options

    command = options.command(name)
    rows = [
        f"| {typed(action)} | {(action.help or '').replace('|', chr(92) + '|')} | {'yes' if action.required else ''} |"
        for action in command.options()
    ]
    purpose = " ".join((command.description or "").split())
    table = ["| word | is | needed |", "| --- | --- | --- |", *rows]
    return ["", f"### `upwell {name}`", "", purpose, "", *table, "", "```text", command.epilog or "", "```"]


def typed(action: argparse.Action) -> str:
    """A word of a command as it is typed."""
    place = f" {action.metavar}" if action.metavar else ""
    return f"`{action.option_strings[-1]}{place}`" if action.option_strings else f"`{place.strip()}`"


def run_kinds() -> str:
    """Every kind of background run and what its handler says of itself."""
    from upwell.foundation.runs.jobs import HANDLERS
    from upwell.interfaces.console import worker

    assert worker.JOBS
    rows = [f"| `{kind}` | {first_line(handler)} |" for kind, handler in sorted(HANDLERS.items())]
    return page("Run kinds", ["| kind | does |", "| --- | --- |", *rows])


def permissions() -> str:
    """Every permission with the circle it is made for."""
    from upwell.access.permissions import Permission
    from upwell.access.scopes import IN_WORDS, Scope

    rows = []
    for permission in sorted(Permission):
        scope, noun, verb = permission.split(":")
        rows.append(f"| `{permission}` | {verb} {noun} | {IN_WORDS[Scope(scope)]} |")
    return page("Permissions", ["| permission | allows to | of |", "| --- | --- | --- |", *rows])


def engine() -> str:
    """Every public function of the engine's steps, with the page that explains its method."""
    rows = []
    for step in STEPS:
        for name, function in public_functions(step):
            call = f"`{step}.{name}`"
            rows.append(f"| {call} | {first_line(function)} | [{step}](../methods/{step}.md) |")
    return page("Functions of the engine", ["| function | does | method |", "| --- | --- | --- |", *rows])


def public_functions(step: str) -> list[tuple[str, Callable[..., object]]]:
    """The functions a step offers to its callers."""
    module = __import__(f"upwell.engine.{step}", fromlist=[step])
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    found = ((name, getattr(module, name)) for name in sorted(names))
    return [(name, value) for name, value in found if inspect.isfunction(value) and module.__name__ in value.__module__]


def first_line(thing: object) -> str:
    """The first sentence of a docstring, fit for a table."""
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def page(title: str, lines: list[str]) -> str:
    """One page."""
    return "\n".join([f"# {title}", "", NOTE, *lines, ""])


MAKERS: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "run-kinds.md": run_kinds,
    "permissions.md": permissions,
    "engine.md": engine,
}


def main() -> int:
    """Write every page."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwell.config.settings_types")
    django.setup()
    PAGES.mkdir(parents=True, exist_ok=True)
    for name, maker in MAKERS.items():
        (PAGES / name).write_text(maker(), encoding="utf-8")
        print(f"docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
