"""From a ratings frame to the arrays of the kernel, in one fixed order whatever the order of the rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import FrameError
from upwell.engine.frames import accept
from upwell.engine.levels.contracts import GROUPS, INSTRUMENT, RATINGS, SOURCES
from upwell.engine.levels.parameters import DAYS_PER_MONTH
from upwell.engine.numerics.blocks import Design
from upwell.engine.numerics.coding import Codes, blocks, coded, narrowed, present, sorted_rows, taken
from upwell.engine.scales import FIVE_LEVELS, LatentScale

COMMON = "common"
"""Name of the scale of ratings that name none."""
MOST_CATEGORIES = 50


@dataclass(frozen=True, slots=True)
class Evidence:
    """Ratings up to a date as arrays; key arrays translate codes back. ``node_*`` is a rater in one group.

    ``scales`` are the names of the scales in the order of the design and ``known`` all scales by name, also one found
    in the data; ``node_code`` numbers the raters of the nodes; ``today`` is the number of the day or month for which
    levels are wanted, from which ``design.age`` counts back; ``notes`` are sentences on what had to be assumed.
    """

    design: Design
    persons: pa.Array
    capabilities: pa.Array
    node_rater: pa.Array
    node_group: pa.Array
    node_code: Codes
    groups: tuple[str, ...]
    scales: tuple[str, ...]
    known: Mapping[str, LatentScale]
    today: int
    date_type: pa.DataType
    ignored_later: int
    duplicates: int
    notes: tuple[str, ...]

    def without_ratings(self) -> "Evidence":
        """The same persons, capabilities and raters, without the rows of the ratings."""
        design, none = self.design, np.empty(0, dtype=np.int32)
        return replace(
            self,
            design=replace(design, rating_cell=none, rating_pair=none, rating_source=none, rating_edge=none, age=none),
        )

    @property
    def category(self) -> NDArray[np.int32]:
        """Category of each rating on its scale, from 1."""
        starts, edge = self.design.scale_start, self.design.rating_edge
        return (edge - starts[np.searchsorted(starts, edge, side="right") - 1] + 1).astype(np.int32)

    def dates(self, ages: NDArray[Any]) -> pa.Array:
        """Dates or month numbers, as they came in, of ratings that are so many days or months old."""
        numbers = self.today - ages.astype(np.int64)
        if self.date_type == pa.date32():
            return pa.array(numbers.astype(np.int32)).cast(self.date_type)
        return pa.array(numbers)


def prepare(
    ratings: object, *, scales: Mapping[str, LatentScale], as_of: date | int, groups: Mapping[str, str]
) -> Evidence:
    """Check, cut at ``as_of``, drop exact repeats of a rater, sort and code the ratings.

    A rating without a rater stands for itself: it has no node, and none of its repeats is dropped. Where ``scales``
    lacks the scale of ratings that name none, the highest category in use is taken for its last.

    Raises:
        FrameError: contract broken, unknown scale, category beyond its scale, or a date type that does not fit
            ``as_of``.
    """
    table = accept(ratings, RATINGS)
    table, later = _until(table, as_of)
    person, persons = coded(table.column("person"))
    capability, capabilities = coded(table.column("capability"))
    rater, raters = _raters(table.column("rater"))
    source = narrowed(pc.index_in(table.column("source"), value_set=pa.array(SOURCES)))
    scale, scale_names = _scales(table, scales)
    category = narrowed(table.column("category"))
    notes = _unnamed(rater, source)
    if COMMON not in scales:
        scales, found = _with_common(scales, category, scale, scale_names)
        notes += found
    _check_categories(table, category, scale, scale_names, scales)
    kind = table.schema.field("rated_on").type
    when = _numbers(table.column("rated_on"))
    names = tuple(sorted(set(groups.values())))
    group = np.array([names.index(groups[s]) for s in SOURCES], dtype=np.int8)
    node, node_of = _nodes(rater, taken(group, source), len(raters), len(names))
    nobody = len(node_of)
    columns: list[tuple[Codes, int | None]] = [
        (person, len(persons)),
        (node, nobody + 1),
        (capability, len(capabilities)),
        (source, len(SOURCES)),
        (scale, len(scale_names)),
        (when, None),
        (category, None),
    ]
    del person, capability, rater, source, scale, when, category, node  # half of the peak at ten million ratings
    rows, repeats = sorted_rows(columns, kept=(1, nobody) if table.column("rater").null_count else None)
    dates = pa.types.is_date(kind)
    today = _number(as_of)
    age = _age(rows[5], today)
    node_group = (node_of % len(names)).astype(np.int32)
    design = _design(rows, age, DAYS_PER_MONTH if dates else 1.0, scale_names, scales, node_group, len(names))
    return Evidence(
        design,
        persons,
        capabilities,
        raters.take(pa.array(node_of // len(names))),
        pa.array(names, pa.string()).take(pa.array(node_of % len(names))),
        node_of // len(names),
        names,
        tuple(scale_names),
        scales,
        today,
        kind,
        later,
        repeats,
        notes,
    )


def _raters(values: pa.ChunkedArray) -> tuple[Codes, pa.Array]:
    """Code per row, -1 where nobody rated, and the raters."""
    if not values.null_count:
        return coded(values)
    named = pc.is_valid(values).to_numpy()
    code = np.full(len(values), -1, dtype=np.int64)
    code[named], raters = coded(values.drop_null())
    return code, raters


def _nodes(rater: Codes, group: Codes, n_raters: int, n_groups: int) -> tuple[Codes, Codes]:
    """Code of rater and group per row, one beyond the last where nobody rated, and what each code stands for."""
    key = rater.astype(_kind_to(n_raters * n_groups))
    key *= n_groups
    key += group
    named = rater >= 0
    if named.all():
        return present(key, n_raters * n_groups)
    node = np.empty(len(key), dtype=np.int32)
    node[named], node_of = present(key[named], n_raters * n_groups)
    node[~named] = len(node_of)
    return node, node_of


def _unnamed(rater: Codes, source: Codes) -> tuple[str, ...]:
    if rater.min(initial=0) >= 0:
        return ()
    counts = np.bincount(source[rater < 0], minlength=len(SOURCES))
    people = [GROUPS[name] != INSTRUMENT and count > 0 for name, count in zip(SOURCES, counts, strict=True)]
    if not any(people):
        return ()
    who = ", ".join(compress(SOURCES, people))
    return (
        f"Of the ratings, {int(counts[people].sum()):,} ({who}) name no rater and count as "
        "free of severity and halo; where somebody unknown gave them, give each of these raters a code of their own.",
    )


def _with_common(
    scales: Mapping[str, LatentScale], category: NDArray[Any], scale: Codes, names: list[str]
) -> tuple[Mapping[str, LatentScale], tuple[str, ...]]:
    """The scales with that of ratings that name none, its last category found in the data."""
    own = category[scale == names.index(COMMON)] if COMMON in names else category[:0]
    if not len(own):
        return {COMMON: FIVE_LEVELS, **scales}, ()
    found, words = found_scale(int(own.max()))
    return {COMMON: found, **scales}, (words,)


def found_scale(top: int) -> tuple[LatentScale, str]:
    """The scale of ratings whose highest category in use is ``top``, and the sentence that says so.

    Raises:
        FrameError: more categories than a scale has.
    """
    top = max(top, 2)
    if top > MOST_CATEGORIES:
        raise FrameError(f"The categories of the ratings frame run to {top}; pass the scale they are on.")
    found = FIVE_LEVELS if top == FIVE_LEVELS.categories else LatentScale.even(f"1 to {top}", top)
    words = f"No scale was given; the highest category in use, {top}, was taken for its last, and the categories 1 to "
    return found, f"{words}{top} were laid evenly over the levels 1 to 5."


def _design(
    rows: tuple[Codes, ...],
    age: Codes,
    ages_per_month: float,
    scale_names: list[str],
    scales: Mapping[str, LatentScale],
    node_group: Codes,
    n_groups: int,
) -> Design:
    person, node, capability, source, scale, _, category = rows
    n_persons = int(person[-1]) + 1 if len(person) else 0
    n_capabilities = int(capability.max(initial=-1)) + 1
    cells = n_persons * max(n_capabilities, 1)
    key = person.astype(_kind_to(cells))
    key *= max(n_capabilities, 1)
    key += capability
    cell, cell_of = present(key, cells)
    del key
    cell_person, cell_capability = np.divmod(cell_of, max(n_capabilities, 1))
    first = np.ones(len(person), dtype=bool)
    first[1:] = (person[1:] != person[:-1]) | (node[1:] != node[:-1])
    named = node < len(node_group)
    first &= named
    pair = np.cumsum(first, dtype=np.int32)
    pair -= 1
    pair[~named] = -1
    starts = np.concatenate([[0], np.cumsum([scales[name].categories + 1 for name in scale_names])])
    edge = taken(starts.astype(np.int16), scale)
    edge += category.astype(np.int16, copy=False)
    edge -= 1
    return Design(
        cell_person.astype(np.int32),
        cell_capability.astype(np.int32),
        person[first].astype(np.int32),
        node[first].astype(np.int32),
        cell.astype(np.int32, copy=False),
        pair,
        source.astype(np.int8, copy=False),
        age,
        edge,
        node_group,
        starts,
        n_persons,
        n_capabilities,
        n_groups,
        len(SOURCES),
        ages_per_month,
    )


def edges_of(names: tuple[str, ...], scales: Mapping[str, LatentScale]) -> NDArray[np.float64]:
    """The edges of scales end to end, as ``Design.rating_edge`` points into them."""
    parts = [np.array([-np.inf, *scales[name].cuts, np.inf]) for name in names]
    return np.concatenate(parts) if parts else np.empty(0)


def _until(table: pa.Table, as_of: date | int) -> tuple[pa.Table, int]:
    kind = table.schema.field("rated_on").type
    given_dates = pa.types.is_date(kind)
    if given_dates != isinstance(as_of, date):
        wanted = "a date" if given_dates else "a month number"
        raise FrameError(f"The column 'rated_on' of the ratings frame needs {wanted} as 'as_of', not {as_of!r}.")
    early = pc.less_equal(table.column("rated_on"), pa.scalar(as_of, kind))
    if pc.all(early).as_py() is not False:
        return table, 0
    kept = table.filter(early)
    return kept, table.num_rows - kept.num_rows


def _kind_to(most: int) -> type[np.signedinteger[Any]]:
    return np.int32 if most <= np.iinfo(np.int32).max else np.int64


def _numbers(rated_on: pa.ChunkedArray) -> Codes:
    if pa.types.is_date(rated_on.type):
        rated_on = rated_on.cast(pa.date32()).cast(pa.int32())
    return narrowed(rated_on)


def _number(as_of: date | int) -> int:
    return as_of.toordinal() - date(1970, 1, 1).toordinal() if isinstance(as_of, date) else as_of


def _age(number: Codes, today: int) -> Codes:
    oldest = today - int(number.min()) if len(number) else 0
    age = np.empty(len(number), dtype=_kind_to(oldest))
    for rows in blocks(len(number)):
        age[rows] = np.subtract(today, number[rows], dtype=np.int64)
    return age


def _scales(table: pa.Table, scales: Mapping[str, LatentScale]) -> tuple[Codes, list[str]]:
    if "scale" not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.int8), [COMMON]
    code, names = coded(pc.fill_null(table.column("scale"), COMMON))
    known = names.to_pylist()
    for i, name in enumerate(known):
        if name not in scales and name != COMMON:
            row = int(np.flatnonzero(code == i)[0]) + 1
            raise FrameError(f"The column 'scale' of the ratings frame names '{name}' in row {row}, which has no cuts.")
    return code, known


def _check_categories(
    table: pa.Table, category: NDArray[Any], scale: Codes, names: list[str], scales: Mapping[str, LatentScale]
) -> None:
    top = np.array([scales[name].categories for name in names], dtype=np.int64)
    bad = category > (taken(top, scale) if len(top) > 1 else top.max(initial=0))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise FrameError(
            f"The column 'category' of the ratings frame is {category[row]} in row {row + 1}; "
            f"the scale '{scales[names[scale[row]]].name}' has {top[scale[row]]} categories."
        )
