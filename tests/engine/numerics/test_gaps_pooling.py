"""Readings of one cell pooled by their precision."""

import numpy as np

from upwell.engine.numerics.gaps_pooling import pooled


def test_a_mean_by_precision_and_nothing_where_nothing_is_known() -> None:
    cell, value = np.array([0, 0, 2, 3]), np.array([2.0, 5.0, 3.0, 4.0])
    level, sd = pooled(cell, value, np.array([1.0, 3.0, 4.0, 0.0]), 5)
    np.testing.assert_allclose(level, [17 / 4, np.nan, 3, np.nan, np.nan])
    np.testing.assert_allclose(sd, [0.5, np.nan, 0.5, np.nan, np.nan])


def test_weak_readings_count_too() -> None:
    level, sd = pooled(np.array([0, 0]), np.array([1.0, 3.0]), np.array([0.04, 0.04]), 1)
    np.testing.assert_allclose([level[0], sd[0]], [2, 1 / np.sqrt(0.08)], rtol=1e-6)
