"""The list of cycles, a draft, the check before launch, the live funnel."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.sources.reviews import operations as reviews
from upwell.domain.sources.reviews import queries as forms_of
from upwell.foundation.cycles import operations, queries
from upwell.foundation.cycles.choices import CycleKind, CycleState
from upwell.foundation.cycles.models import Cycle
from upwell.interfaces.web.cycles.forms import CycleForm
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb, Figure, Heading, Step

STATES = list(CycleState)


@door(Permission.CYCLE_VIEW)
def cycles(request: Request) -> HttpResponse:
    """All cycles, newest first."""
    found = list(
        gate.visible(request.actor, Permission.CYCLE_VIEW, Cycle.objects.select_related("unit").order_by("-opens_on"))
    )
    context = {
        "rows": found,
        "running": [row for row in found if row.state == CycleState.OPEN],
        "headings": [
            Heading(_("Name")),
            Heading(_("Kind")),
            Heading(_("Asks")),
            Heading(_("Due")),
            Heading(_("State")),
        ],
        "may_run": gate.may(request.actor, Permission.CYCLE_RUN),
        "crumbs": [Crumb(_("Cycles"))],
    }
    return render(request, "cycles/list.html", context)


@door(Permission.CYCLE_RUN, methods=("GET", "POST"))
def draft(request: Request) -> HttpResponse:
    """Plan a cycle; nobody is asked anything yet."""
    form = CycleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = operations.draft(
            key=form.key,
            name=form.cleaned_data["name"],
            kind=CycleKind(form.cleaned_data["kind"]),
            unit=form.chosen_unit,
            opens_on=form.cleaned_data["opens_on"],
            due_on=form.cleaned_data["due_on"],
            actor=request.actor.account,
            at=request.now,
        )
        messages.success(request, _("The draft is kept. Look at the check before you open it."))
        return redirect("cycle", uuid=made.uuid)
    context = {"form": form, "crumbs": [Crumb(_("Cycles"), reverse("cycles")), Crumb(_("New cycle"))]}
    return render(request, "cycles/draft.html", context, status=422 if form.is_bound else 200)


@door(Permission.CYCLE_VIEW)
def cycle(request: Request, uuid: UUID) -> HttpResponse:
    """One cycle: the check while it is a draft, the funnel once it is open."""
    found = gate.known(request.actor, Permission.CYCLE_VIEW, Cycle.objects.select_related("unit").filter(uuid=uuid))
    return _page(request, found)


@door(Permission.CYCLE_RUN, methods=("POST",), rate="12/m")
def open_cycle(request: Request, uuid: UUID) -> HttpResponse:
    """Open a draft and lay out its forms, or say what stands in the way."""
    found = gate.known(request.actor, Permission.CYCLE_RUN, Cycle.objects.select_related("unit").filter(uuid=uuid))
    try:
        with transaction.atomic():
            opened = operations.open_cycle(cycle=found, actor=request.actor.account, at=request.now)
            count = reviews.open_for_cycle(cycle=opened, actor=request.actor.account, at=request.now)
    except operations.NotReadyError as problem:
        return _page(request, found, reasons=problem.reasons)
    except operations.WrongStateError:
        messages.error(request, _("Only a draft can be opened."))
    else:
        messages.success(request, _("Open. %(count)d forms are laid out.") % {"count": count})
    return redirect("cycle", uuid=uuid)


@door(Permission.CYCLE_RUN, methods=("POST",))
def close_cycle(request: Request, uuid: UUID) -> HttpResponse:
    """Close an open cycle for good."""
    found = gate.known(request.actor, Permission.CYCLE_RUN, Cycle.objects.filter(uuid=uuid))
    try:
        operations.close_cycle(cycle=found, actor=request.actor.account, at=request.now)
    except operations.WrongStateError:
        messages.error(request, _("Only an open cycle can be closed."))
    else:
        messages.success(request, _("The cycle is closed. What was rated stays evidence."))
    return redirect("cycle", uuid=uuid)


def _page(request: Request, found: Cycle, *, reasons: list[str] | None = None) -> HttpResponse:
    is_draft = found.state == CycleState.DRAFT
    funnel = None if is_draft else forms_of.funnel(found)
    checks = queries.checks(found, on=request.actor.on) if is_draft else []
    context = {
        "row": found,
        "is_draft": is_draft,
        "is_open": found.state == CycleState.OPEN,
        "late": found.state == CycleState.OPEN and found.due_on < request.actor.on,
        "steps": _steps(found),
        "checks": checks,
        "blocked": any(check.blocks and not check.well for check in checks),
        "reasons": reasons or [],
        "funnel": funnel,
        "figures": _figures(funnel) if funnel else [],
        "units": [] if is_draft else forms_of.funnel_by_unit(found),
        "headings": [
            Heading(_("Unit")),
            Heading(_("To do"), number=True),
            Heading(_("In progress"), number=True),
            Heading(_("Submitted"), number=True),
            Heading(_("Closed"), number=True),
            Heading(_("Written")),
        ],
        "may_run": gate.may(request.actor, Permission.CYCLE_RUN),
        "crumbs": [Crumb(_("Cycles"), reverse("cycles")), Crumb(found.name)],
    }
    return render(request, "cycles/cycle.html", context, status=422 if reasons else 200)


def _steps(found: Cycle) -> list[Step]:
    place = STATES.index(CycleState(found.state))
    return [
        Step(str(state.label).capitalize(), "now" if index == place else "done" if index < place else "")
        for index, state in enumerate(STATES)
    ]


def _figures(funnel: forms_of.Funnel) -> list[Figure]:
    whole = funnel.total
    parts = (
        (_("To do"), funnel.to_do),
        (_("In progress"), funnel.in_progress),
        (_("Submitted"), funnel.submitted),
        (_("Closed"), funnel.closed),
    )
    share = _("of %(total)s forms")
    return [Figure(label, f"{n:,}", note=share % {"total": f"{whole:,}"}) for label, n in parts]
