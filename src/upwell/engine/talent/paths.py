"""The cheapest steps after which a person is ready for a role."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import accept, same_kind
from upwell.engine.numerics import talent_cover
from upwell.engine.talent.contracts import ITEMS
from upwell.engine.talent.reading import Read

CONFIDENCES: Final = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99)


@dataclass(frozen=True)
class Path:
    """The cheapest steps to ready. ``reachable`` is false where nothing within the hours is enough (then no items);
    ``p_ready`` is the probability of being ready after them, ``p_now`` before; ``words`` is one sentence."""

    person: Any
    role: Any
    reachable: bool
    items: tuple[Any, ...]
    cost: float
    hours: float
    p_now: float
    p_ready: float
    words: str


@dataclass(frozen=True, slots=True)
class Offered:
    names: list[Any]
    steps: talent_cover.Steps


def cheapest_path(
    levels: object,
    requirements: object,
    items: object,
    *,
    person: Any,
    role: Any,
    hours: float = float("inf"),
    sure: float = 0.7,
    ready_at: float = 0.8,
    unknown_level: float = 2.0,
    unknown_sd: float = 1.0,
) -> Path:
    """The cheapest set of steps after which a person is ready for a role with probability ``sure``.

    A set is cheapest for a confidence with which each capability has to be closed (``numerics.talent_cover``, exact);
    the lowest of nine confidences is taken at which the whole comes out with probability ``sure``. Effects of several
    items on one capability add up. ``items`` is a frame of ``ITEMS``, a row per item and capability it teaches; cost
    and hours are those of the whole item and the same on each of its rows. An item may need several others.

    Raises:
        FrameError: contract broken, keys of different kinds, an item that needs one that does not exist, or an item
            with two costs or hours.
        ParameterError: an unknown person or role, or an argument out of range.
    """
    read = Read.of(levels, requirements, ready_at, unknown_level, unknown_sd)
    if person not in read.place:
        raise ParameterError(f"There is no person '{person}' in the levels frame.")
    if role not in read.roles:
        raise ParameterError(f"There is no role '{role}' in the requirements frame.")
    if not 0 < sure < 1 or not hours >= 0:
        raise ParameterError("The certainty must lie between 0 and 1, and hours cannot be below 0.")
    return path_to(read, offered_steps(items, read), person, role, hours, sure)


def offered_steps(items: object, read: Read) -> Offered:
    accepted = accept(items, ITEMS)
    same_kind((accepted, "items", "capability"), (read.asked, "requirements", "capability"))
    if "needs" in accepted.column_names:
        same_kind((accepted, "items", "needs"), (accepted, "items", "item"))
    _check_one_price(accepted)
    table = accepted.to_pylist()
    names = sorted({row["item"] for row in table})
    place = {name: i for i, name in enumerate(names)}
    effect = np.zeros((len(names), len(read.capability)))
    cost, hours = np.zeros(len(names)), np.zeros(len(names))
    needs = set()
    for row in table:
        i = place[row["item"]]
        if row["capability"] in read.capability:
            effect[i, read.capability[row["capability"]]] = row["effect"]
        cost[i], hours[i] = row["cost"], row["hours"]
        if row.get("needs") is not None:
            if row["needs"] not in place:
                raise FrameError(
                    f"The item '{row['item']}' needs '{row['needs']}', which the items frame does not have."
                )
            needs.add((i, place[row["needs"]]))
    pairs = np.array(sorted(needs), dtype=np.int64).reshape(-1, 2)
    return Offered(names, talent_cover.Steps(effect, cost, hours, pairs))


def _check_one_price(items: pa.Table) -> None:
    """Each row of an item repeats what the whole item costs; if they differed, their order would decide."""
    spans = items.group_by("item").aggregate([(of, way) for of in ("cost", "hours") for way in ("min", "max")])
    for row in spans.sort_by("item").to_pylist():
        if row["cost_min"] != row["cost_max"] or row["hours_min"] != row["hours_max"]:
            raise FrameError(
                f"The items frame gives two costs or hours for the item '{row['item']}'; on each of its rows repeat "
                "those of the whole item."
            )


def path_to(read: Read, offered: Offered, person: Any, role: Any, hours: float, sure: float) -> Path:
    row = np.array([read.place[person]])
    at, required, weight, must = read.roles[role]
    now = float(read.met(role, row).p_ready[0])
    if now >= sure:
        return Path(person, role, True, (), 0.0, 0.0, now, now, f"{person} is ready for {role} now ({now:.0%}).")
    steps = offered.steps
    local = talent_cover.Steps(steps.effect[:, at], steps.cost, steps.hours, steps.needs)
    limit = min(hours, float(steps.hours.sum()) + 1.0)
    for confidence in CONFIDENCES:
        gap = required - read.level[row[0], at] + float(ndtri(confidence)) * read.sd[row[0], at]
        chosen = talent_cover.cheapest(local, gap, weight, must, share=read.ready_at, hours=limit)
        if chosen is None:
            break
        then = float(read.met(role, row, steps.effect[chosen].sum(axis=0)).p_ready[0])
        if then >= sure:
            cost, spent = float(steps.cost[chosen].sum()), float(steps.hours[chosen].sum())
            names = tuple(offered.names[i] for i in chosen)
            words = f"{person} would be ready for {role} with probability {then:.0%} (now {now:.0%}) after "
            words += f"{len(names)} step{'s' * (len(names) > 1)} of {spent:.0f} hours at a cost of {cost:,.0f}."
            return Path(person, role, True, names, cost, spent, now, then, words)
    words = f"No set of steps within the hours makes {person} ready for {role} with probability {sure:.0%}."
    return Path(person, role, False, (), 0.0, 0.0, now, now, words)
