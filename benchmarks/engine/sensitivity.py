"""Sensitivity, the check before treatment, bands and power: cost, coverage at the edge, false alarms.

Referee: diff-diff (fixed-length intervals; its relative magnitudes are shown because they are too narrow).
"""

import importlib.util
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from scipy import stats as distributions

from benchmarks.engine.lines import Cost, Line, Size, cost_of
from upwell.engine import impact
from upwell.engine.impact.inference import Contrast
from upwell.engine.impact.sensitivity import MULTIPLES, sensitivity
from upwell.engine.numerics.impact_bands import sup_t
from upwell.engine.numerics.impact_honest import EventStudy, rejected, relative_magnitudes
from upwell.engine.numerics.impact_honest_pretest import JointTest
from upwell.engine.numerics.impact_honest_smooth import smoothness
from upwell.engine.numerics.impact_moments import Floats


def measure(size: Size) -> Iterator[Line]:
    """Cost of an event study of 24 periods, then simulations with known truth."""
    full = size is Size.FULL
    yield from _cost(12 if full else 5)
    yield from _relative_coverage(2500 if full else 300)
    yield from _smooth_coverage(2500 if full else 300)
    yield from _band_coverage(1200 if full else 300)
    yield _pretest_power(20_000 if full else 4000)
    yield from _alarms(200 if full else 5)


def _study(before: int, after: int, seed: int = 0) -> EventStudy:
    """Effects of .6 measured against one noisy reference period, 250 people's worth of noise that persists."""
    rng = np.random.default_rng(seed)
    lags = np.abs(np.subtract.outer(np.arange(before + after + 1), np.arange(before + after + 1)))
    noise = (0.6**lags + 0.5 * (lags == 0)) / 100
    onto = np.delete(np.eye(before + after + 1), before, axis=0)
    onto[:, before] -= 1
    covariance = onto @ noise @ onto.T
    value = rng.multivariate_normal(np.concatenate([np.zeros(before), np.full(after, 0.6)]), covariance)
    return EventStudy(value, covariance, before)


def _events(study: EventStudy) -> dict[int, Contrast]:
    root = np.linalg.cholesky(study.covariance).T
    relatives = [*range(-study.before - 1, -1), *range(study.after)]
    event = {e: Contrast(float(study.value[j]), root[:, j]) for j, e in enumerate(relatives)}
    return event | {-1: Contrast(0.0, np.zeros(len(root)))}


def _cost(months: int) -> Iterator[Line]:
    study = _study(11, 12)
    weights = np.full(12, 1 / 12)
    event = _events(study)
    _, product = cost_of(lambda: sensitivity(event, dict.fromkeys(event, 50.0), 1.96))
    yield Line("sensitivity of 24 months as the product runs it (blocks)", _ms(product), "<= 1 s", met=product.cpu <= 1)
    _, robust = cost_of(lambda: relative_magnitudes(study, weights, np.array(MULTIPLES)))
    yield Line("relative magnitudes, 24 periods one by one, 5 multiples", _ms(robust), "<= 1 s", met=robust.cpu <= 1)
    bends = np.array([0.0, 0.01, 0.02, 0.05, 0.1])
    _, smooth = cost_of(lambda: smoothness(study, weights, bends))
    if importlib.util.find_spec("diff_diff") is None:
        yield Line("smoothness, 24 periods, 5 bends", _ms(smooth), "<= 1 s", met=smooth.cpu <= 1)
        return
    from diff_diff import honest_did

    small = _study(months - 1, months)
    p, part = small.before, np.full(months, 1 / months)
    pair = (small.value[:p], small.value[p:])
    theirs, cost = cost_of(
        lambda: honest_did._compute_optimal_flci(*pair, small.covariance, part, p, months, 0.02, 0.05)
    )
    ours, mine = cost_of(lambda: smoothness(small, part, np.array([0.02])))
    apart = max(abs(ours.lo[0] - theirs[0]), abs(ours.hi[0] - theirs[1]))
    what = f"smoothness, {2 * months} periods, one bend (ends differ by {apart:.1e})"
    yield Line(what, _ms(mine), "", f"diff-diff {_ms(cost)}", mine.cpu / cost.cpu)


def _relative_coverage(runs: int) -> Iterator[Line]:
    """The truth is zero and the violation as large as allowed in every period after treatment."""
    study = _study(4, 4)
    rng = np.random.default_rng(1)
    for multiple in (0.5, 1.0, 2.0):
        for name, before in (("one large change before", [0.0, 0.3, 0, 0]), ("none before", [0.0] * 4)):
            path = np.cumsum(np.concatenate([before, np.full(4, multiple * max(before))]))
            truth = np.delete(np.concatenate([[0], path]) - path[3], 4)
            draws = rng.multivariate_normal(truth, study.covariance, runs)
            weights = np.full(4, 0.25)
            wrong = [rejected(EventStudy(d, study.covariance, 4), weights, 0.0, multiple) for d in draws]
            yield _coverage(f"relative magnitudes, multiple {multiple:g}, {name}: coverage", 1 - np.mean(wrong), runs)


def _smooth_coverage(runs: int) -> Iterator[Line]:
    study = _study(6, 4)
    at = np.array([-6, -5, -4, -3, -2, -1, 1, 2, 3, 4.0])
    rng = np.random.default_rng(2)
    for name, bend, kink in (
        ("steady bend", 0.05, None),
        ("kink at the start", 0.05, 0.0),
        ("straight line", 0.0, None),
    ):
        curve = 0.4 * at + bend * (at**2 / 2 if kink is None else np.maximum(at, 0))
        held = []
        for value in rng.multivariate_normal(curve, study.covariance, runs):
            found = smoothness(EventStudy(value, study.covariance, 6), np.full(4, 0.25), np.array([bend]))
            held.append(found.lo[0] <= 0 <= found.hi[0])
        yield _coverage(f"smoothness, {name}: coverage", np.mean(held), runs)


def _band_coverage(runs: int) -> Iterator[Line]:
    rng = np.random.default_rng(3)
    study = _study(11, 12)
    for people in (20, 200):
        root = np.linalg.cholesky(study.covariance * people)
        held = []
        for run in range(runs):
            drawn = rng.normal(size=(people, len(root))) @ root.T
            own = np.cov(drawn.T) / people
            wide = sup_t(own, seed=run, df=people - 1, draws=2000)
            held.append(bool((np.abs(drawn.mean(axis=0)) <= wide * np.sqrt(np.diag(own))).all()))
        yield _coverage(f"band over 23 coefficients, {people} people: all held at once", np.mean(held), runs)


def _pretest_power(runs: int) -> Line:
    study = _study(11, 12)
    spread = study.covariance[:11, :11]
    at = np.arange(-11.0, 0)
    test = JointTest(at, np.linalg.inv(spread), 11, None)
    slope = test.slope_found(0.8)
    draws = np.random.default_rng(4).multivariate_normal(slope * at, spread, runs)
    wald = np.einsum("ij,jk,ik->i", draws, test.inverse, draws)
    found = float((wald > distributions.chi2.ppf(0.95, 11)).mean())
    return Line("drift said to be found with 80 %: found in", f"{found:.1%}", "80 %", met=abs(found - 0.8) < 0.02)


def _alarms(runs: int) -> Iterator[Line]:
    """Programmes that do nothing, judged on a random result."""
    for mechanism, target in (("lottery", 0.08), ("staggered", 0.08), ("judgement", 0.08)):
        proven = 0
        for seed in range(runs):
            verdict = impact.evaluate(_null(seed, 120), mechanism=mechanism, seed=seed).verdict
            proven += verdict.code in (2, 3)
        share = proven / runs
        yield Line(
            f"random result, {mechanism}, {runs} programmes: verdict 2 or 3",
            f"{share:.1%}",
            "<= 8 %",
            met=share <= target + (0 if runs >= 200 else 0.15),
        )
    for effect in (0.3, 0.6):
        some = max(runs // 5, 6)
        codes = [
            impact.evaluate(_null(seed, 600, effect), mechanism="staggered", seed=seed).verdict.code
            for seed in range(some)
        ]
        yield Line(f"true effect {effect} of .99 sd, 600 people, staggered: verdict 3", f"{codes.count(3) / some:.0%}")


def _null(seed: int, people: int, effect: float = 0.0) -> pa.Table:
    """Two years of a persistent result, two intakes of a sixth of the people each drawn at random."""
    rng = np.random.default_rng(seed)
    noise = np.empty((people, 24))
    state = rng.normal(size=people)
    for t in range(24):
        state = 0.4 * state + np.sqrt(1 - 0.16) * rng.normal(size=people)
        noise[:, t] = state
    outcome = 0.7 * rng.normal(size=(people, 1)) + 0.7 * noise
    order = rng.permutation(people)
    first = np.full(people, 24)
    first[order[: people // 6]] = 11
    first[order[people // 6 : people // 3]] = 15
    outcome += effect * (np.arange(24) >= first[:, None])
    return _frame(outcome, first)


def _frame(outcome: Floats, first: np.ndarray) -> pa.Table:
    n, width = outcome.shape
    return pa.table(
        {
            "unit": np.repeat(np.arange(n), width),
            "period": np.tile(np.arange(width), n),
            "outcome": outcome.ravel(),
            "first_treated": pa.array(np.repeat(first, width), mask=np.repeat(first >= width, width)),
        }
    )


def _coverage(what: str, share: float, runs: int) -> Line:
    error = 3 * float(np.sqrt(0.95 * 0.05 / runs))
    return Line(what, f"{share:.1%}", ">= 95 % less 3 Monte Carlo errors", met=bool(share >= 0.95 - error))


def _ms(cost: Cost) -> str:
    return f"{1000 * cost.cpu:,.0f} CPU ms"
