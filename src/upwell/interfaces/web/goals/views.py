"""My goals, one goal, a new one, another wording."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.sources.goals import operations, queries
from upwell.domain.sources.goals.choices import GoalState
from upwell.domain.sources.goals.models import Goal
from upwell.domain.sources.goals.queries import GoalRow
from upwell.domain.strategy.models import Objective
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.goals.forms import DropForm, GoalForm, MilestoneForm, ProgressForm
from upwell.interfaces.web.parts import Crumb, Entry


@door(Permission.GOAL_VIEW)
def goals(request: Request) -> HttpResponse:
    """The goals of the person signed in."""
    person = request.actor.person
    rows = queries.goals_of(person) if person else ()
    active = [row for row in rows if row.state == GoalState.ACTIVE]
    context = {
        "active": active,
        "drafts": [row for row in rows if row.state == GoalState.DRAFT],
        "ended": [row for row in rows if row.state in {GoalState.REACHED, GoalState.DROPPED}],
        "next": min((row for row in active if row.due_on), key=lambda row: str(row.due_on), default=None),
        "crumbs": [Crumb(_("My goals"))],
    }
    return render(request, "goals/list.html", context)


@door(Permission.GOAL_EDIT, methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Write down a goal; it stays a draft until it has a measure and a step."""
    form = GoalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = operations.draft(
            person=request.actor.person, actor=request.actor.account, at=request.now, **_cleaned(form)
        )
        messages.success(request, _("The draft is kept. Name a first step, then activate it."))
        return redirect("goal", uuid=made.uuid)
    context = {"form": form, "crumbs": [Crumb(_("My goals"), reverse("goals")), Crumb(_("New"))]}
    return render(request, "goals/form.html", context, status=422 if request.method == "POST" else 200)


@door(Permission.GOAL_VIEW)
def goal(request: Request, uuid: UUID) -> HttpResponse:
    """One goal."""
    found = gate.known(request.actor, Permission.GOAL_VIEW, _with_names(uuid))
    return page(request, found)


@door(Permission.GOAL_EDIT, methods=("GET", "POST"))
def edit(request: Request, uuid: UUID) -> HttpResponse:
    """Reword a goal."""
    found = gate.known(request.actor, Permission.GOAL_EDIT, _with_names(uuid))
    initial = {
        "title": found.title,
        "measure": found.measure,
        "objective": str(found.objective.uuid) if found.objective else "",
        "due_on": found.due_on,
    }
    form = GoalForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            operations.revise(
                goal=found,
                parent=found.parent,
                weight=found.weight,
                actor=request.actor.account,
                at=request.now,
                **_cleaned(form),
            )
        except operations.GoalWithoutMeasure:
            form.add_error("measure", _("An active goal needs a measure: say how it will be known that it is reached."))
        else:
            return redirect("goal", uuid=uuid)
    crumbs = [
        Crumb(_("My goals"), reverse("goals")),
        Crumb(found.title, reverse("goal", args=[uuid])),
        Crumb(_("Edit")),
    ]
    context = {"form": form, "goal": found, "crumbs": crumbs}
    return render(request, "goals/form.html", context, status=422 if request.method == "POST" else 200)


def page(request: Request, found: Goal, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of a goal; a form that was refused comes back with what was typed."""
    detail = queries.detail(found)
    row: GoalRow = detail.row
    crumbs = [Crumb(_("My goals"), reverse("goals")), Crumb(row.title)]
    context = {
        "row": row,
        "is_late": row.due_on is not None and row.due_on < request.actor.on and row.state == GoalState.ACTIVE,
        "history": [
            Entry(f"{step.percent} %", step.on, step.note, icon="activity", state="done") for step in detail.progress
        ],
        "children": detail.children,
        "chain": detail.chain,
        "may_edit": gate.may(request.actor, Permission.GOAL_EDIT, found),
        "progress_form": ProgressForm(),
        "milestone_form": MilestoneForm(),
        "drop_form": DropForm(),
        "crumbs": crumbs,
        **forms,
    }
    return render(request, "goals/goal.html", context, status=status)


def _with_names(uuid: UUID) -> Any:
    return Goal.objects.filter(uuid=uuid).select_related("person", "objective", "parent")


def _cleaned(form: GoalForm) -> dict[str, Any]:
    chosen = form.cleaned_data["objective"]
    objective = Objective.objects.filter(uuid=chosen).first() if chosen else None
    return {
        "title": form.cleaned_data["title"],
        "measure": form.cleaned_data["measure"],
        "objective": objective,
        "due_on": form.cleaned_data["due_on"],
    }
