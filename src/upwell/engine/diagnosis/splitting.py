"""Is a gap personal or shared? How much of its variation lies between persons, teams, managers and units."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine import VERSION
from upwell.engine.errors import NotEstimableError
from upwell.engine.frames import Column, Contract, Result, accept
from upwell.engine.numerics.nested import nested_variances

Codes = NDArray[np.int64]
Reals = NDArray[np.float64]
Verdict = Literal["personal", "shared", "mixed", "unknown"]
MIN_PERSONS: Final = 20
MIN_GROUPS: Final = 4
SURE: Final = 0.8
_SCALE: Final = 0.6
"""Half-normal prior of each standard deviation, as a share of that of the persons' mean gaps."""

GAPS: Final = Contract(
    "gaps",
    (
        Column("person", "key"),
        Column("capability", "key", required=False),
        Column("gap", "real", "levels", nullable=True),
        Column("sd", "real", "levels", low=0.0, nullable=True, required=False),
        Column("team", "key"),
        Column("manager", "key"),
        Column("unit", "key"),
    ),
)


@dataclass(frozen=True)
class VarianceSplit(Result):
    """``estimates``: level (person, team, manager, unit), share, lo95, hi95 (0 to 1, null where not separable)
    and sd (levels); ``verdict`` with its sentence."""

    verdict: Verdict
    sentence: str


def variance_split(gaps: object) -> VarianceSplit:
    """Split the variation of gaps into person, team, manager and unit.

    ``gaps`` is a frame of ``GAPS``; gaps are centred per capability and averaged per person, measurement error
    (``sd``) is taken out. Teams count within their manager, managers within their unit. A level is judged only
    with at least four groups of which half have two members or more (small-team guard); otherwise its variation
    falls to the level below and its share is null.

    Raises:
        FrameError: contract broken.
        NotEstimableError: fewer than 20 persons with a gap.
    """
    table = accept(gaps, GAPS)
    table = table.filter(pc.is_valid(table.column("gap")))
    values, noise, labels = _per_person(table)
    if len(values) < MIN_PERSONS:
        raise NotEstimableError(f"A variance split needs at least {MIN_PERSONS} persons, not {len(values)}.")
    names, parents = _levels(labels)
    draws = nested_variances(values, noise, parents, max(_SCALE * float(np.std(values)), 1e-3))
    variances = draws.sds**2
    shares = variances / variances.sum(axis=1, keepdims=True)
    rows: list[tuple[str, float | None, float | None, float | None, float | None]] = []
    for name in ("person", "team", "manager", "unit"):
        if name not in names or len(names) == 1:
            rows.append((name, None, None, None, None))
            continue
        share = shares[:, names.index(name)]
        mean = float(draws.weights @ share)
        sd = float(draws.weights @ draws.sds[:, names.index(name)])
        rows.append((name, mean, draws.quantile(share, 0.025), draws.quantile(share, 0.975), sd))
    fields = ("level", "share", "lo95", "hi95", "sd")
    estimates = pa.table(
        {
            f: pa.array([r[i] for r in rows], pa.string() if i == 0 else pa.float64())
            for i, f in enumerate(fields)
        }
    )
    shared = float(draws.weights @ (shares[:, 1:].sum(axis=1) > 0.5))
    verdict, sentence = _verdict(names, shared)
    diagnostics = {"persons": len(values), "levels": tuple(names), "p_shared": shared, "version": VERSION}
    missing = [n for n in ("team", "manager", "unit") if n not in names]
    assumptions = ["Effects of persons, teams, managers and units are Gaussian and add up."]
    if missing:
        assumptions.append(f"Too few or too small groups to tell apart: {', '.join(missing)}.")
    return VarianceSplit(estimates, diagnostics, tuple(assumptions), verdict, sentence)


def _verdict(names: list[str], shared: float) -> tuple[Verdict, str]:
    if len(names) == 1:
        return (
            "unknown",
            "There are too few or too small groups to say whether the gap is personal or shared.",
        )
    if shared >= SURE:
        return (
            "shared",
            "Most of the variation lies between groups: look at the surroundings before the person.",
        )
    if shared <= 1.0 - SURE:
        return "personal", "Most of the variation lies between persons: the gap is a personal one."
    return "mixed", "Part of the variation lies between groups and part between persons."


def _per_person(table: pa.Table) -> tuple[Reals, Reals, list[Codes]]:
    gap = table.column("gap").to_numpy().astype(np.float64)
    if "capability" in table.column_names:
        capability = _codes(table, ("capability",))
        gap = gap - (np.bincount(capability, gap) / np.bincount(capability))[capability]
    person = _codes(table, ("person",))
    count = np.bincount(person)
    values = np.bincount(person, gap) / count
    noise = np.full(len(count), 1e-6)
    if "sd" in table.column_names:
        sd = pc.fill_null(table.column("sd"), 0.0).to_numpy()
        noise += np.bincount(person, sd**2) / count**2
    first = np.full(len(count), table.num_rows)
    np.minimum.at(first, person, np.arange(table.num_rows))
    labels = [
        _codes(table.take(pa.array(first)), keys)
        for keys in (("unit", "manager", "team"), ("unit", "manager"), ("unit",))
    ]
    return values, noise, labels


def _codes(table: pa.Table, keys: tuple[str, ...]) -> Codes:
    total = np.zeros(table.num_rows, dtype=np.int64)
    for key in keys:
        encoded = table.column(key).combine_chunks().dictionary_encode()
        order = pc.array_sort_indices(encoded.dictionary).to_numpy()
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        total = total * max(len(order), 1) + rank[encoded.indices.to_numpy()]
    return np.unique(total, return_inverse=True)[1].astype(np.int64)


def _levels(labels: list[Codes]) -> tuple[list[str], list[Codes]]:
    names, parents = ["person"], []
    below = np.arange(len(labels[0]))
    for name, label in zip(("team", "manager", "unit"), labels, strict=True):
        _, first = np.unique(below, return_index=True)
        parent = label[first]
        members = np.bincount(parent)
        if len(members) < MIN_GROUPS or (members >= 2).mean() < 0.5:
            continue
        names.append(name)
        parents.append(parent)
        below = label
    return names, parents
