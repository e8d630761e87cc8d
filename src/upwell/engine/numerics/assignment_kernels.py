"""The best bundle of one person at given prices, as compiled loops; see ``knapsack`` for what the arrays mean.

Branch and bound over the person's items (each item once, in one of its periods), densest first, with the bound of
the continuous knapsack over the hours that are left (Dantzig 1957; Horowitz and Sahni 1974). Compiling takes seconds,
so this is imported only when a plan is made; without numba the same loops are interpreted.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

try:
    from numba import njit
except ImportError:  # the same loops, slowly: right for small plans, and `knapsack` does the easy people in numpy

    def njit(**_):  # type: ignore[no-untyped-def]
        """Leave the function as it is."""
        return lambda function: function


ENDLESS = 1e14
EPS = 1e-12
PATIENCE = 200
"""Nodes after which a search begins to settle for nearly the best."""


class Rows(NamedTuple):
    """The candidates as the loops read them."""

    start: NDArray[np.int64]
    value: NDArray[np.float64]
    cost: NDArray[np.float64]
    hours: NDArray[np.float64]
    pot: NDArray[np.int32]
    second: NDArray[np.int32]
    session: NDArray[np.int32]
    item: NDArray[np.int32]
    slot: NDArray[np.int32]
    group: NDArray[np.int32]
    forced: NDArray[np.bool_]
    need_start: NDArray[np.int64]
    need: NDArray[np.int32]
    limit: NDArray[np.float64]
    discount: float
    nodes: int


class Desk(NamedTuple):
    """Room to work on one person at a time."""

    net: NDArray[np.float64]
    keep: NDArray[np.bool_]
    row: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    top: NDArray[np.float64]
    least: NDArray[np.float64]
    due: NDArray[np.bool_]
    ahead: NDArray[np.float64]
    option: NDArray[np.int64]
    taken: NDArray[np.int64]
    before: NDArray[np.float64]
    worth: NDArray[np.float64]
    used: NDArray[np.float64]
    seen: NDArray[np.bool_]
    best: NDArray[np.int64]


def desk(most: int, slots: int) -> Desk:
    """Room for persons of at most so many candidates in so many periods."""
    n = most + 2

    def real() -> NDArray[np.float64]:
        return np.zeros(n)

    def whole() -> NDArray[np.int64]:
        return np.zeros(n, dtype=np.int64)

    def flag(size: int = n) -> NDArray[np.bool_]:
        return np.zeros(size, dtype=np.bool_)

    return Desk(
        real(), flag(), whole(), whole(), whole(), real(), real(), flag(), real(), whole(), whole(), real(), real(),
        np.zeros(slots + 1), flag(slots + 1), whole(),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _keep_useful(s, d, a, b, pen, w, everything, capped, money, seats):  # type: ignore[no-untyped-def]
    """Mark what could be in a best bundle: worth its price, a duty, or required by one that is kept; and that fits."""
    for j in range(a, b):
        d.net[j - a] = w * s.value[j] - pen[j]
        d.keep[j - a] = everything or d.net[j - a] > 0.0 or s.forced[j]
        if capped and not _fits(s, d, 0, j, np.inf, True, money, seats):
            d.keep[j - a] = False
    if s.need_start[b] == s.need_start[a]:
        return False
    changed, asked = True, False
    while changed:
        changed = False
        for j in range(a, b):
            if not d.keep[j - a]:
                continue
            for q in range(s.need_start[j], s.need_start[j + 1]):
                asked = True
                for i in range(a, b):
                    if s.item[i] == s.need[q] and not d.keep[i - a] and (
                        not capped or _fits(s, d, 0, i, np.inf, True, money, seats)
                    ):
                        d.keep[i - a] = True
                        changed = True
    return asked


@njit(cache=True, nogil=True)
def _lay_out(s, d, a, b):  # type: ignore[no-untyped-def]
    """The kept candidates as items with their options, best first; the number of items, -1 if a duty has none."""
    m, n, j = 0, 0, a
    while j < b:
        d.low[m] = n
        d.due[m] = s.forced[j]
        d.least[m] = np.inf
        end = j
        while end < b and s.item[end] == s.item[j]:
            if d.keep[end - a]:
                at = n
                while at > d.low[m] and d.net[d.row[at - 1] - a] < d.net[end - a]:
                    d.row[at] = d.row[at - 1]
                    at -= 1
                d.row[at] = end
                d.least[m] = min(d.least[m], s.hours[end])
                n += 1
            end += 1
        j = end
        if n == d.low[m] and d.due[m]:
            return -1
        if n > d.low[m]:
            d.high[m] = n
            d.top[m] = d.net[d.row[d.low[m]] - a]
            m += 1
    return m


@njit(cache=True, nogil=True)
def _easy(s, d, m, limit, capped, money, seats):  # type: ignore[no-untyped-def]
    """Whether everybody's best option of every item fits together; then it is the best bundle, left in `best`."""
    n = 0
    worth = 0.0
    for i in range(m):
        if not d.due[i] and d.top[i] <= 0.0:
            continue
        r = d.row[d.low[i]]
        total = s.hours[r]
        for q in range(n):
            other = d.best[q]
            if s.group[r] >= 0 and s.group[other] == s.group[r]:
                return False, 0.0, 0
            if s.slot[other] == s.slot[r]:
                total += s.hours[other]
        if total > limit + 1e-9 or (capped and not _fits(s, d, n, r, np.inf, True, money, seats)):
            return False, 0.0, 0
        d.best[n] = r
        d.taken[n] = r
        n += 1
        worth += d.top[i]
    return True, worth, n


@njit(cache=True, nogil=True)
def _densest_first(d, m):  # type: ignore[no-untyped-def]
    """Sort the items: duties, then net worth per hour; and what all from each on could add at most."""
    for i in range(1, m):
        low, high, top, least, due = d.low[i], d.high[i], d.top[i], d.least[i], d.due[i]
        at = i
        while at > 0 and not d.due[at - 1]:
            above, below = d.top[at - 1], d.top[at - 1]
            if top > 0.0 and above > 0.0:
                earlier = top * (d.least[at - 1] + 1e-9) > above * (least + 1e-9)
            else:
                earlier = top > below
            if not (due or earlier):
                break
            d.low[at], d.high[at], d.top[at] = d.low[at - 1], d.high[at - 1], d.top[at - 1]
            d.least[at], d.due[at] = d.least[at - 1], d.due[at - 1]
            at -= 1
        d.low[at], d.high[at], d.top[at], d.least[at], d.due[at] = low, high, top, least, due
    d.ahead[m] = 0.0
    for i in range(m - 1, -1, -1):
        d.ahead[i] = d.ahead[i + 1] + (d.top[i] if d.due[i] or d.top[i] > 0.0 else 0.0)


@njit(cache=True, nogil=True, forceinline=True)
def _at_most(d, i, m, left):  # type: ignore[no-untyped-def]
    """What items from `i` on can add within the hours left: the continuous knapsack."""
    total = 0.0
    while i < m:
        if d.due[i]:
            total += d.top[i]
            left -= d.least[i]
        elif d.top[i] > 0.0:
            if d.least[i] > left:
                return total + (d.top[i] * max(left, 0.0) / d.least[i])
            total += d.top[i]
            left -= d.least[i]
        else:
            return total
        i += 1
    return total


@njit(cache=True, nogil=True, forceinline=True)
def _gain(s, d, depth, r, w):  # type: ignore[no-untyped-def]
    """What row `r` adds to the value of the bundle so far: overlap counts the k-th best discount ** k."""
    if s.group[r] < 0:
        return w * s.value[r]
    rank = 0
    for q in range(depth):
        t = d.taken[q]
        if t >= 0 and s.group[t] == s.group[r] and _ahead_of(s, t, r):
            rank += 1
    gain = s.value[r] * s.discount**rank
    for q in range(depth):
        t = d.taken[q]
        if t >= 0 and s.group[t] == s.group[r] and not _ahead_of(s, t, r):
            place = 0
            for o in range(depth):
                u = d.taken[o]
                if u >= 0 and u != t and s.group[u] == s.group[r] and _ahead_of(s, u, t):
                    place += 1
            gain -= (1.0 - s.discount) * s.value[t] * s.discount**place
    return w * gain


@njit(cache=True, nogil=True, forceinline=True)
def _ahead_of(s, t, r):  # type: ignore[no-untyped-def]
    return s.value[t] > s.value[r] or (s.value[t] == s.value[r] and t < r)


@njit(cache=True, nogil=True, forceinline=True)
def _fits(s, d, depth, r, limit, capped, money, seats):  # type: ignore[no-untyped-def]
    if d.used[s.slot[r]] + s.hours[r] > limit + 1e-9:
        return False
    if not capped:
        return True
    first, second, places = s.cost[r], s.cost[r], 1.0
    for q in range(depth):
        t = d.taken[q]
        if t < 0:
            continue
        if s.pot[t] == s.pot[r]:
            first += s.cost[t]
        if s.second[t] == s.second[r]:
            second += s.cost[t]
        if s.session[t] == s.session[r]:
            places += 1.0
    if first > money[s.pot[r]] or (s.second[r] >= 0 and second > money[s.second[r]]):
        return False
    return s.session[r] < 0 or places <= seats[s.session[r]]


@njit(cache=True, nogil=True)
def _needs_met(s, d, m):  # type: ignore[no-untyped-def]
    for q in range(m):
        t = d.taken[q]
        if t < 0:
            continue
        for n in range(s.need_start[t], s.need_start[t + 1]):
            met = False
            for o in range(m):
                u = d.taken[o]
                if u >= 0 and s.item[u] == s.need[n] and s.slot[u] <= s.slot[t]:
                    met = True
                    break
            if not met:
                return False
    return True


@njit(cache=True, nogil=True)
def _hours_in_all(s, d, m, limit):  # type: ignore[no-untyped-def]
    """Hours over all periods that the kept candidates could use."""
    if limit >= ENDLESS:
        return np.inf
    total = 0.0
    for i in range(m):
        for o in range(d.low[i], d.high[i]):
            d.seen[s.slot[d.row[o]]] = False
    for i in range(m):
        for o in range(d.low[i], d.high[i]):
            t = s.slot[d.row[o]]
            if not d.seen[t]:
                d.seen[t] = True
                d.used[t] = 0.0
                total += limit
    return total


@njit(cache=True, nogil=True)
def _search(s, d, m, limit, w, pen, bonus, must, asked, begin, capped, money, seats):  # type: ignore[no-untyped-def]
    """Best bundle worth more than `begin` into `best`: its worth, its size (-1: none), the bound, cut short.

    Long searches settle for ever more: what they pass over is counted in the bound.
    """
    _densest_first(d, m)
    hours = _hours_in_all(s, d, m, limit)
    if limit >= ENDLESS:
        d.used[:] = 0.0
    top, size, depth, nodes, spent = begin, -1, 0, 0, 0.0
    root = _at_most(d, 0, m, hours) + bonus
    passed = -np.inf
    slack = EPS
    d.worth[0] = 0.0
    entering = True
    count = 0
    while depth >= 0:
        if entering:
            nodes += 1
            if nodes > s.nodes:
                return top, size, max(root, top), True
            if nodes > PATIENCE and nodes % 64 == 0:
                slack = 5e-5 * (nodes / PATIENCE) * abs(root)
            if depth == m:
                total = d.worth[m] + (bonus if count > 0 else 0.0)
                if total > top + EPS and (count > 0 or not must) and (not asked or _needs_met(s, d, m)):
                    top, size = total, 0
                    for q in range(m):
                        if d.taken[q] >= 0:
                            d.best[size] = d.taken[q]
                            size += 1
            else:
                most = d.worth[depth] + bonus + (
                    d.ahead[depth] if limit >= ENDLESS else _at_most(d, depth, m, hours - spent)
                )
                if most > top + slack:
                    d.option[depth] = d.low[depth]
                    d.taken[depth] = -1
                    entering = False
                    continue
                passed = max(passed, most)
            depth -= 1
            entering = False
            continue
        r = d.taken[depth]
        if r >= 0:
            d.used[s.slot[r]] = d.before[depth]
            spent -= s.hours[r]
            count -= 1
            d.taken[depth] = -1
        o = d.option[depth]
        while o < d.high[depth] and not _fits(s, d, depth, d.row[o], limit, capped, money, seats):
            o += 1
        if o < d.high[depth]:
            r = d.row[o]
            d.worth[depth + 1] = d.worth[depth] + _gain(s, d, depth, r, w) - pen[r]
            d.before[depth] = d.used[s.slot[r]]
            d.used[s.slot[r]] += s.hours[r]
            spent += s.hours[r]
            count += 1
            d.taken[depth] = r
            d.option[depth] = o + 1
        elif o == d.high[depth] and not d.due[depth]:
            d.worth[depth + 1] = d.worth[depth]
            d.option[depth] = o + 1
        else:
            depth -= 1
            continue
        depth += 1
        entering = True
    return top, size, max(top, passed) if slack > EPS else top, False


@njit(cache=True, nogil=True)
def _best_of(s, d, p, w, pen, bonus, must, begin, capped, money, seats):  # type: ignore[no-untyped-def]
    """Best bundle of person `p` worth more than `begin`: worth, size (-1: none), bound, cut short."""
    a, b = s.start[p], s.start[p + 1]
    asked = _keep_useful(s, d, a, b, pen, w, False, capped, money, seats)
    m = _lay_out(s, d, a, b)
    if m < 0:
        return -np.inf, -1, -np.inf, False
    if not asked:
        easy, worth, size = _easy(s, d, m, s.limit[p], capped, money, seats)
        if easy and size > 0:
            return worth + bonus, size if worth + bonus > begin else -1, worth + bonus, False
        if easy and bonus <= 0.0 and not must:
            return 0.0, 0 if begin < 0.0 else -1, 0.0, False
    worth, size, bound, cut = _search(s, d, m, s.limit[p], w, pen, bonus, must, asked, begin, capped, money, seats)
    if size <= 0 and (bonus > 0.0 or must) and not cut:
        asked = _keep_useful(s, d, a, b, pen, w, True, capped, money, seats)
        m = _lay_out(s, d, a, b)
        if m < 0:
            return -np.inf, -1, -np.inf, False
        return _search(s, d, m, s.limit[p], w, pen, bonus, must, asked, begin, capped, money, seats)
    return worth, size, bound, cut


@njit(cache=True, nogil=True)
def _held(s, d, p, w, pen, chosen, mine):  # type: ignore[no-untyped-def]
    """The chosen rows of person `p` into `mine`: how many, and what they are worth at the prices."""
    count = 0
    worth = 0.0
    for r in range(s.start[p], s.start[p + 1]):
        if chosen[r]:
            worth += _gain(s, d, count, r, w) - pen[r]
            d.taken[count] = r
            mine[count] = r
            count += 1
    return count, worth


@njit(cache=True, nogil=True)
def best_bundles(s, d, persons, pen, weight, bonus, chosen, best):  # type: ignore[no-untyped-def]
    """Every person's best bundle when shared things cost `pen`; how many searches were cut short.

    `chosen` holds bundles that were best at other prices, or none: a good bundle to begin with shortens the search.
    """
    none = np.zeros(0)
    mine = np.zeros(len(d.best), dtype=np.int64)
    cuts = 0
    for p in persons:
        count, now = _held(s, d, p, weight[p], pen, chosen, mine)
        begin = now + bonus[p] - EPS if count > 0 else -np.inf
        _, size, bound, cut = _best_of(s, d, p, weight[p], pen, bonus[p], False, begin, False, none, none)
        best[p] = max(bound, begin)
        cuts += cut
        if size >= 0:
            for q in range(count):
                chosen[mine[q]] = False
            for q in range(size):
                chosen[d.best[q]] = True
    return cuts


@njit(cache=True, nogil=True)
def _move(s, rows, size, sign, money, seats):  # type: ignore[no-untyped-def]
    for q in range(size):
        r = rows[q]
        money[s.pot[r]] += sign * s.cost[r]
        if s.second[r] >= 0:
            money[s.second[r]] += sign * s.cost[r]
        if s.session[r] >= 0:
            seats[s.session[r]] += sign


@njit(cache=True, nogil=True)
def reassign(s, d, order, pen, weight, needed, unit, surplus, apply, chosen, money, seats, gains):  # type: ignore[no-untyped-def]
    """In this order give each person the best bundle that what is left allows, their own share put back first.

    `needed` persons must get something even at a loss; a served person of a unit without `surplus` stays served. With
    `apply` the plan and what is left change, else only `gains` is written: worth now less worth before.
    """
    mine = np.zeros(len(d.best), dtype=np.int64)
    for p in order:
        count, now = _held(s, d, p, weight[p], pen, chosen, mine)
        _move(s, mine, count, 1.0, money, seats)
        must = needed[p] or (count > 0 and surplus[unit[p]] <= 0)
        begin = -np.inf if needed[p] and count == 0 else now + 1e-10
        worth, size, _, _ = _best_of(s, d, p, weight[p], pen, 0.0, must, begin, True, money, seats)
        better = size >= 0
        gains[p] = worth - now if better else 0.0
        if not (apply and better):
            _move(s, mine, count, -1.0, money, seats)
            continue
        for q in range(count):
            chosen[mine[q]] = False
        for q in range(size):
            chosen[d.best[q]] = True
        _move(s, d.best, size, -1.0, money, seats)
        surplus[unit[p]] += (1 if size > 0 else 0) - (1 if count > 0 else 0)


@njit(cache=True, nogil=True)
def values_of(s, d, chosen, out, added):  # type: ignore[no-untyped-def]
    """Value of each person's chosen bundle, and what each row adds after the better ones of its group."""
    for p in range(len(s.start) - 1):
        total = 0.0
        for r in range(s.start[p], s.start[p + 1]):
            if not chosen[r]:
                continue
            rank = 0
            if s.group[r] >= 0:
                for t in range(s.start[p], s.start[p + 1]):
                    if chosen[t] and t != r and s.group[t] == s.group[r] and _ahead_of(s, t, r):
                        rank += 1
            added[r] = s.value[r] * s.discount**rank
            total += added[r]
        out[p] = total
