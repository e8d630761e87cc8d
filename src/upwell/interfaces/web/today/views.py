"""Today: at most three next steps, the widest gaps, and what one's goals serve."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from upwell.access.permissions import Permission
from upwell.access.policy import Role
from upwell.domain.gaps.queries import standings_of
from upwell.domain.sources.goals.queries import served_by
from upwell.domain.sources.reviews import queries as reviews
from upwell.foundation.people.models import Person
from upwell.interfaces.web.capabilities.figures import row_of, widest
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb
from upwell.interfaces.web.today.office import office_steps
from upwell.interfaces.web.today.steps import next_steps, team_steps

SHOWN = 4


@door(Permission.TODAY_VIEW)
def today(request: Request) -> HttpResponse:
    """What to do next; for an account without a person, where its work is."""
    person = request.actor.person
    context = {"crumbs": [Crumb(_("Today"))], "as_of": request.actor.on}
    if person is None:
        return render(request, "today/account.html", context)
    return render(request, "today/today.html", context | _of_person(request, person))


def _of_person(request: Request, person: Person) -> dict[str, object]:
    on = request.actor.on
    forms = reviews.waiting_for(person)
    steps = next_steps(person, forms=forms, on=on)
    standings = [row for row in standings_of([person.pk]) if row.required is not None]
    below = widest(standings)
    team = team_steps(person, forms=forms) if request.actor.has(Role.MANAGER) else None
    office = office_steps(request.actor)
    return {
        "person": person,
        "first": steps[0] if steps else None,
        "steps": steps,
        "minutes": sum(step.minutes for step in steps if step.minutes < 120),
        "bars": [row_of(row, person.uuid, {}, on=on) for row in below[:SHOWN]],
        "n_below": len(below),
        "n_required": len(standings),
        "goals": served_by(person),
        "team": team,
        "office": office,
        "others": [*(team or ()), *(office or ())],
    }
