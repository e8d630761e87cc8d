"""What is done with a goal: activate, add and finish steps, record progress, reach, drop, discard."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.sources.goals import operations
from upwell.domain.sources.goals.models import Goal
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.goals.forms import DropForm, MilestoneForm, ProgressForm
from upwell.interfaces.web.goals.views import page


@door(Permission.GOAL_EDIT, methods=("POST",))
def activate(request: Request, uuid: UUID) -> HttpResponse:
    """Begin to work on a goal; refused without a measure or a step (R04)."""
    found = _own(request, uuid)
    try:
        operations.activate(goal=found, actor=request.actor.account, at=request.now)
    except operations.GoalWithoutMeasure:
        refused = _("It cannot be activated yet: say how it will be known that the goal is reached.")
        return page(request, found, status=422, refused=refused)
    except operations.GoalWithoutMilestone:
        refused = _("It cannot be activated yet: name at least one step on the way.")
        return page(request, found, status=422, refused=refused)
    except operations.GoalInWrongState:
        messages.info(request, _("The goal is no draft any more."))
    else:
        messages.success(request, _("The goal is active."))
    return redirect("goal", uuid=uuid)


@door(Permission.GOAL_EDIT, methods=("POST",))
def milestone(request: Request, uuid: UUID) -> HttpResponse:
    """Add a step on the way."""
    found = _own(request, uuid)
    form = MilestoneForm(request.POST)
    if not form.is_valid():
        return page(request, found, status=422, milestone_form=form)
    operations.add_milestone(
        goal=found,
        text=form.cleaned_data["text"],
        due_on=form.cleaned_data["due_on"],
        actor=request.actor.account,
        at=request.now,
    )
    return redirect("goal", uuid=uuid)


@door(Permission.GOAL_EDIT, methods=("POST",))
def milestone_done(request: Request, uuid: UUID, number: int) -> HttpResponse:
    """A step is done."""
    found = _own(request, uuid)
    step = found.milestones.filter(pk=number).first()
    if step is None:
        raise gate.Unknown(Permission.GOAL_EDIT)
    operations.complete_milestone(milestone=step, actor=request.actor.account, at=request.now)
    messages.success(request, _("Done: %(step)s") % {"step": step.text})
    return redirect("goal", uuid=uuid)


@door(Permission.GOAL_EDIT, methods=("POST",))
def progress(request: Request, uuid: UUID) -> HttpResponse:
    """Say how far the goal is."""
    found = _own(request, uuid)
    form = ProgressForm(request.POST)
    if not form.is_valid():
        return page(request, found, status=422, progress_form=form)
    try:
        operations.record_progress(
            goal=found,
            percent=form.cleaned_data["percent"],
            note=form.cleaned_data["note"],
            actor=request.actor.account,
            at=request.now,
        )
    except operations.GoalInWrongState:
        messages.error(request, _("Progress is recorded on active goals only."))
    return redirect("goal", uuid=uuid)


@door(Permission.GOAL_EDIT, methods=("POST",))
def reach(request: Request, uuid: UUID) -> HttpResponse:
    """The goal is reached."""
    found = _own(request, uuid)
    try:
        operations.reach(goal=found, actor=request.actor.account, at=request.now)
    except operations.GoalInWrongState:
        messages.error(request, _("Only an active goal can be reached."))
    else:
        messages.success(request, _("Reached: %(goal)s") % {"goal": found.title})
    return redirect("goal", uuid=uuid)


@door(Permission.GOAL_EDIT, methods=("POST",))
def drop(request: Request, uuid: UUID) -> HttpResponse:
    """Give the goal up, with a reason."""
    found = _own(request, uuid)
    form = DropForm(request.POST)
    if not form.is_valid():
        return page(request, found, status=422, drop_form=form)
    try:
        operations.drop(goal=found, reason=form.cleaned_data["reason"], actor=request.actor.account, at=request.now)
    except operations.GoalInWrongState:
        messages.error(request, _("Only an active goal can be given up."))
    return redirect("goal", uuid=uuid)


@door(Permission.GOAL_EDIT, methods=("POST",))
def discard(request: Request, uuid: UUID) -> HttpResponse:
    """Throw a draft away."""
    found = _own(request, uuid)
    try:
        operations.discard_draft(goal=found, actor=request.actor.account, at=request.now)
    except operations.GoalInWrongState:
        messages.error(request, _("Only a draft can be thrown away."))
        return redirect("goal", uuid=uuid)
    messages.info(request, _("The draft is gone."))
    return redirect("goals")


def _own(request: Request, uuid: UUID) -> Goal:
    return gate.known(
        request.actor, Permission.GOAL_EDIT, Goal.objects.filter(uuid=uuid).select_related("objective", "parent")
    )
