"""A gap is diagnosed before an intervention is chosen; what is no lack of skill is removed as a barrier."""

import pytest
from tests.cast import NOON, Cast
from tests.domain.gaps.computing import compute, rate, require
from tests.factories import CapabilityFactory, NeedFactory
from tests.factories.moments import IN_A_MONTH

from upwell.domain.diagnosis import operations, queries
from upwell.domain.diagnosis.choices import Cause
from upwell.domain.diagnosis.frames import NotAnAnswer
from upwell.domain.diagnosis.models import Diagnosis
from upwell.domain.evidence.choices import Source
from upwell.domain.gaps.choices import NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.gaps.operations import NotConfirmed
from upwell.foundation.audit.models import AuditLine

pytestmark = pytest.mark.django_db


def begun(need: Need) -> Diagnosis:
    return operations.start_diagnosis(need=need, actor=None, at=NOON)


def answered(diagnosis: Diagnosis, **answers: str) -> Diagnosis:
    for question, value in answers.items():
        diagnosis = operations.answer(diagnosis=diagnosis, question=question, value=value, actor=None, at=NOON)
    return diagnosis


def likeliest(diagnosis: Diagnosis) -> str:
    return str(diagnosis.ranking[0]["cause"])


@pytest.fixture
def need(cast: Cast) -> Need:
    made: Need = NeedFactory(person=cast.ada.person, state=NeedState.CONFIRMED)
    return made


@pytest.mark.requirement("R35")
def test_a_missing_tool_is_found_by_asking_and_training_stays_closed(cast: Cast, need: Need) -> None:
    diagnosis = answered(
        begun(need),
        could_if_life_depended="yes",
        has_what_is_needed="no",
        knows_what_good_is="yes",
        wants_this_work="yes",
    )
    assert likeliest(diagnosis) == Cause.TOOLS
    assert any("missing" in reason for reason in diagnosis.ranking[0]["reasons"])
    decided = operations.decide(
        diagnosis=diagnosis, cause=Cause.TOOLS, by=cast.boris.person, actor=cast.boris.account, at=NOON
    )
    assert not decided.training_open
    assert Need.objects.get(pk=need.pk).state == NeedState.DIAGNOSED


@pytest.mark.requirement("R35")
def test_a_lack_of_skill_opens_training(cast: Cast, need: Need) -> None:
    diagnosis = answered(begun(need), could_if_life_depended="no", practised_recently="no", has_what_is_needed="yes")
    assert likeliest(diagnosis) == Cause.SKILL
    decided = operations.decide(diagnosis=diagnosis, cause=Cause.SKILL, by=cast.boris.person, actor=None, at=NOON)
    assert decided.training_open
    assert decided.override_reason == ""


@pytest.mark.parametrize("reason", ["", "   "])
def test_training_for_another_cause_needs_a_reason(cast: Cast, need: Need, reason: str) -> None:
    with pytest.raises(operations.OverrideNeedsReason):
        operations.decide(
            diagnosis=begun(need),
            cause=Cause.TOOLS,
            by=cast.boris.person,
            open_training=True,
            override_reason=reason,
            actor=None,
            at=NOON,
        )
    assert not Diagnosis.objects.get().training_open


@pytest.mark.requirement("G1")
def test_an_override_with_a_reason_is_logged(cast: Cast, need: Need) -> None:
    decided = operations.decide(
        diagnosis=begun(need),
        cause=Cause.TOOLS,
        by=cast.boris.person,
        open_training=True,
        override_reason="The tool comes in spring; she learns it now.",
        actor=cast.boris.account,
        at=NOON,
    )
    assert decided.training_open
    line = AuditLine.objects.get(verb="diagnosis.decide")
    assert line.actor == cast.boris.account
    assert line.details["override_reason"].startswith("The tool comes in spring")


def test_at_most_five_questions_are_asked(need: Need) -> None:
    diagnosis = begun(need)
    asked = 0
    while diagnosis.questions:
        asked += 1
        diagnosis = answered(diagnosis, **{diagnosis.questions[0]["key"]: "unsure"})
    assert 1 <= asked <= 5


def test_what_is_no_question_or_no_answer_is_refused(need: Need) -> None:
    with pytest.raises(NotAnAnswer):
        answered(begun(need), knows_what_good_is="perhaps")
    with pytest.raises(NotAnAnswer):
        answered(begun(need), likes_tea="yes")
    assert Diagnosis.objects.get().answers == {}


def test_a_diagnosis_begun_twice_keeps_its_answers(need: Need) -> None:
    answered(begun(need), time_enough="no")
    assert begun(need).answers == {"time_enough": "no"}
    assert Diagnosis.objects.count() == 1


def test_the_facts_tell_level_team_and_time_in_the_role(cast: Cast) -> None:
    capability = CapabilityFactory()
    require(cast.ada.person, cast.boris.person, a=(capability, 4.0))
    for category in (1, 2):
        rate(cast.ada.person, capability, cast.boris.person, category, source=Source.MANAGER)
    compute()
    facts = queries.facts_of(NeedFactory(person=cast.ada.person, capability=capability), on=NOON.date())
    assert facts.level is not None
    assert facts.required == pytest.approx(4.0)
    assert facts.gap == pytest.approx(4.0 - facts.level)
    assert facts.months_in_role is not None
    assert facts.months_in_role > 20


@pytest.mark.requirement("R36")
def test_a_barrier_has_an_owner_a_date_and_an_end(cast: Cast, need: Need) -> None:
    barrier = operations.raise_barrier(
        diagnosis=begun(need),
        cause=Cause.TOOLS,
        text="No licence",
        owner=cast.chen.person,
        due_on=IN_A_MONTH,
        actor=None,
        at=NOON,
    )
    row = queries.diagnosis_of(need)
    assert row is not None
    assert [(one.text, one.owner, one.due_on, one.resolved_on) for one in row.barriers] == [
        ("No licence", "Chen Wu", IN_A_MONTH, None)
    ]
    operations.resolve_barrier(barrier=barrier, resolution="Bought", actor=None, at=NOON)
    row = queries.diagnosis_of(need)
    assert row is not None
    assert (row.barriers[0].resolved_on, row.barriers[0].resolution) == (NOON.date(), "Bought")


def test_those_above_may_own_a_barrier_nearest_first(cast: Cast, need: Need) -> None:
    owners = [person.name for person in queries.possible_owners(need)]
    assert owners == ["Boris Bauer", "Chen Wu", "Ada Ek"]


@pytest.mark.requirement("R25")
def test_no_cause_is_decided_before_a_pattern_confirms_the_need(cast: Cast) -> None:
    raised = NeedFactory(person=cast.ada.person)
    with pytest.raises(NotConfirmed):
        operations.decide(
            diagnosis=begun(raised), cause=Cause.SKILL, by=cast.boris.person, actor=cast.boris.account, at=NOON
        )
    assert Need.objects.get().state == NeedState.RAISED
    assert not Diagnosis.objects.get().training_open
