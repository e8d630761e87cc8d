"""How numbers, ranges and days are written on every page."""

from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

MINUS = "−"
DASH = "–"
SPACE = "\N{NO-BREAK SPACE}"
NOTHING = DASH
FEWEST = 5


def decimal(value: float, places: int = 1) -> str:
    """`2.8`, with a true minus sign and the language's decimal mark."""
    return number_format(round(value, places) + 0.0, places, force_grouping=True).replace("-", MINUS)


def level(value: float | None) -> str:
    """A capability level: `2.8`; a dash where there is none."""
    return NOTHING if value is None else decimal(value)


def heads(people: int) -> str:
    """A head count; groups too small to publish are not counted out."""
    return f"{people:,}" if people == 0 or people >= FEWEST else _("fewer than 5")


def percent(share: float | None, places: int = 0) -> str:
    """A share between 0 and 1 as `71 %`."""
    return NOTHING if share is None else f"{decimal(share * 100, places)}{SPACE}%"


def signed(value: float | None, places: int = 1) -> str:
    """A change: `+0.4`, `−0.4`, `0.0`; a dash where there is none."""
    if value is None:
        return NOTHING
    text = decimal(value, places)
    return f"+{text}" if round(value, places) > 0 else text


def interval(low: float | None, high: float | None, places: int = 1, *, sign: bool = False) -> str:
    """A range: `2.1–3.4`; a change is written `−0.1 to +0.4`, because a dash beside a minus misleads."""
    if low is None or high is None:
        return NOTHING
    if sign or low < 0:
        write = signed if sign else decimal
        return _("%(low)s to %(high)s") % {"low": write(low, places), "high": write(high, places)}
    return f"{decimal(low, places)}{DASH}{decimal(high, places)}"


def day(value: date | None) -> str:
    """`12 Nov 2026`; a dash where there is none."""
    return NOTHING if value is None else date_format(value, "j M Y").replace(" ", SPACE)
