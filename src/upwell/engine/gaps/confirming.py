"""The minimum-evidence rule: when a pattern, and not a single remark, says that there is a need."""

from datetime import date
from typing import Final

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import VERSION
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Result, accept
from upwell.engine.gaps import relational
from upwell.engine.gaps.contracts import OBSERVATIONS, Codes, Reals
from upwell.engine.numerics.gaps_lookup import compressed

DAYS_PER_MONTH: Final = 30.4375
EPOCH: Final = date(1970, 1, 1).toordinal()


def confirm(observations: object, *, as_of: date | int, limit_months: float = 18.0, minimum: int = 2) -> Result:
    """Is there enough evidence to call a gap a need? Two independent observers or one test, not all too old.

    A person's view of themselves is not independent. ``observations`` is a frame of ``OBSERVATIONS`` (a ratings
    frame will do); rows after ``as_of`` are left out.

    Returns:
        ``estimates`` with person, capability, observers, tests, latest_on, confirmed and reason (a sentence).

    Raises:
        FrameError: contract broken, or the type of ``rated_on`` does not fit ``as_of``.
        ParameterError: limit or minimum below 1.
    """
    if limit_months <= 0 or minimum < 1:
        raise ParameterError("The recency limit must be above 0 months and the minimum at least one observation.")
    table = accept(observations, OBSERVATIONS)
    kind = table.schema.field("rated_on").type
    if pa.types.is_date(kind) != isinstance(as_of, date):
        raise FrameError(f"The column 'rated_on' of the observations frame is {kind}; 'as_of' is {as_of!r}.")
    today = as_of.toordinal() - EPOCH if isinstance(as_of, date) else as_of
    per_month = DAYS_PER_MONTH if isinstance(as_of, date) else 1.0
    grouped = _grouped(table, today)
    months = (today - pc.coalesce(grouped.column("counted"), grouped.column("latest")).to_numpy()) / per_month
    observers = grouped.column("observers").to_numpy().astype(np.int64)
    tests = grouped.column("tests").to_numpy().astype(np.int64)
    estimates = pa.table(
        {
            "person": grouped.column("person"),
            "capability": grouped.column("capability"),
            "observers": observers.astype(np.int32),
            "tests": tests.astype(np.int32),
            "latest_on": _as_given(grouped.column("latest"), kind),
            "confirmed": ((observers >= minimum) | (tests > 0)) & (months <= limit_months),
            "reason": _reasons(observers, tests, months, minimum, limit_months),
        }
    )
    return Result(estimates, {"version": VERSION}, ("A person's own rating does not count as independent.",))


def _grouped(table: pa.Table, today: int) -> pa.Table:
    day = table.column("rated_on")
    day = day.cast(pa.int32()).cast(pa.int64()) if pa.types.is_date(day.type) else day
    rows = nw.from_native(table.drop_columns("rated_on").append_column("day", day)).lazy()
    found: pa.Table = relational.evidence(rows, until=today).collect(backend="pyarrow").to_native()
    return found.take(pc.sort_indices(found, sort_keys=[("person", "ascending"), ("capability", "ascending")]))


def _as_given(days: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return days.cast(pa.int32()).cast(kind) if pa.types.is_date(kind) else days.cast(kind)


def _reasons(observers: Codes, tests: Codes, months: Reals, minimum: int, limit: float) -> pa.Array:
    """The sentence of every row; rows of the same counts and the same whole months share one."""
    old = months > limit
    whole = np.where(old, 0, np.rint(months)).astype(np.int64)
    size = [int(values.max(initial=0)) + 1 for values in (tests, whole)]
    key = ((observers * size[0] + tests) * 2 + old) * size[1] + whole
    kinds, which = compressed(key, int(key.max(initial=0)) + 1)
    first = np.empty(len(kinds), dtype=np.int64)
    first[which] = np.arange(len(which))
    texts = [_reason(int(observers[f]), int(tests[f]), float(months[f]), minimum, limit) for f in first]
    return pa.array(texts, pa.string()).take(pa.array(which))


def _reason(observers: int, tests: int, months: float, minimum: int, limit: float) -> str:
    seen = f"{observers} independent {'observer' if observers == 1 else 'observers'}"
    tested = f" and {tests} {'test' if tests == 1 else 'tests'}" if tests else " and no test"
    if observers < minimum and not tests:
        return f"Not confirmed: {seen}{tested}; it takes {minimum} independent observers or one test."
    if months > limit:
        return f"Not confirmed: {seen}{tested}, but all older than {limit:g} months."
    return f"Confirmed by {seen}{tested}, the latest {months:.0f} months ago."
