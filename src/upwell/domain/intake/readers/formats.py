"""Which formats there are, how they are recognised, and the one way to read files."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from upwell.domain.intake.readers import (
    catalogue,
    framework_json,
    gddp,
    onet,
    organogram,
    people,
    plain_framework,
    series,
    statements,
)
from upwell.domain.intake.readers.findings import Ledger, Parsed, UnreadableError
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.records import Records
from upwell.domain.intake.readers.source import SourceFile, decode, unpack
from upwell.domain.intake.readers.table import header_of

Header = Sequence[str]
Reader = Callable[[Sequence[SourceFile], Ledger, Options], Records]


@dataclass(frozen=True, slots=True)
class Format:
    """One format: `key` for the command line, `columns` for the person who asks what is expected."""

    key: str
    name: str
    kind: str
    columns: str
    read: Reader
    by_header: Callable[[Header], bool] | None = None
    by_document: Callable[[Any], bool] | None = None


def _has(*names: str) -> Callable[[Header], bool]:
    return lambda header: set(names) <= set(header)


def _is_episode(entry: Any) -> bool:
    return isinstance(entry, dict) and {"repo", "episode", "title"} <= entry.keys()


FORMATS: tuple[Format, ...] = (
    Format(
        "gddp",
        "UK Government Digital and Data framework",
        "framework",
        "roles.csv: Role Family, Role, Role Level, Skill Name, Skill Level; "
        "skills.csv: Skill Name, Skill Description, Awareness, Working, Practitioner, Expert",
        gddp.read,
        gddp.matches,
    ),
    Format(
        "onet",
        "O*NET tables",
        "framework",
        "O*NET-SOC Code, Element ID, Element Name, Scale ID, Data Value; O*NET-SOC Code, Title, Description",
        onet.read,
        onet.matches,
    ),
    Format(
        "civil-service",
        "UK Civil Service competency framework (JSON)",
        "framework",
        "competencies",
        framework_json.read_civil_service,
        by_document=framework_json.is_civil_service,
    ),
    Format(
        "case",
        "CASE package (JSON)",
        "framework",
        "CFDocument, CFItems, CFAssociations",
        framework_json.read_case,
        by_document=framework_json.is_case,
    ),
    Format(
        "digcomp",
        "DigComp 3.0 (JSON-LD)",
        "framework",
        "@graph",
        framework_json.read_digcomp,
        by_document=framework_json.is_digcomp,
    ),
    Format(
        "requirements",
        "Role requirements",
        "requirements",
        "role_key, role_name, capability_key, level [family, purpose, level_name, weight]",
        plain_framework.read_requirements,
        _has(*plain_framework.REQUIREMENT_COLUMNS),
    ),
    Format(
        "capabilities",
        "Own capabilities",
        "framework",
        "capability_key, capability_name [facet, class, group, description, parent_key, level, level_name, "
        "level_text, effective]",
        plain_framework.read_capabilities,
        _has(*plain_framework.CAPABILITY_COLUMNS),
    ),
    Format(
        "organogram",
        "UK government organogram",
        "people",
        "dept, date, post_ref, job_title, unit, reports_to, fte; dept, date, unit, reports_to, grade, job_title, fte",
        organogram.read,
        organogram.matches,
    ),
    Format("tree", "Reporting tree", "people", "person_id, manager_id, role_title", people.read_tree, people.is_tree),
    Format(
        "ratings",
        "Ratings",
        "ratings",
        "person_key, capability_key, rated_on, level, source [rater_key, scale_key, note]",
        series.read_ratings,
        _has(*series.RATING_COLUMNS),
    ),
    Format(
        "kpis",
        "KPI series",
        "kpis",
        "metric_key, person_key, month, value [metric_name, family, direction, unit]",
        series.read_kpis,
        _has(*series.KPI_COLUMNS),
    ),
    Format(
        "learning-records",
        "Learning records (table)",
        "learning_records",
        "person_key, item_key, happened_on [result, score]",
        statements.read_table,
        _has(*statements.TABLE_COLUMNS),
    ),
    Format(
        "people",
        "People (HRIS)",
        "people",
        "person_key, name (or given_name, family_name) [email, hired_on, left_on, unit_key, unit_name, "
        "parent_unit_key, position_key, position_title, grade, fte, role_key, manager_key, valid_from, valid_to]",
        people.read_hris,
        people.is_hris,
    ),
    Format(
        "carpentries",
        "The Carpentries lessons",
        "catalogue",
        "courses.csv: repo, title, episodes, total_minutes; episodes.jsonl: repo, episode, title",
        catalogue.read_carpentries,
        _has(*catalogue.COURSE_COLUMNS),
        _is_episode,
    ),
    Format(
        "exercism",
        "Exercism concepts and exercises",
        "catalogue",
        "concepts.csv: track, slug, name, blurb; "
        "exercises.csv: track, kind, slug, name, teaches, practices, prerequisites",
        catalogue.read_exercism,
        catalogue.is_exercism,
    ),
    Format(
        "catalogue",
        "Learning catalogue",
        "catalogue",
        "item_key, title [kind, minutes, description, teaches, requires, url, activity_iri, provider, licence, cost]",
        catalogue.read_plain,
        _has(*catalogue.PLAIN_COLUMNS),
    ),
    Format(
        "xapi",
        "xAPI statements",
        "learning_records",
        "actor, verb, object, timestamp",
        statements.read_xapi,
        by_document=statements.is_statement,
    ),
)
BY_KEY = {one.key: one for one in FORMATS}


def known_formats() -> str:
    """The formats and their columns as one text, for the answer to an unknown file."""
    return "\n".join(f"{one.key} ({one.name}): {one.columns}" for one in FORMATS)


def sniff(files: Sequence[SourceFile]) -> Format:
    """The format of unpacked files that belong together. Raises `UnreadableError` with the known formats."""
    votes: dict[str, Format] = {}
    for file in files:
        found = _of_one(file)
        if found:
            votes[found.key] = found
    if not votes:
        names = ", ".join(file.name for file in files) or "nothing"
        raise UnreadableError("unknown_format", f"No known format fits {names}.", f"Known formats:\n{known_formats()}")
    if len(votes) > 1:
        raise UnreadableError(
            "mixed_formats",
            f"The files are of different formats: {', '.join(sorted(votes))}.",
            "Import each format by itself.",
        )
    return next(iter(votes.values()))


def _of_one(file: SourceFile) -> Format | None:
    text = decode(file, Ledger())
    head = text.lstrip()[:1]
    if head in {"{", "["}:
        sample = _sample(text)
        return next((one for one in FORMATS if one.by_document and one.by_document(sample)), None)
    header = header_of(text)
    return next((one for one in FORMATS if one.by_header and one.by_header(header)), None)


def _sample(text: str) -> Any:
    """The document, the first entry of an array, or the first line that is an object."""
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        content = None
        for line in text.split("\n", 20)[:20]:
            try:
                content = json.loads(line)
            except (json.JSONDecodeError, RecursionError):
                continue
            break
    return content[0] if isinstance(content, list) and content else content


def parse(files: Sequence[SourceFile], options: Options, *, format_key: str = "") -> Parsed:
    """Read files that belong together. Never raises for what is in them: the answer is in the findings."""
    ledger = Ledger()
    unpacked = unpack(files, ledger, options.limits)
    chosen: Format | None = None
    records = Records()
    try:
        if not unpacked and not ledger.findings:
            raise UnreadableError("no_file", "No file was handed in.")
        if unpacked:
            chosen = BY_KEY.get(format_key) or sniff(unpacked)
            records = chosen.read(unpacked, ledger, options)
    except UnreadableError as problem:
        ledger.unreadable(", ".join(file.name for file in unpacked) or "upload", problem)
        return Ledger(findings=ledger.findings).finish(
            chosen.kind if chosen else "", chosen.key if chosen else "", chosen.name if chosen else "Unknown", Records()
        )
    return ledger.finish(
        chosen.kind if chosen else "", chosen.key if chosen else "", chosen.name if chosen else "Unknown", records
    )
