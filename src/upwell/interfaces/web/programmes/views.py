"""The list of programmes, one programme's effect, and the decision on it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.domain.impact import operations, queries
from upwell.domain.impact.choices import DecisionKind
from upwell.domain.impact.models import Effect, Programme
from upwell.interfaces.web.doors import Request, door
from upwell.interfaces.web.parts import Crumb, Entry, Provenance
from upwell.interfaces.web.programmes import figures
from upwell.interfaces.web.programmes.forms import DecisionForm

ICONS = {DecisionKind.KEEP: "check", DecisionKind.CHANGE: "pencil", DecisionKind.STOP: "x"}


@door(Permission.PROGRAMME_VIEW)
def programmes(request: Request) -> HttpResponse:
    """All programmes by name, each with its verdict."""
    rows = queries.programmes()
    context = {
        "rows": [(row, figures.verdict_of(row), figures.people_of(row)) for row in rows],
        "proven": [row for row in rows if figures.verdict_of(row).tone == "raised"],
        "forest": figures.forest_of(rows),
        "crumbs": [Crumb(_("Programmes"))],
    }
    return render(request, "programmes/list.html", context)


@door(Permission.PROGRAMME_VIEW)
def programme(request: Request, uuid: UUID) -> HttpResponse:
    """One programme: the verdict first, then the figures that prove it."""
    found = gate.known(request.actor, Permission.PROGRAMME_VIEW, Programme.objects.filter(uuid=uuid))
    return _page(request, found, DecisionForm())


@door(Permission.PROGRAMME_DECIDE, methods=("POST",))
def decide(request: Request, uuid: UUID) -> HttpResponse:
    """Keep, change or stop."""
    found = gate.known(request.actor, Permission.PROGRAMME_DECIDE, Programme.objects.filter(uuid=uuid))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    operations.decide(
        programme=found,
        kind=DecisionKind(form.cleaned_data["kind"]),
        reason=form.cleaned_data["reason"],
        by=request.actor.person,
        effect=Effect.objects.filter(programme=found).first(),
        actor=request.actor.account,
        at=request.now,
    )
    messages.success(request, _("The decision is in the log."))
    return redirect("programme", uuid=uuid)


@door(Permission.PROGRAMME_EDIT, methods=("POST",), rate="6/m")
def estimate(request: Request, uuid: UUID) -> HttpResponse:
    """Ask for a new estimate with the results known today."""
    found = gate.known(request.actor, Permission.PROGRAMME_EDIT, Programme.objects.filter(uuid=uuid))
    run = operations.request_evaluation(
        programme=found, as_of=request.actor.on, actor=request.actor.account, at=request.now
    )
    messages.info(request, _("The estimate is being computed; this page shows it when it is done."))
    return redirect("run", uuid=run.uuid)


def _page(request: Request, found: Programme, form: DecisionForm, *, status: int = 200) -> HttpResponse:
    row = queries.programme_row(found)
    effect = row.effect
    context = {
        "row": row,
        "effect": effect,
        "verdict": figures.verdict_of(row),
        "said": figures.said_of(effect) if effect else None,
        "figures": figures.figures_of(row),
        "bracket": figures.bracket_of(row),
        "event_study": figures.event_study_of(row),
        "withheld": effect is not None and figures.span_of(effect) is None,
        "decisions": [
            Entry(
                f"{entry.kind_words.capitalize()}: {entry.decided_by or _('nobody named')}",
                entry.decided_at.date(),
                quote=entry.reason,
                icon=ICONS[DecisionKind(entry.kind)],
            )
            for entry in row.decisions
        ],
        "may_decide": gate.may(request.actor, Permission.PROGRAMME_DECIDE),
        "may_estimate": gate.may(request.actor, Permission.PROGRAMME_EDIT),
        "form": form,
        "source": _source(effect) if effect else None,
        "crumbs": [Crumb(_("Programmes"), reverse("programmes")), Crumb(row.name)],
    }
    return render(request, "programmes/programme.html", context, status=status)


def _source(effect: queries.EffectRow) -> Provenance:
    return Provenance(
        computed_at=effect.computed_at,
        method=_("Comparison over time with people who were not, or not yet, treated"),
        engine=effect.engine_version,
        digest=str(effect.diagnostics.get("input_digest", ""))[:12],
        seed="" if effect.seed is None else str(effect.seed),
        run_url=reverse("run", args=[effect.run_uuid]),
        facts=[(_("Results known until"), f"{effect.as_of:%d %b %Y}")],
    )
