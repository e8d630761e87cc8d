"""Questions to the learning records."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from upwell.domain.records.models import Statement, StatementSource
from upwell.foundation.people.models import Person

COMPLETED = frozenset(
    {
        "http://adlnet.gov/expapi/verbs/completed",
        "http://adlnet.gov/expapi/verbs/passed",
        "http://adlnet.gov/expapi/verbs/mastered",
    }
)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement as a page shows it."""

    uuid: UUID
    happened_at: dt.datetime
    verb: str
    object_key: str
    success: bool | None
    score: float | None
    source: str


def person_of_actor(actor_key: str) -> Person | None:
    """The person an actor key names: by e-mail address, else by the name of their account as the person's key."""
    if "@" in actor_key and "::" not in actor_key:
        return Person.objects.filter(email__iexact=actor_key).first()
    return Person.objects.filter(key=actor_key.rpartition("::")[2]).first()


def source_of_token(token_digest: str) -> StatementSource | None:
    """The system a token belongs to."""
    return StatementSource.objects.filter(token_digest=token_digest, revoked_at=None).first()


def says_completed(statement: Statement) -> bool:
    """Whether a statement says that its object was finished."""
    if statement.success is False:
        return False
    return statement.verb in COMPLETED or statement.completion is True


def statements_of(person: Person, *, limit: int = 50) -> tuple[StatementRow, ...]:
    """The newest statements about a person."""
    rows = Statement.objects.filter(person=person).order_by("-happened_at")[:limit]
    return tuple(
        StatementRow(
            uuid=row.statement_uuid,
            happened_at=row.happened_at,
            verb=row.verb.rstrip("/").rpartition("/")[2],
            object_key=row.object_key,
            success=row.success,
            score=row.score,
            source=row.source,
        )
        for row in rows
    )
