"""What may happen to an observation afterwards: a second pair of eyes, or its withdrawal."""

import datetime as dt

from upwell.domain.evidence.models import Observation, Retraction
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person


class NotASecondVerifier(Exception):
    """Who verifies must be neither the person nor the rater."""


class AlreadyRetracted(Exception):
    """An observation is withdrawn once."""


@operation("evidence.verify")
def verify(*, observation: Observation, verifier: Person, actor: Account | None, at: dt.datetime) -> Observation:
    """Note that a second person saw the same.

    Raises:
        NotASecondVerifier: the verifier is the person observed or the rater.
    """
    if verifier.pk in {observation.person_id, observation.rater_id}:
        raise NotASecondVerifier("Only somebody else can verify an observation.")
    observation.verified_by = verifier
    observation.save(update_fields=["verified_by"])
    return observation


@operation("evidence.retract")
def retract(*, observation: Observation, reason: str, actor: Account | None, at: dt.datetime) -> Retraction:
    """Withdraw an observation: it no longer counts, and stays readable with the reason.

    Raises:
        AlreadyRetracted: it was withdrawn before.
    """
    if Retraction.objects.filter(observation_uuid=observation.uuid).exists():
        raise AlreadyRetracted("This observation has been withdrawn already.")
    return Retraction.objects.create(
        observation_uuid=observation.uuid, person=observation.person, reason=reason, retracted_at=at
    )
