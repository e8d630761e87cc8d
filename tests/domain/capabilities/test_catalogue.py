"""The capability model: scales with anchors, wordings of each edition, and the search."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from tests.cast import NOON
from tests.factories import CapabilityFactory, EditionFactory, FrameworkFactory, ObservationFactory, PersonFactory
from tests.factories.moments import LONG_AGO, TODAY

from upwell.domain.capabilities import operations, queries
from upwell.domain.capabilities.choices import Facet
from upwell.domain.capabilities.operations import IndicatorSpec, LevelSpec, ScaleNotOrdered
from upwell.domain.evidence.queries import observations_of

pytestmark = pytest.mark.django_db


def test_a_level_begins_halfway_from_the_one_below_unless_its_cut_is_given() -> None:
    operations.create_scale(
        key="three",
        name="Three",
        levels=[LevelSpec("aware", 1.0), LevelSpec("working", 3.0), LevelSpec("expert", 5.0, cut=4.5)],
        actor=None,
        at=NOON,
    )
    (scale,) = queries.scales()
    assert [(row.ordinal, row.name, row.cut) for row in scale.levels] == [
        (1, "aware", None),
        (2, "working", 2.0),
        (3, "expert", 4.5),
    ]


@pytest.mark.parametrize(
    "levels",
    [
        [LevelSpec("only", 1.0)],
        [LevelSpec("high", 3.0), LevelSpec("low", 1.0)],
        [LevelSpec("a", 1.0), LevelSpec("b", 2.0, cut=2.0), LevelSpec("c", 3.0, cut=2.0)],
    ],
)
def test_a_scale_needs_two_levels_that_rise(levels: list[LevelSpec]) -> None:
    with pytest.raises(ScaleNotOrdered):
        operations.create_scale(key="x", name="X", levels=levels, actor=None, at=NOON)
    assert queries.scales() == ()


@pytest.mark.requirement("R10")
def test_each_level_shows_its_anchors_in_the_order_given_and_what_speaks_against_it() -> None:
    capability = CapabilityFactory()
    operations.set_indicators(
        capability=capability,
        indicators=[
            IndicatorSpec(3, "Explains trade-offs"),
            IndicatorSpec(3, "Names the risk"),
            IndicatorSpec(3, "Guesses", effective=False),
        ],
        actor=None,
        at=NOON,
    )
    levels = queries.anchors([capability.pk])[capability.pk]
    assert [(row.text, row.effective) for row in levels[2].indicators] == [
        ("Explains trade-offs", True),
        ("Names the risk", True),
        ("Guesses", False),
    ]
    assert levels[0].indicators == ()


@pytest.mark.requirement("R08")
def test_capabilities_of_every_facet_are_one_kind_of_thing_and_found_by_it() -> None:
    for facet in Facet.values:
        CapabilityFactory(name=f"Of {facet}", facet=facet)
    assert queries.catalogue().total == len(Facet.values)
    for facet in Facet.values:
        assert [row.name for row in queries.catalogue(facet=facet).rows] == [f"Of {facet}"]


@pytest.mark.requirement("R14")
def test_a_new_edition_keeps_the_words_of_the_old_one_and_old_ratings_stay_readable() -> None:
    framework, person = FrameworkFactory(), PersonFactory()
    operations.open_edition(framework=framework, label="1", valid_from=LONG_AGO, actor=None, at=NOON)
    capability = operations.create_capability(
        key="c",
        framework=framework,
        name="Coding",
        facet=Facet.TECHNICAL,
        scale=CapabilityFactory().scale,
        actor=None,
        at=NOON,
    )
    ObservationFactory(person=person, capability=capability)
    operations.open_edition(framework=framework, label="2", valid_from=TODAY, actor=None, at=NOON)
    operations.revise_capability(
        capability=capability, name="Software", description="", actor=None, at=NOON + dt.timedelta(days=1)
    )
    found = queries.detail(capability.uuid)
    assert found is not None
    assert [(entry.edition, entry.name) for entry in found.entries] == [("2", "Software"), ("1", "Coding")]
    assert [row.level_name for row in observations_of(person)] == ["Level 3"]


def test_the_database_refuses_two_editions_of_one_framework_on_the_same_day() -> None:
    edition = EditionFactory()
    with pytest.raises(IntegrityError, match="capabilities_one_edition"), transaction.atomic():
        EditionFactory(framework=edition.framework, valid_from=TODAY)


def test_a_retired_capability_leaves_the_search_and_can_still_be_opened() -> None:
    capability = CapabilityFactory(name="Typewriting")
    operations.retire_capability(capability=capability, retired_on=TODAY, actor=None, at=NOON)
    assert queries.search("type") == ()
    found = queries.detail(capability.uuid)
    assert found is not None
    assert found.row.retired


def test_the_search_wants_every_word_somewhere_in_name_group_or_key() -> None:
    CapabilityFactory(name="Threat modelling", group="Security")
    CapabilityFactory(name="Data modelling", group="Design")
    assert [row.name for row in queries.search("modelling secur")] == ["Threat modelling"]
