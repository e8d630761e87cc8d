"""Filling the list of interventions from the catalogue and from what needs no catalogue."""

import datetime as dt
from decimal import Decimal

from upwell.domain.diagnosis.choices import Cause
from upwell.domain.learning.models import ItemCapability
from upwell.domain.plans.choices import InterventionKind
from upwell.domain.plans.models import Intervention
from upwell.domain.roles.models import Requirement
from upwell.foundation.accounts.models import Account
from upwell.foundation.audit.operations import operation

BESIDE_WORK = (
    (InterventionKind.COACHING, "Coaching by the manager on {}", 6.0, Decimal(0), 0.3, 0.25),
    (InterventionKind.ON_THE_JOB, "A stretch task that needs {}", 10.0, Decimal(0), 0.35, 0.3),
    (InterventionKind.PEER, "Work a week beside somebody strong in {}", 8.0, Decimal(0), 0.3, 0.3),
)
FIXES = (
    (Cause.EXPECTATIONS, "Agree what good looks like, in writing, with an example"),
    (Cause.FEEDBACK, "A short weekly look at the work, with feedback on this point"),
    (Cause.TOOLS, "Get the missing tool, access or data"),
    (Cause.PROCESS, "Change the step of the process that gets in the way"),
    (Cause.INCENTIVES, "Make the wanted work count as much as what is rewarded now"),
    (Cause.CAPACITY, "Take something off the desk for three months"),
    (Cause.MOTIVE, "Talk about fit: reshape the task or move it"),
)


@operation("intervention.offer_items")
def offer_items(*, actor: Account | None, at: dt.datetime) -> int:
    """Offer every learning item for every capability it builds; returns how many offers are new."""
    links = ItemCapability.objects.filter(item__retired_on=None).select_related("item", "capability")
    rows = [
        Intervention(
            key=f"item:{link.item.key}:{link.capability.key}"[:250],
            kind=InterventionKind.LEARNING,
            title=link.item.title,
            description=link.item.description,
            item=link.item,
            capability=link.capability,
            cause=Cause.SKILL,
            hours=(link.item.minutes or 0) / 60,
            cost=link.item.cost,
            effect=link.effect,
            effect_sd=link.effect_sd,
        )
        for link in links
    ]
    return _add(rows)


@operation("intervention.offer_beside_work")
def offer_beside_work(*, actor: Account | None, at: dt.datetime) -> int:
    """Offer coaching, a stretch task and peer work for every required capability, and a fix for every other cause.

    Their effects are assumptions until measured here, and are shown as such.
    """
    required = Requirement.objects.as_of(at.date()).values_list("capability", "capability__key", "capability__name")
    rows = [
        Intervention(
            key=f"{kind}:{key}"[:250],
            kind=kind,
            title=title.format(name),
            capability_id=capability,
            cause=Cause.SKILL,
            hours=hours,
            cost=cost,
            effect=effect,
            effect_sd=sd,
        )
        for capability, key, name in required.distinct()
        for kind, title, hours, cost, effect, sd in BESIDE_WORK
    ]
    rows += [
        Intervention(key=f"fix:{cause}", kind=InterventionKind.FIX, title=title, cause=cause, hours=2)
        for cause, title in FIXES
    ]
    return _add(rows)


def _add(rows: list[Intervention]) -> int:
    before = Intervention.objects.count()
    Intervention.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2_000)
    return Intervention.objects.count() - before
