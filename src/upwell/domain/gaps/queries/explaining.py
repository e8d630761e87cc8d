"""Why a level is what it is: what it was computed from, each observation behind it, and whose name may be read."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, F, OuterRef, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce, Concat

from upwell.domain.capabilities.models import Capability, Indicator, ScaleLevel
from upwell.domain.capabilities.queries import IndicatorRow, LevelRow
from upwell.domain.evidence.choices import EvidenceKind, Origin, Source
from upwell.domain.evidence.models import Observation
from upwell.domain.evidence.queries import counting
from upwell.domain.gaps.models import RaterEffect, Snapshot, Standing
from upwell.domain.gaps.queries.raters import FEWEST_RATED
from upwell.domain.gaps.queries.standings import PLAIN, StandingRow
from upwell.domain.gaps.queries.states import StateOf
from upwell.foundation.people.models import Person

ANONYMOUS = (Source.PEER, Source.REPORT)
"""Seats whose names the person rated does not read."""

SIGN = Case(When(effective=True, then=Value("+")), default=Value("-"))

CROWD = 3
"""From so many raters on, what a seat said is listed one by one; below, it is pooled."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a current standing was computed from: the engine's state and the day, and the run that kept it."""

    standing: StandingRow
    capability: Capability
    state: Mapping[str, Any]
    as_of: dt.date
    engine_version: str
    input_digest: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation behind a level; `position` 0 to 5, `rated_by_rater` how many people its rater has rated."""

    uuid: uuid.UUID
    capability_id: int
    capability: str
    rater_id: int | None
    rater: str
    source: str
    observed_on: dt.date
    level_name: str
    position: float | None
    note: str
    origin: str
    rated_by_rater: int

    @property
    def private(self) -> bool:
        """Whether it came with private feedback: shared feedback leaves its words as the note, private leaves none."""
        return self.origin == Origin.FEEDBACK and not self.note


@dataclass(frozen=True, slots=True)
class Line:
    """What one observation, or several pooled ones (`n`), moved, in levels.

    `rater` is empty where the name is not for the reader. `severity` above 0 is a strict rater, so the level is
    corrected upwards by as much; None where the rater has rated fewer than five people. `weight` is levels per level
    of surprise. `observed_on` is None where pooled.
    """

    source: str
    rater: str
    n: int
    contribution: float
    own: bool
    observed_on: dt.date | None = None
    age: float | None = None
    level_name: str = ""
    position: float | None = None
    note: str = ""
    origin: str = ""
    severity: float | None = None
    weight: float | None = None
    capability: str = ""
    pooled: bool = False

    @property
    def source_words(self) -> str:
        """The seat in words; "colleagues" where several seats are pooled."""
        return str(Source(self.source).label) if self.source else "colleagues"

    @property
    def origin_words(self) -> str:
        """The station that made it, in words."""
        return str(Origin(self.origin).label) if self.origin else ""


@dataclass(frozen=True, slots=True)
class Point:
    """A level at one computation, with its 80 % interval; None where there was none."""

    level: float | None
    lo80: float | None
    hi80: float | None
    required: float | None


def around_moment(person: Person, capability_id: int, *, at: dt.datetime) -> tuple[Point | None, Point | None]:
    """A level just before a moment and at the first computation from then on; one statement."""
    found = Standing.objects.filter(person=person, capability=capability_id).order_by("snapshot__as_of", "snapshot")
    rows = found.values_list("snapshot__created_at", "level", "lo80", "hi80", "required")
    before = [Point(*values) for made_at, *values in rows if made_at < at]
    after = [Point(*values) for made_at, *values in rows if made_at >= at]
    return before[-1] if before else None, after[0] if after else None


def basis_of(person: Person, capability_uuid: uuid.UUID) -> Basis | None:
    """What a person's current standing rests on, or None where the capability is neither rated nor required."""
    found = (
        Standing.objects.filter(person=person, capability__uuid=capability_uuid, is_current=True)
        .select_related("capability", "role", "snapshot__run")
        .annotate(held=StateOf(Coalesce("snapshot__base", "snapshot"), F("person")))
        .first()
    )
    if found is None:
        return None
    snapshot: Snapshot = found.snapshot
    return Basis(
        standing=_row(found, snapshot),
        capability=found.capability,
        state=found.held,
        as_of=snapshot.as_of,
        engine_version=snapshot.run.engine_version,
        input_digest=str(snapshot.diagnostics.get("input_digest", "")),
    )


def evidence_behind(person: Person, *, until: dt.date) -> dict[str, Seen]:
    """Every observation of a person's behaviour that counts, by uuid; one statement."""
    level = ScaleLevel.objects.filter(scale=OuterRef("scale"), ordinal=OuterRef("category"))
    effect = RaterEffect.objects.filter(rater=OuterRef("rater"), group=OuterRef("source")).order_by("-snapshot")
    found = (
        counting(Observation.objects.filter(person=person, kind=EvidenceKind.BEHAVIOUR, observed_on__lte=until))
        .order_by()
        .annotate(
            level_name=Subquery(level.values("name")[:1]),
            position=Subquery(level.values("position")[:1]),
            rated_by_rater=Coalesce(Subquery(effect.values("n_persons")[:1]), 0),
        )
        .values_list(
            "uuid",
            "capability_id",
            F("capability__name"),
            "rater_id",
            F("rater__name"),
            "source",
            "observed_on",
            "level_name",
            "position",
            "note",
            "origin",
            "rated_by_rater",
        )
    )
    rows = (
        Seen(key, capability_id, capability, rater_id, rater or "", source, on, name or "", position, *rest)
        for key, capability_id, capability, rater_id, rater, source, on, name, position, *rest in found
    )
    return {str(row.uuid): row for row in rows}


def levels_of(capability: Capability) -> tuple[LevelRow, ...]:
    """The levels of a capability's scale with their indicators, lowest first; one statement."""
    texts = (
        Indicator.objects.filter(capability=capability, level=OuterRef("ordinal"))
        .order_by("-effective", "rank")
        .annotate(marked=Concat(SIGN, "text", output_field=TextField()))
        .values("marked")
    )
    found = ScaleLevel.objects.filter(scale=capability.scale_id).order_by("ordinal").annotate(seen=ArraySubquery(texts))
    return tuple(
        LevelRow(
            each.ordinal,
            each.name,
            each.description,
            each.position,
            each.cut,
            tuple(IndicatorRow(text[1:], text[0] == "+") for text in each.seen),
        )
        for each in found
    )


def ledger(
    steps: Sequence[Mapping[str, Any]],
    seen: Mapping[str, Seen],
    *,
    capability_id: int,
    reader: Person | None,
    subject: Person,
) -> tuple[Line, ...]:
    """The engine's steps as lines a reader may read, strongest first; the contributions add up to those of the steps.

    The person rated reads no names of peers and reports, and finds a seat with fewer than three raters pooled. Others
    do not read who gave private feedback, unless they gave it themselves.
    """
    is_subject = reader is not None and reader.pk == subject.pk
    lines = [_line(step, seen.get(step["uuid"]), capability_id, reader, is_subject) for step in steps]
    own = [(line, step) for line, step in zip(lines, steps, strict=True) if line.own]
    others = [line for line in lines if not line.own]
    shown = [line for line, step in own if not (is_subject and line.source in ANONYMOUS)]
    if is_subject:
        shown += _pooled([(line, step) for line, step in own if line.source in ANONYMOUS])
    return tuple(sorted([*shown, *others], key=lambda line: -abs(line.contribution)))


def _pooled(own: Sequence[tuple[Line, Mapping[str, Any]]]) -> Iterator[Line]:
    """Lines of a seat with a crowd of raters one by one; the rest as one line."""
    raters: dict[str, set[object]] = defaultdict(set)
    for line, step in own:
        raters[line.source].add(step["rater"])
    yield from (line for line, _ in own if len(raters[line.source]) >= CROWD)
    few = [line for line, _ in own if len(raters[line.source]) < CROWD]
    if few:
        yield Line("", "", len(few), sum(line.contribution for line in few), own=True, pooled=True)


def _line(
    step: Mapping[str, Any], seen: Seen | None, capability_id: int, reader: Person | None, is_subject: bool
) -> Line:
    line = Line(
        source=step["source"],
        rater=seen.rater if seen else "",
        n=1,
        contribution=step["contribution"],
        own=step["capability"] == capability_id,
        observed_on=step["rated_on"],
        age=step["age"],
        severity=step["severity"] if seen and seen.rated_by_rater >= FEWEST_RATED else None,
        weight=step["weight"],
        level_name=seen.level_name if seen else "",
        position=seen.position if seen else None,
        note=seen.note if seen else "",
        origin=seen.origin if seen else "",
        capability=seen.capability if seen else "",
    )
    gave = seen is not None and reader is not None and seen.rater_id == reader.pk
    hidden = line.source in ANONYMOUS if is_subject else (seen is not None and seen.private and not gave)
    return replace(line, rater="", note="", severity=None) if hidden else line


def _row(found: Standing, snapshot: Snapshot) -> StandingRow:
    return StandingRow(
        **{name: getattr(found, name) for name in PLAIN},
        capability_uuid=found.capability.uuid,
        capability=found.capability.name,
        group=found.capability.group,
        kind=found.capability.kind,
        role=found.role.name if found.role else "",
        run_uuid=snapshot.run.uuid,
        computed_at=snapshot.created_at,
    )
