"""Monthly results of people: a lasting part, the level, a private slope, a season and noise that fades slowly."""

from __future__ import annotations

import numpy as np

from upwell.engine.simulate.designs import KpiDesign
from upwell.engine.simulate.streams import Floats, Streams

YEAR_TO_YEAR = 0.56
"""Correlation of one year's mean result with the next, without drift."""
PERSISTENCE = 0.3
LEVEL_LINK = 0.25


def untreated(streams: Streams, kpi: KpiDesign, gaps: Floats, motivation: Floats) -> Floats:
    """Standardised result of each person and month without any programme; monthly noise has standard deviation 1.

    `gaps` is level minus required per person and month. The slope is correlated .6 with motivation, which is why
    people who send themselves would have risen anyway.
    """
    people, months = gaps.shape
    noise = streams.normal(f"kpi.{kpi.key}.noise", people, months)
    run = np.empty_like(noise)
    run[:, 0] = noise[:, 0]
    for month in range(1, months):
        run[:, month] = PERSISTENCE * run[:, month - 1] + np.sqrt(1 - PERSISTENCE**2) * noise[:, month]
    year_variance = (1 + PERSISTENCE) / (1 - PERSISTENCE) / 12
    lasting_sd = np.sqrt(year_variance * YEAR_TO_YEAR / (1 - YEAR_TO_YEAR))
    lasting = lasting_sd * streams.normal(f"kpi.{kpi.key}.lasting", people)
    slope = 0.012 * (0.6 * motivation + 0.8 * streams.normal(f"kpi.{kpi.key}.slope", people))
    season = 0.15 * np.sin(2 * np.pi * (np.arange(months) + 2) / 12)
    return np.asarray(lasting[:, None] + LEVEL_LINK * gaps + slope[:, None] * np.arange(months) + season + run)


def expressed(streams: Streams, kpi: KpiDesign, u: Floats) -> Floats:
    """Results in the KPI's own unit. The same chance is used for treated and untreated results."""
    if kpi.kind == "continuous":
        return kpi.centre + kpi.spread * u
    if kpi.kind == "share":
        logit = np.log(kpi.centre / (1 - kpi.centre))
        return np.asarray(1 / (1 + np.exp(-(logit + kpi.spread * u))))
    from scipy.stats import nbinom  # slow to import and needed by counts alone

    size = 0.94
    mean = kpi.centre * np.exp(kpi.spread * u)
    chance = streams.uniform(f"kpi.{kpi.key}.count", *u.shape)
    return np.asarray(nbinom.ppf(chance, size, size / (size + mean)), dtype=np.float64)
