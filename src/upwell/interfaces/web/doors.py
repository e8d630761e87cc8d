"""Doors: how a view says who may enter. Each view wears `@door(...)`, or `@public(...)` with the reason.

A door asks for sign-in, attaches the actor, asks the gate for the page, limits how often and how much may be sent, and
turns the gate's errors into the pages 404 and 403. Which *thing* may be seen is asked by the view with `gate.must`.
"""

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import timezone

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.foundation.accounts.models import Account

MEGABYTE = 1024 * 1024
WINDOWS = {"s": 1, "m": 60, "h": 3600}

P = ParamSpec("P")
V = TypeVar("V", bound=Callable[..., Any])


class Request(HttpRequest):
    """A request that came through a door: signed in, with the actor it acts for."""

    actor: gate.Actor
    now: dt.datetime


View = Callable[Concatenate[Request, P], HttpResponse]


def door(
    permission: Permission,
    *,
    methods: Sequence[str] = ("GET",),
    rate: str = "60/m",
    max_body: int = MEGABYTE,
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """Declare who may enter a view.

    `rate` (``"60/m"``: count per s, m or h) limits what one account may POST to the view; `max_body` is in bytes.
    """
    allowed = tuple(methods) + (("HEAD",) if "GET" in methods else ())
    count, seconds = _parse(rate)

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        name = f"{view.__module__}.{view.__qualname__}"

        @functools.wraps(view)
        def entered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            if not isinstance(request.user, Account):
                return _to_sign_in(request)
            if _length(request) > max_body:
                return render(request, "413.html", {"megabytes": max_body / MEGABYTE}, status=413)
            if request.method == "POST" and not _within_rate(f"{name}:{request.user.pk}", count, seconds):
                return render(request, "429.html", {"seconds": seconds}, status=429)
            visit = cast(Request, request)
            visit.now = timezone.now()
            visit.actor = gate.actor_of(request.user, on=timezone.localdate(visit.now), at=visit.now)
            try:
                gate.must(visit.actor, permission)
                return view(visit, *args, **kwargs)
            except gate.Unknown:
                return render(request, "404.html", status=404)
            except gate.Refused:
                return render(request, "403.html", status=403)

        cast(Any, entered).permission = permission
        cast(Any, entered).methods = allowed
        return entered

    return decorate


def public(reason: str) -> Callable[[V], V]:
    """Declare that anybody may enter a view, and why."""

    def decorate(view: V) -> V:
        cast(Any, view).public_reason = reason
        return view

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send to the sign-in page; a fragment asked for by htmx tells the whole page to go there."""
    if request.headers.get("HX-Request") != "true":
        return redirect_to_login(request.get_full_path())
    answer = HttpResponse(status=401)
    answer.headers["HX-Redirect"] = redirect_to_login(request.headers.get("HX-Current-URL", "/")).url
    return answer


def _length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if str(text).isdigit() else 0


def _parse(rate: str) -> tuple[int, int]:
    count, _, window = rate.partition("/")
    return int(count), WINDOWS[window]


def _within_rate(key: str, count: int, seconds: int) -> bool:
    """Count one more in the current window of fixed length; true while the count is not exceeded."""
    window = int(timezone.now().timestamp()) // seconds
    name = f"door:{key}:{window}"
    cache.add(name, 0, timeout=seconds)
    return cache.incr(name) <= count
