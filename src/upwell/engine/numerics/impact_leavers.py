"""Sequential trials that keep people who are treated later, with the effect of their own intake taken off.

Where results decide almost alone who is sent next, those who stay untreated are no longer like the treated and no
weight can mend it. Here nobody leaves the comparison group of intake g: the result at t of somebody treated at c, with
g < c <= t, enters less the effect of intake c at t, which its own trial estimates. The last intake comes first, as
nobody is treated after it. Everything is linear in the cross-products, so these add up over people.
"""

from dataclasses import dataclass

import numpy as np

from upwell.engine.numerics.impact_moments import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Kept:
    """Cross-products of one intake: ``system`` (Q x K(K+1)/2), ``right`` (P x K), later cohorts' design (C x Q x K),
    treated and comparison people (Q). Q is 1 where everybody is seen in every period, else P.
    """

    system: Floats
    right: Floats
    later: Floats
    treated: Floats
    controls: Floats

    def plus(self, other: "Kept") -> "Kept":
        """Sums of both sets of people together."""
        return Kept(
            self.system + other.system,
            self.right + other.right,
            self.later + other.later,
            self.treated + other.treated,
            self.controls + other.controls,
        )


@dataclass(frozen=True, slots=True)
class KeptFit:
    """Coefficients (P x K), inverses (Q x K x K), effects taken off per later cohort (C x P), usable periods (P)."""

    coefficient: Floats
    inverse: Floats
    removed: Floats
    usable: Bools


def kept_sums(design: Floats, products: Floats, result: Floats, weight: Floats, cohort: Ints, later: Ints) -> Kept:
    """Sums over some people; ``weight`` (Q x n) is 1 for members of the trial who are seen."""
    treated = weight * design[0]
    members = [weight[:, chosen] @ design[:, chosen].T for c in later for chosen in [np.flatnonzero(cohort == c)]]
    return Kept(
        weight @ products.T,
        (result * weight) @ design.T,
        np.stack(members) if members else np.zeros((0, len(weight), len(design))),
        treated.sum(axis=1),
        (weight - treated).sum(axis=1),
    )


def kept_fits(totals: dict[int, Kept], min_controls: int) -> dict[int, KeptFit]:
    """Fit from the last intake to the first; a period is usable where every effect to be taken off is known."""
    fits: dict[int, KeptFit] = {}
    for g in sorted(totals, reverse=True):
        total = totals[g]
        periods, width = total.right.shape
        one, other = np.triu_indices(width)
        system = np.empty((len(total.system), width, width))
        system[:, one, other] = total.system
        system[:, other, one] = total.system
        enough = (total.treated > 0) & (total.controls >= max(min_controls, 2))
        enough &= total.treated + total.controls >= width + 2
        inverse = np.zeros_like(system)
        if enough.any():
            inverse[enough] = np.linalg.pinv(system[enough], rcond=1e-10, hermitian=True)
        enough &= np.abs((system[:, 0, :] * inverse[:, :, 0]).sum(axis=1) - 1.0) < 1e-6
        usable = np.broadcast_to(enough, periods).copy()
        removed = np.zeros((len(total.later), periods))
        for k, c in enumerate(sorted(c for c in totals if c > g)):
            removed[k, c - g :] = fits[c].coefficient[:, 0]
            usable[c - g :] &= fits[c].usable | ~np.broadcast_to(total.later[k].any(axis=1), periods)[c - g :]
        right = total.right - (removed[:, :, None] * total.later).sum(axis=0)
        coefficient = (inverse @ right[:, :, None])[:, :, 0]
        fits[g] = KeptFit(coefficient, inverse, removed, usable)
    return fits


def kept_targets(totals: dict[int, Kept], fits: dict[int, KeptFit], heads: dict[int, Floats]) -> dict[int, Floats]:
    """How much the pooled estimate moves with the effect of each intake and period, through later effects too (P)."""
    pull = {g: heads[g] * fits[g].usable for g in fits}
    for g in sorted(fits):
        share = (fits[g].inverse[:, 0] * totals[g].later).sum(axis=2)
        for k, c in enumerate(sorted(c for c in fits if c > g)):
            reach = np.broadcast_to(share[k], len(pull[g]))[c - g :]
            pull[c] = pull[c] - pull[g][c - g :] * reach
    return pull


def kept_influence(
    design: Floats, products: Floats, result: Floats, weight: Floats, leaving: Ints, fit: KeptFit, pull: Floats
) -> Floats:
    """Influence of some people through one intake, with HC3 residuals; ``leaving`` is each one's later cohort or -1."""
    one, other = np.triu_indices(len(design))
    twice = np.where(one == other, 1.0, 2.0)
    shrink = np.maximum(1.0 - weight * ((fit.inverse[:, one, other] * twice) @ products), 0.05)
    spread = weight * (fit.inverse[:, 0] @ design) / shrink
    off = np.concatenate([fit.removed, np.zeros((1, len(pull)))])
    if len(weight) == 1:
        residual = pull @ result - (pull @ fit.coefficient) @ design - (off @ pull)[leaving]
        return np.asarray(spread[0] * residual)
    residual = result - fit.coefficient @ design - off.T[:, leaving]
    return np.asarray(((spread * residual) * pull[:, None]).sum(axis=0))
