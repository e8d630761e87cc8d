"""Training opens for knowledge and skill; for any other cause only with a reason."""

from upwell.domain.diagnosis.choices import Cause
from upwell.domain.diagnosis.models import Diagnosis
from upwell.domain.gaps.models import Need
from upwell.domain.plans.models import Intervention


class TrainingNotOpened(Exception):
    """The cause is not knowledge or skill: choose a fix for the cause, or give a reason for training all the same."""


def must_be_open(need: Need | None, intervention: Intervention) -> None:
    """Raise TrainingNotOpened where training would answer a need whose decided cause does not open it (R35)."""
    if need is not None and trains(intervention) and not training_is_open(need):
        raise TrainingNotOpened(
            f"The cause found for {need} is not knowledge or skill. Choose a fix for the cause, or give a reason."
        )


def trains(intervention: Intervention) -> bool:
    """Whether an intervention answers a lack of knowledge or skill."""
    return intervention.cause == Cause.SKILL


def training_is_open(need: Need) -> bool:
    """Whether the decided diagnosis of a need opens training; undiagnosed needs do not."""
    return Diagnosis.objects.filter(need=need, training_open=True).exists()
