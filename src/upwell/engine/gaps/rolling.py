"""Gaps of units: counts, share meeting and mean gap with their intervals, at every depth."""

from typing import Final

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import VERSION
from upwell.engine.errors import ParameterError
from upwell.engine.frames import Result, accept
from upwell.engine.gaps.computing import GapsResult
from upwell.engine.gaps.contracts import CLOSURE, ESTIMATES, Reals, check_types, nullable, reals

Z95: Final = 1.959963984540054


def roll_up(gaps: GapsResult | object, unit_closure: object, *, correlation: float = 0.1) -> Result:
    """Counts, share meeting and mean gap per unit and capability, at every depth of the tree.

    ``unit_closure`` (frame of ``CLOSURE``) names for every person each unit above them. A person with several
    roles counts once per capability, with the most demanding requirement. ``correlation`` (0 to 1) is how far the
    errors of two people of a unit go together, because the same raters saw both. No disclosure control here:
    pass the estimates through ``disclosure.protect`` before showing them.

    Returns:
        ``estimates``: unit, depth, capability, n, n_evidence, share_meeting (posterior mean, 0 to 1), share_lo95,
        share_hi95, mean_gap, lo95, hi95 (levels), priority (sum). Shares and gaps are null without evidence.

    Raises:
        FrameError: a contract is broken.
        ParameterError: ``correlation`` outside 0 to 1.
    """
    if not 0.0 <= correlation <= 1.0:
        raise ParameterError(f"The correlation of errors lies between 0 and 1, not at {correlation}.")
    table = gaps.estimates if isinstance(gaps, GapsResult) else accept(gaps, ESTIMATES)
    closure = accept(unit_closure, CLOSURE)
    person = _most_demanding(table)
    check_types(person, closure, ["person"], "unit closure")
    sums = (
        nw.from_native(person, eager_only=True)
        .join(nw.from_native(closure, eager_only=True), on="person", how="inner")
        .group_by("unit", "depth", "capability")
        .agg(
            nw.len().alias("n"),
            *(
                nw.col(c).sum()
                for c in ("seen", "meet", "doubt", "root_doubt", "gap", "sd", "var", "priority")
            ),
        )
        .sort("depth", "unit", "capability")
        .to_native()
    )
    return Result(
        _shares(sums, correlation),
        {"version": VERSION, "rows": sums.num_rows},
        (f"Errors of two people of one unit correlate at {correlation:g}, having raters in common.",),
    )


def _most_demanding(table: pa.Table) -> pa.Table:
    keys = [
        ("person", "ascending"),
        ("capability", "ascending"),
        ("required", "descending"),
        ("role", "ascending"),
    ]
    held = table.take(pc.sort_indices(table, sort_keys=keys))
    first = np.ones(held.num_rows, dtype=bool)
    if held.num_rows > 1:
        same = [
            pc.equal(held.column(k).slice(1), held.column(k).slice(0, held.num_rows - 1))
            for k in ("person", "capability")
        ]
        first[1:] = ~np.logical_and(*(s.to_numpy(zero_copy_only=False) for s in same))
    held = held.filter(pa.array(first))
    meet = 1.0 - np.nan_to_num(reals(held, "p_gap"), nan=1.0)
    doubt = meet * (1.0 - meet)
    sd = np.nan_to_num(reals(held, "sd"))
    return pa.table(
        {
            "person": held.column("person"),
            "capability": held.column("capability"),
            "seen": np.isfinite(reals(held, "level")).astype(np.int64),
            "meet": meet,
            "doubt": doubt,
            "root_doubt": np.sqrt(doubt),
            "gap": np.nan_to_num(reals(held, "gap")),
            "sd": sd,
            "var": sd**2,
            "priority": np.nan_to_num(reals(held, "priority")),
        }
    )


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
