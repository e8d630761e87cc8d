"""What a budget buys: the best reachable benefit at each amount, and where today stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from upwell.interfaces.web.charts.numbers import decimal
from upwell.interfaces.web.charts.svg import (
    Scale,
    at,
    dot,
    drawing,
    figure,
    levels,
    line,
    places,
    stretched,
    table,
    tag,
    text,
    ticks,
)

HEIGHT = 250
TOP, BOTTOM = 38, 206


@dataclass(frozen=True)
class Offer:
    """A budget, what it buys at best, and an optional interval of that benefit."""

    budget: float
    benefit: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Frontier:
    """Offers by growing budget; `today` is the present budget and benefit; units are words for the axes."""

    key: str
    title: str
    offers: Sequence[Offer]
    budget_unit: str
    benefit_unit: str
    today: Offer | None = None
    note: str = ""


def frontier(spec: Frontier) -> SafeString:
    """A rising line with its interval; a dot marks today's plan."""
    points = [*spec.offers, *([spec.today] if spec.today else [])]
    tops = [offer.high if offer.high is not None else offer.benefit for offer in points]
    marks, amounts = ticks(0, max(tops)), ticks(0, max(offer.budget for offer in points), 6)
    across, down = Scale(0, amounts[-1], 0.05, 0.98), Scale(0, marks[-1], BOTTOM, TOP)
    picture = drawing(
        spec.key,
        spec.title,
        _summary(spec),
        HEIGHT,
        levels(marks, down),
        text(spec.benefit_unit, 0, 10, "small ink"),
        stretched(HEIGHT, *_shapes(spec.offers, across, down)),
        *_amounts(amounts, across),
        text(spec.budget_unit, "100%", BOTTOM + 36, "small end"),
        *_today(spec.today, across, down),
    )
    return figure(spec.title, picture, _twin(spec), spec.note)


def _shapes(offers: Sequence[Offer], across: Scale, down: Scale) -> list[SafeString]:
    x = [across(offer.budget) * 100 for offer in offers]
    run = " ".join(f"{px:.3f},{down(offer.benefit):.2f}" for px, offer in zip(x, offers, strict=True))
    shapes = []
    if all(offer.low is not None and offer.high is not None for offer in offers):
        upper = [f"{px:.3f},{down(offer.high or 0):.2f}" for px, offer in zip(x, offers, strict=True)]
        lower = [f"{px:.3f},{down(offer.low or 0):.2f}" for px, offer in zip(x, offers, strict=True)]
        shapes.append(tag("polygon", points=" ".join([*upper, *reversed(lower)]), class_="area"))
    return [*shapes, tag("polyline", points=run, class_="line")]


def _amounts(amounts: Sequence[float], across: Scale) -> list[SafeString]:
    digits = places(amounts)
    return [text(decimal(amount, digits), at(across(amount)), BOTTOM + 18, "small middle") for amount in amounts[1:]]


def _today(today: Offer | None, across: Scale, down: Scale) -> list[SafeString]:
    if today is None:
        return []
    x, y = across(today.budget), down(today.benefit)
    late = x > 0.6
    label = text(_("today's plan"), at(x), y + 20, "ink halo" + (" end" if late else ""), dx=-6 if late else 6)
    return [line(x, y, x, BOTTOM, "rule"), dot(x, y, "dot", 5.5), label]


def _summary(spec: Frontier) -> str:
    last = spec.offers[-1]
    return _("At %(budget)s %(budget_unit)s the best plan reaches %(benefit)s %(benefit_unit)s.") % {
        "budget": decimal(last.budget, 0),
        "budget_unit": spec.budget_unit,
        "benefit": decimal(last.benefit),
        "benefit_unit": spec.benefit_unit,
    }


def _twin(spec: Frontier) -> SafeString:
    rows = ((decimal(offer.budget, 0), decimal(offer.benefit)) for offer in spec.offers)
    return table((spec.budget_unit, spec.benefit_unit), rows)
