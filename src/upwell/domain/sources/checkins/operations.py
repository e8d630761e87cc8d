"""1:1s are planned and held; agreements carry over until done; blockers are raised and resolved."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from upwell.domain.capabilities.models import Capability
from upwell.domain.sources.checkins.choices import ItemKind
from upwell.domain.sources.checkins.models import AgendaItem, Agreement, Blocker, CheckIn, PrivateNote
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person


class NotOfThisTalk(Exception):
    """Only the two who talk may own a note or an agreement of it."""


class WithOneself(Exception):
    """A 1:1 takes two."""


@dataclass(frozen=True, slots=True)
class ItemSpec:
    """An agenda item that another station offers: a plan step, a goal, a commitment."""

    kind: str
    text: str
    origin_uuid: uuid.UUID | None = None


@operation("checkin.plan")
def plan(
    *,
    manager: Person,
    person: Person,
    planned_on: dt.date,
    actor: Account | None,
    at: dt.datetime,
    items: Sequence[ItemSpec] = (),
) -> CheckIn:
    """Plan a 1:1. Open agreements and blockers of the two are on the agenda by themselves, then `items`.

    Raises:
        WithOneself: manager and person are the same.
    """
    if manager.pk == person.pk:
        raise WithOneself("A 1:1 takes two people.")
    checkin = CheckIn.objects.create(manager=manager, person=person, planned_on=planned_on)
    carried = [
        ItemSpec(ItemKind.CARRIED, agreement.text, agreement.uuid)
        for agreement in Agreement.objects.filter(
            checkin__manager=manager, checkin__person=person, done_on__isnull=True
        )
    ]
    blockers = [
        ItemSpec(ItemKind.BLOCKER, blocker.text, blocker.uuid)
        for blocker in Blocker.objects.filter(person=person, checkin__manager=manager, resolved_on__isnull=True)
    ]
    AgendaItem.objects.bulk_create(
        AgendaItem(checkin=checkin, kind=item.kind, text=item.text[:500], origin_uuid=item.origin_uuid)
        for item in [*carried, *blockers, *items]
    )
    return checkin


@operation("checkin.hold")
def hold(*, checkin: CheckIn, notes: str, actor: Account | None, at: dt.datetime) -> CheckIn:
    """Note that the talk took place, and what both want to remember. Notes may be written again."""
    checkin.notes = notes
    checkin.held_at = checkin.held_at or at
    checkin.save(update_fields=["notes", "held_at"])
    return checkin


@operation("checkin.add_item")
def add_item(
    *,
    checkin: CheckIn,
    text: str,
    actor: Account | None,
    at: dt.datetime,
    kind: str = ItemKind.TOPIC,
    origin_uuid: uuid.UUID | None = None,
) -> AgendaItem:
    """Put something on the agenda."""
    return AgendaItem.objects.create(checkin=checkin, kind=kind, text=text, origin_uuid=origin_uuid)


@operation("checkin.tick_item")
def tick_item(*, item: AgendaItem, done: bool, actor: Account | None, at: dt.datetime) -> AgendaItem:
    """Mark an agenda item as talked about, or take the mark away."""
    item.done = done
    item.save(update_fields=["done"])
    return item


@operation("checkin.agree")
def agree(
    *,
    checkin: CheckIn,
    owner: Person,
    text: str,
    actor: Account | None,
    at: dt.datetime,
    due_on: dt.date | None = None,
) -> Agreement:
    """Agree an action; it stands on every later agenda of the two until it is done.

    Raises:
        NotOfThisTalk: the owner is neither of the two.
    """
    _check_party(checkin, owner)
    return Agreement.objects.create(checkin=checkin, owner=owner, text=text, due_on=due_on)


@operation("checkin.complete_agreement")
def complete_agreement(*, agreement: Agreement, done_on: dt.date, actor: Account | None, at: dt.datetime) -> Agreement:
    """An agreed action is done."""
    agreement.done_on = done_on
    agreement.save(update_fields=["done_on"])
    AgendaItem.objects.filter(origin_uuid=agreement.uuid, checkin__held_at__isnull=True).update(done=True)
    return agreement


@operation("blocker.raise")
def raise_blocker(
    *,
    checkin: CheckIn,
    kind: str,
    text: str,
    actor: Account | None,
    at: dt.datetime,
    capability: Capability | None = None,
) -> Blocker:
    """Name what stands in the person's way."""
    return Blocker.objects.create(
        checkin=checkin, person=checkin.person, kind=kind, capability=capability, text=text, raised_on=at.date()
    )


@operation("blocker.resolve")
def resolve_blocker(*, blocker: Blocker, actor: Account | None, at: dt.datetime) -> Blocker:
    """It stands in the way no longer."""
    blocker.resolved_on = at.date()
    blocker.save(update_fields=["resolved_on"])
    return blocker


@operation("checkin.write_private_note")
def write_private_note(*, checkin: CheckIn, owner: Person, text: str, actor: Account | None, at: dt.datetime) -> None:
    """Keep something for oneself; the audit line says that a note was written, not what it says.

    Raises:
        NotOfThisTalk: the owner is neither of the two.
    """
    _check_party(checkin, owner)
    PrivateNote.objects.update_or_create(checkin=checkin, owner=owner, defaults={"text": text})


def _check_party(checkin: CheckIn, person: Person) -> None:
    if person.pk not in {checkin.manager_id, checkin.person_id}:
        raise NotOfThisTalk(f"{person} is not part of this 1:1.")
