"""How often the bracket holds the truth, raises a false alarm or errs in sign, by why people were sent.

Every panel has 24 months and three intakes of a tenth of the people (months 10, 13 and 16), unless it says otherwise;
noise within a person persists by .4 a month. The truth is the mean effect over treated people and months.
"""

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pyarrow as pa

from benchmarks.engine.lines import Line, Size
from upwell.engine import impact

MONTHS = 24
INTAKES = (10, 13, 16)
PUBLISHED = ("random", "lasting_low_level", "last_quarter", "private_dip", "staggered")
HARDER = (
    "near_deterministic",
    "counts_with_zeros",
    "hidden_rate",
    "growing_effect",
    "eight_clusters",
    "bounded_share",
    "drifting_apart",
)
COUNTS = ("counts_with_zeros", "hidden_rate")
"""Counts with many zeros; people are ranked on the counts, or on a rate that only the manager knows."""


@dataclass(frozen=True, slots=True)
class Case:
    """One simulated panel: why people were sent, how many there are, the effect in outcome units, the seed."""

    sent: str
    people: int
    effect: float
    seed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the evaluation said of a case: did A, B and their union hold the truth, verdict code, wrong sign."""

    a: bool
    b: bool
    union: bool
    width: float
    code: int
    wrong_sign: bool


def simulate(case: Case) -> tuple[pa.Table, float]:
    """A panel and the true mean effect on its treated months."""
    rng = np.random.default_rng([case.people, case.seed])
    person = 0.8 * rng.normal(size=(case.people, 1))
    noise = 0.7 * _persistent(rng, case.people, 0.4)
    state = _persistent(rng, case.people, 0.6)
    dip = 0.6 * np.minimum(state + 0.5, 0.0) if case.sent == "private_dip" else 0.0
    season = 0.2 * rng.normal(size=MONTHS)
    team = np.zeros(case.people, dtype=np.int64)
    untreated = person + season + noise + dip
    if case.sent == "eight_clusters":
        team = rng.integers(0, 8, case.people)
        untreated += 0.3 * (rng.normal(size=(8, 1)) + 0.5 * _persistent(rng, 8, 0.6))[team]
    if case.sent == "drifting_apart":
        untreated -= 0.02 * np.arange(MONTHS) * (person < 0)
    record = _Record(case.sent, rng, untreated)
    judged = untreated if case.sent == "hidden_rate" else record.of(np.zeros_like(untreated))
    first = _first(case.sent, rng, person[:, 0], judged, state, team)
    since = np.arange(MONTHS) - first[:, None]
    raised = case.effect * (since >= 0)
    if case.sent == "growing_effect":
        raised = raised * np.clip((since + 1) / 6, 0.0, 2.0)
    outcome, gain = record.of(raised), record.gain(raised)
    table = _table(outcome, first, team if case.sent == "eight_clusters" else None)
    treated = since >= 0
    return table, float(gain[treated].mean()) if treated.any() else 0.0


def judge(case: Case) -> Outcome | None:
    """Evaluate a case; None where the evaluation withholds its bracket."""
    table, truth = simulate(case)
    mechanism = "staggered" if case.sent in ("random", "staggered") else "judgement"
    result = impact.evaluate(table, mechanism=mechanism, seed=1)
    a, b, union = result.estimators["bjs_donut"], result.estimators["sequential_trial"], result.bracket
    if a is None or b is None or union is None:
        return None
    claimed = result.verdict.code in (2, 3)
    return Outcome(
        a.lo95 <= truth <= a.hi95,
        b.lo95 <= truth <= b.hi95,
        union.lo <= truth <= union.hi,
        union.hi - union.lo,
        result.verdict.code,
        claimed and truth != 0 and (union.lo > 0) != (truth > 0),
    )


def _persistent(rng: np.random.Generator, people: int, kept: float) -> np.ndarray:
    noise = np.empty((people, MONTHS))
    state = rng.normal(size=people)
    for t in range(MONTHS):
        state = kept * state + rng.normal(size=people) * np.sqrt(1 - kept**2)
        noise[:, t] = state
    return noise


def _first(
    sent: str, rng: np.random.Generator, person: np.ndarray, results: np.ndarray, state: np.ndarray, team: np.ndarray
) -> np.ndarray:
    """First treated month; months beyond the panel for never."""
    people = len(person)
    first = np.full(people, MONTHS)
    if sent == "eight_clusters":
        order = np.argsort(np.array([person[team == k].mean() if (team == k).any() else 0.0 for k in range(8)]))
        for start, k in zip((10, 10, 13, 16), order[[0, 2, 4, 6]], strict=True):
            first[team == k] = start
        return first
    if sent == "staggered":
        score = person + 1.0 * rng.normal(size=people)
        starts = np.array([10, 13, 16, 19, MONTHS])
        first[np.argsort(score)] = starts[np.arange(people) * 5 // people]
        return first
    for start in INTAKES:
        free = np.flatnonzero(first == MONTHS)
        score = _score(sent, rng, person[free], results[free], state[free], start)
        first[free[np.argsort(score)[: max(people // 10, 2)]]] = start
    return first


def _score(
    sent: str, rng: np.random.Generator, person: np.ndarray, results: np.ndarray, state: np.ndarray, start: int
) -> np.ndarray:
    """Who is sent first: the lowest score."""
    luck = rng.normal(size=len(person))
    quarter = results[:, start - 3 : start].mean(axis=1)
    scores = {
        "random": luck,
        "lasting_low_level": person + 0.5 * luck,
        "private_dip": state[:, start - 1] + 0.3 * luck,
        "near_deterministic": quarter + 0.05 * luck,
    }
    return scores.get(sent, quarter + 0.5 * luck)


class _Record:
    """What is recorded of the underlying results: themselves, counts with many zeros, or shares between 0 and 1."""

    def __init__(self, sent: str, rng: np.random.Generator, untreated: np.ndarray) -> None:
        self.sent, self.untreated = sent, untreated
        self.counts = sent in COUNTS
        if self.counts:
            self.frailty = rng.gamma(2.0, 0.5, untreated.shape) * (rng.random(untreated.shape) > 0.3)
            self.seed = int(rng.integers(2**32))

    def of(self, raised: np.ndarray) -> np.ndarray:
        """The recorded results with this effect on the underlying ones."""
        if self.counts:
            rate = np.exp(self.untreated + raised - 0.8) * self.frailty
            return np.random.default_rng(self.seed).poisson(rate).astype(float)
        return _share(self.untreated + raised) if self.sent == "bounded_share" else self.untreated + raised

    def gain(self, raised: np.ndarray) -> np.ndarray:
        """The effect on the recorded scale."""
        if self.counts:
            return 0.7 * (np.exp(self.untreated + raised - 0.8) - np.exp(self.untreated - 0.8))
        if self.sent == "bounded_share":
            return _share(self.untreated + raised) - _share(self.untreated)
        return raised


def _share(value: np.ndarray) -> np.ndarray:
    return np.clip(0.75 + 0.25 * value, 0.0, 1.0)


def _table(outcome: np.ndarray, first: np.ndarray, team: np.ndarray | None) -> pa.Table:
    people, months = outcome.shape
    start = np.repeat(first, months)
    columns = {
        "unit": np.repeat(np.arange(people), months),
        "period": np.tile(np.arange(months), people),
        "outcome": outcome.ravel(),
        "first_treated": pa.array(start, mask=start >= months),
    }
    if team is not None:
        columns["cluster"] = np.repeat(team, months)
    return pa.table(columns)


def study(sent: str, people: int, effect: float, panels: int) -> list[Outcome]:
    """Judge panels one after another in this process."""
    found = [judge(Case(sent, people, effect, seed)) for seed in range(panels)]
    return [one for one in found if one is not None]


def measure(size: Size) -> Iterator[Line]:
    """Coverage of the union, false alarms and errors of sign; two processes."""
    worlds = ((60, 0.0), (150, 0.0), (150, 0.3), (600, 0.0)) if size is Size.FULL else ((150, 0.3),)
    cells = [(sent, *world) for sent, world in product((*PUBLISHED, *HARDER), worlds)]
    panels = [_panels(cell[0], size) for cell in cells]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.starmap(study, [(*cell, runs) for cell, runs in zip(cells, panels, strict=True)], chunksize=1)
    for (sent, people, effect), runs, outcomes in zip(cells, panels, found, strict=True):
        yield _line(sent, people, effect, outcomes, runs)


def _panels(sent: str, size: Size) -> int:
    """Panels a cell; most go to the mechanisms whose coverage has a target."""
    if size is Size.QUICK:
        return 4
    return 40 if sent in PUBLISHED else 28


def _line(sent: str, people: int, effect: float, outcomes: list[Outcome], panels: int) -> Line:
    what = f"{sent.replace('_', ' ')}, {people} people, effect {effect:g}"
    if not outcomes:
        return Line(what, "withheld in every panel")
    held, a, b = (100 * np.mean([getattr(o, name) for o in outcomes]) for name in ("union", "a", "b"))
    claims = 100 * np.mean([o.code in (2, 3) for o in outcomes])
    wrong = sum(o.wrong_sign for o in outcomes)
    codes = np.bincount([o.code for o in outcomes], minlength=7)
    value = (
        f"union holds the truth in {held:.0f} % (A {a:.0f}, B {b:.0f}) of {len(outcomes)}/{panels}; verdict 3 in "
        f"{claims:.0f} %, 4 in {100 * codes[4] / len(outcomes):.0f} %; wrong sign {wrong}"
    )
    slack = 100 * 2.5 * np.sqrt(0.05 * 0.95 / len(outcomes))
    met = claims <= 5 + slack and wrong == 0 if effect == 0 else wrong == 0
    if sent in PUBLISHED:
        met = met and held >= 96 - slack
    return Line(what, value, "union >= 96 % (published mechanisms), false alarms <= 5 %, no wrong sign", met=bool(met))
