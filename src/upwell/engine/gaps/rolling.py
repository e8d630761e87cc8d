"""Gaps of units: counts, share meeting and mean gap with their intervals, at every depth."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import VERSION
from upwell.engine.errors import ParameterError
from upwell.engine.frames import Column, Contract, Result, accept, coded, codes_in
from upwell.engine.gaps.cells import GapCells
from upwell.engine.gaps.computing import KEYS, GapsResult
from upwell.engine.gaps.contracts import (
    CLOSURE,
    ESTIMATES,
    Codes,
    Reals,
    check_types,
    loose,
    nullable,
    reals,
    refuse_repeats,
)
from upwell.engine.numerics.gaps_lookup import compressed
from upwell.engine.numerics.gaps_scores import MEASURES
from upwell.engine.numerics.gaps_sets import Alike, alike
from upwell.engine.numerics.gaps_sums import SetSums, over_cells, over_members, over_rows

Z95: Final = 1.959963984540054
COUNTS: Final = ("n", "seen")
CELL: Final = ("unit", "depth", "capability")
UNIT_SUMS: Final = Contract(
    "unit sums",
    (
        Column("unit", "key"),
        Column("depth", "integer", "levels below the top", low=0),
        Column("capability", "key"),
        *(Column(name, "integer" if name in COUNTS else "real") for name in MEASURES),
    ),
)


def roll_up(gaps: GapsResult | GapCells | object, unit_closure: object, *, correlation: float = 0.1) -> Result:
    """Counts, share meeting and mean gap per unit and capability, at every depth of the tree.

    ``gaps`` is a result of ``compute``, its estimates, or the dense state of ``hold``. ``unit_closure`` (frame of
    ``CLOSURE``) names for every person each unit above them. A person with several roles counts once per capability,
    with the most demanding requirement. ``correlation`` (0 to 1) is how far the errors of two people of a unit go
    together, because the same raters saw both. No disclosure control here: pass the estimates through
    ``disclosure.protect`` before showing them.

    Returns:
        ``estimates``: unit, depth, capability, n, n_evidence, share_meeting (posterior mean, 0 to 1), share_lo95,
        share_hi95, mean_gap, lo95, hi95 (levels), priority (sum). Shares and gaps are null without evidence.

    Raises:
        FrameError: a contract is broken.
        ParameterError: ``correlation`` outside 0 to 1.
    """
    _check_correlation(correlation)
    return shares(unit_sums(gaps, unit_closure), correlation=correlation)


def unit_sums(gaps: GapsResult | GapCells | object, unit_closure: object) -> pa.Table:
    """Sums over the people of each unit (frame of ``UNIT_SUMS``), from which ``shares`` makes the roll-up.

    They add up over shards of people, see ``merged``. Arguments and errors as in ``roll_up``.
    """
    closure = loose(unit_closure, CLOSURE)
    if isinstance(gaps, GapCells):
        seats, units, depths = _seats(closure, gaps.persons)
        required, weight = gaps.bundles()
        factor = weight * gaps.strategy_weight * gaps.outcome_link
        found = over_cells(seats.group, seats.groups, gaps.bundle, required, factor, gaps.level, gaps.sd, gaps.material)
        return _named(over_members(found, seats, len(gaps.capabilities), len(units)), units, depths, gaps.capabilities)
    table = gaps.estimates if isinstance(gaps, GapsResult) else _in_order(accept(gaps, ESTIMATES))
    capability, capabilities = coded(table.column("capability"))
    person, persons = coded(table.column("person"))
    kept = _most_demanding(person * max(len(capabilities), 1) + capability, reals(table, "required"))
    if kept is not None:
        table, person, capability = table.take(pa.array(kept)), person[kept], capability[kept]
    seats, units, depths = _seats(closure, persons)
    width = len(capabilities)
    found = over_rows(seats.group[person] * width + capability, _summands(table), seats.groups * width)
    return _named(over_members(found, seats, width, len(units)), units, depths, capabilities)


def merged(sums: Sequence[object]) -> pa.Table:
    """Add up the sums of shards that share no person (frames of ``UNIT_SUMS``)."""
    table = pa.concat_tables([accept(part, UNIT_SUMS) for part in sums])
    added = table.group_by(list(CELL)).aggregate([(name, "sum") for name in MEASURES])
    added = added.rename_columns([*CELL, *MEASURES])
    return added.take(pc.sort_indices(added, sort_keys=[(n, "ascending") for n in ("depth", "unit", "capability")]))


def shares(sums: object, *, correlation: float = 0.1) -> Result:
    """Shares, mean gaps and their intervals from sums over people; ``estimates`` as in ``roll_up``.

    Raises:
        FrameError: ``sums`` breaks ``UNIT_SUMS``.
        ParameterError: ``correlation`` outside 0 to 1.
    """
    _check_correlation(correlation)
    table = accept(sums, UNIT_SUMS)
    return Result(
        _shares(table, correlation),
        {"version": VERSION, "rows": table.num_rows},
        (f"Errors of two people of one unit correlate at {correlation:g}, having raters in common.",),
    )


def _check_correlation(correlation: float) -> None:
    if not 0.0 <= correlation <= 1.0:
        raise ParameterError(f"The correlation of errors lies between 0 and 1, not at {correlation}.")


def _seats(closure: pa.Table, persons: pa.Array) -> tuple[Alike, pa.Array, Codes]:
    """People on the same units, and the units with their depths in order of depth and unit."""
    if len(persons):
        check_types(pa.table({"person": persons[:1]}), closure, ["person"], "unit closure")
    person = codes_in(closure.column("person"), persons)
    unit, units = coded(closure.column("unit"))
    known = person >= 0
    if not known.all():
        person, unit, closure = person[known], unit[known], closure.filter(pa.array(known))
    pair = closure.column("depth").to_numpy() * max(len(units), 1) + unit
    place, member = compressed(pair, int(pair.max(initial=0)) + 1)
    depths, which = np.divmod(place, max(len(units), 1))
    found = alike(person, member, len(persons), len(place))
    if found.repeated:
        refuse_repeats(closure, CLOSURE)
    if len(set(which.tolist())) < len(which):
        accept(closure, CLOSURE)
    return found, units.take(pa.array(which)), depths


def _named(sums: SetSums, units: pa.Array, depths: Codes, capabilities: pa.Array) -> pa.Table:
    member, capability = np.divmod(sums.cell, max(len(capabilities), 1))
    found = {
        "unit": units.take(pa.array(member)),
        "depth": pa.array(depths[member], pa.int64()),
        "capability": capabilities.take(pa.array(capability)),
    }
    for name, values in zip(MEASURES, sums.totals, strict=True):
        found[name] = pa.array(values.astype(np.int64) if name in COUNTS else values)
    return pa.table(found)


def _in_order(table: pa.Table) -> pa.Table:
    return table.take(pc.sort_indices(table, sort_keys=[(key, "ascending") for key in KEYS]))


def _most_demanding(cell: Codes, required: Reals) -> Codes | None:
    """The row of each cell that asks most, the first of equals; None where every row is a cell of its own.

    Rows are in order of cell and role.
    """
    begins = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]]) if len(cell) else cell
    if len(begins) == len(cell):
        return None
    which = np.repeat(np.arange(len(begins)), np.diff(np.r_[begins, len(cell)]))
    most = np.flatnonzero(required == np.maximum.reduceat(required, begins)[which])
    return most[np.flatnonzero(np.r_[True, np.diff(which[most]) > 0])]


def _summands(table: pa.Table) -> list[Reals]:
    meet = 1.0 - np.nan_to_num(reals(table, "p_gap"), nan=1.0)
    doubt = meet * (1.0 - meet)
    sd = np.nan_to_num(reals(table, "sd"))
    level = reals(table, "level")
    others = (np.nan_to_num(reals(table, name)) for name in ("gap", "priority"))
    gap, priority = others
    seen = np.isfinite(level).astype(float)
    return [np.ones(len(level)), seen, meet, doubt, np.sqrt(doubt), gap, sd, sd * sd, priority]


def _shares(sums: pa.Table, correlation: float) -> pa.Table:
    seen = sums.column("seen").to_numpy()
    valid = seen > 0
    count = np.maximum(seen, 1).astype(float)

    def spread(squares: str, roots: str) -> Reals:
        total = (1.0 - correlation) * reals(sums, squares) + correlation * reals(sums, roots) ** 2
        result: Reals = np.sqrt(total) / count
        return result

    share, share_sd = reals(sums, "meet") / count, spread("doubt", "root_doubt")
    gap, gap_sd = reals(sums, "gap") / count, spread("var", "sd")
    return pa.table(
        {
            "unit": sums.column("unit"),
            "depth": sums.column("depth"),
            "capability": sums.column("capability"),
            "n": sums.column("n").cast(pa.int64()),
            "n_evidence": sums.column("seen"),
            "share_meeting": nullable(share, valid),
            "share_lo95": nullable(np.maximum(share - Z95 * share_sd, 0.0), valid),
            "share_hi95": nullable(np.minimum(share + Z95 * share_sd, 1.0), valid),
            "mean_gap": nullable(gap, valid),
            "lo95": nullable(gap - Z95 * gap_sd, valid),
            "hi95": nullable(gap + Z95 * gap_sd, valid),
            "priority": nullable(reals(sums, "priority"), valid),
        }
    )
