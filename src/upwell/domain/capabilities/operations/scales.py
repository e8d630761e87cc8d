"""Scales and where their levels lie on the latent scale from 0 to 5."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from upwell.domain.capabilities.models import Scale, ScaleLevel
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation


class ScaleNotOrdered(Exception):
    """Positions or cuts of a scale do not rise, or it has fewer than two levels."""


@dataclass(frozen=True, slots=True)
class LevelSpec:
    """A level to create. Without `cut` it begins halfway between the position below and its own."""

    name: str
    position: float
    cut: float | None = None
    description: str = ""


@operation("scale.create")
def create_scale(
    *, key: str, name: str, levels: Sequence[LevelSpec], actor: Account | None, at: dt.datetime
) -> Scale:
    """Create a scale with its levels, lowest first.

    Raises:
        ScaleNotOrdered: fewer than two levels, or positions or cuts that do not rise.
    """
    cuts = [
        upper.cut if upper.cut is not None else (lower.position + upper.position) / 2
        for lower, upper in pairwise(levels)
    ]
    if len(levels) < 2:
        raise ScaleNotOrdered("A scale needs at least two levels.")
    if any(upper.position <= lower.position for lower, upper in pairwise(levels)):
        raise ScaleNotOrdered("The positions of the levels must rise.")
    if any(upper <= lower for lower, upper in pairwise(cuts)):
        raise ScaleNotOrdered("The cuts between the levels must rise.")
    scale = Scale.objects.create(key=key, name=name)
    ScaleLevel.objects.bulk_create(
        ScaleLevel(
            scale=scale,
            ordinal=ordinal,
            name=level.name,
            description=level.description,
            position=level.position,
            cut=cut,
        )
        for ordinal, (level, cut) in enumerate(zip(levels, [None, *cuts], strict=True), start=1)
    )
    return scale
