"""People and their readiness as stocks and flows: rates counted in past snapshots, and their projection by chance.

A role holds people; a cell is a role and a capability it asks for, and splits the role's people into ready and below.
Between two snapshots people leave, move to another role, arrive (hired or moved in), become ready or fall below. Each
rate has a beta posterior whose prior is the rate of all roles or cells together; where past periods differed by more
than chance, so do future ones, and where they did not, becoming ready and falling below depend on the two last
snapshots (a Markov chain of second order). Source: Bartholomew, Forbes and McClean, Statistical Techniques for Manpower
Planning (1991), ch. 4 and 5.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]
PRIOR_PEOPLE = 20.0
"""How many person-periods the common rate counts for in the rate of one role or cell."""
LEAST_FREEDOM = 3.0
"""Degrees of freedom that the variance of a rate between periods has at least: enough for its draws to have a mean."""
SETTLED, CROSSED, FRESH = range(3)
"""What the snapshot before says of a person's state: the same, the other one, or nothing (not in this cell then)."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Snapshots as arrays. `role` is people x periods (-1: absent); `state` is pairs x periods (-1: absent, 0 below,
    1 ready), a pair being a person and a capability."""

    role: Ints
    pair_person: Ints
    pair_capability: Ints
    state: Ints
    roles: int
    capabilities: int

    def until(self, periods: int) -> "Panel":
        """The first `periods` snapshots."""
        return Panel(
            self.role[:, :periods], self.pair_person, self.pair_capability, self.state[:, :periods],
            self.roles, self.capabilities,
        )  # fmt: skip

    def heads(self) -> Ints:
        """People per role and period."""
        return np.stack([np.bincount(r[r >= 0], minlength=self.roles) for r in self.role.T], axis=1)

    def in_state(self, ready: int) -> Ints:
        """Pairs in one state per cell (role x capabilities + capability) and period."""
        cell = self._cell()
        size = self.roles * self.capabilities
        columns = [np.bincount(c[s == ready], minlength=size) for c, s in zip(cell.T, self.state.T, strict=True)]
        return np.stack(columns, axis=1)

    def _cell(self) -> Ints:
        return np.asarray(self.role[self.pair_person] * self.capabilities + self.pair_capability[:, None])


@dataclass(frozen=True, slots=True)
class Excess:
    """Standard deviation, between periods, of the logit of a rate beyond what chance explains, and the degrees of
    freedom its square is known with."""

    sd: float = 0.0
    freedom: float = LEAST_FREEDOM


@dataclass(frozen=True, slots=True)
class Unsteady:
    """How much each rate differed between periods."""

    leave: Excess = Excess()
    move: Excess = Excess()
    up: Excess = Excess()
    down: Excess = Excess()
    fit: Excess = Excess()


@dataclass(frozen=True, slots=True)
class Crossings:
    """Events and the person-periods they could have happened in, apart for SETTLED, CROSSED and FRESH (x cells)."""

    ups: Ints
    below: Ints
    downs: Ints
    ready: Ints


@dataclass(frozen=True, slots=True)
class Flows:
    """Events and the person-periods they could have happened in; moves are role x role. `crossings` are missing where
    periods were too unsteady to tell them apart: every person's rates are then those of `ups` and `downs`."""

    exits: Ints
    moves: Ints
    exposed: Ints
    hires: Ints
    vacated: Ints
    ups: Ints
    below: Ints
    downs: Ints
    ready: Ints
    arrived_ready: Ints
    arrived: Ints
    unsteady: Unsteady = Unsteady()
    crossings: Crossings | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """How a projection is steered: planned heads (roles x steps), whether vacancies are filled, and multipliers per
    role on leaving and on becoming ready."""

    plan: Reals
    hiring: str
    leaving: Reals
    learning: Reals


@dataclass(frozen=True, slots=True)
class Paths:
    """Draws x steps x roles people, and draws x steps x cells ready ones."""

    people: Ints
    ready: Ints


def count_flows(panel: Panel) -> Flows:
    """Count every event between neighbouring snapshots, and see how unsteady the rates were."""
    cell = panel._cell()
    each = [_between(panel, cell, now) for now in range(panel.role.shape[1] - 1)]
    counts = {name: np.stack([getattr(one, name) for one in each]) for name in _COUNTED}
    unsteady = Unsteady(
        leave=count_unsteady(counts["exits"], counts["exposed"]),
        move=count_unsteady(counts["moves"].sum(axis=2), counts["exposed"]),
        up=count_unsteady(counts["ups"], counts["below"]),
        down=count_unsteady(counts["downs"], counts["ready"]),
        fit=count_unsteady(counts["arrived_ready"], counts["arrived"]),
    )
    crossings = None if unsteady.up.sd or unsteady.down.sd else _crossings(panel, cell)
    return Flows(**{name: count.sum(axis=0) for name, count in counts.items()}, unsteady=unsteady, crossings=crossings)


_COUNTED = (
    "exits", "moves", "exposed", "hires", "vacated", "ups", "below", "downs", "ready", "arrived_ready", "arrived",
)  # fmt: skip


def _between(panel: Panel, cell: Ints, now: int) -> Flows:
    """The events between one snapshot and the next."""
    k, size = panel.roles, panel.roles * panel.capabilities
    a, b = panel.role[:, now], panel.role[:, now + 1]
    moves = np.zeros((k, k), dtype=np.int64)
    moved = (a >= 0) & (b >= 0) & (a != b)
    np.add.at(moves, (a[moved], b[moved]), 1)
    exits = np.bincount(a[(a >= 0) & (b < 0)], minlength=k)
    s, t = panel.state[:, now], panel.state[:, now + 1]
    stayed = (cell[:, now] == cell[:, now + 1]) & (s >= 0) & (t >= 0)
    below, ups, ready, downs = (
        np.bincount(cell[stayed & where, now], minlength=size)
        for where in (s == 0, (s == 0) & (t == 1), s == 1, (s == 1) & (t == 0))
    )
    new = (a != b)[panel.pair_person] & (t >= 0)
    return Flows(
        exits, moves, np.bincount(a[a >= 0], minlength=k), np.bincount(b[(a < 0) & (b >= 0)], minlength=k),
        exits + moves.sum(axis=1) - moves.sum(axis=0), ups, below, downs, ready,
        np.bincount(cell[new & (t == 1), now + 1], minlength=size), np.bincount(cell[new, now + 1], minlength=size),
    )  # fmt: skip


def _crossings(panel: Panel, cell: Ints) -> Crossings:
    counts = np.zeros((4, 3, panel.roles * panel.capabilities), dtype=np.int64)
    for now in range(panel.role.shape[1] - 1):
        s, t = panel.state[:, now], panel.state[:, now + 1]
        stayed = (cell[:, now] == cell[:, now + 1]) & (s >= 0) & (t >= 0)
        events = ((s == 0) & (t == 1), s == 0, (s == 1) & (t == 0), s == 1)
        counts += np.stack([_apart(panel, cell, now, stayed & where) for where in events])
    return Crossings(*counts)


def _apart(panel: Panel, cell: Ints, now: int, which: NDArray[np.bool_]) -> Ints:
    """How many of some pairs are SETTLED, CROSSED and FRESH at a snapshot, per cell."""
    size = panel.roles * panel.capabilities
    since = np.full(len(panel.state), FRESH)
    if now > 0:
        known = (cell[:, now - 1] == cell[:, now]) & (panel.state[:, now - 1] >= 0)
        crossed = panel.state[:, now - 1] != panel.state[:, now]
        since = np.where(known, np.where(crossed, CROSSED, SETTLED), FRESH)
    return np.bincount(since[which] * size + cell[which, now], minlength=3 * size).reshape(3, size)


def count_unsteady(events: Ints, exposed: Ints) -> Excess:
    """How much a rate differed between periods (periods x groups), by moments; 0 where chance will do.

    With rate p and n exposed, the squared distance of a period's events from n p is on average n p q plus n^2 p^2 q^2
    times the variance of the logit. The sum of the distances has as many degrees of freedom as a chi-square of the same
    mean and variance (Satterthwaite, 1946).
    """
    total = exposed.sum(axis=0)
    seen = (exposed > 0).sum(axis=0)
    p = events.sum(axis=0) / np.maximum(total, 1)
    own = 1.0 - exposed / np.maximum(total, 1)
    used = (seen > 1) & (p > 0) & (p < 1)
    if not used.any():
        return Excess()
    chance = exposed * p * (1.0 - p) * own
    beyond = ((events - exposed * p) ** 2 - chance)[:, used]
    scale = ((exposed * p * (1.0 - p)) ** 2 * own)[:, used]
    whole = float(scale.sum())
    found = float(beyond.sum()) / whole
    doubt = np.sqrt(2.0 * (chance[:, used] ** 2).sum()) / whole
    if not found > doubt:
        return Excess()
    freedom = (found * whole) ** 2 / ((chance[:, used] + scale * found) ** 2).sum()
    return Excess(float(np.sqrt(found)), max(float(freedom), LEAST_FREEDOM))


def project(panel: Panel, flows: Flows, course: Course, *, draws: int, rng: np.random.Generator) -> Paths:
    """Stocks after each step, with rates drawn once per path and events drawn at each step.

    Hiring: "to_plan" fills vacancies against the planned heads with the past share of vacancies filled, "observed"
    goes on hiring at the past pace, "none" hires nobody. Cells that hold nobody at the start stay empty.
    """
    steps, caps, periods = course.plan.shape[1], panel.capabilities, panel.role.shape[1]
    leave = np.minimum(_rates(flows.exits, flows.exposed, draws, rng) * course.leaving, 1.0)
    move = _rates(flows.moves.sum(axis=1), flows.exposed, draws, rng)
    goes = _destinations(flows.moves, draws, rng)
    filled = _rates(np.minimum(flows.hires, np.maximum(flows.vacated, 0)), np.maximum(flows.vacated, 0), draws, rng)
    pace = rng.gamma(flows.hires + 0.5, 1.0 / (periods - 0.5), (draws, panel.roles))
    now_ready, now_short = _stocks(panel)
    cells = np.flatnonzero((now_ready + now_short).sum(axis=0))
    role = cells // caps
    up, down = _chances(flows, draws, rng, cells)
    up = np.minimum(up * course.learning[role], 1.0)
    fit = _rates(flows.arrived_ready, flows.arrived, draws, rng, cells)
    people = np.tile(panel.heads()[:, -1], (draws, 1))
    ready, short = (np.repeat(stock[:, None, cells], draws, axis=1) for stock in (now_ready, now_short))
    loose = flows.unsteady
    by = [_drawn(one, draws, rng) for one in (loose.leave, loose.move, loose.up, loose.down, loose.fit)]
    rates = zip((leave, move, up, down, fit), by, strict=True)
    settled = [_shaken(rate, sd / np.sqrt(periods - 1), rng) for rate, sd in rates]
    out = Paths(np.empty((draws, steps, panel.roles), np.int64), np.zeros((draws, steps, panel.roles * caps), np.int64))
    for step in range(steps):
        leave, move, up, down, fit = (_shaken(rate, sd, rng) for rate, sd in zip(settled, by, strict=True))
        gone = rng.binomial(people, leave)
        moved = rng.binomial(people - gone, move)
        came = _moved_in(moved, goes, rng)
        stay = 1.0 - (gone + moved) / np.maximum(people, 1)
        people = people - gone - moved + came
        hired = _hired(people, course.plan[:, step], filled, pace, course.hiring, rng)
        people = people + hired
        ready, short = _next_states(ready, short, stay[:, role], up, down, rng)
        arrivals = (came + hired)[:, role]
        fresh = rng.binomial(arrivals, fit)
        ready[FRESH], short[FRESH] = fresh, arrivals - fresh
        out.people[:, step], out.ready[:, step, cells] = people, ready.sum(axis=0)
    return out


def _stocks(panel: Panel) -> tuple[Ints, Ints]:
    """The ready and those below at the last snapshot, each SETTLED, CROSSED and FRESH x cells."""
    cell, last = panel._cell(), panel.role.shape[1] - 1
    ready, short = (_apart(panel, cell, last, panel.state[:, last] == state) for state in (1, 0))
    return ready, short


def _chances(flows: Flows, draws: int, rng: np.random.Generator, cells: Ints) -> tuple[Reals, Reals]:
    """Draws of becoming ready and of falling below, (SETTLED, CROSSED, FRESH) x draws x cells."""
    if flows.crossings is None:
        up = _rates(flows.ups, flows.below, draws, rng, cells)
        down = _rates(flows.downs, flows.ready, draws, rng, cells)
        whole = (3, draws, len(cells))
        return np.broadcast_to(up, whole), np.broadcast_to(down, whole)
    apart = flows.crossings
    ups = [_rates(*one, draws, rng, cells) for one in zip(apart.ups, apart.below, strict=True)]
    downs = [_rates(*one, draws, rng, cells) for one in zip(apart.downs, apart.ready, strict=True)]
    return np.stack(ups), np.stack(downs)


def _rates(events: Ints, exposure: Ints, draws: int, rng: np.random.Generator, of: Ints | slice = slice(None)) -> Reals:
    """Draws of each rate: beta with the common rate as prior, worth PRIOR_PEOPLE person-periods."""
    common = (events.sum() + 0.5) / (exposure.sum() + 1.0)
    events, exposure = events[of], exposure[of]
    a = events + PRIOR_PEOPLE * common
    b = exposure - events + PRIOR_PEOPLE * (1.0 - common)
    return rng.beta(np.maximum(a, 1e-9), np.maximum(b, 1e-9), (draws, len(events)))


def _drawn(excess: Excess, draws: int, rng: np.random.Generator) -> Reals:
    """Draws (x 1) of a standard deviation: its square is scaled inverse chi-square."""
    if excess.sd == 0.0:
        return np.zeros((draws, 1))
    return np.asarray(excess.sd * np.sqrt(excess.freedom / rng.chisquare(excess.freedom, (draws, 1))))


def _shaken(rate: Reals, sd: Reals, rng: np.random.Generator) -> Reals:
    """Rates (.. x draws x groups) moved on the logit scale, each group's by one chance; nothing where `sd` is 0."""
    if not sd.any():
        return rate
    inner = np.clip(rate, 1e-12, 1.0 - 1e-12)
    return np.asarray(1.0 / (1.0 + (1.0 - inner) / inner * np.exp(sd * rng.standard_normal(rate.shape[-2:]))))


def _destinations(moves: Ints, draws: int, rng: np.random.Generator) -> Reals:
    """Draws x from x to: where movers go."""
    share = (moves.sum(axis=0) + 0.5) / (moves.sum() + 0.5 * len(moves))
    weights = moves + share[None, :]
    np.fill_diagonal(weights, 0.0)
    if len(moves) == 1:
        return np.ones((draws, 1, 1))
    drawn = rng.standard_gamma(np.broadcast_to(weights, (draws, *weights.shape)))
    drawn += 1e-300 * (1 - np.eye(len(moves)))
    return np.asarray(drawn / drawn.sum(axis=2, keepdims=True))


def _moved_in(moved: Ints, goes: Reals, rng: np.random.Generator) -> Ints:
    if not moved.any():
        return np.zeros_like(moved)
    return np.asarray(sum(rng.multinomial(moved[:, k], goes[:, k]) for k in range(moved.shape[1])))


def _hired(people: Ints, plan: Reals, filled: Reals, pace: Reals, hiring: str, rng: np.random.Generator) -> Ints:
    if hiring == "none":
        return np.zeros_like(people)
    if hiring == "observed":
        return rng.poisson(pace)
    vacant = np.maximum(np.round(plan).astype(np.int64) - people, 0)
    return rng.binomial(vacant, filled)


def _next_states(
    ready: Ints, short: Ints, stay: Reals, up: Reals, down: Reals, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Those who stayed in the cell, SETTLED or CROSSED; nobody of them is FRESH any more."""
    ready, short = rng.binomial(ready, stay), rng.binomial(short, stay)
    rises, falls = rng.binomial(short, up), rng.binomial(ready, down)
    nobody = np.zeros_like(stay, dtype=np.int64)
    ready, short = (ready - falls).sum(axis=0), (short - rises).sum(axis=0)
    return np.stack([ready, rises.sum(axis=0), nobody]), np.stack([short, falls.sum(axis=0), nobody])
