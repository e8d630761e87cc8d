"""The options of every analyst command: what each takes, its unit and its default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from upwell.engine.cli import examples, rating_files, reading
from upwell.engine.cli.grammar import Command
from upwell.engine.cli.typed import AMOUNT, COUNT, DAY, GRID, POSITIVE, SHARE, TRIANGLE, listed, one_of, whole
from upwell.engine.impact import Mechanism
from upwell.engine.levels import SOURCES

MECHANISMS: Final = tuple(str(mechanism) for mechanism in Mechanism)
FORMATS: Final = ("csv", "parquet")
SEED: Final = "the same seed gives the same answer; default 1"


def command(name: str) -> Command:
    """The command of a name in `NAMES`."""
    made = Command(name, examples.PURPOSE[name], examples.EXAMPLES[name])
    MAKERS[name](made)
    return made


def _loop(to: Command) -> None:
    to.add_argument("dir", type=Path, metavar="DIR", help="folder with people, requirements, ratings and more")
    to.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the tables and report.html")
    to.add_argument("--budget", type=AMOUNT, metavar="MONEY", help="to spend; default a quarter of what all would cost")
    to.add_argument("--hours", type=AMOUNT, metavar="HOURS", help="most hours per person; default no limit")
    to.add_argument("--as-of", type=DAY, metavar="DAY", help="day of the picture, YYYY-MM-DD; default the last rating")
    to.add_argument("--seed", type=COUNT, default=1, metavar="NUMBER", help=SEED)
    to.add_argument("--plots", type=Path, metavar="DIR", help="folder for the charts as SVG and PNG; default none")
    to.add_argument("--quiet", action="store_true", help="no progress on standard error")


def _simulate(to: Command) -> None:
    to.add_argument("--out", type=Path, required=True, metavar="DIR", help="an empty or new folder for the files")
    to.add_argument(
        "--people", type=whole(10, 10_000_000), required=True, metavar="NUMBER", help="how many, at least 10"
    )
    to.add_argument("--seed", type=COUNT, required=True, metavar="NUMBER", help="the same seed writes the same files")
    to.add_argument("--months", type=whole(6, 600), default=24, metavar="NUMBER", help="of history; default 24")
    to.add_argument("--as-of", type=DAY, metavar="DAY", help="last day, YYYY-MM-DD; default 2026-06-30")
    to.add_argument(
        "--defects",
        type=one_of("none", "real", "hostile"),
        default="none",
        metavar="NAME",
        help="faults put into the files: none, real or hostile; default none",
    )
    to.add_argument(
        "--format", type=one_of(*FORMATS), default="csv", metavar="NAME", help="csv or parquet; default csv"
    )
    to.add_argument("--plots", type=Path, metavar="DIR", help="folder for the charts as SVG and PNG; default none")
    to.add_argument("--json", action="store_true", help="print what was written as JSON")


def _levels(to: Command) -> None:
    to.add_argument("file", type=Path, metavar="FILE", help="ratings, CSV or Parquet; columns below")
    to.add_argument(
        "--model",
        type=one_of(*rating_files.MODELS),
        default="ep",
        metavar="NAME",
        help="ep: levels from 0 to 5; mfrm: many-facet Rasch, in logits; default ep",
    )
    to.add_argument("--as-of", type=DAY, metavar="DAY", help="day of the picture, YYYY-MM-DD; default the last rating")
    to.add_argument(
        "--categories", metavar="LOW-HIGH", help="ep: range of the scale, as 0-3; default what the file holds"
    )
    to.add_argument(
        "--cuts",
        metavar="CUTS",
        help="ep: published cuts between the categories, in levels (1.5,2.5,3.5,4.5), or 'learned' "
        "from the data; default evenly laid",
    )
    to.add_argument(
        "--source",
        type=one_of(*SOURCES),
        metavar="NAME",
        help=f"ep: who all raters are: {listed(SOURCES)}; default the column source, else assessor",
    )
    to.add_argument(
        "--facet",
        action="append",
        default=[],
        metavar="COLUMN",
        help="mfrm: a further facet, as language; repeat for more; default none",
    )
    to.add_argument(
        "--grid",
        type=GRID,
        default="converged",
        metavar="NODES",
        help="mfrm: 'converged', or a number of fixed nodes (21 as published); default converged",
    )
    to.add_argument(
        "--steps",
        type=one_of("common", "item"),
        default="common",
        metavar="NAME",
        help="mfrm: common (rating scale) or item (partial credit); default common",
    )
    to.add_argument("--seed", type=COUNT, default=1, metavar="NUMBER", help=f"of the intervals of agreement; {SEED}")
    _files(to)


def _gaps(to: Command) -> None:
    to.add_argument("levels", type=Path, metavar="LEVELS", help="file written by upwell levels; columns below")
    to.add_argument("requirements", type=Path, metavar="REQUIREMENTS", help="what is asked of whom; columns below")
    to.add_argument(
        "--material",
        type=AMOUNT,
        default=0.25,
        metavar="LEVELS",
        help="smallest gap that matters, in levels; default 0.25",
    )
    to.add_argument(
        "--people",
        type=Path,
        metavar="FILE",
        help="person and role, where the requirements are per role and not per person; default none",
    )
    _files(to)


def _assign(to: Command) -> None:
    to.add_argument("file", type=Path, metavar="FILE", help="who could do what; columns below")
    to.add_argument(
        "--budget",
        type=AMOUNT,
        metavar="MONEY",
        help="to spend in all, in the unit of the column cost; default what --budgets holds",
    )
    to.add_argument(
        "--budgets",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="amounts per unit, per period or per unit and period; repeat for a second kind; default none",
    )
    for name, words in LIMIT_FILES.items():
        to.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"{words}; default none")
    to.add_argument(
        "--hours", type=AMOUNT, metavar="HOURS", help="most hours per person (in each period); default no limit"
    )
    to.add_argument(
        "--fairness-floor",
        type=SHARE,
        metavar="SHARE",
        help="least share of each unit's people, or need, that is served, 0 to 1; default none",
    )
    to.add_argument(
        "--fairness-of",
        type=one_of("people", "need"),
        default="people",
        metavar="NAME",
        help="people: who get something; need: what the unit would gain without any limit; default people",
    )
    to.add_argument(
        "--overlap-discount",
        type=SHARE,
        default=0.5,
        metavar="SHARE",
        help="what the next item on the same overlap counts of the one before, 0 to 1; default 0.5",
    )
    _files(to)


LIMIT_FILES: Final = {
    "person-hours": "hours of each person, in place of --hours",
    "seats": "places per session",
    "prerequisites": "items that need another one with or before them",
    "held": "items that a person has done already, which meet prerequisites",
    "duties": "items that a person must get",
}


def _impact(to: Command) -> None:
    to.add_argument("file", type=Path, metavar="FILE", help="panel, CSV or Parquet; columns below")
    to.add_argument(
        "--mechanism",
        type=one_of(*MECHANISMS),
        required=True,
        metavar="NAME",
        help=f"why units were treated when they were: {listed(MECHANISMS)}; explained below",
    )
    to.add_argument(
        "--control",
        type=one_of("notyet", "never"),
        default="notyet",
        metavar="NAME",
        help="compare with those not yet treated (notyet) or never treated (never); default notyet",
    )
    to.add_argument(
        "--smallest-worthwhile",
        type=AMOUNT,
        metavar="SIZE",
        help="smallest effect worth having, in the unit of the outcome; default none",
    )
    to.add_argument("--lower-is-better", action="store_true", help="a smaller outcome is the better one")
    to.add_argument(
        "--donut",
        type=whole(0, 1000),
        default=3,
        metavar="PERIODS",
        help="last periods before treatment that imputation leaves out; default 3",
    )
    to.add_argument("--treated", metavar="COLUMN", help="0/1 column to work first_treated out from; default none")
    to.add_argument(
        "--min-group",
        type=whole(1),
        default=5,
        metavar="UNITS",
        help="fewest treated, and fewest untreated, that are judged; default 5",
    )
    to.add_argument(
        "--unit-word",
        type=one_of("units", "people"),
        default="units",
        metavar="WORD",
        help="what sentences call a unit: units or people; default units",
    )
    to.add_argument(
        "--took",
        metavar="COLUMN",
        help="0/1 column, lottery only: who took what was offered; adds the effect of the offer and of taking part; "
        "default none",
    )
    to.add_argument(
        "--others",
        type=Path,
        metavar="FILE",
        help="unit, programme and started of other programmes: who else could be the cause; default none",
    )
    to.add_argument(
        "--value",
        type=TRIANGLE,
        metavar="MONEY",
        help="worth of one unit of the outcome for one unit and period: a number, or lowest,likely,highest; with "
        "--cost and --lasts adds the return; default none",
    )
    to.add_argument(
        "--cost", type=TRIANGLE, metavar="MONEY", help="of the programme in all, as --value is given; default none"
    )
    to.add_argument(
        "--lasts", type=POSITIVE, metavar="PERIODS", help="how long the effect is taken to last; default none"
    )
    to.add_argument(
        "--people", type=whole(1), metavar="NUMBER", help="treated units the cost was for; default those in the file"
    )
    to.add_argument(
        "--synthetic", action="store_true", help="units are teams or regions: synthetic DiD beside the rest"
    )
    to.add_argument("--drop-missing", action="store_true", help="leave out rows without an outcome, else refused")
    to.add_argument("--seed", type=COUNT, default=1, metavar="NUMBER", help=f"of the simultaneous band; {SEED}")
    _files(to)


def _files(to: Command) -> None:
    to.add_argument(
        "--columns",
        action="append",
        default=[],
        metavar="OURS=THEIRS",
        help="other column names, divided by commas or repeated; default ours",
    )
    to.add_argument(
        "--most-gb",
        type=POSITIVE,
        default=reading.MOST_GB,
        metavar="GB",
        help=f"largest file that is read, in GB; default {reading.MOST_GB:g}",
    )
    to.add_argument(
        "--out",
        type=Path,
        metavar="PLACE",
        help="folder, or file .csv, .csv.gz, .parquet (tables) or .json; default none",
    )
    to.add_argument(
        "--format",
        type=one_of(*FORMATS),
        default="parquet",
        metavar="NAME",
        help="of tables in a folder: csv or parquet; default parquet",
    )
    to.add_argument(
        "--plot",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="main chart as .svg or .png; repeat for both; default none",
    )
    to.add_argument("--plots", type=Path, metavar="DIR", help="folder for all charts as SVG and PNG; default none")
    to.add_argument("--json", action="store_true", help="print the whole answer as one line of JSON")


MAKERS: Final[dict[str, Callable[[Command], None]]] = {
    "loop": _loop,
    "simulate": _simulate,
    "levels": _levels,
    "gaps": _gaps,
    "assign": _assign,
    "impact": _impact,
}
NAMES: Final = tuple(MAKERS)
