"""Frames that the gap step reads and returns, and how it joins them."""

from typing import Final

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import FrameError
from upwell.engine.frames import Column, Contract

Reals = NDArray[np.float64]
SURE: Final = 0.8
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
            raise FrameError(
                f"The column '{key}' is {b} in the {name} frame but {a} in the frame it is joined to."
            )


def left_join(left: pa.Table, right: pa.Table, keys: list[str], name: str) -> pa.Table:
    """All rows of ``left`` with the columns of ``right``, null where there is no partner."""
    check_types(left, right, keys, name)
    right = right.cast(
        pa.schema(
            [left.schema.field(f.name).with_nullable(True) if f.name in keys else f for f in right.schema]
        )
    )
    frame = nw.from_native(left, eager_only=True).join(
        nw.from_native(right, eager_only=True), on=keys, how="left"
    )
    joined: pa.Table = frame.to_native()
    return joined


def reals(table: pa.Table, name: str) -> Reals:
    """A column as an array, null as NaN."""
    values: Reals = pc.fill_null(table.column(name), np.nan).to_numpy().astype(np.float64)
    return values


def nullable(values: Reals, valid: NDArray[np.bool_]) -> pa.Array:
    """An Arrow array, null where not ``valid``."""
    return pa.array(np.where(valid, values, 0.0), pa.float64(), mask=~valid)
