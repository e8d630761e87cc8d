"""Monthly results of people: a lasting part, the level, a private slope, a season and noise that fades slowly."""

from __future__ import annotations

import numpy as np

from upwell.engine.simulate.designs import KpiDesign
from upwell.engine.simulate.streams import Floats, Streams

LASTING_VARIANCE = 0.150
"""So that one year's mean of a continuous result is correlated .56 with the next (level and slope add to the lasting
part)."""
PERSISTENCE = 0.3
LEVEL_LINK = 0.25
COUNT_SIZE = 0.94
LARGEST_COUNT = 100_000
AT_ONCE = 1 << 13
"""Counts worked on together, few enough to stay in the processor's cache."""


def untreated(streams: Streams, kpi: KpiDesign, gaps: Floats, motivation: Floats) -> Floats:
    """Standardised result of each person and month without any programme; monthly noise has standard deviation 1.

    `gaps` is level minus required per person and month. The slope is correlated .6 with motivation, which is why
    people who send themselves would have risen anyway.
    """
    people, months = gaps.shape
    run = np.ascontiguousarray(streams.normal(f"kpi.{kpi.key}.noise", people, months).T)
    fresh = np.sqrt(1 - PERSISTENCE**2)
    for month in range(1, months):
        run[month] = PERSISTENCE * run[month - 1] + fresh * run[month]
    lasting = np.sqrt(LASTING_VARIANCE) * streams.normal(f"kpi.{kpi.key}.lasting", people)
    slope = 0.012 * (0.6 * motivation + 0.8 * streams.normal(f"kpi.{kpi.key}.slope", people))
    season = 0.15 * np.sin(2 * np.pi * (np.arange(months) + 2) / 12)
    for month in range(months):
        run[month] = lasting + LEVEL_LINK * gaps[:, month] + slope * month + season[month] + run[month]
    return np.ascontiguousarray(run.T)


def chances(streams: Streams, kpi: KpiDesign, people: int, months: int) -> Floats | None:
    """The chance behind each count; None for results that need none."""
    return streams.uniform(f"kpi.{kpi.key}.count", people, months) if kpi.kind == "count" else None


def expressed(kpi: KpiDesign, u: Floats, chance: Floats | None) -> Floats:
    """Results in the KPI's own unit. The same chance is to be used for treated and untreated results."""
    if kpi.kind == "continuous":
        return kpi.centre + kpi.spread * u
    if kpi.kind == "share" or chance is None:
        logit = np.log(kpi.centre / (1 - kpi.centre))
        return np.asarray(1 / (1 + np.exp(-(logit + kpi.spread * u))))
    return negative_binomial(chance, COUNT_SIZE, kpi.centre * np.exp(kpi.spread * u))


def negative_binomial(chance: Floats, size: float, mean: Floats) -> Floats:
    """Quantiles of negative binomials with the given means, by adding up probabilities from 0 on.

    At most 100,000. Terms: p(0) = (size / (size + mean))^size and p(k + 1) = p(k) (size + k) / (k + 1) q.
    """
    q, wanted = (mean / (size + mean)).reshape(-1), chance.reshape(-1)
    found = np.empty(q.size)
    for start in range(0, q.size, AT_ONCE):
        here = slice(start, start + AT_ONCE)
        found[here] = _quantiles(wanted[here], size, q[here])
    return found.reshape(chance.shape)


def _quantiles(wanted: Floats, size: float, q: Floats) -> Floats:
    found = np.zeros(q.size)
    term = (1.0 - q) ** size
    total = term.copy()
    open_ = np.flatnonzero(total < wanted)
    term, total, q, wanted = term[open_], total[open_], q[open_], wanted[open_]
    steps = np.ones(len(open_))
    for k in range(LARGEST_COUNT):
        term *= q * ((size + k) / (k + 1))
        total += term
        more = total < wanted
        steps += more
        if k % 4 == 3:
            found[open_[~more]] = steps[~more]
            open_, steps = open_[more], steps[more]
            term, total, q, wanted = term[more], total[more], q[more], wanted[more]
            if not len(open_):
                break
    found[open_] = steps
    return found
