"""What a simulated organisation may be asked to contain: KPIs, ratings and programmes, with their true effects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Sending = Literal[
    "lottery",
    "staggered",
    "threshold",
    "low_rating",
    "observed_gap",
    "motivation",
    "universal",
    "after_rise",
    "bad_quarter",
]
"""How people came into a programme."""

RECORDED_AS: dict[str, str] = {
    "lottery": "lottery",
    "staggered": "staggered",
    "threshold": "rule",
    "low_rating": "judgement",
    "observed_gap": "judgement",
    "motivation": "self",
    "universal": "universal",
    "after_rise": "self",
    "bad_quarter": "judgement",
}
"""The mechanism an organisation would have written down for each way of sending people."""


@dataclass(frozen=True, slots=True)
class KpiDesign:
    """One monthly result per person.

    `u` is the person's standardised result (month-to-month noise has standard deviation 1).
    continuous: `centre + spread * u`; count: negative binomial, size .94, mean `centre * exp(spread * u)`;
    share: `1 / (1 + exp(-(logit(centre) + spread * u)))`.
    """

    key: str
    kind: Literal["continuous", "count", "share"]
    centre: float
    spread: float


DEFAULT_KPIS = (
    KpiDesign("output_index", "continuous", 100.0, 10.0),
    KpiDesign("accuracy_share", "share", 0.82, 0.30),
    KpiDesign("cases_closed", "count", 12.0, 0.18),
)


@dataclass(frozen=True, slots=True)
class RatingDesign:
    """How people rate each other. Standard deviations and biases are in levels of the scale.

    `cuts` are the four thresholds between the categories 1 to 5. `None` fits them to the marginal shares
    12/8/37/20/23 % seen in a public data set; the default keeps rating and level on one scale.
    """

    severity_sd: float = 0.55
    halo_sd: float = 0.5
    noise_sd: float = 1.0
    self_bias: float = 0.4
    every_months: int = 6
    density: float = 1.0
    disconnected_share: float = 0.05
    cuts: tuple[float, float, float, float] | None = (1.5, 2.5, 3.5, 4.5)


@dataclass(frozen=True, slots=True)
class ProgrammeDesign:
    """One programme with its true effect.

    `effect_level` is in levels of the scale on `capability`; `effect_kpi` in standard deviations of the monthly noise
    of `kpi`. `share` of the eligible people are trained by the last intake; intakes are `intake_gap` months apart.
    `first_month` counts from the start of the window. `roles`, `units` narrow who is eligible; `size` caps how many.
    `fade_months` is the time constant of the effect's decay, None for a lasting one.
    """

    key: str
    item: str
    capability: str
    sent: Sending
    effect_level: float
    effect_kpi: float
    kpi: str = "output_index"
    title: str = ""
    share: float = 0.5
    first_month: int = 10
    intakes: int = 1
    intake_gap: int = 3
    lag_months: int = 1
    fade_months: float | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    units: frozenset[str] = field(default_factory=frozenset)
    size: int | None = None
    cost_per_person: float = 600.0
    hours_per_person: float = 16.0
    smallest_worthwhile: float = 0.2
