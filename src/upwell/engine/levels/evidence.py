"""From a ratings frame to the arrays of the kernel, in one fixed order whatever the order of the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import FrameError
from upwell.engine.frames import accept
from upwell.engine.levels.contracts import RATINGS, SOURCES
from upwell.engine.levels.parameters import DAYS_PER_MONTH
from upwell.engine.numerics.blocks import Design
from upwell.engine.numerics.coding import Codes, coded, present, sorted_rows
from upwell.engine.scales import LatentScale

COMMON = "common"
"""Name of the scale of ratings that name none."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Ratings up to a date as arrays; key arrays translate codes back. ``node_*`` is a rater in one group.

    ``scales`` are the names of the scales in the order of the design; ``rating_date`` counts days or months as
    given.
    """

    design: Design
    persons: pa.Array
    capabilities: pa.Array
    node_rater: pa.Array
    node_group: pa.Array
    groups: tuple[str, ...]
    scales: tuple[str, ...]
    rating_date: Codes
    date_type: pa.DataType
    category: Codes
    ignored_later: int
    duplicates: int

    def dates(self, numbers: Codes) -> pa.Array:
        """Day or month numbers as they came in."""
        if self.date_type == pa.date32():
            return pa.array(numbers.astype(np.int32)).cast(self.date_type)
        return pa.array(numbers.astype(np.int64))


def prepare(
    ratings: object, *, scales: Mapping[str, LatentScale], as_of: date | int, groups: Mapping[str, str]
) -> Evidence:
    """Check, cut at ``as_of``, drop exact repeats, sort and code the ratings.

    Raises:
        FrameError: contract broken, unknown scale, category beyond its scale, or a date type that does not fit
            ``as_of``.
    """
    table = accept(ratings, RATINGS)
    table, later = _until(table, as_of)
    person, persons = coded(table.column("person"))
    capability, capabilities = coded(table.column("capability"))
    rater, raters = coded(table.column("rater"))
    source = pc.index_in(table.column("source"), value_set=pa.array(SOURCES)).to_numpy().astype(np.int8)
    scale, scale_names = _scales(table, scales)
    category = table.column("category").to_numpy()
    _check_categories(table, category, scale, scale_names, scales)
    kind = table.schema.field("rated_on").type
    when = table.column("rated_on").to_numpy().astype("int64")
    names = tuple(sorted(set(groups.values())))
    group = np.array([names.index(groups[s]) for s in SOURCES])
    node, node_of = present(rater * np.int64(len(names)) + group[source], len(raters) * len(names))
    rows, repeats = sorted_rows(
        (
            (person, len(persons)),
            (node, len(node_of)),
            (capability, len(capabilities)),
            (source, len(SOURCES)),
            (scale, len(scale_names)),
            (when, None),
            (category, None),
        )
    )
    del person, capability, rater, source, scale, when, category, node  # half of the peak at ten million ratings
    design = _design(rows, scale_names, scales, as_of, (node_of % len(names)).astype(np.int32), len(names))
    return Evidence(
        design,
        persons,
        capabilities,
        raters.take(pa.array(node_of // len(names))),
        pa.array(names, pa.string()).take(pa.array(node_of % len(names))),
        names,
        tuple(scale_names),
        rows[5],
        kind,
        rows[6],
        later,
        repeats,
    )


def _design(
    rows: tuple[Codes, ...],
    scale_names: list[str],
    scales: Mapping[str, LatentScale],
    as_of: date | int,
    node_group: Codes,
    n_groups: int,
) -> Design:
    person, node, capability, source, scale, when, category = rows
    n_persons = int(person[-1]) + 1 if len(person) else 0
    n_capabilities = int(capability.max(initial=-1)) + 1
    cell, cell_of = present(person * np.int64(max(n_capabilities, 1)) + capability, n_persons * max(n_capabilities, 1))
    cell_person, cell_capability = np.divmod(cell_of, max(n_capabilities, 1))
    first = np.ones(len(person), dtype=bool)
    first[1:] = (person[1:] != person[:-1]) | (node[1:] != node[:-1])
    starts = np.concatenate([[0], np.cumsum([scales[name].categories + 1 for name in scale_names])])
    return Design(
        cell_person.astype(np.int32),
        cell_capability.astype(np.int32),
        person[first].astype(np.int32),
        node[first].astype(np.int32),
        cell.astype(np.int32),
        (np.cumsum(first) - 1).astype(np.int32),
        source.astype(np.int8),
        _age(when, as_of),
        (starts[scale] + category - 1).astype(np.int16),
        node_group,
        starts,
        n_persons,
        n_capabilities,
        n_groups,
        len(SOURCES),
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


def _age(number: Codes, as_of: date | int) -> NDArray[np.float64]:
    if isinstance(as_of, date):
        return (as_of.toordinal() - date(1970, 1, 1).toordinal() - number) / DAYS_PER_MONTH
    return (as_of - number).astype(np.float64)


def _scales(table: pa.Table, scales: Mapping[str, LatentScale]) -> tuple[Codes, list[str]]:
    if "scale" not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.int8), [COMMON]
    code, names = coded(pc.fill_null(table.column("scale"), COMMON))
    known = names.to_pylist()
    for i, name in enumerate(known):
        if name not in scales:
            row = int(np.flatnonzero(code == i)[0]) + 1
            raise FrameError(f"The column 'scale' of the ratings frame names '{name}' in row {row}, which has no cuts.")
    return code, known


def _check_categories(
    table: pa.Table, category: NDArray[Any], scale: Codes, names: list[str], scales: Mapping[str, LatentScale]
) -> None:
    top = np.array([scales[name].categories for name in names], dtype=np.int64)
    bad = category > (top[scale] if len(top) > 1 else top.max(initial=0))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise FrameError(
            f"The column 'category' of the ratings frame is {category[row]} in row {row + 1}; "
            f"the scale '{scales[names[scale[row]]].name}' has {top[scale[row]]} categories."
        )
