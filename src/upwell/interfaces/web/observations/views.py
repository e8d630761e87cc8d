"""Observe: whom, what, at which level; then how the level moved."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.capabilities.models import Capability
from upwell.domain.evidence import operations
from upwell.domain.evidence import queries as evidence
from upwell.domain.gaps.queries import StandingRow, standings_of
from upwell.domain.gaps.queries.explaining import Point, around_moment
from upwell.foundation.people import queries as people
from upwell.foundation.people.models import Person
from upwell.interfaces.web.capabilities.figures import age_words
from upwell.interfaces.web.charts import Bullet
from upwell.interfaces.web.charts import Person as Chip
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.observations.forms import ObservationForm
from upwell.interfaces.web.parts import BulletRow, Crumb
from upwell.interfaces.web.ratings import anchors_of, move_levels


@door(Permission.OBSERVATION_ADD)
def observe(request: Request) -> HttpResponse:
    """Whom to observe: the direct reports, by name."""
    me = request.actor.person
    rows = people.reports(me, limit=60) if me else []
    context = {
        "people": [
            Chip(row.name, row.position, reverse("observe-person", args=[row.uuid]), str(row.uuid)) for row in rows
        ],
        "crumbs": [Crumb(_("Observe"))],
    }
    return render(request, "observations/people.html", context)


@door(Permission.OBSERVATION_ADD, methods=("GET", "POST"), rate="60/m")
def observe_person(request: Request, uuid: UUID) -> HttpResponse:
    """What was seen of a person: first the capability, then the level with its anchors."""
    subject = gate.known(request.actor, Permission.OBSERVATION_ADD, Person.objects.filter(uuid=uuid))
    sent = request.POST if request.method == "POST" else request.GET
    capability = _capability(sent.get("capability", ""))
    if capability is None:
        return _choose(request, subject)
    anchors = anchors_of(capability)
    form = ObservationForm(
        request.POST or None, anchors=anchors, today=request.actor.on, initial={"observed_on": request.actor.on}
    )
    if request.method == "POST" and form.is_valid():
        assert request.actor.person is not None
        seen = operations.observe(
            person=subject,
            capability=capability,
            rater=request.actor.person,
            source=evidence.seat(request.actor.person, subject),
            category=form.cleaned_data["category"],
            observed_on=form.cleaned_data["observed_on"],
            note=form.cleaned_data["note"],
            actor=request.actor.account,
            at=request.now,
        )
        move_levels(subject, request)
        return redirect("observation", uuid=seen.uuid)
    context = {
        "subject": subject,
        "capability": capability,
        "anchors": anchors,
        "form": form,
        "chosen": request.POST.get("category", ""),
        "crumbs": _crumbs(subject, capability.name),
    }
    return render(request, "observations/form.html", context, status=422 if request.method == "POST" else 200)


@door(Permission.OBSERVATION_ADD)
def moved(request: Request, uuid: UUID) -> HttpResponse:
    """How an observation moved the level: before and after, with intervals."""
    seen = evidence.find(uuid)
    if seen is None:
        raise gate.Unknown(Permission.OBSERVATION_ADD)
    gate.must(request.actor, Permission.OBSERVATION_ADD, seen.person)
    gate.must(request.actor, Permission.LEVEL_VIEW, seen.person)
    before, after = around_moment(seen.person, seen.capability_id, at=seen.recorded_at)
    both = before is not None and before.level is not None and after is not None and after.level is not None
    context = {
        "seen": seen,
        "subject": seen.person,
        "before": before,
        "after": after,
        "moved": after.level - before.level if both else None,  # type: ignore[union-attr, operator]
        "rows": [_bar(_("Before"), before), _bar(_("After"), after)] if after else [],
        "crumbs": _crumbs(seen.person, seen.capability.name),
    }
    return render(request, "observations/moved.html", context)


def _choose(request: Request, subject: Person) -> HttpResponse:
    rows = [row for row in standings_of([subject.pk]) if row.required is not None]
    ordered = sorted(rows, key=lambda row: (row.last_rated_on is not None, row.last_rated_on or request.actor.on))
    context = {
        "subject": subject,
        "rows": [(row, _age(row, request)) for row in ordered],
        "crumbs": _crumbs(subject, ""),
    }
    return render(request, "observations/capabilities.html", context)


def _age(row: StandingRow, request: Request) -> str:
    days = row.age_days(request.actor.on)
    return _("never seen") if days is None else _("last seen: %(age)s") % {"age": age_words(days)}


def _bar(name: str, point: Point | None) -> BulletRow:
    held = point or Point(None, None, None, None)
    return BulletRow(name, Bullet(held.level, held.lo80, held.hi80, held.required))


def _capability(text: str) -> Capability | None:
    try:
        uuid = UUID(text)
    except ValueError:
        return None
    return Capability.objects.filter(uuid=uuid, scale__isnull=False, retired_on=None).select_related("scale").first()


def _crumbs(subject: Person, last: str) -> list[Crumb]:
    crumbs = [Crumb(_("Observe"), reverse("observe")), Crumb(subject.name)]
    if not last:
        return crumbs
    return [crumbs[0], Crumb(subject.name, reverse("observe-person", args=[subject.uuid])), Crumb(last)]
