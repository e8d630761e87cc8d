"""Choosing a person without scripts: a search field, and a list of those near and of those found."""

from uuid import UUID

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.foundation.people import queries
from upwell.foundation.people.models import Person
from upwell.foundation.people.queries import PersonRow
from upwell.interfaces.web.doors import Request

FOUND = 30


def choices(request: Request, permission: Permission, text: str, chosen: Person | None) -> list[tuple[str, str]]:
    """Uuid and words of everybody to choose from: found by `text`, else those the actor works with."""
    me = request.actor.person
    if text.strip():
        rows = queries.found(gate.visible(request.actor, permission, Person.objects.all()), text, limit=FOUND)
    else:
        rows = queries.around(me) if me else []
    found = {str(row.uuid): _words(row) for row in rows if me is None or row.uuid != me.uuid}
    if chosen is not None:
        found.setdefault(str(chosen.uuid), chosen.name)
    return sorted(found.items(), key=lambda pair: pair[1].casefold())


def person_asked_for(request: Request, permission: Permission, text: str) -> Person | None:
    """The person whose uuid is `text`, if the actor may; never the actor."""
    try:
        uuid = UUID(text)
    except ValueError:
        return None
    me = request.actor.person
    rows = gate.visible(request.actor, permission, Person.objects.filter(uuid=uuid))
    return (rows.exclude(pk=me.pk) if me else rows).first()


def _words(row: PersonRow) -> str:
    return f"{row.name}, {row.position}" if row.position else row.name
