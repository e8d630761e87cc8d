"""The classical rater model and agreement: published numbers, PyPI mirt as referee in the same run, and coverage."""

import csv
import gzip
import json
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.engine.lines import Cost, Line, Size, apart, cost_of
from upwell.engine import levels
from upwell.engine.numerics import mfrm

ROOT = Path(__file__).resolve().parents[2]
STEPS = np.array([-1.5, 0.2, 1.3])


def measure(size: Size) -> Iterator[Line]:
    """Published numbers, cost beside mirt, coverage of severities, and the cost of agreement."""
    folder = _data()
    if folder is not None:
        yield from _published(folder)
    yield from _cost(size)
    yield _coverage(10 if size is Size.QUICK else 120)
    yield _agreement(2_000 if size is Size.QUICK else 100_000)


def _published(folder: Path) -> Iterator[Line]:
    targets = json.loads((folder / "targets.json").read_text())
    style, writing = _style(folder), _writing(folder)
    target = targets["windhua_style"]
    fixed = levels.mfrm(style, facets=["language"], grid=21)
    order = np.argsort([int(r) for r in fixed.raters["rater"].to_pylist()])
    away = np.abs(fixed.raters["severity"].to_numpy()[order] - target["published"]["rater"]).max()
    yield _line("Wind & Hua style, 21 nodes: largest difference of a severity", away, 0.001)
    tongue = abs(fixed.fit["facets"]["language"]["2"] - target["published"]["language"])
    yield _line("Wind & Hua style, 21 nodes: difference of the language facet", tongue, 0.001)
    free = levels.mfrm(style)
    away = np.abs(free.raters["severity"].to_numpy()[order] - target["converged"]["rater"]).max()
    yield _line("Wind & Hua style, converged: largest difference of a severity", away, 0.002)
    yield _line(
        "Wind & Hua style, converged: deviance", abs(free.fit["deviance"] - target["converged"]["deviance"]), 0.1
    )
    target = targets["windhua_writing"]
    found = levels.mfrm(writing).fit["deviance"]
    yield _line("Wind & Hua writing, rating scale: deviance", abs(found - 46261.03), 0.1)
    found = levels.mfrm(writing, grid=21, steps="item").fit["deviance"]
    yield _line(
        "Wind & Hua writing, partial credit on 21 nodes: deviance",
        abs(found - target["published_pc_model"]["deviance"]),
        0.1,
    )


def _line(what: str, value: float, tolerance: float) -> Line:
    return Line(what, f"{value:.1e}", f"<= {tolerance:g}", met=bool(value <= tolerance))


def _cost(size: Size) -> Iterator[Line]:
    persons, raters = (300, 10) if size is Size.QUICK else (2000, 20)
    ours, severity = apart(_ours, persons, raters)
    if find_spec("mirt") is None:
        yield Line(f"{persons} persons x {raters} raters x 4 items", str(ours), "", "mirt is not installed")
    else:
        theirs, other = apart(_theirs, persons, raters)
        yield Line(
            f"{persons} persons x {raters} raters x 4 items, with standard errors, infit and persons",
            str(ours),
            "",
            f"mirt {theirs}",
            ours.cpu / theirs.cpu,
        )
        yield _line("largest difference of a severity from mirt", float(np.abs(severity - other).max()), 1e-4)
    if size is Size.FULL:
        many, _ = apart(_sparse, 20_000, 300)
        yield Line("20,000 persons, 300 raters, 5 ratings each", str(many))


def drawn(seed: int, persons: int, raters: int, items: int, per_person: int | None = None) -> tuple[np.ndarray, ...]:
    """Person, rater, item, category and the true severities of simulated ratings."""
    rng = np.random.default_rng(seed)
    severity = rng.normal(0, 0.6, raters)
    severity -= severity.mean()
    hard = np.linspace(-0.5, 0.5, items) if items > 1 else np.zeros(1)
    judges = raters if per_person is None else per_person
    everyone = np.tile(np.arange(raters), (persons, 1))
    by = everyone if per_person is None else np.argsort(rng.random((persons, raters)), axis=1)[:, :judges]
    who = np.repeat(np.arange(persons), judges * items)
    by = np.repeat(by.ravel(), items)
    what = np.tile(np.arange(items), persons * judges)
    place = (rng.normal(0.3, 1.5, persons)[who] - severity[by] - hard[what])[:, None]
    logits = np.hstack([np.zeros((len(who), 1)), np.arange(1, 4) * place - np.cumsum(STEPS)])
    chance = np.exp(logits - logits.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    category = (rng.random((len(who), 1)) > np.cumsum(chance, axis=1)).sum(axis=1)
    return who, by, what, category, severity


def _ours(persons: int, raters: int) -> tuple[Cost, np.ndarray]:
    who, by, what, category, _ = drawn(1, persons, raters, 4)
    frame = pa.table({"person": who, "rater": by, "capability": what, "category": category})
    found, cost = cost_of(lambda: levels.mfrm(frame))
    return cost, found.raters["severity"].to_numpy()


def _theirs(persons: int, raters: int) -> tuple[Cost, np.ndarray]:
    import mirt
    from mirt.models import Facet, PolytomousMFRM

    who, by, what, category, _ = drawn(1, persons, raters, 4)
    wide = np.full((persons, raters * 4), -1)
    wide[who, by * 4 + what] = category
    judge = np.tile(np.repeat(np.arange(raters), 4), (persons, 1))
    model: Any = PolytomousMFRM(4, 4, [Facet("rater", raters)])
    items = np.tile(np.arange(4), raters)
    found, cost = cost_of(lambda: mirt.fit_mfrm(model, wide, {"rater": judge}, item_indices=items))
    return cost, np.asarray(found.facet_parameters["rater"])


def _sparse(persons: int, raters: int) -> tuple[Cost, np.ndarray]:
    who, by, _, category, _ = drawn(2, persons, raters, 1, per_person=5)
    frame = pa.table({"person": who, "rater": by, "category": category})
    found, cost = cost_of(lambda: levels.mfrm(frame))
    return cost, found.raters["severity"].to_numpy()


def _coverage(seeds: int) -> Line:
    hits = []
    for seed in range(seeds):
        who, by, _, category, severity = drawn(seed, 200, 8, 1, per_person=3)
        fit = mfrm.fit_converged(mfrm.lay_out(who, category, [by]), [8])
        hits.append(np.abs(fit.facets[0] - severity) < 1.96 * fit.facet_se[0])
    share = float(np.mean(hits))
    return Line(
        f"coverage of 95 % intervals of severities, {seeds} draws of 200 persons, 3 of 8 raters each",
        f"{share:.1%}",
        "93-97 %",
        met=None if seeds < 50 else 0.93 <= share <= 0.97,
    )


def _agreement(persons: int) -> Line:
    who, by, _, category, _ = drawn(3, persons, 30, 1, per_person=4)
    frame = pa.table({"person": who, "rater": by, "category": category})
    _, cost = cost_of(lambda: levels.agreement(frame, seed=1))
    return Line(f"alpha (4 metrics, 1000 draws) and 6 intraclass correlations of {len(who):,} ratings", str(cost))


def _data() -> Path | None:
    given = os.environ.get("UPWELL_DATA")
    folder = (Path(given) if given else ROOT.parent / "shared" / "data") / "impact"
    return folder if (folder / "targets.json").exists() else None


def _style(folder: Path) -> pa.Table:
    with gzip.open(folder / "windhua_style_ratings.csv.gz", "rt") as lines:
        rows = [
            {"person": r["student"], "language": r["language"], "rater": f"{j}", "category": int(r[f"rater_{j}"])}
            for r in csv.DictReader(lines)
            for j in range(1, 22)
        ]
    return pa.Table.from_pylist(rows)


def _writing(folder: Path) -> pa.Table:
    with gzip.open(folder / "windhua_writing.csv.gz", "rt") as lines:
        rows = [
            {"person": r["student"], "rater": r["rater"], "capability": name, "category": int(r[name])}
            for r in csv.DictReader(lines)
            for name in ("style", "org", "conv", "sent_form")
        ]
    return pa.Table.from_pylist(rows)
