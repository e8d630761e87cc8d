"""Gaps from levels and requirements."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import VERSION
from upwell.engine.errors import ParameterError
from upwell.engine.frames import Result, accept, coded, codes_in
from upwell.engine.gaps.contracts import (
    CONFIRMED,
    LEVELS,
    REQUIREMENTS,
    STATES,
    Codes,
    Factors,
    check_types,
    factors,
    loose,
    nullable,
    picked,
    reals,
    refuse_repeats,
)
from upwell.engine.numerics.gaps_lookup import lookup
from upwell.engine.numerics.gaps_scores import scores

ASSUMPTIONS: Final = (
    "The level's uncertainty is Gaussian with the standard deviation that came with it.",
    "A gap smaller than the material size makes no difference to the work.",
    "Priority is requirement weight x strategy weight x outcome link x expected shortfall; a missing weight is 1.",
)
KEYS: Final = ("person", "capability", "role")
ORDER: Final = (
    *KEYS,
    *("required", "level", "sd", "gap", "p_gap", "state", "priority", "weight"),
    *("strategy_weight", "outcome_link", "shortfall", "confirmed", "reason"),
)


@dataclass(frozen=True)
class GapsResult(Result):
    """``estimates``: one row per person, capability and role, ordered by these; ``material`` in levels."""

    material: float

    def ranked(self, first: int | None = None) -> pa.Table:
        """Rows with a level, the largest priority first; ties by person, capability and role.

        ``first`` asks for no more than so many rows.
        """
        priority = reals(self.estimates, "priority")
        held = np.flatnonzero(np.isfinite(priority))
        if first is not None and first < len(held):
            least = np.partition(priority[held], len(held) - first)[len(held) - first] if first > 0 else np.inf
            held = held[priority[held] >= least]
        order = held[np.argsort(-priority[held], kind="stable")]
        return self.estimates.take(pa.array(order[:first]))

    def needs(self) -> pa.Table:
        """The needs in order of priority: rows whose state is ``below`` and whose evidence forms a pattern.

        Nothing is a need where no table of evidence was given.
        """
        real = pc.and_(
            pc.equal(self.estimates.column("state"), "below"), pc.fill_null(self.estimates.column("confirmed"), False)
        )
        return replace(self, estimates=self.estimates.filter(real)).ranked()


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
    check_material(material)
    rows, persons, capabilities, cell = _asked(requirements)
    held = loose(levels_frame, LEVELS)
    place = matching(held, persons, capabilities, cell, "levels")
    if place is None:
        refuse_repeats(held, LEVELS)
    for name in ("level", "sd"):
        rows = rows.append_column(name, picked(held.column(name), place))
    which = cell % max(len(capabilities), 1)
    for name, given in (("strategy_weight", strategy_weights), ("outcome_link", outcome_links)):
        rows = rows.append_column(name, pa.array(factors(given, capabilities, name.replace("_", " "))[which]))
    if evidence is None:
        rows = rows.append_column("confirmed", pa.nulls(rows.num_rows, pa.bool_()))
        rows = rows.append_column("reason", pa.nulls(rows.num_rows, pa.string()))
    else:
        told = accept(evidence, CONFIRMED)
        found = matching(told, persons, capabilities, cell, "evidence")
        for name in ("confirmed", "reason"):
            rows = rows.append_column(name, picked(told.column(name), np.asarray(found)))
    return result_of(rows, material)


def result_of(rows: pa.Table, material: float) -> GapsResult:
    """Score rows that hold required, level, sd and the factors, in their order."""
    estimates = _scored(rows, material)
    diagnostics = {"states": counted(estimates.column("state")), "material": material, "version": VERSION}
    return GapsResult(estimates, diagnostics, ASSUMPTIONS, material)


def check_material(material: float) -> None:
    """Refuse a material gap of nothing."""
    if not material > 0:
        raise ParameterError(f"The material gap must be above 0 levels, not {material}.")


def counted(states: pa.ChunkedArray) -> dict[str, int]:
    """How many rows are in each state."""
    found = {row["values"]: row["counts"] for row in pc.value_counts(states).to_pylist()}
    return {state: int(found.get(state, 0)) for state in STATES}


def matching(table: pa.Table, persons: pa.Array, capabilities: pa.Array, cell: Codes, name: str) -> Codes | None:
    """The row of ``table`` for each cell, -1 where there is none; None where a cell occurs twice."""
    if len(persons):
        check_types(pa.table({"person": persons[:1]}), table, ["person"], name)
        check_types(pa.table({"capability": capabilities[:1]}), table, ["capability"], name)
    person, own_persons = coded(table.column("person"))
    capability, own_capabilities = coded(table.column("capability"))
    width = max(len(own_capabilities), 1)
    found = lookup(person * width + capability, len(own_persons) * width)
    if found.repeated:
        return None
    if not len(cell):
        return cell
    person_at = codes_in(pa.chunked_array([persons]), own_persons)
    capability_at = codes_in(pa.chunked_array([capabilities]), own_capabilities)
    row, column = np.divmod(cell, len(capabilities))
    row, column = person_at[row], capability_at[column]
    return found.find(np.where((row < 0) | (column < 0), -1, row * width + column))


def _asked(requirements: object) -> tuple[pa.Table, pa.Array, pa.Array, Codes]:
    """Requirements ordered by their keys, the distinct persons and capabilities, and the cell of each row."""
    rows = loose(requirements, REQUIREMENTS)
    (person, persons), (capability, capabilities), (role, roles) = (coded(rows.column(k)) for k in KEYS)
    cell = person * max(len(capabilities), 1) + capability
    key = cell * max(len(roles), 1) + role
    if not bool((key[1:] > key[:-1]).all()):
        order = np.argsort(key)
        key = key[order]
        if bool((key[1:] == key[:-1]).any()):
            refuse_repeats(rows, REQUIREMENTS)
        rows, cell = rows.take(pa.array(order)), cell[order]
    return rows, persons, capabilities, cell


def _scored(rows: pa.Table, material: float) -> pa.Table:
    found = scores(reals(rows, "required"), reals(rows, "level"), reals(rows, "sd"), material)
    seen = np.isfinite(found.gap)
    factor = reals(rows, "weight") * reals(rows, "strategy_weight") * reals(rows, "outcome_link")
    made = {
        "gap": nullable(found.gap, seen),
        "p_gap": nullable(found.p_gap, seen),
        "state": pa.DictionaryArray.from_arrays(found.state, pa.array(STATES)).cast(pa.string()),
        "priority": nullable(factor * found.shortfall, seen),
        "shortfall": nullable(found.shortfall, seen),
    }
    return pa.table({name: made[name] if name in made else rows.column(name) for name in ORDER})
