"""Levels: speed and memory, the cost of one new rating, and coverage and errors where the truth is known."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.engine.lines import Cost, Line, Size, apart, cost_of
from upwell.engine import gaps, levels
from upwell.engine.levels import LevelParameters, LevelsResult
from upwell.engine.numerics import ep
from upwell.engine.scales import LatentScale

Reals = NDArray[np.float64]
SOURCES = ("self", "manager", "peer")
COLUMNS = ("person", "capability", "rater", "source", "category", "rated_on")
AS_OF = 100


@dataclass(frozen=True)
class World:
    """An organisation in teams of eight; standard deviations and means in levels, ages in months."""

    people: int = 250
    capabilities: int = 4
    peers: int = 2
    share_rated: float = 1.0
    severity: float = 0.55
    halo: float = 0.5
    noise: tuple[float, float, float] = (1.0, 1.0, 1.0)
    lean: tuple[float, float, float] = (-0.4, 0.0, -0.1)
    drift: float = 0.07
    oldest: int = 24
    cuts: tuple[float, ...] = (1.5, 2.5, 3.5, 4.5)
    across_teams: float = 0.35
    self_rates: bool = True


REGIMES = {
    "teams with manager, two peers and self": World(),
    "one manager and a self-rating": World(peers=0),
    "sparse: a third of the cells rated": World(share_rated=0.35),
    "raters all alike": World(severity=0.02, halo=0.02, lean=(0.0, 0.0, 0.0)),
    "strong halo": World(halo=0.9),
    "severe and lenient raters": World(severity=1.0),
    "self-ratings noisy and high": World(noise=(2.0, 1.0, 1.0), lean=(-0.8, 0.0, 0.0)),
    "evidence up to five years old": World(drift=0.1, oldest=60),
    "uneven cuts, published": World(cuts=(1.6, 2.2, 3.3, 4.0)),
    "teams rated by their own manager alone": World(peers=0, self_rates=False, people=400),
}
SMALL = {n: replace(World(), people=n, capabilities=2) for n in (8, 24, 60)}


def drawn(world: World, seed: int) -> tuple[pa.Table, Reals]:
    """Ratings of a world and the true levels (people x capabilities)."""
    rng = np.random.default_rng(seed)
    n, c, m = world.people, world.capabilities, world.peers + 2
    truth = 3.0 + rng.normal(0, 0.55, (n, 1)) + rng.normal(0, 0.5, (n, c))
    person = np.arange(n)
    team = person // 8
    mates = (8 * team[:, None] + (person[:, None] + 1 + np.arange(world.peers)) % 8) % n
    strangers = (person[:, None] + rng.integers(1, max(n, 2), (n, world.peers))) % n
    peers = np.where(rng.random((n, world.peers)) < world.across_teams, strangers, mates)
    rater = np.concatenate([person[:, None], n + team[:, None], peers], axis=1)
    source = np.array([0, 1] + [2] * world.peers)
    lean = np.array(world.lean)[source]
    own = rng.normal(0, world.severity, (3, n + int(team[-1]) + 1))
    severity = lean + own[source[None, :], rater]
    halo = rng.normal(0, world.halo, (n, m, 1))
    age = rng.integers(0, max(world.oldest, 1), (n, m, c))
    sd = np.sqrt(np.array(world.noise)[source][None, :, None] ** 2 + world.drift * age)
    seen = truth[:, None, :] - severity[:, :, None] + halo + sd * rng.normal(size=(n, m, c))
    category = 1 + (seen[..., None] > np.array(world.cuts)).sum(axis=-1)
    kept = rng.random((n, m, c)) < world.share_rated
    kept[:, 0] &= world.self_rates
    order = rng.permutation(int(kept.sum()))
    shape = kept.shape
    columns = (
        np.broadcast_to(person[:, None, None], shape)[kept][order],
        np.broadcast_to(np.arange(c), shape)[kept][order],
        np.broadcast_to(rater[:, :, None], shape)[kept][order],
        pa.array(SOURCES).take(pa.array(np.broadcast_to(source[None, :, None], shape)[kept][order])),
        category[kept][order],
        (AS_OF - age)[kept][order],
    )
    return pa.table(dict(zip(COLUMNS, columns, strict=True))), truth


@dataclass(frozen=True)
class Score:
    """Coverage of the 95 and 80 % intervals, and root mean squared errors by method."""

    covered: float
    covered80: float
    rmse: dict[str, float]
    sweeps: int


def scored(world: World, seeds: range, parameters: LevelParameters | None = None) -> Score:
    """Levels, the mean, the last rating and the order of sources against the truth, over several seeds."""
    hits, hits80, sweeps = [], [], 0
    errors: dict[str, list[Reals]] = {name: [] for name in ("levels", "mean", "last", "source order")}
    for seed in seeds:
        table, truth = drawn(world, seed)
        scale = LatentScale("five", world.cuts)
        found = levels.estimate(table, as_of=AS_OF, scale=scale, parameters=parameters)
        sweeps = max(sweeps, int(found.diagnostics["sweeps"]) if found.diagnostics["converged"] else 999)
        frame = found.estimates
        at = truth[frame["person"].to_numpy(), frame["capability"].to_numpy()]
        hits.append((frame["lo95"].to_numpy() <= at) & (at <= frame["hi95"].to_numpy()))
        hits80.append((frame["lo80"].to_numpy() <= at) & (at <= frame["hi80"].to_numpy()))
        errors["levels"].append(frame["level"].to_numpy() - at)
        for name, guess in plain(table, world).items():
            errors[name].append(guess - at)
    rmse = {name: float(np.sqrt(np.mean(np.concatenate(parts) ** 2))) for name, parts in errors.items()}
    return Score(float(np.mean(np.concatenate(hits))), float(np.mean(np.concatenate(hits80))), rmse, sweeps)


def plain(table: pa.Table, world: World) -> dict[str, Reals]:
    """What systems without a rater model show, per person x capability in the order of the estimates."""
    edges = np.array([1.0, *world.cuts, 5.0])
    middle = np.array([1.0, *(0.5 * (edges[1:-2] + edges[2:-1])), 5.0])
    value = middle[table["category"].to_numpy() - 1]
    key = table["person"].to_numpy() * world.capabilities + table["capability"].to_numpy()
    _, cell = np.unique(key, return_inverse=True)
    when = table["rated_on"].to_numpy()
    rank = np.array([0, 2, 1])[np.array([SOURCES.index(name) for name in table["source"].to_pylist()])]

    def best(*order: NDArray[np.int64]) -> Reals:
        rows = np.lexsort((*order, cell))
        last = np.flatnonzero(np.append(cell[rows][1:] != cell[rows][:-1], True))
        return value[rows[last]]

    mean = np.bincount(cell, value) / np.bincount(cell)
    return {"mean": mean, "last": best(when), "source order": best(when, rank)}


def measure(size: Size) -> Iterator[Line]:
    """All lines of this area."""
    full = size is Size.FULL
    with tempfile.TemporaryDirectory() as folder:
        for count, limit in ((1_000_000, 3.0), (10_000_000, 45.0)) if full else ((300_000, 3.0),):
            yield from _speed(Path(folder) / "ratings.parquet", count, limit)
        yield from _one_rating(Path(folder) / "many.parquet", 1_000_000 if full else 50_000)
    for name, world in REGIMES.items():
        yield _regime(name, world, range(8 if full else 1), full=full)
    for people, world in SMALL.items():
        yield _few(people, world, range(60 if full else 6))
    yield _cuts(range(6 if full else 1))


def write_ratings(path: str, world: World) -> int:
    """Draw a world into a file; in a process of its own, so that its memory is not ours."""
    table, _ = drawn(world, 0)
    pq.write_table(table, path)
    return int(table.num_rows)


def estimate_file(path: str, warm: str | None, *, compiled: bool = True) -> tuple[Cost, int, float]:
    """Cost of a run with the input in memory, its sweeps and the input's megabytes; `warm` is run before."""
    if not compiled:
        ep.COMPILED_FROM = 10**12
    if warm:
        levels.estimate(pq.read_table(warm), as_of=AS_OF)
    table = pq.read_table(path)
    found, cost = cost_of(lambda: levels.estimate(table, as_of=AS_OF))
    return cost, int(found.diagnostics["sweeps"]), table.nbytes / 2**20


def _speed(path: Path, count: int, limit: float) -> Iterator[Line]:
    world = World(people=count // 24, capabilities=6)
    apart(write_ratings, str(path), world)
    warm = path.with_name("warm.parquet")
    apart(write_ratings, str(warm), replace(world, people=10_000))
    apart(estimate_file, str(warm), None)  # the compiled loop is kept on disk from here on
    cost, sweeps, megabytes = apart(estimate_file, str(path), str(warm))
    cold, _, _ = apart(estimate_file, str(path), None)
    name = f"{count:,} ratings, 6 capabilities, halo"
    slow = None
    if count == 1_000_000:
        slow = apart(_in_arrays, str(path))
    yield Line(
        name,
        f"{cost}, {sweeps} sweeps; input {megabytes:,.0f} MB",
        f"{limit:.0f} s on two cores, 1,500 MB",
        f"same sweeps in numpy {slow}" if slow else "",
        cost.cpu / slow.cpu if slow else None,
        cost.wall <= limit and cost.peak_mb <= 1500 if count >= 1_000_000 else None,
    )
    yield Line(f"{name}, first run of a process", str(cold))


def _in_arrays(path: str) -> Cost:
    return estimate_file(path, None, compiled=False)[0]


def _one_rating(path: Path, people: int) -> Iterator[Line]:
    world = World(people=people, capabilities=1, peers=1)
    apart(write_ratings, str(path), world)
    state, update, merge = apart(update_file, str(path))
    yield Line(
        f"one new rating among {people:,} people: level, gap and state",
        f"{1e3 * (update + merge):.1f} ms CPU ({1e3 * merge:.1f} of it for the state), median of 40",
        "20 ms",
        f"full run {state:.1f} s CPU",
        met=update + merge <= 0.02,
    )


def update_file(path: str) -> tuple[float, float, float]:
    """CPU seconds of a full run, of one update with its gap, and of taking it into the state (medians of 40)."""
    table = pq.read_table(path)
    found, cost = cost_of(lambda: levels.estimate(table, as_of=AS_OF))
    state, person = found.state, table["person"].to_numpy()
    order = np.argsort(person, kind="stable")
    starts = np.searchsorted(person[order], np.arange(person.max() + 2))
    updates, merges = [], []
    for who in np.random.default_rng(0).integers(0, person.max(), 40):
        rows = table.take(pa.array(order[starts[who] : starts[who + 1]]))
        news = pa.table([[int(who)], [0], [int(who) + 1], ["peer"], [5], [AS_OF]], names=list(COLUMNS))
        required = pa.table({"person": [int(who)], "capability": [0], "role": [1], "required": [4.0], "weight": [1.0]})
        begin = time.process_time()
        moved: LevelsResult = levels.update(state, pa.concat_tables([rows, news.cast(rows.schema)]), as_of=AS_OF)
        gaps.compute(moved.estimates, required)
        middle = time.process_time()
        state = state.merged(moved.state)
        updates.append(middle - begin)
        merges.append(time.process_time() - middle)
    return cost.cpu, float(np.median(updates)), float(np.median(merges))


def _regime(name: str, world: World, seeds: range, *, full: bool) -> Line:
    found = scored(world, seeds)
    best = min(value for key, value in found.rmse.items() if key != "levels")
    others = ", ".join(f"{key} {value:.3f}" for key, value in found.rmse.items() if key != "levels")
    good = 0.94 <= found.covered <= 0.96 and found.rmse["levels"] < best
    return Line(
        f"{name} ({len(seeds)} seeds)",
        f"95 % covers {100 * found.covered:.1f} %, 80 % covers {100 * found.covered80:.1f} %, "
        f"RMSE {found.rmse['levels']:.3f}, {found.sweeps} sweeps",
        "94-96 %; RMSE below all others",
        others,
        found.rmse["levels"] / best,
        good if full else None,
    )


def _few(people: int, world: World, seeds: range) -> Line:
    found = scored(world, seeds)
    rows = drawn(world, 0)[0].num_rows
    return Line(
        f"few ratings: {people} people, {rows} ratings ({len(seeds)} seeds)",
        f"95 % covers {100 * found.covered:.1f} %, RMSE {found.rmse['levels']:.3f}",
        "at least 94 %",
        f"mean {found.rmse['mean']:.3f}",
        found.rmse["levels"] / found.rmse["mean"],
        found.covered >= 0.94 if len(seeds) > 20 else None,
    )


def _cuts(seeds: range) -> Line:
    """Cuts that are not published, learned from even ones with the same centre and spread."""
    true = (1.6, 2.2, 3.3, 4.0)
    even = np.linspace(-1, 1, len(true))
    guess = tuple(float(np.mean(true) + np.std(true) * step / np.std(even)) for step in even)
    worst, held = [], []
    for seed in seeds:
        table, _ = drawn(World(people=1_000, cuts=true), seed)
        learn = LevelParameters(learn_cuts=("common",))
        found = levels.estimate(table, as_of=AS_OF, scale=LatentScale("guess", guess), parameters=learn)
        worst.append(np.abs(np.array(found.fit["thresholds"]["common"]) - true).max())
        held.append(np.abs(np.array(guess) - true).max())
    return Line(
        f"cuts learned from even ones ({len(seeds)} seeds)",
        f"largest error {max(worst):.3f} levels",
        "below 0.1",
        f"even cuts {max(held):.3f}",
        max(worst) / max(held),
        max(worst) < 0.1,
    )
