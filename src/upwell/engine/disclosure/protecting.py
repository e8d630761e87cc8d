"""Withholding small cells of a table and the cells from which they could be worked out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine import VERSION
from upwell.engine.disclosure import sums as adding
from upwell.engine.disclosure.comparing import CHANGED, changed
from upwell.engine.disclosure.shielding import shielded
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Result

SMALL: Final = "fewer people than may be shown"
SHIELD: Final = "withheld to protect a smaller group"
WITHHELD: Final = "withheld to protect small groups"
"""The one reason for readers: which cell is small and which its shield is told to nobody who sees the table."""
Within = Sequence[str] | Sequence[Sequence[str]]


def protect(
    table: pa.Table,
    *,
    keys: Sequence[str],
    count: str,
    k: int = 5,
    within: Within | None = None,
    parent: tuple[str, str] | None = None,
    margins: Mapping[str, Any] | None = None,
    members: pa.Table | None = None,
    released: pa.Table | None = None,
) -> Result:
    """Withhold cells with fewer than ``k`` people and the cells from which they could be worked out.

    Args:
        table: one row per cell; ``keys`` name it, ``count`` says how many people are behind it (null counts as 0),
            every other column is a measure.
        k: smallest group that may be shown, at least 2 (5 for gaps, 10 for ratings and protected groups).
        within: key columns whose cells add up to a total that is known elsewhere; ``()`` is one grand total. Several
            such lists where totals are known in several directions: ``[("unit",), ("capability",)]``.
        parent: ``(unit column, column naming the unit above)`` when totals are rows of the same table; cells of
            one parent and the parent's own people add up to the parent's row with the same other keys. The parent's
            own people are guarded like a cell.
        margins: per key column the label of the rows that hold the total over that column
            (``{"unit": "all", "capability": "all"}``); only for columns in which a person counts once.
        members: who is behind each cell, a frame with ``keys`` and ``person``; with ``released``, the same of the
            cells that an earlier report showed. Cells whose people differ by fewer than ``k`` are withheld.

    Returns:
        ``estimates``: the table in its order with count and measures null where withheld, plus ``withheld`` (bool)
        and ``why``. An empty cell (count 0) keeps its row. ``diagnostics`` counts the reasons, and under
        ``unprotected`` the numbers that can be bounded within ``k`` although nothing more is left to withhold.

    Raises:
        FrameError: a named column is missing, or two rows have the same keys.
        ParameterError: ``k`` below 2, or only one of ``members`` and ``released``.

    Source: Hundepool et al., *Statistical Disclosure Control* (2012), ch. 4; intervals as in Fischetti and Salazar
    (2001), *Management Science* 47.
    """
    people, labels = _checked(table, keys, count, k, [*_named(within), *(parent or ()), *(margins or ())])
    sums = adding.Sums(people, len(people))
    for family in _families(table, keys, within, parent, margins):
        sums.add(*family)
    small = (sums.people > 0) & (sums.people < k)
    moved = np.zeros(len(small), dtype=bool)
    if (members is None) != (released is None):
        raise ParameterError("Comparing with an earlier report takes both 'members' and 'released'.")
    if members is not None and released is not None:
        differing = changed(released, members, keys, k)
        moved[: len(labels)] = [label in differing for label in labels]
    crossed = len(margins or ()) + len(_lists(within)) + (parent is not None) > 1
    hidden, narrow = shielded(sums, small | (moved & (sums.people > 0)), k, crossed=crossed)
    diagnostics = {
        "small": int(small[: sums.rows].sum()),
        "changed": int((moved & ~small & hidden).sum()),
        "shielding": int((hidden & ~small & ~moved)[: sums.rows].sum()),
        "remainders": int(small[sums.rows :].sum()),
        "unprotected": len(narrow),
        "k": k,
        "version": VERSION,
    }
    shown = {*keys, *(parent or ())}
    return Result(
        _withheld(table, hidden[: sums.rows], small[: sums.rows], moved[: sums.rows], shown),
        diagnostics,
        ("Readers know the totals, and nothing about single people beyond what is shown.",),
    )


def for_readers(protected: pa.Table) -> pa.Table:
    """The estimates of ``protect`` as readers may have them: one reason, ``WITHHELD``, for every withheld cell.

    ``why`` tells small cells from their shields, which says more about the small ones than the numbers do; keep it
    for the audit.

    Raises:
        FrameError: a column ``withheld`` or ``why`` is missing.
    """
    for name in ("withheld", "why"):
        if name not in protected.column_names:
            raise FrameError(f"The table is not an answer of protect: it has no column '{name}'.")
    why = pc.if_else(protected.column("withheld"), WITHHELD, "")
    return protected.set_column(protected.schema.get_field_index("why"), "why", why)


def _checked(
    table: pa.Table, keys: Sequence[str], count: str, k: int, others: Sequence[str]
) -> tuple[NDArray[np.int64], list[tuple[object, ...]]]:
    if k < 2:
        raise ParameterError(f"The smallest group that may be shown is at least 2, not {k}.")
    for name in (*keys, count, *others):
        if name not in table.column_names:
            raise FrameError(f"The table to protect has no column '{name}'.")
    labels = list(zip(*(table.column(name).to_pylist() for name in keys), strict=True))
    if len(set(labels)) < len(labels):
        raise FrameError("The table to protect has two rows with the same keys.")
    return pc.fill_null(table.column(count), 0).to_numpy().astype(np.int64), labels


def _lists(within: Within | None) -> list[Sequence[str]]:
    if within is None:
        return []
    if all(isinstance(name, str) for name in within):
        return [[str(name) for name in within]]
    return list(within)


def _named(within: Within | None) -> list[str]:
    return [name for names in _lists(within) for name in names]


def _families(
    table: pa.Table,
    keys: Sequence[str],
    within: Within | None,
    parent: tuple[str, str] | None,
    margins: Mapping[str, Any] | None,
) -> Iterator[tuple[list[int], int | None]]:
    for names in _lists(within):
        yield from adding.outer_totals(table, names)
    if parent is not None:
        yield from adding.parent_rows(table, keys, parent)
    if margins:
        yield from adding.margin_rows(table, [key for key in keys if parent is None or key != parent[1]], margins)


def _withheld(
    table: pa.Table,
    hidden: NDArray[np.bool_],
    small: NDArray[np.bool_],
    moved: NDArray[np.bool_],
    shown: set[str],
) -> pa.Table:
    withheld = pa.array(hidden)
    columns = {
        name: column if name in shown else pc.if_else(withheld, pa.scalar(None, column.type), column)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    why = np.where(small, SMALL, np.where(hidden & moved, CHANGED, np.where(hidden, SHIELD, "")))
    return pa.table(columns | {"withheld": withheld, "why": pa.array(why.tolist(), pa.string())})
