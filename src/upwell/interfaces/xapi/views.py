"""Taking in statements. A sender is known by its token; every statement is kept exactly as received."""

import base64
import binascii
import datetime as dt
from typing import Any

import msgspec
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from upwell.domain.plans.operations import receive_statement
from upwell.domain.records.models import StatementSource
from upwell.domain.records.operations import StatementConflict, StatementRejected, digest_of, hold_identifiers
from upwell.domain.records.queries import source_of_token

VERSION = "1.0.3"
LARGEST_BODY = 5 * 1024 * 1024
MOST_STATEMENTS = 1_000
MOST_REQUESTS_A_MINUTE = 600


@require_GET
def about(request: HttpRequest) -> HttpResponse:
    """Say which version is spoken. Public by the standard: a sender asks before it signs in."""
    return _answer({"version": [VERSION]})


@csrf_exempt
@require_POST
def statements(request: HttpRequest) -> HttpResponse:
    """Keep one statement or a list of them, all or none; answers their ids."""
    source = _source(request)
    if source is None:
        response = _refuse(401, "Send the token of a registered source as 'Authorization: Bearer TOKEN'.")
        response["WWW-Authenticate"] = 'Basic realm="upwell"'
        return response
    if _too_many(source):
        return _refuse(429, f"More than {MOST_REQUESTS_A_MINUTE} requests in a minute; send statements in lists.")
    try:
        found = _read(request)
        ids = _keep(found, source, timezone.now())
    except StatementConflict as error:
        return _refuse(409, str(error))
    except StatementRejected as error:
        return _refuse(400, str(error))
    return _answer(ids)


def _keep(found: list[dict[str, Any]], source: StatementSource, at: dt.datetime) -> list[str]:
    with transaction.atomic():
        hold_identifiers(found)
        return [_keep_one(place, raw, source, at) for place, raw in enumerate(found)]


def _keep_one(place: int, raw: dict[str, Any], source: StatementSource, at: dt.datetime) -> str:
    try:
        return str(receive_statement(raw=raw, source=source.name, actor=None, at=at).statement_uuid)
    except StatementRejected as error:
        raise type(error)(f"Entry {place}: {error}") from error


def _read(request: HttpRequest) -> list[dict[str, Any]]:
    if len(request.body) > LARGEST_BODY:
        raise StatementRejected(f"The body is larger than {LARGEST_BODY} bytes; send it in parts.")
    try:
        body = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StatementRejected(f"The body is no JSON: {error}.") from error
    found = body if isinstance(body, list) else [body]
    if not found or len(found) > MOST_STATEMENTS:
        raise StatementRejected(f"Send 1 to {MOST_STATEMENTS} statements, not {len(found)}.")
    for place, raw in enumerate(found):
        if not isinstance(raw, dict):
            raise StatementRejected(f"Entry {place} is no object.")
    return found


def _source(request: HttpRequest) -> StatementSource | None:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return None
    return source_of_token(digest_of(value)) if value else None


def _too_many(source: StatementSource) -> bool:
    key = f"xapi:{source.pk}:{timezone.now():%H%M}"
    cache.add(key, 0, timeout=120)
    return cache.incr(key) > MOST_REQUESTS_A_MINUTE


def _answer(body: object) -> HttpResponse:
    response = JsonResponse(body, safe=False)
    response["X-Experience-API-Version"] = VERSION
    return response


def _refuse(status: int, message: str) -> HttpResponse:
    response = JsonResponse({"error": message}, status=status)
    response["X-Experience-API-Version"] = VERSION
    return response
