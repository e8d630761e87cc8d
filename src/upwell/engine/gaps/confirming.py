"""The minimum-evidence rule: when a pattern, and not a single remark, says that there is a need."""

from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import VERSION
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Result, accept, coded
from upwell.engine.gaps.contracts import OBSERVATIONS, Codes, Reals
from upwell.engine.numerics.gaps_evidence import NEVER, Seen, seen
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
    found, persons, capabilities = _seen(table, today)
    person, capability = np.divmod(found.cell, max(len(capabilities), 1))
    months = (today - np.where(found.counted == NEVER, found.latest, found.counted)) / per_month
    estimates = pa.table(
        {
            "person": persons.take(pa.array(person)),
            "capability": capabilities.take(pa.array(capability)),
            "observers": found.observers.astype(np.int32),
            "tests": found.tests.astype(np.int32),
            "latest_on": _as_given(pa.array(found.latest), kind),
            "confirmed": ((found.observers >= minimum) | (found.tests > 0)) & (months <= limit_months),
            "reason": _reasons(found.observers, found.tests, months, minimum, limit_months),
        }
    )
    return Result(estimates, {"version": VERSION}, ("A person's own rating does not count as independent.",))


def _seen(table: pa.Table, today: int) -> tuple[Seen, pa.Array, pa.Array]:
    """What ``relational.evidence`` groups, over arrays; and the persons and capabilities that a cell's code names."""
    day = table.column("rated_on")
    day = (day.cast(pa.int32()) if pa.types.is_date(day.type) else day).to_numpy().astype(np.int64)
    known = day <= today
    if not known.all():
        table, day = table.filter(pa.array(known)), day[known]
    person, persons = coded(table.column("person"))
    capability, capabilities = coded(table.column("capability"))
    rater, raters = coded(table.column("rater"))
    own, test = (pc.equal(table.column("source"), name).to_numpy() for name in ("self", "test"))
    cell, width = person * max(len(capabilities), 1) + capability, len(persons) * len(capabilities)
    return seen(cell, width, rater, len(raters), day, own, test), persons, capabilities


def _as_given(days: pa.Array, kind: pa.DataType) -> pa.Array:
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
