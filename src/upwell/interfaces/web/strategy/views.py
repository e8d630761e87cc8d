"""The chain from mission to people, one objective, one capability, and what another growth stage would change."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.capabilities.models import Capability
from upwell.domain.gaps.frames import ready_by_family, ready_by_role
from upwell.domain.gaps.queries import readiness
from upwell.domain.impact import queries as impact
from upwell.domain.sources.kpis import queries as kpis
from upwell.domain.strategy import operations, queries
from upwell.domain.strategy.choices import Stage
from upwell.domain.strategy.models import Objective
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb, Heading
from upwell.interfaces.web.programmes.figures import verdict_of
from upwell.interfaces.web.strategy import figures
from upwell.interfaces.web.strategy.forms import StageForm


@door(Permission.STRATEGY_VIEW)
def strategy(request: Request) -> HttpResponse:
    """The whole chain; the thinnest capability first."""
    nodes = figures.flat(queries.tree())
    links = [link for node in nodes for link in node.links]
    ids = {link.capability_id for link in links}
    ready = readiness.readiness_of(ids)
    context = {
        "chain": figures.chain_of(nodes, ready_by_family(ids), ready),
        "thinnest": figures.thinnest(figures.Ready(link, ready.get(link.capability_id)) for link in links),
        "rungs": [
            (node.row, node.depth, [figures.Ready(link, ready.get(link.capability_id)) for link in node.links])
            for node in nodes
        ],
        "may_edit": gate.may(request.actor, Permission.STRATEGY_EDIT),
        "orphans": queries.orphan_objectives(),
        "stage": queries.stage(as_of=request.actor.on),
        "campaigns": queries.campaigns(as_of=request.actor.on),
        "crumbs": [Crumb(_("Strategy"))],
    }
    return render(request, "strategy/chain.html", context)


@door(Permission.STRATEGY_VIEW)
def objective(request: Request, uuid: UUID) -> HttpResponse:
    """One objective: what it serves, what it leans on, how ready people are, what is done for it."""
    found = gate.known(request.actor, Permission.STRATEGY_VIEW, Objective.objects.filter(uuid=uuid))
    tree = figures.flat(queries.tree())
    node = next(node for node in tree if node.row.id == found.pk)
    ready = readiness.readiness_of(link.capability_id for link in node.links)
    rows = [figures.Ready(link, ready.get(link.capability_id)) for link in node.links]
    above = figures.above(tree, found.pk)
    may_see_programmes = gate.may(request.actor, Permission.PROGRAMME_VIEW)
    programmes = [row for row in impact.programmes() if row.objective_uuid == uuid] if may_see_programmes else []
    context = {
        "row": node.row,
        "kind": found.get_kind_display(),
        "above": above,
        "below": node.children,
        "rows": rows,
        "thinnest": figures.thinnest(rows),
        "metric": next((row for row in kpis.metrics() if row.key == node.row.outcome_metric), None),
        "campaigns": [row for row in queries.campaigns(as_of=request.actor.on) if row.objective == found.title],
        "programmes": [(row, verdict_of(row)) for row in programmes],
        "crumbs": [
            Crumb(_("Strategy"), reverse("strategy")),
            *(Crumb(row.title, reverse("objective", args=[row.uuid])) for row in reversed(above)),
            Crumb(found.title),
        ],
    }
    return render(request, "strategy/objective.html", context)


@door(Permission.STRATEGY_VIEW)
def capability(request: Request, uuid: UUID) -> HttpResponse:
    """One capability: which objectives lean on it, which roles ask it, how ready everybody is."""
    chosen = Capability.objects.filter(uuid=uuid)
    found = gate.known(request.actor, Permission.STRATEGY_VIEW, chosen)
    weights = queries.weights(as_of=request.actor.on, capability_ids=[found.pk])
    context = {
        "row": found,
        "facet": found.get_facet_display(),
        "kind": found.get_kind_display(),
        "ready": readiness.readiness_of([found.pk]).get(found.pk),
        "weight": weights[0] if weights else None,
        "chains": [tuple(reversed(chain)) for chain in queries.chains_of_capability(found)],
        "roles": ready_by_role(found.pk),
        "headings": [
            Heading(_("Role")),
            Heading(_("Level asked"), number=True),
            Heading(_("People"), number=True),
            Heading(_("Meet it")),
        ],
        "crumbs": [Crumb(_("Strategy"), reverse("strategy")), Crumb(found.name)],
    }
    return render(request, "strategy/capability.html", context)


@door(Permission.STRATEGY_EDIT, methods=("GET", "POST"))
def stage(request: Request) -> HttpResponse:
    """See what another growth stage would put first, and enter it."""
    form = StageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        operations.enter_stage(
            stage=form.cleaned_data["stage"],
            since=request.actor.on,
            reason=form.cleaned_data["reason"],
            actor=request.actor.account,
            at=request.now,
        )
        messages.success(request, _("The stage holds from today; priorities follow with the next computation."))
        return redirect("strategy")
    current = queries.stage(as_of=request.actor.on)
    asked = request.POST.get("stage") or request.GET.get("stage") or (current.stage if current else Stage.GROWING)
    supposed = Stage(asked) if asked in Stage.values else Stage.GROWING
    if not form.is_bound:
        form = StageForm(initial={"stage": supposed})
    moved = figures.shifts(
        queries.weights(as_of=request.actor.on), queries.weights(as_of=request.actor.on, supposing=supposed)
    )
    context = {
        "form": form,
        "current": current,
        "supposed": supposed,
        "same": current is not None and supposed == current.stage,
        "stages": list(Stage),
        "shifts": moved,
        "risers": [one for one in moved if one.up > 0],
        "joiners": [one for one in moved if not one.before],
        "headings": [
            Heading(_("Capability")),
            Heading(_("Place now"), number=True),
            Heading(_("Place then"), number=True),
            Heading(_("Why")),
        ],
        "crumbs": [Crumb(_("Strategy"), reverse("strategy")), Crumb(_("Growth stage"))],
    }
    return render(request, "strategy/stage.html", context, status=422 if form.is_bound else 200)
