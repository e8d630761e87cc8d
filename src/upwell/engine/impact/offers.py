"""The frame of a programme offered by lot: one row a person, whether offered, whether taken, and the result."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine.errors import FrameError, NotEstimableError, ParameterError
from upwell.engine.frames import Column, Contract, accept
from upwell.engine.numerics.impact_moments import Bools, Floats, Ints
from upwell.engine.numerics.impact_small import Errors, independent

COLUMNS = (
    Column("assigned", "integer", low=0, high=1),
    Column("outcome", "real", nullable=True),
    Column("took_part", "integer", low=0, high=1, required=False),
    Column("stratum", "key", required=False),
    Column("cluster", "key", required=False),
)
"""One row per person; ``assigned`` and ``took_part`` are 0 or 1 (or boolean); an empty ``outcome`` was not observed."""


@dataclass(frozen=True, slots=True)
class Offer:
    """N people: offered, result (NaN where unobserved), taking part, stratum, cluster, ``baseline`` columns (N x B)."""

    assigned: Bools
    outcome: Floats
    took_part: Bools | None
    stratum: Ints
    cluster: Ints | None
    baseline: Floats

    def kept(self, people: Bools) -> "Offer":
        """Only these people."""
        return Offer(
            self.assigned[people],
            self.outcome[people],
            None if self.took_part is None else self.took_part[people],
            self.stratum[people],
            None if self.cluster is None else self.cluster[people],
            self.baseline[people],
        )


def read(frame: object, baseline: Sequence[str], *, needs_part: bool = False) -> Offer:
    """Check a frame of offers; ``baseline`` names numeric columns known before the draw.

    Raises:
        FrameError: a column is missing, of the wrong type, empty where it must not be, or out of range.
    """
    taken = {c.name for c in COLUMNS}
    for name in baseline:
        if name in taken:
            raise ParameterError(f"The baseline column '{name}' already has another meaning.")
    extra = tuple(Column(name, "real") for name in dict.fromkeys(baseline))
    table = accept(_whole(frame), Contract("offers", (*COLUMNS, *extra)))
    if not table.num_rows:
        raise NotEstimableError("The offers frame has no rows.")
    if needs_part and "took_part" not in table.column_names:
        raise FrameError("The offers frame has no column 'took_part'.")
    part = table.column("took_part").to_numpy() == 1 if "took_part" in table.column_names else None
    before = [table.column(c.name).to_numpy() for c in extra]
    return Offer(
        np.asarray(table.column("assigned").to_numpy() == 1, dtype=np.bool_),
        np.asarray(pc.fill_null(table.column("outcome"), float("nan")).to_numpy(), dtype=np.float64),
        None if part is None else np.asarray(part, dtype=np.bool_),
        _codes(table, "stratum"),
        _codes(table, "cluster") if "cluster" in table.column_names else None,
        np.column_stack(before) if before else np.empty((table.num_rows, 0)),
    )


def check_arms(offer: Offer, min_group: int) -> None:
    """Refuse where an arm is too small to be published.

    Raises:
        NotEstimableError: fewer than ``min_group`` people with a result on one side.
    """
    seen = ~np.isnan(offer.outcome)
    offered, others = int((seen & offer.assigned).sum()), int((seen & ~offer.assigned).sum())
    if min(offered, others) < min_group:
        raise NotEstimableError(
            f"There are {offered} offered and {others} other people with a result; at least {min_group} of each "
            "are needed."
        )


def design(offer: Offer) -> tuple[Floats, Bools]:
    """Regressors with assignment first, and the people they can be used for.

    Strata enter as centred indicators and their products with assignment, so that the first coefficient is the mean
    of the strata's differences weighted by people (Lin 2013); strata without two people on both sides are left out.
    """
    usable = np.ones(len(offer.assigned), dtype=np.bool_)
    for stratum in np.unique(offer.stratum):
        inside = offer.stratum == stratum
        if min(int((inside & offer.assigned).sum()), int((inside & ~offer.assigned).sum())) < 2:
            usable &= ~inside
    if not usable.any():
        raise NotEstimableError("In no stratum are there two people on both sides.")
    offer = offer.kept(usable)
    treat = offer.assigned.astype(np.float64)
    present = np.unique(offer.stratum)[1:]
    marks = (offer.stratum[:, None] == present).astype(np.float64)
    marks -= marks.mean(axis=0)
    before = offer.baseline - offer.baseline.mean(axis=0)
    columns = np.column_stack([treat, np.ones(len(treat)), marks, marks * treat[:, None], before])
    keep = independent(columns)
    if keep[0] != 0 or len(keep) < 2 or keep[1] != 1:
        raise NotEstimableError("Everybody was assigned alike, so there is nobody to compare with.")
    if len(treat) <= len(keep):
        raise NotEstimableError(f"There are {len(treat)} people for {len(keep)} regressors.")
    return columns[:, keep], usable


def errors_of(offer: Offer, errors: Errors | None) -> Errors:
    """The asked-for errors, or CR2 where clusters are given and HC2 elsewhere.

    Raises:
        ParameterError: unknown errors, or clusters given and errors that ignore them, or the reverse.
    """
    if errors is None:
        return "hc2" if offer.cluster is None else "cluster"
    if errors not in ("classical", "hc2", "hc3", "cluster"):
        raise ParameterError(f"The errors '{errors}' are unknown; choose classical, hc2, hc3 or cluster.")
    if (errors == "cluster") != (offer.cluster is not None):
        raise ParameterError(
            "Clustered errors and a column 'cluster' go together: people assigned together are not independent."
        )
    return errors


def _whole(frame: object) -> object:
    """Let booleans and whole-numbered reals pass as 0 and 1."""
    try:
        table = frame if isinstance(frame, pa.Table) else pa.table(frame)
    except (TypeError, ValueError):
        return frame
    for name in ("assigned", "took_part"):
        for index in table.schema.get_all_field_indices(name):
            if pa.types.is_boolean(table.schema.field(index).type):
                table = table.set_column(index, name, table.column(index).cast(pa.int64()))
    if "outcome" in table.schema.names and pa.types.is_floating(table.schema.field("outcome").type):
        index = table.schema.get_field_index("outcome")
        values = table.column(index)
        blank = pc.is_nan(values)
        table = table.set_column(index, "outcome", pc.if_else(blank, pa.scalar(None, values.type), values))
    return table


def _codes(table: pa.Table, name: str) -> Ints:
    if name not in table.column_names:
        return np.zeros(table.num_rows, dtype=np.int64)
    values = np.asarray(table.column(name).to_pylist())
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64)
