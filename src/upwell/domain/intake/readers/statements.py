"""Learning records: xAPI statements (array or lines) and a plain table."""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from typing import Any

from upwell.domain.intake.readers.findings import Ledger, Severity
from upwell.domain.intake.readers.json_source import dict_of, objects, text_of
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.records import Records, StatementRecord
from upwell.domain.intake.readers.source import SourceFile
from upwell.domain.intake.readers.table import Row, rows_of

TABLE_COLUMNS = ("person_key", "item_key", "happened_on")
NAMESPACE = uuid.UUID("6a1f2c3e-7b54-5d0e-9a41-2f6f0e9b7c11")
VERBS = {
    "completed": "http://adlnet.gov/expapi/verbs/completed",
    "passed": "http://adlnet.gov/expapi/verbs/passed",
    "failed": "http://adlnet.gov/expapi/verbs/failed",
    "started": "http://adlnet.gov/expapi/verbs/initialized",
}
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_ODD_IRI = re.compile(r"^uuid://", re.IGNORECASE)
_IRI = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*:\S+$")


def is_statement(entry: Any) -> bool:
    """Whether an object looks like an xAPI statement."""
    return {"actor", "verb", "object"} <= dict_of(entry).keys()


def read_xapi(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """Statements as received, with what is searched by read out of them. Defects are reported and tolerated."""
    found: dict[str, StatementRecord] = {}
    for file in files:
        clean = not _ESCAPED.search(file.data)
        for number, entry in objects(file, ledger, most=options.limits.rows):
            _statement(file.name, number, entry if clean else _storable(entry), found, ledger)
    actors = {one.actor_key for one in found.values()}
    ledger.facts.update(
        statements=len(found), actors=len(actors), scored=sum(one.score is not None for one in found.values())
    )
    return Records(statements=tuple(found.values()))


def _statement(file: str, number: int, raw: dict[str, Any], found: dict[str, StatementRecord], ledger: Ledger) -> None:
    actor, email = _actor(dict_of(raw.get("actor")))
    verb = text_of(dict_of(raw.get("verb")).get("id"), limit=300)
    thing = text_of(dict_of(raw.get("object")).get("id"), limit=1000)
    moment, column = _moment(raw)
    problem = _missing(actor, verb, thing)
    if problem or moment is None:
        name, code, reason = problem or ("timestamp", "no_moment", "The statement has no usable time.")
        ledger.note(Severity.ERROR, code, file, number, reason, column=name, value=text_of(raw.get("id")))
        ledger.rejected(file)
        return
    _tell_oddities(file, number, raw, column, thing, ledger)
    key = _identifier(file, number, raw, ledger)
    if key in found:
        same = found[key].raw == raw
        text = "The statement is listed before." if same else "Another statement has this id; the first is kept."
        ledger.note(
            Severity.WARNING if same else Severity.ERROR,
            "duplicate_statement",
            file,
            number,
            text,
            column="id",
            value=key,
        )
        (ledger.merged if same else ledger.rejected)(file)
        return
    result = dict_of(raw.get("result"))
    found[key] = StatementRecord(
        uuid=key,
        happened_at=moment,
        actor_key=actor,
        verb=verb,
        object_key=thing,
        raw=raw,
        email=email,
        success=_flag(result.get("success")),
        completion=_flag(result.get("completion")),
        score=_score(file, number, dict_of(result.get("score")), ledger),
    )
    ledger.made(file)


def _missing(actor: str, verb: str, thing: str) -> tuple[str, str, str] | None:
    """Column, code and reason of what a statement must not lack."""
    if not actor:
        return "actor", "no_actor", "The statement names no actor with an inverse functional identifier."
    if not verb:
        return "verb", "no_verb", "The statement has no verb."
    if not thing:
        return "object", "no_object", "The statement has no object with an identifier."
    return None


def _tell_oddities(file: str, number: int, raw: dict[str, Any], column: str, thing: str, ledger: Ledger) -> None:
    if column != "timestamp":
        _tell(
            ledger,
            Severity.WARNING,
            "no_timestamp",
            file,
            number,
            "timestamp",
            text_of(raw.get(column)),
            f"The statement has no timestamp; '{column}' was taken instead.",
        )
    if _ODD_IRI.match(thing):
        _tell(
            ledger,
            Severity.INFO,
            "odd_iri",
            file,
            number,
            "object.id",
            thing,
            "The object's identifier uses uuid://, which is no registered scheme; it is kept as received.",
        )
    elif not _IRI.match(thing):
        _tell(
            ledger,
            Severity.WARNING,
            "not_an_iri",
            file,
            number,
            "object.id",
            thing,
            "The object's identifier is not an IRI; it is kept as received.",
        )


def _tell(
    ledger: Ledger, severity: Severity, code: str, file: str, number: int, column: str, value: str, reason: str
) -> None:
    ledger.note_each(severity, code, file, number, reason, column=column, value=value)


def _actor(actor: dict[str, Any]) -> tuple[str, str]:
    account = dict_of(actor.get("account"))
    if account.get("name") and account.get("homePage"):
        return f"{text_of(account['homePage'], limit=190)}::{text_of(account['name'], limit=200)}", ""
    mail = text_of(actor.get("mbox"), limit=390)
    if mail:
        address = mail.removeprefix("mailto:").strip().lower()
        return address, address
    for name in ("mbox_sha1sum", "openid"):
        if text_of(actor.get(name)):
            return text_of(actor[name], limit=400), ""
    return "", ""


def _moment(raw: dict[str, Any]) -> tuple[dt.datetime | None, str]:
    for column in ("timestamp", "@timestamp", "stored"):
        written = text_of(raw.get(column))
        if written:
            try:
                moment = dt.datetime.fromisoformat(written)
            except ValueError:
                continue
            aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
            if 1900 < aware.year < 2200:
                return aware, column
    return None, ""


def _identifier(file: str, number: int, raw: dict[str, Any], ledger: Ledger) -> str:
    written = text_of(raw.get("id"))
    try:
        return str(uuid.UUID(written))
    except ValueError:
        made = str(uuid.uuid5(NAMESPACE, repr(sorted(raw.items(), key=lambda one: one[0]))))
        ledger.note_each(
            Severity.WARNING,
            "no_id",
            file,
            number,
            "The statement has no usable id; one was made from its content.",
            column="id",
            value=written,
        )
        return made


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _score(file: str, number: int, score: dict[str, Any], ledger: Ledger) -> float | None:
    scaled, raw, low, high = (score.get(name) for name in ("scaled", "raw", "min", "max"))
    if isinstance(scaled, int | float) and not isinstance(scaled, bool):
        if -1 <= scaled <= 1:
            return float(scaled)
        ledger.note_each(
            Severity.WARNING,
            "score_range",
            file,
            number,
            "A scaled score lies between -1 and 1; it stays in the statement and is not used.",
            column="result.score.scaled",
            value=str(scaled),
        )
        return None
    if _is_number(raw) and _is_number(high) and (low is None or _is_number(low)):
        base, top = float(low or 0), float(high or 0)
        if top > base:
            return max(-1.0, min(1.0, (float(raw or 0) - base) / (top - base)))
    if score:
        ledger.note_each(
            Severity.INFO,
            "unscaled_score",
            file,
            number,
            "The score has no scale; it stays in the statement.",
            column="result.score",
            value=str(score),
        )
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _storable(value: Any) -> Any:
    """The value without what the database cannot store: NUL characters and lone surrogates."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value) if _UNSTORABLE.search(value) else value
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_storable(one) for one in value]
    return value


def read_table(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """Person x item x day x result; each row becomes the statement it stands for."""
    found: dict[str, StatementRecord] = {}
    for file in files:
        for row in rows_of(file, ledger, required=TABLE_COLUMNS, limits=options.limits):
            _table_row(row, found, options)
    return Records(statements=tuple(found.values()))


def _table_row(row: Row, found: dict[str, StatementRecord], options: Options) -> None:
    person, item = row.text("person_key", limit=100), row.text("item_key", limit=200)
    day, result = row.day("happened_on"), row.text("result").lower() or "completed"
    if not person or not item:
        row.reject("incomplete_row", "person_key", person, "Person and item are both needed.")
    elif day is None or day > options.as_of:
        row.reject("no_day", "happened_on", row.text("happened_on"), "The day is missing or lies in the future.")
    elif result not in VERBS:
        row.reject("unknown_choice", "result", result, f"The result must be one of {', '.join(VERBS)}.")
    else:
        score = row.number_in("score")
        if score is not None and not 0 <= score <= 1:
            row.warn("score_range", "score", f"{score:g}", "A score lies between 0 and 1; it is left out.")
            score = None
        key = str(uuid.uuid5(NAMESPACE, f"{person}|{item}|{day}|{result}"))
        if key in found:
            row.merge("duplicate_row", "item_key", item, "The same result is listed before.")
            return
        moment = dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)
        success = {"passed": True, "failed": False}.get(result)
        found[key] = StatementRecord(
            uuid=key,
            happened_at=moment,
            actor_key=f"urn:upwell::{person}",
            verb=VERBS[result],
            object_key=item,
            raw=_as_statement(key, person, item, result, moment, score),
            person_key=person,
            success=success,
            completion=result in {"completed", "passed"},
            score=score,
        )
        row.keep()


def _as_statement(
    key: str, person: str, item: str, result: str, moment: dt.datetime, score: float | None
) -> dict[str, Any]:
    outcome: dict[str, Any] = {"completion": result in {"completed", "passed"}}
    if score is not None:
        outcome["score"] = {"scaled": score}
    return {
        "id": key,
        "actor": {"objectType": "Agent", "account": {"homePage": "urn:upwell", "name": person}},
        "verb": {"id": VERBS[result]},
        "object": {"id": f"urn:upwell:item:{item}"},
        "result": outcome,
        "timestamp": moment.isoformat(),
    }
