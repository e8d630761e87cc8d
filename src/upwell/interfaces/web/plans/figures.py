"""Steps, commitments and re-assessments of a plan as the pages draw them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from upwell.domain.plans.choices import ActionState
from upwell.domain.plans.queries import ActionRow, PlanRow
from upwell.domain.transfer.queries import CommitmentRow, ReassessmentRow
from upwell.interfaces.web.charts import Bullet
from upwell.interfaces.web.parts import BulletRow, Entry, Figure, Pledge

CHECKS = 3
"""How often use on the job is asked after."""
Z80 = 1.2816
OPEN = {ActionState.PROPOSED, ActionState.ACCEPTED, ActionState.DONE}
GONE = {ActionState.SWAPPED, ActionState.DECLINED}
ICONS = {
    "learning": "graduation-cap",
    "on_the_job": "briefcase",
    "coaching": "handshake",
    "mentoring": "users",
    "peer": "users",
    "fix": "wrench",
}


@dataclass(frozen=True)
class StepView:
    """One step with what belongs to it."""

    row: ActionRow
    icon: str
    late: bool
    gone: bool
    commitment: CommitmentRow | None
    pledge: Pledge | None
    reassessment: ReassessmentRow | None

    @property
    def used(self) -> bool:
        """Whether use on the job was logged."""
        return self.commitment is not None and self.commitment.n_used > 0


def steps(
    plan: PlanRow,
    commitments: Iterable[CommitmentRow],
    reassessments: Iterable[ReassessmentRow],
    *,
    on: dt.date,
    may_log: bool = False,
) -> list[StepView]:
    """The steps of a plan by date; what was swapped or declined stands at the end."""
    pledges = {row.action_uuid: row for row in commitments}
    rated = {row.capability_uuid: row for row in reassessments}
    found = [_step(row, pledges, rated, on=on, may_log=may_log) for row in plan.actions]
    return sorted(found, key=lambda step: (step.gone, step.row.due_on))


def pledge_of(row: CommitmentRow, *, may_log: bool) -> Pledge:
    """A commitment as its card."""
    log_url = reverse("application-log", args=[row.uuid]) if may_log and row.next_check_on else ""
    times = max(CHECKS, len(row.applications))
    return Pledge(
        _("When %(when)s, I will %(will)s.") % {"when": row.when, "will": row.will},
        row.action,
        row.next_check_on,
        times,
        row.n_used,
        log_url=log_url,
    )


def checkpoints(plan: PlanRow, commitments: Iterable[CommitmentRow], rows: Iterable[ReassessmentRow]) -> list[Entry]:
    """What happened and what is still to come, by date."""
    dated: list[tuple[dt.date, Entry]] = []
    for action in plan.actions:
        if action.state not in GONE:
            dated.append((action.done_on or action.due_on, _deed(action)))
    actions = {action.uuid for action in plan.actions}
    for commitment in commitments:
        if commitment.action_uuid in actions:
            dated += _uses(commitment)
    capabilities = {action.capability_uuid for action in plan.actions}
    for row in rows:
        if row.capability_uuid in capabilities:
            dated.append((row.done_on or row.due_on, _rated(row)))
    return [entry for _day, entry in sorted(dated, key=lambda pair: pair[0])]


def before_after(row: ReassessmentRow) -> list[BulletRow]:
    """The level before and after, each with its interval of 80 %."""
    pairs = (
        (_("before"), row.level_before, row.sd_before),
        (_("after"), row.level_after, row.sd_after),
    )
    return [
        BulletRow(
            f"{row.capability}, {when}",
            Bullet(level, max(0.0, level - Z80 * sd), min(5.0, level + Z80 * sd), None),
            note=_("80 % interval"),
        )
        for when, level, sd in pairs
        if level is not None and sd is not None
    ]


def totals(plan: PlanRow) -> list[Figure]:
    """Steps, hours and money of a plan, and how much of it is no course."""
    live = [row for row in plan.actions if row.state not in GONE]
    beside = sum(row.kind != "learning" for row in live)
    used = sum(row.state == ActionState.APPLIED for row in live)
    return [
        Figure(_("Steps"), str(len(live)), note=_("%d beyond courses") % beside),
        Figure(_("Hours"), f"{plan.hours:.0f}", "h", note=_("of the person's time")),
        Figure(_("Cost"), f"{plan.cost:,.0f}", note=_("without the time")),
        Figure(_("Used on the job"), f"{used}", note=_("of %d steps") % len(live)),
    ]


def _step(
    row: ActionRow,
    pledges: Mapping[UUID, CommitmentRow],
    rated: Mapping[UUID, ReassessmentRow],
    *,
    on: dt.date,
    may_log: bool,
) -> StepView:
    commitment = pledges.get(row.uuid)
    return StepView(
        row=row,
        icon=ICONS.get(row.kind, "target"),
        late=row.due_on < on and row.state in {ActionState.PROPOSED, ActionState.ACCEPTED},
        gone=row.state in GONE,
        commitment=commitment,
        pledge=pledge_of(commitment, may_log=may_log) if commitment else None,
        reassessment=rated.get(row.capability_uuid) if row.capability_uuid else None,
    )


def _deed(action: ActionRow) -> Entry:
    done = action.state in {ActionState.DONE, ActionState.APPLIED, ActionState.CLOSED}
    return Entry(
        action.title,
        action.done_on or action.due_on,
        note=action.state_words,
        icon=ICONS.get(action.kind, "target"),
        state="done" if done else "",
        url=reverse("action", args=[action.uuid]),
    )


def _uses(commitment: CommitmentRow) -> list[tuple[dt.date, Entry]]:
    found = [
        (
            row.on,
            Entry(
                _("Used on the job") if row.used else _("Not used: %(why)s") % {"why": row.obstacle},
                row.on,
                note=_("seen by %(name)s") % {"name": row.seen_by} if row.seen_by else commitment.action,
                icon="check" if row.used else "ban",
                state="done",
                quote=row.what,
            ),
        )
        for row in commitment.applications
    ]
    if commitment.next_check_on:
        title = _("Did you use it?")
        found.append(
            (commitment.next_check_on, Entry(title, commitment.next_check_on, note=commitment.action, icon="target"))
        )
    return found


def _rated(row: ReassessmentRow) -> Entry:
    done = row.done_on is not None
    note = row.assessor
    if row.level_before is not None and row.level_after is not None:
        note = f"{row.level_before:.1f} → {row.level_after:.1f} · {row.assessor}"
    return Entry(
        _("Re-assessed: %(name)s") % {"name": row.capability}
        if done
        else _("Re-assessment: %(name)s") % {"name": row.capability},
        row.done_on or row.due_on,
        note=note,
        icon="gauge",
        state="done" if done else "",
    )
