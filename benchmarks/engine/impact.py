"""Impact: speed and memory end to end, random results, and another program's estimators in the same run."""

import multiprocessing
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.engine.lines import Cost, Line, Size, apart, cost_of
from upwell.engine import impact

MONTHS = 24
LARGE = 1_000_000


def measure(size: Size) -> Iterator[Line]:
    """Speed first, in processes of their own; then row order; then random results."""
    people = LARGE if size is Size.FULL else 50_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "panel.parquet"
        apart(write, str(path), people)
        cost = apart(from_file, str(path))
        met = cost.cpu <= 10 and cost.peak_mb <= 2048 if size is Size.FULL else None
        yield Line(f"{people:,} people x 24, Parquet to verdict", str(cost), "<= 10 s, <= 2 GB", met=met)
        small = Path(folder) / "small.parquet"
        apart(write, str(small), 10_000)
        warm = apart(again, str(small))
        yield Line("10,000 people x 24, Parquet to verdict, imports done", str(warm), "<= 300 ms", met=warm.wall <= 0.3)
    yield from _beside_another_program(2_000 if size is Size.FULL else 300)
    yield _row_order()
    yield _random_results(200 if size is Size.FULL else 10)


def write(path: str, people: int) -> None:
    """A shuffled panel with three cohorts of a tenth each."""
    rng = np.random.default_rng(0)
    first = rng.choice([10, 13, 16, MONTHS], people, p=[0.1, 0.1, 0.1, 0.7])
    outcome = rng.normal(size=(people, 1)) + 0.7 * rng.normal(size=(people, MONTHS))
    outcome += 0.3 * (np.arange(MONTHS) >= first[:, None])
    table = _table(rng.permutation(people), outcome, first)
    pq.write_table(table.take(pa.array(rng.permutation(table.num_rows))), path)


def from_file(path: str) -> Cost:
    """Read and evaluate once; pyarrow looks for pandas on its first conversion, which is an import and not our work."""
    pa.array([0.0]).to_numpy()
    return cost_of(lambda: _evaluate(path))[1]


def again(path: str) -> Cost:
    """Read and evaluate where everything is imported."""
    _evaluate(path)
    return min((cost_of(lambda: _evaluate(path))[1] for _ in range(5)), key=lambda c: c.wall)


def _evaluate(path: str) -> impact.EffectResult:
    return impact.evaluate(pq.ParquetFile(path).read(), mechanism="judgement", seed=1)


def _table(units: np.ndarray, outcome: np.ndarray, first: np.ndarray) -> pa.Table:
    start = np.repeat(first, MONTHS)
    return pa.table(
        {
            "unit": np.repeat(units, MONTHS),
            "period": np.tile(np.arange(MONTHS), len(units)),
            "outcome": outcome.ravel(),
            "first_treated": pa.array(start, mask=start >= MONTHS),
        }
    )


def _beside_another_program(people: int) -> Iterator[Line]:
    """Callaway-Sant'Anna and imputation of diff-diff on the same panel; all our estimators against these two."""
    try:
        import diff_diff
    except ImportError:
        return
    rng = np.random.default_rng(1)
    first = rng.choice([10, 13, 16, MONTHS], people, p=[0.1, 0.1, 0.1, 0.7])
    table = _table(np.arange(people), rng.normal(size=(people, MONTHS)) + rng.normal(size=(people, 1)), first)
    frame = table.to_pandas()
    frame["first_treated"] = frame.first_treated.fillna(0).astype(int)
    names = ("outcome", "unit", "period", "first_treated")
    found, ours = cost_of(lambda: impact.evaluate(table, mechanism="judgement", seed=1))
    for name, other in _references(diff_diff).items():
        fitted, theirs = cost_of(lambda other=other: other.fit(frame, *names))
        value, se = _overall(fitted)
        own = found.estimators[name]
        apart_by = abs(own.estimate - value) + abs(own.se - se) if own else np.nan
        yield Line(
            f"{name}, {people:,} people x 24: distance in estimate and error",
            f"{apart_by:.1e}; all estimators {ours.cpu:.2f} CPU s",
            "1e-6",
            f"diff-diff, this one alone {theirs.cpu:.2f} CPU s",
            ours.cpu / theirs.cpu,
            bool(apart_by < 1e-6),
        )


def _references(diff_diff: Any) -> dict[str, Any]:
    return {
        "cs_simple": diff_diff.CallawaySantAnna(control_group="not_yet_treated", base_period="universal"),
        "bjs": diff_diff.ImputationDiD(),
        "sun_abraham": diff_diff.SunAbraham(),
    }


def _overall(fitted: Any) -> tuple[float, float]:
    if hasattr(fitted, "overall_att"):
        return float(fitted.overall_att), float(fitted.overall_se)
    simple = fitted.aggregate("simple")
    return float(simple.att[0]), float(simple.se[0])


def _row_order() -> Line:
    rng = np.random.default_rng(2)
    first = rng.choice([10, 13, 16, MONTHS], 3000)
    table = _table(np.arange(3000), rng.normal(size=(3000, MONTHS)), first)
    shuffled = table.take(pa.array(rng.permutation(table.num_rows)))
    one, two = (impact.evaluate(t, mechanism="judgement", seed=1) for t in (table, shuffled))
    distance = max(
        abs(a.estimate - b.estimate) + abs(a.se - b.se)
        for a, b in zip(one.estimators.values(), two.estimators.values(), strict=True)
        if a is not None and b is not None
    )
    return Line("shuffled rows: largest difference", f"{distance:.1e}", "1e-10", met=distance <= 1e-10)


def _random_results(runs: int) -> Line:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        codes = pool.map(random_code, range(runs), chunksize=max(1, runs // 8))
    share = 100 * np.mean([code in (2, 3) for code in codes])
    return Line(
        f"random results, {runs} runs: verdict 2 or 3",
        f"{share:.1f} %",
        "<= 8 %",
        met=bool(share <= 8) if runs >= 200 else None,
    )


def random_code(seed: int) -> int:
    """Verdict on results that are nothing but noise; lottery and judgement in turn."""
    rng = np.random.default_rng([7, seed])
    first = rng.permutation(np.repeat([10, 13, 16, MONTHS], [15, 15, 15, 105]))
    table = _table(np.arange(150), rng.normal(size=(150, MONTHS)), first)
    return impact.evaluate(table, mechanism=("lottery", "judgement")[seed % 2], seed=1).verdict.code
