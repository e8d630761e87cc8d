"""Which runs an actor may read: a run tells of whoever it computed, and of the programme it judged."""

from uuid import UUID

from django.db.models import Q, QuerySet

from upwell.access import gate, policy
from upwell.access.gate import Actor
from upwell.access.permissions import Permission
from upwell.access.policy import Role
from upwell.domain.gaps.operations import RUN_KIND
from upwell.domain.impact.operations import RUN_KIND as EFFECT_KIND
from upwell.foundation.people.models import Person
from upwell.foundation.runs import queries
from upwell.foundation.runs.models import Run

UPDATE_KIND = "gaps.update"
"""The computation of one person's levels after new evidence; its parameters name the person."""


def readable(actor: Actor) -> QuerySet[Run]:
    """The runs an actor may list, newest first.

    Whoever runs the organisation's side reads all of them, effects of programmes only where programmes are theirs to
    see. Everybody else reads the computations of everybody's levels and those of the own.
    """
    found = gate.visible(actor, Permission.RUN_VIEW, queries.all_runs())
    if not gate.may(actor, Permission.PROGRAMME_VIEW):
        found = found.exclude(kind=EFFECT_KIND)
    if _runs_the_organisation(actor):
        return found
    own = Q(kind=UPDATE_KIND, params__person=str(actor.person.uuid)) if actor.person else Q(pk__in=())
    return found.filter(Q(kind=RUN_KIND) | own)


def known(actor: Actor, uuid: UUID) -> Run:
    """One run; that of another person's levels also for whoever reads those. Raises `gate.Unknown`."""
    found = gate.known(actor, Permission.RUN_VIEW, queries.all_runs().filter(uuid=uuid))
    if not _may_read(actor, found):
        raise gate.Unknown(Permission.RUN_VIEW)
    return found


def _may_read(actor: Actor, run: Run) -> bool:
    if run.kind == EFFECT_KIND:
        return gate.may(actor, Permission.PROGRAMME_VIEW)
    if run.kind == RUN_KIND or _runs_the_organisation(actor):
        return True
    if run.kind != UPDATE_KIND:
        return False
    person = Person.objects.filter(uuid=run.params["person"]).first()
    return person is not None and gate.may(actor, Permission.LEVEL_VIEW, person)


def _runs_the_organisation(actor: Actor) -> bool:
    return any(role is not Role.EMPLOYEE for role, _ in policy.cells(actor.roles, Permission.RUN_VIEW))
