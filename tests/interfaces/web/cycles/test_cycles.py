"""From the draft of a cycle to its end."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from tests.cast import NOON, Cast
from tests.factories import (
    CycleFactory,
    OccupancyFactory,
    PersonFactory,
    PositionFactory,
    PositionPlacementFactory,
    ReviewFactory,
)
from tests.factories.moments import TODAY

from upwell.domain.sources.reviews.models import Review
from upwell.foundation.cycles.models import Cycle
from upwell.foundation.people.operations import rebuild_chains

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]

ASKED = {"name": "Half-year 2027", "kind": "annual", "unit": "", "opens_on": "2027-01-10", "due_on": "2027-02-10"}


def test_a_cycle_is_drafted_opened_followed_and_closed(cast: Cast) -> None:
    client = cast.dora.client()
    client.post(reverse("cycle-draft"), {**ASKED, "unit": str(cast.engineering.uuid)})
    cycle = Cycle.objects.get()
    url = reverse("cycle", args=[cycle.uuid])
    words = client.get(url).content.decode()
    assert "Ready to open" in words
    assert "3 people are asked." in words
    client.post(reverse("cycle-open", args=[cycle.uuid]))
    assert Review.objects.filter(cycle=cycle, subject=cast.ada.person).count() == 2
    answer = client.get(url)
    assert answer.context["funnel"].to_do == Review.objects.count()
    client.post(reverse("cycle-close", args=[cycle.uuid]))
    cycle.refresh_from_db()
    assert cycle.state == "closed"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"due_on": "2026-01-01"}, "It has to be due after it opens."),
        ({"name": ""}, "This field is required."),
        ({"name": "!!!"}, "Use at least one letter or digit."),
        ({"unit": "nowhere"}, "Select a valid choice"),
    ],
)
def test_a_draft_that_makes_no_sense_comes_back_as_it_was_typed(cast: Cast, wrong: dict[str, str], words: str) -> None:
    answer = cast.dora.client().post(reverse("cycle-draft"), {**ASKED, **wrong})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text
    assert 'value="2027-01-10"' in text
    assert not Cycle.objects.exists()


def test_two_cycles_of_one_name_are_refused_in_words(cast: Cast) -> None:
    client = cast.dora.client()
    client.post(reverse("cycle-draft"), ASKED)
    assert "of that name already" in client.post(reverse("cycle-draft"), ASKED).content.decode()


def test_what_stands_in_the_way_is_said_and_nothing_opens(cast: Cast) -> None:
    cycle = CycleFactory(due_on=TODAY.replace(year=2026, month=3, day=17))
    answer = cast.dora.client().post(reverse("cycle-open", args=[cycle.uuid]))
    assert answer.status_code == 422
    assert "It was not opened" in answer.content.decode()
    assert not Review.objects.exists()


def test_the_funnel_stands_by_unit_and_small_units_together(cast: Cast, sql_count: SqlCount) -> None:
    for _ in range(5):
        position = PositionFactory()
        PositionPlacementFactory(position=position, unit=cast.sales)
        OccupancyFactory(person=PersonFactory(), position=position)
    rebuild_chains(on=TODAY, actor=None, at=NOON)
    cycle = CycleFactory(state="open")
    for person in cast.sales.seats.values_list("person", flat=True):
        ReviewFactory(cycle=cycle, subject_id=person, state="submitted")
    ReviewFactory(cycle=cycle, subject=cast.ada.person)
    client = cast.dora.client()
    with sql_count("cycles.cycle"):
        answer = client.get(reverse("cycle", args=[cycle.uuid]))
    units = answer.context["units"]
    assert [(unit.name, unit.funnel.written, unit.funnel.to_do) for unit in units] == [("", 6, 1)]
    assert "Smaller units together" in answer.content.decode()
    for _ in range(4):
        ReviewFactory(cycle=cycle, subject=OccupancyFactory(position=PositionFactory()).person)
    units = client.get(reverse("cycle", args=[cycle.uuid])).context["units"]
    assert [(unit.name, unit.funnel.written, unit.funnel.to_do) for unit in units] == [("Sales", 6, 0), ("", 0, 5)]


def test_managers_see_cycles_and_run_none(cast: Cast, sql_count: SqlCount) -> None:
    CycleFactory(state="open", name="Spring")
    client = cast.boris.client()
    with sql_count("cycles.list"):
        words = client.get(reverse("cycles")).content.decode()
    assert "Spring" in words
    assert "New cycle" not in words
