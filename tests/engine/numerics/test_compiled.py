"""The compiled loop and the vectorised arrays give the same levels."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from upwell.engine.numerics import ep
from upwell.engine.numerics.blocks import Design
from upwell.engine.numerics.learning import Hyper, HyperPrior

EDGES = np.array([-np.inf, 1.5, 2.5, 3.5, 4.5, np.inf, -np.inf, 3.0, np.inf])
STARTS = np.array([0, 6, 9])


def drawn(seed: int, people: int = 40, capabilities: int = 3) -> Design:
    """People rated by one to four others on some of the capabilities, on two scales."""
    rng = np.random.default_rng(seed)
    rows = sorted(
        {
            (p, int((p + i) % people), int(c))
            for p in range(people)
            for i in range(1 + p % 4)
            for c in rng.choice(capabilities, 1 + (p + i) % capabilities, replace=False)
        }
    )
    cells = sorted({(p, c) for p, _, c in rows})
    pairs = sorted({(p, r) for p, r, _ in rows})
    scale = rng.integers(0, 2, len(rows))
    edge = np.where(scale == 0, rng.integers(0, 5, len(rows)), 6 + rng.integers(0, 2, len(rows)))
    return Design(
        np.array([p for p, _ in cells]),
        np.array([c for _, c in cells]),
        np.array([p for p, _ in pairs]),
        np.array([r for _, r in pairs]),
        np.array([cells.index((p, c)) for p, _, c in rows]),
        np.array([pairs.index((p, r)) for p, r, _ in rows]),
        rng.integers(0, 2, len(rows)),
        rng.uniform(0, 20, len(rows)),
        edge,
        np.arange(people) % 2,
        STARTS,
        people,
        capabilities,
        2,
        2,
    )


def start(capabilities: int = 3) -> Hyper:
    return Hyper(
        np.full(capabilities, 3.0), 0.4, 0.3, np.zeros(2), np.full(2, 0.3), 0.25, np.ones(2), 0.05,
        EDGES, np.array([True, True]), np.array([True, False]), np.array([True, False]),
    )  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
def test_both_ways_of_sweeping_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    design, hyper = drawn(seed), start()
    plain = ep.fit(design, hyper, HyperPrior(hyper), sweeps=12, tolerance=0)
    plain_residuals = ep.residuals(design, plain)
    monkeypatch.setattr(ep, "COMPILED_FROM", 1)
    compiled = ep.fit(design, hyper, HyperPrior(hyper), sweeps=12, tolerance=0)
    assert_allclose(compiled.level_mean, plain.level_mean, atol=1e-10)
    assert_allclose(compiled.level_var, plain.level_var, atol=1e-10)
    assert_allclose(compiled.severity_mean, plain.severity_mean, atol=1e-10)
    assert_allclose(compiled.hyper.edges, plain.hyper.edges, atol=1e-10)
    assert compiled.hyper.distance(plain.hyper) < 1e-9
    assert_allclose(ep.residuals(design, compiled), plain_residuals, atol=1e-9)


def test_the_number_of_parts_changes_no_level(monkeypatch: pytest.MonkeyPatch) -> None:
    design, hyper = drawn(2), start()
    monkeypatch.setattr(ep, "COMPILED_FROM", 1)
    many = ep.fit(design, hyper, HyperPrior(hyper), sweeps=8, tolerance=0)
    monkeypatch.setattr(ep, "SHARDS", 3)
    few = ep.fit(design, hyper, HyperPrior(hyper), sweeps=8, tolerance=0)
    assert_allclose(few.level_mean, many.level_mean, atol=1e-12)


def test_learned_cuts_keep_the_centre_and_spread_of_their_scale() -> None:
    design, hyper = drawn(3), start()
    found = ep.fit(design, hyper, HyperPrior(hyper), sweeps=30).hyper.edges
    cuts, given = found[1:5], EDGES[1:5]
    assert (np.diff(cuts) > 0).all()
    assert np.abs(cuts - given).max() > 0.02
    assert (cuts.mean(), cuts.std()) == pytest.approx((given.mean(), given.std()), abs=1e-9)
    assert found[7] == EDGES[7]
