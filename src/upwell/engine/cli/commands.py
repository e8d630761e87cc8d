"""The analysts' command line: runs what was typed, and says one clear sentence for whatever is wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from upwell.engine.cli import (
    answers,
    assign_files,
    charts,
    loop,
    options,
    outputs,
    panel_files,
    panel_returns,
    rating_files,
    rating_scales,
    reading,
    simulating,
    single,
)
from upwell.engine.cli.outputs import Finished
from upwell.engine.cli.progress import Progress
from upwell.engine.errors import EngineError

NAMES: Final = options.NAMES
BAD_INPUT = 2
STOPPED = 130


def main(argv: Sequence[str]) -> int:
    """Run the command named first. Returns 0, or 2 with one sentence on standard error when the input is at fault."""
    name, *words = argv
    try:
        typed = options.command(name).read(words)
        RUNNERS[name](typed)
    except BrokenPipeError:
        return 0
    except MemoryError:
        return _refused(name, "The data do not fit into memory; keep only the columns and rows that are needed.")
    except EngineError as reason:
        return _refused(name, " ".join(str(reason).split()))
    except OSError as reason:
        return _refused(name, _of_the_system(reason))
    except (pa.ArrowException, ArithmeticError, np.linalg.LinAlgError):
        return _refused(
            name, "The data cannot be worked on; a column may hold numbers that are too large, or of another kind."
        )
    except KeyboardInterrupt:
        sys.stderr.write(f"\nupwell {name}: stopped; what was finished is kept.\n")
        return STOPPED
    return 0


def _refused(command: str, words: str) -> int:
    sys.stderr.write(f"upwell {command}: {words}\n")
    return BAD_INPUT


def _of_the_system(reason: OSError) -> str:
    """What the operating system says, without its numbers."""
    words = (reason.strerror or "it cannot be read or written").casefold()
    return f"'{reason.filename}' cannot be used: {words}." if reason.filename else f"A file cannot be used: {words}."


def _loop(typed: argparse.Namespace) -> None:
    progress = Progress(len(loop.STEPS) + 2, sys.stderr, typed.quiet)
    outcome = loop.run(
        typed.dir,
        typed.out,
        progress=progress,
        as_of=typed.as_of,
        seed=typed.seed,
        budget=typed.budget,
        hours=typed.hours,
    )
    if typed.plots is not None:
        outputs.draw(outcome.charts, typed.plots)
    sys.stdout.write(f"{outcome.report}\n")


def _simulate(typed: argparse.Namespace) -> None:
    drawn = simulating.write(
        typed.out,
        people=typed.people,
        seed=typed.seed,
        months=typed.months,
        as_of=typed.as_of,
        defects=typed.defects,
        file_format=typed.format,
    )
    if typed.plots is not None:
        outputs.draw(single.ratings_drawn(drawn.ratings), typed.plots)
    if typed.json:
        sys.stdout.write(answers.text(simulating.summary(typed.out, drawn, typed.seed)) + "\n")
        return
    words = f"{drawn.people.num_rows:,} people, {drawn.ratings.num_rows:,} ratings; the truth is in the folder truth"
    sys.stdout.write(f"{typed.out}: {words}\n")


def _levels(typed: argparse.Namespace) -> None:
    asked = rating_files.Request(
        path=typed.file,
        model=typed.model,
        as_of=typed.as_of,
        facets=tuple(typed.facet),
        grid=typed.grid,
        steps=typed.steps,
        categories=rating_scales.categories_of(typed.categories),
        cuts=rating_scales.cuts_of(typed.cuts),
        source=typed.source,
        seed=typed.seed,
        how=_how(typed),
    )
    _finish(typed, lambda: replace(rating_files.run(asked), chart_name="severity"))


def _gaps(typed: argparse.Namespace) -> None:
    _finish(
        typed,
        lambda: single.gaps_of(
            typed.levels, typed.requirements, material=typed.material, how=_how(typed), people=typed.people
        ),
    )


def _assign(typed: argparse.Namespace) -> None:
    asked = assign_files.Request(
        path=typed.file,
        budget=typed.budget,
        budgets=tuple(typed.budgets),
        seats=typed.seats,
        prerequisites=typed.prerequisites,
        held=typed.held,
        duties=typed.duties,
        hours=typed.hours,
        person_hours=typed.person_hours,
        floor=typed.fairness_floor,
        floor_of=typed.fairness_of,
        discount=typed.overlap_discount,
        how=_how(typed),
    )
    _finish(typed, lambda: assign_files.run(asked))


def _impact(typed: argparse.Namespace) -> None:
    chosen = {
        "mechanism": typed.mechanism,
        "control": typed.control,
        "smallest_worthwhile": typed.smallest_worthwhile,
        "donut": typed.donut,
        "seed": typed.seed,
        "higher_is_better": not typed.lower_is_better,
        "min_group": typed.min_group,
        "who": typed.unit_word,
    }
    asked = panel_files.Request(
        path=typed.file,
        options=chosen,
        treated=typed.treated,
        drop_missing=typed.drop_missing,
        synthetic=typed.synthetic,
        how=_how(typed),
        took=typed.took,
        others=typed.others,
        worth=panel_returns.Worth(typed.value, typed.cost, typed.lasts, typed.people),
    )
    _finish(typed, lambda: _with_forest(panel_files.run(asked)))


def _with_forest(done: Finished) -> Finished:
    """The answer with a chart of every estimate and its interval beside the course of the effect."""
    rows = [
        charts.Interval(
            name.replace("_", " "), one["estimate"], one["lo95"], one["hi95"], None, f"{one['estimate']:.3g}"
        )
        for name, one in done.answer["estimators"].items()
        if one is not None and None not in (one["estimate"], one["lo95"], one["hi95"])
    ]
    words = "Every estimate with its 95 % interval"
    forest = {"estimates": charts.rows_on_one_scale(rows, words)} if rows else {}
    return replace(done, chart_name="event_study", further=forest)


def _how(typed: argparse.Namespace) -> reading.Reading:
    return reading.Reading(reading.parse_names(typed.columns), typed.most_gb)


def _finish(typed: argparse.Namespace, work: Callable[[], Finished]) -> None:
    """Work, leave the files, and print the answer as JSON or in a few lines."""
    plots = tuple(typed.plot)
    outputs.check(typed.out, plots, typed.format, typed.plots)
    read = [value for name, value in vars(typed).items() if isinstance(value, Path) and name not in ("out", "plots")]
    read += getattr(typed, "budgets", [])
    outputs.spare(read, typed.out, plots)
    done = work()
    outputs.write(done, typed.out, plots, typed.format)
    if typed.plots is not None:
        outputs.draw(done.charts, typed.plots)
    if typed.json:
        sys.stdout.write(answers.text(done.answer) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in done.lines))


RUNNERS: Final[Mapping[str, Callable[[argparse.Namespace], None]]] = {
    "loop": _loop,
    "simulate": _simulate,
    "levels": _levels,
    "gaps": _gaps,
    "assign": _assign,
    "impact": _impact,
}
