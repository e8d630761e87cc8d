"""What the lottery could have drawn instead: a test that needs no model, for small programmes above all."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from upwell.engine.errors import NotEstimableError, ParameterError
from upwell.engine.impact import efficient
from upwell.engine.impact.panel import read
from upwell.engine.impact.results import Estimate
from upwell.engine.numerics import impact_cells
from upwell.engine.numerics.impact_moments import Bools, Floats, Functional, Ints, Moments, arms, moments
from upwell.engine.numerics.impact_permutation import Permutation, permute, studentised

if TYPE_CHECKING:
    from upwell.engine.impact.estimators import Workbench

LIMIT = 1000
FEWEST = 199
WORK = 150_000
"""Inside an evaluation at most LIMIT draws, and draws x people below WORK, though at least FEWEST draws."""
SMALL = 50


def permutation_test(panel: object, *, seed: int, draws: int = 10_000) -> Permutation:
    """Share of possible draws that would have shown as much, had the programme changed nothing.

    Args:
        panel: as for ``evaluate``; dates were drawn by lot, inside ``stratum`` where given, by ``cluster`` where people
            were drawn together (a cluster then lies in one stratum and has one date).
        seed: for the draws tried, where not all of them are.
        draws: at most so many are tried, at least 100; all of them if there are no more.

    The statistic is the efficient estimate over its standard error; without results before treatment, or with gaps,
    the difference in mean results after treatment (one date only). Exact where the programme changes nothing for
    anybody, right in large samples where it changes nothing on average.

    Raises:
        FrameError: the panel breaks its contract.
        ParameterError: fewer than 100 draws.
        NotEstimableError: the panel allows no such comparison.

    Sources: Fisher (1935); Wu and Ding (2021); Roth and Sant'Anna (2023), section 3.3.
    """
    if draws < 100:
        raise ParameterError("At least 100 draws are needed.")
    data = read(panel)
    stats = moments(data.outcome, data.cohort, data.stratum, data.cluster, data.position)
    found = permuted(stats, draws, seed)
    if found is None:
        raise NotEstimableError("The panel allows no comparison of drawn dates: it needs two dates, or never treated.")
    return found.permutation


@dataclass(frozen=True, slots=True)
class Drawn:
    """The test, the size of the studentised statistic, and the size that 5 % of the draws go beyond.

    ``estimator`` names the estimate that the statistic is of.
    """

    permutation: Permutation
    estimator: str
    size: float
    critical: float

    def applied(self, found: Estimate) -> Estimate:
        """The estimate with the wider interval and the larger p-value, Student's or that of the draws."""
        if not 0 < self.size < np.inf or found.hi95 <= found.lo95:
            return found
        half = abs(found.estimate) / self.size * self.critical * (1 + 1e-9)
        half = max(half, (found.hi95 - found.lo95) / 2)
        p_value = max(found.p_value, self.permutation.p_value)
        return replace(found, lo95=found.estimate - half, hi95=found.estimate + half, p_value=p_value)


def for_small(bench: "Workbench", is_drawn: bool, seed: int) -> Drawn | None:
    """The test inside an evaluation, where dates were drawn and one side has fewer than 50 people or clusters.

    Also where one cohort has so few and all people together are few enough for 199 draws.
    """
    stats = bench.stats
    people = len(stats.row_of)
    few_treated = min(n for n in arms(stats) if n > 0) < SMALL
    few_in_cohort = bool((stats.count < SMALL).any()) and people * FEWEST <= WORK
    if not is_drawn or not (few_treated or few_in_cohort):
        return None
    limit = min(LIMIT, max(FEWEST, WORK // people))
    return permuted(stats, limit, seed)


def permuted(stats: Moments, limit: int, seed: int) -> Drawn | None:
    """The test on moments; None where no comparison is possible or a cluster has two dates or strata."""
    name = "efficient_history" if (stats.count >= 2).all() else ""
    found = _efficient(stats)
    if found is None:
        name, found = "difference_in_means", _means(stats)
    if found is None:
        return None
    scores, used = found
    cohort, stratum = stats.cohort[stats.row_of][used], stats.stratum[stats.row_of][used]
    scores = [score[used] for score in scores]
    if stats.cluster is not None:
        joined = _clusters(scores, cohort, stratum, stats.cluster[used])
        if joined is None:
            return None
        scores, cohort, stratum = joined
    sizes: list[Floats] = []

    def statistic(label: Ints) -> Floats:
        sizes.append(np.abs(studentised(scores, stratum, label)))
        return sizes[-1]

    test = permute(statistic, cohort, stratum, limit=limit, seed=seed)
    own = float(sizes.pop()[0])
    ordered = np.sort(np.concatenate(sizes))
    return Drawn(test, name, own, float(ordered[int(np.ceil(0.95 * len(ordered))) - 1]))


def _efficient(stats: Moments) -> tuple[list[Floats], Bools] | None:
    """What each person adds to the contrasts after and before treatment in each cohort (N x C)."""
    if not stats.is_balanced:
        return None
    cells = impact_cells.compare(stats, "notyet")
    if not cells.effect.size or not cells.is_post.any():
        return None
    reaches = (1, efficient.RECENT, stats.periods)
    functionals = efficient.pair(stats, cells, impact_cells.simple(cells), reaches)
    return [_scores(stats, f) for f in functionals], (stats.cohort > 0)[stats.row_of]


def _scores(stats: Moments, functional: Functional) -> Floats:
    found = np.zeros((len(stats.row_of), stats.periods + 1))
    own = stats.stratum[stats.row_of]
    for row in range(stats.rows):
        inside = own == stats.stratum[row]
        found[inside, stats.cohort[row]] = stats.outcome[inside] @ functional.weight[row]
    return found


def _means(stats: Moments) -> tuple[list[Floats], Bools] | None:
    """Means after the one date of treatment, signed by side."""
    dates = np.unique(stats.cohort)
    if len(dates) != 2 or dates[1] != stats.periods:
        return None
    seen = stats.seen[stats.row_of][:, dates[0] :]
    counts = seen.sum(axis=1)
    sums = (stats.outcome[:, dates[0] :] * seen).sum(axis=1)
    used = counts > 0
    level = np.divide(sums, counts, out=np.zeros(len(sums)), where=used)
    found = np.zeros((len(level), stats.periods + 1))
    cohort, stratum = stats.cohort[stats.row_of], stats.stratum[stats.row_of]
    total = float((used & (cohort == dates[0])).sum())
    for s in np.unique(stratum):
        inside = (stratum == s) & used
        ours, theirs = (float((inside & (cohort == c)).sum()) for c in dates)
        if ours and theirs:
            found[inside, dates[0]] = level[inside] / total
            found[inside, dates[1]] = -level[inside] * ours / theirs / total
    return [found], used


def _clusters(
    scores: list[Floats], cohort: Ints, stratum: Ints, cluster: Ints
) -> tuple[list[Floats], Ints, Ints] | None:
    code = np.unique(cluster, return_inverse=True)[1]
    first = np.unique(code, return_index=True)[1]
    if (cohort[first][code] != cohort).any() or (stratum[first][code] != stratum).any():
        return None
    summed = []
    for score in scores:
        total = np.zeros((len(first), score.shape[1]))
        np.add.at(total, code, score)
        summed.append(total)
    return summed, cohort[first], stratum[first]
