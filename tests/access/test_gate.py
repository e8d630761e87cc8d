"""The gate: who of the cast may know of what, and what is noted."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast
from tests.factories import (
    CheckInFactory,
    FeedbackFactory,
    MandateFactory,
    NeedFactory,
    NoticeFactory,
    ObservationFactory,
    PersonFactory,
    PlanFactory,
    PrivateNoteFactory,
    ReviewFactory,
    StandingFactory,
)
from tests.factories.moments import TODAY

from upwell.access import gate
from upwell.access.gate import actor_of, may, must, visible
from upwell.access.permissions import Permission
from upwell.access.policy import Role
from upwell.domain.gaps.models import Standing
from upwell.domain.sources.feedback.choices import Audience
from upwell.domain.sources.feedback.models import Feedback
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.choices import LineKind
from upwell.foundation.audit.models import AuditLine
from upwell.foundation.people.choices import MandateKind
from upwell.foundation.people.models import Person, Unit

pytestmark = pytest.mark.django_db


def who_may(cast: Cast, permission: Permission, thing: object) -> set[str]:
    """The first names of those who may."""
    allowed = [player for player in cast.players() if may(player.actor(), permission, thing)]
    return {player.name.split()[0].lower() for player in allowed}


def lines(kind: LineKind) -> list[tuple[str, str]]:
    return list(AuditLine.objects.filter(kind=kind).order_by("id").values_list("actor_name", "verb"))


def test_an_actor_is_known_in_two_statements(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        actor = actor_of(cast.boris.account, on=TODAY)
    assert len(captured) == 2
    assert actor.roles == {Role.EMPLOYEE, Role.MANAGER}


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("ada", {Role.EMPLOYEE}),
        ("boris", {Role.EMPLOYEE, Role.MANAGER}),
        ("dora", {Role.EMPLOYEE, Role.HR_PARTNER}),
        ("gita", {Role.AUDITOR}),
        ("hana", {Role.EMPLOYEE, Role.EXECUTIVE}),
        ("ivo", {Role.EMPLOYEE, Role.ADMINISTRATOR}),
    ],
)
def test_roles_come_from_the_person_their_reports_and_their_mandates(cast: Cast, name: str, roles: set[Role]) -> None:
    assert getattr(cast, name).actor().roles == roles


def test_a_mandate_that_ended_gives_no_role(cast: Cast) -> None:
    MandateFactory(account=cast.farid.account, kind=MandateKind.AUDITOR, valid_to=TODAY)
    assert not cast.farid.actor().has(Role.AUDITOR)


def test_whoever_left_keeps_no_mandate(cast: Cast) -> None:
    Person.objects.filter(pk=cast.dora.person.pk).update(left_on=TODAY)
    Account.objects.filter(pk=cast.dora.account.pk).update(is_superuser=True)
    cast.dora.account.refresh_from_db()
    actor = cast.dora.actor()
    assert (actor.roles, actor.mandates) == (frozenset(), ())
    assert not may(actor, Permission.LEVEL_VIEW, StandingFactory(person=cast.ada.person))


def test_levels_are_read_by_the_person_those_above_their_hr_partner_and_the_auditor(cast: Cast) -> None:
    standing = StandingFactory(person=cast.ada.person)
    assert who_may(cast, Permission.LEVEL_VIEW, standing) == {"ada", "boris", "chen", "dora", "gita"}


def test_an_hr_partner_sees_nobody_outside_the_unit_of_the_mandate(cast: Cast) -> None:
    standing = StandingFactory(person=cast.farid.person)
    assert who_may(cast, Permission.LEVEL_VIEW, standing) == {"farid", "gita"}


def test_a_plan_is_read_by_the_person_and_the_direct_manager_alone(cast: Cast) -> None:
    plan = PlanFactory(person=cast.ada.person, manager=cast.boris.person)
    assert who_may(cast, Permission.PLAN_VIEW, plan) == {"ada", "boris"}


def test_private_feedback_is_read_by_its_two_parties_alone(cast: Cast) -> None:
    shared = FeedbackFactory(giver=cast.farid.person, receiver=cast.ada.person)
    private = FeedbackFactory(giver=cast.farid.person, receiver=cast.ada.person, audience=Audience.PRIVATE)
    assert who_may(cast, Permission.FEEDBACK_VIEW, shared) == {"ada", "farid", "boris"}
    assert who_may(cast, Permission.FEEDBACK_VIEW, private) == {"ada", "farid"}
    assert list(visible(cast.boris.actor(), Permission.FEEDBACK_VIEW, Feedback.objects.all())) == [shared]


def test_a_private_note_is_read_by_its_owner_alone(cast: Cast) -> None:
    note = PrivateNoteFactory(checkin=CheckInFactory(manager=cast.boris.person, person=cast.ada.person))
    assert who_may(cast, Permission.CHECKIN_VIEW, note) == {"boris"}
    assert who_may(cast, Permission.CHECKIN_VIEW, note.checkin) == {"ada", "boris"}


def test_the_executive_reads_no_growth_data_of_anybody_else(cast: Cast) -> None:
    hana = cast.hana.actor()
    for person in (cast.ada.person, cast.boris.person, cast.farid.person):
        plan, standing = PlanFactory(person=person), StandingFactory(person=person)
        need, seen = NeedFactory(person=person), ObservationFactory(person=person)
        for thing in (plan, standing, need, seen):
            assert not any(may(hana, permission, thing) for permission in Permission)


def test_what_one_may_not_know_of_is_unknown(cast: Cast) -> None:
    with pytest.raises(gate.Unknown):
        must(cast.farid.actor(), Permission.PANEL_VIEW, cast.ada.person)
    with pytest.raises(gate.Unknown):
        must(cast.chen.actor(), Permission.PLAN_VIEW, PlanFactory(person=cast.ada.person))


def test_a_review_is_written_by_its_reviewer_and_signed_by_both(cast: Cast) -> None:
    review = ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person)
    own = ReviewFactory(subject=cast.ada.person, reviewer=cast.ada.person, kind="self")
    assert who_may(cast, Permission.REVIEW_WRITE, review) == {"boris"}
    assert who_may(cast, Permission.REVIEW_SIGN, review) == {"ada", "boris"}
    assert who_may(cast, Permission.REVIEW_WRITE, own) == {"ada"}


def test_the_list_of_what_one_is_a_party_to_leaves_no_line(cast: Cast) -> None:
    FeedbackFactory(giver=cast.farid.person, receiver=cast.ada.person)
    assert len(visible(cast.ada.actor(), Permission.FEEDBACK_VIEW, Feedback.objects.all())) == 1
    assert lines(LineKind.SEEN) == []


def test_what_one_may_view_but_not_touch_is_refused(cast: Cast) -> None:
    review = ReviewFactory(subject=cast.ada.person, reviewer=cast.boris.person)
    with pytest.raises(gate.Refused):
        must(cast.dora.actor(), Permission.REVIEW_WRITE, review)


def test_a_page_without_a_thing_is_refused(cast: Cast) -> None:
    with pytest.raises(gate.Refused):
        must(cast.ada.actor(), Permission.AUDIT_VIEW)


def test_reading_about_another_leaves_one_line_a_request(cast: Cast) -> None:
    standing = StandingFactory(person=cast.ada.person)
    boris = cast.boris.actor()
    must(boris, Permission.LEVEL_VIEW, standing)
    must(boris, Permission.LEVEL_VIEW, standing)
    must(cast.ada.actor(), Permission.LEVEL_VIEW, standing)
    assert lines(LineKind.SEEN) == [("Boris Bauer", "level.view")]
    assert AuditLine.objects.get(kind=LineKind.SEEN).subject_uuid == cast.ada.person.uuid


def test_the_panel_of_a_person_is_a_sensitive_read_though_the_name_is_not(cast: Cast) -> None:
    must(cast.boris.actor(), Permission.PANEL_VIEW, cast.ada.person)
    must(cast.boris.actor(), Permission.PEOPLE_VIEW, cast.ada.person)
    assert lines(LineKind.SEEN) == [("Boris Bauer", "panel.view")]


def test_a_list_of_others_leaves_one_line_and_of_oneself_none(cast: Cast) -> None:
    for player in (cast.ada, cast.boris, cast.farid):
        StandingFactory(person=player.person)
    rows = visible(cast.boris.actor(), Permission.TEAM_VIEW, Standing.objects.all())
    assert {row.person for row in rows} == {cast.ada.person}
    mine = visible(cast.ada.actor(), Permission.CAPABILITIES_VIEW, Standing.objects.all())
    assert {row.person for row in mine} == {cast.ada.person}
    assert lines(LineKind.SEEN) == [("Boris Bauer", "team.view")]


def test_who_is_turned_away_leaves_a_line(cast: Cast) -> None:
    with pytest.raises(gate.Unknown):
        must(cast.farid.actor(), Permission.LEVEL_VIEW, StandingFactory(person=cast.ada.person))
    assert lines(LineKind.REFUSED) == [("Farid Fay", "level.view")]


def test_colleagues_are_found_and_candidates_only_by_those_who_keep_people_data(cast: Cast) -> None:
    candidate = PersonFactory(kind="candidate")
    everybody = Person.objects.all()
    assert candidate not in visible(cast.ada.actor(), Permission.PEOPLE_VIEW, everybody)
    assert cast.farid.person in visible(cast.ada.actor(), Permission.PEOPLE_VIEW, everybody)
    assert candidate in visible(cast.ivo.actor(), Permission.PEOPLE_VIEW, everybody)


def test_gaps_of_units_open_by_mandate_and_downwards_for_managers(cast: Cast) -> None:
    def open_to(name: str) -> set[str]:
        units = visible(getattr(cast, name).actor(), Permission.UNIT_GAPS_VIEW, Unit.objects.all())
        return {unit.name for unit in units}

    assert open_to("dora") == {"Engineering"}
    assert open_to("hana") == {"Company", "Engineering", "Sales"}
    assert open_to("chen") == {"Engineering"}
    assert open_to("ada") == set()


def test_an_inbox_is_read_by_its_owner_alone(cast: Cast) -> None:
    assert who_may(cast, Permission.INBOX_VIEW, NoticeFactory(person=cast.ada.person)) == {"ada"}


def test_an_account_without_person_and_mandate_may_nothing(cast: Cast) -> None:
    actor = actor_of(MandateFactory(valid_to=TODAY).account, on=TODAY)
    assert not any(may(actor, permission) for permission in Permission)


def test_a_model_that_states_no_facts_is_a_mistake_and_not_a_hole(cast: Cast) -> None:
    with pytest.raises(TypeError, match="states no facts"):
        may(cast.ada.actor(), Permission.PEOPLE_VIEW, ContentType.objects.first())
