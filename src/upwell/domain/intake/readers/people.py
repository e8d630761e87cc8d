"""People: an HRIS table with effective dates, and a bare reporting tree."""

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from upwell.domain.intake.readers.findings import Ledger
from upwell.domain.intake.readers.keys import slug
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.records import PersonRecord, PositionRecord, Records, UnitRecord
from upwell.domain.intake.readers.source import SourceFile
from upwell.domain.intake.readers.table import Row, parse_day, rows_of

HRIS_COLUMNS = ("person_key", "name")
TREE_COLUMNS = ("person_id", "manager_id", "role_title")
_MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


@dataclass(slots=True)
class _Staff:
    ledger: Ledger
    units: dict[tuple[str, dt.date], UnitRecord] = field(default_factory=dict)
    posts: dict[tuple[str, dt.date], PositionRecord] = field(default_factory=dict)
    persons: dict[tuple[str, dt.date], PersonRecord] = field(default_factory=dict)
    managers: dict[tuple[str, dt.date], tuple[str, Row]] = field(default_factory=dict)
    mails: dict[str, str] = field(default_factory=dict)


def sort_name(given: str, family: str) -> str:
    """A name as lists are sorted by: family name first, folded, without accents."""
    joined = f"{family} {given}".strip()
    plain = unicodedata.normalize("NFKD", joined)
    return "".join(one for one in plain if not unicodedata.combining(one)).casefold()[:300]


def is_hris(header: Sequence[str]) -> bool:
    """Whether a table with these columns lists people."""
    return "person_key" in header and ("name" in header or {"given_name", "family_name"} <= set(header))


def is_tree(header: Sequence[str]) -> bool:
    """Whether a table with these columns is a bare reporting tree."""
    return set(TREE_COLUMNS) <= set(header)


def read_hris(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """One row for each person, or for each change of a person from `valid_from` on."""
    staff = _Staff(ledger)
    for file in files:
        for row in rows_of(file, ledger, required=("person_key",), limits=options.limits):
            _hris_row(row, staff, options)
    return _joined(staff)


def _hris_row(row: Row, staff: _Staff, options: Options) -> None:
    key = row.text("person_key", limit=100)
    given, family = row.text("given_name", limit=150), row.text("family_name", limit=150)
    name = row.text("name", limit=300) or f"{given} {family}".strip()
    if not key or not name:
        row.reject("incomplete_row", "person_key", key, "Key and name are both needed.")
        return
    hired, left = row.day("hired_on"), row.day("left_on")
    if hired and left and left < hired:
        row.warn(
            "left_before_hired", "left_on", left.isoformat(), "The person left before being hired; the end is left out."
        )
        left = None
    if hired and hired > options.as_of:
        row.warn(
            "future_hire", "hired_on", hired.isoformat(), "The day of hire lies in the future; the person is kept."
        )
    since = row.day("valid_from") or hired or options.since
    until = row.day("valid_to") or (left + dt.timedelta(days=1) if left else None)
    if until and until <= since:
        row.reject("period_backwards", "valid_to", until.isoformat(), "The period ends before it begins.")
        return
    if (key, since) in staff.persons:
        row.reject(
            "duplicate_person", "person_key", key, f"The person has another row from {since}; the first is kept."
        )
        return
    unit = _unit(row, since, staff)
    post = row.text("position_key", limit=200) or f"post/{key}"
    title = row.text("position_title", limit=300) or "Employee"
    if unit:
        staff.posts.setdefault(
            (post, since),
            PositionRecord(
                post, title, unit, row.text("grade", limit=100), fte=row.amount("fte", below=10**6), valid_from=since
            ),
        )
    else:
        row.warn("no_unit", "unit_key", "", f"'{name}' has no unit and therefore no position.")
    given_family = (given, family) if given or family else _split(name)
    staff.persons[(key, since)] = PersonRecord(
        key=key,
        name=name,
        sort_name=sort_name(*given_family),
        email=_mail(row, key, staff),
        hired_on=hired,
        left_on=left,
        position_key=post if unit else "",
        role_key=row.text("role_key", limit=250),
        valid_from=since,
        valid_to=until,
        row=row.number,
    )
    staff.managers[(key, since)] = (row.text("manager_key", limit=100), row)
    row.keep()


def _split(name: str) -> tuple[str, str]:
    head, _, tail = name.rpartition(" ")
    return (head, tail) if tail else (name, "")


def _mail(row: Row, key: str, staff: _Staff) -> str:
    mail = row.text("email", limit=254).lower()
    if mail and not _MAIL.match(mail):
        row.warn("not_an_address", "email", mail, "This is not an e-mail address; it is left out.")
        return ""
    owner = staff.mails.setdefault(mail, key) if mail else key
    if owner != key:
        row.warn("shared_address", "email", mail, f"The address belongs to '{owner}' too; it is left out here.")
        return ""
    return mail


def _unit(row: Row, since: dt.date, staff: _Staff) -> str:
    name = row.text("unit_name", limit=300) or row.text("unit", limit=300)
    key = row.text("unit_key", limit=200) or (slug(name) if name else "")
    if not key:
        return ""
    parent = row.text("parent_unit_key", limit=200)
    if parent == key:
        row.warn("self_parent", "parent_unit_key", parent, "The unit is its own parent; it becomes a root.")
        parent = ""
    if parent and not any(known == parent for known, _ in staff.units):
        staff.units[(parent, since)] = UnitRecord(parent, row.text("parent_unit_name", limit=300) or parent, "", since)
    known = staff.units.get((key, since))
    if known is None or (parent and not known.parent_key):
        staff.units[(key, since)] = UnitRecord(key, name or key, parent, since)
    return key


def _joined(staff: _Staff) -> Records:
    rows_of_person: defaultdict[str, list[dt.date]] = defaultdict(list)
    for key, since in staff.persons:
        rows_of_person[key].append(since)
    for days in rows_of_person.values():
        days.sort()
    for (key, since), (manager, row) in staff.managers.items():
        if manager:
            _line(staff, rows_of_person, key, since, manager, row)
    _break_cycles(staff, rows_of_person)
    units = _settled_units(staff)
    staff.ledger.facts.update(
        persons=len(rows_of_person),
        roots=sum(
            not staff.posts[(one.position_key, since)].reports_to_key
            for (key, since), one in staff.persons.items()
            if one.position_key and since == rows_of_person[key][-1]
        ),
    )
    return Records(units=units, positions=tuple(staff.posts.values()), persons=tuple(staff.persons.values()))


def _line(staff: _Staff, days: Mapping[str, list[dt.date]], key: str, since: dt.date, manager: str, row: Row) -> None:
    post_key = staff.persons[(key, since)].position_key
    if not post_key:
        return
    if manager == key:
        row.warn("self_report", "manager_key", manager, "The person reports to themselves; no line is made.")
        staff.ledger.facts["self_reports"] = staff.ledger.facts.get("self_reports", 0) + 1
        return
    if manager not in days:
        post = staff.posts[(post_key, since)]
        staff.posts[(post_key, since)] = replace(post, manager_key=manager, row=row.number)
        return
    at = max((day for day in days[manager] if day <= since), default=days[manager][0])
    above = staff.persons[(manager, at)].position_key
    if above and above != post_key:
        staff.posts[(post_key, since)] = replace(staff.posts[(post_key, since)], reports_to_key=above)


def _break_cycles(staff: _Staff, days: Mapping[str, list[dt.date]]) -> None:
    """Follow today's lines from each person; the line that closes a circle is left out."""
    today = {staff.persons[(key, all_days[-1])].position_key: (key, all_days[-1]) for key, all_days in days.items()}
    settled: set[str] = set()
    for start in today:
        path: dict[str, None] = {}
        here = start
        while here and here in today and here not in settled and here not in path:
            path[here] = None
            here = staff.posts[(here, today[here][1])].reports_to_key
        if here and here in path:
            manager, row = staff.managers[today[here]]
            row.warn("reporting_cycle", "manager_key", manager, "The lines form a circle; this one is left out.")
            post = (here, today[here][1])
            staff.posts[post] = replace(staff.posts[post], reports_to_key="")
        settled.update(path)


def _settled_units(staff: _Staff) -> tuple[UnitRecord, ...]:
    """One record for each change of a unit's name or parent, and no circles among today's parents."""
    changes: list[UnitRecord] = []
    latest: dict[str, UnitRecord] = {}
    for (key, _), unit in sorted(staff.units.items(), key=lambda one: (one[0][1], one[0][0])):
        known = latest.get(key)
        if known is None or (unit.parent_key and (known.name, known.parent_key) != (unit.name, unit.parent_key)):
            latest[key] = unit
            changes.append(unit)
    return tuple(changes)


def read_tree(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """A tree of numbered people without names: each gets a position in one unit."""
    staff = _Staff(ledger)
    for file in files:
        dated = re.search(r"(\d{4}-\d{2}-\d{2})", file.name)
        since = options.valid_from or (parse_day(dated.group(1)) if dated else None) or options.as_of
        label = options.name or re.split(r"[_.]", file.name)[0].capitalize()
        unit = UnitRecord(slug(options.key or label), label, "", since)
        staff.units[(unit.key, since)] = unit
        for row in rows_of(file, ledger, required=TREE_COLUMNS, limits=options.limits):
            _tree_row(row, staff, unit.key, since)
    return _joined(staff)


def _tree_row(row: Row, staff: _Staff, unit: str, since: dt.date) -> None:
    number = row.text("person_id", limit=80)
    if not number:
        row.reject("incomplete_row", "person_id", "", "The row has no person.")
        return
    key = f"{unit}/{number}"[:100]
    if (key, since) in staff.persons:
        row.reject("duplicate_person", "person_id", number, "The person is listed before; the first row is kept.")
        return
    post = f"{unit}/post/{number}"
    staff.posts[(post, since)] = PositionRecord(
        post, row.text("role_title", limit=300) or "Employee", unit, valid_from=since
    )
    staff.persons[(key, since)] = PersonRecord(
        key, f"Person {number}", f"person {number.zfill(6)}", position_key=post, valid_from=since
    )
    manager = row.text("manager_id", limit=80)
    staff.managers[(key, since)] = (f"{unit}/{manager}"[:100] if manager else "", row)
    row.keep()
