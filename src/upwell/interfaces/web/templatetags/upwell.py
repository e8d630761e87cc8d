"""Icons, numbers and heat-map cells in templates: `{% load upwell %}`."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from upwell.interfaces.web.charts import HeatCell, HeatMode, heat_map, numbers
from upwell.interfaces.web.listed import points_of

register = template.Library()

register.filter("level", numbers.level)
register.filter("percent", numbers.percent)
register.filter("signed", numbers.signed)
register.filter("day", numbers.day)
register.filter("heads", numbers.heads)
register.simple_tag(numbers.interval, name="interval")


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A decorative Lucide icon from the sprite; `size` is "", "small" or "large"."""
    sprite = static("vendor/lucide/sprite.svg")
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', size, sprite, name)


@register.simple_tag
def heat_class(cell: HeatCell, mode: HeatMode) -> str:
    """The classes of a heat-map cell."""
    return heat_map.cell_class(cell, mode)


@register.simple_tag
def heat_text(cell: HeatCell, mode: HeatMode) -> str:
    """The short text inside a heat-map cell."""
    return heat_map.cell_text(cell, mode)


@register.simple_tag
def heat_words(cell: HeatCell, column: str) -> str:
    """A heat-map cell in words."""
    return heat_map.cell_words(cell, column)


@register.filter
def points(text: str) -> list[str]:
    """The points of a text written as a list."""
    return points_of(text)


@register.filter
def item(sequence: list[object], index: int) -> object:
    """The element at an index counted from 0."""
    return sequence[index]


@register.filter
def pairs(left: list[object], right: list[object]) -> list[tuple[object, object]]:
    """Two sequences of equal length, side by side."""
    return list(zip(left, right, strict=True))
