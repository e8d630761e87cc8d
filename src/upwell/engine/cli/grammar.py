"""What may be typed after a command's name, and the one sentence for whatever may not."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from typing import Final, NoReturn

from upwell.engine.cli.typed import Kind, listed, shortened
from upwell.engine.errors import ParameterError

NEGATIVE: Final = re.compile(r"-\.?[0-9]")
HELP_WIDTH: Final = 79


class Misused(ParameterError):
    """The command was typed in a way it does not take; the message is one sentence."""


class Command(argparse.ArgumentParser):
    """One command. Words it does not take raise `Misused` instead of printing a block of usage."""

    def __init__(self, name: str, purpose: str, epilog: str) -> None:
        super().__init__(
            prog=f"upwell {name}",
            description=purpose,
            epilog=epilog,
            formatter_class=_Help,
            allow_abbrev=False,
            exit_on_error=False,
        )

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The values of typed words.

        Raises:
            Misused: a word is unknown, given twice, missing, or its value is not what it takes.
        """
        tied = self._tied(words)
        self._known(tied)
        try:
            found, over = self.parse_known_args(tied)
        except argparse.ArgumentError as reason:
            raise Misused(self._wrong(reason)) from None
        if over:
            places = listed([_place(action) for action in self._actions if not action.option_strings]) or "no file"
            raise Misused(f"'{shortened(over[0])}' is one word too many; the command takes {places} and options.")
        return found

    def options(self) -> list[argparse.Action]:
        """Every file and option in the order of the help, without the help itself."""
        return [action for action in self._actions if action.dest != "help"]

    def error(self, message: str) -> NoReturn:
        """What argparse says of missing words, as a sentence."""
        names = {name.strip() for name in message.rpartition(":")[2].split(",")}
        missing = [action for action in self._actions if action.required and _name(action) in names]
        if not missing:
            raise Misused(f"{message[:1].upper()}{message[1:]}.")
        shown = [_name(action) for action in missing]
        if len(missing) == 1:
            raise Misused(f"{shown[0]} is missing{_takes(missing[0])}.")
        both = f"{', '.join(shown[:-1])} and {shown[-1]}"
        raise Misused(f"{both} are missing; `{self.prog} --help` has examples.")

    def _by_name(self) -> dict[str, argparse.Action]:
        return {name: action for action in self._actions for name in action.option_strings}

    def _tied(self, words: Sequence[str]) -> list[str]:
        """Words with a value that begins with a minus tied to its option, which would else look like one."""
        known = self._by_name()
        out: list[str] = []
        for word in words:
            before = known.get(out[-1]) if out else None
            if before is not None and before.nargs != 0 and NEGATIVE.match(word):
                out[-1] = f"{out[-1]}={word}"
            else:
                out.append(word)
        return out

    def _known(self, words: Sequence[str]) -> None:
        known = self._by_name()
        seen: set[str] = set()
        for word in words:
            if word == "--":
                return
            name = word.partition("=")[0]
            if not word.startswith("-") or word == "-" or NEGATIVE.match(word):
                continue
            action = known.get(name)
            if action is None:
                near = difflib.get_close_matches(name, [n for n in known if n.startswith("--")], 1, 0.6)
                hint = f"; the nearest is {near[0]}" if near else ""
                raise Misused(f"There is no option '{shortened(name)}'{hint}; `{self.prog} --help` lists them.")
            if name in seen and action.nargs != 0 and not isinstance(action.default, list):
                raise Misused(f"{name} is given twice; say it once.")
            seen.add(name)

    def _wrong(self, reason: argparse.ArgumentError) -> str:
        action = self._by_name().get(str(reason.argument_name).split("/")[-1])
        name = str(reason.argument_name)
        if "expected" in reason.message and action is not None:
            return f"{name} needs a value{_takes(action)}."
        if "explicit argument" in reason.message:
            return f"{name} is a switch and takes no value."
        return f"{name} {reason.message}."


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=HELP_WIDTH)


def _name(action: argparse.Action) -> str:
    return "/".join(action.option_strings) or _place(action)


def _place(action: argparse.Action) -> str:
    return str(action.metavar or action.dest.upper())


def _takes(action: argparse.Action) -> str:
    if isinstance(action.type, Kind):
        return f"; it takes {action.type.takes}"
    return ": " + (action.help or "").partition(";")[0]
