"""An enrolment is finished once, and what is finished stays as it was."""

import pytest
from tests.cast import NOON, Cast
from tests.factories import EnrolmentFactory, LearningItemFactory

from upwell.domain.learning import operations
from upwell.domain.learning.models import Enrolment

pytestmark = pytest.mark.django_db


def test_an_enrolment_goes_from_enrolled_to_completed_with_its_day_and_score(cast: Cast) -> None:
    item = LearningItemFactory()
    made = operations.enrol(person=cast.ada.person, item=item, action_uuid=None, actor=None, at=NOON)
    operations.start(enrolment=made, actor=None, at=NOON)
    operations.complete(enrolment=made, on=NOON.date(), score=0.8, actor=None, at=NOON)
    kept = Enrolment.objects.get()
    assert (kept.state, kept.completed_on, kept.score) == ("completed", NOON.date(), 0.8)


def test_what_was_finished_is_neither_finished_again_nor_left(cast: Cast) -> None:
    made = EnrolmentFactory(person=cast.ada.person, state="completed", completed_on=NOON.date(), score=0.9)
    with pytest.raises(operations.AlreadyFinished):
        operations.complete(enrolment=made, on=NOON.date(), score=0.1, actor=None, at=NOON)
    with pytest.raises(operations.AlreadyFinished):
        operations.withdraw(enrolment=made, actor=None, at=NOON)
    kept = Enrolment.objects.get()
    assert (kept.state, kept.score) == ("completed", 0.9)
