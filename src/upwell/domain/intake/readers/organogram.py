"""UK government organograms: senior posts one by one, junior posts by number.

Their habits: `XX` reports to nobody; a reference may stand twice; a post may report to itself or to a post that is
not there; the full-time equivalent may be blank; a file may hold several dates.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from upwell.domain.intake.readers.findings import Ledger, Severity
from upwell.domain.intake.readers.keys import digest, slug
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.records import EstablishmentRecord, PositionRecord, Records, UnitRecord
from upwell.domain.intake.readers.source import SourceFile
from upwell.domain.intake.readers.table import Row, header_of, rows_of

SENIOR_COLUMNS = ("dept", "date", "post_ref", "job_title", "unit", "reports_to")
JUNIOR_COLUMNS = ("dept", "date", "unit", "reports_to", "grade", "job_title", "fte")
NOBODY = {"XX", ""}


@dataclass(slots=True)
class _Chart:
    ledger: Ledger
    units: dict[str, UnitRecord] = field(default_factory=dict)
    posts: dict[tuple[str, dt.date], PositionRecord] = field(default_factory=dict)
    origin: dict[tuple[str, dt.date], Row] = field(default_factory=dict)
    crowds: dict[tuple[str, dt.date], EstablishmentRecord] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def matches(header: Sequence[str]) -> bool:
    """Whether a table with these columns is an organogram."""
    return set(SENIOR_COLUMNS) <= set(header) or (set(JUNIOR_COLUMNS) <= set(header) and "post_ref" not in header)


def read(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """Senior posts become positions, junior rows establishments, departments and their units the tree."""
    chart = _Chart(ledger)
    for file in files:
        senior = "post_ref" in header_of(file.data[: 1 << 16].decode("utf-8-sig", "replace"))
        for row in rows_of(file, ledger, required=SENIOR_COLUMNS if senior else JUNIOR_COLUMNS, limits=options.limits):
            (_senior if senior else _junior)(row, chart, options)
    _join_lines(chart)
    _close_posts(chart)
    _total(chart)
    return Records(
        units=tuple(chart.units.values()),
        positions=tuple(chart.posts.values()),
        establishments=tuple(chart.crowds.values()),
    )


def _place(row: Row, chart: _Chart, options: Options) -> tuple[str, str, dt.date] | None:
    """Department, unit key and day of a row; None where the row names no department."""
    dept = row.text("dept", limit=200)
    if not dept:
        row.reject("incomplete_row", "dept", "", "The row names no department.")
        return None
    day = row.day("date") or options.since
    parent = row.text("parent_department", limit=300)
    organisation = row.text("organisation", limit=300) or dept.replace("_", " ").capitalize()
    unit = row.text("unit", limit=300) or organisation
    dept_key = f"uk/{slug(dept)}"
    parent_key = f"uk/{slug(parent)}" if parent and slug(parent) != slug(organisation) else ""
    if parent_key and parent_key != dept_key:
        chart.units.setdefault(parent_key, UnitRecord(parent_key, parent, valid_from=day))
    known = chart.units.get(dept_key)
    if known is None or (parent_key and not known.parent_key and parent_key != dept_key):
        chart.units[dept_key] = UnitRecord(dept_key, organisation, parent_key if parent_key != dept_key else "", day)
    unit_key = f"{dept_key}/{slug(unit)}"
    chart.units.setdefault(unit_key, UnitRecord(unit_key, unit, dept_key, day))
    return dept_key, unit_key, day


def _senior(row: Row, chart: _Chart, options: Options) -> None:
    place = _place(row, chart, options)
    if place is None:
        return
    dept, unit, day = place
    ref = row.text("post_ref", limit=100)
    if not ref:
        row.reject("incomplete_row", "post_ref", "", "The post has no reference.")
        return
    if not row.text("fte"):
        row.tell("blank_fte", "fte", "", f"The full-time equivalent of post '{ref}' is blank; it stays unknown.")
    manager = row.text("reports_to", limit=100)
    post = PositionRecord(
        key=f"{dept}/{ref}",
        title=row.text("job_title", limit=300) or ref,
        unit_key=unit,
        grade=row.text("grade", limit=100),
        reports_to_key="" if manager.upper() in NOBODY else f"{dept}/{manager}",
        fte=row.amount("fte", below=10**6),
        valid_from=day,
    )
    first = chart.posts.get((post.key, day))
    if first is None:
        chart.posts[(post.key, day)] = post
        chart.origin[(post.key, day)] = row
        row.keep()
        return
    chart.ledger.facts["duplicate_references"] = chart.ledger.facts.get("duplicate_references", 0) + 1
    line = chart.origin[(post.key, day)].number
    if first == post:
        row.merge("duplicate_reference", "post_ref", ref, f"The reference stands in row {line} with the same content.")
        return
    share = next(n for n in range(2, 10_000) if (f"{post.key}#{n}", day) not in chart.posts)
    row.warn(
        "duplicate_reference",
        "post_ref",
        ref,
        f"The reference stands in row {line} with other content (a shared job); kept as '{ref}#{share}'.",
        "Give each post its own reference.",
    )
    key = (f"{post.key}#{share}", day)
    chart.posts[key] = replace(post, key=key[0])
    chart.origin[key] = row
    row.keep()


def _junior(row: Row, chart: _Chart, options: Options) -> None:
    place = _place(row, chart, options)
    if place is None:
        return
    dept, unit, day = place
    manager = row.text("reports_to", limit=100)
    title, grade = row.text("job_title", limit=300), row.text("grade", limit=100)
    profession = row.text("profession", limit=200)
    fte = row.amount("fte")
    if fte is None:
        row.tell("blank_fte", "fte", "", "The full-time equivalent is blank; it stays unknown.")
    pay = (row.text("pay_min"), row.text("pay_max"))
    key = (digest(unit, manager, grade, title, profession, *pay, day.isoformat()), day)
    known = chart.crowds.get(key)
    if known is None:
        chart.crowds[key] = EstablishmentRecord(
            key=key[0],
            title=title or grade,
            unit_key=unit,
            reports_to_key="" if manager.upper() in NOBODY else f"{dept}/{manager}",
            grade=grade,
            profession=profession,
            fte=fte,
            valid_from=day,
        )
        row.keep()
    else:
        total = known.fte if fte is None else (known.fte or Decimal(0)) + fte
        chart.crowds[key] = replace(known, fte=total)
        chart.ledger.note_each(
            Severity.INFO,
            "same_crowd",
            row.file,
            row.number,
            "Another row has the same unit, manager, grade, title and pay; the full-time equivalents were added.",
            column="fte",
            value=row.text("fte"),
        )
        chart.ledger.merged(row.file)


def _join_lines(chart: _Chart) -> None:
    facts = chart.ledger.facts
    for key, post in chart.posts.items():
        row = chart.origin[key]
        if not post.reports_to_key:
            row.tell("root_post", "reports_to", row.text("reports_to"), f"'{post.title}' reports to nobody: a root.")
            facts["roots"] = facts.get("roots", 0) + 1
        elif post.reports_to_key == post.key.split("#")[0]:
            row.warn(
                "self_report",
                "reports_to",
                row.text("reports_to"),
                f"'{post.title}' reports to itself; no line is made.",
            )
            facts["self_reports"] = facts.get("self_reports", 0) + 1
            chart.posts[key] = replace(post, reports_to_key="")
        elif (post.reports_to_key, key[1]) not in chart.posts:
            row.warn(
                "unknown_manager",
                "reports_to",
                row.text("reports_to"),
                f"'{post.title}' reports to a post that is not in the file; it counts as a root.",
            )
            facts["roots"] = facts.get("roots", 0) + 1
            chart.posts[key] = replace(post, reports_to_key="")
    _break_cycles(chart)
    for crowd_key, crowd in chart.crowds.items():
        if crowd.reports_to_key and chart.posts and (crowd.reports_to_key, crowd_key[1]) not in chart.posts:
            chart.ledger.note_each(
                Severity.WARNING,
                "unknown_manager",
                "junior posts",
                0,
                "Junior posts report to a senior post that is not in the files; they stay without a line.",
                column="reports_to",
                value=crowd.reports_to_key,
            )
            chart.crowds[crowd_key] = replace(crowd, reports_to_key="")


def _break_cycles(chart: _Chart) -> None:
    settled: set[tuple[str, dt.date]] = set()
    for start in list(chart.posts):
        path: dict[tuple[str, dt.date], None] = {}
        here = start
        while here in chart.posts and here not in settled and here not in path:
            path[here] = None
            here = (chart.posts[here].reports_to_key, here[1])
        if here in path:
            row, post = chart.origin[here], chart.posts[here]
            row.warn(
                "reporting_cycle",
                "reports_to",
                row.text("reports_to"),
                "The lines form a circle; this one is left out.",
            )
            chart.posts[here] = replace(post, reports_to_key="")
        settled.update(path)


def _close_posts(chart: _Chart) -> None:
    """In a file of several dates a post ends with the first later full list of its department that lacks it."""
    dates: defaultdict[str, defaultdict[dt.date, int]] = defaultdict(lambda: defaultdict(int))
    last: dict[str, dt.date] = {}
    for key, day in chart.posts:
        dates[_department(key)][day] += 1
        last[key] = max(last.get(key, day), day)
    for key, day in list(chart.posts):
        if day != last[key]:
            continue
        sizes = dates[_department(key)]
        later = [one for one in sorted(sizes) if one > day and sizes[one] * 2 >= max(sizes.values())]
        if later:
            chart.posts[(key, day)] = replace(chart.posts[(key, day)], valid_to=later[0])
    _close_crowds(chart)
    for dept, sizes in dates.items():
        for day, size in sizes.items():
            if size * 2 < max(sizes.values()):
                chart.ledger.note(
                    Severity.WARNING,
                    "partial_list",
                    "senior posts",
                    0,
                    f"The list of {dept} of {day} has {size} posts, other dates up to {max(sizes.values())}: "
                    "it looks partial, so no post ends by it.",
                    column="date",
                    value=day.isoformat(),
                )


def _close_crowds(chart: _Chart) -> None:
    """Numbers hold until the next list of the department."""
    days: defaultdict[str, set[dt.date]] = defaultdict(set)
    for (_, day), crowd in chart.crowds.items():
        days[_department(crowd.unit_key)].add(day)
    for key, crowd in chart.crowds.items():
        later = [day for day in days[_department(crowd.unit_key)] if day > key[1]]
        if later:
            chart.crowds[key] = replace(crowd, valid_to=min(later))


def _department(key: str) -> str:
    return "/".join(key.split("/")[:2])


def _total(chart: _Chart) -> None:
    facts = chart.ledger.facts
    if chart.crowds:
        facts["junior_fte"] = float(sum((one.fte or Decimal(0) for one in chart.crowds.values()), Decimal(0)))
    if chart.posts:
        facts["senior_posts"] = len(chart.posts)
        for name in ("roots", "self_reports", "duplicate_references"):
            facts.setdefault(name, 0)
    facts["departments"] = len({"/".join(key.split("/")[:2]) for key in chart.units if key.count("/") >= 2})
