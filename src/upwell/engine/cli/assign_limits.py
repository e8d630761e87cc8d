"""The limits of `upwell assign` from files of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine.assignment import Key
from upwell.engine.cli import reading
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Column, Contract, accept

AMOUNT: Final = Column("budget", "real", "money", low=0.0)
BUDGETS: Final = (
    Contract("unit budgets", (Column("unit", "key"), AMOUNT), unique=("unit",)),
    Contract("period budgets", (Column("period", "key"), AMOUNT), unique=("period",)),
    Contract(
        "budgets per unit and period", (Column("unit", "key"), Column("period", "key"), AMOUNT),
        unique=("unit", "period"),
    ),
)  # fmt: skip
SEATS: Final = Contract("seats", (Column("session", "key"), Column("seats", "integer", low=0.0)), unique=("session",))
HOURS: Final = Contract("hours", (Column("person", "key"), Column("hours", "real", low=0.0)), unique=("person",))
PREREQUISITES: Final = Contract(
    "prerequisites", (Column("item", "key"), Column("requires", "key")), unique=("item", "requires")
)
HELD: Final = Contract("held", (Column("person", "key"), Column("item", "key")), unique=("person", "item"))
DUTIES: Final = Contract("duties", (Column("person", "key"), Column("item", "key")), unique=("person", "item"))


def money(
    paths: Sequence[Path], total: float | None, candidates: pa.Table, *, most_gb: float, is_numbered: bool
) -> dict[str, Any]:
    """The budgets as `assignment.solve` takes them; which kind a file holds is seen from its columns.

    Raises:
        FrameError: a file that is no table of amounts.
        ParameterError: two files of one kind, or money that no amount limits.
    """
    kinds: dict[str, dict[Any, float]] = {}
    for path in paths:
        kind, amounts = _amounts(path, most_gb, is_numbered)
        if kind in kinds:
            raise ParameterError(f"The file '{path.name}' is the second with {kind.replace('_', ' ')}; join the two.")
        kinds[kind] = amounts
    units, periods = kinds.get("unit_budgets", {}), kinds.get("period_budgets", {})
    cells = kinds.get("budgets_per_unit_and_period", {})
    rest = {"period_budget": periods, "cell_budget": cells}
    if total is not None:
        return {"budget": total, "unit_budget": units, **rest}
    if units:
        return {"budget": units, **rest}
    _check_covered(candidates, periods, cells)
    return {"budget": math.inf, **rest}


def _amounts(path: Path, most_gb: float, is_numbered: bool) -> tuple[str, dict[Any, float]]:
    named = {name.casefold() for name in reading.columns_of(path, reading.Reading({}, most_gb))}
    per = [name for name in ("unit", "period") if name in named]
    if not per:
        raise FrameError(
            f"The file '{path.name}' has neither a column 'unit' nor 'period'; one amount for all is --budget MONEY."
        )
    contract = BUDGETS[2] if len(per) == 2 else BUDGETS[("unit", "period").index(per[0])]
    table = _read(path, contract, most_gb)
    keys = [table[name].to_pylist() for name in per]
    if is_numbered and "period" in per:
        keys[-1] = [int(key) if key.removeprefix("-").isdecimal() else key for key in keys[-1]]
    names = keys[0] if len(per) == 1 else list(zip(*keys, strict=True))
    return contract.name.replace(" ", "_"), dict(zip(names, table["budget"].to_pylist(), strict=True))


def _check_covered(candidates: pa.Table, periods: dict[Key, float], cells: dict[tuple[Key, Key], float]) -> None:
    """Without an amount for all, everything must fall under some amount, or it could be bought without end."""
    names = [name for name in ("unit", "period") if name in candidates.column_names]
    seen = candidates.group_by(names).aggregate([]).to_pylist() if names else []
    for row in sorted(seen, key=str):
        if row.get("period") in periods or (row.get("unit"), row.get("period")) in cells:
            continue
        whole = f"The unit '{row['unit']}' in period '{row['period']}'" if cells and len(names) == 2 else None
        what = whole or f"The period '{row.get('period')}'"
        raise ParameterError(f"{what} has candidates but no budget; give it one, or all of it with --budget MONEY.")


def seats(path: Path | None, most_gb: float) -> dict[Key, int]:
    """Places per session."""
    if path is None:
        return {}
    table = _read(path, SEATS, most_gb)
    return dict(zip(table["session"].to_pylist(), table["seats"].to_pylist(), strict=True))


def hours(path: Path, most_gb: float) -> dict[Key, float]:
    """Hours of each person."""
    table = _read(path, HOURS, most_gb)
    return dict(zip(table["person"].to_pylist(), table["hours"].to_pylist(), strict=True))


def prerequisites(path: Path | None, most_gb: float) -> dict[Key, list[Key]]:
    """What each item requires, one row per pair."""
    out: dict[Key, list[Key]] = {}
    if path is not None:
        for row in _read(path, PREREQUISITES, most_gb).to_pylist():
            out.setdefault(row["item"], []).append(row["requires"])
    return out


def pairs(path: Path | None, contract: Contract, most_gb: float) -> set[tuple[Key, Key]]:
    """Person and item of every row."""
    if path is None:
        return set()
    table = _read(path, contract, most_gb)
    return set(zip(table["person"].to_pylist(), table["item"].to_pylist(), strict=True))


def _read(path: Path, contract: Contract, most_gb: float) -> pa.Table:
    """A file of limits; what is called an item here may be called an intervention, as among the candidates."""
    plain = reading.Reading({}, most_gb)
    header = {name.casefold() for name in reading.columns_of(path, plain)}
    has_item = any(column.name == "item" for column in contract.columns)
    if has_item and "item" not in header and "intervention" in header:
        plain = reading.Reading({"item": "intervention"}, most_gb)
    loaded = reading.load(path, contract, plain)
    for column in contract.columns:
        whole = column.kind == "integer" and pa.types.is_floating(loaded[column.name].type)
        if whole and pc.any(pc.not_equal(loaded[column.name], pc.floor(loaded[column.name]))).as_py():
            raise FrameError(f"The column '{column.name}' of '{path.name}' must hold whole numbers.")
    return accept(loaded, contract)
