"""My capabilities against my role, and why a level is what it is."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.capabilities.queries import LevelRow, scales_of
from upwell.domain.gaps.choices import GapState
from upwell.domain.gaps.frames import account
from upwell.domain.gaps.queries import explaining, history_of, standings_of
from upwell.domain.gaps.queries.explaining import Basis
from upwell.domain.roles import queries as roles
from upwell.domain.strategy.queries import chains_of_capability
from upwell.foundation.people.models import Person
from upwell.interfaces.web.capabilities import figures, reasons
from upwell.interfaces.web.charts import Person as Chip
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb, Provenance


@door(Permission.CAPABILITIES_VIEW)
def mine(request: Request) -> HttpResponse:
    """The levels of the person signed in against what their role asks."""
    person = request.actor.person
    assert person is not None
    rows = standings_of([person.pk])
    required = [row for row in rows if row.required is not None]
    beyond = [row for row in rows if row.required is None and row.level is not None]
    history = history_of(person)
    below = figures.widest(required)
    context = {
        "person": person,
        "role": roles.role_of(person, as_of=request.actor.on),
        "target": roles.target_of(person),
        "widest": below[0] if below else None,
        "widest_url": reverse("level", args=[person.uuid, below[0].capability_uuid]) if below else "",
        "n_below": len(below),
        "n_reached": sum(row.state in {GapState.MEETS, GapState.ABOVE} for row in required),
        "n_unseen": sum(row.state == GapState.NO_EVIDENCE for row in required),
        "n_required": len(required),
        "figures": figures.figures_of(required) if required else [],
        "groups": figures.grouped(required, person.uuid, history, on=request.actor.on),
        "scales": scales_of([row.capability_id for row in rows]),
        "beyond": [figures.row_of(row, person.uuid, history, on=request.actor.on) for row in beyond],
        "as_of": rows[0].computed_at.date() if rows else None,
        "crumbs": [Crumb(_("My capabilities"))],
    }
    return render(request, "capabilities/mine.html", context)


@door(Permission.LEVEL_VIEW)
def level(request: Request, person: UUID, capability: UUID) -> HttpResponse:
    """One level down to each observation; the person, their chain and whoever the policy names may read it."""
    subject = gate.known(request.actor, Permission.LEVEL_VIEW, Person.objects.filter(uuid=person))
    basis = explaining.basis_of(subject, capability)
    if basis is None:
        raise gate.Unknown(Permission.LEVEL_VIEW)
    row = basis.standing
    found = account(basis.state, subject.pk, row.capability_id, as_of=basis.as_of)
    lines = (
        explaining.ledger(
            found.steps,
            explaining.evidence_behind(subject, until=basis.as_of),
            capability_id=row.capability_id,
            reader=request.actor.person,
            subject=subject,
        )
        if found
        else ()
    )
    is_own = request.actor.person is not None and request.actor.person.pk == subject.pk
    context = {
        "subject": subject,
        "chip": Chip(subject.name, row.role, key=str(subject.uuid)),
        "is_own": is_own,
        "row": row,
        "capability": basis.capability,
        "bar": figures.row_of(row, subject.uuid, {}, on=request.actor.on).bullet,
        "note": figures.note_of(row, on=request.actor.on),
        "waterfall": reasons.waterfall_of(found, lines, row.level, row.capability) if found else None,
        "lines": [(line, reasons.title_of(line), reasons.severity_words(line)) for line in lines if line.own],
        "n_elsewhere": sum(not line.own for line in lines),
        "best": reasons.next_best(found) if found else [],
        "history": figures.history_rows(
            history_of(subject, [row.capability_id]).get(row.capability_id, ()), row.required
        ),
        "chains": chains_of_capability(basis.capability),
        "levels": _marked(explaining.levels_of(basis.capability), row.required, row.level),
        "apart": bool(row.component),
        "source": _source(basis),
        "as_of": basis.as_of,
        "crumbs": _crumbs(subject, row.capability, is_own=is_own),
    }
    return render(request, "capabilities/level.html", context)


def _marked(
    levels: tuple[LevelRow, ...], required: float | None, level: float | None
) -> list[tuple[LevelRow, bool, bool]]:
    """Each level of the scale, whether the role asks for it and whether the person stands there."""
    return [(each, each is _at(levels, required), each is _at(levels, level)) for each in reversed(levels)]


def _at(levels: tuple[LevelRow, ...], position: float | None) -> LevelRow | None:
    """The highest level whose lower bound a position reaches."""
    if position is None:
        return None
    return next((each for each in reversed(levels) if each.cut is None or each.cut <= position), None)


def _crumbs(subject: Person, capability: str, *, is_own: bool) -> list[Crumb]:
    if is_own:
        return [Crumb(_("My capabilities"), reverse("my-capabilities")), Crumb(capability)]
    return [
        Crumb(_("People"), reverse("people")),
        Crumb(subject.name, reverse("person", args=[subject.uuid])),
        Crumb(capability),
    ]


def _source(basis: Basis) -> Provenance:
    row = basis.standing
    return Provenance(
        computed_at=row.computed_at,
        method=_("Rater model: severity, halo, age and source of each rating"),
        engine=basis.engine_version,
        digest=basis.input_digest[:12],
        run_url=reverse("run", args=[row.run_uuid]),
        facts=[(_("Evidence until"), f"{basis.as_of:%d %b %Y}")],
    )
