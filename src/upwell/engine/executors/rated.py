"""Levels in shards of people, exact although raters link the shards.

Two passes. First the values that all share (means, variances, cut points) are learned on one sample of whole teams.
Then, these fixed, every shard is solved by itself; where a rater's people lie in several shards, the shards tell each
other what their people say about the rater and solve again until no severity moves. That is expectation propagation
on another schedule: its answer is the answer without shards. Shards follow connected components as far as they can,
so most raters belong to one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine import VERSION, levels
from upwell.engine.errors import ParameterError
from upwell.engine.executors.running import Executor, Lazy, checked, packed, unpacked
from upwell.engine.frames import Column, Contract, Result, accept, coded, codes_in
from upwell.engine.levels.evidence import COMMON, found_scale
from upwell.engine.levels.results import MIN_PERSONS_SHOWN, SUMS, fit_of, reported_sd
from upwell.engine.numerics.linkage import components
from upwell.engine.scales import LatentScale

Codes = NDArray[np.int64]
Reals = NDArray[np.float64]
Z95: Final = 1.959963984540054
BLOCKS: Final = 20
"""Places in the organisation from which the sample of whole teams is taken."""
SOLVED: Final = pa.schema(
    [("shard", pa.int64()), ("estimates", pa.binary()), ("links", pa.binary()), ("sums", pa.binary())]
)
EDGES: Final = Contract(
    "ratings",
    (
        Column("person", "key"),
        Column("rater", "key", nullable=True),
        Column("source", "text", choices=levels.SOURCES),
        Column("ratings", "integer"),
    ),
)
ASSUMPTIONS: Final = (
    "The values that all share are learned on a sample of whole teams and then held fixed.",
    "A rater whose people lie in several shards is believed alike in all of them, up to the tolerance.",
)


@dataclass(frozen=True)
class ShardedLevels(Result):
    """``estimates`` and ``raters`` with the columns of ``levels.estimate``; ``state`` for ``levels.update``."""

    raters: pa.Table
    state: levels.LevelState


@dataclass(frozen=True)
class _Plan:
    """Where every person goes: ``shard`` and ``component`` per code of ``persons``; ``sample`` of codes to learn on."""

    persons: pa.Array
    component: Codes
    shard: Codes
    sample: Codes
    ratings: int


def estimate(
    ratings: object,
    *,
    on: Executor,
    as_of: date | int,
    shards: int = 8,
    learn_from: int = 200_000,
    rounds: int = 30,
    tolerance: float = 1e-5,
    scale: LatentScale | None = None,
    scales: Mapping[str, LatentScale] | None = None,
    parameters: levels.LevelParameters | None = None,
) -> ShardedLevels:
    """``levels.estimate`` for more ratings than one machine should hold, on an executor.

    Args:
        ratings: frame of ``levels.RATINGS``, as an Arrow table or as what the executor holds.
        on: where to run.
        as_of, scale, scales, parameters: as in ``levels.estimate``.
        shards: parts of about equally many ratings.
        learn_from: ratings from which the shared values are learned; all of them where there are no more.
        rounds, tolerance: shards talk about shared raters until no severity moves by more (levels), or so often.

    Returns:
        As ``levels.estimate``; ``diagnostics`` says how many raters several shards share, how many rounds it took
        and the last move. ``n_ratings`` of the state is the size of the sample, which widens the intervals for what
        few ratings leave unknown.

    Raises:
        FrameError: the ratings break their contract.
        ParameterError: fewer than one shard or round.
    """
    if shards < 1 or rounds < 1:
        raise ParameterError("At least one shard and one round are needed.")
    given = checked(on.lazy(ratings), levels.RATINGS)
    scale, notes = (scale, []) if scale is not None else _scale_in(on, given)
    plan = _plan(on, given, shards, learn_from)
    chosen = on.lazy(pa.table({"person": plan.persons.take(pa.array(plan.sample))}))
    sample = on.table(given.join(chosen, on="person", how="inner"))
    learned = levels.estimate(sample, as_of=as_of, scale=scale, scales=scales, parameters=parameters)
    state = replace(learned.state.for_persons([]), in_order=False)
    placed = on.lazy(pa.table({"person": plan.persons, "shard": plan.shard}))
    split = on.kept(given.join(placed, on="person", how="inner"))
    done, messages, news = None, _no_messages(state), _Moves()
    while news.goes_on(rounds, tolerance):
        kernel = partial(solve, state=state, messages=messages, as_of=as_of)
        done = on.each(split, "shard", kernel, SOLVED)
        links = pa.concat_tables([_told(row) for row in done.to_pylist()])
        messages, news = _exchanged(links, state, news)
    assert done is not None
    return _result(done, plan, state, links, news, notes)


def _scale_in(on: Executor, given: Lazy) -> tuple[LatentScale | None, list[str]]:
    """The scale of ratings that name none, as ``levels.estimate`` finds it, from the rows of all shards."""
    unnamed = given
    if "scale" in given.collect_schema().names():
        unnamed = given.filter(nw.col("scale").is_null() | (nw.col("scale") == COMMON))
    top = on.table(unnamed.select(nw.col("category").max().cast(nw.Int64())))["category"][0].as_py()
    if top is None:
        return None, []
    scale, words = found_scale(top)
    return scale, [words]


def solve(part: pa.Table, *, state: levels.LevelState, messages: pa.Table, as_of: date | int) -> pa.Table:
    """One shard, given what the others say about its raters (kernel of one shard)."""
    shard = part.column("shard")[0]
    heard = messages.filter(pc.equal(messages.column("shard"), shard)).drop_columns("shard")
    found = levels.update(replace(state, raters=heard), part.drop_columns("shard"), as_of=as_of)
    tables = {"estimates": found.estimates, "links": found.state.links, "sums": found.sums}
    return pa.table(
        {"shard": [shard.as_py()], **{name: [packed(each)] for name, each in tables.items()}}, schema=SOLVED
    )


def _plan(on: Executor, given: Lazy, shards: int, learn_from: int) -> _Plan:
    edges = accept(on.table(given.group_by("person", "rater", "source").agg(nw.len().alias("ratings"))), EDGES)
    everyone, persons = coded(edges.column("person"))
    weight = _totals(everyone, edges.column("ratings"), len(persons))
    named = pc.is_valid(edges.column("rater"))
    edges, person = edges.filter(named), everyone[np.asarray(named)]
    rater, _ = coded(edges.column("rater"))
    groups = sorted(set(levels.GROUPS.values()))
    of_source = np.array([groups.index(levels.GROUPS[source]) for source in levels.SOURCES])
    source = pc.index_in(edges.column("source"), value_set=pa.array(levels.SOURCES)).to_numpy()
    group = of_source[source]
    keys, node = np.unique(rater * len(groups) + group, return_inverse=True)
    component, _ = components(person, node, len(persons), len(keys))
    busiest = _busiest(person, node, len(persons))
    order = np.lexsort((np.arange(len(persons)), busiest, component))
    shard = np.empty(len(persons), dtype=np.int64)
    shard[order] = _cut(weight[order], component[order], shards)
    return _Plan(persons, component, shard, _sample(order, weight, learn_from), int(weight.sum()))


def _busiest(person: Codes, node: Codes, n_persons: int) -> Codes:
    """The rater of each person who rates most people: mates of one team stand together."""
    heads = np.bincount(node)
    order = np.lexsort((node, heads[node], person))
    last = np.flatnonzero(np.r_[person[order][1:] != person[order][:-1], True]) if len(order) else order
    found = np.zeros(n_persons, dtype=np.int64)
    found[person[order][last]] = node[order][last]
    return found


def _cut(weight: Reals, component: Codes, shards: int) -> Codes:
    """Shards of about equal weight along the order; a component that fits into one shard is not cut."""
    ends = np.cumsum(weight)
    total = float(ends[-1]) if len(ends) else 0.0
    middle = ends - weight / 2
    size = np.bincount(component, weight)
    first = np.flatnonzero(np.r_[True, component[1:] != component[:-1]])
    begins = (ends - weight)[first][component]
    whole = size[component] <= total / shards
    middle = np.where(whole, begins + size[component] / 2, middle)
    return np.minimum((middle * shards / max(total, 1.0)).astype(np.int64), shards - 1)


def _sample(order: Codes, weight: Reals, learn_from: int) -> Codes:
    """Whole stretches of the order, evenly spaced, with about so many ratings."""
    ends = np.cumsum(weight[order])
    total = float(ends[-1]) if len(ends) else 0.0
    if total <= learn_from:
        return order
    within = (ends * BLOCKS / total) % 1.0
    return order[within <= learn_from / total]


@dataclass(frozen=True)
class _Moves:
    """How far severities still moved: ``mean`` of shared raters in the last round, and the rounds so far."""

    rounds: int = 0
    move: float = np.inf
    mean: Reals | None = None
    shared: int = 0

    def goes_on(self, rounds: int, tolerance: float) -> bool:
        return self.rounds < rounds and self.move > tolerance


def _no_messages(state: levels.LevelState) -> pa.Table:
    return state.raters.slice(0, 0).add_column(0, "shard", pa.array([], pa.int64()))


def _told(row: Mapping[str, Any]) -> pa.Table:
    links = unpacked(row["links"])
    return links.append_column("shard", pa.array(np.full(links.num_rows, row["shard"])))


def _nodes(links: pa.Table) -> tuple[Codes, pa.Array, pa.Array]:
    rater, raters = coded(links.column("rater"))
    group, groups = coded(links.column("group"))
    keys, node = np.unique(rater * max(len(groups), 1) + group, return_inverse=True)
    return node, raters.take(pa.array(keys // max(len(groups), 1))), groups.take(pa.array(keys % max(len(groups), 1)))


def _exchanged(links: pa.Table, state: levels.LevelState, before: _Moves) -> tuple[pa.Table, _Moves]:
    """For each shard what all others say about the raters it shares with them."""
    node, raters, groups = _nodes(links)
    shard = links.column("shard").to_numpy()
    width = int(shard.max(initial=0)) + 1
    places, place = np.unique(node * width + shard, return_inverse=True)
    own = [_totals(place, links.column(name), len(places)) for name in ("shift", "precision")]
    at, where = np.divmod(places, width)
    total = [_totals(node, links.column(name), len(raters)) for name in ("shift", "precision")]
    is_shared = np.bincount(at, minlength=len(raters)) > 1
    mean, _ = _severity(state, groups, *total)
    kept = is_shared[at]
    rest = [t[at[kept]] - o[kept] for t, o in zip(total, own, strict=True)]
    found = {
        "shard": where[kept],
        "rater": raters.take(pa.array(at[kept])),
        "group": groups.take(pa.array(at[kept])),
        "shift": rest[0],
        "precision": rest[1],
    }
    shared = mean[is_shared]
    far = np.inf if before.mean is None else float(np.abs(shared - before.mean).max(initial=0.0))
    moves = _Moves(before.rounds + 1, far if len(shared) else 0.0, shared, len(shared))
    return pa.table(found, schema=_no_messages(state).schema), moves


def _totals(place: Codes, values: pa.ChunkedArray, size: int) -> Reals:
    return np.bincount(place, values.to_numpy(), size).astype(np.float64)


def _severity(state: levels.LevelState, groups: pa.Array, shift: Reals, precision: Reals) -> tuple[Reals, Reals]:
    names = groups.to_pylist()
    prior = np.array([state.values["severity_mean"][g] for g in names], dtype=np.float64)
    sure = np.array([state.values["severity_sd"][g] ** -2.0 for g in names], dtype=np.float64)
    return (shift + prior * sure) / (precision + sure), 1.0 / np.sqrt(precision + sure)


def _result(
    done: pa.Table, plan: _Plan, state: levels.LevelState, links: pa.Table, news: _Moves, notes: list[str]
) -> ShardedLevels:
    table = pa.concat_tables([unpacked(row["estimates"]) for row in done.to_pylist()])
    table = table.take(pc.sort_indices(table, sort_keys=[("person", "ascending"), ("capability", "ascending")]))
    place = codes_in(table.column("person"), plan.persons)
    component = pa.array(plan.component[place].astype(np.int32))
    table = table.set_column(table.schema.get_field_index("component"), "component", component)
    node, raters, groups = _nodes(links)
    total = [_totals(node, links.column(name), len(raters)) for name in ("shift", "precision")]
    mean, own_sd = _severity(state, groups, *total)
    sd = reported_sd(state, own_sd**2)
    beliefs = pa.table({"rater": raters, "group": groups, "shift": total[0], "precision": total[1]})
    key = {"rater": raters, "group": groups}
    seen = {"severity": mean, "sd": sd, "lo95": mean - Z95 * sd, "hi95": mean + Z95 * sd}
    sums = _added([unpacked(row["sums"]) for row in done.to_pylist()], key)
    of_node = np.zeros(len(raters), dtype=np.int32)
    of_node[node] = plan.component[codes_in(links.column("person"), plan.persons)]
    is_shown = pc.greater_equal(sums["n_persons"], MIN_PERSONS_SHOWN)
    shown = pa.table({**key, **seen, **fit_of(sums), "component": of_node, "shown": is_shown})
    diagnostics = {
        "ratings": plan.ratings,
        "learned_from": state.n_ratings,
        "shards": len(done),
        "raters_shared_by_shards": news.shared,
        "rounds": news.rounds,
        "last_move": news.move,
        "components": int(plan.component.max(initial=-1)) + 1,
        "notes": notes,
        "version": VERSION,
    }
    kept = replace(state, raters=beliefs.cast(state.raters.schema), links=links.select(state.links.column_names))
    return ShardedLevels(table, diagnostics, (*ASSUMPTIONS, *notes), shown, kept.ordered())


def _added(parts: list[pa.Table], key: Mapping[str, pa.Array]) -> pa.Table:
    """The sums of all shards per rater and group, in the order of ``key``."""
    names = ("n_persons", "n_ratings", *SUMS)
    whole = pa.concat_tables(parts).group_by(list(key)).aggregate([(name, "sum") for name in names])
    order = pc.sort_indices(whole, sort_keys=[(name, "ascending") for name in key])
    whole = whole.take(order).select([*key, *(f"{name}_sum" for name in names)]).rename_columns([*key, *names])
    counts = [whole.schema.get_field_index(name) for name in names[:2]]
    for place in counts:
        whole = whole.set_column(place, whole.column_names[place], whole.column(place).cast(pa.int32()))
    return whole
