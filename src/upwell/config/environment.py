"""A small typed reader for environment variables; every setting of an installation passes through it."""

from collections.abc import Mapping
from pathlib import Path

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})


class SettingError(ValueError):
    """A variable holds something that cannot be read as the kind it should be."""


class Environment:
    """Reads named variables as text, numbers, switches, lists and paths, and names the variable when it fails."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        """The variable without surrounding space, or the default where it is absent."""
        return self._values.get(name, default).strip()

    def integer(self, name: str, default: int) -> int:
        """A whole number. Raises SettingError when the text is no number."""
        raw = self.text(name)
        if not raw:
            return default
        try:
            return int(raw)
        except ValueError:
            raise SettingError(f"{name} must be a whole number, not {raw!r}.") from None

    def switch(self, name: str, *, default: bool) -> bool:
        """True for 1, true, yes, on; False for 0, false, no, off. Raises SettingError for anything else."""
        raw = self._values.get(name)
        if raw is None:
            return default
        word = raw.strip().lower()
        if word not in TRUE | FALSE:
            raise SettingError(f"{name} must be on or off, not {raw!r}.")
        return word in TRUE

    def items(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        """A comma-separated list without empty parts."""
        raw = self._values.get(name)
        if raw is None:
            return list(default)
        return [part.strip() for part in raw.split(",") if part.strip()]

    def path(self, name: str, default: Path) -> Path:
        """An absolute path; `~` is expanded."""
        raw = self.text(name)
        return Path(raw).expanduser().resolve() if raw else default.resolve()
