"""The forecast against carrying the last count forward, on simulated organisations, and its speed."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.engine.lines import Line, Size, cost_of
from upwell.engine import forecast, simulate

HELD = ((0.45, 0.58), (0.76, 0.86), (0.93, 0.98))


def measure(size: Size) -> Iterator[Line]:
    """Skill and coverage by size of organisation and error of levels; then one projection's cost."""
    runs = [(400, 0.0, 1)] if size is Size.QUICK else [(n, e, 5) for n in (300, 1500, 6000) for e in (0.0, 0.35)]
    for people, error, seeds in runs:
        skills, covers, ahead = [], [], []
        for seed in range(1, seeds + 1):
            found = forecast.back_test(*snapshots(seed, people, error), steps=3, draws=300, seed=1)
            skills.append(found.skill)
            row, *later = [r for r in found.estimates.to_pylist() if r["method"] == "flows"]
            covers.append([row[f"{kind}{band}"] for kind in ("even", "cover") for band in (50, 80, 95)])
            ahead.append([[r[f"even{band}"] for band in (50, 80, 95)] for r in later])
        gain, cover = np.mean(skills, axis=0), np.mean(covers, axis=0)
        yield Line(
            f"{people:,} people, level error {error}: gain in CRPS at steps 1 to 3, {seeds} seeds",
            ", ".join(f"{100 * g:.1f} %" for g in gain) + f" (worst {100 * np.min(skills):.1f} %)",
            "above 0",
            "carry-forward",
            float(1 - gain.mean()),
            bool(np.sum(skills, axis=1).min() > 0),
        )
        words = ", ".join(f"{100 * c:.0f} %" for c in cover[:3])
        near = all(low <= c <= high for c, (low, high) in zip(cover[:3], HELD, strict=True))
        yield Line("probability held by 50, 80 and 95 % intervals, step 1", words, "45-58, 76-86, 93-98 %", met=near)
        for step, held in enumerate(np.mean(ahead, axis=0), start=2):
            words = ", ".join(f"{100 * c:.0f} %" for c in held)
            yield Line(f"probability held by them, step {step}", words, "50, 80, 95 %")
        words = ", ".join(f"{100 * c:.0f} %" for c in cover[3:])
        yield Line("whole numbers held by them, step 1", words, "50, 80, 95 %")
    people = 1000 if size is Size.QUICK else 20_000
    table, required = snapshots(1, people, 0.0)
    _, cost = cost_of(lambda: forecast.project(table, required, steps=8, seed=1))
    yield Line(f"project {people:,} people, {table.num_rows:,} rows, 8 steps, 1,000 paths", str(cost))


def snapshots(seed: int, people: int, error: float) -> tuple[pa.Table, pa.Table]:
    """True levels every half-year of four years, with measurement error, and the requirements."""
    made = simulate.organisation(
        people, seed=seed, months=48, programmes=(), only={"people", "requirements", "truth_levels"}
    )
    months = pa.array(sorted(set(pc.unique(made.truth_levels["month"]).to_pylist()))[5::6])
    rows = made.truth_levels.filter(pc.is_in(made.truth_levels["month"], months))
    rows = rows.join(made.people.select(["person", "role", "hired_on", "left_on"]), "person")
    stays = pc.fill_null(pc.greater(rows["left_on"], rows["month"]), True)
    rows = rows.filter(pc.and_(pc.less_equal(rows["hired_on"], rows["month"]), stays))
    noise = error * np.random.default_rng(seed).standard_normal(rows.num_rows)
    table = pa.table(
        {
            "period": pc.index_in(rows["month"], months).cast(pa.int64()),
            "person": rows["person"],
            "role": rows["role"],
            "capability": rows["capability"],
            "level": rows["level"].to_numpy().astype(np.float64) + noise,
        }
    )
    return table, made.requirements
