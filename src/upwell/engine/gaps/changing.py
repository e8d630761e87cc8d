"""What changes when a role asks for something else."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine.frames import accept, coded
from upwell.engine.gaps.cells import GapCells, rows_of_change
from upwell.engine.gaps.computing import (
    KEYS,
    ORDER,
    GapsResult,
    check_material,
    counted,
    matching,
    result_of,
)
from upwell.engine.gaps.contracts import CHANGES, ESTIMATES, LEVELS, check_types, picked, refuse_repeats

INPUTS = [n for n in ORDER if n not in ("gap", "p_gap", "state", "priority", "shortfall")]
BY_ROLE = ("role", "capability")


def what_if(
    gaps: GapsResult | GapCells | object,
    changed: object,
    *,
    levels_frame: object | None = None,
    material: float = 0.25,
) -> GapsResult:
    """Recompute only the rows that changed role requirements touch.

    ``gaps`` is an earlier result, its estimates, or the dense state of ``hold`` (the fastest: nothing else is read;
    its own ``material`` is kept, as a result's is). ``changed`` is a frame of ``CHANGES``; without a weight the old
    one stays. For a capability that the role did not ask for before, everyone seen in the role gets a row, with the
    level found in ``levels_frame`` or in the dense state; a capability that neither levels nor roles named before
    has strategy weight and outcome link 1.

    Returns:
        The touched rows only; ``diagnostics`` counts states before and after.
    """
    if isinstance(gaps, GapCells):
        before, after = rows_of_change(gaps, changed)
        return _with_counts(result_of(after, gaps.material), result_of(before, gaps.material).estimates)
    if isinstance(gaps, GapsResult):
        whole, material = gaps.estimates, gaps.material
    else:
        whole = accept(gaps, ESTIMATES)
    check_material(material)
    change = accept(changed, CHANGES)
    check_types(whole.slice(0, 1), change, list(BY_ROLE), "changed requirements")
    held = whole.filter(pc.is_in(whole.column("role"), value_set=change.column("role").unique()))
    place = _place(held, change)
    old, place = held.filter(pa.array(place >= 0)), place[place >= 0]
    fresh = old.set_column(old.schema.get_field_index("required"), "required", picked(change.column("required"), place))
    if "weight" in change.column_names:
        weight = pc.coalesce(picked(change.column("weight"), place), old.column("weight"))
        fresh = fresh.set_column(fresh.schema.get_field_index("weight"), "weight", weight)
    added = _added(whole, held, change, levels_frame)
    fresh = pa.concat_tables([fresh.select(INPUTS), added]) if added.num_rows else fresh.select(INPUTS)
    fresh = fresh.take(pc.sort_indices(fresh, sort_keys=[(key, "ascending") for key in KEYS]))
    return _with_counts(result_of(fresh, material), old)


def _with_counts(found: GapsResult, old: pa.Table) -> GapsResult:
    counts = {"before": counted(old.column("state")), "after": counted(found.estimates.column("state"))}
    return replace(found, diagnostics={**found.diagnostics, **counts})


def _place(rows: pa.Table, change: pa.Table) -> np.ndarray:
    both = change.rename_columns(["person" if n == "role" else n for n in change.column_names])
    role, roles = coded(rows.column("role"))
    capability, capabilities = coded(rows.column("capability"))
    found = matching(both, roles, capabilities, role * max(len(capabilities), 1) + capability, "changed requirements")
    return np.asarray(found)


def _added(whole: pa.Table, held: pa.Table, change: pa.Table, levels_frame: object | None) -> pa.Table:
    had = held.select(BY_ROLE).group_by(list(BY_ROLE)).aggregate([])
    asked = change.join(had, list(BY_ROLE), join_type="left anti")
    people = held.select(["person", "role"]).group_by(["person", "role"]).aggregate([])
    rows = people.join(asked, "role", join_type="inner")
    if not rows.num_rows:
        return rows
    weight = rows.column("weight") if "weight" in rows.column_names else pa.nulls(rows.num_rows, pa.float64())
    made = {
        "weight": pc.fill_null(weight, 1.0),
        **_levels(rows, levels_frame),
        **_factors(whole, rows),
        "confirmed": pa.nulls(rows.num_rows, pa.bool_()),
        "reason": pa.nulls(rows.num_rows, pa.string()),
    }
    return pa.table({name: made[name] if name in made else rows.column(name) for name in INPUTS})


def _levels(rows: pa.Table, levels_frame: object | None) -> dict[str, pa.ChunkedArray]:
    if levels_frame is None:
        return {name: pa.nulls(rows.num_rows, pa.float64()) for name in ("level", "sd")}
    levels = accept(levels_frame, LEVELS)
    person, persons = coded(rows.column("person"))
    capability, capabilities = coded(rows.column("capability"))
    place = matching(levels, persons, capabilities, person * len(capabilities) + capability, "levels")
    if place is None:
        refuse_repeats(levels, LEVELS)
    return {name: picked(levels.column(name), place) for name in ("level", "sd")}


def _factors(whole: pa.Table, rows: pa.Table) -> dict[str, pa.Array]:
    """The factors that other roles already give to the capability; 1 where no role asks for it."""
    asked = rows.column("capability").unique()
    known = whole.filter(pc.is_in(whole.column("capability"), value_set=asked))
    first = {row["capability"]: row for row in _one_each(known)}
    wanted = rows.column("capability").to_pylist()
    return {
        name: pa.array([first[c][name] if c in first else 1.0 for c in wanted], pa.float64())
        for name in ("strategy_weight", "outcome_link")
    }


def _one_each(known: pa.Table) -> list[dict[str, object]]:
    names = ["strategy_weight", "outcome_link"]
    grouped = known.group_by("capability").aggregate([(name, "min") for name in names])
    found: list[dict[str, object]] = grouped.rename_columns(["capability", *names]).to_pylist()
    return found
