"""Settings of the level step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from upwell.engine.errors import ParameterError

DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True)
class LevelParameters:
    """Where the estimation starts. Standard deviations in levels; ``drift`` in squared levels per month.

    With ``learn`` the data move every value away from its start as far as they carry information; without it the
    values are used as they stand. Defaults: a manager's rating loses half of its information in 14 months.
    ``learn_cuts`` names scales (``common`` is the one of ratings that name none) whose cuts are not published: their
    relative distances are learned, their centre and spread stay, which is what fixes the metric.
    ``sweeps`` is the most that are done; ``tolerance`` is the largest move of a level, mean or cut (levels) or of a
    log-variance at which they end.
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
    learn_cuts: Sequence[str] = ()
    sweeps: int = 150
    tolerance: float = 3e-4

    def __post_init__(self) -> None:
        object.__setattr__(self, "learn_cuts", tuple(self.learn_cuts))
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
