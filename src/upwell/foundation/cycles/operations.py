"""Drafting, opening and closing a cycle."""

import datetime as dt

from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.cycles import queries
from upwell.foundation.cycles.choices import CycleKind, CycleState
from upwell.foundation.cycles.models import Cycle
from upwell.foundation.people.models import Unit


class WrongStateError(ValueError):
    """A cycle goes from draft to open to closed and never back."""


class NotReadyError(ValueError):
    """Blocking checks failed; `reasons` are their words."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@operation("cycle.draft")
def draft(
    *,
    key: str,
    name: str,
    kind: CycleKind,
    unit: Unit | None,
    opens_on: dt.date,
    due_on: dt.date,
    actor: Account | None,
    at: dt.datetime,
) -> Cycle:
    """Plan a cycle for a unit and all below it, or for everyone."""
    return Cycle.objects.create(key=key, name=name, kind=kind, unit=unit, opens_on=opens_on, due_on=due_on)


@operation("cycle.open")
def open_cycle(*, cycle: Cycle, actor: Account | None, at: dt.datetime) -> Cycle:
    """Open a drafted cycle. Raises NotReadyError where a blocking check fails, WrongStateError where it is no draft."""
    locked = _locked(cycle, CycleState.DRAFT)
    failed = [check.words for check in queries.checks(locked, on=at.date()) if check.blocks and not check.well]
    if failed:
        raise NotReadyError(failed)
    return _turn(locked, CycleState.OPEN)


@operation("cycle.close")
def close_cycle(*, cycle: Cycle, actor: Account | None, at: dt.datetime) -> Cycle:
    """Close an open cycle for good."""
    return _turn(_locked(cycle, CycleState.OPEN), CycleState.CLOSED)


def _locked(cycle: Cycle, expected: CycleState) -> Cycle:
    row = Cycle.objects.select_for_update().get(pk=cycle.pk)
    if row.state != expected:
        raise WrongStateError(f"{row} is {row.get_state_display()}, not {expected.label}.")
    return row


def _turn(cycle: Cycle, state: CycleState) -> Cycle:
    cycle.state = state
    cycle.save(update_fields=["state"])
    return cycle
