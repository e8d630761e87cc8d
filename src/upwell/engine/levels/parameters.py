"""Settings of the level step, and the state that lets one person be updated or a number be replayed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import VERSION
from upwell.engine.errors import ParameterError
from upwell.engine.scales import LatentScale

DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True)
class LevelParameters:
    """Where the estimation starts. Standard deviations in levels; ``drift`` in squared levels per month.

    With ``learn`` the data move every value away from its start as far as they carry information; without it the
    values are used as they stand. Defaults: a manager's rating loses half of its information in 14 months.
    """

    capability_mean: float = 3.0
    general_sd: float = 0.6
    specific_sd: float = 0.6
    severity_sd: float = 0.5
    instrument_sd: float = 0.2
    severity_mean: Mapping[str, float] = field(default_factory=lambda: {"self": -0.3})
    halo_sd: float = 0.5
    noise_sd: Mapping[str, float] = field(
        default_factory=lambda: {"self": 1.2, "assessor": 0.8, "test": 0.7, "kpi": 1.0, "learning": 1.2}
    )
    default_noise_sd: float = 1.0
    drift: float = 0.07
    learn: bool = True
    sweeps: int = 60
    tolerance: float = 1e-4

    def __post_init__(self) -> None:
        positive = {
            "general_sd": self.general_sd,
            "specific_sd": self.specific_sd,
            "severity_sd": self.severity_sd,
            "instrument_sd": self.instrument_sd,
            "halo_sd": self.halo_sd,
            "default_noise_sd": self.default_noise_sd,
            "drift": self.drift,
            **{f"noise_sd of {name}": value for name, value in self.noise_sd.items()},
        }
        for name, value in positive.items():
            if not value > 0:
                raise ParameterError(f"The level parameter {name} must be above 0, not {value}.")
        if self.sweeps < 5:
            raise ParameterError(f"At least 5 sweeps are needed, not {self.sweeps}.")


@dataclass(frozen=True)
class LevelState:
    """All that a later update needs: learned values, scales, and what is known about each rater.

    ``raters`` holds per rater and group the Gaussian belief about severity (``shift`` = precision x mean, and
    ``precision``); ``links`` what each person told about each rater, so that a person's own message can be taken
    back before that person is estimated anew. ``values`` are plain numbers by name.
    """

    parameters: LevelParameters
    scales: Mapping[str, LatentScale]
    groups: Mapping[str, str]
    capability_means: pa.Table
    values: Mapping[str, Any]
    raters: pa.Table
    links: pa.Table
    n_ratings: int
    version: str = VERSION

    def for_persons(self, persons: Iterable[int | str]) -> "LevelState":
        """The same state with only these persons' links and their raters: small enough to keep beside them."""
        links = _only(self.links, "person", persons)
        raters = _only(self.raters, "rater", links.column("rater").unique().to_pylist())
        return LevelState(
            self.parameters,
            self.scales,
            self.groups,
            self.capability_means,
            self.values,
            raters,
            links,
            self.n_ratings,
            self.version,
        )

    def to_json(self) -> str:
        """The state as JSON text; ``from_json`` gives back an equal state, digit for digit."""
        return json.dumps(
            {
                "parameters": asdict(self.parameters),
                "scales": {key: [scale.name, list(scale.cuts)] for key, scale in sorted(self.scales.items())},
                "groups": dict(self.groups),
                "capability_means": _columns(self.capability_means),
                "values": dict(self.values),
                "raters": _columns(self.raters),
                "links": _columns(self.links),
                "n_ratings": self.n_ratings,
                "version": self.version,
            },
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> "LevelState":
        """Read what ``to_json`` wrote."""
        held = json.loads(text)
        return cls(
            LevelParameters(**held["parameters"]),
            {key: LatentScale(name, tuple(cuts)) for key, (name, cuts) in held["scales"].items()},
            held["groups"],
            _read(held["capability_means"]),
            held["values"],
            _read(held["raters"]),
            _read(held["links"]),
            held["n_ratings"],
            held["version"],
        )


def _only(table: pa.Table, name: str, keys: Iterable[int | str]) -> pa.Table:
    kind = table.schema.field(name).type
    wanted = pa.array([k for k in keys if isinstance(k, int) == pa.types.is_integer(kind)], kind)
    return table.filter(pc.is_in(table.column(name), value_set=wanted))


def _columns(table: pa.Table) -> dict[str, Any]:
    return {f.name: [str(f.type), table.column(f.name).to_pylist()] for f in table.schema}


def _read(held: Mapping[str, Any]) -> pa.Table:
    types = {"int64": pa.int64(), "double": pa.float64(), "string": pa.string()}
    return pa.table({name: pa.array(values, types[kind]) for name, (kind, values) in held.items()})
