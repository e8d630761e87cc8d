"""Taking in one statement, and naming the systems that may send them."""

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from upwell.domain.records.models import Statement, StatementSource
from upwell.domain.records.queries import person_of_actor
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation
from upwell.lib.partitions import ensure_months


class StatementRejected(ValueError):
    """The statement breaks the xAPI rules; the message says where and how to mend it."""


class StatementConflict(StatementRejected):
    """Another statement is kept under the same id; a statement never changes."""


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

    A statement already kept is returned as it is; StatementConflict where its id is taken by another one. An actor
    nobody here is known by is kept without a person.
    """
    known = already_kept(raw)
    if known is not None:
        return known
    _must_be_storable(raw)
    result = _object(raw, "result") if raw.get("result") is not None else {}
    score = _object(result, "score") if result.get("score") is not None else {}
    actor_key = actor_key_of(_object(raw, "actor"))
    statement = Statement(
        statement_uuid=_identifier(raw) or uuid.uuid4(),
        stored_on=at.date(),
        happened_at=_moment(raw, at),
        person=person_of_actor(actor_key),
        actor_key=actor_key[:400],
        verb=_text(_object(raw, "verb"), "id", "verb")[:300],
        object_key=_text(_object(raw, "object"), "id", "object")[:1000],
        success=_truth(result, "success"),
        completion=_truth(result, "completion"),
        score=_scaled(score),
        source=source[:100],
        raw=dict(raw),
    )
    ensure_months(Statement._meta.db_table, [statement.stored_on])
    statement.save(force_insert=True)
    return statement


def already_kept(raw: Mapping[str, Any]) -> Statement | None:
    """The statement kept under the id of this one, None where it is new; StatementConflict where the two differ.

    Called within a transaction: until its end nobody else takes in a statement of the same id.
    """
    identifier = _identifier(raw)
    if identifier is None:
        return None
    hold_identifiers([raw])
    known = Statement.objects.filter(statement_uuid=identifier).first()
    if known is not None and _compared(known.raw) != _compared(raw):
        raise StatementConflict(f"Another statement is kept under the id {identifier}; send this one under a new id.")
    return known


def hold_identifiers(statements: Iterable[Mapping[str, Any]]) -> None:
    """Keep others from taking in statements of the same ids until the transaction ends; in order, so none dead-lock."""
    found = sorted({str(one) for one in map(_identifier, statements) if one is not None})
    with connection.cursor() as cursor:
        for identifier in found:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [identifier])


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


def _compared(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What two statements of one id have to share; the rest is set by whoever keeps them."""
    return {name: value for name, value in raw.items() if name not in {"id", "stored", "authority", "version"}}


def _must_be_storable(value: object) -> None:
    """Raise StatementRejected where a text holds the null character, which nothing here can keep."""
    if isinstance(value, str):
        if "\x00" in value:
            raise StatementRejected("The statement holds the character U+0000; leave it out.")
    elif isinstance(value, Mapping):
        for name, part in value.items():
            _must_be_storable(name)
            _must_be_storable(part)
    elif isinstance(value, list):
        for part in value:
            _must_be_storable(part)


def _truth(result: Mapping[str, Any], name: str) -> bool | None:
    value = result.get(name)
    if value is not None and not isinstance(value, bool):
        raise StatementRejected(f"The result of the statement needs {name!r} as true or false, not {value!r}.")
    return value


def _scaled(score: Mapping[str, Any]) -> float | None:
    value = score.get("scaled")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1 <= value <= 1:
        raise StatementRejected(f"The score of the statement needs 'scaled' as a number from -1 to 1, not {value!r}.")
    return float(value)


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
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise StatementRejected(f"The timestamp {text!r} is no ISO 8601 moment.") from error
