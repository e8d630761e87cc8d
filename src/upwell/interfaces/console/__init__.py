"""Commands of the product at a terminal."""

import os
import sys

import django


def main(argv: list[str]) -> int:
    """Run one product command and give the exit code. `upwell help` lists the commands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upwell.config.settings")
    django.setup()
    # Models cannot be imported before the line above.
    from upwell.interfaces.console.commands import run

    return run(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
