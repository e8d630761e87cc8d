"""The dense state: level and uncertainty of every person on every capability, and what each role asks.

Nothing is joined any more once it is held, so a changed requirement touches the people in the role and nobody else.
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import FrameError
from upwell.engine.frames import accept, coded, codes_in
from upwell.engine.gaps.computing import GapsResult, check_material, result_of
from upwell.engine.gaps.contracts import (
    CHANGES,
    HOLDINGS,
    LEVELS,
    READINGS,
    ROLES,
    Codes,
    Factors,
    Reals,
    check_types,
    factors,
    loose,
    reals,
    refuse_repeats,
)
from upwell.engine.numerics.gaps_lookup import lookup
from upwell.engine.numerics.gaps_pooling import pooled
from upwell.engine.numerics.gaps_sets import alike

Singles = NDArray[np.float32]


@dataclass(frozen=True)
class GapCells:
    """Dense state of persons (P), capabilities (C) and roles (R), each ascending.

    ``level`` and ``sd`` are P x C in float32, NaN where nothing is known. ``required`` and ``weight`` are R x C, NaN
    where the role does not ask. The people of role r are ``holder[start[r]:start[r + 1]]``. ``bundle`` says which set
    of roles a person has, ``bundles`` what the most demanding of its roles asks (required, weight; B x C).
    """

    persons: pa.Array
    capabilities: pa.Array
    roles: pa.Array
    level: Singles
    sd: Singles
    required: Reals
    weight: Reals
    holder: Codes
    start: Codes
    bundle: Codes
    bundle_start: Codes
    bundle_role: Codes
    strategy_weight: Reals
    outcome_link: Reals
    material: float

    def bundles(self) -> tuple[Reals, Reals]:
        """Required level and weight of the most demanding role of each set of roles (B x C), NaN where none asks."""
        sizes = np.diff(self.bundle_start)
        required = np.full((len(sizes), len(self.capabilities)), np.nan)
        weight = required.copy()
        for k in range(int(sizes.max(initial=0))):
            deep = np.flatnonzero(sizes > k)
            role = self.bundle_role[self.bundle_start[deep] + k]
            more = ~(self.required[role] <= required[deep]) & ~np.isnan(self.required[role])
            required[deep] = np.where(more, self.required[role], required[deep])
            weight[deep] = np.where(more, self.weight[role], weight[deep])
        return required, weight

    def changed(self, changed: object) -> "GapCells":
        """The state under changed requirements (frame of ``CHANGES``); levels are shared, not copied.

        Raises:
            FrameError: a contract is broken, or a role or capability is unknown to the state.
        """
        role, capability, required, weight, _ = _change(self, changed)
        if (role < 0).any() or (capability < 0).any():
            raise FrameError("The changed requirements frame names a role or capability that the state does not hold.")
        new_required, new_weight = self.required.copy(), self.weight.copy()
        new_required[role, capability], new_weight[role, capability] = required, weight
        return replace(self, required=new_required, weight=new_weight)


def hold(
    levels_frame: object,
    holdings: object,
    requirements: object,
    *,
    strategy_weights: Factors = None,
    outcome_links: Factors = None,
    material: float = 0.25,
) -> GapCells:
    """Hold levels and role requirements densely, for roll-ups and what-ifs of a large organisation.

    Args:
        levels_frame: frame of ``LEVELS``; people without a role are left out. Kept in float32.
        holdings: frame of ``HOLDINGS`` (person, role); a person may have several roles.
        requirements: frame of ``ROLES`` (role, capability, required, weight).
        strategy_weights, outcome_links, material: as in ``compute``.

    Raises:
        FrameError: a contract is broken or keys have different types.
        ParameterError: ``material`` is not above 0.
    """
    held = loose(levels_frame, LEVELS)
    empty, cell = _empty(holdings, requirements, held, strategy_weights, outcome_links, material)
    if lookup(cell, empty.level.size + 1).repeated:
        accept(held, LEVELS)
    kept = cell < empty.level.size
    level, sd = empty.level.ravel(), empty.sd.ravel()
    level[cell[kept]], sd[cell[kept]] = reals(held, "level")[kept], reals(held, "sd")[kept]
    return empty


def hold_readings(
    readings: object,
    holdings: object,
    requirements: object,
    *,
    strategy_weights: Factors = None,
    outcome_links: Factors = None,
    material: float = 0.25,
) -> GapCells:
    """Hold the plainest levels there are: readings (frame of ``READINGS``) pooled by their precision.

    ``level = sum(precision x value) / sum(precision)`` and ``sd = 1 / sqrt(sum(precision))``: no severity, no halo,
    no recency unless it is in the precision. For a first look and for a measure of speed; ``levels.estimate`` is
    what a decision about a person should rest on. Further arguments and errors as in ``hold``.
    """
    held = loose(readings, READINGS)
    empty, cell = _empty(holdings, requirements, held, strategy_weights, outcome_links, material)
    level, sd = pooled(cell, reals(held, "value"), reals(held, "precision"), empty.level.size + 1)
    shape = empty.level.shape
    return replace(empty, level=level[:-1].reshape(shape), sd=sd[:-1].reshape(shape))


def rows_of_change(cells: GapCells, changed: object) -> tuple[pa.Table, pa.Table]:
    """Rows that a change touches as they were (those that existed) and as they become."""
    role, capability, required, weight, keys = _change(cells, changed)
    known = role >= 0
    row = np.repeat(np.flatnonzero(known), np.diff(cells.start)[role[known]])
    people = [cells.holder[cells.start[r] : cells.start[r + 1]] for r in role[known]]
    person = np.concatenate(people) if people else row
    order = np.lexsort((role[row], keys.take(pa.array(row)).to_numpy(zero_copy_only=False), person))
    row, person = row[order], person[order]
    names = keys.take(pa.array(row))
    after = _rows(cells, person, role[row], capability[row], names, required[row], weight[row])
    there = capability[row] >= 0
    was = np.where(there, cells.required[role[row], capability[row]], np.nan)
    old = ~np.isnan(was)
    before = _rows(
        cells,
        person[old],
        role[row][old],
        capability[row][old],
        names.filter(pa.array(old)),
        was[old],
        cells.weight[role[row], capability[row]][old],
    )
    return before, after


def rows(cells: GapCells) -> GapsResult:
    """The dense state as the rows of ``compute``: one per person, capability and role that asks for it."""
    role = np.repeat(np.arange(len(cells.roles)), np.diff(cells.start))
    holding, capability = np.nonzero(~np.isnan(cells.required)[role])
    person, role = cells.holder[holding], role[holding]
    order = np.lexsort((role, capability, person))
    person, role, capability = person[order], role[order], capability[order]
    names = cells.capabilities.take(pa.array(capability))
    asked = (cells.required[role, capability], cells.weight[role, capability])
    return result_of(_rows(cells, person, role, capability, names, *asked), cells.material)


def _empty(
    holdings: object,
    requirements: object,
    held: pa.Table,
    strategy_weights: Factors,
    outcome_links: Factors,
    material: float,
) -> tuple[GapCells, Codes]:
    """The state without levels, and the cell of each row of ``held`` (one beyond the last where it has none)."""
    check_material(material)
    has, asks = loose(holdings, HOLDINGS), accept(requirements, ROLES)
    check_types(has, held, ["person"], "levels")
    check_types(asks, held, ["capability"], "levels")
    check_types(has, asks, ["role"], "role requirements")
    person, persons = coded(has.column("person"))
    asked, roles = coded(pa.chunked_array([*has.column("role").chunks, *asks.column("role").chunks], _kind(has, asks)))
    role, asking = asked[: has.num_rows], asked[has.num_rows :]
    own, own_keys = coded(held.column("capability"))
    wanted, wanted_keys = coded(asks.column("capability"))
    capabilities = pc.unique(pa.concat_arrays([own_keys.cast(wanted_keys.type), wanted_keys]))
    capabilities = capabilities.take(pc.array_sort_indices(capabilities))
    width = len(capabilities)
    required = np.full((len(roles), width), np.nan)
    weight = required.copy()
    at = codes_in(pa.chunked_array([wanted_keys]), capabilities)[wanted]
    required[asking, at], weight[asking, at] = reals(asks, "required"), reals(asks, "weight")
    key = person * max(len(roles), 1) + role
    if lookup(key, len(persons) * max(len(roles), 1)).repeated:
        refuse_repeats(has, HOLDINGS)
    sets = alike(person, role, len(persons), len(roles))
    order = np.lexsort((person, role))
    nothing = np.full((len(persons), width), np.nan, dtype=np.float32)
    cells = GapCells(
        persons,
        capabilities,
        roles,
        nothing,
        nothing.copy(),
        required,
        weight,
        person[order],
        np.concatenate([[0], np.cumsum(np.bincount(role, minlength=len(roles)))]),
        sets.group,
        sets.start,
        sets.member,
        factors(strategy_weights, capabilities, "strategy weight"),
        factors(outcome_links, capabilities, "outcome link"),
        material,
    )
    row = codes_in(held.column("person"), persons)
    column = codes_in(pa.chunked_array([own_keys]), capabilities)
    cell = row * width
    cell += own if len(own_keys) == width else column[own]
    if row.min(initial=0) < 0:
        cell[row < 0] = nothing.size
    return cells, cell


def _kind(has: pa.Table, asks: pa.Table) -> pa.DataType:
    return (has if has.num_rows else asks).schema.field("role").type


def _change(cells: GapCells, changed: object) -> tuple[Codes, Codes, Reals, Reals, pa.Array]:
    """Role, capability (-1 where unknown), required and weight of every change, and the capability's key."""
    change = accept(changed, CHANGES)
    known = {"role": cells.roles[:1], "capability": cells.capabilities[:1]}
    for name, keys in known.items():
        check_types(pa.table({name: keys}), change, [name], "changed requirements")
    role = codes_in(change.column("role"), cells.roles)
    capability = codes_in(change.column("capability"), cells.capabilities)
    both = (role >= 0) & (capability >= 0)
    old = np.where(both, cells.weight[role, capability] if cells.weight.size else np.nan, np.nan)
    weight = reals(change, "weight") if "weight" in change.column_names else np.full(len(role), np.nan)
    weight = np.where(np.isnan(weight), np.where(np.isnan(old), 1.0, old), weight)
    return role, capability, reals(change, "required"), weight, change.column("capability").combine_chunks()


def _rows(
    cells: GapCells, person: Codes, role: Codes, capability: Codes, names: pa.Array, required: Reals, weight: Reals
) -> pa.Table:
    there = capability >= 0
    at = np.maximum(capability, 0)
    level, sd = (np.where(there, values[person, at].astype(float), np.nan) for values in (cells.level, cells.sd))
    count = len(person)
    return pa.table(
        {
            "person": cells.persons.take(pa.array(person)),
            "capability": names,
            "role": cells.roles.take(pa.array(role)),
            "required": required,
            "weight": weight,
            "level": pa.array(level, mask=np.isnan(level)),
            "sd": pa.array(sd, mask=np.isnan(sd)),
            "strategy_weight": np.where(there, cells.strategy_weight[at], 1.0),
            "outcome_link": np.where(there, cells.outcome_link[at], 1.0),
            "confirmed": pa.nulls(count, pa.bool_()),
            "reason": pa.nulls(count, pa.string()),
        }
    )
