"""The one entry point `upwell`: analyst commands go to the engine, all others to the product."""

from __future__ import annotations

import sys
from collections.abc import Sequence

ANALYST = ("loop", "simulate", "levels", "gaps", "assign", "impact")
SERVER_PACKAGE = "django"
HELP = ("help", "-h", "--help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (default: the process's own) and give its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if len(words) > 1 and words[0] == "help" and words[1] in ANALYST:
        words = [words[1], "--help"]
    if words and words[0] in ANALYST:
        from upwell.engine.cli import commands  # the product's commands need none of the engine

        return commands.main(words)
    from upwell.config.environment import SettingError

    try:
        from upwell.interfaces import console  # the engine works where Django is not installed

        code = console.main(words)
    except SettingError as reason:
        sys.stderr.write(f"upwell: {reason}\n")
        return 2
    except ModuleNotFoundError as reason:
        if (reason.name or "").split(".")[0] != SERVER_PACKAGE:
            raise
        if not words or words[0] in HELP:
            sys.stdout.write(f"{_analysts()}The product is not installed: pip install 'upwell[server]'\n")
            return 0
        sys.stderr.write(
            f"upwell: '{words[0]}' is a command of the product; install it with: pip install 'upwell[server]'\n"
            f"Without it these commands work: {', '.join(ANALYST)}.\n"
        )
        return 2
    if not words or words[0] in HELP:
        sys.stdout.write(f"\n{_analysts()}")
    return code


def _analysts() -> str:
    from upwell.engine.cli import examples

    width = max(map(len, ANALYST))
    rows = "".join(f"upwell {name:<{width}}  {' '.join(examples.PURPOSE[name].split())}\n" for name in ANALYST)
    return f"For analysts, on files and without a server; `upwell NAME --help` explains each:\n{rows}"


if __name__ == "__main__":
    sys.exit(main())
