"""Diagnosing a gap: the facts first, then a few questions, then causes with reasons, then a decision."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.diagnosis import operations, queries
from upwell.domain.diagnosis.choices import Cause
from upwell.domain.diagnosis.frames import NotAnAnswer
from upwell.domain.diagnosis.models import Diagnosis
from upwell.domain.gaps.choices import NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.gaps.operations import NeedIsOver, NotConfirmed
from upwell.domain.plans.queries import options_for_need
from upwell.interfaces.web.diagnosis import words
from upwell.interfaces.web.diagnosis.forms import BarrierForm, DecisionForm
from upwell.interfaces.web.diagnosis.needs import known
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb

MOST_QUESTIONS = 5


@door(Permission.DIAGNOSIS_VIEW)
def diagnose(request: Request, uuid: UUID) -> HttpResponse:
    """Why the gap is there, as far as known."""
    return page(request, known(request, uuid, Permission.DIAGNOSIS_VIEW))


@door(Permission.DIAGNOSIS_DECIDE, methods=("POST",))
def start(request: Request, uuid: UUID) -> HttpResponse:
    """Begin with what the data says."""
    found = known(request, uuid, Permission.DIAGNOSIS_DECIDE)
    operations.start_diagnosis(need=found, actor=request.actor.account, at=request.now)
    return redirect("diagnose", uuid=uuid)


@door(Permission.DIAGNOSIS_DECIDE, methods=("POST",), rate="120/m")
def answer(request: Request, uuid: UUID) -> HttpResponse:
    """Take one answer and weigh the causes anew."""
    diagnosis = begun(request, known(request, uuid, Permission.DIAGNOSIS_DECIDE))
    try:
        operations.answer(
            diagnosis=diagnosis,
            question=request.POST.get("question", ""),
            value=request.POST.get("value", ""),
            actor=request.actor.account,
            at=request.now,
        )
    except NotAnAnswer:
        messages.error(request, _("That is none of the answers offered."))
    return redirect(f"{reverse('diagnose', args=[uuid])}#question")


@door(Permission.DIAGNOSIS_DECIDE, methods=("POST",))
def decide(request: Request, uuid: UUID) -> HttpResponse:
    """Decide on a cause; training opens for knowledge or skill, or with a reason."""
    found = known(request, uuid, Permission.DIAGNOSIS_DECIDE)
    diagnosis = begun(request, found)
    form = DecisionForm(request.POST)
    person = request.actor.person
    if person is None:
        raise gate.Refused(Permission.DIAGNOSIS_DECIDE)
    if not form.is_valid():
        return page(request, found, form=form, status=422)
    try:
        operations.decide(
            diagnosis=diagnosis,
            cause=Cause(form.cleaned_data["cause"]),
            by=person,
            open_training=form.cleaned_data["open_training"],
            override_reason=form.cleaned_data["override_reason"],
            actor=request.actor.account,
            at=request.now,
        )
    except (NeedIsOver, NotConfirmed) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The cause is decided."))
    return redirect("diagnose", uuid=uuid)


def begun(request: Request, found: Need) -> Diagnosis:
    """The diagnosis of a need, begun where nobody began it yet."""
    return operations.start_diagnosis(need=found, actor=request.actor.account, at=request.now)


def page(
    request: Request,
    found: Need,
    *,
    form: DecisionForm | None = None,
    barrier_form: BarrierForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a diagnosis."""
    row = queries.diagnosis_of(found)
    is_manager = gate.may(request.actor, Permission.DIAGNOSIS_DECIDE, found.person)
    context: dict[str, object] = {
        "need": found,
        "row": row,
        "may_decide": is_manager and found.state not in {NeedState.CLOSED, NeedState.DISMISSED},
        "crumbs": [
            Crumb(found.person.name, reverse("person", args=[found.person.uuid])),
            Crumb(found.capability.name, reverse("need", args=[found.uuid])),
            Crumb(_("Diagnosis")),
        ],
    }
    if row is not None:
        likeliest = row.cause or (row.ranking[0]["cause"] if row.ranking else "")
        context |= {
            "facts": words.facts_in_words(row.hints),
            "bars": words.bars(row),
            "ideas": [] if row.cause else words.options_in_words(row),
            "question": row.questions[0] if row.questions and not row.decided_at else None,
            "number": min(len(row.answers) + 1, MOST_QUESTIONS),
            "most": MOST_QUESTIONS,
            "options": [one for one in options_for_need(found, limit=12) if not row.cause or one.fits_cause][:6],
            "form": form or DecisionForm(initial={"cause": likeliest}),
            "barrier_form": barrier_form or BarrierForm(owners=owners_of(found)),
            "is_skill": row.cause == Cause.SKILL,
            "today": request.actor.on,
        }
    return render(request, "diagnosis/diagnose.html", context, status=status)


def owners_of(found: Need) -> dict[str, str]:
    """Who may own a barrier: everybody above the person, nearest first, and the person."""
    return {str(row.uuid): row.name for row in queries.possible_owners(found)}
