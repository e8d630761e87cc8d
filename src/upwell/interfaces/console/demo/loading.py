"""Loading the demonstration organisation: its structure first, then 24 months of ratings."""

import csv
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from upwell.domain.capabilities.operations.imports import apply_frameworks
from upwell.domain.evidence.operations.imports import apply_ratings
from upwell.domain.intake.readers.formats import parse
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.records import (
    PersonRecord,
    PositionRecord,
    RatingRecord,
    Records,
    ScaleRecord,
    UnitRecord,
)
from upwell.domain.intake.readers.source import SourceFile
from upwell.domain.learning.operations.imports import apply_items
from upwell.domain.roles.operations.imports import apply_holdings, apply_roles
from upwell.engine.simulate import ProgrammeDesign, SimulatedOrganisation
from upwell.foundation.people.operations.imports import apply_organisation, apply_persons
from upwell.foundation.people.operations.seats import folded, rebuild_chains
from upwell.interfaces.console.demo import casting, names, simulation
from upwell.interfaces.console.demo.structure import SAMPLE, Tree, department

SEED = 20_261
WINDOW = dt.timedelta(days=365 * 2 + 30)
FIVE = ScaleRecord.even("one-to-five", "One to five", ("Beginning", "Developing", "Solid", "Strong", "Leading"))
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the story needs to know of the loaded structure."""

    tree: Tree
    parts: Mapping[str, casting.Part]
    simulated: SimulatedOrganisation
    designs: tuple[ProgrammeDesign, ...]


def load_structure(*, at: dt.datetime, say: Say) -> Loaded:
    """Load framework, catalogue, tree, persons and ratings."""
    since = at.date() - WINDOW
    say("reading the capability framework and the catalogue")
    framework = _read("uk_gddp", at)
    items = _linked(_read("carpentries", at), framework)
    _framework(framework, since, at)
    apply_items(items=_wishes(items), actor=None, at=at)
    tree = department()
    roles = casting.roles_of_posts(tree, _ladders(framework), seed=SEED)
    parts = casting.cast_parts(tree, roles)
    hired = _hire_dates(tree, at.date())
    say(f"seating {len(tree.posts):,} people in {len(tree.units)} units")
    _organisation(tree, roles, parts, framework, hired, at)
    say("simulating 24 months of ratings, results and learning with known truth")
    catalogue = simulation.Catalogue(
        [(one.role_key, one.capability_key, one.position, one.weight) for one in framework.requirements],
        [(item.key, capability) for item in items for capability in item.teaches],
    )
    found, designs = simulation.simulated(tree, roles, catalogue, hired=hired, as_of=at.date(), seed=SEED)
    say(f"recording {found.ratings.num_rows:,} ratings")
    _ratings(found.ratings, at)
    return Loaded(tree=tree, parts=parts, simulated=found, designs=designs)


def _read(folder: str, at: dt.datetime) -> Records:
    files = [
        SourceFile(name=path.name, data=path.read_bytes())
        for path in sorted((SAMPLE / folder).iterdir())
        if path.suffix in {".csv", ".gz", ".jsonl"}
    ]
    return parse(files, Options(as_of=at.date())).records


def _linked(catalogue: Records, framework: Records) -> tuple[Any, ...]:
    """The lessons with the capabilities of the framework that they build, as stated in links.csv."""
    by_name = {one.name: one.key for one in framework.capabilities}
    teaches: dict[str, list[str]] = {}
    with (SAMPLE / "links.csv").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            teaches.setdefault(f"carpentries/{row['item']}", []).append(by_name[row["capability"]])
    return tuple(replace(item, teaches=tuple(teaches.get(item.key, ()))) for item in catalogue.items)


def _framework(framework: Records, since: dt.date, at: dt.datetime) -> None:
    apply_frameworks(
        frameworks=_wishes(framework.frameworks),
        scales=_wishes((*framework.scales, FIVE)),
        capabilities=_wishes(framework.capabilities),
        since=since,
        actor=None,
        at=at,
    )
    apply_roles(
        families=_wishes(framework.families),
        roles=_wishes(framework.roles),
        requirements=_wishes(framework.requirements),
        since=since,
        actor=None,
        at=at,
    )


def _ladders(framework: Records) -> list[casting.RoleOnLadder]:
    groups = {family.key: family.group for family in framework.families}
    rungs: dict[str, int] = {}
    for role in framework.roles:
        rungs[role.family_key] = max(rungs.get(role.family_key, 1), role.rank)
    return [
        casting.RoleOnLadder(
            role.key, role.family_key, groups[role.family_key], (role.rank - 1) / max(1, rungs[role.family_key] - 1)
        )
        for role in framework.roles
        if "not-in-use" not in role.key
    ]


def _hire_dates(tree: Tree, today: dt.date) -> dict[str, dt.date]:
    years = np.random.default_rng(SEED).gamma(1.89, 6.79 / 1.89, len(tree.posts))
    return {
        post.key: today - dt.timedelta(days=60 + int(365 * tenure))
        for post, tenure in zip(tree.posts, years, strict=True)
    }


def _organisation(
    tree: Tree,
    roles: Mapping[str, str],
    parts: Mapping[str, casting.Part],
    framework: Records,
    hired: Mapping[str, dt.date],
    at: dt.datetime,
) -> None:
    since = at.date() - WINDOW
    titles = {role.key: role.name for role in framework.roles}
    apply_organisation(
        units=_wishes([UnitRecord(one.key, one.name, one.parent, since) for one in tree.units]),
        positions=_wishes(
            [
                PositionRecord(
                    key=post.key,
                    title=post.title if post.rank > casting.SENIOR_RANK else titles[roles[post.key]],
                    unit_key=post.unit,
                    grade=post.grade,
                    reports_to_key=post.manager,
                    valid_from=since,
                )
                for post in tree.posts
            ]
        ),
        establishments=(),
        actor=None,
        at=at,
    )
    persons = _wishes(_persons(tree, roles, parts, hired, since))
    apply_persons(persons=persons, actor=None, at=at)
    apply_holdings(persons=persons, actor=None, at=at)
    rebuild_chains(on=at.date(), actor=None, at=at)


def _persons(
    tree: Tree,
    roles: Mapping[str, str],
    parts: Mapping[str, casting.Part],
    hired: Mapping[str, dt.date],
    since: dt.date,
) -> list[PersonRecord]:
    drawn = names.draw_names(len(tree.posts), seed=SEED)
    cast = {part.post: part for part in parts.values()}
    rows = []
    for number, (post, (given, family)) in enumerate(zip(tree.posts, drawn, strict=True), start=1):
        part = cast.get(post.key)
        email = part.email if part else names.address(given, family, number)
        if part:
            given, family = part.given, part.family
        rows.append(
            PersonRecord(
                key=post.key,
                name=f"{given} {family}",
                sort_name=folded(f"{family} {given}"),
                email=email,
                hired_on=hired[post.key],
                position_key=post.key,
                role_key=roles[post.key],
                valid_from=max(since, hired[post.key]),
            )
        )
    return rows


def _ratings(ratings: pa.Table, at: dt.datetime) -> None:
    columns = [
        ratings.column(name).to_pylist() for name in ("person", "capability", "rater", "source", "category", "rated_on")
    ]
    records = [
        RatingRecord(
            person_key=person,
            capability_key=capability,
            rated_on=rated_on,
            level=str(category),
            source=source,
            rater_key=rater,
            scale_key=FIVE.key,
        )
        for person, capability, rater, source, category, rated_on in zip(*columns, strict=True)
    ]
    apply_ratings(ratings=_wishes(records), actor=None, at=at)


def _wishes(records: Sequence[Any]) -> list[dict[str, Any]]:
    """Records as the bulk verbs take them."""
    return [_row(record) for record in records]


def _row(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}
