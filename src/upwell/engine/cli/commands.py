"""The analysts' command line: what may be typed, and one clear sentence for whatever is wrong."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from upwell.engine.cli import loop, simulating, single
from upwell.engine.cli.progress import Progress
from upwell.engine.errors import EngineError
from upwell.engine.impact import Mechanism

NAMES = ("loop", "simulate", "levels", "gaps", "assign", "impact")
BAD_INPUT = 2
STOPPED = 130


def main(argv: Sequence[str]) -> int:
    """Run one command. Returns 0, or 2 with one sentence on standard error when the input is at fault."""
    options = parser().parse_args(argv)
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
    except BrokenPipeError:
        return 0
    except (EngineError, OSError) as reason:
        sys.stderr.write(f"upwell {options.command}: {reason}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        sys.stderr.write(f"\nupwell {options.command}: stopped; what was finished is kept.\n")
        return STOPPED
    return 0


def parser() -> argparse.ArgumentParser:
    """All analyst commands."""
    top = argparse.ArgumentParser(prog="upwell", description="From evidence to level, gap, cause, plan and effect.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _loop(commands.add_parser("loop", help="run the whole loop over a folder of CSV or Parquet files"))
    _simulate(commands.add_parser("simulate", help="write a folder of simulated files with known truth"))
    _levels(commands.add_parser("levels", help="levels from a ratings file"))
    _gaps(commands.add_parser("gaps", help="gaps from a levels file and a requirements file"))
    _assign(commands.add_parser("assign", help="a plan under a budget from a candidates file"))
    _impact(commands.add_parser("impact", help="effect and verdict from a panel file"))
    return top


def _loop(command: argparse.ArgumentParser) -> None:
    command.add_argument("dir", type=Path, help="folder with people, requirements, ratings and more")
    command.add_argument("--out", type=Path, required=True, help="folder for tables and report.html")
    command.add_argument("--budget", type=_amount, help="money to spend; default a quarter of what all would cost")
    command.add_argument("--hours", type=_amount, help="most hours per person")
    command.add_argument("--as-of", type=_day, help="day of the picture, YYYY-MM-DD; default the last rating")
    command.add_argument("--seed", type=_seed, default=1, help="seed of everything drawn (default 1)")
    command.add_argument("--quiet", action="store_true", help="no progress")
    command.set_defaults(run=_run_loop)


def _run_loop(options: argparse.Namespace) -> None:
    progress = Progress(len(loop.STEPS) + 2, sys.stderr, options.quiet)
    outcome = loop.run(
        options.dir,
        options.out,
        progress=progress,
        as_of=options.as_of,
        seed=options.seed,
        budget=options.budget,
        hours=options.hours,
    )
    sys.stdout.write(f"{outcome.report}\n")


def _simulate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", type=Path, required=True, help="an empty or new folder")
    command.add_argument("--people", type=int, required=True, help="number of people, at least 10")
    command.add_argument("--seed", type=_seed, required=True)
    command.add_argument("--months", type=int, default=24)
    command.add_argument("--as-of", type=_day, help="last day, YYYY-MM-DD")
    command.add_argument("--defects", choices=("none", "real", "hostile"), default="none")
    command.add_argument("--format", choices=("csv", "parquet"), default="csv")
    command.set_defaults(run=_run_simulate)


def _run_simulate(options: argparse.Namespace) -> None:
    drawn = simulating.write(
        options.out,
        people=options.people,
        seed=options.seed,
        months=options.months,
        as_of=options.as_of,
        defects=options.defects,
        file_format=options.format,
    )
    words = f"{drawn.people.num_rows:,} people, {drawn.ratings.num_rows:,} ratings; the truth is in the folder truth"
    sys.stdout.write(f"{options.out}: {words}\n")


def _levels(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path)
    command.add_argument("--as-of", type=_day)
    _outputs(command)
    command.set_defaults(
        run=lambda o: _answer(o, single.levels_of(o.file, as_of=o.as_of, out=o.out), ("levels", "raters"))
    )


def _gaps(command: argparse.ArgumentParser) -> None:
    command.add_argument("levels", type=Path)
    command.add_argument("requirements", type=Path, help="person, capability, role, required, weight")
    command.add_argument("--material", type=_amount, default=0.25, help="smallest gap that matters, in levels")
    _outputs(command)
    command.set_defaults(
        run=lambda o: _answer(o, single.gaps_of(o.levels, o.requirements, material=o.material, out=o.out), ("gaps",))
    )


def _assign(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, help="person, intervention, value, cost, hours")
    command.add_argument("--budget", type=_amount, required=True)
    command.add_argument("--hours", type=_amount, help="most hours per person")
    command.add_argument("--fairness-floor", type=_amount, help="least share of each unit that gets something, 0 to 1")
    _outputs(command)
    command.set_defaults(
        run=lambda o: _answer(
            o,
            single.plan_of(o.file, budget=o.budget, hours=o.hours, floor=o.fairness_floor, out=o.out),
            ("value", "bound", "gap", "spent"),
        )
    )


def _impact(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, help="unit, period, outcome, first_treated")
    command.add_argument("--mechanism", choices=[str(m) for m in Mechanism], required=True)
    command.add_argument("--control", choices=("notyet", "never"), default="notyet")
    command.add_argument("--smallest-worthwhile", type=_amount)
    command.add_argument("--donut", type=int, default=3)
    command.add_argument("--seed", type=_seed, default=1)
    command.add_argument("--lower-is-better", action="store_true")
    _outputs(command)
    command.set_defaults(run=_run_impact)


def _run_impact(options: argparse.Namespace) -> None:
    chosen = {
        "mechanism": options.mechanism,
        "control": options.control,
        "smallest_worthwhile": options.smallest_worthwhile,
        "donut": options.donut,
        "seed": options.seed,
        "higher_is_better": not options.lower_is_better,
    }
    answer = single.effect_of(options.file, chosen, out=options.out)
    _answer(options, answer, ("verdict", "bracket"))


def _outputs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", type=Path, help="folder for Parquet tables")
    command.add_argument("--json", action="store_true", help="print the whole answer as JSON")


def _answer(options: argparse.Namespace, answer: dict[str, Any], lead: tuple[str, ...]) -> None:
    """The whole answer as JSON, or its lead in a few lines."""
    if options.json:
        sys.stdout.write(json.dumps(finite(answer), default=str, allow_nan=False) + "\n")
        return
    for name in lead:
        value = answer.get(name)
        words = f"{len(value):,} rows" if isinstance(value, list) else json.dumps(value, default=str)
        sys.stdout.write(f"{name}: {words}\n")


def finite(value: Any) -> Any:
    """The same value with every number that is not finite turned into None, which JSON can hold."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _amount(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError("must be zero or more")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must be zero or more")
    return value


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no date; write YYYY-MM-DD") from None
