"""Keys from names, and ranks from requirements: what several formats need alike."""

import functools
import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from statistics import fmean

from upwell.domain.intake.readers.records import RequirementRecord, RoleRecord


@functools.lru_cache(maxsize=1 << 16)
def slug(name: str, *, limit: int = 80) -> str:
    """A name as a part of a key: lower case, letters and digits of any script, hyphens; unique where it is cut."""
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    plain = re.sub(r"[\W_]+", "-", folded).strip("-")
    if len(plain) <= limit and plain:
        return plain
    return f"{plain[: limit - 9]}-{digest(name, length=8)}".lstrip("-")


def digest(*parts: str, length: int = 24) -> str:
    """A short digest of several texts."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:length]


def ranked(roles: Iterable[RoleRecord], requirements: Iterable[RequirementRecord]) -> tuple[RoleRecord, ...]:
    """The roles with their rank in the family by mean required level; equal ones by name."""
    levels: defaultdict[str, list[float]] = defaultdict(list)
    for requirement in requirements:
        levels[requirement.role_key].append(requirement.position)
    families: defaultdict[str, list[RoleRecord]] = defaultdict(list)
    for role in roles:
        families[role.family_key].append(role)
    return tuple(
        replace(role, rank=rank)
        for family in families.values()
        for rank, role in enumerate(
            sorted(family, key=lambda one: (fmean(levels[one.key]) if levels[one.key] else 0.0, one.name)), start=1
        )
    )
