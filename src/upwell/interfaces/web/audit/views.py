"""The trail: who did what, who saw what, who was turned away."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.foundation.audit import queries
from upwell.foundation.audit.choices import LineKind
from upwell.foundation.audit.models import AuditLine
from upwell.interfaces.web.audit.forms import TrailFilter
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import AuditLine as Line
from upwell.interfaces.web.parts import Crumb


@door(Permission.AUDIT_VIEW)
def trail(request: Request) -> HttpResponse:
    """The newest lines that are wanted; `before` leads to older ones."""
    form = TrailFilter(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    wanted = queries.Wanted(
        text=asked.get("q") or "",
        kind=asked.get("kind") or "",
        verb=asked.get("verb") or "",
        subject=asked.get("subject"),
        thing=asked.get("thing"),
        since=asked.get("since"),
        until=asked.get("until"),
    )
    lines = gate.visible(request.actor, Permission.AUDIT_VIEW, AuditLine.objects.all())
    found = queries.trail(lines, wanted, before=request.GET.get("before", ""))
    context = {
        "form": form,
        "lines": [_line(row) for row in found.rows],
        "older": found.older,
        "filtered": wanted != queries.Wanted(),
        "crumbs": [Crumb(_("Audit trail"))],
    }
    return render(request, "audit/trail.html", context)


def _line(row: queries.TrailRow) -> Line:
    noun, _dot, verb = row.verb.partition(".")
    thing = row.thing_name or row.details.get("listed") or ""
    what = f"{verb.replace('_', ' ')} {noun.replace('_', ' ')}".strip()
    told = {
        LineKind.DONE: what,
        LineKind.SEEN: _("saw %(noun)s") % {"noun": noun},
        LineKind.REFUSED: _("was turned away: %(what)s") % {"what": what},
    }[row.kind]
    return Line(row.at, row.actor_name, f"{told}: {thing}" if thing else told, row.verb)
