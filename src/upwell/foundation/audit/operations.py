"""The decorator every writing operation wears, and the line it leaves."""

import datetime as dt
import functools
import uuid
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar, cast

from django.db import models, transaction

from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.choices import LineKind
from upwell.foundation.audit.models import AuditLine
from upwell.lib.facts import Facts, Sensitivity, Zone

P = ParamSpec("P")
R = TypeVar("R")

VERBS: set[str] = set()
FREE_TEXT = frozenset(
    {
        "achieved",
        "comment",
        "note",
        "obstacle",
        "readiness",
        "strengths",
        "text",
        "what",
        "when",
        "will",
    }
)
"""Arguments in which people write about a person in their own words."""

_PLAIN = (str, int, float, bool, type(None))


def operation(verb: str, *, says: tuple[str, ...] = ()) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function as an operation: one transaction, one audit line.

    The function takes keywords only, among them `actor` (an `Account`, or None for the system) and `at` (an aware
    moment). The line names what the function returns where that is a row, else the first row among its arguments. Of
    growth data (feedback, 1:1s), and of what is written freely about a person (`FREE_TEXT`), it keeps how long a text
    is, not what it says, but for the arguments in `says`: reasons that somebody must be able to hold against the
    decision, such as an override.
    """
    VERBS.add(verb)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
            with transaction.atomic():
                result = function(*args, **kwargs)
                _write_line(verb, says, kwargs, result)
            return result

        cast(Any, wrapped).verb = verb
        return wrapped

    return decorate


def _write_line(verb: str, says: tuple[str, ...], kwargs: dict[str, Any], result: object) -> None:
    rows = [value for name, value in kwargs.items() if isinstance(value, models.Model) and name != "actor"]
    thing = result if isinstance(result, models.Model) else (rows[0] if rows else None)
    details = {name: _plain(value) for name, value in kwargs.items() if name not in {"actor", "at"}}
    hidden = _hidden([*rows, thing], kwargs, says)
    details |= {name: f"{len(value)} characters" for name, value in kwargs.items() if name in hidden}
    record(verb=verb, actor=kwargs["actor"], at=kwargs["at"], thing=thing, details=details)


def _hidden(rows: Sequence[object], kwargs: dict[str, Any], says: tuple[str, ...]) -> set[str]:
    """The texts the trail tells of and never repeats.

    All of them where people speak in confidence to grow; of other rows about a person what is written freely.
    """
    facts = [found for row in rows if isinstance(found := getattr(row, "facts", None), Facts)]
    texts = {name for name, value in kwargs.items() if type(value) is str and name not in says}
    if any(found.zone == Zone.GROWTH for found in facts):
        return texts
    about_persons = any(found.subject and found.sensitivity >= Sensitivity.PERSONAL for found in facts)
    return texts & FREE_TEXT if about_persons else set()


def record(
    *,
    verb: str,
    actor: Account | None,
    at: dt.datetime,
    thing: models.Model | None = None,
    kind: str = LineKind.DONE,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one audit line. Only `operation` and the gate call this."""
    AuditLine.objects.create(
        at=at,
        kind=kind,
        verb=verb,
        actor=actor,
        actor_name=str(actor) if actor else "system",
        subject_uuid=_subject(thing),
        thing_type=thing._meta.label_lower if thing else "",
        thing_uuid=getattr(thing, "uuid", None),
        thing_name=str(thing)[:300] if thing else "",
        details=details or {},
    )


def _subject(thing: models.Model | None) -> uuid.UUID | None:
    """The person the thing is about, by the path its facts give."""
    facts = getattr(thing, "facts", None)
    if thing is None or facts is None or not facts.subject:
        return None
    value: Any = thing
    for step in () if facts.subject == "self" else facts.subject.split("__"):
        value = getattr(value, step, None)
    return getattr(value, "uuid", None)


def _plain(value: object) -> object:
    """A value as the line keeps it: names for rows, counts for collections, long text cut."""
    if isinstance(value, models.Model):
        return str(getattr(value, "uuid", value.pk))
    if isinstance(value, dt.date | uuid.UUID):
        return str(value)
    if isinstance(value, str):
        return value if len(value) <= 200 else f"{value[:200]}…"
    if isinstance(value, _PLAIN):
        return value
    if hasattr(value, "__len__"):
        return f"{len(value)} entries"
    return type(value).__name__
