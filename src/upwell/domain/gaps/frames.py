"""Ratings, requirements and the organisation as frames; levels and gaps as rows."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, LiteralString
from uuid import UUID

import pyarrow as pa
from django.db import connection
from pyarrow import csv

from upwell.domain.capabilities.models import ScaleLevel
from upwell.domain.gaps.models import Snapshot
from upwell.domain.gaps.queries.readiness import FEWEST, RoleCount, by_role
from upwell.domain.gaps.queries.states import NOBODY
from upwell.domain.gaps.queries.units import UnitGapRow, people_behind, unit_gaps, units_above
from upwell.domain.strategy.queries import outcome_links, weights
from upwell.engine import VERSION as ENGINE_VERSION
from upwell.engine import disclosure, frames, gaps, levels
from upwell.engine.levels import Explanation, LevelState
from upwell.engine.scales import LatentScale
from upwell.foundation.people.models import Unit

__all__ = [
    "ENGINE_VERSION",
    "Account",
    "Computed",
    "FamilyReadiness",
    "Moved",
    "RoleReadiness",
    "account",
    "compute",
    "confirmation",
    "disclosed",
    "explain",
    "informative",
    "ready_by_family",
    "ready_by_role",
    "recompute",
]

RATINGS: LiteralString = """
select o.person_id, o.capability_id, o.rater_id, o.source, o.category,
       to_char(o.observed_on, 'YYYY-MM-DD'), o.scale_id::text, o.uuid::text
from evidence_observation o
where o.observed_on <= %(as_of)s and o.kind = 'behaviour'
  and (%(known_at)s::timestamptz is null or o.recorded_at <= %(known_at)s)
  and (%(people)s::bigint[] is null or o.person_id = any(%(people)s))
  and not exists (select 1 from evidence_retraction r where r.observation_uuid = o.uuid
                  and (%(known_at)s::timestamptz is null or r.retracted_at <= %(known_at)s))
order by o.person_id, o.capability_id, o.observed_on, o.uuid
"""
REQUIREMENTS: LiteralString = """
select h.person_id, q.capability_id, h.role_id, q.level, q.weight
from roles_roleholding h
join people_person p on p.id = h.person_id and (p.left_on is null or p.left_on > %(as_of)s)
join roles_requirement q on q.role_id = h.role_id
  and q.valid_from <= %(as_of)s and (q.valid_to is null or q.valid_to > %(as_of)s)
where h.valid_from <= %(as_of)s and (h.valid_to is null or h.valid_to > %(as_of)s)
  and (%(people)s::bigint[] is null or h.person_id = any(%(people)s))
order by 1, 2
"""
CLOSURE: LiteralString = """
select s.person_id, c.ancestor_id, (select max(u.depth) from people_unitchain u where u.unit_id = c.ancestor_id)
from people_seat s join people_unitchain c on c.unit_id = s.unit_id
order by 1, 2
"""
RATINGS_SCHEMA = pa.schema(
    [
        ("person", pa.int64()),
        ("capability", pa.int64()),
        ("rater", pa.int64()),
        ("source", pa.string()),
        ("category", pa.int64()),
        ("rated_on", pa.date32()),
        ("scale", pa.string()),
        ("uuid", pa.string()),
    ]
)
REQUIREMENTS_SCHEMA = pa.schema(
    [
        ("person", pa.int64()),
        ("capability", pa.int64()),
        ("role", pa.int64()),
        ("required", pa.float64()),
        ("weight", pa.float64()),
    ]
)
CLOSURE_SCHEMA = pa.schema([("person", pa.int64()), ("unit", pa.int64()), ("depth", pa.int64())])

LEVEL_COLUMNS = (
    "level",
    "sd",
    "lo80",
    "hi80",
    "lo95",
    "hi95",
    "n_ratings",
    "n_raters",
    "n_sources",
    "last_rated_on",
    "component",
    "provisional",
)
LINK = ("rater", "group", "shift", "precision")
RATER = ("group", "shift", "precision")
STATE_TYPES = {"person": "int64", "rater": "int64", "group": "string", "shift": "double", "precision": "double"}
WHOLE = 0
"""Stands above the roots of the tree; no unit has this id."""
EVERYBODY = "everybody"
UNIT_COLUMNS = ("n", "n_evidence", "share_meeting", "share_lo95", "share_hi95", "mean_gap", "lo95", "hi95")


@dataclass(frozen=True, slots=True)
class Moved:
    """Standings of some people, with the digest of what they were computed from."""

    standings: list[dict[str, Any]]
    input_digest: str


@dataclass(frozen=True, slots=True)
class Account:
    """How a level came about: `start` plus the contributions of all `steps` is `level`; `best` as in `informative`."""

    start: float
    level: float
    sd: float
    steps: list[dict[str, Any]]
    best: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Computed(Moved):
    """A whole computation: standings, rater effects, unit roll-ups, the engine's state and how it went.

    The state is what all share (`state`), what each person told about raters (`links`) and what is known of each rater
    (`beliefs`).
    """

    raters: list[dict[str, Any]]
    units: list[dict[str, Any]]
    state: dict[str, Any]
    links: list[dict[str, Any]]
    beliefs: list[dict[str, Any]]
    diagnostics: dict[str, Any]


def compute(*, as_of: dt.date, known_at: dt.datetime | None = None) -> Computed:
    """Levels and gaps of everybody as of a day; from what was recorded up to `known_at`, where it is given."""
    ratings, requirements = _ratings(as_of, known_at=known_at), _requirements(as_of)
    found = levels.estimate(ratings, as_of=as_of, scales=_scales())
    gap_rows = _gaps(found.estimates, requirements, as_of)
    closure = _fetch(CLOSURE, {}, CLOSURE_SCHEMA)
    rolled = gaps.roll_up(gap_rows, closure).estimates.to_pylist()
    return Computed(
        standings=_standings(found.estimates, gap_rows.estimates),
        input_digest=_digest(ratings, requirements),
        raters=[row for row in found.raters.to_pylist() if row["rater"] != NOBODY],
        units=[
            {"unit_id": row["unit"], "capability_id": row["capability"], **{name: row[name] for name in UNIT_COLUMNS}}
            for row in rolled
        ],
        state={"common": _common(found.state)},
        links=[
            {"person_id": row["person"], **{name: row[name] for name in LINK}} for row in found.state.links.to_pylist()
        ],
        beliefs=[{name: row[name] for name in ("rater", *RATER)} for row in found.state.raters.to_pylist()],
        diagnostics={name: _plain(value) for name, value in found.diagnostics.items()},
    )


def recompute(state: Mapping[str, Any], people: Sequence[int], *, as_of: dt.date) -> Moved:
    """Levels and gaps of some people after new evidence, everything else held as the state has it."""
    ratings, requirements = _ratings(as_of, people), _requirements(as_of, people)
    found = levels.update(_state(state), ratings, as_of=as_of)
    gap_rows = _gaps(found.estimates, requirements, as_of)
    return Moved(_standings(found.estimates, gap_rows.estimates), _digest(ratings, requirements))


def explain(state: Mapping[str, Any], person: int, capability: int, *, as_of: dt.date) -> tuple[Explanation, list[str]]:
    """What each rating moved, and the observation behind each step in the same order."""
    ratings = _ratings(as_of, [person])
    found = levels.explain(_state(state), ratings, capability=capability, as_of=as_of)
    return found, _uuids(ratings, found.steps)


def informative(state: Mapping[str, Any], person: int, capability: int, *, as_of: dt.date) -> list[dict[str, Any]]:
    """Which one further rating would narrow the interval most, best first: source, rater, sd, reduction."""
    ratings = _ratings(as_of, [person])
    found = levels.informative(_state(state), ratings, capability=capability, as_of=as_of)
    return list(found.to_pylist())


def account(state: Mapping[str, Any], person: int, capability: int, *, as_of: dt.date) -> Account | None:
    """What moved a level and what would sharpen it, from one reading of the ratings; None without a rating."""
    ratings = _ratings(as_of, [person])
    if capability not in ratings["capability"].to_pylist():
        return None
    own = _state(state)
    found = levels.explain(own, ratings, capability=capability, as_of=as_of)
    steps = [
        {**row, "uuid": identifier}
        for row, identifier in zip(found.steps.to_pylist(), _uuids(ratings, found.steps), strict=True)
    ]
    best = levels.informative(own, ratings, capability=capability, as_of=as_of).to_pylist()
    return Account(found.start, found.level, found.sd, steps, best)


def confirmation(person: int, capability: int, *, as_of: dt.date) -> tuple[bool, str, list[str]]:
    """Whether the evidence on a capability is a pattern, why, and which observations it rests on."""
    ratings = _ratings(as_of, [person])
    ratings = ratings.filter(pa.compute.equal(ratings["capability"], capability))
    if not ratings.num_rows:
        return False, "There is no observation yet.", []
    row = gaps.confirm(ratings, as_of=as_of).estimates.to_pylist()[0]
    return bool(row["confirmed"]), str(row["reason"]), ratings["uuid"].to_pylist()


@dataclass(frozen=True, slots=True)
class FamilyReadiness:
    """A capability in a family of roles; `family` is empty for all families together that may not stand alone."""

    capability_id: int
    family: str
    met: int
    below: int
    unsure: int

    @property
    def n(self) -> int:
        """People it is asked of."""
        return self.met + self.below + self.unsure


@dataclass(frozen=True, slots=True)
class RoleReadiness:
    """A capability in one role; `share` is the expected share of holders who meet it, None where withheld."""

    role_uuid: UUID
    role: str
    family: str
    required: float
    n: int
    share: float | None


def disclosed(unit: Unit, snapshot: Snapshot) -> tuple[UnitGapRow, ...]:
    """What a unit lacks, widest mean gap first; what speaks of fewer than five people is withheld and stands last.

    Withheld are also the cells from which a small one could be worked out by subtraction from the units around, and
    from the figures of the whole organisation, which add up its roots.
    """
    rows = unit_gaps(unit, snapshot)
    above = units_above()
    behind = people_behind(snapshot, [row.capability_id for row in rows])
    table = pa.table(
        {
            "unit": pa.array([each for each, _, _ in behind], pa.int64()),
            "above": pa.array([above.get(each, WHOLE) for each, _, _ in behind], pa.int64()),
            "capability": pa.array([each for _, each, _ in behind], pa.int64()),
            "people": pa.array([each for _, _, each in behind], pa.int64()),
        }
    )
    hidden = _hidden(_with_the_whole(table), ["unit", "capability"], ("unit", "above"))
    shown = [_withheld(row) if (unit.pk, row.capability_id) in hidden else row for row in rows]
    return tuple(sorted(shown, key=lambda row: (row.gap is None, -(row.gap or 0.0), row.capability)))


def ready_by_family(capability_ids: Iterable[int]) -> tuple[FamilyReadiness, ...]:
    """Who meets what is asked, by capability and family of roles; one statement.

    Families that may not stand alone stand together, and where fewer than five of those have evidence, all of them
    count as not sure.
    """
    rows = by_role(capability_ids)
    hidden = _hidden_roles(rows)
    counts: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        known = row.family and (f"family {row.family}", row.capability_id) not in hidden
        held = counts[(row.capability_id, row.family if known else "")]
        for place, n in enumerate((row.met, row.below, row.unsure, row.n_evidence)):
            held[place] += n
    found = [
        FamilyReadiness(capability, family, 0, 0, met + below + unsure)
        if 0 < seen < FEWEST
        else FamilyReadiness(capability, family, met, below, unsure)
        for (capability, family), (met, below, unsure, seen) in counts.items()
    ]
    return tuple(sorted(found, key=lambda row: (row.capability_id, not row.family, row.family)))


def ready_by_role(capability_id: int) -> tuple[RoleReadiness, ...]:
    """Who meets what is asked in each role that asks a capability, by family and name; one statement.

    A share is withheld where fewer than five people have evidence, or where it would give away such a role, or a
    family of such roles, by subtraction from the family and from everybody.
    """
    rows = by_role([capability_id])
    hidden = _hidden_roles(rows)
    return tuple(
        RoleReadiness(
            role_uuid=row.role_uuid,
            role=row.role,
            family=row.family,
            required=row.required,
            n=row.n,
            share=1.0 - row.short / row.n_evidence
            if row.n_evidence and (_role_node(row), capability_id) not in hidden
            else None,
        )
        for row in rows
        if row.role_uuid is not None
    )


def _hidden_roles(rows: Sequence[RoleCount]) -> set[tuple[str, int]]:
    """Families and roles by capability that may not be shown, given that families and everybody are shown too."""
    people: dict[tuple[str, str, int], int] = defaultdict(int)
    for row in rows:
        people[(EVERYBODY, "", row.capability_id)] += row.n_evidence
        people[(f"family {row.family}", EVERYBODY, row.capability_id)] += row.n_evidence
        people[(_role_node(row), f"family {row.family}", row.capability_id)] += row.n_evidence
    table = pa.table(
        {
            "node": pa.array([node for node, _, _ in people], pa.string()),
            "above": pa.array([above or None for _, above, _ in people], pa.string()),
            "capability": pa.array([capability for _, _, capability in people], pa.int64()),
            "people": pa.array(list(people.values()), pa.int64()),
        }
    )
    return _hidden(table, ["node", "capability"], ("node", "above"))


def _role_node(row: RoleCount) -> str:
    return f"role {row.role_uuid} {row.required}"


def _with_the_whole(table: pa.Table) -> pa.Table:
    """The cells of all units, with those of everybody above the roots."""
    roots = table.filter(pa.compute.equal(table["above"], WHOLE)).group_by("capability").aggregate([("people", "sum")])
    whole = pa.table(
        {
            "unit": pa.array([WHOLE] * roots.num_rows, pa.int64()),
            "above": pa.nulls(roots.num_rows, pa.int64()),
            "capability": roots["capability"],
            "people": roots["people_sum"],
        }
    )
    return pa.concat_tables([table, whole])


def _hidden(table: pa.Table, keys: list[str], parent: tuple[str, str]) -> set[tuple[Any, ...]]:
    """The keys of the cells of a tree that may not be shown."""
    safe = disclosure.protect(table, keys=keys, count="people", k=FEWEST, parent=parent)
    found = safe.estimates.filter(safe.estimates["withheld"])
    return set(zip(*(found[key].to_pylist() for key in keys), strict=True))


def _withheld(row: UnitGapRow) -> UnitGapRow:
    return replace(
        row,
        n=None,
        n_evidence=None,
        share=None,
        share_lo=None,
        share_hi=None,
        gap=None,
        gap_lo=None,
        gap_hi=None,
        withheld=disclosure.WITHHELD,
    )


def _ratings(as_of: dt.date, people: Sequence[int] | None = None, *, known_at: dt.datetime | None = None) -> pa.Table:
    given = {
        "as_of": as_of,
        "people": list(people) if people is not None else None,
        "known_at": known_at,
    }
    return _fetch(RATINGS, given, RATINGS_SCHEMA)


def _requirements(as_of: dt.date, people: Sequence[int] | None = None) -> pa.Table:
    given = {"as_of": as_of, "people": list(people) if people is not None else None}
    return _fetch(REQUIREMENTS, given, REQUIREMENTS_SCHEMA)


def _fetch(statement: LiteralString, given: dict[str, Any], schema: pa.Schema) -> pa.Table:
    """The rows of a statement, by COPY straight into columns."""
    with connection.cursor() as cursor:
        asked = cursor.mogrify(statement, given)
        with cursor.copy(f"copy ({asked}) to stdout (format csv)") as copy:
            found = b"".join(copy)
    if not found:
        return schema.empty_table()
    return csv.read_csv(
        pa.BufferReader(found),
        read_options=csv.ReadOptions(column_names=schema.names),
        convert_options=csv.ConvertOptions(column_types=schema),
    )


def _scales() -> dict[str, LatentScale]:
    cuts: dict[str, list[float]] = {}
    found = ScaleLevel.objects.order_by("scale", "ordinal").values_list("scale", "cut")
    for scale, cut in found:
        held = cuts.setdefault(str(scale), [])
        if cut is not None:
            held.append(cut)
    return {name: LatentScale(name, tuple(held)) for name, held in cuts.items() if held}


def _gaps(estimates: pa.Table, requirements: pa.Table, as_of: dt.date) -> gaps.GapsResult:
    return gaps.compute(
        estimates,
        requirements,
        strategy_weights={row.capability_id: row.weight for row in weights(as_of=as_of)},
        outcome_links=outcome_links(),
    )


def _common(state: LevelState) -> dict[str, Any]:
    """What the levels of all persons share."""
    held: dict[str, Any] = json.loads(state.for_persons([]).to_json())
    del held["links"], held["raters"]
    return held


def _state(held: Mapping[str, Any]) -> LevelState:
    """The state of some people, from the slice that `queries.states` reads."""
    told = [(int(person), *row) for person, rows in held["links"].items() for row in rows]
    known = [(int(rater), *row) for rater, rows in held["raters"].items() for row in rows]
    tables = {"links": _columns(("person", *LINK), told), "raters": _columns(("rater", *RATER), known)}
    return LevelState.from_json(json.dumps({**held["common"], **tables}))


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    return {name: [STATE_TYPES[name], [row[place] for row in rows]] for place, name in enumerate(names)}


def _standings(estimates: pa.Table, gap_rows: pa.Table) -> list[dict[str, Any]]:
    """One row per person and capability that is rated or required; a requirement without a level keeps null."""
    rows = {
        (row["person"], row["capability"]): {name: row[name] for name in LEVEL_COLUMNS} for row in estimates.to_pylist()
    }
    unrated = {**dict.fromkeys(LEVEL_COLUMNS), "n_ratings": 0, "n_raters": 0, "n_sources": 0, "provisional": True}
    asked = {(row["person"], row["capability"]): row for row in gap_rows.to_pylist()}
    standings = []
    for key in sorted({*rows, *asked}):
        gap = asked.get(key)
        standings.append(
            {
                "person_id": key[0],
                "capability_id": key[1],
                **rows.get(key, unrated),
                "role_id": gap["role"] if gap else None,
                "required": gap["required"] if gap else None,
                "weight": gap["weight"] if gap else None,
                "gap": gap["gap"] if gap else None,
                "p_gap": gap["p_gap"] if gap else None,
                "state": gap["state"] if gap else ("unsure" if key in rows else "no_evidence"),
                "priority": gap["priority"] if gap else None,
            }
        )
    return standings


def _digest(*tables: pa.Table) -> str:
    found = [frames.digest(table) for table in tables]
    return frames.digest(pa.table({"part": list(range(len(found))), "digest": found}))


def _uuids(ratings: pa.Table, steps: pa.Table) -> list[str]:
    """The observation of each step, matched by what identifies a rating within a person."""
    held: dict[tuple[Any, ...], list[str]] = {}
    for row in ratings.to_pylist():
        held.setdefault(_mark(row), []).append(row["uuid"])
    return [(found.pop(0) if (found := held.get(_mark(row), [])) else "") for row in steps.to_pylist()]


def _mark(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("rater", "source", "capability", "category", "rated_on"))


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
