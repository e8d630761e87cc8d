"""Robust intervals against published ones, linear programmes solved the long way, and simulated violations."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize
from scipy.stats import norm, truncnorm

from upwell.engine.numerics.impact_honest import EventStudy, rejected, relative_breakdown, relative_magnitudes
from upwell.engine.numerics.impact_honest_smooth import folded_quantile, frontier, smooth_breakdown, smoothness

# Benzarti and Carloni (2019), profits of French restaurants, 2004-2007 and 2009-2012 against 2008, as distributed with
# the R package HonestDiD (data/BCdata_EventStudy).
BC_VALUE = np.array(
    [
        0.00669635180383921,
        0.02934503369033337,
        -0.00647297222167253,
        0.0730149894952774,
        0.1959611177444458,
        0.31206390261650085,
        0.23954154551029205,
        0.12604250013828278,
    ]
)
BC_UPPER = [
    "8.4283581236377358e-04 4.7686867765150964e-04 2.6180510758422315e-04 2.3542203416582197e-04 "
    "1.6763714666012675e-04 1.1287076631560922e-04 1.9928162146243267e-05 -1.3682653661817312e-04",
    "6.4254202879965305e-04 3.9874250069260597e-04 2.4355151981581002e-04 2.2019603056833148e-04 "
    "1.8045911565423012e-04 3.8437650800915435e-05 -2.9604219889733940e-05",
    "5.2299496019259095e-04 2.1176860900595784e-04 1.8407222523819655e-04 1.4585278404410928e-04 "
    "7.0051974034868181e-05 5.9529949794523418e-05",
    "3.0895954114384949e-04 1.1978660768363625e-04 1.3340813165996224e-04 1.0163350088987499e-04 "
    "1.0790517262648791e-04",
    "3.5997043596580625e-04 2.4788186419755220e-04 1.7495792417321354e-04 1.6542569210287184e-04",
    "4.2639498133212328e-04 2.1714378090109676e-04 2.8927478706464171e-04",
    "4.8866978613659739e-04 3.8053220487199724e-04",
    "7.6173944398760796e-04",
]
FIRST, MEAN = np.array([1.0, 0, 0, 0]), np.full(4, 0.25)


def benzarti_carloni() -> EventStudy:
    covariance = np.zeros((8, 8))
    covariance[np.triu_indices(8)] = [float(x) for row in BC_UPPER for x in row.split()]
    covariance += np.triu(covariance, 1).T
    return EventStudy(BC_VALUE, covariance, 4)


def drawn(seed: int, before: int, after: int, drift: float = 0.0) -> EventStudy:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(before + after, 3 * (before + after)))
    covariance = root @ root.T / 3 / (before + after) / 4
    at = np.concatenate([np.arange(-before, 0), np.arange(1, after + 1)])
    value = rng.multivariate_normal(drift * at + 0.8 * (at > 0), covariance)
    return EventStudy(value, covariance, before)


def test_relative_magnitudes_agree_with_the_r_package_on_its_own_data() -> None:
    """R HonestDiD, C-LF, 1000 grid points .00076 apart and a simulated critical value (log of stata-honestdid)."""
    multiples = np.linspace(0, 2, 10)
    found = relative_magnitudes(benzarti_carloni(), FIRST, multiples)
    low = [0.159, 0.143, 0.123, 0.102, 0.0786, 0.0551, 0.0315, 0.00722, -0.0171, -0.0422]
    high = [0.233, 0.248, 0.266, 0.287, 0.308, 0.329, 0.352, 0.376]  # the last two of R end at its grid
    np.testing.assert_allclose(found.lo, low, atol=0.0011)
    np.testing.assert_allclose(found.hi[:8], high, atol=0.0011)


def test_relative_magnitudes_of_the_mean_effect_agree_with_the_r_package() -> None:
    found = relative_magnitudes(benzarti_carloni(), MEAN, np.array([0, 0.5, 1, 1.5, 2]))
    np.testing.assert_allclose(found.lo, [0.192, 0.0707, -0.0505, -0.192, -0.333], atol=0.0202)  # grid .0202 apart
    np.testing.assert_allclose(found.hi, [0.253, 0.354, 0.495, 0.636, 0.778], atol=0.0202)


@pytest.mark.parametrize(
    ("weights", "low", "high"),
    [
        (FIRST, [0.131, 0.119, 0.0194, -0.0806], [0.216, 0.419, 0.519, 0.619]),
        (MEAN, [0.133, -0.186, -0.686, -1.19], [0.230, 0.988, 1.49, 1.99]),
    ],
)
def test_smoothness_agrees_with_the_r_package(weights: np.ndarray, low: list[float], high: list[float]) -> None:
    found = smoothness(benzarti_carloni(), weights, np.array([0, 0.1, 0.2, 0.3]))
    np.testing.assert_allclose(found.lo, low, rtol=0.005, atol=0.0006)
    np.testing.assert_allclose(found.hi, high, rtol=0.005, atol=0.0006)


def test_smoothness_agrees_with_diff_diff() -> None:
    honest = pytest.importorskip("diff_diff.honest_did", reason="needs diff-diff as referee")
    study = benzarti_carloni()
    for weights, bend in ((FIRST, 0.05),):
        low, high = honest._compute_optimal_flci(
            study.value[:4], study.value[4:], study.covariance, weights, 4, 4, bend, 0.05
        )[:2]
        found = smoothness(study, weights, np.array([bend]))
        assert found.hi[0] - found.lo[0] <= high - low + 1e-6
        np.testing.assert_allclose([found.lo[0], found.hi[0]], [low, high], atol=1e-3)


# --- the long way -----------------------------------------------------------------------------------------------


def moments(study: EventStudy, step: int, sign: int, multiple: float) -> np.ndarray:
    """Rows A with ``A @ violation <= 0``: every change after treatment against one change before it."""
    size, p = len(study.value), study.before
    full = np.zeros((size, size + 1))
    full[np.arange(size), np.arange(size)], full[np.arange(size), np.arange(size) + 1] = -1, 1
    steps = np.delete(full, p, axis=1)
    limit = multiple * sign * steps[step]
    return np.concatenate([steps[p:] - limit, -steps[p:] - limit])


def vertices(nuisance: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Vertices of {gamma >= 0, gamma @ nuisance = 0, gamma @ sd = 1}, by trying every basis."""
    equations = np.column_stack([sd, nuisance]).T
    right = np.zeros(len(equations))
    right[0] = 1
    found = []
    for chosen in combinations(range(len(sd)), len(equations)):
        square = equations[:, chosen]
        if abs(np.linalg.det(square)) < 1e-12:
            continue
        solved = np.linalg.solve(square, right)
        if (solved > -1e-10).all():
            gamma = np.zeros(len(sd))
            gamma[list(chosen)] = np.maximum(solved, 0)
            found.append(gamma)
    return np.unique(np.round(found, 12), axis=0)


def long_way(study: EventStudy, weights: np.ndarray, hypothesis: float, multiple: float, draws: int) -> bool:
    """The conditional least-favourable test by enumeration of vertices and simulated critical values."""
    p, q = study.before, study.after
    basis = np.linalg.svd(weights[None, :])[2][1:]  # directions that leave the target as it is
    at = weights * hypothesis / (weights @ weights)
    rng = np.random.default_rng(1)
    for step in range(p):
        for sign in (1, -1):
            rows = moments(study, step, sign, multiple)
            y = rows @ (study.value - np.concatenate([np.zeros(p), at]))
            covariance = rows @ study.covariance @ rows.T
            sd = np.sqrt(np.diag(covariance))
            corner = vertices(rows[:, p:] @ basis.T, sd)
            eta = corner @ y
            programme = linprog(
                np.concatenate([[1], np.zeros(q - 1)]),
                A_ub=-np.column_stack([sd, rows[:, p:] @ basis.T]),
                b_ub=-y,
                bounds=(None, None),
            )
            assert programme.fun == pytest.approx(eta.max(), abs=1e-7)
            noise = rng.multivariate_normal(np.zeros(p + q), study.covariance, draws) @ rows.T
            critical = np.quantile((noise @ corner.T).max(axis=1), 0.995)
            if not conditional(eta, corner @ covariance @ corner.T, critical):
                return False
    return True


def conditional(eta: np.ndarray, covariance: np.ndarray, critical: float) -> bool:
    best = int(eta.argmax())
    if eta[best] > critical:
        return True
    variance = covariance[best, best]
    ratio = covariance[best] / variance
    low, high = -np.inf, critical
    for i in range(len(eta)):
        if abs(1 - ratio[i]) > 1e-9:
            bound = (eta[i] - ratio[i] * eta[best]) / (1 - ratio[i])
            low, high = (max(low, bound), high) if ratio[i] < 1 else (low, min(high, bound))
    sd = np.sqrt(variance)
    return bool(eta[best] > max(0.0, sd * truncnorm.ppf(1 - 0.045 / 0.995, low / sd, high / sd)))


@pytest.mark.parametrize(
    ("seed", "before", "after", "multiple"), [(1, 1, 2, 0.5), (2, 2, 2, 1.5), (3, 2, 3, 0.7), (4, 3, 3, 1.2)]
)
def test_the_ends_of_the_interval_are_where_the_long_way_turns(
    seed: int, before: int, after: int, multiple: float
) -> None:
    study = drawn(seed, before, after)
    for weights in (np.eye(after)[0], np.full(after, 1 / after), np.linspace(1, -0.5, after)):
        found = relative_magnitudes(study, weights, np.array([multiple]))
        hair = 0.01 * (found.hi[0] - found.lo[0])
        for end, outwards in ((found.lo[0], -hair), (found.hi[0], hair)):
            assert long_way(study, weights, end + outwards, multiple, 8_000)
            assert not long_way(study, weights, end - outwards, multiple, 8_000)


def test_no_affine_estimator_found_by_search_has_a_shorter_interval() -> None:
    study = drawn(5, 3, 2)
    weights = np.array([0.5, 0.5])
    ahead = 1.5
    for bend in (0.0, 0.05, 0.4):

        def half(free: np.ndarray, bend: float = bend) -> float:
            whole = np.concatenate([free, [ahead - 3 * free[0] - 2 * free[1]], weights])
            bias = 1.5 + 0.5 + abs(free[0]) + abs(2 * free[0] + free[1])
            sd = float(np.sqrt(whole @ study.covariance @ whole))
            return float(folded_quantile(np.array([bend * bias / sd]))[0]) * sd

        best = min(
            minimize(half, start, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13}).fun
            for start in ((0.0, 0.0), (0.5, -1.0), (-0.5, 1.0))
        )
        found = smoothness(study, weights, np.array([bend]))
        assert (found.hi[0] - found.lo[0]) / 2 == pytest.approx(best, rel=1e-5)


def test_the_worst_bias_of_each_estimator_is_that_of_a_linear_programme() -> None:
    study = drawn(6, 4, 3)
    bends = np.zeros((6, 8))
    for k in range(6):
        bends[k, k : k + 3] = (1, -2, 1)
    bends = np.delete(bends, 4, axis=1)
    for weights in (np.full(3, 1 / 3), np.array([1.0, 0, -2.0])):
        found = frontier(study, weights)
        for estimator, bias in zip(found.weight, found.bias, strict=True):
            worst = linprog(
                -estimator, A_ub=np.concatenate([bends, -bends]), b_ub=np.ones(12), bounds=[(None, None)] * 7
            )
            assert -worst.fun == pytest.approx(bias, abs=1e-7)


# --- invariants -------------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 5), st.floats(0.01, 100))
def test_units_and_signs_do_not_matter(seed: int, before: int, after: int, factor: float) -> None:
    study = drawn(seed, before, after)
    scaled = EventStudy(-factor * study.value, factor**2 * study.covariance, before)
    weights = np.full(after, 1 / after)
    for method, strength in ((relative_magnitudes, 1.0), (smoothness, factor)):
        plain = method(study, weights, np.array([0.7]))
        turned = method(scaled, weights, np.array([0.7 * strength]))
        width = plain.hi[0] - plain.lo[0]
        assert turned.lo[0] / -factor == pytest.approx(plain.hi[0], abs=2e-4 * width)
        assert turned.hi[0] / -factor == pytest.approx(plain.lo[0], abs=2e-4 * width)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 5))
def test_a_weaker_restriction_never_narrows_and_the_plug_in_set_is_inside(seed: int, before: int, after: int) -> None:
    study = drawn(seed, before, after)
    weights = np.full(after, 1 / after)
    multiples = np.linspace(0, 3, 7)
    found = relative_magnitudes(study, weights, multiples)
    slack = 1e-6 * (found.hi - found.lo)
    assert (np.diff(found.lo) <= slack[1:]).all()
    assert (np.diff(found.hi) >= -slack[1:]).all()
    path = np.insert(study.value, before, 0.0)
    reach = np.abs(np.diff(path)[:before]).max() * (weights * np.arange(1, after + 1)).sum()
    centre = weights @ study.value[before:]
    assert (found.lo <= centre - multiples * reach + slack).all()
    assert (found.hi >= centre + multiples * reach - slack).all()


def test_the_breakdown_is_where_the_interval_reaches_zero() -> None:
    study = benzarti_carloni()
    for weights in (FIRST, MEAN):
        multiple = relative_breakdown(study, weights)
        around = relative_magnitudes(study, weights, np.array([multiple - 2e-4, multiple + 2e-4]))
        assert around.lo[0] > 0 > around.lo[1]
        assert rejected(study, weights, 0.0, multiple - 2e-4)
        bend = smooth_breakdown(study, weights)
        around = smoothness(study, weights, np.array([bend * (1 - 1e-4), bend * (1 + 1e-4)]))
        assert around.lo[0] > 0 > around.lo[1]


def test_nothing_to_break_has_breakdown_zero() -> None:
    study = EventStudy(np.array([0.1, 0.05, 0.02]), 0.01 * np.eye(3), 2)
    assert relative_breakdown(study, np.ones(1)) == 0.0
    assert smooth_breakdown(study, np.ones(1)) == 0.0


def test_an_effect_far_beyond_every_change_before_holds_up_to_the_largest_multiple() -> None:
    study = EventStudy(np.array([0.1, 0.05, 90.0]), 0.01 * np.eye(3), 2)
    assert relative_breakdown(study, np.ones(1)) == 10.0


def test_folded_quantile_is_that_of_the_folded_normal() -> None:
    shift = np.array([0.0, 0.1, 1.0, 3.0, 50.0])
    cut = folded_quantile(shift)
    np.testing.assert_allclose(norm.cdf(cut - shift) - norm.cdf(-cut - shift), 0.95, atol=1e-12)


# --- coverage under the worst violation that is allowed ------------------------------------------------------------


@pytest.mark.parametrize("multiple", [0.5, 1.0])
def test_relative_magnitudes_cover_the_truth_at_the_edge_of_what_is_allowed(multiple: float) -> None:
    rng = np.random.default_rng(7)
    covariance = drawn(8, 3, 3).covariance
    weights = np.full(3, 1 / 3)
    steps = np.concatenate([[0.2, -0.2, 0.6], np.full(3, 0.6 * multiple)])
    path = np.cumsum(steps)
    truth = np.delete(np.concatenate([[0], path]) - path[2], 3)
    wrong = [
        rejected(EventStudy(rng.multivariate_normal(truth, covariance), covariance, 3), weights, 0.0, multiple)
        for _ in range(300)
    ]
    assert np.mean(wrong) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_smoothness_covers_the_truth_of_the_worst_curve() -> None:
    rng = np.random.default_rng(9)
    covariance = drawn(10, 4, 3).covariance
    weights = np.full(3, 1 / 3)
    at = np.array([-4, -3, -2, -1, 1, 2, 3])
    bend = 0.1
    truth = 0.7 * at + bend * at**2 / 2
    covered = []
    for _ in range(250):
        found = smoothness(EventStudy(rng.multivariate_normal(truth, covariance), covariance, 4), weights, [bend])
        covered.append(found.lo[0] <= 0 <= found.hi[0])
    assert np.mean(covered) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 250)
