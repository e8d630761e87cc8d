"""Follow every link as each of the cast, and note what came back: which page, how large, with how many statements."""

import html
import re
from collections import Counter as Tally
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve
from tests.journeys.server import Counter

from upwell.foundation.accounts.models import Account

CAST = ("boris", "ada", "emil", "dora", "hana", "ivo", "gita", "chen", "farid")
LINK = re.compile(r'\s(?:href|hx-get)="(/[^"#]*)')
NO_PAGES = ("/static/", "/account/logout/")
OF_A_KIND = 2
"""How many addresses of one route with the same query parameters one person tries."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One address one of the cast asked for."""

    name: str
    route: str
    path: str
    status: int
    size: int
    statements: tuple[str, ...]
    linked_from: str
    is_page: bool

    def __str__(self) -> str:
        return f"{self.path} as {self.name} (linked from {self.linked_from})"


@dataclass(slots=True)
class Walk:
    """What the whole cast saw."""

    visits: list[Visit] = field(default_factory=list)
    clients: dict[str, Client] = field(default_factory=dict)

    def fullest(self, route: str) -> Visit | None:
        """The visit to a route that brought the most: an empty list hides what a full one shows."""
        pages = [visit for visit in self.visits if visit.route == route and visit.is_page and visit.status == 200]
        return max(pages, key=lambda visit: visit.size, default=None)

    def most_asked(self, route: str) -> Visit | None:
        """The visit to a route that needed the most statements."""
        asked = [visit for visit in self.visits if visit.route == route]
        return max(asked, key=lambda visit: len(visit.statements), default=None)


def walk() -> Walk:
    """Let each of the cast follow all links from the first page on."""
    found = Walk()
    for name in CAST:
        client = Client()
        client.force_login(
            Account.objects.get(email=f"{name}@upwell.example"), "allauth.account.auth_backends.AuthenticationBackend"
        )
        found.clients[name] = client
        found.visits += _stroll(name, client)
    return found


def _stroll(name: str, client: Client) -> list[Visit]:
    visits: list[Visit] = []
    seen, kinds = {"/"}, Tally[tuple[str, frozenset[str]]]()
    waiting = deque([("/", "the address bar")])
    while waiting:
        path, linked_from = waiting.popleft()
        visit, body = _visit(name, client, path, linked_from)
        visits.append(visit)
        for link in LINK.findall(body):
            target = html.unescape(link)
            kind = _kind(target)
            if target in seen or target.startswith(NO_PAGES) or kinds[kind] >= OF_A_KIND:
                continue
            seen.add(target)
            kinds[kind] += 1
            waiting.append((target, path))
    return visits


def _visit(name: str, client: Client, path: str, linked_from: str) -> tuple[Visit, str]:
    counter = Counter()
    with connection.execute_wrapper(counter):
        answer = client.get(path)
    body = _text(answer)
    visit = Visit(
        name=name,
        route=_route(path),
        path=path,
        status=answer.status_code,
        size=len(body.encode()),
        statements=tuple(counter.statements),
        linked_from=linked_from,
        is_page="<html" in body[:500],
    )
    if answer.status_code in {301, 302} and answer["Location"].startswith("/"):
        body += f' href="{html.escape(answer["Location"])}"'
    return visit, body


def _text(answer: HttpResponse) -> str:
    if answer.streaming or not answer.headers.get("Content-Type", "").startswith("text/html"):
        return ""
    return answer.content.decode()


def _route(path: str) -> str:
    try:
        return resolve(urlsplit(path).path).view_name or path
    except Resolver404:
        return f"no route: {path}"


def _kind(path: str) -> tuple[str, frozenset[str]]:
    return _route(path), frozenset(key for key, _ in parse_qsl(urlsplit(path).query, keep_blank_values=True))
