"""The table of Mills' ratio, and what the compiled loop makes of it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import erfcx

from upwell.engine.numerics.mills import DEGREE, PIECES, mills_table
from upwell.engine.numerics.probit import interval_moments


def test_the_table_gives_the_ratio_of_tail_and_density() -> None:
    z = np.concatenate([np.linspace(0.0, 40.0, 20_001), np.geomspace(1e-12, 1.0, 200)])
    t = 2.0 * PIECES / (2.0 + z)
    piece = np.minimum(t.astype(int), PIECES - 1)
    within = 2.0 * (t - piece) - 1.0
    found = sum(mills_table()[piece, power] * within**power for power in range(DEGREE + 1))
    assert_allclose(found, np.sqrt(0.5 * np.pi) * erfcx(z / np.sqrt(2.0)), rtol=5e-15)


def test_compiled_moments_are_those_of_the_arrays() -> None:
    compiled = pytest.importorskip("upwell.engine.numerics.compiled", reason="numba is not there")
    rng = np.random.default_rng(3)
    cuts = np.array([-np.inf, -40.0, 1.5, 2.5, 2.5001, 4.5, 60.0, np.inf])
    edge = rng.integers(0, len(cuts) - 1, 5_000)
    mean, var = rng.normal(3.0, 4.0, 5_000), rng.uniform(0.05, 9.0, 5_000)
    expected = interval_moments(mean, var, cuts[edge], cuts[edge + 1])
    found = [mean.copy(), var.copy(), cuts[edge], cuts[edge + 1]]
    compiled._moments(len(mean), *found)
    near = np.minimum(np.abs(cuts[edge] - mean), np.abs(cuts[edge + 1] - mean)) < 8.0 * np.sqrt(var)
    for ours, theirs in zip(found, (expected.slope, expected.curvature, expected.below, expected.above), strict=True):
        assert_allclose(ours[near], theirs[near], rtol=1e-7, atol=1e-9)
        assert np.isfinite(ours).all()
