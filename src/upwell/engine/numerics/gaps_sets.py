"""Items that belong to exactly the same sets, found once: people on one seat of the tree, or with the same roles.

A million people sit on some ten thousand seats. What is summed per seat first is summed over the tree for nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Alike:
    """``group`` of every item, and the members of group g at ``member[start[g]:start[g + 1]]``, ascending.

    ``repeated`` says that a pair was given twice, and then the groups mean nothing.
    """

    group: Codes
    start: Codes
    member: Codes
    repeated: bool

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.start) - 1


def alike(item: Codes, member: Codes, n_items: int, n_members: int) -> Alike:
    """Group items by the exact set of their members. Pairs come in any order, each once; items may have none.

    Exact and not by hash: an item is first compared with one that shares its rarest member, in a tree its own unit,
    and only what differs there is sorted out set by set.
    """
    member, start, count, repeated = _listed(item, member, n_items, max(n_members, 1))
    first = _lookalike(member, start, count, n_members)
    same = _equal_lists(member, start, count, first)
    group = np.where(same, first, -1)
    odd = np.flatnonzero(~same)
    if len(odd):
        width = int(count[odd].max())
        place = start[odd][:, None] + np.arange(width)
        inside = np.arange(width) < count[odd][:, None]
        lists = np.where(inside, member[np.minimum(place, len(member) - 1)], -1)
        _, chosen, inverse = np.unique(lists, axis=0, return_index=True, return_inverse=True)
        group[odd] = odd[chosen[inverse.ravel()]]
    shown, compact = _compact(group, n_items)
    sizes = count[shown]
    begins = np.concatenate([[0], np.cumsum(sizes)])
    inside_group = np.arange(begins[-1]) - np.repeat(begins[:-1], sizes)
    return Alike(compact, begins, member[np.repeat(start[shown], sizes) + inside_group], repeated)


def _listed(item: Codes, member: Codes, n_items: int, n_members: int) -> tuple[Codes, Codes, Codes, bool]:
    key = item * n_members + member
    repeated = False
    if len(key) > 1 and not bool((key[1:] > key[:-1]).all()):
        key = np.sort(key)
        repeated = bool((key[1:] == key[:-1]).any())
        item, member = np.divmod(key, n_members)
    count = np.bincount(item, minlength=n_items)
    return member, np.cumsum(count) - count, count, repeated


def _lookalike(member: Codes, start: Codes, count: Codes, n_members: int) -> Codes:
    """For each item the first item with the same rarest member; for items without any, the first of these."""
    held = np.bincount(member, minlength=max(n_members, 1))
    rank = np.empty(len(held), dtype=np.int64)
    rank[np.argsort(held, kind="stable")] = np.arange(len(held))
    rarest = np.full(len(count), len(held), dtype=np.int64)
    filled = np.flatnonzero(count)
    if len(filled):
        rarest[filled] = np.minimum.reduceat(rank[member], start[filled])
    first = np.full(len(held) + 1, -1, dtype=np.int64)
    first[rarest[::-1]] = np.arange(len(count) - 1, -1, -1)
    return first[rarest]


def _equal_lists(member: Codes, start: Codes, count: Codes, other: Codes) -> NDArray[np.bool_]:
    same = count == count[other]
    shift = np.repeat(np.where(same, start[other] - start, 0), count)
    differs = member != member[np.arange(len(member)) + shift]
    item_differs = np.zeros(len(count), dtype=bool)
    item_differs[np.repeat(np.arange(len(count)), count)[differs]] = True
    found: NDArray[np.bool_] = same & ~item_differs
    return found


def _compact(group: Codes, n_items: int) -> tuple[Codes, Codes]:
    used = np.zeros(n_items, dtype=bool)
    used[group] = True
    shown = np.flatnonzero(used)
    return shown, (np.cumsum(used) - 1)[group]
