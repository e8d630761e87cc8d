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
from upwell.engine.gaps.contracts import OBSERVATIONS, Reals

DAYS_PER_MONTH: Final = 30.4375


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
    table = table.filter(pc.less_equal(table.column("rated_on"), pa.scalar(as_of, kind)))
    source = table.column("source")
    test = pc.equal(source, "test")
    other = pc.and_(pc.invert(test), pc.not_equal(source, "self"))
    table = table.append_column("test", test.cast(pa.int32()))
    table = table.append_column("observer", pc.if_else(other, table.column("rater"), None))
    counts = pc.or_(test, other)
    table = table.append_column("counted_on", pc.if_else(counts, table.column("rated_on"), None))
    grouped = (
        nw.from_native(table, eager_only=True)
        .group_by("person", "capability")
        .agg(
            nw.col("test").sum().alias("tests"),
            nw.col("rated_on").max().alias("latest_on"),
            nw.col("counted_on").max(),
        )
        .sort("person", "capability")
        .to_native()
    )
    grouped = _with_observers(grouped, table)
    months = _months_since(pc.coalesce(grouped.column("counted_on"), grouped.column("latest_on")), as_of)
    observers = grouped.column("observers").to_numpy()
    tests = grouped.column("tests").to_numpy()
    enough = (observers >= minimum) | (tests > 0)
    recent = months <= limit_months
    reasons = [
        _reason(int(o), int(t), float(m), minimum, limit_months)
        for o, t, m in zip(observers, tests, months, strict=True)
    ]
    estimates = pa.table(
        {
            "person": grouped.column("person"),
            "capability": grouped.column("capability"),
            "observers": observers.astype(np.int32),
            "tests": tests.astype(np.int32),
            "latest_on": grouped.column("latest_on"),
            "confirmed": enough & recent,
            "reason": pa.array(reasons, pa.string()),
        }
    )
    return Result(estimates, {"version": VERSION}, ("A person's own rating does not count as independent.",))


def _with_observers(grouped: pa.Table, table: pa.Table) -> pa.Table:
    seen = (
        nw.from_native(table, eager_only=True)
        .drop_nulls("observer")
        .select("person", "capability", "observer")
        .unique()
        .group_by("person", "capability")
        .agg(nw.len().alias("observers"))
    )
    joined = nw.from_native(grouped, eager_only=True).join(seen, on=["person", "capability"], how="left")
    result: pa.Table = joined.with_columns(nw.col("observers").fill_null(0)).sort("person", "capability").to_native()
    return result


def _months_since(days: pa.ChunkedArray, as_of: date | int) -> Reals:
    if isinstance(as_of, date):
        number = days.cast(pa.int32()).to_numpy()
        return np.asarray((as_of.toordinal() - date(1970, 1, 1).toordinal() - number) / DAYS_PER_MONTH)
    return np.asarray(as_of - days.to_numpy(), dtype=np.float64)


def _reason(observers: int, tests: int, months: float, minimum: int, limit: float) -> str:
    seen = f"{observers} independent {'observer' if observers == 1 else 'observers'}"
    tested = f" and {tests} {'test' if tests == 1 else 'tests'}" if tests else " and no test"
    if observers < minimum and not tests:
        return f"Not confirmed: {seen}{tested}; it takes {minimum} independent observers or one test."
    if months > limit:
        return f"Not confirmed: {seen}{tested}, but all older than {limit:g} months."
    return f"Confirmed by {seen}{tested}, the latest {months:.0f} months ago."
