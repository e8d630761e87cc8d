"""Learning catalogues: The Carpentries, the Exercism graph, and a plain table."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from upwell.domain.intake.readers.findings import Ledger, Severity
from upwell.domain.intake.readers.json_source import list_of, objects, text_of
from upwell.domain.intake.readers.keys import slug
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.records import CapabilityRecord, FrameworkRecord, ItemRecord, PartRecord, Records
from upwell.domain.intake.readers.source import SourceFile
from upwell.domain.intake.readers.table import Row, header_of, rows_of

COURSE_COLUMNS = ("repo", "title", "episodes", "total_minutes")
CONCEPT_COLUMNS = ("track", "slug", "name", "blurb")
EXERCISE_COLUMNS = ("track", "kind", "slug", "name", "teaches", "practices", "prerequisites")
PLAIN_COLUMNS = ("item_key", "title")
KINDS = ("course", "module", "workshop", "exercise", "on_the_job", "coaching", "mentoring", "peer", "reading")


def is_exercism(header: Sequence[str]) -> bool:
    """Whether a table with these columns is one of the two Exercism tables."""
    return set(CONCEPT_COLUMNS) <= set(header) or set(EXERCISE_COLUMNS) <= set(header)


def read_carpentries(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """Lessons become courses; episodes their parts with minutes and objectives."""
    parts: defaultdict[str, list[tuple[int, PartRecord]]] = defaultdict(list)
    episodes: dict[str, tuple[str, list[int]]] = {}
    for file in (one for one in files if not one.name.endswith(".csv")):
        for number, entry in objects(file, ledger, most=options.limits.rows):
            repo, title = text_of(entry.get("repo"), limit=180), text_of(entry.get("title"), limit=300)
            if not repo or not title:
                ledger.note(Severity.ERROR, "incomplete_row", file.name, number, "The episode has no lesson or title.")
                ledger.rejected(file.name)
                continue
            parts[repo].append((_whole(entry.get("seq")) or number, _episode(file.name, number, entry, title, ledger)))
            episodes.setdefault(repo, (file.name, []))[1].append(number)
    items: dict[str, ItemRecord] = {}
    for file in (one for one in files if one.name.endswith(".csv")):
        for row in rows_of(file, ledger, required=COURSE_COLUMNS, limits=options.limits):
            _course(row, parts, items)
    for repo, (name, numbers) in episodes.items():
        known = f"carpentries/{repo}" in items
        for number in numbers:
            if known:
                ledger.made(name)
            else:
                ledger.note_each(
                    Severity.ERROR, "unknown_lesson", name, number, "The lesson is not in courses.csv.", value=repo
                )
                ledger.rejected(name)
    ledger.facts.update(lessons=len(items), episodes=sum(len(item.parts) for item in items.values()))
    return Records(items=tuple(items.values()))


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) > 10**6:
        return None
    return int(value)


def _episode(file: str, number: int, entry: dict[str, Any], title: str, ledger: Ledger) -> PartRecord:
    times = [_whole(entry.get(name)) for name in ("teaching_min", "exercise_min")]
    if None in times:
        ledger.note(
            Severity.INFO,
            "no_minutes",
            file,
            number,
            f"'{title}' gives no minutes; they count as unknown.",
            column="teaching_min",
        )
    known = [one for one in times if one is not None]
    objectives = tuple(text_of(one, limit=500) for one in list_of(entry.get("objectives")))
    return PartRecord(title, sum(known) if known else None, objectives)


def _course(row: Row, parts: dict[str, list[tuple[int, PartRecord]]], items: dict[str, ItemRecord]) -> None:
    repo, title = row.text("repo", limit=180), row.text("title", limit=300)
    key = f"carpentries/{repo}"
    if not repo or not title:
        row.reject("incomplete_row", "title", title, "Lesson and title are both needed.")
        return
    if key in items:
        row.merge("duplicate_row", "repo", repo, "The lesson is listed before.")
        return
    minutes = row.number_in("total_minutes")
    listed = row.number_in("episodes")
    mine = tuple(part for _, part in sorted(parts.get(repo, []), key=lambda one: one[0]))
    if listed is not None and listed != len(mine):
        row.warn(
            "episodes_differ", "episodes", f"{listed:g}", f"{len(mine)} episodes were found, {listed:g} are announced."
        )
    if not row.text("license"):
        row.tell("no_licence", "license", "", f"'{title}' states no licence; the publisher's (CC BY 4.0) is recorded.")
    items[key] = ItemRecord(
        key=key,
        title=title,
        kind="workshop",
        minutes=int(minutes) if minutes is not None and 0 <= minutes < 10**6 else None,
        description=row.text("keywords"),
        url=f"https://github.com/{repo}",
        provider="The Carpentries",
        licence=row.text("license", limit=200) or "CC BY 4.0",
        parts=mine,
    )
    row.keep()


def read_exercism(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """Concepts become capabilities, exercises items that build them; a prerequisite is the exercise that teaches it."""
    headers = {file.name: header_of(file.data[: 1 << 16].decode("utf-8-sig", "replace")) for file in files}
    concepts: dict[str, CapabilityRecord] = {}
    frameworks: dict[str, FrameworkRecord] = {}
    for file in (one for one in files if "teaches" not in headers[one.name]):
        for row in rows_of(file, ledger, required=CONCEPT_COLUMNS, limits=options.limits):
            _concept(row, concepts, frameworks)
    rows: list[Row] = []
    for file in (one for one in files if "teaches" in headers[one.name]):
        rows += rows_of(file, ledger, required=EXERCISE_COLUMNS, limits=options.limits)
    teachers: dict[str, str] = {}
    for row in rows:
        for concept in _concepts(row, "teaches"):
            teachers.setdefault(concept, _exercise_key(row))
    items: dict[str, ItemRecord] = {}
    for row in rows:
        _exercise(row, concepts, teachers, items)
    ledger.facts.update(concepts=len(concepts), exercises=len(items))
    return Records(
        frameworks=tuple(frameworks.values()), capabilities=tuple(concepts.values()), items=tuple(items.values())
    )


def _concept(row: Row, concepts: dict[str, CapabilityRecord], frameworks: dict[str, FrameworkRecord]) -> None:
    track, short, name = row.text("track", limit=60), row.text("slug", limit=100), row.text("name", limit=250)
    key = f"exercism/{track}/{short}"
    if not track or not short or not name:
        row.reject("incomplete_row", "slug", short, "Track, slug and name are all needed.")
    elif key in concepts:
        row.merge("duplicate_row", "slug", short, "The concept is listed before.")
    else:
        framework = f"exercism/{track}"
        frameworks.setdefault(
            framework,
            FrameworkRecord(framework, f"Exercism: {track}", "Exercism", "MIT", f"https://github.com/exercism/{track}"),
        )
        blurb = row.text("blurb")
        if blurb.upper().startswith("TODO"):
            row.ledger.note_each(
                Severity.INFO,
                "no_description",
                row.file,
                row.number,
                "The concept's text is a placeholder of the publisher; it is left out.",
                column="blurb",
                value=blurb,
            )
            blurb = ""
        concepts[key] = CapabilityRecord(key, f"{name} ({track})", framework, "", group=track, description=blurb)
        row.keep()


def _exercise_key(row: Row) -> str:
    return f"exercism/{row.text('track', limit=60)}/exercise/{row.text('slug', limit=100)}"


def _concepts(row: Row, column: str) -> list[str]:
    return [f"exercism/{row.text('track')}/{one.strip()}" for one in row.text(column).split(";") if one.strip()]


def _exercise(
    row: Row, concepts: dict[str, CapabilityRecord], teachers: dict[str, str], items: dict[str, ItemRecord]
) -> None:
    key, name = _exercise_key(row), row.text("name", limit=300)
    if not name or not row.text("slug"):
        row.reject("incomplete_row", "slug", row.text("slug"), "Slug and name are both needed.")
        return
    if key in items:
        row.merge("duplicate_row", "slug", row.text("slug"), "The exercise is listed before.")
        return
    if row.text("status") in {"deprecated", "wip"}:
        row.tell(
            "not_active",
            "status",
            row.text("status"),
            f"'{name}' is {row.text('status')} at its publisher; it is kept.",
        )
    built: dict[str, None] = {}
    for column in ("teaches", "practices"):
        for concept in _concepts(row, column):
            if concept in concepts:
                built.setdefault(concept)
            else:
                row.warn(
                    "unknown_concept", column, concept, "The concept is not in concepts.csv; the link is left out."
                )
    needed: dict[str, None] = {}
    for concept in _concepts(row, "prerequisites"):
        teacher = teachers.get(concept)
        if teacher and teacher != key:
            needed.setdefault(teacher)
        elif not teacher:
            row.ledger.note_each(
                Severity.INFO,
                "untaught_prerequisite",
                row.file,
                row.number,
                "No exercise teaches this prerequisite; it makes no order.",
                column="prerequisites",
                value=concept,
            )
    track = row.text("track", limit=60)
    items[key] = ItemRecord(
        key,
        name,
        "exercise",
        teaches=tuple(built),
        requires=tuple(needed),
        url=f"https://exercism.org/tracks/{track}/exercises/{row.text('slug', limit=100)}",
        provider="Exercism",
        licence="MIT",
    )
    row.keep()


def read_plain(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """One row for each item; `teaches` and `requires` hold keys separated by semicolons."""
    items: dict[str, ItemRecord] = {}
    origin: dict[str, Row] = {}
    for file in files:
        for row in rows_of(file, ledger, required=PLAIN_COLUMNS, limits=options.limits):
            _plain(row, items, origin, options)
    return Records(items=tuple(items.values()))


def _plain(row: Row, items: dict[str, ItemRecord], origin: dict[str, Row], options: Options) -> None:
    key, title = row.text("item_key", limit=200), row.text("title", limit=300)
    kind = slug(row.text("kind")).replace("-", "_") if row.text("kind") else "course"
    if not key or not title:
        row.reject("incomplete_row", "item_key", key, "Key and title are both needed.")
        return
    if key in items:
        row.reject("duplicate_item", "item_key", key, f"The item stands in row {origin[key].number}, which is kept.")
        return
    if kind not in KINDS:
        row.warn("unknown_choice", "kind", kind, f"It must be one of {', '.join(KINDS)}; 'course' was taken.")
        kind = "course"
    minutes = row.amount("minutes", below=10**7)
    origin[key] = row
    items[key] = ItemRecord(
        key=key,
        title=title,
        kind=kind,
        minutes=int(minutes) if minutes is not None else None,
        description=row.text("description"),
        teaches=tuple(dict.fromkeys(one.strip() for one in row.text("teaches").split(";") if one.strip())),
        requires=tuple(dict.fromkeys(one.strip() for one in row.text("requires").split(";") if one.strip())),
        url=row.text("url", limit=500),
        activity_iri=row.text("activity_iri", limit=500),
        provider=row.text("provider", limit=200) or options.name,
        licence=row.text("licence", limit=200),
        cost=row.amount("cost") or Decimal(0),
        row=row.number,
    )
    row.keep()
