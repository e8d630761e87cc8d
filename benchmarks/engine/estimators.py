"""The estimators beside the evaluation: agreement and speed against other programs, coverage on known truth."""

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import stats as distributions

from benchmarks.engine.lines import Line, Size
from upwell.engine import impact
from upwell.engine.impact import efficient
from upwell.engine.impact.estimators import Workbench
from upwell.engine.impact.inference import Contrast, estimate
from upwell.engine.impact.sequential import always_valid
from upwell.engine.numerics import impact_cells
from upwell.engine.numerics.impact_cells import functional
from upwell.engine.numerics.impact_moments import arms, columns, moments
from upwell.engine.numerics.impact_plausible import pool
from upwell.engine.numerics.impact_sequential import tuned
from upwell.engine.numerics.impact_shrinkage import shrink


def measure(size: Size) -> Iterator[Line]:
    """Agreement and speed first, then the simulation studies; QUICK runs a sixth of the repetitions."""
    runs = 1 if size is Size.QUICK else 6
    yield from _references(size)
    yield from _regressions(size)
    yield from _offers(60 * runs)
    yield _missing(30 * runs)
    yield from _rollout(10 * runs)
    yield _draw(20 * runs)
    yield from _looks(6 * runs)
    yield from _table(20 * runs)
    yield from _levels(100 * runs)


def _references(size: Size) -> Iterator[Line]:
    try:
        import diff_diff
        import pandas as pd
        import pyfixest
    except ImportError:
        yield Line("reference programs", "not installed", "extra `reference`")
        return
    people = 300 if size is Size.QUICK else 3000
    outcome, first = _factors(1, 39, 31, 1)
    frame = panel(outcome, first)
    table = _pandas(pd, outcome, first)
    ours, spent = _cpu(lambda: impact.synthetic_did(frame, seed=1))
    program = diff_diff.SyntheticDiD(variance_method="placebo", n_bootstrap=38, seed=1)
    theirs, other = _cpu(lambda: program.fit(table, "y", "ever", "unit", "time", post_periods=list(range(19, 31))))
    yield _compared("synthetic DiD, 39 x 31, 38 placebos", ours.effect.estimate, theirs.att, spent, other, 1e-3)

    outcome, first = _factors(2, people, 24, people // 3)
    rng = np.random.default_rng(3)
    weight = rng.uniform(0.5, 2, people)
    frame = panel(outcome, first).append_column("weight", pa.array(np.repeat(weight, 24)))
    table = _pandas(pd, outcome, first).assign(w=np.repeat(weight, 24))
    found, spent = _cpu(lambda: impact.two_way(frame))
    fit, other = _cpu(lambda: pyfixest.feols("y ~ d | unit + time", table, vcov={"CRV1": "unit"}, weights="w"))
    yield _compared(f"two-way weighted, {people:,} x 24", found.effect.estimate, fit.coef()["d"], spent, other, 1e-8)
    yield _compared(f"its clustered error, {people:,} x 24", found.effect.se, fit.se()["d"], spent, other, 1e-8)

    offer = _offer(rng, 10 * people, 0.5)
    table = pd.DataFrame({name: offer[name].to_numpy() for name in offer.column_names})
    complier, spent = _cpu(lambda: impact.treatment_on_treated(offer, errors="classical"))
    fit, other = _cpu(lambda: pyfixest.feols("outcome ~ 1 | took_part ~ assigned", table, vcov="iid"))
    what = f"two-stage least squares, {10 * people:,} people"
    yield _compared(what, complier.effect.estimate, fit.coef()["took_part"], spent, other, 1e-8)
    yield _compared("its classical error", complier.effect.se, fit.se()["took_part"], spent, other, 1e-8)


def _regressions(size: Size) -> Iterator[Line]:
    """Two-way fixed effects and Sun-Abraham on a staggered lottery; all our estimators against one of theirs."""
    try:
        import pandas as pd
        import pyfixest
    except ImportError:
        return
    people = 300 if size is Size.QUICK else 3000
    outcome, first = _lottery(2, people, 24, 0.2, 0.3, 0.4)
    frame, table = panel(outcome, first), _pandas(pd, outcome, first)
    table["start"] = np.repeat(np.where(first < 24, first, 0), 24)
    found, spent = _cpu(lambda: impact.two_way(frame))
    fit, other = _cpu(lambda: pyfixest.feols("y ~ d | time + unit", table, vcov={"CRV1": "unit"}))
    yield _compared(f"twfe, {people:,} x 24", found.effect.estimate, fit.coef()["d"], spent, other, 1e-8)
    yield _compared(f"its clustered error, {people:,} x 24", found.effect.se, fit.se()["d"], spent, other, 1e-8)

    def saturated() -> Any:
        names = {"yname": "y", "idname": "unit", "tname": "time", "gname": "start"}
        warnings.simplefilter("ignore", UserWarning)
        return pyfixest.event_study(table, **names, estimator="saturated").aggregate(weighting="shares")

    judged, spent = _cpu(lambda: impact.evaluate(frame, mechanism="staggered", seed=1))
    with warnings.catch_warnings():
        by_period, other = _cpu(saturated)
    since = np.arange(24) - first[first < 24, None]
    after = by_period[by_period.index.astype(float) >= 0]
    heads = np.array([(since == int(e)).sum() for e in after.index.astype(float)])
    theirs = float(heads @ after["Estimate"].astype(float) / heads.sum())
    own = judged.estimators["sun_abraham"].estimate
    what = f"sun_abraham (with all other estimators), {people:,} x 24"
    yield _compared(what, own, theirs, spent, other, 1e-8)


def _offers(runs: int) -> Iterator[Line]:
    rng = np.random.default_rng(4)
    held = plain = clustered = 0
    for _ in range(runs):
        assigned = rng.permutation(np.arange(30) < 6).astype(int)
        outcome = rng.normal(size=30) * np.where(assigned == 1, 3.0, 1.0) + assigned
        found = impact.intention_to_treat(pa.table({"assigned": assigned, "outcome": outcome})).effect
        held += found.lo95 <= 1.0 <= found.hi95
        plain += abs(found.estimate - 1.0) <= 1.96 * found.se
        team = np.repeat(np.arange(8), 12)
        sent = rng.permutation(np.arange(8) < 3).astype(int)[team]
        together = rng.normal(size=8)[team] + rng.normal(size=96)
        grouped = pa.table({"assigned": sent, "outcome": together, "cluster": team})
        found = impact.intention_to_treat(grouped).effect
        clustered += found.lo95 <= 0.0 <= found.hi95
    yield _coverage("6 of 30 treated, three times the spread", held, runs, f"normal quantile {plain / runs:.1%}")
    yield _coverage("3 of 8 teams treated, CR2", clustered, runs)
    for movers in (0.5, 0.05):
        held = robust = unbounded = 0
        for _ in range(runs):
            found = impact.treatment_on_treated(_offer(rng, 201, movers))
            held += found.effect.lo95 <= 2.0 <= found.effect.hi95
            robust += found.robust is None or found.robust[0] <= 2.0 <= found.robust[1]
            unbounded += found.robust is None
        note = f"usual interval {held / runs:.1%}; set unbounded in {unbounded / runs:.0%}"
        yield _coverage(f"offer that moves {movers:.0%} of 201 people, Anderson-Rubin", robust, runs, note)


def _missing(runs: int) -> Line:
    rng = np.random.default_rng(5)
    held = biased = 0
    for _ in range(runs):
        assigned, stratum = rng.permutation(np.arange(800) % 2), rng.integers(0, 2, 800)
        level = rng.normal(size=800) + stratum
        seen = rng.random(800) < 0.6 + 0.1 * stratum + 0.2 * assigned * (level < 0.5)
        outcome = np.where(seen, level + 0.3 * assigned, np.nan)
        found = impact.attrition(pa.table({"assigned": assigned, "outcome": outcome, "stratum": stratum}))
        held += found.lo95 <= 0.3 <= found.hi95
        biased += not found.complete.lo95 <= 0.3 <= found.complete.hi95
    note = f"complete cases {1 - biased / runs:.1%}"
    return Line(
        "missing results, Lee's interval holds the truth",
        f"{held / runs:.1%}",
        ">= 95 %",
        note,
        met=held >= 0.95 * runs,
    )


def _rollout(runs: int) -> Iterator[Line]:
    for people, share in ((40, 0.2), (150, 0.2), (600, 0.1)):
        rows: dict[str, list[tuple[float, bool]]] = {"cs_simple": [], "efficient_simple": [], "efficient_history": []}
        repeats = runs * (3 if people < 100 else 1)
        for seed in range(repeats):
            outcome, first = _lottery(seed, people, 24, share, 0.3, 0.4)
            bench = _bench(outcome, first)
            for name, kept in rows.items():
                found = bench.found[name]
                if found is not None:
                    kept.append((found.estimate, found.lo95 <= 0.3 <= found.hi95))
        spread = {name: float(np.std([r[0] for r in kept])) for name, kept in rows.items()}
        for name in ("efficient_simple", "efficient_history"):
            ratio = spread[name] / spread["cs_simple"]
            what = f"{name}, {people} people: standard deviation"
            target = "half of changes" if name == "efficient_history" else ""
            yield Line(what, f"{spread[name]:.3f}", target, f"cs_simple {spread['cs_simple']:.3f}", ratio)
        held = sum(r[1] for r in rows["efficient_history"])
        yield _coverage(f"efficient_history, {people} people", held, repeats)


def _draw(runs: int) -> Line:
    low = 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        outcome = rng.exponential(size=(16, 5)) ** 2
        first = rng.permutation(np.repeat([2, 3, 5], [4, 4, 8]))
        low += impact.permutation_test(panel(outcome, first), seed=seed, draws=400).p_value <= 0.05
    rate = low / runs
    limit = 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / runs)
    return Line(
        "permutation test, 16 skewed results: false alarms",
        f"{rate:.1%}",
        "5 %",
        f"{runs} lotteries",
        met=rate <= limit,
    )


def _looks(runs: int) -> Iterator[Line]:
    for persistence in (0.4, 0.9):
        once = always = 0
        for seed in range(runs):
            outcome, first = _lottery(seed, 200, 30, 0.5, 0.0, persistence, dates=(6,))
            hits = [False, False]
            for look in range(8, 31, 2):
                found = _bench(outcome[:, :look], np.minimum(first, look)).found["efficient_history"]
                if found is None:
                    continue
                wide = always_valid(found, tuned((look - 6) / 24, 0.5))
                hits = [hits[j] or e.lo95 > 0 or e.hi95 < 0 for j, e in enumerate((found, wide))]
            once, always = once + hits[0], always + hits[1]
        what = f"12 looks at a lottery without effect, persistence {persistence}: false alarms"
        yield Line(
            what, f"{always / runs:.1%}", "<= 5 %", f"plain intervals {once / runs:.1%}", met=always <= 0.05 * runs
        )


def _table(runs: int) -> Iterator[Line]:
    rng = np.random.default_rng(6)
    for count in (4, 12, 40):
        held: list[bool] = []
        raw, ours = [], []
        for _ in range(runs):
            se = rng.uniform(0.1, 0.5, count)
            truth = 0.2 + 0.15 * rng.normal(size=count)
            effect = truth + se * rng.normal(size=count)
            found = shrink(effect, se)
            held.extend((found.low <= truth) & (truth <= found.high))
            raw.append(np.mean((effect - truth) ** 2))
            ours.append(np.mean((found.mean - truth) ** 2))
        note = f"squared error against raw effects {np.mean(ours) / np.mean(raw):.2f}"
        yield _coverage(f"{count} programmes, shrunken", int(np.sum(held)), len(held), note)


def _levels(runs: int) -> Iterator[Line]:
    rng = np.random.default_rng(7)
    group = np.repeat([1.0, 0.0], 40)
    held = means = 0
    for _ in range(runs):
        seen = 0.5 * group + rng.normal(size=80) + rng.normal(size=80)
        blind = 0.5 * seen
        gap = blind[:40].mean() - blind[40:].mean()
        means += abs(gap - 0.5) < 1.99 * np.sqrt((blind[:40].var(ddof=1) + blind[40:].var(ddof=1)) / 40)
        slope = seen[:40].mean() - seen[40:].mean() + np.sqrt(0.1) * rng.normal(size=5)
        level = seen[40:].mean() + np.sqrt(0.05) * rng.normal(size=5)
        known = level[:, None] + slope[:, None] * group
        draws = known + 0.5 * (seen - known) + np.sqrt(0.5) * rng.normal(size=(5, 80))
        values = draws[:, :40].mean(axis=1) - draws[:, 40:].mean(axis=1)
        variance = (draws[:, :40].var(axis=1, ddof=1) + draws[:, 40:].var(axis=1, ddof=1)) / 40
        found = pool(values, variance, 78.0)
        held += abs(found.value - 0.5) <= distributions.t.ppf(0.975, found.df) * np.sqrt(found.variance)
    yield _coverage(
        "levels of reliability .5, five plausible values", held, runs, f"posterior means {means / runs:.1%}"
    )


def panel(outcome: np.ndarray, first: np.ndarray) -> pa.Table:
    """A wide outcome and first treated periods (at the width: never) as a frame."""
    people, width = outcome.shape
    return pa.table(
        {
            "unit": np.repeat(np.arange(people), width),
            "period": np.tile(np.arange(width), people),
            "outcome": outcome.ravel(),
            "first_treated": pa.array(np.repeat(first, width), mask=np.repeat(first >= width, width)),
        }
    )


def _bench(outcome: np.ndarray, first: np.ndarray) -> Workbench:
    """Changes and the efficient estimators alone."""
    flat = np.zeros(len(first), dtype=np.int64)
    stats = moments(outcome, first.astype(np.int64), flat, None, np.arange(outcome.shape[1]))
    bench = Workbench(stats, "notyet", 3, 5)
    efficient.fill(bench, True)
    cells = impact_cells.compare(stats, "notyet")
    total = impact_cells.simple(cells)
    found = columns(stats, functional(stats, cells, [total]))
    contrast = Contrast(total.value, found.matrix[:, 0])
    bench.found["cs_simple"] = estimate(contrast, found.treated, arms(stats))
    return bench


def _lottery(
    seed: int,
    people: int,
    width: int,
    share: float,
    effect: float,
    persistence: float,
    dates: tuple[int, ...] = (10, 13, 16),
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    state, noise = rng.normal(size=people), np.zeros((people, width))
    for t in range(width):
        state = persistence * state + rng.normal(size=people) * np.sqrt(1 - persistence**2)
        noise[:, t] = state
    outcome = 0.8 * rng.normal(size=(people, 1)) + 0.2 * rng.normal(size=width) + 0.7 * noise
    first = np.full(people, width)
    order, size = rng.permutation(people), int(people * share)
    for j, date in enumerate(dates):
        first[order[j * size : (j + 1) * size]] = date
    return outcome + effect * (np.arange(width) >= first[:, None]), first


def _factors(seed: int, units: int, width: int, treated: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    course = np.cumsum(rng.normal(size=(2, width)), axis=1)
    outcome = rng.normal(size=(units, 2)) @ course + rng.normal(size=(units, width))
    return outcome, np.where(np.arange(units) < treated, width - 12, width)


def _offer(rng: np.random.Generator, people: int, movers: float) -> pa.Table:
    kind = rng.choice(3, people, p=[movers, 0.6 * (1 - movers), 0.4 * (1 - movers)])
    assigned = rng.permutation(np.arange(people) % 2)
    part = np.where(kind == 0, assigned, kind == 1).astype(int)
    outcome = rng.normal(size=people) + kind + np.where(kind == 0, 2.0, 5.0) * part
    return pa.table({"assigned": assigned, "outcome": outcome, "took_part": part})


def _pandas(pd: Any, outcome: np.ndarray, first: np.ndarray) -> Any:
    people, width = outcome.shape
    unit, when = np.repeat(np.arange(people), width), np.tile(np.arange(width), people)
    treated = (when >= np.repeat(first, width)).astype(int)
    ever = np.repeat(first < width, width).astype(int)
    return pd.DataFrame({"unit": unit, "time": when, "y": outcome.ravel(), "d": treated, "ever": ever})


def _cpu(work: Callable[[], Any]) -> tuple[Any, float]:
    work()
    started = time.process_time()
    found = work()
    return found, time.process_time() - started


def _compared(what: str, ours: float, theirs: float, spent: float, other: float, tolerance: float) -> Line:
    apart = abs(ours - theirs) / abs(theirs)
    value = f"{ours:.6g} in {spent:.3f} CPU s"
    reference = f"{theirs:.6g} in {other:.3f} CPU s"
    return Line(what, value, f"within {tolerance:g}", reference, spent / other, bool(apart <= tolerance))


def _coverage(what: str, held: int, runs: int, note: str = "") -> Line:
    """Coverage of a 95 % interval; missed where it lies below 95 % by more than 2.6 errors of the study and a point."""
    rate = held / runs
    least = 0.94 - 2.6 * float(np.sqrt(0.95 * 0.05 / runs))
    return Line(f"coverage: {what}", f"{rate:.1%} of {runs:,}", "95 %", note, met=bool(rate >= least))
