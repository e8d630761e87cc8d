"""Gaps of units on any executor: joins where the rows are, the normal distribution in a kernel, sums again there."""

from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import gaps
from upwell.engine.errors import ParameterError
from upwell.engine.executors.running import Executor, checked
from upwell.engine.frames import Result
from upwell.engine.gaps import relational
from upwell.engine.numerics.gaps_scores import MEASURES, measures

CELL: Final = ("person", "capability")


def roll_up(
    levels_frame: object,
    requirements: object,
    unit_closure: object,
    *,
    on: Executor,
    material: float = 0.25,
    correlation: float = 0.1,
) -> Result:
    """``gaps.roll_up(gaps.compute(levels, requirements), closure)`` for frames of any size, on an executor.

    Args:
        levels_frame, requirements, unit_closure: frames of ``gaps.LEVELS``, ``REQUIREMENTS`` and ``CLOSURE``, as
            Arrow tables or as what the executor holds (a Spark DataFrame). Their keys are taken to be unique;
            strategy weights and outcome links are to be multiplied into ``weight`` beforehand.
        on: where to run.
        material, correlation: as in ``gaps``.

    Returns:
        ``estimates`` as of ``gaps.roll_up``. They are not protected: pass them through ``disclosure.protect``.

    Raises:
        FrameError: a column is missing, or keys have different types.
        ParameterError: ``material`` or ``correlation`` out of range.
    """
    if not material > 0:
        raise ParameterError(f"The material gap must be above 0 levels, not {material}.")
    given = checked(on.lazy(requirements), gaps.REQUIREMENTS)
    known = checked(on.lazy(levels_frame), gaps.LEVELS, like=given)
    above = checked(on.lazy(unit_closure), gaps.CLOSURE, like=given)
    cells = relational.with_levels(relational.most_demanding(given), known)
    types = {name: _key_type(cells, name) for name in CELL}
    schema = pa.schema([*((name, types[name]) for name in CELL), *((name, pa.float64()) for name in MEASURES)])
    summed = on.rows(cells, partial(summands, material=material), schema)
    table = on.table(relational.over_units(summed, above))
    return gaps.shares(_as_sums(table), correlation=correlation)


def summands(rows: pa.Table, *, material: float) -> pa.Table:
    """What each person and capability adds to the sums of their units (kernel of single rows)."""
    required, level, sd, weight = (_reals(rows, name) for name in ("required", "level", "sd", "weight"))
    found = dict(zip(MEASURES, measures(required, level, sd, weight, material), strict=True))
    return pa.table({**{name: rows.column(name) for name in CELL}, **found})


def _reals(rows: pa.Table, name: str) -> "pa.Array":
    return pc.fill_null(rows.column(name).cast(pa.float64()), float("nan")).to_numpy()


def _key_type(lazy: "relational.Lazy", name: str) -> pa.DataType:
    kind = lazy.collect_schema()[name]
    return pa.int64() if kind.is_integer() else pa.string()


def _as_sums(table: pa.Table) -> pa.Table:
    order = pc.sort_indices(table, sort_keys=[(n, "ascending") for n in ("depth", "unit", "capability")])
    return table.take(order)
