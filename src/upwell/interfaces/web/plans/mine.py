"""My plan: what comes next, what I committed to, and what was used."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.plans import queries
from upwell.domain.plans.choices import ActionState, PlanState
from upwell.domain.transfer import queries as transfer
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb
from upwell.interfaces.web.plans import figures

SHOWN_FIRST = (PlanState.AGREED, PlanState.PROPOSED, PlanState.COMPLETED)


@door(Permission.PLAN_VIEW)
def my_plan(request: Request) -> HttpResponse:
    """The newest plan of the person that holds or waits, with everything that belongs to it."""
    person = request.actor.person
    if person is None:
        raise gate.Refused(Permission.PLAN_VIEW)
    on = request.actor.on
    plans = queries.plans_of(person, on=on)
    current = next((row for state in SHOWN_FIRST for row in plans if row.state == state), None)
    commitments = transfer.commitments_of(person)
    reassessments = transfer.reassessments_of(person)
    context: dict[str, object] = {
        "row": current,
        "earlier": [row for row in plans if row is not current],
        "today": on,
        "crumbs": [Crumb(_("My plan"))],
    }
    if current is not None:
        steps = figures.steps(current, commitments, reassessments, on=on, may_log=True)
        due = [row for row in commitments if row.next_check_on and row.next_check_on <= on]
        uncommitted = [step for step in steps if step.row.state == ActionState.DONE and not step.commitment]
        context |= {
            "steps": [step for step in steps if not step.gone],
            "due": due,
            "uncommitted": uncommitted,
            "next_step": next((s for s in steps if s.row.state == ActionState.ACCEPTED), None),
            "checkpoints": figures.checkpoints(current, commitments, reassessments),
            "results": [(row, figures.before_after(row)) for row in reassessments if row.done_on],
            "is_proposed": current.state == PlanState.PROPOSED,
        }
    return render(request, "plans/mine.html", context)
