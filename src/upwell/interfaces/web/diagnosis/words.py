"""Facts, ranked causes and the split of a gap, in words and bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upwell.domain.diagnosis.queries import DiagnosisRow
from upwell.domain.sources.checkins.choices import BlockerKind

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
    found = [_level(hints), _others(hints.get("n_team"), hints.get("n_team_below"), _("the team"))]
    found.append(_others(hints.get("n_unit"), hints.get("n_unit_below"), _("the unit")))
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


def _level(hints: Mapping[str, Any]) -> str:
    level, required = hints.get("level"), hints.get("required")
    if level is None:
        return _("No level is known yet.")
    if required is None:
        return _("The level is %(level).1f; the role does not ask for it.") % {"level": level}
    return _("The level is %(level).1f where the role asks for %(required).1f.") % {
        "level": level,
        "required": required,
    }


def _others(n: int | None, below: int | None, where: str) -> str:
    if not n or below is None:
        return ""
    if n < SMALL:
        return _("Too few others in %(where)s are asked for it to compare.") % {"where": where}
    return _("%(below)d of %(n)d others in %(where)s are below as well.") % {"below": below, "n": n, "where": where}
