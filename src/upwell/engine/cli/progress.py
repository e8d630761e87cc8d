"""Progress on standard error: a bar at a terminal, plain lines elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TextIO

WIDTH = 24


@dataclass(slots=True)
class Progress:
    """Counts steps. `is_quiet` writes nothing."""

    steps: int
    stream: TextIO
    is_quiet: bool = False
    done: int = field(default=0, init=False)

    def begin(self, words: str) -> None:
        """A step starts."""
        if not self.is_quiet and self.stream.isatty():
            self._bar(words)

    def end(self, words: str) -> None:
        """A step is over."""
        self.done += 1
        if self.is_quiet:
            return
        if self.stream.isatty():
            self._bar(words)
            if self.done == self.steps:
                self.stream.write("\n")
        else:
            self.stream.write(f"[{self.done}/{self.steps}] {words}\n")
        self.stream.flush()

    def _bar(self, words: str) -> None:
        filled = WIDTH * self.done // self.steps
        self.stream.write(f"\r\x1b[2K[{'=' * filled}{' ' * (WIDTH - filled)}] {words}")
        self.stream.flush()
