"""The list of runs, and one run: parameters, version, digest, seed, log, result."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.gaps import operations as gaps
from upwell.domain.gaps import queries as snapshots
from upwell.foundation.runs import queries
from upwell.foundation.runs.choices import RunState
from upwell.foundation.runs.models import Run
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb, Heading, Pager, page_asked
from upwell.interfaces.web.runs import reach
from upwell.interfaces.web.runs.forms import RunFilter

PER_PAGE = 50
WORDS = {
    "gaps.snapshot": gettext_lazy("Levels and gaps of everybody"),
    "gaps.update": gettext_lazy("Levels and gaps of one person"),
    "gaps.replay": gettext_lazy("Replay of levels and gaps"),
    "impact.evaluate": gettext_lazy("Effect of a programme"),
    "import.apply": gettext_lazy("Applying an import"),
}
"""What the kinds of runs do; one that is not here is shown by its key."""
UNDERWAY = frozenset({RunState.REQUESTED, RunState.RUNNING})


@door(Permission.RUN_VIEW)
def runs(request: Request) -> HttpResponse:
    """Every run that may be seen, newest first."""
    form = RunFilter(request.GET)
    form.is_valid()
    found = reach.readable(request.actor)
    if kind := form.cleaned_data.get("kind"):
        found = found.filter(kind__icontains=kind)
    if state := form.cleaned_data.get("state"):
        found = found.filter(state=state)
    pager = _pager(request, found.count())
    start = (pager.page - 1) * PER_PAGE
    context = {
        "form": form,
        "filtered": any(request.GET.get(name) for name in ("kind", "state")),
        "rows": [(row := queries.row(run), WORDS.get(row.kind, row.kind)) for run in found[start : start + PER_PAGE]],
        "headings": [
            Heading(_("Kind")),
            Heading(_("State")),
            Heading(_("Asked for by")),
            Heading(_("When")),
            Heading(_("Took"), number=True),
        ],
        "pager": pager,
        "crumbs": [Crumb(_("Runs"))],
    }
    return render(request, "runs/list.html", context)


@door(Permission.RUN_VIEW)
def run(request: Request, uuid: UUID) -> HttpResponse:
    """One run; while it is under way the page asks for its state anew."""
    found = reach.known(request.actor, uuid)
    detail = queries.detail(found)
    context = {
        "detail": detail,
        "row": detail.row,
        "words": WORDS.get(detail.row.kind, detail.row.kind),
        "underway": detail.row.state in UNDERWAY,
        "failed": detail.row.state == RunState.FAILED,
        "params": list(_flat(detail.params)),
        "result": list(_flat(detail.result)),
        "may_replay": _may_replay(request, found),
        "import_uuid": detail.params.get("batch") if gate.may(request.actor, Permission.IMPORT_VIEW) else None,
        "crumbs": [Crumb(_("Runs"), reverse("runs")), Crumb(str(WORDS.get(detail.row.kind, detail.row.kind)))],
    }
    return render(request, "runs/run.html", context)


@door(Permission.RUN_REQUEST, methods=("POST",), rate="6/m")
def replay(request: Request, uuid: UUID) -> HttpResponse:
    """Compute kept levels and gaps again and compare; a run of its own says what came out."""
    found = gate.known(request.actor, Permission.RUN_REQUEST, Run.objects.filter(uuid=uuid))
    snapshot = snapshots.snapshot_of_run(found)
    if snapshot is None:
        messages.error(request, _("Only a finished computation of everybody's levels can be replayed."))
        return redirect("run", uuid=uuid)
    again = gaps.request_replay(snapshot=snapshot, actor=request.actor.account, at=request.now)
    messages.info(request, _("The replay is under way; its result appears here."))
    return redirect("run", uuid=again.uuid)


def _may_replay(request: Request, found: Run) -> bool:
    if found.kind != gaps.RUN_KIND or found.state != RunState.SUCCEEDED:
        return False
    return gate.may(request.actor, Permission.RUN_REQUEST)


def _flat(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Nested values as pairs a definition list can show."""
    for name, value in values.items():
        words = f"{prefix}{name.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{words} · ")
        elif value is True or value is False:
            yield words, _("yes") if value else _("no")
        elif isinstance(value, list):
            yield words, ", ".join(str(one) for one in value) or "–"
        else:
            yield words, "–" if value is None or value == "" else value


def _pager(request: Request, total: int) -> Pager:
    pages = max(1, -(-total // PER_PAGE))
    return Pager(min(page_asked(request.GET.get("page", "1")), pages), pages, total, _("runs"))
