"""Levels as a matrix with unknowns filled in, and requirements by role."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import accept, same_kind
from upwell.engine.numerics import talent_match
from upwell.engine.talent.contracts import LEVELS, REQUIREMENTS

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]
SHARED: Final = 0.6
"""Correlation of the beliefs about one person, whose errors halo and general ability share. Chosen by calibration
against simulated truth (log loss .429 at 0, .344 at .3, .329 at .5, .327 at .7; see ``docs/methods/talent.md``)."""

ASSUMED: Final = (
    "Beliefs about a person's levels are normal and share a correlation of .6.",
    "Capabilities without evidence are believed to be low and uncertain, the same for everybody.",
)


@dataclass(frozen=True, slots=True)
class Read:
    """Levels as a matrix with unknowns filled in, the requirements by role, and both frames as accepted."""

    people: list[Any]
    place: Mapping[Any, int]
    capability: Mapping[Any, int]
    level: Reals
    sd: Reals
    seen: NDArray[np.bool_]
    roles: Mapping[Any, tuple[Ints, Reals, Reals, NDArray[np.bool_]]]
    ready_at: float
    known: pa.Table
    asked: pa.Table

    @classmethod
    def of(cls, levels: object, requirements: object, ready_at: float, low: float, wide: float) -> "Read":
        if not 0 < ready_at <= 1:
            raise ParameterError(f"The share of weight to be met lies above 0 and up to 1, not at {ready_at}.")
        if not wide > 0:
            raise ParameterError("The standard deviation of an unknown level must be above 0.")
        known, asked = accept(levels, LEVELS), accept(requirements, REQUIREMENTS)
        if not asked.num_rows:
            raise FrameError("The requirements frame has no rows.")
        same_kind((asked, "requirements", "capability"), (known, "levels", "capability"))
        people = sorted(set(known["person"].to_pylist()))
        names = sorted({*asked["capability"].to_pylist(), *known["capability"].to_pylist()})
        place, column = ({name: i for i, name in enumerate(group)} for group in (people, names))
        level, sd = np.full((len(people), len(names)), low), np.full((len(people), len(names)), wide)
        at = [place[p] for p in known["person"].to_pylist()], [column[c] for c in known["capability"].to_pylist()]
        level[at], sd[at] = known["level"].to_numpy(), known["sd"].to_numpy()
        seen = np.zeros(level.shape, dtype=np.bool_)
        seen[at] = True
        roles: dict[Any, list[dict[str, Any]]] = {}
        for row in asked.to_pylist():
            roles.setdefault(row["role"], []).append(row)
        found = {}
        for role in sorted(roles):
            rows = sorted(roles[role], key=lambda row: column[row["capability"]])
            weight = np.array([1.0 if row.get("weight") is None else row["weight"] for row in rows])
            if weight.sum() <= 0:
                raise FrameError(f"All weights of the role '{role}' in the requirements frame are 0.")
            found[role] = (
                np.array([column[row["capability"]] for row in rows]),
                np.array([row["required"] for row in rows]),
                weight,
                np.array([bool(row.get("must")) for row in rows]),
            )
        return cls(people, place, column, level, sd, seen, found, ready_at, known, asked)

    @property
    def person_type(self) -> pa.DataType:
        """Of columns that hold persons."""
        return self.known.schema.field("person").type

    @property
    def role_type(self) -> pa.DataType:
        """Of columns that hold roles."""
        return self.asked.schema.field("role").type

    def met(self, role: Any, rows: Ints | slice, gain: Reals | None = None) -> talent_match.Met:
        """The match of some people, after a gain per capability if there is one."""
        at, required, weight, must = self.roles[role]
        level = self.level[rows][:, at] + (0.0 if gain is None else gain[at])
        return talent_match.met(
            level, self.sd[rows][:, at], required, weight, must, ready_at=self.ready_at, shared=SHARED
        )
