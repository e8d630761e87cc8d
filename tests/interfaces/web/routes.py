"""All routes of the product, flat."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

GUARDED_ELSEWHERE = {
    "allauth.": "sign-in, sign-out and second factor guard themselves; they serve the account of the session only",
    "upwell.interfaces.web.health": "machines ask for health; the answer names no person and no setting",
    "upwell.interfaces.xapi.": "learning systems come with a token whose digest is stored, not with a session",
    "django.views.static": "files of the style sheet and the scripts",
    "django.contrib.staticfiles.": "files of the style sheet and the scripts",
}
"""Views of other packages and for machines, by module, with the reason why they wear no door."""


@dataclass(frozen=True, slots=True)
class Route:
    """One address: its full name, its pattern, its view."""

    name: str
    pattern: str
    view: Callable[..., Any]

    @property
    def module(self) -> str:
        """Where the view is written."""
        view = getattr(self.view, "view_class", self.view)
        return str(view.__module__)

    @property
    def permission(self) -> str | None:
        """What its door asks for."""
        return getattr(self.view, "permission", None)

    @property
    def reason(self) -> str | None:
        """Why anybody may enter."""
        guarded = [why for module, why in GUARDED_ELSEWHERE.items() if self.module.startswith(module)]
        return getattr(self.view, "public_reason", None) or next(iter(guarded), None)


def all_routes() -> list[Route]:
    """Every route the resolver knows."""
    return list(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, pattern, inner)
        elif isinstance(entry, URLPattern):
            yield Route(f"{namespace}{entry.name or pattern}", pattern, entry.callback)
