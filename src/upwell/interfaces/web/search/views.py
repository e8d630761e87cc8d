"""One box for everything with a name; a person is found by those alone who may know of them."""

from collections.abc import Iterator

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.capabilities import queries as capabilities
from upwell.domain.learning import queries as learning
from upwell.domain.roles import queries as roles
from upwell.foundation.people import queries as people
from upwell.foundation.people.models import Person
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.navigation import frame
from upwell.interfaces.web.parts import Crumb, Found

EACH = 6
LONGEST = 100


@door(Permission.SEARCH_USE)
def search(request: Request) -> HttpResponse:
    """What is called so: into the palette for htmx, else as a page."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    groups = [(title, found) for title, found in _groups(request, text) if found]
    if request.headers.get("HX-Request") == "true":
        answers = [one for _title, found in groups for one in found]
        return render(request, "components/palette_results.html", {"found": answers, "query": text})
    context = {"query": text, "groups": groups, "crumbs": [Crumb(_("Search"))]}
    return render(request, "search/page.html", context)


def _groups(request: Request, text: str) -> Iterator[tuple[str, list[Found]]]:
    yield _("Pages"), _pages(request, text)
    if not text:
        return
    visible = gate.visible(request.actor, Permission.SEARCH_USE, Person.objects.all())
    yield (
        _("People"),
        [
            Found(row.name, reverse("person", args=[row.uuid]), "user", f"{row.position}, {row.unit}")
            for row in people.found(visible, text, limit=EACH)
        ],
    )
    yield (
        _("Capabilities"),
        [
            Found(row.name, reverse("strategy-capability", args=[row.uuid]), "target", row.group or _("capability"))
            for row in capabilities.search(text, limit=EACH)
        ],
    )
    yield (
        _("Roles"),
        [
            Found(row.name, reverse("role", args=[row.uuid]), "briefcase", row.family)
            for row in roles.search(text, limit=EACH)
        ],
    )
    yield (
        _("Learning"),
        [
            Found(row.title, reverse("learning-item", args=[row.uuid]), "graduation-cap", row.kind)
            for row in learning.catalogue(search=text, limit=EACH).rows
        ],
    )


def _pages(request: Request, text: str) -> list[Found]:
    items = (item for section in frame(request.actor, request.path).sections for item in section.items)
    return [Found(item.label, item.url, item.icon) for item in items if text.casefold() in item.label.casefold()]
