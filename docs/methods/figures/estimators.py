"""Draw the figures of the pages on single estimators from public data.

    python docs/methods/figures/estimators.py FOLDER

FOLDER holds the published panels (`job_corps.csv.gz`, `castle_doctrine.csv.gz`, `california_prop99.csv.gz`); the NSW
comes from the package `causaldata` of the extra `reference`.
"""

import csv
import gzip
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

import causaldata
import numpy as np
import pyarrow as pa

from upwell.engine import impact, returns
from upwell.engine.numerics.impact_sequential import multiplier, tuned

HERE = Path(__file__).parent
STYLE = (
    "text{font:12px sans-serif;fill:#333}.zero{stroke:#999;stroke-dasharray:3 3}.axis{stroke:#999}"
    ".range{stroke:#1f5f99;stroke-width:2}.dot{fill:#1f5f99}.line{stroke:#1f5f99;stroke-width:2;fill:none}"
    ".soft{stroke:#d98c3f;stroke-width:2;fill:none}.title{font-weight:bold}"
)
Row = tuple[str, float, float, float]


def svg(name: str, title: str, height: float, body: Sequence[str]) -> None:
    """Write one figure of 640 pixels' width."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {height:g}" role="img" aria-label="{escape(title)}">'
    )
    text = f'<text class="title" x="8" y="18">{escape(title)}</text>'
    (HERE / f"{name}.svg").write_text("\n".join([head, f"<style>{STYLE}</style>", text, *body, "</svg>", ""]))


def forest(name: str, title: str, rows: Sequence[Row], digits: int = 1) -> None:
    """Labelled values with their intervals on one scale."""
    low = min(0.0, *(r[2] for r in rows))
    high = max(0.0, *(r[3] for r in rows))

    def at(value: float) -> float:
        return 270 + 240 * (value - low) / (high - low)

    body = [f'<line class="zero" x1="{at(0):.1f}" x2="{at(0):.1f}" y1="28" y2="{30 + 26 * len(rows)}"/>']
    for j, (label, value, lo, hi) in enumerate(rows):
        y = 44 + 26 * j
        body.append(f'<text x="8" y="{y + 4}">{escape(label)}</text>')
        body.append(f'<line class="range" x1="{at(lo):.1f}" x2="{at(hi):.1f}" y1="{y}" y2="{y}"/>')
        body.append(f'<circle class="dot" cx="{at(value):.1f}" cy="{y}" r="4"/>')
        span = f"{value:,.{digits}f}" if lo == hi else f"{value:,.{digits}f} ({lo:,.{digits}f}; {hi:,.{digits}f})"
        body.append(f'<text x="632" y="{y - 6}" text-anchor="end" style="font-size:10px">{span}</text>')
    svg(name, title, 40 + 26 * len(rows), body)


def courses(name: str, title: str, x: Sequence[float], lines: Sequence[tuple[str, str, Sequence[float]]]) -> None:
    """Lines over one axis, each with its name at the end."""
    values = np.concatenate([np.asarray(v, dtype=float) for _, _, v in lines])
    low, high = float(values.min()), float(values.max())
    first, last = min(x), max(x)
    body = ['<line class="axis" x1="40" x2="520" y1="220" y2="220"/>']
    for tick in (first, last):
        body.append(
            f'<text x="{40 + 480 * (tick - first) / (last - first):.0f}" y="236" text-anchor="middle">{tick:g}</text>'
        )
    for tick in (low, high):
        body.append(
            f'<text x="36" y="{214 - 170 * (tick - low) / (high - low):.0f}" text-anchor="end">{tick:.3g}</text>'
        )
    for label, kind, series in lines:
        points = " ".join(
            f"{40 + 480 * (a - first) / (last - first):.1f},{210 - 170 * (b - low) / (high - low):.1f}"
            for a, b in zip(x, series, strict=True)
        )
        end = points.rsplit(",", 1)[1]
        body.append(f'<polyline class="{kind}" points="{points}"/>')
        body.append(f'<text x="526" y="{float(end) + 4:.1f}">{escape(label)}</text>')
    svg(name, title, 244, body)


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    """The lines of a packed table."""
    with gzip.open(folder / name, "rt") as lines:
        return list(csv.DictReader(lines))


def row(label: str, found: impact.Estimate) -> Row:
    """A labelled estimate."""
    return label, found.estimate, found.lo95, found.hi95


def nsw() -> None:
    """The experiment and what regressions make of a survey."""
    drawn, survey = causaldata.nsw_mixtape.load_pandas().data, causaldata.cps_mixtape.load_pandas().data
    names = ["treat", "age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75", "re78"]
    own, others = drawn[names].to_numpy(float), survey[names].to_numpy(float)

    def table(values: np.ndarray) -> pa.Table:
        columns = {n: values[:, j] for j, n in enumerate(names)}
        columns["age2"] = columns["age"] ** 2
        return pa.table({**columns, "assigned": columns["treat"].astype(int), "outcome": columns["re78"]})

    mixed = table(np.vstack([own[own[:, 0] == 1], others]))
    every = [*names[1:-1], "age2"]
    found = [
        row("Experiment (the truth)", impact.intention_to_treat(table(own)).effect),
        row("Survey, plain difference", impact.compare_groups(mixed).effect),
        row("Survey, change since 1975", impact.compare_groups(mixed, change_from="re75").effect),
        row("Survey, given earnings of 1975", impact.compare_groups(mixed, baseline=["re75"]).effect),
        row("Survey, all covariates", impact.compare_groups(mixed, baseline=every).effect),
    ]
    forest("nsw", "Job training of 1976: dollars earned in 1978, by what is compared", found, 0)


def job_corps(folder: Path) -> None:
    """Missing wages, three ways to use a lottery, and a lottery of 24 people."""
    rows = rows_of(folder, "job_corps.csv.gz")
    assigned = np.array([int(r["assignment"]) for r in rows])
    pay, before = (np.array([float(r[name]) for r in rows]) for name in ("earny4", "mwearn"))
    found = impact.attrition(pa.table({"assigned": assigned, "outcome": np.log(np.where(pay > 0, pay, np.nan))}))
    bounds = [
        row("People in work, as they are", found.complete),
        ("Lee's bounds with interval", (found.lo + found.hi) / 2, found.lo95, found.hi95),
        ("Lee's bounds alone", (found.lo + found.hi) / 2, found.lo, found.hi),
    ]
    forest("attrition", "Job Corps, year 4: log weekly earnings of people in work", bounds, 3)
    panel = pa.table(
        {
            "unit": np.tile(np.arange(len(rows)), 2),
            "period": np.repeat([0, 1], len(rows)),
            "outcome": np.concatenate([before, pay]),
            "first_treated": pa.array(np.ones(2 * len(rows), int), mask=np.tile(assigned, 2) == 0),
        }
    )
    result = impact.evaluate(panel, mechanism="lottery", seed=1).estimators
    named = (("Difference of means", "difference_in_means"), ("Change since before", "cs_simple"))
    shown = [row(label, e) for label, n in (*named, ("Efficient", "efficient_simple")) if (e := result[n])]
    forest("efficient", "Job Corps, year 4: weekly earnings, the same lottery measured three ways", shown)
    few = np.r_[np.flatnonzero(assigned == 1)[:6], np.flatnonzero(assigned == 0)[:18]]
    small = pa.table({"assigned": assigned[few], "outcome": pay[few]})
    exact = impact.intention_to_treat(small).effect
    usual = impact.intention_to_treat(small, errors="classical").effect
    normal: Row = (
        "Normal quantile",
        exact.estimate,
        exact.estimate - 1.96 * exact.se,
        exact.estimate + 1.96 * exact.se,
    )
    shown = [row("Equal variances", usual), normal, row(f"HC2, t with {exact.df:.1f} degrees", exact)]
    forest("small", "Job Corps, the first 6 offered and 18 other youths: weekly earnings", shown)


def california(folder: Path) -> None:
    """Cigarettes in California and in its synthetic twin."""
    rows = rows_of(folder, "california_prop99.csv.gz")
    treated = [1989 if r["State"] == "California" else None for r in rows]
    panel = pa.table(
        {
            "unit": [r["State"] for r in rows],
            "period": [int(r["Year"]) for r in rows],
            "outcome": [float(r["PacksPerCapita"]) for r in rows],
            "first_treated": pa.array(treated, pa.int64()),
        }
    )
    course = impact.synthetic_did(panel, seed=1, method="sc").course.to_pydict()
    lines = [("California", "line", course["treated"]), ("synthetic", "soft", course["synthetic"])]
    courses("synthetic", "Packs of cigarettes a head; tax from 1989", course["period"], lines)


def castle(folder: Path) -> None:
    """Parts of the two-way regression."""
    rows = rows_of(folder, "castle_doctrine.csv.gz")
    start: dict[str, int] = {}
    for r in rows:
        if r["post"] == "1":
            start[r["sid"]] = min(start.get(r["sid"], 9999), int(r["year"]))
    panel = pa.table(
        {
            "unit": [r["sid"] for r in rows],
            "period": [int(r["year"]) for r in rows],
            "outcome": [float(r["l_homicide"]) for r in rows],
            "first_treated": pa.array([start.get(r["sid"]) for r in rows], pa.int64()),
        }
    )
    found = impact.two_way(panel)
    shown = [row("Two-way regression", found.effect)]
    for part in found.parts:
        label = f"  {part.label.replace('_', ' ')}, weight {part.weight or 0:.0%}"
        shown.append((label, part.estimate, part.estimate, part.estimate))
    if found.imputation:
        shown.append(row("Imputation", found.imputation))
    forest("twoway", "Self-defence laws: log homicides", shown, 3)


def schools() -> None:
    """Rubin's eight schools."""
    effect, se = [28.0, 8, -3, 7, -1, 1, 18, 12], [15.0, 10, 16, 11, 9, 11, 10, 18]
    frame = pa.table({"programme": list("ABCDEFGH"), "estimate": effect, "se": se})
    table = impact.compare_programmes(frame).estimates.to_pydict()
    shown: list[Row] = []
    for j, name in enumerate(table["programme"]):
        shown.append((f"{name}, raw", effect[j], effect[j] - 1.96 * se[j], effect[j] + 1.96 * se[j]))
        shown.append((f"{name}, shrunken", table["shrunken"][j], table["lo95"][j], table["hi95"][j]))
    forest("programmes", "Coaching in eight schools: points in a test", shown, 0)


def boundary() -> None:
    """The price of looking at any time."""
    share = [round(float(s), 3) for s in np.linspace(0.04, 1, 49)]
    always = [multiplier(tuned(s, 0.5)) for s in share]
    lines = [("any look", "line", always), ("one look", "soft", [1.96] * len(share))]
    courses("interim", "Half width in standard errors, by the share of the plan that is in", share, lines)


def money() -> None:
    """The return of the reference case by how surely its effect is known."""
    shown: list[Row] = []
    for se in (10.0, 40.0, 55.0):
        effect = impact.Estimate(120.0, se, 120 - 1.96 * se, 120 + 1.96 * se, 0.0)
        judged = Judged(effect)
        found = returns.calculate(judged, people=50, value_per_unit=(1, 1, 1), months=12, cost=40_000, seed=1)
        if isinstance(found, returns.Return):
            shown.append((f"Effect 120, error {se:.0f}", found.roi_pct, found.roi_lo95_pct, found.roi_hi95_pct))
    forest("returns", "Return in percent: the same mean effect, known more or less surely", shown, 0)


class Judged:
    """A proven effect, as far as a return looks at it."""

    higher_is_better = True
    mechanism = "lottery"
    verdict = impact.Verdict(2, "Raised the outcome.")

    def __init__(self, effect: impact.Estimate) -> None:
        self.judged = (effect,)


def main() -> int:
    """Draw all figures."""
    folder = Path(sys.argv[1])
    nsw()
    job_corps(folder)
    california(folder)
    castle(folder)
    schools()
    boundary()
    money()
    return 0


if __name__ == "__main__":
    sys.exit(main())
