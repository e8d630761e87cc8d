"""What a manager has to decide: plans, stalled ones, uses to confirm, re-assessments due."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.plans import queries
from upwell.domain.plans.queries import PlanRow
from upwell.domain.transfer import queries as transfer
from upwell.interfaces.web.charts import Person as Chip
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb


@door(Permission.PLAN_PROPOSE)
def decisions(request: Request) -> HttpResponse:
    """Everything that waits for the manager."""
    person = request.actor.person
    if person is None:
        raise gate.Refused(Permission.PLAN_PROPOSE)
    on = request.actor.on
    context = {
        "to_decide": [(_chip(row), row) for row in queries.plans_to_decide(person, on=on)],
        "to_watch": [(_chip(row), row) for row in queries.plans_to_watch(person, on=on)],
        "to_confirm": transfer.uses_to_confirm(person),
        "to_rate": [(row, row.due_on < on) for row in transfer.reassessments_for(person)],
        "crumbs": [Crumb(_("Decisions"))],
    }
    return render(request, "plans/decisions.html", context)


def _chip(row: PlanRow) -> Chip:
    return Chip(row.person, row.name, reverse("plan", args=[row.uuid]), str(row.person_uuid))
