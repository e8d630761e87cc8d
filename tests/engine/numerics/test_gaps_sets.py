"""Items with the same sets are found exactly, whatever the order of the pairs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from upwell.engine.numerics.gaps_lookup import compressed, lookup
from upwell.engine.numerics.gaps_sets import alike

sets = st.lists(st.sets(st.integers(0, 5), max_size=4), min_size=1, max_size=12)


@given(sets, st.integers(0, 99))
def test_groups_are_the_distinct_sets(found: list[set[int]], seed: int) -> None:
    pairs = [(i, m) for i, members in enumerate(found) for m in members]
    order = np.random.default_rng(seed).permutation(len(pairs))
    item = np.array([pairs[o][0] for o in order], dtype=np.int64)
    member = np.array([pairs[o][1] for o in order], dtype=np.int64)
    result = alike(item, member, len(found), 6)
    assert not result.repeated
    assert result.groups == len({frozenset(members) for members in found})
    for i, members in enumerate(found):
        group = result.group[i]
        assert result.member[result.start[group] : result.start[group + 1]].tolist() == sorted(members)


def test_a_pair_given_twice_is_noticed() -> None:
    assert alike(np.array([0, 1, 0]), np.array([1, 1, 1]), 2, 2).repeated


@given(st.lists(st.integers(0, 50), max_size=30), st.sampled_from([51, 10**12]))
def test_numbers_are_found_where_they_stand(given_keys: list[int], size: int) -> None:
    keys = np.array(given_keys, dtype=np.int64)
    found = lookup(keys, size)
    assert found.repeated == (len(set(given_keys)) < len(given_keys))
    kept, which = compressed(keys, size)
    assert kept.tolist() == sorted(set(given_keys))
    assert kept[which].tolist() == given_keys
    if not found.repeated:
        wanted = [given_keys.index(k) if k in given_keys else -1 for k in range(-1, 51)]
        assert found.find(np.arange(-1, 51)).tolist() == wanted
