"""Decides how the programs are started: directly, or, for root, as `nobody`."""

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from upwell.config.postgres.errors import DatabaseServerError
from upwell.config.postgres.providers import Programs
from upwell.config.postgres.unprivileged import NOBODY

Way = Literal["direct", "namespace", "uid"]
SCRIPT = Path(__file__).with_name("unprivileged.py")


def choose() -> Way:
    """`direct` for a user the system knows.

    For root, and for a number without a name as containers use them, a user namespace; where those are forbidden,
    root takes another user id and a number without a name can only try.
    """
    root = os.geteuid() == 0
    if not root and _has_name(os.geteuid()):
        return "direct"
    trial = subprocess.run(wrap("namespace", ["/bin/true"]), capture_output=True, check=False)
    if trial.returncode == 0:
        return "namespace"
    return "uid" if root else "direct"


def _has_name(number: int) -> bool:
    try:
        pwd.getpwuid(number)
    except KeyError:
        return False
    return True


def wrap(way: Way, command: list[str]) -> list[str]:
    """The command line that runs `command` in the given way."""
    if way == "direct":
        return command
    return [sys.executable, "-I", "-S", str(SCRIPT), way, *command]


@dataclass(frozen=True)
class Ground:
    """Where data lie, from where programs run and in which way."""

    way: Way
    bin: Path
    data: Path

    def own(self, folder: Path) -> None:
        """Make a folder private to the user the server runs as."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self.way == "uid":
            os.chown(folder, NOBODY, NOBODY)


def prepare(way: Way, programs: Programs, data: Path, elsewhere: Path) -> Ground:
    """The ground to stand on. Under `uid`, what `nobody` cannot reach is placed below `elsewhere`."""
    if way != "uid":
        return Ground(way, programs.bin, data)
    if not programs.movable:
        return Ground(way, programs.bin, _reachable(data, elsewhere))
    elsewhere.mkdir(parents=True, exist_ok=True, mode=0o711)
    copied = elsewhere / "programs"
    if not (copied / "complete").exists():
        for tree in programs.trees:
            shutil.copytree(tree, copied / tree.name, dirs_exist_ok=True, symlinks=True)
        (copied / "complete").touch()
    package = programs.trees[0]
    return Ground(way, copied / package.name / programs.bin.relative_to(package), _reachable(data, elsewhere))


def _reachable(data: Path, elsewhere: Path) -> Path:
    """`data` itself where every parent lets `nobody` through; parents are never loosened for it."""
    parents = [parent for parent in data.parents if parent.exists()]
    if all(parent.stat().st_mode & 0o001 for parent in parents):
        return data
    if not all(parent.stat().st_mode & 0o001 for parent in elsewhere.parents):
        raise DatabaseServerError(
            f"Neither {data} nor {elsewhere} can be reached by an unprivileged user. Start as an ordinary user, "
            "set UPWELL_VAR to a folder others may enter, or set DATABASE_URL."
        )
    return elsewhere / data.name
