"""The table of product commands and the way into each."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.management import execute_from_command_line

from upwell.interfaces.console import accounts, backup, imports, outside, serve, worker


@dataclass(frozen=True)
class Command:
    """One word a person may type after `upwell`, what it does, and the function that does it."""

    name: str
    purpose: str
    run: Callable[[list[str]], int]


def manage(arguments: list[str]) -> int:
    """Hand on to Django's own commands, such as `migrate` and `shell`."""
    execute_from_command_line(["upwell manage", *arguments])
    return 0


def explain(_arguments: list[str]) -> int:
    """Print every command with its purpose."""
    width = max(map(len, COMMANDS))
    for command in COMMANDS.values():
        print(f"upwell {command.name:<{width}}  {command.purpose}")
    return 0


COMMANDS = {
    command.name: command
    for command in [
        Command("serve", "start database, worker and web server together", serve.main),
        Command("demo", "the same with a demonstration organisation, loaded at the first start", serve.demo),
        Command("worker", "work on jobs only, beside a server started elsewhere", worker.main),
        Command("createadmin", "make an administrator account", accounts.createadmin),
        Command("import", "check, apply or undo an import of files", imports.main),
        Command("dump", "write the database to a file", backup.dump),
        Command("restore", "read the database from a file written by dump", backup.restore),
        Command("manage", "Django's own commands: migrate, shell, check, ...", manage),
        Command("help", "list the commands", explain),
    ]
}


def run(argv: list[str]) -> int:
    """Run the command named first. 2 when there is no such command, or no database for it."""
    name, *arguments = argv or ["help"]
    command = COMMANDS.get("help" if name in {"-h", "--help"} else name)
    if command is None:
        print(f"upwell has no command {name!r}. `upwell help` lists them.", file=sys.stderr)
        return 2
    wrong = outside.complaint(settings.DATABASE_URL) if settings.DATABASE_URL and name != "help" else None
    if wrong:
        print(f"upwell: {wrong}", file=sys.stderr)
        return 2
    return command.run(arguments)
