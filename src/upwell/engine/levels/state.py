"""What a level run leaves behind: enough to update one person among a million, and to replay a number."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import VERSION
from upwell.engine.levels.parameters import LevelParameters
from upwell.engine.scales import LatentScale

MOST_PIECES = 2_000
"""Pieces of a table after which it is laid out anew."""
MOST_SOUGHT = 1_000
"""Keys up to which each is sought by bisection; beyond, one pass over the table is faster."""
MEANS = ("capability", "mean")
BELIEFS = ("rater", "group", "shift", "precision")
TOLD = ("person", *BELIEFS)


@dataclass(frozen=True)
class LevelState:
    """All that a later update needs: learned values, scales, and what is known about each rater.

    ``raters`` holds per rater and group the Gaussian belief about severity (``shift`` = precision x mean, and
    ``precision``) beyond its prior; ``links`` what each person told about each rater, so that a person's own message
    can be taken back before that person is estimated anew. ``values`` are plain numbers by name; learned cuts stand
    in ``scales``. ``in_order`` says that links are sorted by person and raters by rater, which lets an update find
    its rows without reading the rest.
    """

    parameters: LevelParameters
    scales: Mapping[str, LatentScale]
    groups: Mapping[str, str]
    capability_means: pa.Table
    values: Mapping[str, Any]
    raters: pa.Table
    links: pa.Table
    n_ratings: int
    version: str = VERSION
    in_order: bool = field(default=False, compare=False)

    def for_persons(self, persons: Iterable[int | str]) -> "LevelState":
        """The same state with only these persons' links and their raters: small enough to keep beside them."""
        links = self.links_of(persons)
        return replace(self, links=links, raters=self.raters_of(links.column("rater").unique().to_pylist()))

    def links_of(self, persons: Iterable[int | str]) -> pa.Table:
        """What these persons told about their raters."""
        return _rows(self.links, "person", persons, in_order=self.in_order)

    def raters_of(self, raters: Iterable[int | str]) -> pa.Table:
        """What is known of these raters."""
        return _rows(self.raters, "rater", raters, in_order=self.in_order)

    def merged(self, news: "LevelState", persons: Iterable[int | str] | None = None) -> "LevelState":
        """This state with what an update of a few persons found: their links replaced, their raters' beliefs moved.

        ``news`` is the ``state`` of the update's result; ``persons`` the people it was made for, where some of them
        have no rating left. Unchanged rows are shared with this state, not copied, so the cost does not grow with
        the number of people.
        """
        touched = sorted(set(news.links.column("person").to_pylist()) | set(persons or ()), key=_comparable)
        moved: dict[tuple[Any, str], list[float]] = {}
        for table, sign in ((news.links, 1.0), (self.links_of(touched), -1.0)):
            for row in table.to_pylist():
                change = moved.setdefault((row["rater"], row["group"]), [0.0, 0.0])
                change[0] += sign * row["shift"]
                change[1] += sign * row["precision"]
        raters = self._moved(moved)
        ordered = self if self.in_order else self.ordered()
        links = _replaced(ordered.links, "person", touched, news.links)
        return replace(
            ordered, links=links, raters=_replaced(ordered.raters, "rater", sorted({k for k, _ in moved}), raters)
        )

    def ordered(self) -> "LevelState":
        """The same state with rows in the order that makes updates fast; one pass over everything."""
        return replace(
            self,
            links=self.links.sort_by([("person", "ascending"), ("rater", "ascending"), ("group", "ascending")]),
            raters=self.raters.sort_by([("rater", "ascending"), ("group", "ascending")]),
            in_order=True,
        )

    def _moved(self, changes: Mapping[tuple[Any, str], list[float]]) -> pa.Table:
        known = {
            (row["rater"], row["group"]): [row["shift"], row["precision"]]
            for row in self.raters_of(sorted({rater for rater, _ in changes})).to_pylist()
        }
        for key, (shift, precision) in changes.items():
            held = known.setdefault(key, [0.0, 0.0])
            held[0] += shift
            held[1] = max(held[1] + precision, 0.0)
        rows = sorted(known.items())
        return pa.table(
            {
                "rater": [key[0] for key, _ in rows],
                "group": [key[1] for key, _ in rows],
                "shift": [held[0] for _, held in rows],
                "precision": [held[1] for _, held in rows],
            },
            schema=self.raters.schema,
        )

    def to_json(self) -> str:
        """The state as JSON text; ``from_json`` gives back an equal state, digit for digit."""
        return json.dumps(
            {
                "parameters": asdict(self.parameters),
                "scales": {key: [scale.name, list(scale.cuts)] for key, scale in sorted(self.scales.items())},
                "groups": dict(self.groups),
                "capability_means": _columns(self.capability_means),
                "values": dict(self.values),
                "raters": _columns(self.raters),
                "links": _columns(self.links),
                "n_ratings": self.n_ratings,
                "version": self.version,
            },
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> "LevelState":
        """Read what ``to_json`` wrote."""
        held = json.loads(text)
        raters, links = _read(held["raters"], BELIEFS), _read(held["links"], TOLD)
        return cls(
            LevelParameters(**held["parameters"]),
            {key: LatentScale(name, tuple(cuts)) for key, (name, cuts) in held["scales"].items()},
            held["groups"],
            _read(held["capability_means"], MEANS),
            held["values"],
            raters,
            links,
            held["n_ratings"],
            held["version"],
            _rising(links.column("person")) and _rising(raters.column("rater")),
        )


class _Sorted:
    """A sorted column as ``bisect`` wants it."""

    def __init__(self, values: pa.ChunkedArray) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: int) -> Any:
        return self.values[place].as_py()


def _span(table: pa.Table, name: str, key: int | str) -> tuple[int, int]:
    values = _Sorted(table.column(name))
    first = bisect_left(values, key)
    return first, bisect_right(values, key, lo=first, hi=min(len(values), first + 4096))


def _comparable(key: int | str) -> tuple[bool, int | str]:
    return isinstance(key, str), key


def _rows(table: pa.Table, name: str, keys: Iterable[int | str], *, in_order: bool) -> pa.Table:
    kind = table.schema.field(name).type
    wanted = sorted({k for k in keys if isinstance(k, int) == pa.types.is_integer(kind)})
    if not in_order or len(wanted) > MOST_SOUGHT:
        return table.filter(pc.is_in(table.column(name), value_set=pa.array(wanted, kind)))
    spans = [_span(table, name, key) for key in wanted]
    pieces = [table.slice(first, last - first) for first, last in spans if last > first]
    return pa.concat_tables(pieces).combine_chunks() if pieces else table.slice(0, 0)


def _replaced(table: pa.Table, name: str, keys: Iterable[int | str], rows: pa.Table) -> pa.Table:
    """The table without the rows of ``keys``, and with ``rows`` where they belong."""
    rows = rows.select(table.column_names).cast(table.schema)
    own = rows.column(name).to_pylist()
    pieces, at = [], 0
    for key in keys:
        first, last = _span(table, name, key)
        left, right = bisect_left(own, key), bisect_right(own, key)
        pieces += [table.slice(at, first - at), rows.slice(left, right - left)]
        at = last
    joined = pa.concat_tables([piece for piece in [*pieces, table.slice(at)] if piece.num_rows] or [table.slice(0, 0)])
    return joined.combine_chunks() if joined.column(0).num_chunks > MOST_PIECES else joined


def _rising(values: pa.ChunkedArray) -> bool:
    if len(values) < 2:
        return True
    whole = values.combine_chunks()
    found = pc.all(pc.less_equal(whole.slice(0, len(whole) - 1), whole.slice(1))).as_py()
    return bool(found)


def _columns(table: pa.Table) -> dict[str, Any]:
    return {f.name: [str(f.type), table.column(f.name).to_pylist()] for f in table.schema}


def _read(held: Mapping[str, Any], names: tuple[str, ...]) -> pa.Table:
    types = {"int64": pa.int64(), "double": pa.float64(), "string": pa.string()}
    return pa.table({name: pa.array(held[name][1], types[held[name][0]]) for name in names})
