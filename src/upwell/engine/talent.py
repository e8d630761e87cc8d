"""Talent: who could do which role, what it would take, and which posts hang on one person.

Only levels of capabilities, requirements and learning steps are read: nothing about age, sex, origin, family, health or
belief can enter, since no frame has a column for it. See ``docs/methods/talent.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import ndtri

from upwell.engine import VERSION
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Column, Contract, Result, accept
from upwell.engine.numerics import talent_cover, talent_match

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]
Readiness = Literal["now", "1 year", "2 years", "later"]
SHARED: Final = 0.6
"""Correlation of the beliefs about one person, whose errors halo and general ability share. Chosen by calibration
against simulated truth (log loss .429 at 0, .344 at .3, .329 at .5, .327 at .7; see ``docs/methods/talent.md``)."""
CONFIDENCES: Final = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99)

LEVELS: Final = Contract(
    "levels",
    (
        Column("person", "key"),
        Column("capability", "key"),
        Column("level", "real", "levels"),
        Column("sd", "real", "levels", low=0.0),
    ),
    unique=("person", "capability"),
)
REQUIREMENTS: Final = Contract(
    "requirements",
    (
        Column("role", "key"),
        Column("capability", "key"),
        Column("required", "real", "levels"),
        Column("weight", "real", "relative weight", low=0.0, nullable=True, required=False),
        Column("must", "boolean", nullable=True, required=False),
    ),
    unique=("role", "capability"),
)
ITEMS: Final = Contract(
    "items",
    (
        Column("item", "key"),
        Column("capability", "key"),
        Column("effect", "real", "levels"),
        Column("cost", "real", "money", low=0.0),
        Column("hours", "real", "hours", low=0.0),
        Column("needs", "key", nullable=True, required=False),
    ),
    unique=("item", "capability"),
)
POSTS: Final = Contract(
    "posts",
    (
        Column("post", "key"),
        Column("role", "key"),
        Column("holder", "key", nullable=True, required=False),
        Column("critical", "boolean", nullable=True, required=False),
    ),
    unique=("post",),
)


@dataclass(frozen=True)
class Matches(Result):
    """``estimates``: person, role, match (expected share of the weight met, 0 to 1) with lo95 and hi95, p_must
    (probability that every must-have is met), p_ready (that besides at least ``ready_at`` of the weight is met),
    unknown (requirements without evidence). Best first within each role."""


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


@dataclass(frozen=True)
class Slates(Result):
    """``estimates``: post, role, rank, person, readiness (now, 1 year, 2 years, later), p_ready, match, lo95, hi95,
    p_then, cost, hours (of the path; null where there is none).

    ``posts``: post, role, critical, ready_now, within_1_year, within_2_years, single_point (at most one person ready
    now), only (that one person). ``people``: person, slates (posts for which this person is ready now), sole (posts
    that have nobody else). ``bench``: role, people (on its slates), ready_now, within_1_year, within_2_years; pass it
    through ``disclosure.protect(keys=("role",), count="people")`` before it is shown widely. ``words``: critical posts
    without anybody ready first, then single points of failure."""

    posts: pa.Table
    people: pa.Table
    bench: pa.Table
    words: tuple[str, ...]


def match(
    levels: object,
    requirements: object,
    *,
    ready_at: float = 0.8,
    unknown_level: float = 2.0,
    unknown_sd: float = 1.0,
) -> Matches:
    """How well every person fits every role.

    Args:
        levels: frame of ``LEVELS`` (posterior mean and standard deviation, as the levels step gives them).
        requirements: frame of ``REQUIREMENTS``; weight 1 and no must-have where absent.
        ready_at: share of a role's weight that must be met to be ready, above 0 to 1.
        unknown_level, unknown_sd: belief about a capability without evidence.

    Raises:
        FrameError: contract broken, or a role whose weights are all 0.
        ParameterError: an argument out of range.
    """
    read = _Read.of(levels, requirements, ready_at, unknown_level, unknown_sd)
    rows = [_matched(read, role) for role in read.roles]
    estimates = pa.concat_tables(rows).sort_by(
        [("role", "ascending"), ("p_ready", "descending"), ("match", "descending"), ("person", "ascending")]
    )
    return Matches(estimates, {"ready_at": ready_at, "version": VERSION}, _ASSUMED)


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
    items on one capability add up. ``items`` is a frame of ``ITEMS``, a row per item and capability it teaches.

    Raises:
        FrameError: contract broken, an item that needs one that does not exist.
        ParameterError: an unknown person or role, or an argument out of range.
    """
    read = _Read.of(levels, requirements, ready_at, unknown_level, unknown_sd)
    if person not in read.place:
        raise ParameterError(f"There is no person '{person}' in the levels frame.")
    if role not in read.roles:
        raise ParameterError(f"There is no role '{role}' in the requirements frame.")
    if not 0 < sure < 1 or not hours >= 0:
        raise ParameterError("The certainty must lie between 0 and 1, and hours cannot be below 0.")
    return _path(read, _offered(items, read), person, role, hours, sure)


def slates(
    levels: object,
    requirements: object,
    posts: object,
    items: object,
    *,
    hours_a_year: float = 80.0,
    sure: float = 0.7,
    ready_at: float = 0.8,
    longest: int = 5,
    unknown_level: float = 2.0,
    unknown_sd: float = 1.0,
) -> Slates:
    """Successors for each post, and where the organisation hangs on one person.

    A person is ready now with probability ``sure``; in one or two years when a path fits one or two times
    ``hours_a_year``. Each slate has the ``longest`` best by present readiness and match; the holder is never on it.

    Raises:
        FrameError: contract broken, or a post whose role has no requirements.
        ParameterError: an argument out of range.
    """
    if longest < 1 or not hours_a_year >= 0 or not 0 < sure < 1:
        raise ParameterError(
            "A slate has at least one place, hours cannot be below 0, and certainty is within 0 and 1."
        )
    read = _Read.of(levels, requirements, ready_at, unknown_level, unknown_sd)
    wanted = accept(posts, POSTS).to_pylist()
    missing = [row["role"] for row in wanted if row["role"] not in read.roles]
    if missing:
        raise FrameError(f"The posts frame names the role '{missing[0]}', which has no requirements.")
    offered = _offered(items, read)
    ranked = {role: _ranked(read, role) for role in {row["role"] for row in wanted}}
    known: dict[tuple[Any, Any], dict[str, Any]] = {}
    rows: list[dict[str, Any]] = []
    for post in wanted:
        best = [row for row in ranked[post["role"]] if row["person"] != post.get("holder")]
        ready = sum(row["p_ready"] >= sure for row in best)
        for rank, row in enumerate(best[: max(longest, ready)], start=1):
            key = (row["person"], post["role"])
            if key not in known:
                known[key] = _readiness(read, offered, *key, row["p_ready"], hours_a_year, sure)
            rows.append({"post": post["post"], "role": post["role"], "rank": rank} | row | known[key])
    return _slates(wanted, rows, read, longest, {"sure": sure, "hours_a_year": hours_a_year, "version": VERSION})


_ASSUMED: Final = (
    "Beliefs about a person's levels are normal and share a correlation of .6.",
    "Capabilities without evidence are believed to be low and uncertain, the same for everybody.",
)


@dataclass(frozen=True, slots=True)
class _Read:
    """Levels as a matrix with unknowns filled in, and the requirements by role."""

    people: list[Any]
    place: Mapping[Any, int]
    capability: Mapping[Any, int]
    level: Reals
    sd: Reals
    seen: NDArray[np.bool_]
    roles: Mapping[Any, tuple[Ints, Reals, Reals, NDArray[np.bool_]]]
    ready_at: float

    @classmethod
    def of(cls, levels: object, requirements: object, ready_at: float, low: float, wide: float) -> "_Read":
        if not 0 < ready_at <= 1:
            raise ParameterError(f"The share of weight to be met lies above 0 and up to 1, not at {ready_at}.")
        if not wide > 0:
            raise ParameterError("The standard deviation of an unknown level must be above 0.")
        known, asked = accept(levels, LEVELS), accept(requirements, REQUIREMENTS)
        people = sorted(set(known["person"].to_pylist()))
        names = sorted({*asked["capability"].to_pylist(), *known["capability"].to_pylist()})
        place, column = ({name: i for i, name in enumerate(group)} for group in (people, names))
        level, sd = np.full((len(people), len(names)), low), np.full((len(people), len(names)), wide)
        at = [place[p] for p in known["person"].to_pylist()], [column[c] for c in known["capability"].to_pylist()]
        level[at], sd[at] = known["level"].to_numpy(), known["sd"].to_numpy()
        seen = np.zeros(level.shape, dtype=np.bool_)
        seen[at] = True
        roles: dict[Any, list[dict[str, Any]]] = {}
        for row in asked.to_pylist():
            roles.setdefault(row["role"], []).append(row)
        found = {}
        for role in sorted(roles):
            rows = sorted(roles[role], key=lambda row: column[row["capability"]])
            weight = np.array([1.0 if row.get("weight") is None else row["weight"] for row in rows])
            if weight.sum() <= 0:
                raise FrameError(f"All weights of the role '{role}' in the requirements frame are 0.")
            found[role] = (
                np.array([column[row["capability"]] for row in rows]),
                np.array([row["required"] for row in rows]),
                weight,
                np.array([bool(row.get("must")) for row in rows]),
            )
        return cls(people, place, column, level, sd, seen, found, ready_at)

    def met(self, role: Any, rows: Ints | slice, gain: Reals | None = None) -> talent_match.Met:
        """The match of some people, after a gain per capability if there is one."""
        at, required, weight, must = self.roles[role]
        level = self.level[rows][:, at] + (0.0 if gain is None else gain[at])
        return talent_match.met(
            level, self.sd[rows][:, at], required, weight, must, ready_at=self.ready_at, shared=SHARED
        )


@dataclass(frozen=True, slots=True)
class _Offered:
    names: list[Any]
    steps: talent_cover.Steps


def _matched(read: _Read, role: Any) -> pa.Table:
    found = read.met(role, slice(None))
    count = len(read.people)
    return pa.table(
        {
            "person": pa.array(read.people),
            "role": pa.array([role] * count),
            "match": found.share,
            "lo95": found.lo95,
            "hi95": found.hi95,
            "p_must": found.p_must,
            "p_ready": found.p_ready,
            "unknown": (~read.seen[:, read.roles[role][0]]).sum(axis=1),
        }
    )


def _ranked(read: _Read, role: Any) -> list[dict[str, Any]]:
    rows = _matched(read, role).select(["person", "p_ready", "match", "lo95", "hi95"])
    order = [("p_ready", "descending"), ("match", "descending"), ("person", "ascending")]
    return rows.sort_by(order).to_pylist()  # type: ignore[no-any-return]


def _offered(items: object, read: _Read) -> _Offered:
    table = accept(items, ITEMS).to_pylist()
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
    return _Offered(names, talent_cover.Steps(effect, cost, hours, pairs))


def _path(read: _Read, offered: _Offered, person: Any, role: Any, hours: float, sure: float) -> Path:
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


def _readiness(
    read: _Read, offered: _Offered, person: Any, role: Any, now: float, hours: float, sure: float
) -> dict[str, Any]:
    if now >= sure:
        return {"readiness": "now", "p_then": now, "cost": 0.0, "hours": 0.0}
    for years, name in ((1, "1 year"), (2, "2 years")):
        path = _path(read, offered, person, role, years * hours, sure)
        if path.reachable:
            return {"readiness": name, "p_then": path.p_ready, "cost": path.cost, "hours": path.hours}
    return {"readiness": "later", "p_then": now, "cost": None, "hours": None}


def _slates(
    posts: list[dict[str, Any]], rows: list[dict[str, Any]], read: _Read, longest: int, facts: dict[str, Any]
) -> Slates:
    grouped: dict[Any, list[dict[str, Any]]] = {post["post"]: [] for post in posts}
    for row in rows:
        grouped[row["post"]].append(row)
    judged, words = [], []
    for post in posts:
        mine = grouped[post["post"]]
        now = [row["person"] for row in mine if row["readiness"] == "now"]
        one = sum(row["readiness"] == "1 year" for row in mine)
        two = sum(row["readiness"] == "2 years" for row in mine)
        judged.append(
            {
                "post": post["post"], "role": post["role"], "critical": bool(post.get("critical")),
                "ready_now": len(now), "within_1_year": len(now) + one, "within_2_years": len(now) + one + two,
                "single_point": len(now) <= 1, "only": now[0] if len(now) == 1 else None,
            }
        )  # fmt: skip
        words.append((not post.get("critical"), len(now), str(post["post"]), _risk(post, now, one, two)))
    counts: dict[Any, list[int]] = {}
    for judgement in judged:
        for row in grouped[judgement["post"]]:
            if row["readiness"] == "now":
                held = counts.setdefault(row["person"], [0, 0])
                held[0] += 1
                held[1] += judgement["ready_now"] == 1
    people = [{"person": p, "slates": a, "sole": b} for p, (a, b) in counts.items()]
    people.sort(key=lambda row: (-row["sole"], -row["slates"], str(row["person"])))
    trimmed = [{k: row[k] for k in _COLUMNS} for row in rows if row["rank"] <= longest]
    return Slates(
        _table(trimmed, _COLUMNS),
        facts | {"posts": len(posts), "people": len(read.people)},
        (*_ASSUMED, "Effects of steps are as stated and add up; nobody declines."),
        _table(judged, _POST_COLUMNS),
        _table(people, ("person", "slates", "sole")),
        _bench(rows),
        tuple(text for _, _, _, text in sorted(words, key=lambda row: row[:3]) if text),
    )


_COLUMNS: Final = (
    "post", "role", "rank", "person", "readiness", "p_ready", "match", "lo95", "hi95", "p_then", "cost", "hours",
)  # fmt: skip
_POST_COLUMNS: Final = (
    "post", "role", "critical", "ready_now", "within_1_year", "within_2_years", "single_point", "only",
)  # fmt: skip


def _bench(rows: list[dict[str, Any]]) -> pa.Table:
    seen = {(row["role"], row["person"]): row["readiness"] for row in rows}
    out = []
    for role in sorted({role for role, _ in seen}):
        found = [readiness for (of, _), readiness in seen.items() if of == role]
        now, one, two = (found.count(name) for name in ("now", "1 year", "2 years"))
        out.append(
            {
                "role": role, "people": len(found), "ready_now": now,
                "within_1_year": now + one, "within_2_years": now + one + two,
            }
        )  # fmt: skip
    return _table(out, ("role", "people", "ready_now", "within_1_year", "within_2_years"))


def _risk(post: dict[str, Any], now: list[Any], one: int, two: int) -> str:
    what = f"{'Critical post' if post.get('critical') else 'Post'} {post['post']} ({post['role']})"
    vacant = "" if post.get("holder") is not None else " and is unfilled"
    later = f"; {one} could be in one year, {two} in two" if one + two else "; nobody could be within two years"
    if not now:
        return f"{what} has nobody ready{vacant}{later}."
    if len(now) == 1:
        return f"{what} hangs on one person, {now[0]}{vacant and ',' + vacant}{later}."
    return f"{what} is unfilled; {len(now)} people are ready." if vacant and post.get("critical") else ""


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows]) for name in columns})
