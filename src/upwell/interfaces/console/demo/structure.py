"""The tree of the demonstration organisation, from the organogram of a real department.

Senior posts are as published. Junior posts are published by number, so they are filled one by one; where more than a
dozen report to one post, they are grouped into teams with a lead, as the published file leaves that out.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import upwell

SAMPLE = Path(upwell.__file__).parent / "sample_data"
ROOT = "dft"
TEAM_SIZE = 9
LARGEST_TEAM = 12
TITLES = re.compile(
    r"^(acting |interim )?((deputy |assistant )?director|head|chief|(divisional )?manager|dd)"
    r"( general)?\b[\s,:\-–]*(of|for)?\s*",
    re.IGNORECASE,
)
GRADES = ("PB1", "PB2", "PB3", "PB4", "PB5", "PB6", "PB7", "SCS1", "SCS2", "SCS3", "SCS4")
NATIONAL = {"AA": "PB1", "AO": "PB2", "EO": "PB3", "HEO": "PB4", "SEO": "PB5", "Grade 7": "PB6", "Grade 6": "PB7"}


@dataclass(frozen=True, slots=True)
class UnitSeed:
    """A unit to be: key, name and the key of the unit above."""

    key: str
    name: str
    parent: str


@dataclass(frozen=True, slots=True)
class PostSeed:
    """A post to be filled by one person. `rank` is 0 (most junior) to 10 (the head of the department)."""

    key: str
    title: str
    unit: str
    manager: str
    grade: str
    rank: int
    leads: bool


@dataclass(slots=True)
class Tree:
    """Units and posts, managers before those who report to them."""

    units: list[UnitSeed] = field(default_factory=list)
    posts: list[PostSeed] = field(default_factory=list)

    def reports_of(self, post: str) -> list[PostSeed]:
        """The posts that report to a post."""
        return [other for other in self.posts if other.manager == post]


def department() -> Tree:
    """Read the sample organogram into a tree."""
    senior, junior = (_rows(f"department_for_transport_{kind}_posts.csv") for kind in ("senior", "junior"))
    tree = Tree()
    tree.units.append(UnitSeed(ROOT, "Department for Transport", ""))
    below = defaultdict(list)
    for row in senior:
        below[row["reports_to"]].append(row)
    staff = defaultdict(list)
    for row in junior:
        staff[row["reports_to"]].append(row)
    _place(tree, below["XX"][0], unit=ROOT, manager="", below=below, staff=staff)
    return tree


def _place(
    tree: Tree,
    row: dict[str, str],
    *,
    unit: str,
    manager: str,
    below: dict[str, list[dict[str, str]]],
    staff: dict[str, list[dict[str, str]]],
) -> None:
    """Add a senior post, its unit, its staff and everything below it."""
    key = f"{ROOT}-{row['post_ref']}"
    if manager:
        tree.units.append(UnitSeed(f"u-{key}", _unit_name(row), unit))
        unit = f"u-{key}"
    tree.posts.append(PostSeed(key, row["job_title"].strip(), unit, manager, row["grade"], _rank(row["grade"]), True))
    people = list(_one_by_one(staff[row["post_ref"]]))
    if len(people) <= LARGEST_TEAM:
        tree.posts.extend(_staff(key, unit, key, people))
    else:
        _teams(tree, key, unit, people)
    for child in below[row["post_ref"]]:
        _place(tree, child, unit=unit, manager=key, below=below, staff=staff)


def _teams(tree: Tree, key: str, unit: str, people: list[tuple[str, str]]) -> None:
    """Split a large staff into teams; the most senior of each team leads it."""
    people = sorted(people, key=lambda person: -_rank(person[0]))
    count = -(-len(people) // TEAM_SIZE)
    name = tree.units[-1].name
    for number in range(count):
        members = people[number::count]
        lead_key, team = f"{key}-t{number + 1}", f"{unit}-t{number + 1}"
        tree.units.append(UnitSeed(team, f"{name}, team {number + 1}", unit))
        grade, title = members[0]
        tree.posts.append(PostSeed(lead_key, title, team, key, grade, _rank(grade), True))
        tree.posts.extend(_staff(lead_key, team, lead_key, members[1:]))


def _staff(prefix: str, unit: str, manager: str, people: Sequence[tuple[str, str]]) -> Iterator[PostSeed]:
    for number, (grade, title) in enumerate(people, start=1):
        yield PostSeed(f"{prefix}-s{number}", title, unit, manager, grade, _rank(grade), leads=False)


def _one_by_one(rows: list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    """Grade and title of each junior person; fractions of full time are carried until they make a person."""
    carried = 0.0
    for row in rows:
        carried += float(row["fte"] or 0)
        while carried >= 0.5:
            carried -= 1
            yield row["grade"], row["job_title"].strip()


def _rank(grade: str) -> int:
    plain = NATIONAL.get(grade.removesuffix(" (National)"), grade)[:4]
    return next((place for place, known in enumerate(GRADES) if plain.startswith(known)), 2)


def _unit_name(row: dict[str, str]) -> str:
    name = TITLES.sub("", row["job_title"].strip()).removesuffix(" Director").strip(" ,-") or row["unit"].strip()
    return name[0].upper() + name[1:] if name else row["job_title"]


def _rows(name: str) -> list[dict[str, str]]:
    with (SAMPLE / "org" / name).open(newline="", encoding="utf-8", errors="replace") as lines:
        return list(csv.DictReader(lines))
