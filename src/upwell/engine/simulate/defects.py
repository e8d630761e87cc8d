"""Spoiling a clean export: what real exports contain, and what nobody should survive without noticing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from upwell.engine.errors import ParameterError
from upwell.engine.simulate.organisation import SimulatedOrganisation, iso
from upwell.engine.simulate.streams import Streams

Defects = Literal["none", "real", "hostile"]
DEEP = 200


def spoil(clean: SimulatedOrganisation, defects: Defects, streams: Streams) -> SimulatedOrganisation:
    """The organisation with spoiled people and ratings; truth tables stay as they are.

    real: 1 % of people twice, 2 % without a role, one reporting to themselves, ids with blanks around them, 1 % of
    ratings twice. hostile adds a reporting cycle, cells that begin like a formula, a name of 10,000 characters,
    right-to-left text, a chain 200 managers deep and hire dates in the future.
    """
    if defects == "none":
        return clean
    if defects not in ("real", "hostile"):
        raise ParameterError(f"Unknown defects '{defects}'; choose none, real or hostile.")
    rng = streams.generator("defects")
    rows = clean.people.to_pylist()
    count = len(rows)
    for i in rng.choice(count, max(1, count // 50), replace=False):
        rows[int(i)]["role"] = None
    odd = rng.choice(count, 2, replace=False)
    rows[int(odd[0])]["manager"] = rows[int(odd[0])]["person"]
    rows[int(odd[1])]["unit"] = f"  {rows[int(odd[1])]['unit']} "
    rows.extend(dict(rows[int(i)]) for i in rng.choice(count, max(1, count // 100), replace=False))
    if defects == "hostile":
        _harm(rows, count, rng)
    extra = rng.choice(clean.ratings.num_rows, max(1, clean.ratings.num_rows // 100), replace=False)
    return replace(
        clean,
        people=pa.Table.from_pylist(rows, schema=clean.people.schema),
        ratings=pa.concat_tables([clean.ratings, clean.ratings.take(pa.array(np.sort(extra)))]),
    )


def _harm(rows: list[dict[str, Any]], count: int, rng: np.random.Generator) -> None:
    chosen = [int(i) for i in rng.choice(np.arange(count), min(7, count), replace=False)]
    a, b = chosen[0], chosen[1]
    rows[a]["manager"], rows[b]["manager"] = rows[b]["person"], rows[a]["person"]
    word = "name" if "name" in rows[0] else "unit"
    rows[chosen[2]][word] = '=HYPERLINK("http://example.org","x")'
    rows[chosen[3]][word] = "N" * 10_000
    rows[chosen[4]][word] = "\u202eעדה לאבלייס\u202c"
    if rows[chosen[5]].get("hired_on") is not None:
        rows[chosen[5]]["hired_on"] = iso(60_000)
    deep = dict(rows[chosen[6]])
    for step in range(DEEP):
        below = dict(deep, person=f"deep{step + 1:03d}", manager=deep["person"])
        rows.append(below)
        deep = below
