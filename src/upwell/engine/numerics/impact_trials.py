"""Sequential trials: each intake against people untrained then and still, given the same recent results.

For intake g and period t >= g, least squares of the result at t on treatment, the last three results before g, the
mean of the earlier ones and strata, among people untrained before g and (if not of this intake) still untrained at
t. Comparison people weigh by the inverse probability of having stayed untrained from g to t given their own recent
results (pooled logistic hazards), so that leaving the comparison group after a bad month does not bias it (Hernan
and Robins 2020, chapters 21-22; Danaei et al. 2013). Variances use HC3 residuals, summed per person over trials.
"""

from dataclasses import dataclass

import numpy as np

from upwell.engine.numerics.impact_moments import Bools, Floats, Ints

LAGS = 3
LARGEST_WEIGHT = 20.0


@dataclass(frozen=True, slots=True)
class Trials:
    """Pooled effect, influence per person (N), and the cells used: cohort, period, treated, controls."""

    value: float
    influence: Floats
    cohort: Ints
    period: Ints
    effect: Floats
    treated: Ints
    controls: Ints
    largest_weight: float


def sequential_trials(outcome: Floats, cohort: Ints, stratum: Ints, min_controls: int) -> Trials | None:
    """Pool all trials, cells weighted by their treated people; None where no cell can be estimated.

    ``outcome`` is N x T with NaN where unseen, ``cohort`` the index of the first treated period (T for never).
    """
    n_people, n_periods = outcome.shape
    stay = _staying(outcome, cohort)
    influence = np.zeros(n_people)
    found: list[tuple[int, int, float, int, int]] = []
    heaviest = 1.0
    for g in (int(c) for c in np.unique(cohort) if 0 < c < n_periods):
        people = np.flatnonzero(cohort >= g)
        covariates, known = _history(outcome[people], stratum[people], g)
        people, covariates = people[known], covariates[known]
        ours = cohort[people] == g
        for t in range(g, n_periods):
            present = (ours | (cohort[people] > t)) & ~np.isnan(outcome[people, t])
            n_treated = int((present & ours).sum())
            n_controls = int((present & ~ours).sum())
            enough = max(min_controls, 2)
            width = covariates.shape[1] + 1
            if not n_treated or n_controls < enough or n_treated + n_controls < width + 2:
                continue
            chosen, treat = people[present], ours[present]
            weight = _weights(stay, chosen, treat, g, t)
            heaviest = max(heaviest, float(weight.max()))
            fitted = _regress(outcome[chosen, t], treat, covariates[present], weight)
            if fitted is None:
                continue
            effect, psi = fitted
            influence[chosen] += n_treated * psi
            found.append((g, t, effect, n_treated, n_controls))
    if not found:
        return None
    table = np.array(found, dtype=np.float64)
    total = table[:, 3].sum()
    whole = table[:, [0, 1, 3, 4]].astype(np.int64)
    return Trials(
        float(table[:, 2] @ table[:, 3] / total),
        influence / total,
        whole[:, 0],
        whole[:, 1],
        table[:, 2],
        whole[:, 2],
        whole[:, 3],
        heaviest,
    )


def _history(outcome: Floats, stratum: Ints, g: int) -> tuple[Floats, Bools]:
    lags = min(LAGS, g)
    parts = [np.ones((len(outcome), 1)), outcome[:, g - lags : g]]
    if g > lags:
        parts.append(_row_mean(outcome[:, : g - lags])[:, None])
    present = np.unique(stratum)
    if len(present) > 1:
        parts.append((stratum[:, None] == present[1:]).astype(np.float64))
    joined: Floats = np.concatenate(parts, axis=1)
    complete: Bools = np.asarray(np.isfinite(joined).all(axis=1), dtype=np.bool_)
    return joined, complete


def _regress(y: Floats, treat: Bools, covariates: Floats, weight: Floats) -> tuple[float, Floats] | None:
    design = np.concatenate([treat[:, None].astype(np.float64), covariates], axis=1)
    scale = np.sqrt((design**2).mean(axis=0))
    design /= np.where(scale > 0, scale, 1.0)
    weighted = design * weight[:, None]
    inverse = np.linalg.pinv(weighted.T @ design, rcond=1e-10, hermitian=True)
    coefficient = inverse @ (weighted.T @ y)
    pull = design @ inverse
    leverage = weight * (pull * design).sum(axis=1)
    spread = weight * pull[:, 0] / scale[0]
    if abs(spread[treat].sum() - 1.0) > 1e-6:
        return None
    residual = y - design @ coefficient
    return float(coefficient[0] / scale[0]), spread * residual / np.clip(1.0 - leverage, 0.05, None)


def _weights(stay: Floats, chosen: Ints, treat: Bools, g: int, t: int) -> Floats:
    kept = np.prod(stay[chosen, g + 1 : t + 1], axis=1)
    raw = 1.0 / np.maximum(kept, 1.0 / LARGEST_WEIGHT)
    return np.where(treat, 1.0, raw / raw[~treat].mean())


def _staying(outcome: Floats, cohort: Ints) -> Floats:
    """Probability of not starting in each period (N x T) for those at risk, from their last results."""
    n_people, n_periods = outcome.shape
    stay = np.ones((n_people, n_periods))
    blocks: list[tuple[int, Ints, Floats, Floats, float]] = []
    for s in range(1, n_periods):
        at_risk = np.flatnonzero(cohort >= s)
        started = (cohort[at_risk] == s).astype(np.float64)
        if not started.any() or started.all():
            continue
        rate = float(started.mean())
        blocks.append((s, at_risk, _recent(outcome[at_risk], s), started, float(np.log(rate / (1 - rate)))))
    if len(blocks) < 2:
        return stay
    slopes = _logistic(
        np.concatenate([b[2] for b in blocks]),
        np.concatenate([b[3] for b in blocks]),
        np.concatenate([np.full(len(b[1]), b[4]) for b in blocks]),
    )
    for s, at_risk, recent, _, offset in blocks:
        stay[at_risk, s] = 1.0 - _sigmoid(offset + recent @ slopes)
    return stay


def _recent(outcome: Floats, s: int) -> Floats:
    lags = min(LAGS, s)
    parts = [outcome[:, s - 1], _row_mean(outcome[:, s - lags : s])]
    if s > lags:
        parts.append(_row_mean(outcome[:, : s - lags]))
    else:
        parts.append(np.full(len(outcome), np.nan))
    columns = [np.ones(len(outcome))]
    for values in parts:
        seen = ~np.isnan(values)
        centred = np.zeros(len(values))
        if seen.any():
            spread = values[seen].std()
            centred[seen] = (values[seen] - values[seen].mean()) / (spread if spread > 0 else 1.0)
        columns.append(centred)
    return np.column_stack(columns)


def _logistic(design: Floats, started: Floats, offset: Floats, rounds: int = 12) -> Floats:
    """Newton steps with a unit Gaussian prior on standardised slopes, which keeps separated data finite."""
    slopes = np.zeros(design.shape[1])
    for _ in range(rounds):
        fitted = _sigmoid(offset + design @ slopes)
        curve = (design * (fitted * (1 - fitted))[:, None]).T @ design + np.eye(len(slopes))
        step = np.linalg.solve(curve, design.T @ (started - fitted) - slopes)
        slopes = slopes + step
        if np.abs(step).max() < 1e-8:
            break
    return slopes


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))


def _row_mean(values: Floats) -> Floats:
    seen = ~np.isnan(values)
    counts = seen.sum(axis=1)
    sums = np.where(seen, values, 0.0).sum(axis=1)
    means: Floats = np.divide(sums, counts, out=np.full(len(values), np.nan), where=counts > 0)
    return means
