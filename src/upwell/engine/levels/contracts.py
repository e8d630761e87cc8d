"""What the level step reads: ratings, their sources and the severity group of each source."""

from collections.abc import Mapping
from typing import Final

from upwell.engine.frames import Column, Contract

SOURCES: Final = ("self", "manager", "peer", "report", "assessor", "kpi", "test", "learning")
INSTRUMENT: Final = "instrument"
GROUPS: Final[Mapping[str, str]] = {
    "self": "self",
    "manager": "manager",
    "peer": "peer",
    "report": "report",
    "assessor": "assessor",
    "kpi": INSTRUMENT,
    "test": INSTRUMENT,
    "learning": INSTRUMENT,
}
REFERENCES: Final = ("manager", "assessor", "peer", "report", "self")
"""The first of these that occurs has mean severity 0; the others are estimated against it."""

RATINGS: Final = Contract(
    "ratings",
    (
        Column("person", "key"),
        Column("capability", "key"),
        Column("rater", "key", "empty where nobody rated: a test, a metric", nullable=True),
        Column("source", "text", choices=SOURCES),
        Column("category", "integer", "category of the scale, from 1", low=1),
        Column("rated_on", "month"),
        Column("scale", "text", "name of the rating scale", nullable=True, required=False),
    ),
)
