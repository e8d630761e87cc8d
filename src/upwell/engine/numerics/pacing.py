"""Shorter steps for what swings: hyper-parameters that jump over their place and back again.

Where the data say little (one capability per rater, or ratings of pass and fail), the information behind a Fisher
step is too small and the step too long, so that a value swings around its place for hundreds of sweeps. A value whose
step turns back has its next one halved; one that goes on has it lengthened by a fifth, up to the whole. Source:
Riedmiller and Braun (1993), for the rule.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from upwell.engine.numerics.learning import Hyper

Reals = NDArray[np.float64]
SHORTER, LONGER, SHORTEST = 0.5, 1.2, 0.05


@dataclass(slots=True)
class Pace:
    """Share of each value's step that is taken, and the step before it; changed in place."""

    share: Reals | None = None
    last: Reals | None = None

    def eased(self, held: Hyper, wanted: Hyper) -> Hyper:
        """The values a part of the way from ``held`` to ``wanted``; cuts go all of it."""
        here = _values(held)
        step = _values(wanted) - here
        if self.share is None or self.last is None:
            self.share = np.ones(len(step))
        else:
            turned = step * self.last < 0.0
            self.share = np.clip(self.share * np.where(turned, SHORTER, LONGER), SHORTEST, 1.0)
        self.last = step
        return _with(wanted, here + self.share * step)


def _values(hyper: Hyper) -> Reals:
    logs = np.log(
        np.concatenate([[hyper.general, hyper.specific, hyper.halo, hyper.drift], hyper.severity_var, hyper.noise])
    )
    return np.concatenate([logs, hyper.capability_mean, hyper.severity_mean])


def _with(hyper: Hyper, values: Reals) -> Hyper:
    groups, sources = len(hyper.severity_var), len(hyper.noise)
    sizes = np.cumsum([4, groups, sources, len(hyper.capability_mean)])
    logs, severity_var, noise, capability_mean, severity_mean = np.split(values, sizes)
    general, specific, halo, drift = np.exp(logs).tolist()
    return replace(
        hyper,
        capability_mean=capability_mean,
        general=general,
        specific=specific,
        severity_mean=severity_mean,
        severity_var=np.exp(severity_var),
        halo=halo,
        noise=np.exp(noise),
        drift=drift,
    )
