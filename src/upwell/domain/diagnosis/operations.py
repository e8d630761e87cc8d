"""Verbs of diagnosis: start from the data, ask a little, decide on a cause, remove what is in the way."""

import datetime as dt

from upwell.domain.diagnosis.choices import Cause
from upwell.domain.diagnosis.frames import Assessment, assess
from upwell.domain.diagnosis.models import Barrier, Diagnosis
from upwell.domain.diagnosis.queries import NeedFacts, facts_of
from upwell.domain.gaps.choices import NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.gaps.operations import advance_need, must_be_confirmed
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person


class OverrideNeedsReason(Exception):
    """Training for another cause than knowledge or skill is possible, but only with a reason."""


@operation("diagnosis.start")
def start_diagnosis(*, need: Need, actor: Account | None, at: dt.datetime) -> Diagnosis:
    """Begin with what the data says; a diagnosis already begun is returned as it is."""
    known = Diagnosis.objects.filter(need=need).first()
    if known is not None:
        return known
    facts = facts_of(need, on=at.date())
    diagnosis = Diagnosis(need=need, started_at=at)
    return _keep(diagnosis, facts, assess(facts, {}, need=need))


@operation("diagnosis.answer")
def answer(*, diagnosis: Diagnosis, question: str, value: str, actor: Account | None, at: dt.datetime) -> Diagnosis:
    """Take one answer and weigh the causes anew, against the data as it is now."""
    facts = facts_of(diagnosis.need, on=at.date())
    answers = {**diagnosis.answers, question: value}
    assessment = assess(facts, answers, need=diagnosis.need)
    diagnosis.answers = answers
    return _keep(diagnosis, facts, assessment)


@operation("diagnosis.decide")
def decide(
    *,
    diagnosis: Diagnosis,
    cause: Cause,
    by: Person,
    actor: Account | None,
    at: dt.datetime,
    open_training: bool = False,
    override_reason: str = "",
) -> Diagnosis:
    """Decide on a cause. Only knowledge or skill opens training; anything else needs a reason for it (R35).

    Raises NotConfirmed where no pattern stands behind the need yet (R25).
    """
    must_be_confirmed(diagnosis.need)
    skill = cause == Cause.SKILL
    if open_training and not skill and not override_reason.strip():
        raise OverrideNeedsReason("Say why training should be opened although the cause is another.")
    diagnosis.cause = cause
    diagnosis.training_open = skill or open_training
    diagnosis.override_reason = "" if skill else override_reason.strip()
    diagnosis.decided_by = by
    diagnosis.decided_at = at
    diagnosis.save()
    advance_need(need=diagnosis.need, state=NeedState.DIAGNOSED, actor=actor, at=at)
    return diagnosis


@operation("barrier.raise")
def raise_barrier(
    *,
    diagnosis: Diagnosis,
    cause: Cause,
    text: str,
    owner: Person,
    due_on: dt.date,
    actor: Account | None,
    at: dt.datetime,
) -> Barrier:
    """Give something in the way an owner and a date (R36)."""
    return Barrier.objects.create(diagnosis=diagnosis, cause=cause, text=text, owner=owner, due_on=due_on)


@operation("barrier.resolve")
def resolve_barrier(*, barrier: Barrier, resolution: str, actor: Account | None, at: dt.datetime) -> Barrier:
    """Say how a barrier was removed."""
    barrier.resolved_on = at.date()
    barrier.resolution = resolution[:300]
    barrier.save(update_fields=["resolved_on", "resolution"])
    return barrier


def _keep(diagnosis: Diagnosis, facts: NeedFacts, assessment: Assessment) -> Diagnosis:
    diagnosis.hints = {name: getattr(facts, name) for name in NeedFacts.__dataclass_fields__}
    diagnosis.ranking = assessment.ranking
    diagnosis.questions = assessment.questions
    diagnosis.other_options = assessment.other_options
    diagnosis.shared = assessment.shared
    diagnosis.save()
    return diagnosis
