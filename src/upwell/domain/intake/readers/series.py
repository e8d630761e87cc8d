"""Ratings and KPI values: one row for each dated judgement or monthly value."""

from collections.abc import Sequence

from upwell.domain.intake.readers.findings import Ledger
from upwell.domain.intake.readers.keys import slug
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.records import KpiRecord, MetricRecord, RatingRecord, Records
from upwell.domain.intake.readers.source import SourceFile
from upwell.domain.intake.readers.table import Row, rows_of

RATING_COLUMNS = ("person_key", "capability_key", "rated_on", "level", "source")
KPI_COLUMNS = ("metric_key", "person_key", "month", "value")
SOURCES = ("self", "manager", "peer", "report", "assessor", "test")
FAMILIES = ("quality", "timeliness", "accuracy", "innovation", "adaptability")


def read_ratings(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """Person x capability x day x source x level (a name or an ordinal of the capability's scale)."""
    found: dict[tuple[str, ...], RatingRecord] = {}
    for file in files:
        for row in rows_of(file, ledger, required=RATING_COLUMNS, limits=options.limits):
            _rating(row, found, options)
    return Records(ratings=tuple(found.values()))


def _rating(row: Row, found: dict[tuple[str, ...], RatingRecord], options: Options) -> None:
    person, capability = row.text("person_key", limit=100), row.text("capability_key", limit=200)
    level, source = row.text("level", limit=100), row.text("source").lower()
    day, rater = row.day("rated_on"), row.text("rater_key", limit=100)
    if not person or not capability or not level:
        row.reject("incomplete_row", "person_key", person, "Person, capability and level are all needed.")
    elif day is None:
        row.reject("no_day", "rated_on", row.text("rated_on"), "A rating needs its day.")
    elif day > options.as_of:
        row.reject("future_rating", "rated_on", day.isoformat(), "The rating lies in the future.")
    elif source not in SOURCES:
        row.reject("unknown_source", "source", source, f"The source must be one of {', '.join(SOURCES)}.")
    else:
        key = (person, capability, day.isoformat(), source, rater)
        known = found.get(key)
        if known is None:
            found[key] = RatingRecord(
                person,
                capability,
                day,
                level,
                source,
                rater,
                row.text("scale_key", limit=100),
                row.text("note"),
                row.number,
            )
            row.keep()
        elif known.level == level:
            row.merge("duplicate_row", "level", level, "The same rating is listed before.")
        else:
            row.reject("conflicting_rating", "level", level, f"The same rater gave '{known.level}' on this day before.")


def read_kpis(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """Metric x person x month x value; the metric's name, family and direction where given."""
    metrics: dict[str, MetricRecord] = {}
    found: dict[tuple[str, str, str], KpiRecord] = {}
    for file in files:
        for row in rows_of(file, ledger, required=KPI_COLUMNS, limits=options.limits):
            _kpi(row, metrics, found)
    return Records(metrics=tuple(metrics.values()), kpis=tuple(found.values()))


def _kpi(row: Row, metrics: dict[str, MetricRecord], found: dict[tuple[str, str, str], KpiRecord]) -> None:
    metric, person = row.text("metric_key", limit=100), row.text("person_key", limit=100)
    written = row.text("month")
    day = row.day("month") if len(written) != len("2026-03") else None
    if day is None and len(written) == len("2026-03"):
        day = Row(row.file, row.number, {"month": f"{written}-01"}, row.ledger).day("month")
    value = row.number_in("value")
    if not metric or not person:
        row.reject("incomplete_row", "metric_key", metric, "Metric and person are both needed.")
    elif day is None:
        row.reject("no_month", "month", written, "Write months as 2026-03.")
    elif value is None:
        row.reject("no_value", "value", row.text("value"), "The row has no value.")
    else:
        month = day.replace(day=1)
        key = (metric, person, month.isoformat())
        if key in found:
            if found[key].value == value:
                row.merge("duplicate_row", "value", f"{value:g}", "The same value is listed before.")
            else:
                row.reject("conflicting_value", "value", f"{value:g}", f"The month has {found[key].value:g} before.")
            return
        family = slug(row.text("family")) if row.text("family") else "quality"
        direction = row.text("direction").lower() or "higher"
        if family not in FAMILIES:
            row.warn(
                "unknown_choice", "family", family, f"It must be one of {', '.join(FAMILIES)}; 'quality' was taken."
            )
            family = "quality"
        if direction not in {"higher", "lower"}:
            row.warn("unknown_choice", "direction", direction, "It must be higher or lower; 'higher' was taken.")
            direction = "higher"
        metrics.setdefault(
            metric,
            MetricRecord(
                metric, row.text("metric_name", limit=200) or metric, family, direction, row.text("unit", limit=50)
            ),
        )
        found[key] = KpiRecord(metric, person, month, value, row.number)
        row.keep()
