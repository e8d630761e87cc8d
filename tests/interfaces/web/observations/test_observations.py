"""Observing in twenty seconds."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.cast import Cast
from tests.factories import IndicatorFactory
from tests.factories.levels import computed

from upwell.domain.evidence.models import Observation
from upwell.domain.gaps.queries import current_standing

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def test_the_first_screen_lists_ones_reports(cast: Cast, sql_count: SqlCount) -> None:
    client = cast.boris.client()
    with sql_count("observations.people"):
        html = client.get(reverse("observe")).content.decode()
    assert reverse("observe-person", args=[cast.ada.person.uuid]) in html
    assert "Farid" not in html


def test_capabilities_of_the_role_are_offered_and_their_anchors_shown(cast: Cast, sql_count: SqlCount) -> None:
    capability, _ = computed(cast)
    IndicatorFactory(capability=capability, level=3, text="explains the trade-offs")
    url = reverse("observe-person", args=[cast.ada.person.uuid])
    client = cast.boris.client()
    assert "Data modelling" in client.get(url).content.decode()
    with sql_count("observations.form"):
        html = client.get(url, {"capability": str(capability.uuid)}).content.decode()
    assert "explains the trade-offs" in html


@pytest.mark.requirement("R22")
def test_an_observation_moves_the_level_and_says_from_where_to_where(cast: Cast, sql_count: SqlCount) -> None:
    capability, _ = computed(cast)
    client = cast.boris.client()
    given = {"capability": capability.uuid, "category": "5", "note": "Led the design review.", "observed_on": _today()}
    before = current_standing(cast.ada.person, capability)
    answer = client.post(reverse("observe-person", args=[cast.ada.person.uuid]), given)
    assert answer.status_code == 302
    with sql_count("observations.moved"):
        html = client.get(answer["Location"]).content.decode()
    after = current_standing(cast.ada.person, capability)
    assert before
    assert after
    assert before.level is not None
    assert after.level is not None
    assert after.level > before.level
    assert f"{before.level:.2f} to {after.level:.2f}" in html
    assert reverse("level", args=[cast.ada.person.uuid, capability.uuid]) in html
    assert Observation.objects.get(note="Led the design review.").source == "manager"


@pytest.mark.parametrize("wrong", [{"category": ""}, {"category": "6"}, {"note": ""}, {"observed_on": "2199-01-01"}])
def test_a_wrong_entry_is_refused_and_kept(cast: Cast, wrong: dict[str, str]) -> None:
    capability, _ = computed(cast)
    n = Observation.objects.count()
    given = {"capability": str(capability.uuid), "category": "4", "note": "Led it.", "observed_on": _today()} | wrong
    answer = cast.boris.client().post(reverse("observe-person", args=[cast.ada.person.uuid]), given)
    assert answer.status_code == 422
    assert Observation.objects.count() == n
    assert wrong.get("note") == "" or 'value="Led it."' in answer.content.decode()


def test_where_no_level_stood_before_the_page_says_that_it_is_the_first(cast: Cast) -> None:
    capability, _ = computed(cast)
    from_before = Observation.objects.filter(person=cast.ada.person, capability=capability).first()
    assert from_before is not None
    html = cast.boris.client().get(reverse("observation", args=[from_before.uuid])).content.decode()
    assert "has a first level" in html


def _today() -> str:
    return timezone.localdate().isoformat()
