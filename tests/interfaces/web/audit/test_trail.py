"""The page of the trail."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.factories import AuditLineFactory, PlanFactory

from upwell.access.gate import may, must
from upwell.access.permissions import Permission
from upwell.foundation.audit.choices import LineKind

pytestmark = pytest.mark.django_db

SqlCount = Callable[[str], AbstractContextManager[None]]


def words(client: Client, **query: str) -> list[str]:
    return [line.words for line in client.get(reverse("audit"), query).context["lines"]]


def test_older_lines_follow_without_gap_or_repeat(cast: Cast, sql_count: SqlCount) -> None:
    for number in range(120):
        AuditLineFactory(thing_name=f"plan {number:03}")
    client, seen, older = cast.gita.client(), [], ""
    with sql_count("audit.trail"):
        client.get(reverse("audit"), {"verb": "plan.approve"})
    while True:
        answer = client.get(reverse("audit"), {"verb": "plan.approve", "before": older})
        seen += [line.words[-3:] for line in answer.context["lines"]]
        older = answer.context["older"]
        if not older:
            break
    assert seen == [f"{number:03}" for number in reversed(range(120))]


def test_what_was_seen_and_who_was_turned_away_reads_in_words(cast: Cast) -> None:
    plan = PlanFactory(person=cast.ada.person, name="Spring plan")
    must(cast.boris.actor(), Permission.PLAN_VIEW, plan)
    assert may(cast.boris.actor(), Permission.PLAN_VIEW, plan)
    assert words(cast.gita.client(), kind=LineKind.SEEN) == ["saw plan: Spring plan"]
    assert words(cast.gita.client(), subject=str(cast.ada.person.uuid)) == ["saw plan: Spring plan"]
    assert words(cast.gita.client(), subject=str(cast.farid.person.uuid)) == []


def test_days_are_inclusive(cast: Cast) -> None:
    AuditLineFactory(thing_name="here")
    assert words(cast.gita.client(), since="2026-03-16", until="2026-03-16", q="here") == ["approve plan: here"]
    assert words(cast.gita.client(), until="2026-03-15", q="here") == []


@pytest.mark.parametrize("query", [{"before": "rubbish"}, {"since": "x"}, {"kind": "x"}, {"subject": "x"}])
def test_an_address_that_cannot_be_read_shows_the_newest_lines(cast: Cast, query: dict[str, str]) -> None:
    assert words(cast.gita.client(), **query)
