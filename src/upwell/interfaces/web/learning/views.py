"""The catalogue, one item with what it builds, and what one takes oneself."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.capabilities.models import Capability
from upwell.domain.impact import queries as impact
from upwell.domain.learning import operations, queries
from upwell.domain.learning.choices import EnrolmentState
from upwell.domain.learning.models import Enrolment, LearningItem
from upwell.domain.plans.operations import receive_statement
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.learning import statements
from upwell.interfaces.web.learning.forms import CatalogueFilter
from upwell.interfaces.web.learning.outline import lessons
from upwell.interfaces.web.parts import Crumb, Heading, Pager, page_asked
from upwell.interfaces.web.programmes.figures import verdict_of

PER_PAGE = 50
OPEN = frozenset({EnrolmentState.ENROLLED, EnrolmentState.STARTED})


@door(Permission.CATALOGUE_VIEW)
def catalogue(request: Request) -> HttpResponse:
    """What can be learned here, filtered."""
    form = CatalogueFilter(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    capability = Capability.objects.filter(uuid=asked["capability"]).first() if asked.get("capability") else None
    page = page_asked(request.GET.get("page", "1"))
    found = queries.catalogue(
        search=asked.get("q") or "",
        kind=asked.get("kind") or "",
        capability=capability,
        offset=(page - 1) * PER_PAGE,
        limit=PER_PAGE,
    )
    context = {
        "form": form,
        "rows": found.rows,
        "total": found.total,
        "capability": capability,
        "filtered": any(request.GET.get(name) for name in ("q", "kind", "capability")),
        "headings": [
            Heading(_("Title")),
            Heading(_("Kind")),
            Heading(_("Builds")),
            Heading(_("Time"), number=True),
            Heading(_("Taking it now"), number=True),
        ],
        "pager": Pager(page, max(1, -(-found.total // PER_PAGE)), found.total, ngettext("item", "items", found.total)),
        "may_learn": gate.may(request.actor, Permission.LEARNING_ENROL),
        "crumbs": [Crumb(_("Learning"))],
    }
    return render(request, "learning/catalogue.html", context)


@door(Permission.CATALOGUE_VIEW)
def item(request: Request, uuid: UUID) -> HttpResponse:
    """One item: what it builds, on what that rests, what it holds."""
    found = gate.known(request.actor, Permission.CATALOGUE_VIEW, LearningItem.objects.filter(uuid=uuid))
    detail = queries.item_detail(found)
    person = request.actor.person
    context = {
        "detail": detail,
        "row": detail.row,
        "lessons": lessons(detail.outline),
        "programmes": [(row, verdict_of(row)) for row in impact.programmes_with(found)],
        "may_see_programmes": gate.may(request.actor, Permission.PROGRAMME_VIEW),
        "enrolment": queries.open_enrolment(person, found) if person else None,
        "may_enrol": gate.may(request.actor, Permission.LEARNING_ENROL) and found.retired_on is None,
        "crumbs": [Crumb(_("Learning"), reverse("catalogue")), Crumb(found.title)],
    }
    return render(request, "learning/item.html", context)


@door(Permission.LEARNING_ENROL, methods=("POST",))
def enrol(request: Request, uuid: UUID) -> HttpResponse:
    """Enrol oneself; without a plan action it counts as learning of one's own (G10)."""
    found = gate.known(
        request.actor, Permission.CATALOGUE_VIEW, LearningItem.objects.filter(uuid=uuid, retired_on=None)
    )
    person = request.actor.person
    if person is not None:
        operations.enrol(person=person, item=found, actor=request.actor.account, at=request.now)
        messages.success(request, _("You are enrolled in “%(title)s”.") % {"title": found.title})
    return redirect("my-learning")


@door(Permission.LEARNING_VIEW)
def mine(request: Request) -> HttpResponse:
    """What one takes and took oneself."""
    person = request.actor.person
    rows = queries.enrolments_of(person) if person else ()
    underway = [row for row in rows if row.state in OPEN]
    context = {
        "underway": underway,
        "n_unlinked": sum(not row.linked for row in underway),
        "over": [row for row in rows if row.state not in OPEN],
        "crumbs": [Crumb(_("Learning"), reverse("catalogue")), Crumb(_("My learning"))],
    }
    return render(request, "learning/mine.html", context)


@door(Permission.LEARNING_ENROL, methods=("POST",))
def finish(request: Request, uuid: UUID) -> HttpResponse:
    """Say that one finished: a statement arrives as if a learning system had sent it."""
    chosen = Enrolment.objects.filter(uuid=uuid).select_related("person", "item")
    found = gate.known(request.actor, Permission.LEARNING_ENROL, chosen)
    if found.state not in OPEN:
        messages.error(request, _("“%(title)s” was over already.") % {"title": found.item.title})
        return redirect("my-learning")
    raw = statements.finished(found, at=request.now)
    receive_statement(raw=raw, source=statements.SOURCE, actor=request.actor.account, at=request.now)
    if found.action_uuid is not None:
        messages.success(request, _("Noted. The step of your plan stays open until you have used it on the job."))
    else:
        messages.success(request, _("Noted. It is in your learning record and closes no gap."))
    return redirect("my-learning")
