"""The joins and groupings around gaps, written once: they run on DuckDB, on Spark and on Arrow tables alike.

Each function takes and returns a narwhals ``LazyFrame`` (``nw.from_native`` of a DuckDB relation or a Spark
DataFrame; ``nw.from_native(table).lazy()`` for Arrow) and says which columns it needs. Rows come back in no order.
Time is a whole number of days, since every engine counts these alike. What takes a normal distribution is not here:
it is a numpy kernel over the rows (``executors``).
"""

from typing import Any, TypeAlias

import narwhals as nw

from upwell.engine.numerics.gaps_scores import MEASURES

Lazy: TypeAlias = "nw.LazyFrame[Any]"
CELL = ("person", "capability")


def evidence(observations: Lazy, *, until: int) -> Lazy:
    """Who saw what, per person and capability: the counts behind the minimum-evidence rule.

    Needs person, capability, rater, source, day. Gives observers (distinct raters other than the person's own view
    and tests), tests, latest (day of any observation) and counted (day of the latest that counts, or null).
    """
    known = observations.filter(nw.col("day") <= until)
    counts = known.with_columns(
        nw.when(nw.col("source") == "test").then(nw.lit(1)).otherwise(nw.lit(0)).alias("test"),
        nw.when(nw.col("source") != "self").then(nw.col("day")).alias("counted"),
    )
    totals = counts.group_by(*CELL).agg(
        nw.col("test").sum().alias("tests"),
        nw.col("day").max().alias("latest"),
        nw.col("counted").max().alias("counted"),
    )
    others = known.filter((nw.col("source") != "self") & (nw.col("source") != "test"))
    seen = others.select(*CELL, "rater").unique().group_by(*CELL).agg(nw.len().alias("observers"))
    joined = totals.join(seen, on=list(CELL), how="left")
    return joined.select(*CELL, nw.col("observers").fill_null(0), "tests", "latest", "counted")


def required(holdings: Lazy, requirements: Lazy) -> Lazy:
    """What each person's roles ask: person, capability, role, required, weight.

    Needs person, role; and role, capability, required, weight.
    """
    joined = holdings.join(requirements, on="role", how="inner")
    return joined.select(*CELL, "role", "required", "weight")


def most_demanding(rows: Lazy) -> Lazy:
    """One row per person and capability: the role that asks most, the first of roles that ask alike.

    Needs person, capability, role, required, weight.
    """
    most = rows.group_by(*CELL).agg(nw.col("required").max())
    first = rows.join(most, on=[*CELL, "required"], how="inner").group_by(*CELL).agg(nw.col("role").min())
    return rows.join(first, on=[*CELL, "role"], how="inner").select(*CELL, "role", "required", "weight")


def pooled(readings: Lazy) -> Lazy:
    """Precision-weighted level of each person and capability, as ``hold_readings``: person, capability, level, sd.

    Needs person, capability, value, precision.
    """
    told = readings.with_columns((nw.col("value") * nw.col("precision")).alias("pull"))
    sums = told.group_by(*CELL).agg(nw.col("pull").sum(), nw.col("precision").sum())
    sums = sums.filter(nw.col("precision") > 0)
    level, sd = nw.col("pull") / nw.col("precision"), 1.0 / nw.col("precision").sqrt()
    return sums.select(*CELL, level.alias("level"), sd.alias("sd"))


def with_levels(rows: Lazy, levels: Lazy) -> Lazy:
    """Required rows with level and sd, null where nothing is known.

    Needs the columns of ``required``; and person, capability, level, sd.
    """
    held = levels.select(*CELL, "level", "sd")
    return rows.join(held, on=list(CELL), how="left").select(*CELL, "role", "required", "weight", "level", "sd")


def over_units(summands: Lazy, closure: Lazy) -> Lazy:
    """Sum per unit, depth and capability what ``executors.summands`` made of each person and capability.

    Needs person, capability and ``MEASURES``; and person, unit, depth. The result has the columns of ``UNIT_SUMS``.
    """
    joined = summands.join(closure, on="person", how="inner")
    return joined.group_by("unit", "depth", "capability").agg(*(nw.col(name).sum() for name in MEASURES))
