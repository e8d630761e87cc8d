"""What two people talk about comes back until it is done, and a private note stays with its owner."""

import datetime as dt

import pytest
from tests.cast import NOON, Cast
from tests.factories.moments import TODAY

from upwell.domain.sources.checkins import operations, queries
from upwell.domain.sources.checkins.choices import BlockerKind, ItemKind
from upwell.domain.sources.checkins.models import AgendaItem, Agreement, Blocker, CheckIn, PrivateNote
from upwell.domain.sources.checkins.operations import ItemSpec, NotOfThisTalk, WithOneself
from upwell.foundation.audit.models import AuditLine

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(days=7)


def talk(cast: Cast, weeks: int = 0, *items: ItemSpec) -> CheckIn:
    """A 1:1 of Boris and Ada."""
    return operations.plan(
        manager=cast.boris.person,
        person=cast.ada.person,
        planned_on=TODAY + weeks * WEEK,
        items=items,
        actor=None,
        at=NOON,
    )


def held(checkin: CheckIn) -> CheckIn:
    """The talk took place."""
    return operations.hold(checkin=checkin, notes="", actor=None, at=NOON)


def lines(checkin: CheckIn) -> list[tuple[str, str]]:
    """Kind and text of the agenda."""
    return [(row.kind, row.text) for row in queries.agenda(checkin)]


@pytest.mark.requirement("R18")
def test_the_agenda_begins_with_what_is_open_and_goes_on_with_plan_goals_and_commitments(cast: Cast) -> None:
    first = held(talk(cast))
    operations.agree(checkin=first, owner=cast.ada.person, text="Write the runbook", actor=None, at=NOON)
    operations.raise_blocker(checkin=first, kind=BlockerKind.TOOLS, text="No test system", actor=None, at=NOON)
    offered = [ItemSpec(ItemKind.PLAN, "Pair on the release"), ItemSpec(ItemKind.GOAL, "Fewer defects")]
    assert lines(talk(cast, 1, *offered)) == [
        (ItemKind.CARRIED, "Write the runbook"),
        (ItemKind.BLOCKER, "No test system"),
        (ItemKind.PLAN, "Pair on the release"),
        (ItemKind.GOAL, "Fewer defects"),
    ]


@pytest.mark.requirement("R18")
def test_an_agreement_carries_over_from_talk_to_talk_until_it_is_done(cast: Cast) -> None:
    agreement = operations.agree(
        checkin=held(talk(cast)), owner=cast.boris.person, text="Ask for the licence", actor=None, at=NOON
    )
    for week in (1, 2, 3):
        assert lines(held(talk(cast, week))) == [(ItemKind.CARRIED, "Ask for the licence")]
    operations.complete_agreement(agreement=agreement, done_on=TODAY, actor=None, at=NOON)
    assert lines(talk(cast, 4)) == []
    assert queries.open_agreements(cast.ada.person) == ()


def test_doing_what_was_agreed_ticks_it_on_the_agenda_of_the_coming_talk(cast: Cast) -> None:
    agreement = operations.agree(checkin=held(talk(cast)), owner=cast.ada.person, text="It", actor=None, at=NOON)
    past, coming = held(talk(cast, 1)), talk(cast, 2)
    operations.complete_agreement(agreement=agreement, done_on=TODAY, actor=None, at=NOON)
    assert [row.done for row in queries.agenda(past)] == [False]
    assert [row.done for row in queries.agenda(coming)] == [True]


def test_a_resolved_blocker_leaves_the_agenda_and_the_list(cast: Cast) -> None:
    first = held(talk(cast))
    blocker = operations.raise_blocker(checkin=first, kind=BlockerKind.PROCESS, text="Slow", actor=None, at=NOON)
    ada = cast.ada.person.pk
    assert [row.text for row in queries.open_blockers([ada])[ada]] == ["Slow"]
    operations.resolve_blocker(blocker=blocker, actor=None, at=NOON)
    assert queries.open_blockers([ada]) == {}
    assert lines(talk(cast, 1)) == []


def test_what_ada_agreed_with_another_manager_does_not_come_up_with_boris(cast: Cast) -> None:
    other = operations.plan(manager=cast.chen.person, person=cast.ada.person, planned_on=TODAY, actor=None, at=NOON)
    operations.agree(checkin=other, owner=cast.ada.person, text="Elsewhere", actor=None, at=NOON)
    assert lines(talk(cast)) == []


def test_a_private_note_is_read_by_its_owner_and_nobody_else(cast: Cast) -> None:
    checkin = talk(cast)
    for owner, text in ((cast.boris.person, "Ask about the workload"), (cast.ada.person, "Ask for a rise")):
        operations.write_private_note(checkin=checkin, owner=owner, text=text, actor=None, at=NOON)
    assert queries.detail(checkin, reader=cast.boris.person).private_note == "Ask about the workload"
    assert queries.detail(checkin, reader=cast.ada.person).private_note == "Ask for a rise"
    assert queries.detail(checkin, reader=cast.chen.person).private_note == ""


def test_the_audit_trail_knows_that_a_private_note_was_written_and_not_what_it_says(cast: Cast) -> None:
    operations.write_private_note(
        checkin=talk(cast), owner=cast.boris.person, text="Ask about the workload", actor=None, at=NOON
    )
    line = AuditLine.objects.get(verb="checkin.write_private_note")
    assert "workload" not in str((line.thing_name, line.details))


def test_only_the_two_who_talk_own_notes_and_agreements(cast: Cast) -> None:
    checkin = talk(cast)
    with pytest.raises(NotOfThisTalk):
        operations.write_private_note(checkin=checkin, owner=cast.farid.person, text="x", actor=None, at=NOON)
    with pytest.raises(NotOfThisTalk):
        operations.agree(checkin=checkin, owner=cast.farid.person, text="x", actor=None, at=NOON)
    assert not PrivateNote.objects.exists()
    assert not Agreement.objects.exists()


def test_a_talk_takes_two(cast: Cast) -> None:
    with pytest.raises(WithOneself):
        operations.plan(manager=cast.ada.person, person=cast.ada.person, planned_on=TODAY, actor=None, at=NOON)


def test_notes_may_be_written_again_and_the_talk_keeps_the_moment_it_was_held(cast: Cast) -> None:
    checkin = operations.hold(checkin=talk(cast), notes="First", actor=None, at=NOON)
    operations.hold(checkin=checkin, notes="Better", actor=None, at=NOON + WEEK)
    found = queries.history(cast.ada.person)[0]
    assert (found.notes, found.held_at) == ("Better", NOON)
    assert queries.last_held(cast.boris.person, [cast.ada.person.pk]) == {cast.ada.person.pk: NOON}


def test_both_find_the_coming_talk_and_the_past_one_apart(cast: Cast) -> None:
    past, coming = held(talk(cast)), talk(cast, 1)
    for person in (cast.ada.person, cast.boris.person):
        assert [row.uuid for row in queries.upcoming(person)] == [coming.uuid]
        assert {row.uuid for row in queries.history(person)} == {past.uuid, coming.uuid}
    assert queries.history(cast.ada.person, other=cast.chen.person) == ()


def test_an_agenda_item_is_ticked_and_unticked(cast: Cast) -> None:
    item = operations.add_item(checkin=talk(cast), text="The release", actor=None, at=NOON)
    operations.tick_item(item=item, done=True, actor=None, at=NOON)
    assert AgendaItem.objects.get().done
    operations.tick_item(item=item, done=False, actor=None, at=NOON)
    assert not AgendaItem.objects.get().done


def test_a_blocker_belongs_to_the_person_who_reports(cast: Cast) -> None:
    operations.raise_blocker(checkin=talk(cast), kind=BlockerKind.TOOLS, text="No licence", actor=None, at=NOON)
    assert Blocker.objects.get().person == cast.ada.person
