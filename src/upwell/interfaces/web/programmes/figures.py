"""A programme's effect as charts and words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from upwell.domain.impact.queries import SMALLEST_GROUP, EffectRow, ProgrammeRow
from upwell.interfaces.web.charts import Bracket, Effect, EventStudy, Forest, Period
from upwell.interfaces.web.charts.numbers import heads, percent, signed
from upwell.interfaces.web.parts import Figure, Verdict

LABELS = {
    "bjs_donut": gettext_lazy("Imputation, the months just before left out (A)"),
    "sequential_trial": gettext_lazy("Sequential trial (B)"),
    "sequential_kept": gettext_lazy("Sequential trial, those treated later kept (B)"),
    "ratio_donut": gettext_lazy("Imputation in ratios (A)"),
    "detrended": gettext_lazy("Without the trend before (C)"),
    "cs_simple": gettext_lazy("Callaway and Sant'Anna"),
    "efficient_history": gettext_lazy("Efficient rollout"),
    "efficient_simple": gettext_lazy("Efficient rollout"),
    "sun_abraham": gettext_lazy("Sun and Abraham"),
    "twfe": gettext_lazy("Two-way fixed effects"),
    "difference_in_means": gettext_lazy("Difference in means"),
}
PROVEN = frozenset({2, 3})
"""Verdict codes that say an effect is there, surely or probably."""
DIFFER_BELOW = 0.05
ALMOST_SURE = 0.99
DRAWN = ("efficient_history", "efficient_simple", "difference_in_means", "cs_simple")
BRACKET = ("bjs_donut", "sequential_trial")
UNION = (*BRACKET, "sequential_kept", "ratio_donut")
"""The lines whose intervals the verdict unites; the third exists only where somebody is treated later, the last only
where results are never negative and skewed."""
BESIDE = (
    "detrended",
    "cs_simple",
    "efficient_history",
    "difference_in_means",
    "bjs_donut",
    "sequential_trial",
    "sequential_kept",
    "ratio_donut",
    "sun_abraham",
    "twfe",
)


def verdict_of(row: ProgrammeRow) -> Verdict:
    """The verdict in one short phrase with its tone."""
    effect = row.effect
    if effect is None:
        return Verdict(_("not estimated yet"), "unsure")
    span = span_of(effect)
    if effect.verdict in PROVEN and span is not None:
        raised = sum(span) > 0
        words = {
            (2, True): _("raised it"),
            (2, False): _("lowered it"),
            (3, True): _("probably raised it"),
            (3, False): _("probably lowered it"),
        }[(effect.verdict, raised)]
        good = raised == row.higher_is_better
        return Verdict(words, "raised" if good else "lowered")
    return Verdict(effect.verdict_words, "none" if effect.verdict == 5 else "unsure")


def heads_of(effect: EffectRow) -> tuple[str, ...]:
    """The estimates the verdict rests on: one where dates were drawn, the bracket where they were chosen."""
    if effect.n_treated < SMALLEST_GROUP or effect.n_controls < SMALLEST_GROUP:
        return ()
    known = {name for name in LABELS if _estimate(effect, name)}
    if effect.diagnostics.get("treated_as_drawn"):
        return tuple(name for name in DRAWN if name in known)[:1]
    return tuple(name for name in UNION if name in known) if known.issuperset(BRACKET) else ()


def span_of(effect: EffectRow) -> tuple[float, float] | None:
    """The interval the verdict rests on, in units of the metric; None where none could be given."""
    heads = [found for name in heads_of(effect) if (found := _estimate(effect, name))]
    return (min(one.low for one in heads), max(one.high for one in heads)) if heads else None


def forest_of(rows: tuple[ProgrammeRow, ...]) -> Forest | None:
    """The programmes judged by one metric side by side, by name; only those with an interval."""
    judged = [(row, span_of(row.effect)) for row in rows if row.effect]
    effects = [
        Effect(row.name, _middle(row.effect, span), *span, detail=people_of(row), believed=row.effect.verdict in PROVEN)
        for row, span in judged
        if span and row.effect and row.unit_label == rows[0].unit_label
    ]
    if len(effects) < 2:
        return None
    clear = sum(row.effect.verdict in PROVEN for row in rows if row.effect)
    return Forest(
        key="programmes",
        title=ngettext(
            "%(clear)d of %(all)d programmes is shown to have moved performance",
            "%(clear)d of %(all)d programmes are shown to have moved performance",
            clear,
        )
        % {"clear": clear, "all": len(effects)},
        effects=effects,
        unit=rows[0].unit_label,
        note=_("By name, never ranked. Colour means that the verdict believes it; an interval alone is no proof."),
    )


def bracket_of(row: ProgrammeRow) -> Bracket | None:
    """The estimates the verdict rests on, and the others for comparison."""
    if row.effect is None:
        return None
    names, span = heads_of(row.effect), span_of(row.effect)
    if span is None:
        return None
    verdict = verdict_of(row)
    drawn = names[:2] != BRACKET
    ends = {"lo": signed(span[0], 1), "hi": signed(span[1], 1), "unit": row.unit_label}
    return Bracket(
        key="bracket",
        title=_("Between %(lo)s and %(hi)s %(unit)s a month, against those who drew a later date or none") % ends
        if drawn
        else _("Between %(lo)s and %(hi)s %(unit)s a month, whichever way people were chosen") % ends,
        effects=[found for name in names if (found := _estimate(row.effect, name))],
        unit=row.unit_label,
        beside=[found for name in BESIDE if name not in names and (found := _estimate(row.effect, name))],
        worthwhile=row.smallest_worthwhile,
        verdict=verdict.words,
        tone=verdict.tone,
        note=_("The dates were drawn, so the first estimate stands alone; the others are for comparison.")
        if drawn
        else _("The verdict rests on the union of the upper ones, which fail in different ways; the others compare."),
    )


def event_study_of(row: ProgrammeRow) -> EventStudy | None:
    """The effect by month relative to the start, with the months before as a check."""
    if row.effect is None or not heads_of(row.effect):
        return None
    periods = [
        Period(int(one["relative_period"]), one["estimate"], one["lo"], one["hi"])
        for one in row.effect.event_study
        if one["estimate"] is not None and one["lo"] is not None and one["hi"] is not None
    ]
    if not periods:
        return None
    return EventStudy(
        key="event-study",
        title=_event_title(row.effect),
        periods=periods,
        unit=row.unit_label,
        note=str(row.effect.pretrend.get("words") or ""),
    )


def figures_of(row: ProgrammeRow) -> list[Figure]:
    """People, smallest worthwhile effect, what could be seen, and the return."""
    effect = row.effect
    figures = [
        Figure(_("Took part"), heads(row.n_treated), note=_("%s never, for comparison") % heads(row.n_controls)),
        Figure(
            _("Worth having from"), f"{row.smallest_worthwhile:g}", row.unit_label, note=_("named before the launch")
        ),
    ]
    if effect and effect.mde is not None:
        figures.append(
            Figure(_("Could be seen from"), f"{effect.mde:.1f}", row.unit_label, note=_("with 80 % probability"))
        )
    if effect and "roi_pct" in effect.returns:
        found = effect.returns
        figures.append(
            Figure(
                _("Return"),
                f"{found['roi_pct']:.0f}",
                "%",
                note=_("%s chance of a gain") % _chance(found["probability_positive"]),
                interval=f"{found['roi_lo95_pct']:.0f} – {found['roi_hi95_pct']:.0f} %",
            )
        )
    elif effect and effect.returns:
        figures.append(Figure(_("Return"), "–", note=_("not calculated")))
    return figures


def _chance(probability: float) -> str:
    """A probability in per cent that never claims to be certain."""
    if probability > ALMOST_SURE:
        return _("over 99 %")
    return _("under 1 %") if probability < 1 - ALMOST_SURE else percent(probability)


def _event_title(effect: EffectRow) -> str:
    p_value = effect.pretrend.get("p_value")
    if p_value is None:
        return _("Month by month against the comparison")
    if p_value < DIFFER_BELOW:
        return _("The groups differed before the start already, so the months after do not speak for themselves")
    return _("The months before show no difference; what follows is set against the comparison")


def _estimate(effect: EffectRow, name: str) -> Effect | None:
    found: Mapping[str, Any] | None = effect.estimators.get(name)
    if not found or found["estimate"] is None or found["lo95"] is None or found["hi95"] is None:
        return None
    believed = effect.verdict in PROVEN
    return Effect(str(LABELS[name]), found["estimate"], found["lo95"], found["hi95"], believed=believed)


def people_of(row: ProgrammeRow) -> str:
    """Who took part and who was compared, in words."""
    return _("%(treated)s took part, %(controls)s compared") % {
        "treated": heads(row.n_treated),
        "controls": heads(row.n_controls),
    }


def _middle(effect: EffectRow, span: tuple[float, float]) -> float:
    heads = [found for name in heads_of(effect) if (found := _estimate(effect, name))]
    return heads[0].estimate if len(heads) == 1 else sum(span) / 2


def said_of(effect: EffectRow) -> tuple[str, str]:
    """The engine's words: the first sentence, and the rest."""
    first, stop, rest = effect.words.partition(". ")
    return first + stop.rstrip(), rest
