"""Facts, ranked causes and the split of a gap, in words and bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from upwell.domain.diagnosis.queries import DiagnosisRow
from upwell.domain.sources.checkins.choices import BlockerKind

OPTIONS = {
    "clarify_goal": _("Say again what the goal is"),
    "written_standard": _("Write down what good looks like"),
    "worked_example": _("Show a worked example"),
    "regular_check_in": _("A regular short look at the work"),
    "performance_data": _("Let the person see their own figures"),
    "peer_observation": _("Let a colleague watch and tell"),
    "equipment": _("Get the equipment"),
    "job_aid": _("A checklist or reference at the place of work"),
    "access_to_information": _("Give access to the information"),
    "simplify_process": _("Simplify the process"),
    "remove_handover": _("Take out a handover"),
    "clarify_decision_rights": _("Say who decides"),
    "recognition": _("Recognise it when it is done well"),
    "remove_penalty": _("Take away what makes it a disadvantage"),
    "align_reward": _("Reward what is wanted"),
    "rebalance_work": _("Spread the work differently"),
    "drop_tasks": _("Drop something"),
    "temporary_help": _("Get help for a while"),
    "career_conversation": _("Talk about where the person wants to go"),
    "change_of_tasks": _("Change the tasks"),
    "change_of_role": _("Consider another role"),
    "practice_on_the_job": _("Practise on the job"),
    "pairing": _("Work in a pair with somebody who can"),
}
SMALL = 5
"""A share of others is said only where at least so many others are asked for the capability."""


@dataclass(frozen=True, slots=True)
class CauseBar:
    """One cause with its probability from 0 to 1 and what speaks for or against it."""

    key: str
    name: str
    probability: float
    reasons: Sequence[str]
    chosen: bool


def facts_in_words(hints: Mapping[str, Any]) -> list[str]:
    """What the data said before anybody was asked."""
    found = [_level(hints), _others(hints.get("n_team"), hints.get("n_team_below"), _now("the team"))]
    found.append(_unit(hints))
    months = hints.get("months_in_role")
    if months is not None:
        found.append(
            ngettext("In the role for %(n)d month.", "In the role for %(n)d months.", round(months))
            % {"n": round(months)}
        )
    for kind, count in (hints.get("blockers") or {}).items():
        found.append(
            ngettext(
                "%(n)d open blocker named in a 1:1: %(kind)s.", "%(n)d open blockers named in 1:1s: %(kind)s.", count
            )
            % {"n": count, "kind": BlockerKind(kind).label}
        )
    recent = hints.get("feedback_recent")
    if recent is not None:
        found.append(
            ngettext("%(n)d piece of feedback in three months.", "%(n)d pieces of feedback in three months.", recent)
            % {"n": recent}
        )
    return [words for words in found if words]


def bars(row: DiagnosisRow) -> list[CauseBar]:
    """The causes, likeliest first."""
    return [
        CauseBar(one["cause"], one["name"], one["probability"], one["reasons"], one["cause"] == row.cause)
        for one in row.ranking
    ]


def options_in_words(row: DiagnosisRow) -> list[str]:
    """What could be done that is no training, for the causes likely so far."""
    return [str(OPTIONS.get(key, key)) for key in row.other_options]


def _level(hints: Mapping[str, Any]) -> str:
    level, required = hints.get("level"), hints.get("required")
    if level is None:
        return _now("No level is known yet.")
    if required is None:
        return _now("The level is %(level).1f; the role does not ask for it.") % {"level": level}
    return _now("The level is %(level).1f where the role asks for %(required).1f.") % {
        "level": level,
        "required": required,
    }


def _unit(hints: Mapping[str, Any]) -> str:
    """The unit beside the team: not said where few of it stand outside the team, who could be told by subtraction."""
    n, where = hints.get("n_unit"), _now("the unit")
    outside = (n or 0) - (hints.get("n_team") or 0)
    return _few(where) if 0 < outside < SMALL else _others(n, hints.get("n_unit_below"), where)


def _few(where: str) -> str:
    return _now("Too few others in %(where)s are asked for it to compare.") % {"where": where}


def _others(n: int | None, below: int | None, where: str) -> str:
    if not n or below is None:
        return ""
    if n < SMALL:
        return _few(where)
    return _now("%(below)d of %(n)d others in %(where)s are below as well.") % {"below": below, "n": n, "where": where}
