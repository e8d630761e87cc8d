"""Why a level is what it is, as a waterfall and as lines."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from upwell.domain.evidence.choices import Source
from upwell.domain.gaps.frames import Account
from upwell.domain.gaps.queries.explaining import Line
from upwell.interfaces.web.charts import Move, Waterfall

ONE_BY_ONE = 6
SAME = 0.005
ASKABLE = {
    Source.MANAGER: gettext_lazy("a rating by the manager"),
    Source.PEER: gettext_lazy("feedback with a rating from a peer"),
    Source.REPORT: gettext_lazy("feedback with a rating from a direct report"),
    Source.ASSESSOR: gettext_lazy("a look by a trained assessor"),
    Source.TEST: gettext_lazy("a test"),
}


def waterfall_of(account: Account, lines: Sequence[Line], shown: float | None, name: str) -> Waterfall:
    """From the mean of the capability to the level on the page, in at most ten moves.

    The strongest observations stand one by one, the rest is summed by source; what was seen in other capabilities is
    one move; evidence that came after the computation is taken out again, so that the sum is the level shown.
    """
    own = [line for line in lines if line.own]
    single = [line for line in own if not line.pooled][:ONE_BY_ONE]
    rest = [line for line in own if line not in single]
    moves = [Move(title_of(line), line.contribution, detail_of(line)) for line in single]
    moves += _by_source(rest)
    others = [line for line in lines if not line.own]
    if others:
        words = ngettext("%(n)d rating elsewhere", "%(n)d ratings elsewhere", len(others)) % {"n": len(others)}
        moves.append(Move(_("Other capabilities"), _sum(others), words))
    if shown is not None and abs(shown - account.level) > SAME:
        moves.append(Move(_("Arrived since"), shown - account.level, _("taken out: counted by the next computation")))
    end = shown if shown is not None else account.level
    strongest = single[0] if single else None
    title = (
        _("%(what)s moved the level most") % {"what": title_of(strongest)} if strongest else _("What moved the level")
    )
    return Waterfall(
        "why",
        title,
        account.start,
        moves,
        start_label=_("Usual level of %(name)s") % {"name": name},
        end_label=_("Level %(level).1f") % {"level": end},
        note=_("Each rating is corrected for the rater's severity and counts less as it ages."),
    )


def title_of(line: Line) -> str:
    """Who saw it, as far as the reader may know."""
    if line.pooled:
        return ngettext("%(n)d rating by %(who)s", "%(n)d ratings by %(who)s", line.n) % {
            "n": line.n,
            "who": _("colleagues"),
        }
    if line.source == Source.SELF:
        return _("Self-rating")
    if line.rater:
        return f"{line.rater} ({line.source_words})"
    if line.source == Source.PEER:
        return _("A peer")
    if line.source == Source.REPORT:
        return _("A direct report")
    return line.source_words.capitalize()


def detail_of(line: Line) -> str:
    """What was seen and when."""
    parts = [line.level_name, f"{line.observed_on:%b %Y}" if line.observed_on else "", line.origin_words]
    return " · ".join(part for part in parts if part)


def severity_words(line: Line) -> str:
    """How the rater's habit was corrected for."""
    if line.severity is None:
        return ""
    if abs(line.severity) < 0.05:
        return _("none needed")
    side = _("strict") if line.severity > 0 else _("mild")
    return f"{line.severity:+.1f} ({side})"


def next_best(account: Account, *, limit: int = 3) -> list[tuple[str, str]]:
    """Which further evidence would narrow the interval most: what in words, share narrower.

    Direct reports are named only where one has rated before: not everybody has any.
    """
    rated = {step["source"] for step in account.steps}
    best: dict[str, float] = {}
    for row in account.best:
        source = row["source"]
        if source in ASKABLE and (source != Source.REPORT or source in rated):
            best[source] = max(best.get(source, 0.0), row["reduction"])
    ordered = sorted(best.items(), key=lambda pair: -pair[1])[:limit]
    return [(str(ASKABLE[Source(source)]), f"{share:.0%}") for source, share in ordered if share > SAME]


def _by_source(lines: Sequence[Line]) -> list[Move]:
    """The rest in at most three moves: the two fullest sources and everything else."""
    held: dict[str, list[Line]] = {}
    for line in lines:
        held.setdefault(line.source_words, []).append(line)
    ordered = sorted(held.items(), key=lambda pair: -sum(line.n for line in pair[1]))
    parts = ordered[:2]
    if ordered[2:]:
        parts = [*parts, (_("other sources"), [line for _source, rest in ordered[2:] for line in rest])]
    return [Move(_rest_words(source, of_it), _sum(of_it), _("summed")) for source, of_it in parts]


def _rest_words(source: str, lines: Sequence[Line]) -> str:
    n = sum(line.n for line in lines)
    return ngettext("%(n)d rating more: %(source)s", "%(n)d ratings more: %(source)s", n) % {"n": n, "source": source}


def _sum(lines: Iterable[Line]) -> float:
    return sum(line.contribution for line in lines)
