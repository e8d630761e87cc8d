"""Taking in statements in bulk, exactly as received."""

import datetime as dt
import uuid

from upwell.domain.records.models import Statement
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.foundation.people.models import Person
from upwell.lib import bulk
from upwell.lib.partitions import ensure_months
from upwell.lib.wishes import Effect, Wishes


@operation("statement.import")
def apply_statements(*, statements: Wishes, source: str, actor: Account | None, at: dt.datetime) -> Effect:
    """Statements by `uuid`; one that is kept already is left as it is. Unknown actors are kept without a person."""
    effect = Effect()
    by_key = bulk.ids_by_key(Person, {one["person_key"] for one in statements})
    by_mail = bulk.ids_by_key(Person, {one["email"] for one in statements}, column="email")
    stored = at.date()
    rows = [
        {
            "stored_on": stored,
            "statement_uuid": uuid.UUID(one["uuid"]),
            "happened_at": one["happened_at"],
            "person_id": by_key.get(one["person_key"]) or by_mail.get(one["email"]),
            "actor_key": one["actor_key"],
            "verb": one["verb"],
            "object_key": one["object_key"],
            "success": one["success"],
            "completion": one["completion"],
            "score": one["score"],
            "source": source[:100],
            "raw": one["raw"],
        }
        for one in statements
    ]
    ensure_months(Statement._meta.db_table, [stored])
    keep = tuple(rows[0]) if rows else ()
    effect.did(bulk.upsert(Statement, match=("statement_uuid",), rows=rows, keep=keep))
    return effect
