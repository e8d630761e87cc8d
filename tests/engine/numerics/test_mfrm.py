"""The classical model: gradient and curvature by differences, another program, recovery of a known truth."""

from itertools import product

import numpy as np
import pytest

from upwell.engine.errors import NotEstimableError
from upwell.engine.numerics import mfrm
from upwell.engine.numerics.mfrm_likelihood import (
    Ability,
    Facets,
    complete_information,
    evaluate,
    information,
    moving,
    score_products,
    still,
)
from upwell.engine.numerics.mfrm_persons import mean_squares, weighted_likelihood

Z = np.linspace(-6.5, 6.5, 61)


def drawn(seed: int, *, persons: int, raters: int, items: int = 1, share: float = 1.0) -> tuple[np.ndarray, ...]:
    """Person, rater, item and category of simulated ratings, and the true severities."""
    rng = np.random.default_rng(seed)
    severity = rng.normal(0, 0.7, raters)
    severity -= severity.mean()
    hard = np.linspace(-0.5, 0.5, items) if items > 1 else np.zeros(1)
    theta = rng.normal(0.4, 1.5, persons)
    who, by, what = (part.ravel() for part in np.meshgrid(range(persons), range(raters), range(items), indexing="ij"))
    seen = rng.random(len(who)) < share
    seen[(by == who % raters) & (what == 0)] = True
    who, by, what = who[seen], by[seen], what[seen]
    steps = np.array([-1.5, 0.2, 1.3])
    place = (theta[who] - severity[by] - hard[what])[:, None]
    logits = np.hstack([np.zeros((len(who), 1)), np.arange(1, 4) * place - np.cumsum(steps)])
    chance = np.exp(logits - logits.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    category = (rng.random((len(who), 1)) > np.cumsum(chance, axis=1)).sum(axis=1)
    return who, by, what, category, severity, theta


@pytest.fixture(scope="module")
def small() -> Facets:
    who, by, what, category, *_ = drawn(3, persons=40, raters=4, items=2, share=0.7)
    return mfrm.lay_out(who, category, [by, what], what)


def point(facets: Facets) -> np.ndarray:
    rng = np.random.default_rng(1)
    full = facets.free @ (0.4 * rng.normal(size=facets.free.shape[1]))
    return np.concatenate([full, [0.3, 1.2]])


def test_the_gradient_is_the_slope_of_the_likelihood(small: Facets) -> None:
    def value(x: np.ndarray) -> float:
        return evaluate(small, x[:-2], moving(x[-2], x[-1], Z)).log_likelihood

    x = point(small)
    gradient = evaluate(small, x[:-2], moving(x[-2], x[-1], Z)).gradient
    for at in range(len(x)):
        step = np.zeros(len(x))
        step[at] = 1e-5
        assert gradient[at] == pytest.approx((value(x + step) - value(x - step)) / 2e-5, abs=1e-4)


def test_the_information_is_the_slope_of_the_gradient(small: Facets) -> None:
    def slope(x: np.ndarray) -> np.ndarray:
        return evaluate(small, x[:-2], moving(x[-2], x[-1], Z)).gradient

    x = point(small)
    found = information(small, x[:-2], moving(x[-2], x[-1], Z))
    for at in range(len(x)):
        step = np.zeros(len(x))
        step[at] = 1e-5
        assert found[at] == pytest.approx((slope(x - step) - slope(x + step)) / 2e-5, abs=1e-4)


def test_the_cheaper_information_sums_to_the_gradient_and_agrees_in_size(small: Facets) -> None:
    who, by, _, category, *_ = drawn(5, persons=3000, raters=4)
    facets = mfrm.lay_out(who, category, [by])
    fit = mfrm.fit_converged(facets, [4])
    ability = moving(fit.mean, fit.variance**0.5, np.linspace(-6.5, 6.5, fit.nodes))
    exact = information(facets, fit.full, ability)
    cheap = score_products(facets, fit.full, ability)
    free = facets.free
    size = free.shape[0]
    ratio = np.diag(free.T @ cheap[:size, :size] @ free) / np.diag(free.T @ exact[:size, :size] @ free)
    assert ratio == pytest.approx(1.0, abs=0.12)


def test_the_likelihood_of_a_tiny_case_by_enumeration() -> None:
    facets = mfrm.lay_out(np.array([0, 0, 1]), np.array([2, 1, 0]), [np.array([0, 1, 0])])
    full = np.array([0.4, -0.4, -0.7, 0.7])
    ability = still(0.2, 1.1, np.linspace(-3, 3, 7))

    def chance(theta: float, rater: int, k: int) -> float:
        logits = [0.0, theta - full[rater] + 0.7, 2 * (theta - full[rater])]
        return float(np.exp(logits[k]) / np.exp(logits).sum())

    weights = np.exp(ability.log_weights)
    first = sum(w * chance(t, 0, 2) * chance(t, 1, 1) for w, t in zip(weights, ability.nodes, strict=True))
    second = sum(w * chance(t, 0, 0) for w, t in zip(weights, ability.nodes, strict=True))
    assert evaluate(facets, full, ability).log_likelihood == pytest.approx(np.log(first) + np.log(second))


def test_known_severities_are_recovered_and_covered() -> None:
    hits, errors = [], []
    for seed in range(12):
        who, by, _, category, severity, _ = drawn(seed, persons=150, raters=5, share=0.7)
        fit = mfrm.fit_converged(mfrm.lay_out(who, category, [by]), [5])
        away = fit.facets[0] - severity
        errors.append(away)
        hits.append(np.abs(away) < 1.96 * fit.facet_se[0])
    assert np.abs(np.mean(errors, axis=0)).max() < 0.12
    assert 0.85 <= np.mean(hits) <= 1.0


def test_the_answer_does_not_depend_on_the_order_of_rows_or_names(small: Facets) -> None:
    who, by, what, category, *_ = drawn(8, persons=60, raters=4, items=2, share=0.8)
    plain = mfrm.fit_converged(mfrm.lay_out(who, category, [by, what]), [4, 2])
    order = np.random.default_rng(0).permutation(len(who))
    swapped = mfrm.lay_out(who[order], category[order], [3 - by[order], what[order]])
    other = mfrm.fit_converged(swapped, [4, 2])
    assert other.facets[0][::-1] == pytest.approx(plain.facets[0], abs=1e-6)
    assert other.deviance == pytest.approx(plain.deviance, abs=1e-6)
    assert other.facet_se[0][::-1] == pytest.approx(plain.facet_se[0], abs=1e-6)


def test_reversing_the_scale_reverses_the_signs() -> None:
    who, by, _, category, *_ = drawn(9, persons=80, raters=3)
    plain = mfrm.fit_converged(mfrm.lay_out(who, category, [by]), [3])
    other = mfrm.fit_converged(mfrm.lay_out(who, 3 - category, [by]), [3])
    assert other.facets[0] == pytest.approx(-plain.facets[0], abs=1e-5)
    assert other.mean == pytest.approx(-plain.mean, abs=1e-5)
    assert other.steps[0][::-1] == pytest.approx(-plain.steps[0], abs=1e-5)
    assert other.deviance == pytest.approx(plain.deviance, abs=1e-6)


def test_many_fixed_nodes_lead_to_the_converged_answer() -> None:
    who, by, _, category, *_ = drawn(10, persons=80, raters=3)
    facets = mfrm.lay_out(who, category, [by])
    plain = mfrm.fit_converged(facets, [3])
    wide = mfrm.fit_fixed(facets, [3], np.linspace(-12, 12, 161), stop=1e-7)
    assert wide.facets[0] == pytest.approx(plain.facets[0], abs=1e-4)
    assert wide.variance == pytest.approx(plain.variance, abs=1e-3)
    assert wide.deviance == pytest.approx(plain.deviance, abs=1e-3)


def test_facets_that_always_change_together_are_refused() -> None:
    who, by, _, category, *_ = drawn(11, persons=30, raters=4)
    with pytest.raises(NotEstimableError, match="always change together"):
        mfrm.fit_converged(mfrm.lay_out(who, category, [by, by.copy()]), [4, 4])


def test_weighted_likelihood_solves_warms_equation() -> None:
    who, by, _, category, *_ = drawn(12, persons=25, raters=5)
    facets = mfrm.lay_out(who, category, [by])
    fit = mfrm.fit_converged(facets, [5])
    found = weighted_likelihood(facets, fit.full)
    steps = np.concatenate([[0.0], np.cumsum(fit.steps[0])])
    for person in range(25):
        mean = spread = skew = 0.0
        for rater in range(5):
            logits = np.arange(4) * (found.theta[person] - fit.facets[0][rater]) - steps
            chance = np.exp(logits) / np.exp(logits).sum()
            own = chance @ np.arange(4)
            mean += own
            spread += chance @ (np.arange(4) - own) ** 2
            skew += chance @ (np.arange(4) - own) ** 3
        total = category[who == person].sum()
        assert total - mean + skew / (2 * spread) == pytest.approx(0.0, abs=1e-6)
        assert found.se[person] == pytest.approx(spread**-0.5, rel=1e-4)


def test_another_program_finds_the_same() -> None:
    program = pytest.importorskip("mirt", reason="PyPI mirt is in the extra 'reference'")
    models = pytest.importorskip("mirt.models")
    who, by, what, category, *_ = drawn(13, persons=120, raters=4, items=3, share=0.8)
    facets = mfrm.lay_out(who, category, [by, what])
    fit = mfrm.fit_converged(facets, [4, 3])
    columns = list(product(range(4), range(3)))
    wide = np.full((120, 12), -1)
    wide[who, by * 3 + what] = category
    model = models.PolytomousMFRM(3, 4, [models.Facet("rater", 4)])
    raters = np.tile([r for r, _ in columns], (120, 1))
    other = program.fit_mfrm(model, wide, {"rater": raters}, item_indices=np.array([i for _, i in columns]))
    assert fit.facets[0] == pytest.approx(other.facet_parameters["rater"], abs=1e-4)
    assert fit.facets[1] - fit.mean == pytest.approx(other.item_difficulty, abs=1e-4)
    assert fit.steps[0] == pytest.approx(other.thresholds, abs=1e-4)
    assert fit.variance**0.5 == pytest.approx(other.sigma, abs=1e-4)
    assert fit.facet_se[0] == pytest.approx(other.facet_se["rater"], abs=1e-4)
    assert fit.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-4)
    ability = moving(fit.mean, fit.variance**0.5, np.linspace(-6.5, 6.5, fit.nodes))
    squares = mean_squares(facets, fit.full, ability)
    assert squares.infit[:4] == pytest.approx(other.infit["rater"], abs=1e-4)
    assert squares.outfit[:4] == pytest.approx(other.outfit["rater"], abs=1e-4)


def test_what_is_known_of_persons_never_adds_to_the_information(small: Facets) -> None:
    x = point(small)
    fixed = Ability(0.3 + 1.2 * Z, moving(0.3, 1.2, Z).log_weights, None)
    whole = complete_information(small, x[:-2], fixed)
    less = information(small, x[:-2], fixed)
    assert np.linalg.eigvalsh(whole - less).min() > -1e-8
