"""The compiled loop and the vectorised arrays give the same levels."""

import numpy as np
import pytest

from upwell.engine.numerics import ep
from upwell.engine.numerics.blocks import Design
from upwell.engine.numerics.learning import Hyper, HyperPrior


def test_both_ways_of_sweeping_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    people, raters, capabilities = 40, 3, 3
    pair_rater = np.concatenate([[(p + i) % people for i in range(raters)] for p in range(people)])
    cell = np.concatenate(
        [[p * capabilities + c for _ in range(raters) for c in range(capabilities)] for p in range(people)]
    )
    pair = np.concatenate([[p * raters + r for r in range(raters) for _ in range(capabilities)] for p in range(people)])
    edges = np.array([-np.inf, 1.5, 2.5, 3.5, 4.5, np.inf])
    category = rng.integers(0, 5, len(cell))
    design = Design(
        np.repeat(np.arange(people), capabilities),
        np.tile(np.arange(capabilities), people),
        np.repeat(np.arange(people), raters),
        pair_rater,
        cell,
        pair,
        rng.integers(0, 2, len(cell)),
        rng.uniform(0, 20, len(cell)),
        edges[category],
        edges[category + 1],
        np.arange(people) % 2,
        people,
        capabilities,
        2,
        2,
    )
    start = Hyper(
        np.full(capabilities, 3.0), 0.4, 0.3, np.zeros(2), np.full(2, 0.3), 0.25, np.ones(2), 0.05,
        np.array([True, False]), np.array([True, False]),
    )  # fmt: skip
    plain = ep.fit(design, start, HyperPrior(start), sweeps=15)
    monkeypatch.setattr(ep, "COMPILED_FROM", 1)
    compiled = ep.fit(design, start, HyperPrior(start), sweeps=15)
    np.testing.assert_allclose(compiled.posterior.cell_mean, plain.posterior.cell_mean, atol=1e-9)
    np.testing.assert_allclose(compiled.posterior.cell_var, plain.posterior.cell_var, atol=1e-9)
    np.testing.assert_allclose(compiled.severity_mean, plain.severity_mean, atol=1e-9)
    assert compiled.hyper.distance(plain.hyper) < 1e-8
