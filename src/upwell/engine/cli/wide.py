"""Files with one column per period or per rater: seen by their header, and how to make them long."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from upwell.engine.cli.typed import shortened

LONG: Final[Mapping[str, tuple[str, str]]] = {"panel": ("period", "outcome"), "ratings": ("rater", "category")}
"""Per kind of file the column that the header of a wide file spells out, and the one its cells hold."""
MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
PERIOD: Final = re.compile(
    rf"[xy]?(19|20)\d\d([-_. /]?(q[1-4]|w?\d\d?|h[12]|m\d\d?|{MONTHS}))?([-_./ ]\d\d?)?|\d\d?[-_./ ](19|20)\d\d"
    rf"|({MONTHS})[a-z]*([-_. /]?\d\d(\d\d)?)?|(q|w|m|t|period|month|week|year|day)[-_. ]?\d+",
    re.IGNORECASE,
)
STEM: Final = re.compile(r"(.*?[A-Za-z])[-_. ]?\d+|([A-Za-z]+)[-_. ].+")


def hint(file: str, kind: str, header: Sequence[str], ours: Mapping[str, str]) -> str | None:
    """One sentence for a file that spells a column out in its header; None where it does not look so.

    `ours` are the names of the file's other columns that were found or asked for.
    """
    if kind not in LONG:
        return None
    spelt, held = LONG[kind]
    low = {name.casefold() for name in header}
    if spelt in low or held in low or spelt in ours or held in ours:
        return None
    apart = _spelt_out(header, kind, set(ours.values()))
    if len(apart) < 2:
        return None
    kept = [name for name in header if name not in apart]
    keeps = "*" if not kept else f"* EXCLUDE ({', '.join(map(_quoted, kept))})"
    statement = f"UNPIVOT '{file}' ON COLUMNS({keeps}) INTO NAME {spelt} VALUE {held}"
    more = f" and {len(apart) - 2} more" if len(apart) > 2 else ""
    return (
        f"The file '{file}' is wide: {shortened(apart[0])}, {shortened(apart[1])}{more} are columns where one column "
        f"'{spelt}' and one column '{held}' are needed; make it long in Python: import duckdb; "
        f'duckdb.sql("""{statement}""").write_csv("long.csv").'
    )


def _spelt_out(header: Sequence[str], kind: str, found: set[str]) -> list[str]:
    free = [name for name in header if name and name not in found]
    if kind == "panel":
        periods = [name for name in free if PERIOD.fullmatch(name.strip())]
        if len(periods) > 1:
            return periods
    stems = {name: match.group(1) or match.group(2) for name in free if (match := STEM.fullmatch(name.strip()))}
    stems = {name: stem for name, stem in stems.items() if stem.casefold() not in ("first", "assigned", "rated")}
    common = Counter(stems.values()).most_common(1)
    return [name for name, stem in stems.items() if stem == common[0][0]] if common else []


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else '"' + name.replace('"', '""') + '"'
