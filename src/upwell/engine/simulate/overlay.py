"""Simulated ratings, results and learning laid over a given structure, with the truth kept apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

import numpy as np

from upwell.engine.errors import ParameterError
from upwell.engine.simulate import writing
from upwell.engine.simulate.designs import DEFAULT_KPIS, KpiDesign, ProgrammeDesign, RatingDesign
from upwell.engine.simulate.organisation import SimulatedOrganisation
from upwell.engine.simulate.plan import Plan, plan
from upwell.engine.simulate.structure import Layout, Structure, layout
from upwell.engine.simulate.taking_turns import in_order

SMALLEST_POOL = 12
LASTING = 10**6
"""A last day that stands for none."""


def on(
    structure: Structure,
    *,
    seed: int,
    as_of: date,
    months: int = 24,
    programmes: Sequence[ProgrammeDesign] = (),
    kpis: Sequence[KpiDesign] = DEFAULT_KPIS,
    rating: RatingDesign | None = None,
    only: Collection[str] | None = None,
) -> SimulatedOrganisation:
    """Simulate `months` full months up to `as_of` on a given structure.

    The structure itself is returned unchanged in `people`, `units`, `requirements` and `items`. The same seed gives
    the same tables. Adding a KPI changes no other table; adding a programme changes levels and ratings of
    those it trains and of those who would otherwise have taken its item by themselves, and of nobody else. `only`
    names the tables that are wanted; the others are left empty.

    Raises:
        FrameError: a frame lacks a column or its rows contradict each other.
        ParameterError: a programme that does not fit the structure or the window, or a table that does not exist.
    """
    wanted = _wanted(only)
    made = plan(
        structure, seed=seed, as_of=as_of, months=months, programmes=programmes, kpis=kpis,
        rating=rating or RatingDesign(),
    )  # fmt: skip
    numbers = range(made.shape.blocks) if wanted & set(writing.BY_BLOCK) else ()
    pieces = list(_drawn(made, numbers, wanted))
    return writing.assembled(writing.whole_tables(made, wanted), pieces)


def parts(
    structure: Structure,
    *,
    seed: int,
    as_of: date,
    months: int = 24,
    programmes: Sequence[ProgrammeDesign] = (),
    kpis: Sequence[KpiDesign] = DEFAULT_KPIS,
    rating: RatingDesign | None = None,
    only: Collection[str] | None = None,
    numbers: Collection[int] | None = None,
) -> Iterator[SimulatedOrganisation]:
    """The tables of `on` in parts of 10,000 people, one after the other; `numbers` picks parts by number from 0.

    Part 0 carries the tables that are not made by block. `truth_raters` of a part lists those who rated its
    people, so a rater may stand in several parts.

    Raises:
        FrameError: as `on`.
        ParameterError: as `on`, or a part that does not exist.
    """
    wanted = _wanted(only)
    made = plan(
        structure, seed=seed, as_of=as_of, months=months, programmes=programmes, kpis=kpis,
        rating=rating or RatingDesign(),
    )  # fmt: skip
    chosen = sorted(set(range(made.shape.blocks) if numbers is None else numbers))
    if chosen and not 0 <= chosen[0] <= chosen[-1] < made.shape.blocks:
        raise ParameterError(f"There are parts 0 to {made.shape.blocks - 1}.")
    whole = writing.whole_tables(made, wanted)
    blank = {name: table.slice(0, 0) for name, table in whole.items()}
    for number, piece in zip(chosen, _drawn(made, chosen, wanted), strict=True):
        yield writing.assembled(blank if number else whole, [piece])


def three_programmes(structure: Structure, *, months: int = 24) -> tuple[ProgrammeDesign, ...]:
    """Three programmes, each on the capability most widely required among those whom the earlier ones left free.

    One works and was drawn by lot in three intakes (+.45 level, +.40 result), one does nothing (lottery), and one had
    people sent after a bad quarter (true effect .30 level and .30 result). Each may take a fifth of all people, but no
    more than two fifths of those whose role requires its capability.
    """
    shape = layout(structure)
    chosen = _subjects(shape)
    used: set[int] = set()
    items: list[str] = []
    for capability, _ in chosen:
        rows = shape.item_of_row[shape.capability_of_row == capability]
        item = int(next((i for i in rows if int(i) not in used), rows[0]))
        used.add(item)
        items.append(str(shape.items[item]))
    subjects = [str(shape.capabilities[c]) for c, _ in chosen]
    sizes = [max(SMALLEST_POOL, min(shape.size // 5, holders * 2 // 5)) for _, holders in chosen]
    first = max(6, months * 5 // 12)
    return (
        ProgrammeDesign(
            "practice-labs", items[0], subjects[0], "lottery", 0.45, 0.40, title="Practice labs",
            first_month=first, intakes=3, intake_gap=2, share=0.6, size=sizes[0],
        ),
        ProgrammeDesign(
            "online-library", items[1], subjects[1], "lottery", 0.0, 0.0, title="Online library",
            first_month=first, share=0.5, size=sizes[1], cost_per_person=350.0,
        ),
        ProgrammeDesign(
            "rescue-course", items[2], subjects[2], "bad_quarter", 0.30, 0.30, title="Rescue course",
            first_month=first, intakes=2, intake_gap=3, share=0.4, size=sizes[2], cost_per_person=900.0,
        ),
    )  # fmt: skip


def _drawn(made: Plan, numbers: Sequence[int], wanted: Collection[str]) -> Iterator[writing.Pieces]:
    return in_order(lambda number: writing.block_tables(made, number, wanted), numbers)


def _subjects(shape: Layout) -> list[tuple[int, int]]:
    """Three capabilities that some item teaches, with the number of free people whose role requires each."""
    requires = np.zeros((len(shape.roles), len(shape.capabilities)), dtype=np.bool_)
    requires[shape.role_of[shape.cell_person], shape.cell_capability] = True
    taught = np.isin(np.arange(len(shape.capabilities)), shape.capability_of_row)
    present = shape.role_of[(shape.role_of >= 0) & (shape.left >= LASTING)]
    free = np.bincount(present, minlength=len(shape.roles)).astype(np.float64)
    found: list[tuple[int, int]] = []
    for _ in range(3):
        held = np.where(taught, free @ requires, -1.0)
        best = int(np.argmax(held))
        if held[best] <= 0:
            raise ParameterError("No item teaches a capability that any role requires.")
        found.append((best, int(held[best])))
        free[requires[:, best]] *= 0.4
    return found


def _wanted(only: Collection[str] | None) -> frozenset[str]:
    every = frozenset(SimulatedOrganisation.__dataclass_fields__)
    if only is None:
        return every
    unknown = sorted(set(only) - every)
    if unknown:
        raise ParameterError(f"There is no table '{unknown[0]}'; there are {', '.join(sorted(every))}.")
    return frozenset(only)
