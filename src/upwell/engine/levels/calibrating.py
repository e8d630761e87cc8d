"""Which cases raters should talk through together: where they disagree most, and where one rating would join sets."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import ParameterError
from upwell.engine.levels.contracts import INSTRUMENT
from upwell.engine.levels.state import LevelState
from upwell.engine.numerics.coding import Codes, coded
from upwell.engine.numerics.linkage import components

Reals = NDArray[np.float64]
OWN = "self"
LEAST_SURPRISE = 1.0
"""Standard deviations from all other evidence below which a view is not worth a talk."""


def calibration_sheet(state: LevelState, n: int = 10) -> pa.Table:
    """At most ``n`` cases for a calibration meeting, the most useful first; 8 to 12 fill one.

    Rows: ``kind`` (join, disagree), ``person``, ``rater`` and ``other`` (who should rate or talk; ``other`` is null
    for a join), ``apart`` (levels by which the rater, corrected for severity, sees the person higher than all other
    evidence does; null for a join), ``surprise`` (the same in standard deviations of what chance, halo and severity
    allow), ``people`` (how many people a join brings in; null for a disagreement) and ``reason`` (a sentence).

    Up to half of the rows are joins: of each set of people that shares no rater with the largest one, largest set
    first, the busiest rater is to rate somebody of the largest set who has many raters, in the same role as in the own
    set, for another role has another severity. Where a set has but self-ratings, a rater of the largest set is to rate
    somebody of it. One row per person at most. Tests and figures are not asked.

    Raises:
        ParameterError: ``n`` below 1.
    """
    if n < 1:
        raise ParameterError(f"A calibration sheet has at least 1 case, not {n}.")
    links = state.links.filter(pc.not_equal(state.links.column("group"), INSTRUMENT))
    joins = _joins(links, (n + 1) // 2)
    rows = joins + _disagreements(state, links, n - len(joins), {row["person"] for row in joins})
    keys = {name: state.links.schema.field(name).type for name in ("person", "rater")}
    schema = pa.schema(
        [
            ("kind", pa.string()),
            ("person", keys["person"]),
            ("rater", keys["rater"]),
            ("other", keys["rater"]),
            ("apart", pa.float64()),
            ("surprise", pa.float64()),
            ("people", pa.int64()),
            ("reason", pa.string()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _joins(links: pa.Table, most: int) -> list[dict[str, Any]]:
    person, persons = coded(links.column("person"))
    node, raters, groups = _views(links)
    of_person, of_node = components(person, node, len(persons), len(raters))
    sizes = np.bincount(of_person)
    if len(sizes) < 2:
        return []
    names = persons.to_pylist()
    load = np.where(np.array([group == OWN for group in groups]), 0, np.bincount(node, minlength=len(raters)))
    heard = np.bincount(person, minlength=len(persons))
    taken: set[int] = set()
    rows = []
    for number in range(1, min(len(sizes), most + 1)):
        rates, rated = (number, 0) if load[of_node == number].any() else (0, number)
        who = int(np.argmax(np.where(of_node == rates, load, -1)))
        order = np.argsort(np.where(of_person == rated, -heard, 1), kind="stable")
        open_ = [int(p) for p in order[: sizes[rated]] if p not in taken and names[int(p)] != raters[who]]
        if not open_ or not load[who]:
            continue
        taken.add(open_[0])
        rows.append(_join(names[open_[0]], raters[who], groups[who], int(sizes[number])))
    return rows


def _views(links: pa.Table) -> tuple[Codes, list[Any], list[str]]:
    """Code of each link's rater in one group, as severities are told apart, and the rater and group of each code."""
    rater, raters = coded(links.column("rater"))
    group, groups = coded(links.column("group"))
    keys, node = np.unique(rater * np.int64(max(len(groups), 1)) + group, return_inverse=True)
    who, role = np.divmod(keys, max(len(groups), 1))
    return node, raters.take(pa.array(who)).to_pylist(), groups.take(pa.array(role)).to_pylist()


def _join(person: Any, rater: Any, group: str, count: int) -> dict[str, Any]:
    apart = "1 person shares" if count == 1 else f"{count:,} people share"
    wanted = f"a rating of {person} by {rater} ({group}) would make them comparable."
    reason = f"{apart} no rater with the largest set; {wanted}"
    return {"kind": "join", "person": person, "rater": rater, "people": count, "reason": reason}


def _disagreements(state: LevelState, links: pa.Table, most: int, taken: set[Any]) -> list[dict[str, Any]]:
    higher, var = _impressions(state, links)
    surprise = np.abs(higher) / np.sqrt(var)
    person, _ = coded(links.column("person"))
    heard = np.bincount(person)[person]
    likely = np.flatnonzero((surprise >= LEAST_SURPRISE) & (heard > 1))
    found: list[dict[str, Any]] = []
    used = set(taken)
    for place in likely[np.argsort(-surprise[likely], kind="stable")]:
        if len(found) == most:
            break
        row = links.slice(int(place), 1).to_pylist()[0]
        if row["person"] in used:
            continue
        used.add(row["person"])
        others = np.flatnonzero((person == person[place]) & (np.arange(len(person)) != place))
        facing = others[np.argmin(higher[others] * np.sign(higher[place]))]
        other = links.slice(int(facing), 1).to_pylist()[0]
        found.append(_told(row, other, float(higher[place]), float(surprise[place])))
    return found


def _told(row: dict[str, Any], other: dict[str, Any], apart: float, surprise: float) -> dict[str, Any]:
    way = "higher" if apart > 0 else "lower"
    return {
        "kind": "disagree",
        "person": row["person"],
        "rater": row["rater"],
        "other": other["rater"],
        "apart": apart,
        "surprise": surprise,
        "reason": f"{row['rater']} ({row['group']}) sees {row['person']} {abs(apart):.1f} levels {way} than all other "
        f"evidence suggests; {other['rater']} ({other['group']}) stands farthest from that view.",
    }


def _impressions(state: LevelState, links: pa.Table) -> tuple[Reals, Reals]:
    """Per link, how much higher the rater saw the person than others did, given the rater's severity elsewhere."""
    node, prior_shift, prior_precision = _nodes(state, links)
    shift, precision = (links.column(name).to_numpy() for name in ("shift", "precision"))
    size = len(prior_shift)
    rest = prior_precision[node] + np.bincount(node, precision, size)[node] - precision
    expected = (prior_shift[node] + np.bincount(node, shift, size)[node] - shift) / rest
    heard = np.maximum(precision, 1e-9)
    return expected - shift / heard, 1.0 / heard + 1.0 / rest


def _nodes(state: LevelState, links: pa.Table) -> tuple[Codes, Reals, Reals]:
    rater, raters = coded(links.column("rater"))
    group, groups = coded(links.column("group"))
    means, sds = state.values["severity_mean"], state.values["severity_sd"]
    precision = np.array([1.0 / sds[name] ** 2 for name in groups.to_pylist()])
    mean = np.array([means[name] for name in groups.to_pylist()])
    node = rater * np.int64(max(len(groups), 1)) + group
    return node, np.tile(mean * precision, len(raters)), np.tile(precision, len(raters))
