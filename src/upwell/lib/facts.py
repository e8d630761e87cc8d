"""Facts that a model states about itself: whose data it is, who the parties are, how sensitive it is.

The gate, the personal-data export and erasure read the same facts; nothing else decides by them.
"""

import enum
from dataclasses import dataclass


class Sensitivity(enum.IntEnum):
    """How much harm a wrong reader could do."""

    PUBLIC = 0
    INTERNAL = 1
    PERSONAL = 2
    CONFIDENTIAL = 3


class Zone(enum.StrEnum):
    """Storage zones that only agreed extracts may cross."""

    OPEN = "open"
    GROWTH = "growth"
    PAY = "pay"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the gate must know of a model.

    `subject` and `parties` are lookup paths from a row to a person (``"person"``, ``"plan__person"``);
    `subject` is empty for rows about nobody. `private_when` is a column and a value: rows holding it are read by
    their subject and parties only, whatever else a reader may see.
    """

    subject: str = ""
    parties: tuple[str, ...] = ()
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    zone: Zone = Zone.OPEN
    private_when: tuple[str, str] | None = None
