"""Which categories a ratings file uses, and where their cut points lie: what was typed, else what is in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine.cli import reading
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Column, Contract, accept
from upwell.engine.scales import FIVE_LEVELS, LatentScale

LEARNED: Final = "learned"
COMMON: Final = "common"
"""Name of the scale of ratings that name none."""
ALL: Final = ""
MOST_CATEGORIES: Final = 51
RANGE: Final = re.compile(r"\s*(-?[0-9]{1,9})\s*(?:-|to|:|\.\.)\s*(-?[0-9]{1,9})\s*")
CUTS: Final = Contract(
    "cuts",
    (Column("category", "integer", "category that ends at the cut"), Column("cut", "real", "level")),
    unique=("category",),
)
Ranges = Mapping[str, tuple[int, int]]
Cuts = tuple[float, ...] | str | None


@dataclass(frozen=True, slots=True)
class Scaled:
    """Ratings with categories counted from 1, and per scale its cuts and what the file's categories were."""

    table: pa.Table
    scales: Mapping[str, LatentScale]
    ranges: Ranges


def on_scales(table: pa.Table, categories: Ranges, cuts: Cuts, notes: list[str]) -> Scaled:
    """Lay every scale of a file over the levels 1 to 5, or on typed cuts; ``notes`` hears what was assumed.

    Raises:
        FrameError: a category outside what was typed, one category only, or too many.
        ParameterError: a typed scale that no rating names, or cuts of another number.
    """
    names = _names(table)
    present = names.unique().to_pylist()
    unknown = sorted(set(categories) - {ALL, *present})
    if unknown:
        raise ParameterError(f"No rating names the scale '{unknown[0]}'; the file has {', '.join(sorted(present))}.")
    given = cuts if isinstance(cuts, tuple) else None
    if given is not None and len(present) > 1:
        raise ParameterError(f"The file has {len(present)} scales; cuts can be typed for one.")
    category = table["category"].to_numpy()
    moved, scales, ranges = category.copy(), {}, {}
    for name in sorted(present):
        rows = np.asarray(pc.equal(names, name))
        low, high = ranges[name] = _range(category[rows], name, categories.get(name, categories.get(ALL)), given, notes)
        moved[rows] -= low - 1
        scales[name] = _scale(low, high, given, notes, "" if name == COMMON else f" of the scale '{name}'")
    at = table.schema.get_field_index("category")
    return Scaled(table.set_column(at, "category", pa.array(moved)), scales, ranges)


def beside(ratings: Path, notes: list[str]) -> tuple[Ranges, Cuts]:
    """Range and cuts from the file `cuts` in the folder of the ratings, where there is one.

    Raises:
        FrameError: the file is not one rising cut for each category but the last.
    """
    path = next((p for end in (".csv", ".parquet") if (p := ratings.with_name(f"cuts{end}")).is_file()), None)
    if path is None or path == ratings:
        return {}, None
    notes.append(f"The cuts of the scale were read from the file '{path.name}' beside the ratings.")
    return published(accept(reading.load(path, CUTS), CUTS), path.name)


def published(table: pa.Table, file: str) -> tuple[Ranges, Cuts]:
    """Range and cuts from a table of `CUTS`; `file` is its name.

    Raises:
        FrameError: the table is not one rising cut for each category but the last.
    """
    table = table.sort_by("category")
    categories, cuts = table["category"].to_pylist(), table["cut"].to_pylist()
    if categories != list(range(categories[0], categories[0] + len(cuts))) or cuts != sorted(set(cuts)):
        raise FrameError(f"The file '{file}' needs one rising cut for each category but the last, without gaps.")
    return {ALL: (categories[0], categories[-1] + 1)}, tuple(cuts)


def _names(table: pa.Table) -> pa.ChunkedArray:
    if "scale" in table.column_names:
        return pc.fill_null(table["scale"], COMMON)
    return pa.chunked_array([pa.array([COMMON] * table.num_rows, pa.string())])


def _range(
    values: np.ndarray[Any, Any],
    name: str,
    asked: tuple[int, int] | None,
    cuts: tuple[float, ...] | None,
    notes: list[str],
) -> tuple[int, int]:
    seen = int(values.min()), int(values.max())
    run = f"The categories{'' if name == COMMON else f' of the scale {name!r}'} run from {seen[0]} to {seen[1]}"
    if asked is not None:
        if seen[0] < asked[0] or seen[1] > asked[1]:
            raise FrameError(f"{run}, outside {asked[0]} to {asked[1]}.")
        return asked
    if cuts is not None:
        fitting = [low for low in (1, 0, seen[0]) if low <= seen[0] and seen[1] <= low + len(cuts)]
        if not fitting:
            raise ParameterError(f"{run}, more than {len(cuts)} cuts divide; name one cut between each two neighbours.")
        return fitting[0], fitting[0] + len(cuts)
    if seen[0] == seen[1]:
        raise FrameError(
            f"Every rating is {seen[0]}, so the range of the categories cannot be seen; say --categories LOW-HIGH."
        )
    if seen[1] - seen[0] >= MOST_CATEGORIES:
        raise FrameError(f"{run}, more than {MOST_CATEGORIES} categories; put the scores into bands.")
    notes.append(f"{run}; that was taken for the whole scale (--categories).")
    return seen


def _scale(low: int, high: int, cuts: tuple[float, ...] | None, notes: list[str], of: str) -> LatentScale:
    if cuts is not None:
        if len(cuts) != high - low:
            raise ParameterError(f"The categories {low} to {high} need {high - low} cuts, not {len(cuts)}.")
        return LatentScale("published cuts", cuts)
    if (low, high) == (1, FIVE_LEVELS.categories):
        return FIVE_LEVELS
    notes.append(f"The categories {low} to {high}{of} were laid evenly over the levels 1 to 5.")
    return LatentScale.even(f"{low} to {high}", high - low + 1)


def categories_of(text: str | None) -> dict[str, tuple[int, int]]:
    """`0-3` for all ratings, or `short=1-4,long=1-7` by the name in the column `scale`.

    Raises:
        ParameterError: not two whole numbers, the first below the second.
    """
    found: dict[str, tuple[int, int]] = {}
    for part in [] if text is None else text.split(","):
        name, equals, span = part.rpartition("=")
        match = RANGE.fullmatch(span)
        if not match or (equals and not name.strip()) or name.strip() in found:
            raise ParameterError(
                f"'{text}' is no range of categories; write --categories 0-3, "
                "or for the scales of the column 'scale' --categories short=1-4,long=1-7."
            )
        low, high = int(match.group(1)), int(match.group(2))
        if not low < high < low + MOST_CATEGORIES:
            raise ParameterError(f"The categories {low} to {high} are not 2 to {MOST_CATEGORIES} rising whole numbers.")
        found[name.strip()] = (low, high)
    return found


def cuts_of(text: str | None) -> Cuts:
    """Published cut points divided by commas, or `learned`.

    Raises:
        ParameterError: neither.
    """
    if text is None or text == LEARNED:
        return text
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(f"'{text}' is no list of cuts; write --cuts 1.5,2.5,3.5,4.5 or --cuts learned.") from None
