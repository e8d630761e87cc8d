"""Each programme keeps a log of what was decided on it and why."""

import pytest
from tests.cast import NOON, Cast
from tests.factories import ProgrammeFactory

from upwell.domain.impact import operations, queries
from upwell.domain.impact.choices import DecisionKind

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("R55")
def test_decisions_stay_in_the_log_with_reason_and_name(cast: Cast) -> None:
    programme = ProgrammeFactory()
    for kind, reason in ((DecisionKind.CHANGE, "Too early to tell"), (DecisionKind.STOP, "Nothing was found")):
        operations.decide(
            programme=programme,
            kind=kind,
            reason=reason,
            by=cast.emil.person,
            effect=None,
            actor=cast.emil.account,
            at=NOON,
        )
    log = queries.programme_row(programme).decisions
    assert {(row.reason, row.decided_by) for row in log} == {
        ("Too early to tell", "Emil Eder"),
        ("Nothing was found", "Emil Eder"),
    }
