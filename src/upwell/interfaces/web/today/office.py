"""What the organisation waits for from those who look after a part of it: cycles that run, verdicts nobody acted on."""

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.access import gate
from upwell.access.gate import Actor
from upwell.access.permissions import Permission
from upwell.domain.impact import queries as impact
from upwell.domain.sources.reviews import queries as reviews
from upwell.foundation.cycles.queries import open_on
from upwell.interfaces.web.today.steps import MOST, NextStep

DECIDE_WITHIN = dt.timedelta(days=14)


def office_steps(actor: Actor) -> tuple[NextStep, ...] | None:
    """At most three, most urgent first; None for whoever has no such task. Two statements at most."""
    runs = gate.may(actor, Permission.CYCLE_RUN)
    decides = gate.may(actor, Permission.PROGRAMME_DECIDE)
    if not runs and not decides:
        return None
    found = [*(_cycles(actor) if runs else ()), *(_verdicts() if decides else ())]
    return tuple(sorted(found, key=lambda step: (step.by, step.title))[:MOST])


def _cycles(actor: Actor) -> Iterator[NextStep]:
    cycles = gate.visible(actor, Permission.CYCLE_VIEW, open_on(actor.on))
    rows = [row for row in reviews.running(cycles) if row.n_waiting]
    for row in rows[:1]:
        yield NextStep(
            _("See where %(cycle)s stands") % {"cycle": row.name},
            _("%(n)d of %(total)d forms are handed in; some units may need a word.")
            % {"n": row.n_forms - row.n_waiting, "total": row.n_forms},
            5,
            row.due_on,
            "clipboard-list",
            reverse("cycle", args=[row.uuid]),
            len(rows) - 1,
        )


def _verdicts() -> Iterator[NextStep]:
    rows = impact.undecided_programmes()
    for row in rows[:1]:
        made = {2: _("it made a difference"), 3: _("it probably made a difference")}
        yield NextStep(
            _("Decide on %(programme)s") % {"programme": row.name},
            _("Verdict: %(verdict)s. Keep, change or stop it, and say why.")
            % {"verdict": made.get(row.verdict, row.verdict_words)},
            10,
            row.judged_on + DECIDE_WITHIN,
            "chart-line",
            reverse("programme", args=[row.uuid]),
            len(rows) - 1,
        )
