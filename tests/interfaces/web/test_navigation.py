"""Which links stand where."""

import pytest
from tests.cast import Cast

from upwell.interfaces.web.navigation import frame


@pytest.mark.django_db
def test_a_managers_phone_offers_the_team_and_observing(cast: Cast) -> None:
    assert [tab.label for tab in frame(cast.boris.actor(), "/").tabs] == ["Today", "Team", "Observe", "My plan"]


@pytest.mark.django_db
def test_an_employees_phone_offers_the_plan_and_feedback(cast: Cast) -> None:
    labels = [tab.label for tab in frame(cast.ada.actor(), "/").tabs]
    assert labels == ["Today", "My plan", "Feedback", "My capabilities"]
