"""Gaps from levels and requirements, and what changes when a requirement changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import ndtr

from upwell.engine import VERSION
from upwell.engine.errors import ParameterError
from upwell.engine.frames import Result, accept
from upwell.engine.gaps.contracts import (
    CHANGES,
    CONFIRMED,
    ESTIMATES,
    FACTORS,
    LEVELS,
    REQUIREMENTS,
    STATES,
    SURE,
    left_join,
    nullable,
    reals,
)

ASSUMPTIONS: Final = (
    "The level's uncertainty is Gaussian with the standard deviation that came with it.",
    "A gap smaller than the material size makes no difference to the work.",
    "Priority is requirement weight x strategy weight x outcome link x expected shortfall; a missing weight is 1.",
)

Factors = Mapping[Any, float] | object | None


@dataclass(frozen=True)
class GapsResult(Result):
    """``estimates``: one row per person, capability and role, ordered by these; ``material`` in levels."""

    material: float

    def ranked(self) -> pa.Table:
        """Rows with a level, the largest priority first; ties by person, capability and role."""
        keys = [("priority", "descending"), *((k, "ascending") for k in ("person", "capability", "role"))]
        held = self.estimates.filter(pc.is_valid(self.estimates.column("level")))
        return held.take(pc.sort_indices(held, sort_keys=keys))


def compute(
    levels_frame: object,
    requirements: object,
    *,
    strategy_weights: Factors = None,
    outcome_links: Factors = None,
    material: float = 0.25,
    evidence: object | None = None,
) -> GapsResult:
    """Gap of every required person x capability x role.

    Args:
        levels_frame: frame of ``LEVELS``; further columns are ignored.
        requirements: frame of ``REQUIREMENTS``.
        strategy_weights: weight per capability (mapping, or frame of ``FACTORS``); 1 where missing.
        outcome_links: how strongly the capability moves the outcome, likewise; 1 where missing.
        material: smallest gap that matters, in levels, > 0.
        evidence: frame of ``CONFIRMED``, as ``confirm(...).estimates``.

    Returns:
        ``estimates`` with person, capability, role, required, level, sd, gap (levels, positive is short), p_gap
        (probability that gap >= material), state, priority (null without evidence), weight, strategy_weight,
        outcome_link, shortfall (expected levels short), confirmed and reason (null when ``evidence`` is not given).

    Raises:
        FrameError: a contract is broken or keys have different types.
        ParameterError: ``material`` is not above 0.
    """
    _check_material(material)
    rows = accept(requirements, REQUIREMENTS)
    held = accept(levels_frame, LEVELS)
    rows = left_join(rows, held, ["person", "capability"], "levels")
    for name, given in (("strategy_weight", strategy_weights), ("outcome_link", outcome_links)):
        rows = _with_factor(rows, given, name)
    if evidence is None:
        rows = rows.append_column("confirmed", pa.nulls(rows.num_rows, pa.bool_()))
        rows = rows.append_column("reason", pa.nulls(rows.num_rows, pa.string()))
    else:
        rows = left_join(rows, accept(evidence, CONFIRMED), ["person", "capability"], "evidence")
    keys = [("person", "ascending"), ("capability", "ascending"), ("role", "ascending")]
    return _result(_scored(rows.take(pc.sort_indices(rows, sort_keys=keys)), material), material)


def what_if(
    gaps: GapsResult | object, changed: object, *, levels_frame: object | None = None, material: float = 0.25
) -> GapsResult:
    """Recompute only the rows that changed role requirements touch.

    ``gaps`` is an earlier result (its own ``material`` is kept) or its estimates. ``changed`` is a frame of
    ``CHANGES``; without a weight the old one stays. For a capability that the role did not ask for before,
    everyone seen in the role gets a row with the level found in ``levels_frame``.

    Returns:
        The touched rows only; ``diagnostics`` counts states before and after.
    """
    if isinstance(gaps, GapsResult):
        before, material = gaps.estimates, gaps.material
    else:
        before = accept(gaps, ESTIMATES)
    _check_material(material)
    change = accept(changed, CHANGES)
    before = before.filter(pc.is_in(before.column("role"), value_set=change.column("role").unique()))
    renamed = change.rename_columns(
        [n if n in ("role", "capability") else f"new_{n}" for n in change.column_names]
    )
    joined = left_join(before, renamed, ["role", "capability"], "changed requirements")
    touched = joined.filter(pc.is_valid(joined.column("new_required")))
    old = touched.select(before.column_names)
    fresh = old.set_column(old.schema.get_field_index("required"), "required", touched.column("new_required"))
    if "new_weight" in touched.column_names:
        weight = pc.coalesce(touched.column("new_weight"), touched.column("weight"))
        fresh = fresh.set_column(fresh.schema.get_field_index("weight"), "weight", weight)
    added = _added(before, change, levels_frame)
    fresh = pa.concat_tables([fresh.select(_INPUTS), added]) if added.num_rows else fresh.select(_INPUTS)
    keys = [("person", "ascending"), ("capability", "ascending"), ("role", "ascending")]
    result = _result(_scored(fresh.take(pc.sort_indices(fresh, sort_keys=keys)), material), material)
    counts = {"before": _counts(old.column("state")), "after": _counts(result.estimates.column("state"))}
    return GapsResult(result.estimates, {**result.diagnostics, **counts}, ASSUMPTIONS, material)


_INPUTS: Final = [
    "person",
    "capability",
    "role",
    "required",
    "weight",
    "level",
    "sd",
    "strategy_weight",
    "outcome_link",
    "confirmed",
    "reason",
]


def _check_material(material: float) -> None:
    if not material > 0:
        raise ParameterError(f"The material gap must be above 0 levels, not {material}.")


def _with_factor(rows: pa.Table, given: Factors, name: str) -> pa.Table:
    if given is None:
        return rows.append_column(name, pa.array(np.ones(rows.num_rows)))
    if isinstance(given, Mapping):
        kind = rows.schema.field("capability").type
        given = pa.table(
            {"capability": pa.array(list(given), kind), "weight": pa.array(given.values(), pa.float64())}
        )
    factor = accept(given, FACTORS).rename_columns(["capability", name])
    joined = left_join(rows, factor, ["capability"], name.replace("_", " "))
    position = joined.schema.get_field_index(name)
    return joined.set_column(position, name, pc.fill_null(joined.column(name), 1.0))


def _scored(rows: pa.Table, material: float) -> pa.Table:
    required, level, sd = (reals(rows, name) for name in ("required", "level", "sd"))
    seen = np.isfinite(level)
    gap = required - level
    width = np.maximum(sd, 1e-9)
    p_gap = ndtr((gap - material) / width)
    p_above = ndtr((-gap - material) / width)
    standard = gap / width
    density = np.exp(-0.5 * np.minimum(standard**2, 1400.0)) / np.sqrt(2.0 * np.pi)
    shortfall = np.maximum(gap * ndtr(standard) + width * density, 0.0)
    state = np.select(
        [~seen, p_gap >= SURE, p_above >= SURE, p_gap <= 1.0 - SURE],
        ["no_evidence", "below", "above", "meets"],
        "unsure",
    )
    factors = reals(rows, "weight") * reals(rows, "strategy_weight") * reals(rows, "outcome_link")
    made = {
        "gap": nullable(gap, seen),
        "p_gap": nullable(p_gap, seen),
        "state": pa.array(state.tolist(), pa.string()),
        "priority": nullable(factors * shortfall, seen),
        "shortfall": nullable(shortfall, seen),
    }
    order = [
        "person",
        "capability",
        "role",
        "required",
        "level",
        "sd",
        "gap",
        "p_gap",
        "state",
        "priority",
        "weight",
    ]
    order += ["strategy_weight", "outcome_link", "shortfall", "confirmed", "reason"]
    return pa.table({name: made[name] if name in made else rows.column(name) for name in order})


def _counts(states: pa.ChunkedArray) -> dict[str, int]:
    found = {row["values"]: row["counts"] for row in pc.value_counts(states).to_pylist()}
    return {state: int(found.get(state, 0)) for state in STATES}


def _result(estimates: pa.Table, material: float) -> GapsResult:
    diagnostics = {"states": _counts(estimates.column("state")), "material": material, "version": VERSION}
    return GapsResult(estimates, diagnostics, ASSUMPTIONS, material)


def _added(before: pa.Table, change: pa.Table, levels_frame: object | None) -> pa.Table:
    people = nw.from_native(before.select(["person", "role"]), eager_only=True).unique()
    had = nw.from_native(before.select(["role", "capability"]), eager_only=True).unique()
    asked = nw.from_native(change, eager_only=True).join(had, on=["role", "capability"], how="anti")
    rows = people.join(asked, on="role", how="inner").to_native()
    if levels_frame is None or not rows.num_rows:
        rows = rows.append_column("level", pa.nulls(rows.num_rows, pa.float64()))
        rows = rows.append_column("sd", pa.nulls(rows.num_rows, pa.float64()))
    else:
        rows = left_join(rows, accept(levels_frame, LEVELS), ["person", "capability"], "levels")
    one = pa.array(np.ones(rows.num_rows))
    weight = pc.fill_null(rows.column("weight"), 1.0) if "weight" in rows.column_names else one
    extra = {
        "weight": weight,
        "strategy_weight": one,
        "outcome_link": one,
        "confirmed": pa.nulls(rows.num_rows, pa.bool_()),
        "reason": pa.nulls(rows.num_rows, pa.string()),
    }
    return pa.table({name: extra[name] if name in extra else rows.column(name) for name in _INPUTS})
