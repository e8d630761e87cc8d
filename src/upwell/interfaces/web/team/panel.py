"""One person beside the map: where the next step counts, evidence, needs and what to do about them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upwell.access import gate
from upwell.access.permissions import Permission
from upwell.access.policy import Role
from upwell.domain.capabilities.models import Capability
from upwell.domain.evidence import queries as evidence
from upwell.domain.evidence.choices import Origin
from upwell.domain.evidence.queries import ObservationRow
from upwell.domain.gaps.choices import GapState, NeedState
from upwell.domain.gaps.models import Need
from upwell.domain.gaps.queries import NeedRow, StandingRow
from upwell.domain.gaps.queries.team import Share, readiness
from upwell.domain.plans.queries import OptionRow, best_option
from upwell.foundation.people.models import Person
from upwell.interfaces.web.charts import Bullet
from upwell.interfaces.web.charts import Person as Chip
from upwell.interfaces.web.charts.numbers import level, signed
from upwell.interfaces.web.parts import BulletRow, Entry

STEPS = 5
RECENT = 5
ICONS = {
    Origin.REVIEW: "clipboard-check",
    Origin.FEEDBACK: "message-square-heart",
    Origin.CHECKIN: "users",
    Origin.ASSESSMENT: "list-checks",
    Origin.REASSESSMENT: "list-checks",
}
QUOTED = {Origin.OBSERVATION, Origin.REVIEW, Origin.CHECKIN}
"""Where a note may stand beside the level; feedback is read on its own page, in its own zone."""


@dataclass(frozen=True, slots=True)
class Step:
    """A need, where it stands and what comes next."""

    need: NeedRow
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything beside the map about one person."""

    chip: Chip
    ready: Share | None
    n_unseen: int
    next_steps: tuple[BulletRow, ...]
    others: tuple[BulletRow, ...]
    strengths: tuple[str, ...]
    needs: tuple[Step, ...]
    option: OptionRow | None
    option_for: str
    evidence: tuple[Entry, ...]
    observe_url: str
    feedback_url: str
    talk_url: str
    diagnose_url: str
    propose_url: str

    @property
    def effect_words(self) -> str:
        """The expected effect of the option with its interval."""
        option = self.option
        if option is None or option.effect is None:
            return _("Its effect has not been measured yet.")
        if option.effect_lo is None or option.effect_hi is None:
            return _("Expected %(effect)s levels.") % {"effect": signed(option.effect)}
        return _("Expected %(effect)s levels (90 %% interval %(low)s to %(high)s).") % {
            "effect": signed(option.effect),
            "low": level(option.effect_lo),
            "high": level(option.effect_hi),
        }


def panel_of(
    actor: gate.Actor,
    person: Person,
    standings: Sequence[StandingRow],
    needs: Sequence[NeedRow],
    *,
    position: str,
    direct: bool,
) -> Panel:
    """The panel of a person whose standings and open needs are loaded; at most three statements."""
    asked = [row for row in standings if row.required is not None]
    below = sorted(
        (row for row in asked if row.gap is not None and row.gap > 0),
        key=lambda row: (-(row.priority or 0), row.capability),
    )
    first = below[:STEPS]
    rest = [row for row in asked if row not in first]
    decides = direct or actor.has(Role.HR_PARTNER)
    decided = next((need for need in needs if need.state in {NeedState.DIAGNOSED, NeedState.PLANNED}), None)
    open_need = next((need for need in needs if need.state in {NeedState.CONFIRMED, NeedState.RAISED}), None)
    observes = direct or _observes(actor, person)
    return Panel(
        chip=Chip(person.name, position, reverse("person", args=[person.uuid]), str(person.uuid)),
        ready=readiness(asked),
        n_unseen=sum(row.level is None for row in asked),
        next_steps=tuple(_bar(row, person, actor.on) for row in first),
        others=tuple(_bar(row, person, actor.on) for row in rest),
        strengths=tuple(row.capability for row in asked if row.state == GapState.ABOVE),
        needs=tuple(_step(need, person, direct=direct, decides=decides) for need in needs),
        option=_option(decided, asked) if decided and direct else None,
        option_for=decided.capability if decided else "",
        evidence=tuple(_entry(row) for row in evidence.observations_of(person, with_retracted=False, limit=RECENT)),
        observe_url=reverse("observe-person", args=[person.uuid]) if observes else "",
        feedback_url=reverse("feedback-of", args=[person.uuid]) if direct else "",
        talk_url=f"{reverse('checkin-plan')}?person={person.uuid}" if direct else "",
        diagnose_url=reverse("diagnose", args=[open_need.uuid]) if open_need and decides else "",
        propose_url=reverse("plan-propose", args=[person.uuid]) if direct else "",
    )


def _observes(actor: gate.Actor, person: Person) -> bool:
    """Whether the actor may observe somebody; who sees a map as a manager alone sees only their own chain on it."""
    if not actor.has(Role.MANAGER):
        return False
    return not actor.has(Role.HR_PARTNER) or gate.may(actor, Permission.OBSERVATION_ADD, person)


def age_words(days: int | None) -> str:
    """How old the newest evidence is, in words."""
    if days is None:
        return _("no evidence")
    if days < 60:
        return ngettext("%d day", "%d days", days) % days
    return ngettext("%d month", "%d months", days // 30) % (days // 30)


def _bar(row: StandingRow, person: Person, on: dt.date) -> BulletRow:
    required = round(row.required, 1) if row.required is not None else None
    bar = Bullet(row.level, row.lo80, row.hi80, required)
    if row.level is None:
        return BulletRow(row.capability, bar, _("no evidence"))
    sources = ngettext("%d source", "%d sources", row.n_sources) % row.n_sources
    note = f"{sources} · {age_words(row.age_days(on))} ·"
    return BulletRow(row.capability, bar, note, why_url=reverse("level", args=[person.uuid, row.capability_uuid]))


def _step(need: NeedRow, person: Person, *, direct: bool, decides: bool) -> Step:
    if need.state == NeedState.RAISED:
        words = need.confirmation or _("Observe more before it is confirmed.")
        return Step(need, words, reverse("observe-person", args=[person.uuid]) if direct else "")
    if need.state == NeedState.CONFIRMED:
        return Step(
            need,
            _("Find the cause before choosing a remedy."),
            reverse("diagnose", args=[need.uuid]) if decides else "",
        )
    if need.state == NeedState.DIAGNOSED:
        return Step(
            need,
            _("The cause is known: propose a plan."),
            reverse("plan-propose", args=[person.uuid]) if direct else "",
        )
    return Step(need, _("In a plan; talk about its use in the next 1:1."), "")


def _option(row: NeedRow, standings: Sequence[StandingRow]) -> OptionRow | None:
    need = Need(pk=row.id, person_id=row.person_id, capability=Capability(pk=row.capability_id, name=row.capability))
    gap = next((each.gap for each in standings if each.capability_id == row.capability_id), None)
    return best_option(need, gap=gap)


def _entry(row: ObservationRow) -> Entry:
    origin = Origin(row.origin)
    return Entry(
        title=_("%(capability)s: %(level)s") % {"capability": row.capability, "level": row.level_name or row.category},
        when=row.observed_on,
        note=f"{row.source_words} · {row.origin_words}",
        icon=ICONS.get(origin, "eye"),
        quote=row.note if origin in QUOTED else "",
    )
