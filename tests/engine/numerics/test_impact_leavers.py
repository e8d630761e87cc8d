"""Trials that keep people who are treated later."""

import numpy as np
import pytest

from upwell.engine.numerics.impact_leavers import Kept, kept_fits, kept_sums

CONSTANT = 1


def trial(treated: int, controls: int, result: np.ndarray) -> Kept:
    """One intake, seen in two periods by everybody."""
    people = treated + controls
    treat = (np.arange(people) < treated).astype(float)
    design = np.stack([treat, np.ones(people)])
    one, other = np.triu_indices(2)
    none = np.zeros(0, dtype=np.int64)
    return kept_sums(design, design[one] * design[other], result, np.ones((1, people)), np.full(people, 9), none)


def test_without_later_intakes_it_is_the_difference_in_means() -> None:
    result = np.random.default_rng(1).normal(size=(2, 9))
    fit = kept_fits({0: trial(4, 5, result)}, min_controls=2)[0]
    gap = result[:, :4].mean(axis=1) - result[:, 4:].mean(axis=1)
    assert fit.usable.all()
    np.testing.assert_allclose(fit.coefficient[:, 0], gap)
    np.testing.assert_allclose(fit.coefficient[:, CONSTANT], result[:, 4:].mean(axis=1))


@pytest.mark.parametrize(
    ("treated", "controls", "least", "usable"),
    [
        (6, 2, 1, True),
        (6, 1, 1, False),
        (6, 3, 3, True),
        (6, 2, 3, False),
        (2, 2, 2, True),
        (1, 2, 2, False),
        (0, 9, 2, False),
    ],
)
def test_a_trial_needs_two_comparisons_or_as_many_as_asked_for(
    treated: int, controls: int, least: int, usable: bool
) -> None:
    result = np.random.default_rng(2).normal(size=(2, treated + controls))
    assert kept_fits({0: trial(treated, controls, result)}, min_controls=least)[0].usable.all() == usable


def test_sums_of_shards_are_the_sums_of_all() -> None:
    rng = np.random.default_rng(3)
    one, other = trial(3, 4, rng.normal(size=(2, 7))), trial(2, 5, rng.normal(size=(2, 7)))
    whole = one.plus(other)
    for name in ("system", "right", "treated", "controls"):
        np.testing.assert_allclose(getattr(whole, name), getattr(one, name) + getattr(other, name))
