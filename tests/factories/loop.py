"""Gaps, diagnoses, learning, plans, transfer and impact."""

import factory
from factory.django import DjangoModelFactory
from tests.factories import moments
from tests.factories.evidence import MetricFactory
from tests.factories.foundation import RunFactory
from tests.factories.model import CapabilityFactory
from tests.factories.people import PersonFactory, UnitFactory

from upwell.domain.diagnosis.choices import Cause
from upwell.domain.diagnosis.models import Barrier, Diagnosis
from upwell.domain.gaps.choices import NeedOrigin
from upwell.domain.gaps.models import Need, RaterEffect, Snapshot, Standing, UnitGap
from upwell.domain.impact.choices import DecisionKind, Mechanism
from upwell.domain.impact.models import Decision, Effect, Member, Programme
from upwell.domain.learning.choices import ItemKind
from upwell.domain.learning.models import Enrolment, ItemCapability, LearningItem, Prerequisite
from upwell.domain.plans.choices import InterventionKind
from upwell.domain.plans.models import Action, Budget, Intervention, Plan
from upwell.domain.transfer.models import Application, Commitment, Reassessment


class SnapshotFactory(DjangoModelFactory[Snapshot]):
    """A full computation of today."""

    class Meta:
        model = Snapshot

    run = factory.SubFactory(RunFactory)
    as_of = moments.TODAY
    created_at = moments.NOW


class StandingFactory(DjangoModelFactory[Standing]):
    """A current standing without evidence."""

    class Meta:
        model = Standing

    snapshot = factory.SubFactory(SnapshotFactory)
    person = factory.SubFactory(PersonFactory)
    capability = factory.SubFactory(CapabilityFactory)


class RaterEffectFactory(DjangoModelFactory[RaterEffect]):
    """A rater half a level too mild."""

    class Meta:
        model = RaterEffect

    snapshot = factory.SubFactory(SnapshotFactory)
    rater = factory.SubFactory(PersonFactory)
    group = "manager"
    severity = -0.5
    sd = 0.2
    lo95 = -0.9
    hi95 = -0.1
    n_persons = 6


class UnitGapFactory(DjangoModelFactory[UnitGap]):
    """A unit of ten, eight of them with evidence."""

    class Meta:
        model = UnitGap

    snapshot = factory.SubFactory(SnapshotFactory)
    unit = factory.SubFactory(UnitFactory)
    capability = factory.SubFactory(CapabilityFactory)
    n = 10
    n_evidence = 8


class NeedFactory(DjangoModelFactory[Need]):
    """A need raised by a gap run."""

    class Meta:
        model = Need

    person = factory.SubFactory(PersonFactory)
    capability = factory.SubFactory(CapabilityFactory)
    origin = NeedOrigin.RUN
    raised_at = moments.NOW


class DiagnosisFactory(DjangoModelFactory[Diagnosis]):
    """A diagnosis begun."""

    class Meta:
        model = Diagnosis

    need = factory.SubFactory(NeedFactory)
    started_at = moments.NOW


class BarrierFactory(DjangoModelFactory[Barrier]):
    """A missing tool to be bought."""

    class Meta:
        model = Barrier

    diagnosis = factory.SubFactory(DiagnosisFactory)
    cause = Cause.TOOLS
    text = "Buy the licence"
    owner = factory.SubFactory(PersonFactory)
    due_on = moments.IN_A_MONTH


class LearningItemFactory(DjangoModelFactory[LearningItem]):
    """A course."""

    class Meta:
        model = LearningItem

    key = factory.Sequence(lambda n: f"item-{n}")
    title = factory.Sequence(lambda n: f"Item {n}")
    kind = ItemKind.COURSE


class ItemCapabilityFactory(DjangoModelFactory[ItemCapability]):
    """What an item builds."""

    class Meta:
        model = ItemCapability

    item = factory.SubFactory(LearningItemFactory)
    capability = factory.SubFactory(CapabilityFactory)


class PrerequisiteFactory(DjangoModelFactory[Prerequisite]):
    """One item before another."""

    class Meta:
        model = Prerequisite

    item = factory.SubFactory(LearningItemFactory)
    requires = factory.SubFactory(LearningItemFactory)


class EnrolmentFactory(DjangoModelFactory[Enrolment]):
    """Somebody enrolled today."""

    class Meta:
        model = Enrolment

    person = factory.SubFactory(PersonFactory)
    item = factory.SubFactory(LearningItemFactory)
    enrolled_on = moments.TODAY


class InterventionFactory(DjangoModelFactory[Intervention]):
    """A workshop for a skill cause."""

    class Meta:
        model = Intervention

    key = factory.Sequence(lambda n: f"intervention-{n}")
    kind = InterventionKind.LEARNING
    title = factory.Sequence(lambda n: f"Intervention {n}")
    cause = Cause.SKILL


class PlanFactory(DjangoModelFactory[Plan]):
    """A draft plan."""

    class Meta:
        model = Plan

    person = factory.SubFactory(PersonFactory)
    manager = factory.SubFactory(PersonFactory)
    name = "Plan of the half-year"
    created_at = moments.NOW
    expires_on = moments.IN_A_MONTH


class ActionFactory(DjangoModelFactory[Action]):
    """A proposed step."""

    class Meta:
        model = Action

    plan = factory.SubFactory(PlanFactory)
    intervention = factory.SubFactory(InterventionFactory)
    reason = "The gap is the largest of the role."
    success_signal = "Leads one session alone"
    due_on = moments.IN_A_MONTH


class BudgetFactory(DjangoModelFactory[Budget]):
    """A unit's year."""

    class Meta:
        model = Budget

    unit = factory.SubFactory(UnitFactory)
    year = moments.TODAY.year
    amount = 10_000


class CommitmentFactory(DjangoModelFactory[Commitment]):
    """When X, I will Y."""

    class Meta:
        model = Commitment

    action = factory.SubFactory(ActionFactory)
    when = "a design is reviewed"
    will = "ask for the threats first"
    made_at = moments.NOW


class ApplicationFactory(DjangoModelFactory[Application]):
    """It was used."""

    class Meta:
        model = Application

    commitment = factory.SubFactory(CommitmentFactory)
    on = moments.TODAY
    used = True
    what = "Found two threats"
    logged_at = moments.NOW


class ReassessmentFactory(DjangoModelFactory[Reassessment]):
    """A re-rating to come."""

    class Meta:
        model = Reassessment

    need = factory.SubFactory(NeedFactory)
    assessor = factory.SubFactory(PersonFactory)
    due_on = moments.IN_A_MONTH


class ProgrammeFactory(DjangoModelFactory[Programme]):
    """A programme with a planned staggered start."""

    class Meta:
        model = Programme

    key = factory.Sequence(lambda n: f"programme-{n}")
    name = factory.Sequence(lambda n: f"Programme {n}")
    purpose = "Fewer defects"
    metric = factory.SubFactory(MetricFactory)
    owner = factory.SubFactory(PersonFactory)
    mechanism = Mechanism.STAGGERED
    smallest_worthwhile = 0.1
    launched_on = moments.LONG_AGO


class MemberFactory(DjangoModelFactory[Member]):
    """Somebody in the comparison."""

    class Meta:
        model = Member

    programme = factory.SubFactory(ProgrammeFactory)
    person = factory.SubFactory(PersonFactory)
    assigned_on = moments.LONG_AGO


class EffectFactory(DjangoModelFactory[Effect]):
    """An estimate that says not enough is known."""

    class Meta:
        model = Effect

    programme = factory.SubFactory(ProgrammeFactory)
    run = factory.SubFactory(RunFactory)
    as_of = moments.TODAY
    verdict = 1
    words = "Not enough evidence."
    n_treated = 20
    n_controls = 20
    created_at = moments.NOW


class DecisionFactory(DjangoModelFactory[Decision]):
    """A programme kept."""

    class Meta:
        model = Decision

    programme = factory.SubFactory(ProgrammeFactory)
    kind = DecisionKind.KEEP
    reason = "Too early to tell"
    decided_at = moments.NOW
