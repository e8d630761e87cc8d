"""A person's own word that they finished, as the xAPI statement a learning system would send."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings

from upwell.domain.learning import queries
from upwell.domain.learning.models import Enrolment

COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
SOURCE = "the person"


def finished(enrolment: Enrolment, *, at: dt.datetime) -> dict[str, Any]:
    """The statement that the enrolled person completed the item at a moment."""
    return {
        "id": str(uuid.uuid5(enrolment.uuid, "finished")),
        "actor": {
            "objectType": "Agent",
            "name": enrolment.person.name,
            "account": {"homePage": settings.PUBLIC_URL, "name": enrolment.person.key},
        },
        "verb": {"id": COMPLETED, "display": {"en": "completed"}},
        "object": {
            "objectType": "Activity",
            "id": queries.activity_of(enrolment.item),
            "definition": {"name": {"en": enrolment.item.title}},
        },
        "result": {"completion": True},
        "timestamp": at.isoformat(),
    }
