"""One need: where it stands, what it rests on, what comes next."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.diagnosis import queries as diagnoses
from upwell.domain.evidence import queries as evidence
from upwell.domain.gaps import operations, queries
from upwell.domain.gaps.choices import NeedKind, NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.plans import queries as plans
from upwell.domain.plans.models import Action
from upwell.interfaces.web.diagnosis.forms import ReasonForm
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.observed import entries
from upwell.interfaces.web.parts import Crumb, Step

ORDER = (NeedState.RAISED, NeedState.CONFIRMED, NeedState.DIAGNOSED, NeedState.PLANNED, NeedState.CLOSED)
ADVICE = {
    NeedKind.SKILL_GAP: gettext_lazy("A skill gap: practise, be shown, be coached; only after the cause is known."),
    NeedKind.BEHAVIOUR: gettext_lazy(
        "A behaviour pattern: clear expectations and regular feedback come before any course."
    ),
    NeedKind.READINESS: gettext_lazy("Readiness: a stretch task and a person who has done it show more than a course."),
    NeedKind.COACHING: gettext_lazy("A coaching need: agree on a rhythm of short talks and what they are for."),
}


def known(request: Request, uuid: UUID, permission: Permission) -> Need:
    """The need with its person and capability, if the actor may."""
    return gate.known(
        request.actor, permission, Need.objects.filter(uuid=uuid).select_related("person", "capability", "raised_by")
    )


@door(Permission.NEED_VIEW)
def need(request: Request, uuid: UUID) -> HttpResponse:
    """The need, its evidence and its next step."""
    return page(request, known(request, uuid, Permission.NEED_VIEW), ReasonForm())


@door(Permission.NEED_RAISE, methods=("POST",))
def confirm(request: Request, uuid: UUID) -> HttpResponse:
    """Look again whether the evidence is a pattern by now."""
    found = known(request, uuid, Permission.NEED_RAISE)
    try:
        found = operations.confirm_need(need=found, actor=request.actor.account, at=request.now)
    except operations.NeedIsOver as error:
        messages.error(request, str(error))
    else:
        tell = messages.info if found.state == NeedState.RAISED else messages.success
        tell(request, found.confirmation)
    return redirect("need", uuid=uuid)


@door(Permission.NEED_RAISE, methods=("POST",))
def dismiss(request: Request, uuid: UUID) -> HttpResponse:
    """Say that it is no need after all, and why."""
    found = known(request, uuid, Permission.NEED_RAISE)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return page(request, found, form, status=422)
    try:
        operations.dismiss_need(
            need=found, reason=form.cleaned_data["reason"], actor=request.actor.account, at=request.now
        )
    except operations.NeedIsOver as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The need is dismissed; the reason is kept."))
    return redirect("need", uuid=uuid)


def page(request: Request, found: Need, form: ReasonForm, *, status: int = 200) -> HttpResponse:
    """The page of a need."""
    row = queries.need_row(found)
    seen = evidence.observations_of(found.person, capability_ids=[found.capability_id], limit=20)
    resting = {UUID(text) for text in found.evidence}
    cause = diagnoses.cause_of(found) if gate.may(request.actor, Permission.DIAGNOSIS_VIEW, found) else None
    steps = gate.visible(request.actor, Permission.PLAN_VIEW, Action.objects.all())
    is_over = found.state in {NeedState.CLOSED, NeedState.DISMISSED}
    is_manager = gate.may(request.actor, Permission.PLAN_PROPOSE, found.person)
    context = {
        "row": row,
        "advice": ADVICE[NeedKind(found.kind)],
        "steps": _steps(found),
        "evidence": entries(seen, subject=found.person, reader=request.actor.person, counted=resting),
        "cause": cause,
        "actions": plans.actions_for(found, among=steps),
        "is_over": is_over,
        "is_manager": is_manager,
        "may_raise": not is_over and (is_manager or request.actor.person == found.person),
        "form": form,
        "crumbs": [Crumb(found.person.name, reverse("person", args=[found.person.uuid])), Crumb(row.capability)],
    }
    return render(request, "diagnosis/need.html", context, status=status)


def _steps(found: Need) -> list[Step]:
    if found.state == NeedState.DISMISSED:
        return [Step(_("raised"), "done"), Step(_("dismissed"), "now", found.closing_reason)]
    here = ORDER.index(NeedState(found.state))
    return [
        Step(str(state.label), "done" if place < here else "now" if place == here else "")
        for place, state in enumerate(ORDER)
    ]

