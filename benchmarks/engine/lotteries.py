"""Small lotteries: does the interval of the headline hold the truth, and how often does nothing look like something?"""

import multiprocessing
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from benchmarks.engine.lines import Line, Size
from upwell.engine import impact

MONTHS = 24
DRAWS = {
    "4, 4, 4 of 24": (24, (4, 4, 4)),
    "4, 4, 4 of 40": (40, (4, 4, 4)),
    "6, 6, 6 of 60": (60, (6, 6, 6)),
    "20, 20, 20 of 200": (200, (20, 20, 20)),
    "one date, 12 of 24": (24, (12,)),
}


def panel(people: int, sizes: tuple[int, ...], effect: float, seed: int) -> pa.Table:
    """Results that persist from month to month (.4); dates drawn among all people."""
    rng = np.random.default_rng([people, seed])
    noise = np.empty((people, MONTHS))
    state = rng.normal(size=people)
    for t in range(MONTHS):
        state = 0.4 * state + rng.normal(size=people) * np.sqrt(1 - 0.4**2)
        noise[:, t] = state
    starts = [12] if len(sizes) == 1 else [10, 13, 16]
    first = rng.permutation(np.repeat([*starts, MONTHS], [*sizes, people - sum(sizes)]))
    outcome = 0.8 * rng.normal(size=(people, 1)) + 0.2 * rng.normal(size=MONTHS) + 0.7 * noise
    outcome += effect * (np.arange(MONTHS) >= first[:, None])
    start = np.repeat(first, MONTHS)
    return pa.table(
        {
            "unit": np.repeat(np.arange(people), MONTHS),
            "period": np.tile(np.arange(MONTHS), people),
            "outcome": outcome.ravel(),
            "first_treated": pa.array(start, mask=start >= MONTHS),
        }
    )


def judge(people: int, sizes: tuple[int, ...], effect: float, seed: int) -> tuple[bool, bool]:
    """Whether the headline's interval holds the effect, and whether the verdict is 2."""
    result = impact.evaluate(panel(people, sizes, effect, seed), mechanism="lottery", seed=seed, min_group=2)
    found = result.headline
    return found is not None and found.lo95 <= effect <= found.hi95, result.verdict.code == 2


def measure(size: Size) -> Iterator[Line]:
    """Coverage and false alarms of each draw without an effect, coverage of two with one; two processes."""
    runs = 200 if size is Size.FULL else 6
    cells = [*((name, 0.0) for name in DRAWS), ("4, 4, 4 of 40", 0.4), ("6, 6, 6 of 60", 0.4)]
    asked = [(*DRAWS[name], effect, seed) for name, effect in cells for seed in range(runs)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = np.array(pool.starmap(judge, asked, chunksize=max(1, runs // 4))).reshape(len(cells), runs, 2)
    slack = 100 * 2.5 * np.sqrt(0.05 * 0.95 / runs)
    for (name, effect), answers in zip(cells, found, strict=True):
        held, claimed = 100 * answers.mean(axis=0)
        met = held >= 95 - slack and (effect > 0 or claimed <= 5 + slack)
        yield Line(
            f"drawn {name}, effect {effect:g}",
            f"interval holds it in {held:.1f} % of {runs}; verdict 2 in {claimed:.1f} %",
            "95 %; without effect verdict 2 in <= 5 %",
            met=bool(met) if size is Size.FULL else None,
        )
