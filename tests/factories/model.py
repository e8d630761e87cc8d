"""The capability model, strategy and roles."""

import factory
from factory.django import DjangoModelFactory
from tests.factories import moments
from tests.factories.people import PersonFactory, UnitFactory

from upwell.domain.capabilities.choices import Facet
from upwell.domain.capabilities.models import (
    Capability,
    Edition,
    EditionEntry,
    Framework,
    Indicator,
    Scale,
    ScaleLevel,
)
from upwell.domain.roles.models import Requirement, Role, RoleFamily, RoleHolding, TargetRole
from upwell.domain.strategy.choices import ObjectiveKind, Stage
from upwell.domain.strategy.models import Campaign, CapabilityWeight, GrowthStage, Objective


class ScaleFactory(DjangoModelFactory[Scale]):
    """A scale of five levels at 1 to 5, cut halfway between."""

    class Meta:
        model = Scale
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"scale-{n}")
    name = factory.Sequence(lambda n: f"Scale {n}")

    @factory.post_generation
    def levels(self, create: bool, extracted: int | None, **kwargs: object) -> None:
        """Give it levels: five unless told, none with ``levels=0``."""
        if create:
            for ordinal in range(1, (5 if extracted is None else extracted) + 1):
                ScaleLevelFactory(scale=self, ordinal=ordinal)


class ScaleLevelFactory(DjangoModelFactory[ScaleLevel]):
    """A level at its ordinal."""

    class Meta:
        model = ScaleLevel

    scale = factory.SubFactory(ScaleFactory, levels=0)
    ordinal = 1
    name = factory.LazyAttribute(lambda row: f"Level {row.ordinal}")
    position = factory.LazyAttribute(lambda row: float(row.ordinal))
    cut = factory.LazyAttribute(lambda row: None if row.ordinal == 1 else row.ordinal - 0.5)


class FrameworkFactory(DjangoModelFactory[Framework]):
    """An own framework."""

    class Meta:
        model = Framework

    key = factory.Sequence(lambda n: f"framework-{n}")
    name = factory.Sequence(lambda n: f"Framework {n}")


class EditionFactory(DjangoModelFactory[Edition]):
    """The edition in force."""

    class Meta:
        model = Edition

    framework = factory.SubFactory(FrameworkFactory)
    label = "1"
    valid_from = moments.LONG_AGO


class CapabilityFactory(DjangoModelFactory[Capability]):
    """A technical skill on a scale of five."""

    class Meta:
        model = Capability

    key = factory.Sequence(lambda n: f"capability-{n}")
    framework = factory.SubFactory(FrameworkFactory)
    name = factory.Sequence(lambda n: f"Capability {n}")
    facet = Facet.TECHNICAL
    scale = factory.SubFactory(ScaleFactory)


class EditionEntryFactory(DjangoModelFactory[EditionEntry]):
    """How a capability read."""

    class Meta:
        model = EditionEntry

    edition = factory.SubFactory(EditionFactory)
    capability = factory.SubFactory(CapabilityFactory)
    name = factory.SelfAttribute("capability.name")


class IndicatorFactory(DjangoModelFactory[Indicator]):
    """What is seen at level 3."""

    class Meta:
        model = Indicator

    capability = factory.SubFactory(CapabilityFactory)
    level = 3
    text = "explains the trade-offs before choosing"


class ObjectiveFactory(DjangoModelFactory[Objective]):
    """An objective under nothing."""

    class Meta:
        model = Objective

    key = factory.Sequence(lambda n: f"objective-{n}")
    kind = ObjectiveKind.OBJECTIVE
    title = factory.Sequence(lambda n: f"Objective {n}")


class CapabilityWeightFactory(DjangoModelFactory[CapabilityWeight]):
    """An objective leaning on a capability."""

    class Meta:
        model = CapabilityWeight

    objective = factory.SubFactory(ObjectiveFactory)
    capability = factory.SubFactory(CapabilityFactory)


class GrowthStageFactory(DjangoModelFactory[GrowthStage]):
    """Growing since long ago."""

    class Meta:
        model = GrowthStage

    stage = Stage.GROWING
    since = moments.LONG_AGO


class CampaignFactory(DjangoModelFactory[Campaign]):
    """A push of one unit."""

    class Meta:
        model = Campaign

    key = factory.Sequence(lambda n: f"campaign-{n}")
    name = factory.Sequence(lambda n: f"Campaign {n}")
    unit = factory.SubFactory(UnitFactory)
    outcome = "The product is launched."
    due_on = moments.IN_A_MONTH


class RoleFamilyFactory(DjangoModelFactory[RoleFamily]):
    """A ladder without rungs."""

    class Meta:
        model = RoleFamily

    key = factory.Sequence(lambda n: f"family-{n}")
    name = factory.Sequence(lambda n: f"Family {n}")


class RoleFactory(DjangoModelFactory[Role]):
    """The first rung of its ladder."""

    class Meta:
        model = Role

    key = factory.Sequence(lambda n: f"role-{n}")
    name = factory.Sequence(lambda n: f"Role {n}")
    family = factory.SubFactory(RoleFamilyFactory)
    rank = 1


class RequirementFactory(DjangoModelFactory[Requirement]):
    """Level 3 of a capability."""

    class Meta:
        model = Requirement

    role = factory.SubFactory(RoleFactory)
    capability = factory.SubFactory(CapabilityFactory)
    level = 3.0
    valid_from = moments.LONG_AGO


class RoleHoldingFactory(DjangoModelFactory[RoleHolding]):
    """Somebody in a role."""

    class Meta:
        model = RoleHolding

    person = factory.SubFactory(PersonFactory)
    role = factory.SubFactory(RoleFactory)
    valid_from = moments.LONG_AGO


class TargetRoleFactory(DjangoModelFactory[TargetRole]):
    """Somebody aiming at a role."""

    class Meta:
        model = TargetRole

    person = factory.SubFactory(PersonFactory)
    role = factory.SubFactory(RoleFactory)
    since = moments.LONG_AGO
