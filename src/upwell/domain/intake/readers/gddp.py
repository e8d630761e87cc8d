"""UK Government Digital and Data Profession Capability Framework: `roles.csv` and `skills.csv`."""

from collections.abc import Sequence

from upwell.domain.intake.readers.findings import Ledger, Severity
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
from upwell.domain.intake.readers.table import Row, header_of, rows_of

LEVELS = ("Awareness", "Working", "Practitioner", "Expert")
ROLE_COLUMNS = ("role_family", "role", "role_level", "skill_name", "skill_level")
SKILL_COLUMNS = ("skill_name", "skill_description", "awareness", "working", "practitioner", "expert")
FRAMEWORK = FrameworkRecord(
    key="gddp",
    name="Government Digital and Data Profession Capability Framework",
    publisher="UK Government",
    licence="Open Government Licence v3.0",
    source_url="https://ddat-capability-framework.service.gov.uk/",
)
SCALE = ScaleRecord.even("gddp", "Awareness to expert", LEVELS)
POSITIONS = {level.name: level.position for level in SCALE.levels}


def matches(header: Sequence[str]) -> bool:
    """Whether a table with these columns is one of the two files."""
    return set(ROLE_COLUMNS) <= set(header) or set(SKILL_COLUMNS) <= set(header)


def read(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """Skills become capabilities with a text for each level; role levels become ranked roles with requirements."""
    capabilities: dict[str, CapabilityRecord] = {}
    tables = [(file, "skill_level" in header_of(file.data.decode("utf-8-sig", "replace"))) for file in files]
    for file in (one for one, is_roles in tables if not is_roles):
        for row in rows_of(file, ledger, required=SKILL_COLUMNS, limits=options.limits):
            _skill(row, capabilities)
    families: dict[str, FamilyRecord] = {}
    roles: dict[str, RoleRecord] = {}
    requirements: dict[tuple[str, str], RequirementRecord] = {}
    for file in (one for one, is_roles in tables if is_roles):
        for row in rows_of(file, ledger, required=ROLE_COLUMNS, limits=options.limits):
            _role_row(row, capabilities, families, roles, requirements)
    if families:
        ledger.facts["roles"] = len(families)
        ledger.facts["role_levels"] = len(roles)
    ledger.facts["skills"] = len(capabilities)
    return Records(
        frameworks=(FRAMEWORK,),
        scales=(SCALE,),
        capabilities=tuple(capabilities.values()),
        families=tuple(families.values()),
        roles=ranked(roles.values(), requirements.values()),
        requirements=tuple(requirements.values()),
    )


def _skill(row: Row, capabilities: dict[str, CapabilityRecord]) -> None:
    name = row.text("skill_name", limit=300)
    key = f"gddp/{slug(name)}"
    if not name:
        row.reject("no_name", "skill_name", "", "The skill has no name.")
    elif key in capabilities:
        row.merge("duplicate_row", "skill_name", name, "The skill is listed before; the first entry is kept.")
    else:
        capabilities[key] = CapabilityRecord(
            key=key,
            name=name,
            framework_key="gddp",
            scale_key="gddp",
            description=row.text("skill_description"),
            indicators=tuple(
                IndicatorRecord(ordinal, text)
                for ordinal, level in enumerate(LEVELS, start=1)
                if (text := row.text(level.lower()))
            ),
        )
        row.keep()
        missing = [level for level in LEVELS if not row.text(level.lower())]
        if missing:
            row.ledger.note_each(
                Severity.INFO,
                "no_level_text",
                row.file,
                row.number,
                "A level has no description; the level itself stays usable.",
                column=missing[0],
                value=name,
            )


def _role_row(
    row: Row,
    capabilities: dict[str, CapabilityRecord],
    families: dict[str, FamilyRecord],
    roles: dict[str, RoleRecord],
    requirements: dict[tuple[str, str], RequirementRecord],
) -> None:
    family, role, skill = (row.text(column, limit=300) for column in ("role", "role_level", "skill_name"))
    if not (family and role and skill):
        row.reject("incomplete_row", "role_level", role, "Role, role level and skill are all needed.")
        return
    family_key = f"gddp/{slug(family)}"
    role_key = f"{family_key}/{slug(role)}"
    skill_key = f"gddp/{slug(skill)}"
    families.setdefault(
        family_key, FamilyRecord(family_key, family, row.text("role_family", limit=200), row.text("role_description"))
    )
    roles.setdefault(role_key, RoleRecord(role_key, role, family_key, purpose=row.text("role_level_description")))
    level = row.text("skill_level", limit=100)
    if skill_key not in capabilities:
        row.tell(
            "skill_not_listed", "skill_name", skill, "The skill is not in the skills file; it is made from its name."
        )
        capabilities[skill_key] = CapabilityRecord(
            skill_key, skill, "gddp", "gddp", description=row.text("skill_description")
        )
    if level not in POSITIONS:
        row.reject(
            "level_not_in_use" if level.upper() == "NOT IN USE" else "unknown_level",
            "skill_level",
            level,
            f"'{level}' is not a level; the role '{role}' is kept, its requirement of '{skill}' is left out.",
            f"Levels are {', '.join(LEVELS)}.",
        )
        return
    pair = (role_key, skill_key)
    if pair not in requirements:
        requirements[pair] = RequirementRecord(role_key, skill_key, POSITIONS[level], level)
        row.keep()
    elif requirements[pair].level_name == level:
        row.merge(
            "duplicate_row", "skill_name", skill, f"'{role}' requires this skill in an earlier row, at the same level."
        )
    else:
        row.reject(
            "conflicting_level",
            "skill_level",
            level,
            f"'{role}' requires '{skill}' at {requirements[pair].level_name} in an earlier row, which is kept.",
        )
