"""Observations, learning records and the kinds of evidence."""

import datetime as dt
from typing import Any

import factory
from factory.django import DjangoModelFactory
from tests.factories import moments
from tests.factories.foundation import CycleFactory
from tests.factories.model import CapabilityFactory
from tests.factories.people import PersonFactory

from upwell.domain.evidence.choices import Origin, Source
from upwell.domain.evidence.models import Observation, Retraction
from upwell.domain.records.models import Statement, StatementSource
from upwell.domain.sources.checkins.choices import BlockerKind
from upwell.domain.sources.checkins.models import AgendaItem, Agreement, Blocker, CheckIn, PrivateNote
from upwell.domain.sources.feedback.models import Feedback, FeedbackRequest
from upwell.domain.sources.goals.models import Goal, Milestone, Progress
from upwell.domain.sources.kpis.choices import MetricFamily
from upwell.domain.sources.kpis.models import Metric, MetricLink, MetricValue
from upwell.domain.sources.reviews.choices import ReviewKind
from upwell.domain.sources.reviews.models import Review, ReviewAnswer
from upwell.lib.partitions import ensure_months

PARTITIONED_BY: dict[type[Any], str] = {Observation: "observed_on", Statement: "stored_on", MetricValue: "month"}


class PartitionedFactory(DjangoModelFactory[Any]):
    """Makes the monthly partition a row needs before the row."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type[Any], *args: Any, **kwargs: Any) -> Any:
        day: dt.date = kwargs[PARTITIONED_BY[model_class]]
        ensure_months(model_class._meta.db_table, [day])
        return super()._create(model_class, *args, **kwargs)


class ObservationFactory(PartitionedFactory):
    """A manager saw level 3."""

    class Meta:
        model = Observation

    person = factory.SubFactory(PersonFactory)
    observed_on = moments.TODAY
    capability = factory.SubFactory(CapabilityFactory)
    rater = factory.SubFactory(PersonFactory)
    source = Source.MANAGER
    scale = factory.SelfAttribute("capability.scale")
    category = 3
    origin = Origin.OBSERVATION
    recorded_at = moments.NOW


class RetractionFactory(DjangoModelFactory[Retraction]):
    """An observation withdrawn."""

    class Meta:
        model = Retraction

    observation_uuid = factory.Faker("uuid4")
    person = factory.SubFactory(PersonFactory)
    reason = "entered for the wrong person"
    retracted_at = moments.NOW


class StatementFactory(PartitionedFactory):
    """Somebody completed something."""

    class Meta:
        model = Statement

    stored_on = moments.TODAY
    happened_at = moments.NOW
    person = factory.SubFactory(PersonFactory)
    actor_key = "mailto:somebody@example.org"
    verb = "http://adlnet.gov/expapi/verbs/completed"
    object_key = "https://example.org/course"
    completion = True
    source = "test"
    raw = factory.LazyFunction(dict)


class StatementSourceFactory(DjangoModelFactory[StatementSource]):
    """A system that may send statements."""

    class Meta:
        model = StatementSource

    name = factory.Sequence(lambda n: f"Source {n}")
    token_digest = factory.Sequence(lambda n: f"{n:064d}")
    created_at = moments.NOW


class ReviewFactory(DjangoModelFactory[Review]):
    """A manager's review to do."""

    class Meta:
        model = Review

    cycle = factory.SubFactory(CycleFactory)
    subject = factory.SubFactory(PersonFactory)
    reviewer = factory.SubFactory(PersonFactory)
    kind = ReviewKind.MANAGER
    created_at = moments.NOW


class ReviewAnswerFactory(DjangoModelFactory[ReviewAnswer]):
    """A capability rated 3 in a review."""

    class Meta:
        model = ReviewAnswer

    review = factory.SubFactory(ReviewFactory)
    capability = factory.SubFactory(CapabilityFactory)
    category = 3
    answered_at = moments.NOW


class FeedbackRequestFactory(DjangoModelFactory[FeedbackRequest]):
    """Somebody asks somebody."""

    class Meta:
        model = FeedbackRequest

    asker = factory.SubFactory(PersonFactory)
    asked = factory.SubFactory(PersonFactory)
    asked_at = moments.NOW


class FeedbackFactory(DjangoModelFactory[Feedback]):
    """Shared feedback without a rating."""

    class Meta:
        model = Feedback

    giver = factory.SubFactory(PersonFactory)
    receiver = factory.SubFactory(PersonFactory)
    text = "You let everybody finish their sentence."
    given_at = moments.NOW


class CheckInFactory(DjangoModelFactory[CheckIn]):
    """A planned 1:1."""

    class Meta:
        model = CheckIn

    manager = factory.SubFactory(PersonFactory)
    person = factory.SubFactory(PersonFactory)
    planned_on = moments.TODAY


class PrivateNoteFactory(DjangoModelFactory[PrivateNote]):
    """What the manager keeps to themselves."""

    class Meta:
        model = PrivateNote

    checkin = factory.SubFactory(CheckInFactory)
    owner = factory.SelfAttribute("checkin.manager")
    text = "Ask about the workload."


class AgendaItemFactory(DjangoModelFactory[AgendaItem]):
    """One thing to talk about."""

    class Meta:
        model = AgendaItem

    checkin = factory.SubFactory(CheckInFactory)
    text = "The release"


class AgreementFactory(DjangoModelFactory[Agreement]):
    """What the person will do."""

    class Meta:
        model = Agreement

    checkin = factory.SubFactory(CheckInFactory)
    owner = factory.SelfAttribute("checkin.person")
    text = "Write the runbook"


class BlockerFactory(DjangoModelFactory[Blocker]):
    """A missing tool."""

    class Meta:
        model = Blocker

    checkin = factory.SubFactory(CheckInFactory)
    person = factory.SelfAttribute("checkin.person")
    kind = BlockerKind.TOOLS
    text = "No access to the test system"
    raised_on = moments.TODAY


class GoalFactory(DjangoModelFactory[Goal]):
    """A person's draft goal."""

    class Meta:
        model = Goal

    person = factory.SubFactory(PersonFactory)
    title = factory.Sequence(lambda n: f"Goal {n}")
    created_at = moments.NOW


class MilestoneFactory(DjangoModelFactory[Milestone]):
    """A step on the way."""

    class Meta:
        model = Milestone

    goal = factory.SubFactory(GoalFactory)
    text = "First half"


class ProgressFactory(DjangoModelFactory[Progress]):
    """Halfway."""

    class Meta:
        model = Progress

    goal = factory.SubFactory(GoalFactory)
    on = moments.TODAY
    percent = 50


class MetricFactory(DjangoModelFactory[Metric]):
    """A quality metric."""

    class Meta:
        model = Metric

    key = factory.Sequence(lambda n: f"metric-{n}")
    name = factory.Sequence(lambda n: f"Metric {n}")
    family = MetricFamily.QUALITY


class MetricLinkFactory(DjangoModelFactory[MetricLink]):
    """A metric that speaks for a capability."""

    class Meta:
        model = MetricLink

    metric = factory.SubFactory(MetricFactory)
    capability = factory.SubFactory(CapabilityFactory)


class MetricValueFactory(PartitionedFactory):
    """One month's value."""

    class Meta:
        model = MetricValue

    person = factory.SubFactory(PersonFactory)
    metric = factory.SubFactory(MetricFactory)
    month = moments.TODAY.replace(day=1)
    value = 1.0
    recorded_at = moments.NOW
