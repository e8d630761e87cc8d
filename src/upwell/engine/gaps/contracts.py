"""Frames that the gap step reads and returns, and how it finds the rows that belong together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import FrameError
from upwell.engine.frames import Column, Contract, accept, codes_in

Reals = NDArray[np.float64]
Codes = NDArray[np.int64]
Factors = Mapping[Any, float] | object | None
STATES: Final = ("below", "meets", "above", "unsure", "no_evidence")

LEVELS: Final = Contract(
    "levels",
    (
        Column("person", "key"),
        Column("capability", "key"),
        Column("level", "real", "level"),
        Column("sd", "real", "levels", low=0.0),
    ),
    unique=("person", "capability"),
)
REQUIREMENTS: Final = Contract(
    "requirements",
    (
        Column("person", "key"),
        Column("capability", "key"),
        Column("role", "key"),
        Column("required", "real", "level", low=0.0, high=5.0),
        Column("weight", "real", "relative weight", low=0.0),
    ),
    unique=("person", "capability", "role"),
)
CHANGES: Final = Contract(
    "changed requirements",
    (
        Column("role", "key"),
        Column("capability", "key"),
        Column("required", "real", "level", low=0.0, high=5.0),
        Column("weight", "real", "relative weight", low=0.0, nullable=True, required=False),
    ),
    unique=("role", "capability"),
)
HOLDINGS: Final = Contract(
    "role holdings",
    (Column("person", "key"), Column("role", "key")),
    unique=("person", "role"),
)
ROLES: Final = Contract(
    "role requirements",
    (
        Column("role", "key"),
        Column("capability", "key"),
        Column("required", "real", "level", low=0.0, high=5.0),
        Column("weight", "real", "relative weight", low=0.0),
    ),
    unique=("role", "capability"),
)
READINGS: Final = Contract(
    "readings",
    (
        Column("person", "key"),
        Column("capability", "key"),
        Column("value", "real", "level"),
        Column("precision", "real", "1 / squared levels", low=0.0),
    ),
)
FACTORS: Final = Contract(
    "weights",
    (Column("capability", "key"), Column("weight", "real", "relative weight", low=0.0)),
    unique=("capability",),
)
CONFIRMED: Final = Contract(
    "evidence",
    (
        Column("person", "key"),
        Column("capability", "key"),
        Column("confirmed", "boolean"),
        Column("reason", "text"),
    ),
    unique=("person", "capability"),
)
OBSERVATIONS: Final = Contract(
    "observations",
    (
        Column("person", "key"),
        Column("capability", "key"),
        Column("rater", "key"),
        Column("source", "text"),
        Column("rated_on", "month"),
    ),
)
CLOSURE: Final = Contract(
    "unit closure",
    (
        Column("person", "key"),
        Column("unit", "key"),
        Column("depth", "integer", "levels below the top", low=0),
    ),
    unique=("person", "unit"),
)

ESTIMATES: Final = Contract(
    "gaps",
    (
        *REQUIREMENTS.columns,
        Column("level", "real", "level", nullable=True),
        Column("sd", "real", "levels", low=0.0, nullable=True),
        Column("gap", "real", "levels", nullable=True),
        Column("p_gap", "real", "probability", 0.0, 1.0, nullable=True),
        Column("state", "text", choices=STATES),
        Column("priority", "real", nullable=True),
        Column("strategy_weight", "real", low=0.0),
        Column("outcome_link", "real", low=0.0),
        Column("confirmed", "boolean", nullable=True),
        Column("reason", "text", nullable=True),
    ),
    unique=("person", "capability", "role"),
)


def check_types(left: pa.Table, right: pa.Table, keys: list[str], name: str) -> None:
    """Refuse keys of different types, which would silently match nothing."""
    for key in keys:
        a, b = left.schema.field(key).type, right.schema.field(key).type
        if a != b and left.num_rows and right.num_rows:
            raise FrameError(f"The column '{key}' is {b} in the {name} frame but {a} in the frame it is joined to.")


def reals(table: pa.Table, name: str) -> Reals:
    """A column as an array, null as NaN."""
    column = table.column(name)
    if column.null_count:
        column = pc.fill_null(column, np.nan)
    return np.asarray(column.to_numpy(), dtype=np.float64)


def nullable(values: Reals, valid: NDArray[np.bool_]) -> pa.Array:
    """An Arrow array, null where not ``valid``."""
    return pa.array(values, pa.float64(), mask=~valid)


def loose(frame: object, contract: Contract) -> pa.Table:
    """``accept`` without the check for repeated keys, which the caller finds while coding them."""
    return accept(frame, replace(contract, unique=()))


def refuse_repeats(table: pa.Table, contract: Contract) -> NoReturn:
    """Name the key that occurs twice."""
    accept(table, contract)
    raise FrameError(f"The {contract.name} frame has two rows with the same keys.")


def factors(given: Factors, capabilities: pa.Array, name: str) -> Reals:
    """The factor of each capability; 1 where nothing is given."""
    found = np.ones(len(capabilities))
    if given is None:
        return found
    if isinstance(given, Mapping):
        keys = pa.array(list(given), capabilities.type)
        given = pa.table({"capability": keys, "weight": pa.array(given.values(), pa.float64())})
    table = accept(given, FACTORS)
    if len(capabilities):
        check_types(pa.table({"capability": capabilities}), table, ["capability"], name)
    place = codes_in(table.column("capability"), capabilities)
    found[place[place >= 0]] = reals(table, "weight")[place >= 0]
    return found


def picked(values: pa.ChunkedArray, rows: Codes) -> pa.ChunkedArray:
    """The values of these rows, null where a row is negative."""
    absent = rows < 0
    return values.take(pa.array(np.where(absent, 0, rows), mask=absent))
