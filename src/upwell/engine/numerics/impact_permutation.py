"""Draws that could have come out otherwise: the exact test of a lottery with the people it had.

Labels (dates of treatment) are exchanged inside strata, and between clusters where people were drawn together. The
statistic is the studentised difference, so the test is exact where the programme changes nothing for anybody and
right in large samples where it changes nothing on average (Wu and Ding 2021; Roth and Sant'Anna 2023, section 3).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from upwell.engine.numerics.impact_moments import Floats, Ints


@dataclass(frozen=True, slots=True)
class Permutation:
    """Two-sided p-value, how many draws it rests on, and whether these were all there are."""

    p_value: float
    draws: int
    is_exact: bool


def subsets(count: int, size: int) -> Ints:
    """Every choice of ``size`` among ``count``, one a row."""
    return np.array(list(combinations(range(count), size)), dtype=np.int64)


def possible(label: Ints, stratum: Ints) -> float:
    """How many different draws keep the number of each label in each stratum."""
    total = 1.0
    for s in np.unique(stratum):
        own = label[stratum == s]
        rest = len(own)
        for size in np.unique(own, return_counts=True)[1]:
            total *= comb(rest, int(size))
            rest -= int(size)
            if total > 1e15:
                return float("inf")
    return total


def draws(label: Ints, stratum: Ints, limit: int, seed: int) -> tuple[Ints, bool]:
    """Labels as they could have been drawn, one draw a row: all of them if at most ``limit``, else ``limit`` random.

    The draw that happened is among all of them, and is the first row of the random ones.
    """
    if possible(label, stratum) <= limit:
        whole = label[None, :].copy()
        for s in np.unique(stratum):
            own = np.flatnonzero(stratum == s)
            ways = _arrangements(label[own])
            whole = np.repeat(whole, len(ways), axis=0)
            whole[:, own] = np.tile(ways, (len(whole) // len(ways), 1))
        return whole, True
    rng = np.random.default_rng(seed)
    drawn = np.repeat(label[None, :], limit, axis=0)
    for s in np.unique(stratum):
        own = np.flatnonzero(stratum == s)
        drawn[1:, own] = rng.permuted(drawn[1:, own], axis=1)
    return drawn, False


def permute(statistic: Callable[[Ints], Floats], label: Ints, stratum: Ints, *, limit: int, seed: int) -> Permutation:
    """p-value of the absolute ``statistic``, a function from draws (R x N) to values (R), in blocks of draws."""
    drawn, is_exact = draws(label, stratum, limit, seed)
    block = max(1, int(2e6 // max(len(label), 1)))
    size = np.abs(np.concatenate([statistic(drawn[k : k + block]) for k in range(0, len(drawn), block)]))
    own = float(np.abs(statistic(label[None, :]))[0])
    as_large = float((size >= own * (1 - 1e-9) - 1e-300).mean())
    return Permutation(as_large, len(drawn), is_exact)


def studentised(scores: Sequence[Floats], group: Ints, label: Ints) -> Floats:
    """Adjusted contrast over its standard error, for each draw.

    ``label`` (R x N) numbers the cohort a draw gives to each person, ``group`` (N) the stratum; ``scores`` hold, for
    each contrast (the first after treatment, the others before), what a person adds to it in each cohort (N x C). The
    first is adjusted by the best multiples of the others; cohorts of one person add no variance.
    """
    runs, width = len(label), len(scores)
    value = np.zeros((runs, width))
    covariance = np.zeros((runs, width, width))
    for s in np.unique(group):
        inside = group == s
        for c in np.unique(label[0, inside]):
            chosen = (label[:, inside] == c).astype(np.float64)
            heads = float(chosen[0].sum())
            own = np.stack([score[inside, c] for score in scores], axis=1)
            sums = chosen @ own
            value += sums
            if heads < 2:
                continue
            squares = (chosen @ (own[:, :, None] * own[:, None, :]).reshape(len(own), -1)).reshape(runs, width, width)
            centred = squares - sums[:, :, None] * sums[:, None, :] / heads
            covariance += centred * heads / (heads - 1)
    result, variance = value[:, 0], covariance[:, 0, 0]
    if width > 1:
        cross = covariance[:, 1:, 0]
        beta = np.einsum("rij,rj->ri", np.linalg.pinv(covariance[:, 1:, 1:], rcond=1e-9, hermitian=True), cross)
        result = result - (beta * value[:, 1:]).sum(axis=1)
        variance = variance - (beta * cross).sum(axis=1)
    spread = np.sqrt(np.maximum(variance, 0.0))
    answer: Floats = np.divide(result, spread, out=np.full(runs, np.inf), where=spread > 1e-12 * np.abs(result))
    return answer


def _arrangements(label: Ints) -> Ints:
    values, sizes = np.unique(label, return_counts=True)
    rows = np.full((1, len(label)), values[-1], dtype=np.int64)
    free = np.ones((1, len(label)), dtype=np.bool_)
    for value, size in zip(values[:-1], sizes[:-1], strict=True):
        left = int(free[0].sum())
        choices = subsets(left, int(size))
        places = np.argsort(~free, axis=1, kind="stable")[:, :left]
        chosen = places[:, choices].reshape(-1, int(size))
        rows, free = np.repeat(rows, len(choices), axis=0), np.repeat(free, len(choices), axis=0)
        np.put_along_axis(rows, chosen, int(value), axis=1)
        np.put_along_axis(free, chosen, False, axis=1)
    return rows
