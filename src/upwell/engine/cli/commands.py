"""The analysts' command line: what may be typed, and one clear sentence for whatever is wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from upwell.engine.cli import answers, examples, loop, outputs, panel_files, rating_files, reading, simulating, single
from upwell.engine.cli.outputs import Finished
from upwell.engine.cli.progress import Progress
from upwell.engine.cli.typed import amount, count, day, grid, seed, share
from upwell.engine.errors import EngineError
from upwell.engine.impact import Mechanism
from upwell.engine.levels import SOURCES

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
        return _refused(options.command, " ".join(str(reason).split()))
    except (pa.ArrowException, ArithmeticError, np.linalg.LinAlgError) as reason:
        return _refused(options.command, f"The data cannot be worked on: {' '.join(str(reason).split())}")
    except MemoryError:
        return _refused(options.command, "The data do not fit into memory; name fewer columns or rows.")
    except KeyboardInterrupt:
        sys.stderr.write(f"\nupwell {options.command}: stopped; what was finished is kept.\n")
        return STOPPED
    return 0


def _refused(command: str, words: str) -> int:
    sys.stderr.write(f"upwell {command}: {words}\n")
    return BAD_INPUT


def parser() -> argparse.ArgumentParser:
    """All analyst commands."""
    top = argparse.ArgumentParser(prog="upwell", description="From evidence to level, gap, cause, plan and effect.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, purpose: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=purpose,
            description=examples.PURPOSE[name],
            epilog=examples.EXAMPLES[name],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    _loop(command("loop", "run the whole loop over a folder of CSV or Parquet files"))
    _simulate(command("simulate", "write a folder of simulated files with known truth"))
    _levels(command("levels", "levels, severities and agreement from a ratings file"))
    _gaps(command("gaps", "gaps from a levels file and a requirements file"))
    _assign(command("assign", "a plan under a budget from a candidates file"))
    _impact(command("impact", "effect and verdict from a panel file"))
    return top


def _loop(command: argparse.ArgumentParser) -> None:
    command.add_argument("dir", type=Path, help="folder with people, requirements, ratings and more")
    command.add_argument("--out", type=Path, required=True, help="folder for tables and report.html")
    command.add_argument("--budget", type=amount, help="money to spend; default a quarter of what all would cost")
    command.add_argument("--hours", type=amount, help="most hours per person")
    command.add_argument("--as-of", type=day, help="day of the picture, YYYY-MM-DD; default the last rating")
    command.add_argument("--seed", type=seed, default=1, help="seed of everything drawn (default 1)")
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
    command.add_argument("--people", type=count, required=True, help="number of people, at least 10")
    command.add_argument("--seed", type=seed, required=True, help="the same seed writes the same files")
    command.add_argument("--months", type=count, default=24, help="months of history (default 24)")
    command.add_argument("--as-of", type=day, help="last day, YYYY-MM-DD")
    command.add_argument("--defects", choices=("none", "real", "hostile"), default="none", help="faults put in")
    command.add_argument("--format", choices=("csv", "parquet"), default="csv", help="of the files (default csv)")
    command.add_argument("--json", action="store_true", help="print what was written as JSON")
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
    if options.json:
        sys.stdout.write(answers.text(simulating.summary(options.out, drawn, options.seed)) + "\n")
        return
    words = f"{drawn.people.num_rows:,} people, {drawn.ratings.num_rows:,} ratings; the truth is in the folder truth"
    sys.stdout.write(f"{options.out}: {words}\n")


def _levels(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, help="person, rater, category [, capability, source, rated_on]")
    command.add_argument(
        "--model", choices=rating_files.MODELS, default="ep", help="ep: levels 0-5 (default); mfrm: logits"
    )
    command.add_argument("--as-of", type=day, help="day of the picture, YYYY-MM-DD; default the last rating")
    command.add_argument("--facet", action="append", default=[], metavar="COLUMN", help="mfrm: a further facet; repeat")
    command.add_argument(
        "--grid", type=grid, default="converged", help="mfrm: 'converged' (default), or 21 fixed nodes"
    )
    command.add_argument("--steps", choices=("common", "item"), default="common", help="mfrm: item is partial credit")
    command.add_argument("--categories", metavar="LOW-HIGH", help="ep: range of the scale where it is not 1-5")
    command.add_argument("--cuts", metavar="CUTS", help="ep: published cuts (1.5,2.5,3.5,4.5), or 'learned'")
    command.add_argument("--source", choices=SOURCES, help="ep: who the raters are, where the file does not say")
    command.add_argument("--seed", type=seed, default=1, help="of the intervals of agreement (default 1)")
    _files(command)
    command.set_defaults(run=_run_levels)


def _run_levels(options: argparse.Namespace) -> None:
    asked = rating_files.Request(
        path=options.file,
        model=options.model,
        as_of=options.as_of,
        facets=tuple(options.facet),
        grid=options.grid,
        steps=options.steps,
        categories=None if options.categories is None else rating_files.categories_of(options.categories),
        cuts=rating_files.cuts_of(options.cuts),
        source=options.source,
        seed=options.seed,
        how=_how(options),
    )
    _finish(options, lambda: rating_files.run(asked))


def _gaps(command: argparse.ArgumentParser) -> None:
    command.add_argument("levels", type=Path, help="person, capability, level, sd")
    command.add_argument("requirements", type=Path, help="person, capability, role, required, weight")
    command.add_argument("--material", type=amount, default=0.25, help="smallest gap that matters, levels (.25)")
    _files(command)
    command.set_defaults(
        run=lambda o: _finish(o, lambda: single.gaps_of(o.levels, o.requirements, material=o.material, how=_how(o)))
    )


def _assign(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, help="person, intervention, value, cost, hours")
    command.add_argument("--budget", type=amount, required=True, help="money to spend")
    command.add_argument("--hours", type=amount, help="most hours per person")
    command.add_argument("--fairness-floor", type=share, help="least share of each unit that gets something, 0 to 1")
    _files(command)
    command.set_defaults(
        run=lambda o: _finish(
            o,
            lambda: single.plan_of(o.file, budget=o.budget, hours=o.hours, floor=o.fairness_floor, how=_how(o)),
        )
    )


def _impact(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", type=Path, help="unit, period, outcome, first_treated [, cluster, stratum, assigned_by]"
    )
    command.add_argument(
        "--mechanism", choices=[str(m) for m in Mechanism], required=True, help="why people were treated when they were"
    )
    command.add_argument("--control", choices=("notyet", "never"), default="notyet", help="whom to compare with")
    command.add_argument("--smallest-worthwhile", type=amount, help="smallest effect worth having, unit of the outcome")
    command.add_argument("--donut", type=count, default=3, help="periods before treatment to leave out (default 3)")
    command.add_argument("--seed", type=seed, default=1, help="of the simultaneous band (default 1)")
    command.add_argument("--lower-is-better", action="store_true", help="a smaller outcome is the better one")
    command.add_argument("--treated", metavar="COLUMN", help="0/1 column to work first_treated out from")
    command.add_argument("--min-group", type=count, default=5, help="fewest treated or untreated units (default 5)")
    command.add_argument("--unit-word", choices=("units", "people"), default="units", help="what sentences call a unit")
    command.add_argument("--synthetic", action="store_true", help="units are teams or regions: synthetic DiD beside it")
    command.add_argument("--drop-missing", action="store_true", help="leave out rows without an outcome")
    _files(command)
    command.set_defaults(run=_run_impact)


def _run_impact(options: argparse.Namespace) -> None:
    chosen = {
        "mechanism": options.mechanism,
        "control": options.control,
        "smallest_worthwhile": options.smallest_worthwhile,
        "donut": options.donut,
        "seed": options.seed,
        "higher_is_better": not options.lower_is_better,
        "min_group": options.min_group,
        "who": options.unit_word,
    }
    asked = panel_files.Request(
        options.file, chosen, options.treated, options.drop_missing, options.synthetic, _how(options)
    )
    _finish(options, lambda: panel_files.run(asked))


def _files(command: argparse.ArgumentParser) -> None:
    command.add_argument("--columns", action="append", default=[], metavar="OURS=THEIRS", help="other column names")
    command.add_argument("--most-gb", type=amount, default=reading.MOST_GB, help="largest file to read (default 4)")
    command.add_argument("--out", type=Path, help="folder, or a file .csv, .csv.gz, .parquet (tables) or .json")
    command.add_argument("--format", choices=("csv", "parquet"), default="parquet", help="of tables in a folder")
    command.add_argument("--plot", type=Path, action="append", default=[], metavar="FILE", help=".svg or .png; repeat")
    command.add_argument("--json", action="store_true", help="print the whole answer as JSON")


def _how(options: argparse.Namespace) -> reading.Reading:
    return reading.Reading(reading.parse_names(options.columns), options.most_gb)


def _finish(options: argparse.Namespace, work: Callable[[], Finished]) -> None:
    """Work, leave the files, and print the answer as JSON or in a few lines."""
    plots = tuple(options.plot)
    outputs.check(options.out, plots, options.format)
    read = [value for name, value in vars(options).items() if isinstance(value, Path) and name != "out"]
    outputs.spare(read, options.out, plots)
    done = work()
    outputs.write(done, options.out, plots, options.format)
    if options.json:
        sys.stdout.write(answers.text(done.answer) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in done.lines))
