"""Panels for impact tests: published ones, and simulated ones whose truth is known."""

import csv
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

ROOT = Path(__file__).resolve().parents[3]
Frame = Callable[[np.ndarray, np.ndarray], pa.Table]


def _folder() -> Path:
    given = os.environ.get("UPWELL_DATA")
    folder = (Path(given) if given else ROOT.parent / "shared" / "data") / "impact"
    if not (folder / "targets.json").exists():
        pytest.skip("published panels not found: set UPWELL_DATA to the folder that holds impact/targets.json")
    return folder


@pytest.fixture(scope="session")
def targets() -> dict[str, Any]:
    return dict(json.loads((_folder() / "targets.json").read_text()))


@pytest.fixture(scope="session")
def published() -> Callable[[str], list[dict[str, str]]]:
    def rows(name: str) -> list[dict[str, str]]:
        with gzip.open(_folder() / name, "rt") as lines:
            return list(csv.DictReader(lines))

    return rows


@pytest.fixture(scope="session")
def castle(published: Callable[[str], list[dict[str, str]]]) -> Callable[[str, str], pa.Table]:
    """Homicides by state and year; treated from the year in which the law is in force."""

    def panel(name: str, unit: str) -> pa.Table:
        rows = published(name)
        start: dict[str, int] = {}
        for row in rows:
            if row["post"] == "1":
                start[row[unit]] = min(start.get(row[unit], 9999), int(row["year"]))
        return pa.table(
            {
                "unit": [row[unit] for row in rows],
                "period": [int(row["year"]) for row in rows],
                "outcome": [float(row["l_homicide"]) for row in rows],
                "first_treated": pa.array([start.get(row[unit]) for row in rows], pa.int64()),
            }
        )

    return panel


@pytest.fixture(scope="session")
def frame() -> Frame:
    """Wide outcome (units x periods) and first treated period (>= periods: never) as a panel."""

    def build(outcome: np.ndarray, first: np.ndarray) -> pa.Table:
        n, width = outcome.shape
        return pa.table(
            {
                "unit": np.repeat(np.arange(n), width),
                "period": np.tile(np.arange(width), n),
                "outcome": outcome.ravel(),
                "first_treated": pa.array(np.repeat(first, width), mask=np.repeat(first >= width, width)),
            }
        )

    return build


@pytest.fixture(scope="session")
def programme(frame: Frame) -> Callable[..., pa.Table]:
    """A programme with three intakes in 24 months; ``sent`` says how people were chosen."""

    def simulate(seed: int, *, people: int, sent: str, effect: float) -> pa.Table:
        width = 24
        rng = np.random.default_rng(seed)
        person = 0.8 * rng.normal(size=(people, 1))
        noise = np.zeros((people, width))
        state = rng.normal(size=people)
        for t in range(width):
            state = 0.4 * state + rng.normal(size=people) * np.sqrt(1 - 0.16)
            noise[:, t] = state
        outcome = person + 0.2 * rng.normal(size=width) + 0.7 * noise
        first = np.full(people, width)
        for start in (10, 13, 16):
            free = np.flatnonzero(first == width)
            score = rng.normal(size=len(free))
            if sent == "lasting_low_level":
                score = person[free, 0] + 0.5 * score
            if sent == "bad_quarter":
                score = outcome[free, start - 3 : start].mean(axis=1) + 0.5 * score
            if sent == "good_quarter":
                score = -outcome[free, start - 3 : start].mean(axis=1) + 0.5 * score
            first[free[np.argsort(score)[: max(people // 10, 2)]]] = start
        return frame(outcome + effect * (np.arange(width) >= first[:, None]), first)

    return simulate
