"""A person as chips and the heat map show them."""

from dataclasses import dataclass
from zlib import crc32

HUES = 8


@dataclass(frozen=True)
class Person:
    """A person as a chip shows them; `key` (any stable identifier) fixes the colour of the initials."""

    name: str
    note: str = ""
    url: str = ""
    key: str = ""

    @property
    def initials(self) -> str:
        """First letters of the first and the last word of the name."""
        words = self.name.split() or ["?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    @property
    def hue(self) -> int:
        """A colour from 0 to 7 that stays with the person."""
        return crc32((self.key or self.name).encode()) % HUES
