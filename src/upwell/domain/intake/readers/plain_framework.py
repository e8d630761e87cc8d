"""Plain tables of an own framework: capabilities with their levels, and the requirements of roles."""

from collections.abc import Sequence
from dataclasses import replace

from upwell.domain.intake.readers.findings import Ledger
from upwell.domain.intake.readers.keys import ranked, slug
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.records import (
    CapabilityRecord,
    FamilyRecord,
    FrameworkRecord,
    IndicatorRecord,
    Records,
    RequirementRecord,
    RoleRecord,
    ScaleRecord,
)
from upwell.domain.intake.readers.source import SourceFile
from upwell.domain.intake.readers.table import Row, rows_of

CAPABILITY_COLUMNS = ("capability_key", "capability_name")
REQUIREMENT_COLUMNS = ("role_key", "role_name", "capability_key", "level")
FACETS = ("technical", "personal", "knowledge", "behaviour", "process", "tool")
CLASSES = ("core", "career", "functional", "leadership")
DEFAULT_LEVELS = ("Awareness", "Basic", "Proficient", "Advanced", "Expert")
TOP = 5.0


def read_capabilities(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """One row for each capability, or one for each of its levels (`level`, `level_text`) or indicators."""
    key = slug(options.key or "own")
    framework = FrameworkRecord(key, options.name or "Own framework")
    found: dict[str, CapabilityRecord] = {}
    levels: dict[int, str] = {}
    for file in files:
        for row in rows_of(file, ledger, required=CAPABILITY_COLUMNS, limits=options.limits):
            _capability(row, key, found, levels)
    for capability in list(found.values()):
        if capability.parent_key and capability.parent_key not in found:
            ledger_name = files[0].name
            Row(ledger_name, 0, {}, ledger).warn(
                "unknown_parent", "parent_key", capability.parent_key, f"'{capability.name}' names an unknown parent."
            )
            found[capability.key] = replace(capability, parent_key="")
    names = [levels.get(n, f"Level {n}") for n in range(1, max(levels) + 1)] if levels else list(DEFAULT_LEVELS)
    if len(names) == 1:
        names.append("Level 2")
    scale = ScaleRecord.even(key, framework.name, names)
    return Records(frameworks=(framework,), scales=(scale,), capabilities=tuple(found.values()))


def _capability(row: Row, framework: str, found: dict[str, CapabilityRecord], levels: dict[int, str]) -> None:
    key, name = row.text("capability_key", limit=150), row.text("capability_name", limit=300)
    if not key or not name:
        row.reject("incomplete_row", "capability_key", key, "Key and name are both needed.")
        return
    indicators = _indicators(row, levels)
    known = found.get(key)
    if known is None:
        found[key] = CapabilityRecord(
            key=key,
            name=name,
            framework_key=framework,
            scale_key=framework,
            facet=_choice(row, "facet", FACETS, "technical"),
            kind=_choice(row, "class", CLASSES, "functional"),
            group=row.text("group", limit=200),
            description=row.text("description"),
            parent_key=row.text("parent_key", limit=150),
            indicators=indicators,
        )
        row.keep()
    elif indicators:
        found[key] = replace(known, indicators=known.indicators + indicators)
        row.ledger.merged(row.file)
    else:
        row.merge("duplicate_row", "capability_key", key, "The capability is listed before; the first entry is kept.")


def _indicators(row: Row, levels: dict[int, str]) -> tuple[IndicatorRecord, ...]:
    number = row.number_in("level")
    if number is None:
        return ()
    if number != int(number) or not 1 <= number <= 12:
        row.warn("out_of_range", "level", f"{number:g}", "A level is a whole number from 1 to 12; it was left out.")
        return ()
    ordinal = int(number)
    levels[ordinal] = row.text("level_name", limit=100) or levels.get(ordinal, f"Level {ordinal}")
    text = row.text("level_text")
    effective = row.text("effective").lower() not in {"no", "false", "0"}
    return (IndicatorRecord(ordinal, text, effective),) if text else ()


def _choice(row: Row, column: str, allowed: tuple[str, ...], default: str) -> str:
    value = row.text(column).lower()
    if value and value not in allowed:
        row.warn("unknown_choice", column, value, f"It must be one of {', '.join(allowed)}; '{default}' was taken.")
    return value if value in allowed else default


def read_requirements(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """Role x capability x level from 0 to 5 on the common scale, with an optional weight."""
    families: dict[str, FamilyRecord] = {}
    roles: dict[str, RoleRecord] = {}
    found: dict[tuple[str, str], RequirementRecord] = {}
    for file in files:
        for row in rows_of(file, ledger, required=REQUIREMENT_COLUMNS, limits=options.limits):
            _requirement(row, families, roles, found)
    return Records(
        families=tuple(families.values()),
        roles=ranked(roles.values(), found.values()),
        requirements=tuple(found.values()),
    )


def _requirement(
    row: Row,
    families: dict[str, FamilyRecord],
    roles: dict[str, RoleRecord],
    found: dict[tuple[str, str], RequirementRecord],
) -> None:
    key, name = row.text("role_key", limit=200), row.text("role_name", limit=300)
    capability = row.text("capability_key", limit=150)
    level, weight = row.number_in("level"), row.number_in("weight")
    if not key or not name or not capability:
        row.reject("incomplete_row", "role_key", key, "Role key, role name and capability key are all needed.")
    elif level is None or not 0 <= level <= TOP:
        row.reject("out_of_range", "level", row.text("level"), "The level must be a number from 0 to 5.")
    elif (key, capability) in found:
        same = found[(key, capability)].position == level
        if same:
            row.merge(
                "duplicate_row", "capability_key", capability, "The requirement is listed before, at the same level."
            )
        else:
            row.reject("conflicting_level", "level", f"{level:g}", "The requirement is listed before at another level.")
    else:
        if weight is not None and not 0 < weight <= 100:
            row.warn("out_of_range", "weight", f"{weight:g}", "A weight lies above 0 and up to 100; 1 was taken.")
            weight = None
        family = row.text("family", limit=300) or name
        families.setdefault(slug(family), FamilyRecord(slug(family), family))
        roles.setdefault(key, RoleRecord(key, name, slug(family), purpose=row.text("purpose")))
        found[(key, capability)] = RequirementRecord(
            key, capability, level, row.text("level_name", limit=100), weight or 1.0, row.number
        )
        row.keep()
