"""Who rates whom, and what they write down: severity per rater, halo per pair, noise per rating."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upwell.engine.simulate.designs import RatingDesign
from upwell.engine.simulate.latent import Levels
from upwell.engine.simulate.months import Calendar
from upwell.engine.simulate.streams import Flags, Floats, Ints, Streams
from upwell.engine.simulate.structure import Layout

SOURCES = ("self", "manager", "peer", "report")
SLOTS = ("self", "manager", "peer", "peer", "peer", "report", "report")
"""The places around a person from which a rating may come; the third peer works in another team."""
TAKES_PART = {"self": 0.6, "manager": 0.9, "peer": 0.45, "report": 0.4}
RATES_CAPABILITY = {"self": 0.6, "manager": 0.6, "peer": 0.35, "report": 0.35}


MARGINALS = (0.12, 0.08, 0.37, 0.20, 0.23)
"""Shares of the categories 1 to 5 in a public data set of ratings."""


@dataclass(frozen=True, slots=True)
class Ratings:
    """One row per rating of people of a block: `cell` within the block, `rater` within the whole, `source` indexes
    SOURCES, `seen` is the impression on the scale of levels before it is cut, `day` counts from 1970-01-01."""

    cell: Ints
    rater: Ints
    source: Ints
    seen: Floats
    day: Ints


@dataclass(frozen=True, slots=True)
class Judges:
    """Severity of the raters of a block's people: of themselves and of others (positive is strict), halo per slot."""

    severity: Floats
    own_severity: Floats
    halo: Floats


def around(streams: Streams, layout: Layout, design: RatingDesign) -> Ints:
    """The rater in each slot of each person, -1 where there is none."""
    people = layout.size
    out = np.full((people, len(SLOTS)), -1, dtype=np.int64)
    out[:, 0] = np.arange(people)
    out[:, 1] = layout.manager_of
    shuffled = streams.uniform("ratings.order", people)
    order = np.lexsort((shuffled, layout.manager_of))
    group = layout.manager_of[order]
    start = np.searchsorted(group, group, side="left")
    size = np.searchsorted(group, group, side="right") - start
    place = np.arange(people) - start
    for step, slot in ((1, 2), (2, 3)):
        near = order[start + (place + step) % size]
        out[order, slot] = np.where((size > step) & (group >= 0), near, -1)
    far = streams.uniform("ratings.far", people)
    position = np.empty(people, dtype=np.int64)
    position[order] = np.arange(people)
    out[:, 4] = order[(position + 8 + (far * 40).astype(np.int64)) % people]
    first = np.searchsorted(group, np.arange(people), side="left")
    reports = np.searchsorted(group, np.arange(people), side="right") - first
    picked = (streams.uniform("ratings.reports", people) * reports).astype(np.int64)
    for step, slot in ((0, 5), (1, 6)):
        below = order[np.minimum(first + (picked + step) % np.maximum(reports, 1), people - 1)]
        out[:, slot] = np.where(reports > step, below, -1)
    twice = (np.delete(out, 4, axis=1) == out[:, 4:5]).any(axis=1)
    out[twice, 4] = -1
    return _isolate(streams, layout, out, design.disconnected_share)


def severities(streams: Streams, people: int, design: RatingDesign) -> Floats:
    """Severity of everybody as a rater of others; positive is strict."""
    return design.severity_sd * streams.normal("raters.severity", people)


def judges(streams: Streams, layout: Layout, design: RatingDesign, severity: Floats) -> Judges:
    """Draw what the raters around the people of a block bring along; `severity` is of the whole."""
    return Judges(
        severity=severity,
        own_severity=design.severity_sd * streams.normal("raters.own", layout.size) - design.self_bias,
        halo=design.halo_sd * streams.normal("raters.halo", layout.size, len(SLOTS)),
    )


def fitted_cuts(seen: Floats) -> Floats:
    """Thresholds at which these impressions fall into the categories with the shares of MARGINALS."""
    return np.asarray(np.quantile(seen, np.cumsum(MARGINALS)[:4]), dtype=np.float64)


def ratings(
    streams: Streams,
    layout: Layout,
    calendar: Calendar,
    design: RatingDesign,
    who: Judges,
    levels: Levels,
    places: Ints,
    employed: Flags,
) -> Ratings:
    """What people thought of the people of a block in the review rounds of the window.

    `places` are the raters around each person, `employed` says per month who of the whole was there.
    """
    parts: list[Ratings] = []
    flat = layout.cell_person * layout.widest + layout.cell_slot
    step = design.every_months
    for wave in range((calendar.months - 1) % step, calendar.months, step):
        here = employed[wave]
        own = here[layout.first : layout.first + layout.size]
        level = np.ascontiguousarray(levels[:, wave])
        for slot, source in enumerate(SLOTS):
            name = f"ratings.{calendar.months - wave}.{slot}"
            rater = places[:, slot]
            joins = streams.uniform(f"{name}.join", layout.size) < TAKES_PART[source]
            asked = (rater >= 0) & own & here[np.maximum(rater, 0)] & joins
            days = calendar.last[wave] - (streams.uniform(f"{name}.day", layout.size) * 28).astype(np.int64)
            parts.append(_round(streams, name, layout, design, who, level, slot, rater, asked, days, flat))
    return Ratings(*(np.concatenate([getattr(p, f) for p in parts]) for f in Ratings.__slots__))


def _round(
    streams: Streams,
    name: str,
    layout: Layout,
    design: RatingDesign,
    who: Judges,
    level: np.ndarray[tuple[int], np.dtype[np.float32]],
    slot: int,
    rater: Ints,
    asked: Flags,
    days: Ints,
    flat: Ints,
) -> Ratings:
    share = RATES_CAPABILITY[SLOTS[slot]] * design.density
    chosen = streams.uniform(f"{name}.cells", layout.size, layout.widest) < share
    chosen &= asked[:, None]
    cell = np.flatnonzero(chosen.reshape(-1)[flat])
    person = layout.cell_person[cell]
    noise = streams.normal(f"{name}.noise", layout.size, layout.widest).reshape(-1)[flat[cell]]
    strict = who.own_severity[person] if slot == 0 else who.severity[rater[person]]
    return Ratings(
        cell=cell,
        rater=rater[person],
        source=np.full(len(cell), SOURCES.index(SLOTS[slot])),
        seen=level[cell] - strict + who.halo[person, slot] + design.noise_sd * noise,
        day=days[person],
    )


def _isolate(streams: Streams, layout: Layout, places: Ints, share: float) -> Ints:
    """Leave about this share of people rated by nobody but a manager who rates nobody else."""
    reports = np.bincount(layout.manager_of[layout.manager_of >= 0], minlength=layout.size)
    managers = np.flatnonzero((reports >= 2) & (reports <= max(12, layout.size // 20)))
    managers = managers[np.argsort(streams.uniform("ratings.isolated", layout.size)[managers])]
    alone = managers[np.cumsum(reports[managers]) <= share * layout.size]
    if not len(alone):
        return places
    ratee = np.isin(layout.manager_of, alone)
    by_manager = np.arange(len(SLOTS)) == 1
    cut = (ratee[:, None] | np.isin(places, alone)) & ~by_manager[None, :]
    return np.where(cut, -1, places)
