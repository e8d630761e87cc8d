"""The list of reviews, and one review: as a form for its writer, as a record for its readers."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.gaps import queries as gaps
from upwell.domain.plans import queries as plans
from upwell.domain.sources.reviews import queries
from upwell.domain.sources.reviews.choices import ReviewKind, ReviewState
from upwell.domain.sources.reviews.models import Review
from upwell.domain.sources.reviews.queries import QuestionRow, ReviewRow, Sheet, StepRow
from upwell.interfaces.web.charts import Person as Chip
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb, Step
from upwell.interfaces.web.reviews import evidence
from upwell.interfaces.web.reviews.forms import NOT_SEEN, AnswerForm, NeedForm, WordsForm

OPEN = {ReviewState.TO_DO, ReviewState.IN_PROGRESS}


@door(Permission.REVIEW_VIEW)
def reviews(request: Request) -> HttpResponse:
    """What the person has to write, what waits to be signed off, and what was written about them."""
    person = request.actor.person
    waiting = queries.waiting_for(person) if person else queries.Waiting((), ())
    context = {
        "to_write": [(_chip(row), row, row.due_on < request.actor.on) for row in waiting.to_write],
        "to_close": [(_chip(row), row) for row in waiting.to_close],
        "about_me": [(row, row.state not in OPEN) for row in queries.reviews_of(person)] if person else [],
        "severity": evidence.severity_words(person),
        "crumbs": [Crumb(_("Reviews"))],
    }
    return render(request, "reviews/list.html", context)


@door(Permission.REVIEW_VIEW)
def review(request: Request, uuid: UUID) -> HttpResponse:
    """One review. Until it is handed in, only its writer knows what stands in it."""
    found = known(request, uuid, Permission.REVIEW_VIEW)
    if found.state not in OPEN:
        return record(request, found)
    if request.GET.get("part") == "words":
        return words_page(request, found, WordsForm(initial=_words(found)))
    return question_page(request, found, capability=_asked(request))


def known(request: Request, uuid: UUID, permission: Permission) -> Review:
    """The review with names; a draft is not found by anybody but its writer."""
    found = Review.objects.filter(uuid=uuid).select_related("cycle", "subject", "reviewer")
    row = gate.known(request.actor, permission, found)
    person = request.actor.person
    if row.state in OPEN and (person is None or person.pk != row.reviewer_id):
        raise gate.Unknown(permission)
    return row


def question_page(
    request: Request,
    found: Review,
    *,
    capability: UUID | None,
    form: AnswerForm | None = None,
    need_form: NeedForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form with one capability open."""
    sheet = queries.sheet(found, as_of=request.actor.on, capability=capability)
    if sheet.question is None:
        return words_page(request, found, WordsForm(initial=_words(found)), status=status)
    question = sheet.question
    needs = gaps.needs_of(found.subject) if _may_raise(found) else ()
    context = _frame(found, sheet, current=question) | {
        "question": question,
        "form": form or AnswerForm(initial=_answer(question), levels=question.levels),
        "need_form": need_form or NeedForm(),
        "need": evidence.fitting(needs, question),
        "may_raise": _may_raise(found),
        "observations": evidence.observed(question.observations),
        "feedback": evidence.told(found, question),
        "after": _next(sheet, question),
    }
    return render(request, "reviews/question.html", context, status=status)


def words_page(request: Request, found: Review, form: WordsForm, *, status: int = 200) -> HttpResponse:
    """What was achieved, how, and readiness; then handing in."""
    sheet = queries.sheet(found, as_of=request.actor.on)
    context = _frame(found, sheet, current=None) | {"form": form}
    return render(request, "reviews/words.html", context, status=status)


def record(request: Request, found: Review, *, status: int = 200) -> HttpResponse:
    """A review that was handed in, with what follows from it."""
    person = request.actor.person
    is_reviewer = person is not None and person.pk == found.reviewer_id
    is_party = is_reviewer or (person is not None and person.pk == found.subject_id)
    waiting = plans.needs_without_action(found.subject) if is_party and found.kind == ReviewKind.MANAGER else []
    context = {
        "row": found,
        "answers": queries.answers_of(found),
        "needs": gaps.needs_of(found.subject, origin_uuid=found.uuid),
        "waiting": list(waiting),
        "is_reviewer": is_reviewer,
        "is_manager_review": found.kind == ReviewKind.MANAGER,
        "crumbs": [Crumb(_("Reviews"), reverse("reviews")), Crumb(capfirst(str(found)))],
    }
    return render(request, "reviews/record.html", context, status=status)


def _frame(found: Review, sheet: Sheet, *, current: QuestionRow | None) -> dict[str, object]:
    return {
        "row": found,
        "sheet": sheet,
        "steps": [_step(found, step, current) for step in sheet.steps],
        "words_now": current is None,
        "is_self": found.kind == ReviewKind.SELF,
        "crumbs": [Crumb(_("Reviews"), reverse("reviews")), Crumb(capfirst(str(found)))],
    }


def _step(found: Review, step: StepRow, current: QuestionRow | None) -> Step:
    state = "done" if step.answered else ""
    if current is not None and step.capability_id == current.capability_id:
        state = "now"
    note = _("not enough seen") if step.answered and step.category is None else ""
    url = f"{reverse('review', args=[found.uuid])}?capability={step.capability_uuid}"
    return Step(step.capability, state, note, url)


def _next(sheet: Sheet, question: QuestionRow) -> UUID | None:
    """The capability to open after this one: the next without an answer, else none."""
    places = [step.capability_id for step in sheet.steps]
    here = places.index(question.capability_id)
    later = sheet.steps[here + 1 :] + sheet.steps[:here]
    return next((step.capability_uuid for step in later if not step.answered), None)


def _answer(question: QuestionRow) -> dict[str, str]:
    chosen = str(question.category) if question.category is not None else NOT_SEEN if question.answered else ""
    return {"category": chosen, "comment": question.comment}


def _words(found: Review) -> dict[str, str]:
    return {"achieved": found.achieved, "strengths": found.strengths, "readiness": found.readiness}


def _asked(request: Request) -> UUID | None:
    try:
        return UUID(request.GET.get("capability", ""))
    except ValueError:
        return None


def _may_raise(found: Review) -> bool:
    return found.kind in {ReviewKind.SELF, ReviewKind.MANAGER}


def _chip(row: ReviewRow) -> Chip:
    return Chip(row.subject, row.kind_words, reverse("review", args=[row.uuid]), str(row.subject_uuid))
