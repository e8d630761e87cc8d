"""Needs: raised by somebody, confirmed only by a pattern of evidence, closed with a reason."""

import datetime as dt
import uuid

from upwell.domain.capabilities.models import Capability
from upwell.domain.gaps.choices import NeedKind, NeedOrigin, NeedState
from upwell.domain.gaps.frames import confirmation
from upwell.domain.gaps.models import Need, Standing
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person

ORDER = (NeedState.RAISED, NeedState.CONFIRMED, NeedState.DIAGNOSED, NeedState.PLANNED)
OVER = (NeedState.CLOSED, NeedState.DISMISSED)


class NeedIsOver(Exception):
    """The need is closed or dismissed; raise a new one if it is back."""


class NotConfirmed(Exception):
    """The evidence for the need is no pattern yet, so nothing is decided on it; the message says what to do first."""


@operation("need.raise")
def raise_need(
    *,
    person: Person,
    capability: Capability,
    kind: NeedKind,
    origin: NeedOrigin,
    origin_uuid: uuid.UUID | None,
    note: str,
    raised_by: Person | None,
    actor: Account | None,
    at: dt.datetime,
) -> Need:
    """Raise a need; one already open for the same capability is returned, with the note added."""
    known = Need.objects.filter(person=person, capability=capability).exclude(state__in=OVER).first()
    if known is not None:
        known.note = "\n".join(filter(None, (known.note, note)))
        known.origin_uuid = origin_uuid or known.origin_uuid
        known.save(update_fields=["note", "origin_uuid"])
        return known
    standing = Standing.objects.filter(person=person, capability=capability, is_current=True).first()
    return Need.objects.create(
        person=person,
        capability=capability,
        kind=kind,
        origin=origin,
        origin_uuid=origin_uuid,
        note=note,
        level_at_start=standing.level if standing else None,
        sd_at_start=standing.sd if standing else None,
        required=standing.required if standing else None,
        raised_by=raised_by,
        raised_at=at,
    )


@operation("need.confirm")
def confirm_need(*, need: Need, actor: Account | None, at: dt.datetime) -> Need:
    """Confirm a need where the evidence is a pattern (R25); where it is not, the need stays raised and says why."""
    _must_be_open(need)
    is_pattern, reason, observations = confirmation(need.person_id, need.capability_id, as_of=at.date())
    need.confirmation = reason[:300]
    need.evidence = observations
    if is_pattern and need.state == NeedState.RAISED:
        need.state = NeedState.CONFIRMED
    need.save(update_fields=["confirmation", "evidence", "state"])
    return need


@operation("need.advance")
def advance_need(*, need: Need, state: NeedState, actor: Account | None, at: dt.datetime) -> Need:
    """Move a need forward on its way from raised to planned; it never moves back."""
    _must_be_open(need)
    if ORDER.index(state) > ORDER.index(NeedState(need.state)):
        need.state = state
        need.save(update_fields=["state"])
    return need


@operation("need.dismiss")
def dismiss_need(*, need: Need, reason: str, actor: Account | None, at: dt.datetime) -> Need:
    """Say that a need is none after all."""
    return _end(need, NeedState.DISMISSED, reason, at)


@operation("need.close")
def close_need(*, need: Need, reason: str, actor: Account | None, at: dt.datetime) -> Need:
    """Close a need, because the level is reached or with another reason."""
    return _end(need, NeedState.CLOSED, reason, at)


def must_be_confirmed(need: Need) -> None:
    """Raise NotConfirmed where nobody has found a pattern behind a need yet (R25), NeedIsOver where it is over."""
    _must_be_open(need)
    if need.state == NeedState.RAISED:
        raise NotConfirmed(
            f"The need {need} is not confirmed: the evidence has to show a pattern before a cause or a step is chosen."
        )


def _end(need: Need, state: NeedState, reason: str, at: dt.datetime) -> Need:
    _must_be_open(need)
    need.state = state
    need.closing_reason = reason[:300]
    need.closed_at = at
    need.save(update_fields=["state", "closing_reason", "closed_at"])
    return need


def _must_be_open(need: Need) -> None:
    if need.state in OVER:
        raise NeedIsOver(f"The need {need} is {need.get_state_display()}.")
