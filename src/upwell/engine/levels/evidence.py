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
from upwell.engine.scales import LatentScale, bounds

COMMON = "common"
"""Name of the scale of ratings that name none."""

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Ratings up to a date as arrays; key arrays translate codes back. ``node_*`` is a rater in one group."""

    design: Design
    persons: pa.Array
    capabilities: pa.Array
    node_rater: pa.Array
    node_group: list[str]
    groups: tuple[str, ...]
    rating_date: NDArray[Any]
    date_type: pa.DataType
    category: Codes
    ignored_later: int
    duplicates: int


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
    person, persons = _coded(table.column("person"))
    capability, capabilities = _coded(table.column("capability"))
    rater, raters = _coded(table.column("rater"))
    source = pc.index_in(table.column("source"), value_set=pa.array(SOURCES)).to_numpy().astype(np.int64)
    scale, scale_names = _scales(table, scales)
    category = table.column("category").to_numpy().astype(np.int64)
    _check_categories(table, category, scale, scale_names, scales)
    kind = table.schema.field("rated_on").type
    when = table.column("rated_on").to_numpy()
    number = when.astype("int64")
    rows = np.stack([category, number, scale, source, rater, capability, person])
    order = np.lexsort(rows)
    rows = rows[:, order]
    fresh = np.ones(rows.shape[1], dtype=bool)
    fresh[1:] = (rows[:, 1:] != rows[:, :-1]).any(axis=0)
    kept = order[fresh]
    names = tuple(sorted(set(groups.values())))
    group = np.array([names.index(groups[s]) for s in SOURCES])[source[kept]]
    node_key, node = np.unique(rater[kept] * len(names) + group, return_inverse=True)
    below, above = bounds(scales, np.asarray(scale_names, dtype=object)[scale[kept]], category[kept])
    layout = _layout(person[kept], capability[kept], node, len(capabilities))
    design = Design(
        *layout,
        source[kept],
        _age(number[kept], as_of),
        below,
        above,
        node_key % len(names),
        len(persons),
        len(capabilities),
        len(names),
        len(SOURCES),
    )
    return Evidence(
        design,
        persons,
        capabilities,
        raters.take(pa.array(node_key // len(names))),
        [names[g] for g in node_key % len(names)],
        names,
        when[kept],
        kind,
        category[kept],
        later,
        int(len(order) - len(kept)),
    )


def _until(table: pa.Table, as_of: date | int) -> tuple[pa.Table, int]:
    given_dates = pa.types.is_date(table.schema.field("rated_on").type)
    if given_dates != isinstance(as_of, date):
        wanted = "a date" if given_dates else "a month number"
        raise FrameError(f"The column 'rated_on' of the ratings frame needs {wanted} as 'as_of', not {as_of!r}.")
    kept = table.filter(pc.less_equal(table.column("rated_on"), pa.scalar(as_of, table.schema.field("rated_on").type)))
    return kept, table.num_rows - kept.num_rows


def _age(number: Codes, as_of: date | int) -> NDArray[np.float64]:
    if isinstance(as_of, date):
        return (as_of.toordinal() - date(1970, 1, 1).toordinal() - number) / DAYS_PER_MONTH
    return (as_of - number).astype(float)


def _coded(values: pa.ChunkedArray) -> tuple[Codes, pa.Array]:
    encoded = values.combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[encoded.indices.to_numpy()], encoded.dictionary.take(pa.array(order))


def _scales(table: pa.Table, scales: Mapping[str, LatentScale]) -> tuple[Codes, list[str]]:
    if "scale" not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.int64), [COMMON]
    code, names = _coded(pc.fill_null(table.column("scale"), COMMON))
    known = names.to_pylist()
    for i, name in enumerate(known):
        if name not in scales:
            row = int(np.flatnonzero(code == i)[0]) + 1
            raise FrameError(f"The column 'scale' of the ratings frame names '{name}' in row {row}, which has no cuts.")
    return code, known


def _check_categories(
    table: pa.Table, category: Codes, scale: Codes, names: list[str], scales: Mapping[str, LatentScale]
) -> None:
    top = np.array([scales[name].categories for name in names])
    bad = category > top[scale]
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise FrameError(
            f"The column 'category' of the ratings frame is {category[row]} in row {row + 1}; "
            f"the scale '{scales[names[scale[row]]].name}' has {top[scale[row]]} categories."
        )


def _layout(
    person: Codes, capability: Codes, node: Codes, n_capabilities: int
) -> tuple[Codes, Codes, Codes, Codes, Codes, Codes]:
    n_nodes = max(int(node.max(initial=-1)) + 1, 1)
    cell_key, cell = np.unique(person * max(n_capabilities, 1) + capability, return_inverse=True)
    pair_key, pair = np.unique(person * n_nodes + node, return_inverse=True)
    cell_person, cell_capability = np.divmod(cell_key, max(n_capabilities, 1))
    pair_person, pair_node = np.divmod(pair_key, n_nodes)
    return cell_person, cell_capability, pair_person, pair_node, cell, pair
