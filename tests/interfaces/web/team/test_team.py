"""The capability map: who sees whom, what cells say, and that a page costs the same for three people and for thirty."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from tests.cast import NOON, Cast
from tests.factories import (
    CapabilityFactory,
    DiagnosisFactory,
    InterventionFactory,
    NeedFactory,
    OccupancyFactory,
    PersonFactory,
    PositionFactory,
    PositionPlacementFactory,
    ReportingLineFactory,
    SnapshotFactory,
    StandingFactory,
    UnitGapFactory,
    UnitPlacementFactory,
)
from tests.factories.moments import LONG_AGO, TODAY

from upwell.domain.capabilities.models import Capability
from upwell.domain.diagnosis.choices import Cause
from upwell.domain.gaps.choices import GapState, NeedState
from upwell.foundation.audit.models import AuditLine
from upwell.foundation.people.models import Occupancy, Person
from upwell.foundation.people.operations import rebuild_chains
from upwell.interfaces.web.charts.heat_map import cell_class
from upwell.interfaces.web.team.board import Board

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def stand(person: Person, capability: Capability, level: float | None, **facts: object) -> None:
    """A standing against a required level of 3."""
    known = level is not None
    usual: dict[str, object] = {
        "required": 3.0,
        "weight": 1.0,
        "gap": 3.0 - level if level is not None else None,
        "sd": 0.3 if known else None,
        "p_gap": (0.95 if level is not None and level < 3 else 0.05) if known else None,
        "priority": max(0.0, 3.0 - level) if level is not None else None,
        "state": _state(level),
        "n_ratings": 3 if known else 0,
        "n_sources": 2 if known else 0,
        "last_rated_on": timezone.localdate() if known else None,
        "provisional": not known,
    }
    StandingFactory(person=person, capability=capability, level=level, **{**usual, **facts})


def _state(level: float | None) -> GapState:
    if level is None:
        return GapState.NO_EVIDENCE
    return GapState.BELOW if level < 3 else GapState.MEETS


def hire(cast: Cast, count: int) -> list[Person]:
    """So many more reports of Boris."""
    lead = Occupancy.objects.get(person=cast.boris.person).position
    people = []
    for number in range(count):
        position, person = PositionFactory(), PersonFactory(name=f"Zoe Zz{number:02}")
        PositionPlacementFactory(position=position, unit=cast.engineering)
        ReportingLineFactory(position=position, manager=lead, valid_from=LONG_AGO)
        OccupancyFactory(person=person, position=position)
        people.append(person)
    rebuild_chains(on=TODAY, actor=None, at=NOON)
    return people


def board(answer: HttpResponse) -> Board:
    found = answer.context["board"]  # type: ignore[attr-defined]
    assert isinstance(found, Board)
    return found


def names(answer: HttpResponse) -> list[str]:
    return [row.person.name for row in board(answer).map.rows]


def test_a_manager_sees_their_direct_reports_by_name(cast: Cast) -> None:
    hire(cast, 2)
    assert names(cast.boris.client().get(reverse("team"))) == ["Ada Ek", "Zoe Zz00", "Zoe Zz01"]


def test_a_head_chooses_among_the_teams_of_their_leads(cast: Cast) -> None:
    client = cast.chen.client()
    own = client.get(reverse("team"))
    assert names(own) == ["Boris Bauer"]
    assert [label for _, label in own.context["whose"].field.choices] == ["My direct reports", "Boris Bauer (1)"]
    assert names(client.get(reverse("team"), {"team": cast.boris.person.uuid})) == ["Ada Ek"]


def test_an_hr_partner_sees_the_people_of_their_unit(cast: Cast) -> None:
    assert names(cast.dora.client().get(reverse("team"))) == ["Boris Bauer", "Ada Ek", "Chen Wu"]


@pytest.mark.parametrize("query", ["team=not-a-uuid", f"team={UUID(int=4)}", f"unit={UUID(int=5)}"])
def test_a_team_that_does_not_exist_is_not_found(cast: Cast, query: str) -> None:
    assert cast.boris.client().get(f"{reverse('team')}?{query}").status_code == 404


def test_the_team_of_a_stranger_is_not_found(cast: Cast) -> None:
    assert cast.boris.client().get(reverse("team"), {"team": cast.chen.person.uuid}).status_code == 404


def test_another_unit_of_an_hr_partner_is_empty_of_people(cast: Cast) -> None:
    assert names(cast.dora.client().get(reverse("team"), {"unit": cast.sales.uuid})) == []


def test_the_panel_of_a_report_opens_beside_the_map_and_the_look_is_noted(cast: Cast) -> None:
    capability = CapabilityFactory(name="Testing")
    stand(cast.ada.person, capability, 2.0)
    url = reverse("team-person", args=[cast.ada.person.uuid])
    answer = cast.boris.client().get(url, follow=True)
    panel = answer.context["panel"]
    assert [row.name for row in panel.next_steps] == ["Testing"]
    assert panel.next_steps[0].why_url == reverse("level", args=[cast.ada.person.uuid, capability.uuid])
    assert panel.propose_url == reverse("plan-propose", args=[cast.ada.person.uuid])
    assert panel.observe_url == reverse("observe-person", args=[cast.ada.person.uuid])
    assert AuditLine.objects.filter(verb="panel.view", kind="seen").exists()


def test_an_outsider_never_learns_of_a_panel(cast: Cast) -> None:
    seller = Occupancy.objects.get(person=cast.farid.person).position
    junior = PositionFactory()
    PositionPlacementFactory(position=junior, unit=cast.sales)
    ReportingLineFactory(position=junior, manager=seller, valid_from=LONG_AGO)
    OccupancyFactory(person=PersonFactory(), position=junior)
    rebuild_chains(on=TODAY, actor=None, at=NOON)
    client = cast.farid.client()
    url = reverse("team-person", args=[cast.ada.person.uuid])
    assert client.get(url).status_code == 404
    assert client.get(url, {"team": cast.farid.person.uuid}).status_code == 404
    assert client.get(url, {"team": cast.boris.person.uuid}).status_code == 404


def test_who_does_not_lead_directly_may_not_propose_a_plan(cast: Cast) -> None:
    url = reverse("team-person", args=[cast.ada.person.uuid])
    panel = cast.chen.client().get(url, follow=True).context["panel"]
    assert (panel.propose_url, panel.talk_url, panel.diagnose_url) == ("", "", "")
    assert panel.observe_url


def test_what_answers_the_cause_found_is_recommended_with_its_interval(cast: Cast) -> None:
    capability = CapabilityFactory()
    stand(cast.ada.person, capability, 2.0)
    need = NeedFactory(person=cast.ada.person, capability=capability, state=NeedState.DIAGNOSED)
    DiagnosisFactory(need=need, cause=Cause.TOOLS)
    InterventionFactory(title="A course", capability=capability, effect=0.9, effect_sd=0.1)
    InterventionFactory(title="Buy the licence", cause=Cause.TOOLS, effect=0.6, effect_sd=0.2)
    url = reverse("team-person", args=[cast.ada.person.uuid])
    panel = cast.boris.client().get(url, follow=True).context["panel"]
    assert panel.option.title == "Buy the licence"
    assert panel.effect_words == "Expected +0.6 levels (90 % interval 0.3 to 0.9)."
    assert panel.needs[0].url == panel.propose_url


def test_htmx_gets_the_map_and_the_panel_without_the_frame(cast: Cast) -> None:
    url = f"{reverse('team-person', args=[cast.ada.person.uuid])}?team={cast.boris.person.uuid}"
    words = cast.boris.client().get(url, headers={"HX-Request": "true", "HX-Target": "board"}).content.decode()
    assert "Ada Ek" in words
    assert "<html" not in words
    assert 'id="board"' not in words


def test_cells_tell_below_above_thin_unasked_and_unseen_apart(cast: Cast) -> None:
    below, above, unseen, unasked, thin = (CapabilityFactory(name=name) for name in "ABCDE")
    (other,) = hire(cast, 1)
    for capability, level in ((below, 1.0), (above, 4.6), (unseen, None)):
        stand(cast.ada.person, capability, level)
    stand(cast.ada.person, thin, 3.0, provisional=True)
    stand(other, unasked, 3.0)
    shown = board(cast.boris.client().get(reverse("team")))
    (row,) = [row for row in shown.map.rows if row.person.name == "Ada Ek"]
    classes = [cell_class(cell, shown.map.mode) for cell in row.cells]
    assert classes == ["far-below", "far-above", "none", "unasked", "level thin"]


@pytest.mark.parametrize(("show", "text"), [("gap", "−1.0"), ("level", ">2.0<"), ("evidence", ">3<")])
def test_the_cells_show_gap_level_or_evidence(cast: Cast, show: str, text: str) -> None:
    stand(cast.ada.person, CapabilityFactory(), 2.0)
    assert text in cast.boris.client().get(reverse("team"), {"show": show}).content.decode()


def test_readiness_leaves_out_what_nobody_has_seen(cast: Cast) -> None:
    stand(cast.ada.person, CapabilityFactory(), 4.0)
    stand(cast.ada.person, CapabilityFactory(), None)
    answer = cast.boris.client().get(reverse("team"))
    assert board(answer).map.rows[0].ready == pytest.approx(0.95)
    assert [row.person.name for row in board(answer).map.rows] == ["Ada Ek"]


def test_people_without_evidence_have_no_readiness(cast: Cast) -> None:
    stand(cast.ada.person, CapabilityFactory(), None)
    assert board(cast.boris.client().get(reverse("team"))).map.rows[0].ready is None


def test_the_lead_names_the_capability_that_weighs_most_not_the_widest_gap(cast: Cast) -> None:
    stand(cast.ada.person, CapabilityFactory(name="Wide"), 1.0, priority=2.0)
    heavy = CapabilityFactory(name="Heavy")
    stand(cast.ada.person, heavy, 2.0, priority=4.0)
    need = NeedFactory(person=cast.ada.person, capability=heavy, state=NeedState.CONFIRMED)
    answer = cast.boris.client().get(reverse("team"))
    assert answer.context["thinnest"]["row"].capability == "Heavy"
    assert answer.context["options_url"] == reverse("diagnose", args=[need.uuid])


def test_only_gaps_that_strategy_or_outcomes_lean_on_are_critical(cast: Cast) -> None:
    stand(cast.ada.person, CapabilityFactory(), 2.0, priority=1.0)
    stand(cast.ada.person, CapabilityFactory(), 2.0, priority=3.0)
    critical = cast.boris.client().get(reverse("team")).context["figures"][1]
    assert critical.value == "1"


def test_figures_say_how_they_changed_since_the_snapshot_before(cast: Cast) -> None:
    capability = CapabilityFactory()
    before = SnapshotFactory(as_of=TODAY - dt.timedelta(days=90))
    stand(cast.ada.person, capability, 2.0, snapshot=before, is_current=False)
    stand(cast.ada.person, capability, 4.0, snapshot=SnapshotFactory())
    ready = cast.boris.client().get(reverse("team")).context["figures"][0]
    assert (ready.value, ready.trend, ready.tone) == ("95", "up", "high")
    assert ready.spark.values == [pytest.approx(0.05), pytest.approx(0.95)]


def test_people_are_sorted_by_readiness_only_when_somebody_asks(cast: Cast) -> None:
    capability = CapabilityFactory()
    (other,) = hire(cast, 1)
    stand(cast.ada.person, capability, 4.0)
    stand(other, capability, 1.0)
    client = cast.boris.client()
    assert names(client.get(reverse("team"))) == ["Ada Ek", other.name]
    assert names(client.get(reverse("team"), {"sort": "ready"})) == [other.name, "Ada Ek"]
    assert names(client.get(reverse("team"), {"sort": "-ready"})) == ["Ada Ek", other.name]
    assert names(client.get(reverse("team"), {"sort": str(capability.uuid)})) == [other.name, "Ada Ek"]
    assert names(client.get(reverse("team"), {"sort": "salary"})) == ["Ada Ek", other.name]


def test_at_most_twelve_capabilities_stand_on_the_map_unless_all_are_asked_for(cast: Cast) -> None:
    for _ in range(14):
        stand(cast.ada.person, CapabilityFactory(), 3.5)
    client = cast.boris.client()
    usual = board(client.get(reverse("team")))
    assert (len(usual.map.columns), usual.hidden_columns) == (12, 2)
    assert len(board(client.get(reverse("team"), {"columns": "all"})).map.columns) == 14


@pytest.mark.parametrize("reports", [3, 30])
def test_the_map_needs_as_many_statements_for_three_people_as_for_thirty(
    cast: Cast, sql_count: SqlCount, reports: int
) -> None:
    capabilities = [CapabilityFactory() for _ in range(12)]
    snapshot = SnapshotFactory()
    for person in [cast.ada.person, *hire(cast, reports - 1)]:
        for capability in capabilities:
            stand(person, capability, 2.0, snapshot=snapshot)
    client = cast.boris.client()
    with sql_count("team"):
        answer = client.get(reverse("team"))
    assert len(board(answer).map.rows) == reports
    assert len(answer.content) < 150_000
    NeedFactory(person=cast.ada.person, capability=capabilities[0], state=NeedState.DIAGNOSED)
    url = reverse("team-person", args=[cast.ada.person.uuid])
    with sql_count("team.person"):
        answer = client.get(url, {"team": cast.boris.person.uuid})
    assert len(answer.content) < 150_000


def test_a_unit_shows_no_figures_of_fewer_than_five_people(cast: Cast) -> None:
    snapshot = SnapshotFactory()
    figures = {"share_meeting": 0.5, "share_lo95": 0.3, "share_hi95": 0.7, "mean_gap": 0.6, "lo95": 0.2, "hi95": 1.0}
    many, few = CapabilityFactory(name="Many"), CapabilityFactory(name="Few")
    UnitGapFactory(snapshot=snapshot, unit=cast.engineering, capability=many, n=8, n_evidence=7, **figures)
    UnitGapFactory(snapshot=snapshot, unit=cast.engineering, capability=few, n=9, n_evidence=4, **figures)
    answer = cast.dora.client().get(reverse("unit-gaps", args=[cast.engineering.uuid]))
    assert [line.row.capability for line in answer.context["shown"]] == ["Many"]
    (hidden,) = answer.context["withheld"]
    assert (hidden.capability, hidden.n, hidden.share, hidden.gap) == ("Few", None, None, None)
    assert answer.context["thinnest"].capability == "Many"


def test_a_unit_withholds_what_would_give_a_small_sister_away(cast: Cast) -> None:
    snapshot, capability = SnapshotFactory(), CapabilityFactory()
    for unit, people in ((cast.company, 14), (cast.engineering, 11), (cast.sales, 3)):
        UnitGapFactory(snapshot=snapshot, unit=unit, capability=capability, n=people, n_evidence=people)
    client = cast.hana.client()
    assert len(client.get(reverse("unit-gaps", args=[cast.company.uuid])).context["shown"]) == 1
    assert client.get(reverse("unit-gaps", args=[cast.engineering.uuid])).context["shown"] == []
    assert client.get(reverse("unit-gaps", args=[cast.sales.uuid])).context["shown"] == []


def test_a_small_root_is_not_found_by_subtracting_the_other_root_from_everybody(cast: Cast) -> None:
    snapshot, capability = SnapshotFactory(), CapabilityFactory()
    abroad, island = UnitPlacementFactory().unit, UnitPlacementFactory().unit
    rebuild_chains(on=TODAY, actor=None, at=NOON)
    figures = {"share_meeting": 0.5, "share_lo95": 0.3, "share_hi95": 0.7, "mean_gap": 0.6, "lo95": 0.2, "hi95": 1.0}
    for unit, people in ((cast.company, 30), (abroad, 9), (island, 3)):
        UnitGapFactory(snapshot=snapshot, unit=unit, capability=capability, n=people, n_evidence=people, **figures)
    client = cast.hana.client()
    assert client.get(reverse("strategy-capability", args=[capability.uuid])).context["ready"].share is not None
    assert len(client.get(reverse("unit-gaps", args=[cast.company.uuid])).context["shown"]) == 1
    for unit in (abroad, island):
        (hidden,) = client.get(reverse("unit-gaps", args=[unit.uuid])).context["withheld"]
        assert (hidden.n, hidden.withheld) == (None, "withheld to protect small groups")


def test_a_unit_page_needs_as_many_statements_as_stored(cast: Cast, sql_count: SqlCount) -> None:
    UnitGapFactory(unit=cast.engineering)
    client = cast.dora.client()
    with sql_count("team.unit"):
        client.get(reverse("unit-gaps", args=[cast.engineering.uuid]))
