"""My capabilities, and why a level is what it is."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.urls import reverse
from tests.cast import Cast, Player
from tests.factories import (
    CapabilityWeightFactory,
    IndicatorFactory,
    ObjectiveFactory,
    ObservationFactory,
    ScaleFactory,
    ScaleLevelFactory,
    StandingFactory,
)
from tests.factories.levels import computed

from upwell.domain.capabilities.models import Capability
from upwell.domain.evidence.choices import Source
from upwell.domain.gaps.frames import account
from upwell.domain.gaps.queries.explaining import basis_of, evidence_behind, ledger
from upwell.foundation.audit.choices import LineKind
from upwell.foundation.audit.models import AuditLine
from upwell.interfaces.web.capabilities.reasons import waterfall_of

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def levels(cast: Cast) -> tuple[Capability, Capability]:
    return computed(cast)


def url_of(cast: Cast, capability: Capability) -> str:
    return reverse("level", args=[cast.ada.person.uuid, capability.uuid])


def page(player: Player, url: str) -> str:
    return player.client().get(url).content.decode()


def test_the_page_leads_with_the_gap_that_matters_most_and_links_to_its_reasons(
    cast: Cast, levels: tuple[Capability, Capability], sql_count: SqlCount
) -> None:
    client = cast.ada.client()
    with sql_count("capabilities.mine"):
        html = client.get(reverse("my-capabilities")).content.decode()
    lead = html.split('class="page-lead"')[1].split("</div>")[0]
    assert "Data modelling" in lead
    assert url_of(cast, levels[0]) in html


def test_the_words_of_a_framework_are_placed_on_the_bar(cast: Cast) -> None:
    scale = ScaleFactory(levels=0, name="Mastery")
    for ordinal, name, position in ((1, "awareness", 1.0), (2, "working", 2.34)):
        ScaleLevelFactory(scale=scale, ordinal=ordinal, name=name, position=position)
    StandingFactory(person=cast.ada.person, required=2.34, capability__scale=scale)
    html = page(cast.ada, reverse("my-capabilities"))
    assert "Mastery: awareness 1.0 · working 2.3" in html


def test_what_nobody_has_seen_is_a_hatch_and_never_a_zero(cast: Cast) -> None:
    StandingFactory(person=cast.ada.person, required=3.0, capability__name="Unseen craft")
    html = page(cast.ada, reverse("my-capabilities"))
    assert "hatched" in html
    assert "no evidence yet" in html


def test_without_levels_the_page_says_what_to_do(cast: Cast) -> None:
    html = page(cast.ada, reverse("my-capabilities"))
    assert "No levels yet" in html
    assert reverse("feedback-ask") in html


@pytest.mark.parametrize("reader", ["ada", "boris"])
def test_the_waterfall_adds_up_to_the_level_shown_in_at_most_ten_moves(
    cast: Cast, levels: tuple[Capability, Capability], reader: str
) -> None:
    basis = basis_of(cast.ada.person, levels[0].uuid)
    assert basis is not None
    found = account(basis.state, cast.ada.person.pk, levels[0].pk, as_of=basis.as_of)
    assert found is not None
    lines = ledger(
        found.steps,
        evidence_behind(cast.ada.person, until=basis.as_of),
        capability_id=levels[0].pk,
        reader=getattr(cast, reader).person,
        subject=cast.ada.person,
    )
    drawn = waterfall_of(found, lines, basis.standing.level, "Data modelling")
    assert drawn.end == pytest.approx(basis.standing.level, abs=0.005)
    assert len(drawn.moves) <= 10
    assert "Arrived since" not in {move.label for move in drawn.moves}
    assert sum(line.n for line in lines) == len(found.steps)


def test_evidence_not_yet_computed_is_shown_as_such_and_the_sum_still_holds(
    cast: Cast, levels: tuple[Capability, Capability]
) -> None:
    ObservationFactory(
        person=cast.ada.person, capability=levels[0], rater=cast.chen.person, source=Source.MANAGER, category=5
    )
    basis = basis_of(cast.ada.person, levels[0].uuid)
    assert basis is not None
    found = account(basis.state, cast.ada.person.pk, levels[0].pk, as_of=basis.as_of)
    assert found is not None
    lines = ledger(
        found.steps,
        evidence_behind(cast.ada.person, until=basis.as_of),
        capability_id=levels[0].pk,
        reader=None,
        subject=cast.ada.person,
    )
    drawn = waterfall_of(found, lines, basis.standing.level, "Data modelling")
    assert drawn.end == pytest.approx(basis.standing.level, abs=1e-6)
    assert drawn.moves[-1].label == "Arrived since"


def test_the_person_reads_the_managers_name_and_no_peers(cast: Cast, levels: tuple[Capability, Capability]) -> None:
    html = page(cast.ada, url_of(cast, levels[0]))
    assert "Boris Bauer (manager)" in html
    assert "Farid" not in html
    assert "fewer than three" in html


def test_the_manager_reads_who_saw_what(cast: Cast, levels: tuple[Capability, Capability], sql_count: SqlCount) -> None:
    client = cast.boris.client()
    with sql_count("capabilities.level"):
        html = client.get(url_of(cast, levels[0])).content.decode()
    assert "Farid Fay (peer)" in html


def test_reading_a_reports_level_leaves_a_line_and_ones_own_none(
    cast: Cast, levels: tuple[Capability, Capability]
) -> None:
    page(cast.ada, url_of(cast, levels[0]))
    assert not AuditLine.objects.filter(kind=LineKind.SEEN).exists()
    page(cast.boris, url_of(cast, levels[0]))
    line = AuditLine.objects.get(kind=LineKind.SEEN)
    assert line.verb == "level.view"


def test_three_peers_are_listed_one_by_one_without_their_names(
    cast: Cast, levels: tuple[Capability, Capability]
) -> None:
    for player in (cast.hana, cast.emil):
        ObservationFactory(
            person=cast.ada.person, capability=levels[0], rater=player.person, source=Source.PEER, note="a quiet word"
        )
    html = page(cast.ada, url_of(cast, levels[0]))
    assert html.count("A peer") >= 3
    assert "Hana Hall" not in html
    assert "a quiet word" not in html


@pytest.mark.requirement("R01")
def test_a_level_names_the_objectives_it_serves_up_to_the_mission(
    cast: Cast, levels: tuple[Capability, Capability]
) -> None:
    mission = ObjectiveFactory(kind="mission", title="Care for every customer")
    objective = ObjectiveFactory(parent=mission, title="Fewer failed releases")
    CapabilityWeightFactory(objective=objective, capability=levels[0])
    html = page(cast.ada, url_of(cast, levels[0]))
    assert re.search("Fewer failed releases.*Care for every customer", html, re.DOTALL)


def test_the_level_the_role_asks_is_marked_among_the_indicators(
    cast: Cast, levels: tuple[Capability, Capability]
) -> None:
    IndicatorFactory(capability=levels[0], level=4, text="designs for the reader of the data")
    html = page(cast.ada, url_of(cast, levels[0]))
    asked = html.split("the role asks this")[1].split("</details>")[0]
    assert "designs for the reader of the data" in asked


def test_a_capability_neither_rated_nor_required_is_not_found(
    cast: Cast, levels: tuple[Capability, Capability]
) -> None:
    assert cast.farid.client().get(url_of(cast, levels[0])).status_code == 404
    other = reverse("level", args=[cast.farid.person.uuid, levels[0].uuid])
    assert cast.farid.client().get(other).status_code == 404
