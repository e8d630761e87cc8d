"""The capability map of a team or unit, one person beside it, and a unit's figures."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.access.policy import Role
from upwell.domain.gaps.frames import disclosed
from upwell.domain.gaps.queries import NeedRow, current_snapshot, open_needs_of_people, standings_of
from upwell.domain.learning.queries import learning_in_flight
from upwell.foundation.people.models import Person, Unit
from upwell.foundation.people.queries import path_of, seat_of, units_below
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb
from upwell.interfaces.web.team import figures, rollup
from upwell.interfaces.web.team.board import Board, board_of
from upwell.interfaces.web.team.panel import Panel, panel_of
from upwell.interfaces.web.team.scoping import options, scope_of


@door(Permission.TEAM_VIEW)
def team(request: Request) -> HttpResponse:
    """The map of one's team, of a team below, or of a unit; nobody's panel is opened unasked."""
    return _page(request, None)


@door(Permission.PANEL_VIEW)
def person(request: Request, uuid: UUID) -> HttpResponse:
    """One person beside the map they stand on; alone for whoever has no map with them on it."""
    if request.GET.get("team") or request.GET.get("unit"):
        return _page(request, uuid)
    found = gate.known(request.actor, Permission.PANEL_VIEW, Person.objects.filter(uuid=uuid))
    seat = seat_of(found)
    if seat is not None and seat.manager_uuid is not None and gate.may(request.actor, Permission.TEAM_VIEW):
        return redirect(f"{reverse('team-person', args=[uuid])}?team={seat.manager_uuid}")
    return _alone(request, found, seat.position if seat else "")


@door(Permission.UNIT_GAPS_VIEW)
def unit(request: Request, uuid: UUID) -> HttpResponse:
    """What a unit lacks, by capability; nothing that speaks of fewer than five people."""
    found = gate.known(request.actor, Permission.UNIT_GAPS_VIEW, Unit.objects.filter(uuid=uuid))
    snapshot = current_snapshot()
    rows = disclosed(found, snapshot) if snapshot else ()
    path = path_of(found)[:-1]
    units = Unit.objects.filter(uuid__in=[step.uuid for step in path])
    known = set(gate.visible(request.actor, Permission.UNIT_GAPS_VIEW, units).values_list("uuid", flat=True))
    above = [
        Crumb(step.name, reverse("unit-gaps", args=[step.uuid]) if step.uuid in known else "") for step in path
    ]
    context = {
        "row": found,
        "shown": [rollup.line_of(row) for row in rows if not row.withheld],
        "withheld": [row for row in rows if row.withheld],
        "headings": rollup.headings(),
        "thinnest": rollup.thinnest(rows),
        "below": units_below(found),
        "source": rollup.source_of(snapshot) if snapshot else None,
        "crumbs": [*above, Crumb(found.name)],
        "as_of": snapshot.as_of if snapshot else None,
    }
    return render(request, "team/unit.html", context)


def _page(request: Request, selected: UUID | None) -> HttpResponse:
    actor, asked = request.actor, request.GET.dict()
    scope = scope_of(actor, asked)
    if scope is None:
        return render(request, "team/board.html", {"board": None, "crumbs": [Crumb(_("Team"))]})
    whose = options(actor, scope)
    board = board_of(scope, whose, asked, on=actor.on, selected=selected)
    needs = open_needs_of_people(member.id for member in board.members)
    panel = None
    if selected is not None:
        panel = _panel(request, board, needs, selected)
        if panel is None:
            found = gate.known(actor, Permission.PANEL_VIEW, Person.objects.filter(uuid=selected))
            seat = seat_of(found)
            return _alone(request, found, seat.position if seat else "")
    elif not board.members and scope.field == "team" and not scope.own:
        raise gate.Unknown(Permission.TEAM_VIEW)
    here = f"{reverse('team')}?{scope.field}={scope.value}"
    context: dict[str, object] = {
        "board": board,
        "panel": panel,
        "whose": board.form[scope.field] if whose else None,
        "steps": figures.steps(board.demand, here),
        "here": here,
        "crumbs": _crumbs(board),
        "as_of": actor.on,
    }
    if request.headers.get("HX-Target") == "board":
        return render(request, "team/board.html#board", context)
    context |= {
        "figures": figures.strip(board.demand, learning_in_flight(cast("Sequence[int]", scope.people.values("pk")))),
        "thinnest": figures.thinnest(board.demand),
        "options_url": _options_url(request, board, needs),
    }
    return render(request, "team/board.html", context)


def _panel(request: Request, board: Board, needs: tuple[NeedRow, ...], selected: UUID) -> Panel | None:
    """The panel of somebody on the map; the map was read under the same circles, so only the reading is noted."""
    member = board.member(selected)
    if member is None:
        return None
    row = Person(pk=member.id, uuid=member.uuid, name=member.name)
    gate.seen(request.actor, Permission.PANEL_VIEW, [row])
    mine = [need for need in needs if need.person_id == member.id]
    direct = request.actor.person is not None and member.manager_id == request.actor.person.pk
    standings = board.standings[member.id]
    return panel_of(request.actor, row, standings, mine, position=member.position, direct=direct)


def _alone(request: Request, found: Person, position: str) -> HttpResponse:
    standings, needs = standings_of([found.pk]), open_needs_of_people([found.pk])
    panel = panel_of(request.actor, found, standings, needs, position=position, direct=False)
    crumbs = [Crumb(_("People"), reverse("people")), Crumb(found.name, reverse("person", args=[found.uuid]))]
    context = {"panel": panel, "crumbs": [*crumbs, Crumb(_("Capabilities"))], "as_of": request.actor.on}
    return render(request, "team/person.html", context)


def _crumbs(board: Board) -> list[Crumb]:
    if board.scope.own:
        below = [Crumb(board.members[0].unit)] if len({row.unit for row in board.members}) == 1 else []
        return [Crumb(_("My team")), *below]
    return [Crumb(_("Team"), reverse("team")), Crumb(board.scope.name)]


def _options_url(request: Request, board: Board, needs: tuple[NeedRow, ...]) -> str:
    """Where the options for the thinnest capability are: the diagnosis of an open need for it, if it is theirs."""
    row = board.demand.thinnest
    if row is None or not (board.scope.own or request.actor.has(Role.HR_PARTNER)):
        return ""
    need = next((each for each in needs if each.capability_id == row.capability_id), None)
    return reverse("diagnose", args=[need.uuid]) if need else ""
