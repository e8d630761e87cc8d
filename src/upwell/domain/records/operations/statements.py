"""Taking in one statement, and naming the systems that may send them."""

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from upwell.domain.records.models import Statement, StatementSource
from upwell.domain.records.queries import person_of_actor
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.lib.partitions import ensure_months


class StatementRejected(ValueError):
    """The statement breaks the xAPI rules; the message says where and how to mend it."""


@operation("statement_source.issue_token")
def issue_token(*, name: str, actor: Account | None, at: dt.datetime) -> str:
    """Let a system send statements; returns its token, which is shown once and kept only as a digest."""
    token = secrets.token_urlsafe(32)
    StatementSource.objects.create(name=name, token_digest=digest_of(token), created_at=at)
    return token


def digest_of(token: str) -> str:
    """The digest a token is kept as. Tokens are 256 random bits, so a fast digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


@operation("statement.store")
def store_statement(*, raw: Mapping[str, Any], source: str, actor: Account | None, at: dt.datetime) -> Statement:
    """Keep one statement exactly as received and read from it what finding needs.

    A statement already kept (same id) is returned as it is. An actor nobody here is known by is kept without a person.
    """
    identifier = _identifier(raw)
    known = Statement.objects.filter(statement_uuid=identifier).first() if identifier else None
    if known is not None:
        return known
    result = _object(raw, "result") if "result" in raw else {}
    actor_key = actor_key_of(_object(raw, "actor"))
    statement = Statement(
        statement_uuid=identifier or uuid.uuid4(),
        stored_on=at.date(),
        happened_at=_moment(raw, at),
        person=person_of_actor(actor_key),
        actor_key=actor_key[:400],
        verb=_text(_object(raw, "verb"), "id", "verb")[:300],
        object_key=_text(_object(raw, "object"), "id", "object")[:1000],
        success=result.get("success"),
        completion=result.get("completion"),
        score=(result.get("score") or {}).get("scaled"),
        source=source[:100],
        raw=dict(raw),
    )
    ensure_months(Statement._meta.db_table, [statement.stored_on])
    statement.save(force_insert=True)
    return statement


def actor_key_of(actor: Mapping[str, Any]) -> str:
    """The identifier of an actor: e-mail address, account name at its home page, digest or OpenID."""
    if isinstance(actor.get("mbox"), str):
        return str(actor["mbox"]).removeprefix("mailto:").strip().lower()
    account = actor.get("account")
    if isinstance(account, Mapping) and account.get("name"):
        return f"{account.get('homePage', '')}::{account['name']}"
    for field in ("mbox_sha1sum", "openid"):
        if isinstance(actor.get(field), str):
            return str(actor[field])
    raise StatementRejected("The actor has no identifier: give one of mbox, account, mbox_sha1sum or openid.")


def _identifier(raw: Mapping[str, Any]) -> uuid.UUID | None:
    if raw.get("id") is None:
        return None
    try:
        return uuid.UUID(str(raw["id"]))
    except ValueError as error:
        raise StatementRejected(f"The statement id {raw['id']!r} is no UUID.") from error


def _object(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name)
    if not isinstance(value, Mapping):
        raise StatementRejected(f"The statement needs {name!r} as an object.")
    return value


def _text(part: Mapping[str, Any], name: str, where: str) -> str:
    value = part.get(name)
    if not isinstance(value, str) or not value:
        raise StatementRejected(f"The {where} of the statement needs {name!r} as a text.")
    return value


def _moment(raw: Mapping[str, Any], at: dt.datetime) -> dt.datetime:
    text = raw.get("timestamp")
    if text is None:
        return at
    try:
        moment = dt.datetime.fromisoformat(str(text))
    except ValueError as error:
        raise StatementRejected(f"The timestamp {text!r} is no ISO 8601 moment.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
