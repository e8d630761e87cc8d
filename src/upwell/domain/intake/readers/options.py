"""What the person importing may say beside the files."""

import datetime as dt
from dataclasses import dataclass

from upwell.domain.intake.readers.source import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True)
class Options:
    """`as_of`: the day of the import. `valid_from`: since when undated rows hold (default: `as_of`).

    `key` and `name` say what an unnamed framework, organisation or provider is called.
    """

    as_of: dt.date
    valid_from: dt.date | None = None
    key: str = ""
    name: str = ""
    limits: Limits = DEFAULT_LIMITS

    @property
    def since(self) -> dt.date:
        """The day undated rows hold from."""
        return self.valid_from or self.as_of
