"""Successors for each post, and posts that hang on one person."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import pyarrow as pa

from upwell.engine import VERSION
from upwell.engine.errors import FrameError, ParameterError
from upwell.engine.frames import Result, accept, same_kind
from upwell.engine.talent.contracts import POSTS
from upwell.engine.talent.matching import matched
from upwell.engine.talent.paths import Offered, offered_steps, path_to
from upwell.engine.talent.reading import ASSUMED, Read

Readiness = Literal["now", "1 year", "2 years", "later"]
Types = dict[str, pa.DataType]
_TYPES: Final[Types] = (
    {"readiness": pa.string()}
    | dict.fromkeys(("critical", "single_point"), pa.bool_())
    | dict.fromkeys(("p_ready", "match", "lo95", "hi95", "p_then", "cost", "hours"), pa.float64())
)
"""Of columns that are neither keys nor whole numbers."""


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
    read = Read.of(levels, requirements, ready_at, unknown_level, unknown_sd)
    asked = _posts(posts, read)
    wanted: list[dict[str, Any]] = asked.to_pylist()
    missing = [row["role"] for row in wanted if row["role"] not in read.roles]
    if missing:
        raise FrameError(f"The posts frame names the role '{missing[0]}', which has no requirements.")
    offered = offered_steps(items, read)
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
    facts = {"sure": sure, "hours_a_year": hours_a_year, "version": VERSION}
    types = {"post": asked.schema.field("post").type, "role": read.role_type}
    types |= {"person": read.person_type, "only": read.person_type}
    return _slates(wanted, rows, longest, types, facts | {"posts": len(wanted), "people": len(read.people)})


def _posts(posts: object, read: Read) -> pa.Table:
    accepted = accept(posts, POSTS)
    same_kind((accepted, "posts", "role"), (read.asked, "requirements", "role"))
    if "holder" in accepted.column_names:
        same_kind((accepted, "posts", "holder"), (read.known, "levels", "person"))
    return accepted


def _ranked(read: Read, role: Any) -> list[dict[str, Any]]:
    rows = matched(read, role).select(["person", "p_ready", "match", "lo95", "hi95"])
    order = [("p_ready", "descending"), ("match", "descending"), ("person", "ascending")]
    return rows.sort_by(order).to_pylist()  # type: ignore[no-any-return]


def _readiness(
    read: Read, offered: Offered, person: Any, role: Any, now: float, hours: float, sure: float
) -> dict[str, Any]:
    if now >= sure:
        return {"readiness": "now", "p_then": now, "cost": 0.0, "hours": 0.0}
    for years, name in ((1, "1 year"), (2, "2 years")):
        path = path_to(read, offered, person, role, years * hours, sure)
        if path.reachable:
            return {"readiness": name, "p_then": path.p_ready, "cost": path.cost, "hours": path.hours}
    return {"readiness": "later", "p_then": now, "cost": None, "hours": None}


def _slates(
    posts: list[dict[str, Any]], rows: list[dict[str, Any]], longest: int, types: Types, facts: dict[str, Any]
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
        _table(trimmed, _COLUMNS, types),
        facts,
        (*ASSUMED, "Effects of steps are as stated and add up; nobody declines."),
        _table(judged, _POST_COLUMNS, types),
        _table(people, ("person", "slates", "sole"), types),
        _bench(rows, types),
        tuple(text for _, _, _, text in sorted(words, key=lambda row: row[:3]) if text),
    )


_COLUMNS: Final = (
    "post", "role", "rank", "person", "readiness", "p_ready", "match", "lo95", "hi95", "p_then", "cost", "hours",
)  # fmt: skip
_POST_COLUMNS: Final = (
    "post", "role", "critical", "ready_now", "within_1_year", "within_2_years", "single_point", "only",
)  # fmt: skip


def _bench(rows: list[dict[str, Any]], types: Types) -> pa.Table:
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
    return _table(out, ("role", "people", "ready_now", "within_1_year", "within_2_years"), types)


def _risk(post: dict[str, Any], now: list[Any], one: int, two: int) -> str:
    what = f"{'Critical post' if post.get('critical') else 'Post'} {post['post']} ({post['role']})"
    vacant = "" if post.get("holder") is not None else " and is unfilled"
    later = f"; {one} could be in one year, {two} in two" if one + two else "; nobody could be within two years"
    if not now:
        return f"{what} has nobody ready{vacant}{later}."
    if len(now) == 1:
        return f"{what} hangs on one person, {now[0]}{vacant and ',' + vacant}{later}."
    return f"{what} is unfilled; {len(now)} people are ready." if vacant and post.get("critical") else ""


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...], keys: Types) -> pa.Table:
    """Columns that hold keys have the keys' types, however little is in them."""
    types = _TYPES | keys
    return pa.table({name: pa.array([row[name] for row in rows], types.get(name, pa.int64())) for name in columns})
