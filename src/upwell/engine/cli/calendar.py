"""Periods and days as people write them: years, months, quarters, weeks, days or plain numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import FrameError

Ints = NDArray[np.int64]
NEVER_WORDS: Final = frozenset(
    (
        *("", "na", "n/a", "nan", "nat", "none", "null", "never", "inf", "+inf", "infinity", "-", ".", "#n/a"),
        *("never treated", "never-treated", "never_treated", "not treated", "untreated"),
    )
)
NEVER: Final = np.iinfo(np.int64).max
KINDS: Final = "a whole number or a date (2024-03-01, 2024-03, 2024Q1, 2024-W07)"
STEP_WORDS: Final = {1: "month", 3: "quarter", 6: "half-year", 12: "year"}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The step of a panel in words, its first and last period as written, and what was taken to mean what."""

    step: str
    first: str
    last: str
    periods: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """Distinct entries of a column: kind (number, month, day, week, quarter) and value; NEVER where blank."""

    kind: str
    values: Ints
    codes: Ints
    texts: tuple[str, ...]


def lay_out(table: pa.Table, unit: str = "unit") -> tuple[pa.Table, Calendar]:
    """A panel whose `period` and `first_treated` are whole numbers, or both dates, with the step they have.

    A first treatment inside a period counts for the whole of it. Blank, NA, NaN, inf and `never` are never; 0 is never
    where periods begin above 0.

    Raises:
        FrameError: a value that is neither number nor date, or periods and treatments in forms that do not fit.
    """
    written = _texts(table["period"], "period")
    starts_written = _texts(table["first_treated"], "first_treated")
    leads = _day_first([*written[1], *starts_written[1]])
    period = _parsed(*written, "period", blank=False, day_first=leads)
    treated = _parsed(*starts_written, "first_treated", blank=True, day_first=leads)
    treated = _zero_is_never(treated, period)
    notes: list[str] = []
    period, treated = _same_kind(period, treated, notes)
    if period.kind == "number":
        when, first, step = period.values, treated.values, _number_step(period.values)
        to_date = False
    else:
        when, first, step, to_date = _dated(period, treated, table[unit])
    notes += _never_notes(treated)
    codes = pa.array(when[period.codes])
    starts = first[treated.codes]
    filled = pa.array(np.where(starts == NEVER, 0, starts), mask=starts == NEVER)
    if to_date:
        codes, filled = _months_to_dates(codes), _months_to_dates(filled)
    out = table.set_column(table.schema.get_field_index("period"), "period", codes)
    out = out.set_column(out.schema.get_field_index("first_treated"), "first_treated", filled)
    order = np.argsort(period.values, kind="stable")
    distinct = len(np.unique(when))
    return out, Calendar(step, period.texts[order[0]], period.texts[order[-1]], distinct, tuple(notes))


def dates(values: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """A column of days as dates; months count as their first day. Numbers stay (month numbers).

    Raises:
        FrameError: a value that is no day.
    """
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type) or pa.types.is_null(values.type):
        return values.cast(pa.date32())
    if pa.types.is_integer(values.type):
        return values
    read = _read(values, name, blank=True)
    if read.kind == "number":
        if (read.values == NEVER).all():
            return pa.chunked_array([pa.nulls(len(values), pa.date32())])
        return pa.chunked_array([_masked(read.values[read.codes])])
    days = np.array([NEVER if v == NEVER else _first_day(read.kind, int(v)) for v in read.values], dtype=np.int64)
    found = days[read.codes]
    epoch = date(1970, 1, 1).toordinal()
    plain = np.where(found == NEVER, 0, found - epoch).astype(np.int32)
    return pa.chunked_array([pa.array(plain, pa.int32(), mask=found == NEVER).cast(pa.date32())])


def from_flags(table: pa.Table, unit: str = "unit") -> pa.Table:
    """`first_treated` worked out from `treated` (0 or 1 per unit and period): the first period with a 1.

    Raises:
        FrameError: the column holds something else, or a unit stops being treated.
    """
    flags = table["treated"]
    if not pc.all(pc.is_in(flags, value_set=pa.array([0.0, 1.0]))).as_py():
        raise FrameError("The column 'treated' must be 0 or 1 in every row.")
    period = _read(table["period"], "period", blank=False)
    values = period.values[period.codes]
    on = flags.to_numpy() == 1.0
    encoded = table[unit].combine_chunks().dictionary_encode()
    owner = encoded.indices.to_numpy(zero_copy_only=False)
    first = np.full(len(encoded.dictionary), NEVER)
    np.minimum.at(first, owner[on], values[on])
    back = ~on & (values >= first[owner])
    if back.any():
        who = encoded.dictionary[int(owner[int(np.argmax(back))])].as_py()
        raise FrameError(f"The unit '{who}' is untreated again after treatment; only lasting treatments can be judged.")
    text = dict(zip(period.values.tolist(), period.texts, strict=True))
    names = pa.array([text.get(int(v)) for v in first], pa.string())
    starts = names.take(pa.array(owner))
    return table.drop(["treated"]).append_column("first_treated", starts)


def _texts(values: pa.ChunkedArray, name: str) -> tuple[Ints, list[str]]:
    """Code of each row and the distinct entries as text, blank where there is none."""
    encoded = values.combine_chunks()
    kind = encoded.type.value_type if pa.types.is_dictionary(encoded.type) else encoded.type
    if pa.types.is_boolean(kind) or pa.types.is_nested(kind) or pa.types.is_binary(kind):
        raise FrameError(f"The column '{name}' holds {kind}; it needs {KINDS}.")
    if pa.types.is_floating(kind):
        fraction = pc.fill_null(pc.not_equal(values, pc.floor(values)), False)
        if pc.any(fraction).as_py():
            row = int(pc.index(fraction, True).as_py()) + 1
            raise FrameError(f"The column '{name}' holds {values[row - 1].as_py():g} in row {row}; it needs {KINDS}.")
    encoded = encoded if pa.types.is_dictionary(encoded.type) else encoded.dictionary_encode("encode")
    raw = encoded.dictionary
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        raw = raw.cast(pa.timestamp("s", getattr(kind, "tz", None))).cast(pa.date32()).cast(pa.string())
    texts = ["" if v is None else str(v).strip().removesuffix(".0") for v in raw.to_pylist()]
    codes = encoded.indices
    if codes.null_count:
        texts.append("")
        codes = pc.fill_null(codes.cast(pa.int64()), len(texts) - 1)
    return np.asarray(codes.to_numpy(zero_copy_only=False)).astype(np.intp, copy=False), texts


def _read(values: pa.ChunkedArray, name: str, *, blank: bool) -> _Read:
    return _parsed(*_texts(values, name), name, blank=blank)


def _parsed(index: Ints, texts: list[str], name: str, *, blank: bool, day_first: bool | None = None) -> _Read:
    parsed = [_parse(text) for text in texts]
    slashed = [text for text, one in zip(texts, parsed, strict=True) if one is not None and one[0] == "slash"]
    if slashed:
        day_first = _day_first(texts) if day_first is None else day_first
        if day_first is None:
            words = f"The column '{name}' holds dates like '{slashed[0]}', day or month first; write 2024-03-01."
            raise FrameError(words)
        parsed = [_slashed(text, day_first) or one for text, one in zip(texts, parsed, strict=True)]
    used = np.flatnonzero(np.bincount(index, minlength=len(texts)))
    for at in used:
        one = parsed[at]
        if one is None or (not blank and one[1] == NEVER):
            row = int(np.argmax(index == at)) + 1
            if not texts[at] or (one is not None and not blank):
                raise FrameError(f"The column '{name}' is empty in row {row}.")
            raise FrameError(f"The column '{name}' holds '{_clip(texts[at])}' in row {row}; it needs {KINDS}.")
    kinds = {one[0] for one in (parsed[at] for at in used) if one is not None and one[1] != NEVER}
    if len(kinds) > 1:
        raise FrameError(f"The column '{name}' mixes forms ({' and '.join(sorted(kinds))}); write all in one.")
    numbers = np.array([NEVER if one is None else one[1] for one in parsed], dtype=np.int64)
    return _Read(kinds.pop() if kinds else "none", numbers, index, tuple(texts))


def _parse(text: str) -> tuple[str, int] | None:
    """Kind and value of one entry; None where it is neither number nor date."""
    if text.casefold() in NEVER_WORDS:
        return ("number", int(NEVER))
    for pattern, reader in FORMS:
        found = pattern.fullmatch(text)
        if found:
            try:
                return reader(found)
            except ValueError:
                return None
    return None


def _day(found: re.Match[str]) -> tuple[str, int]:
    return ("day", date(int(found["y"]), int(found["m"]), int(found["d"])).toordinal())


def _month(found: re.Match[str]) -> tuple[str, int]:
    return ("month", _month_number(date(int(found["y"]), int(found["m"]), 1)))


def _quarter(found: re.Match[str]) -> tuple[str, int]:
    return ("month", _month_number(date(int(found["y"]), 3 * int(found["q"]) - 2, 1)))


def _week(found: re.Match[str]) -> tuple[str, int]:
    return ("day", date.fromisocalendar(int(found["y"]), int(found["w"]), 1).toordinal())


def _number(found: re.Match[str]) -> tuple[str, int]:
    value = int(found["n"])
    if abs(value) > 10**15:
        raise ValueError
    return ("number", value)


def _slash(found: re.Match[str]) -> tuple[str, int]:
    return ("slash", 0)


Reader = Callable[[re.Match[str]], tuple[str, int]]
TIME: Final = r"(?:[T ]\d{1,2}:\d{2}.*)?"
FORMS: Final[tuple[tuple[re.Pattern[str], Reader], ...]] = (
    (re.compile(r"(?P<n>[+-]?\d{1,18})(?:\.0*|,00?)?"), _number),
    (re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + TIME), _day),
    (re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})" + TIME), _day),
    (re.compile(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4})" + TIME), _slash),
    (re.compile(r"(?P<y>\d{4})(?:[-/mM](?=\d)|\.(?=\d\d$))(?P<m>\d{1,2})"), _month),
    (re.compile(r"(?P<y>\d{4})[- :]?[qQ](?P<q>[1-4])"), _quarter),
    (re.compile(r"[qQ](?P<q>[1-4])[- /]?(?P<y>\d{4})"), _quarter),
    (re.compile(r"(?P<y>\d{4})-?[wW](?P<w>\d{1,2})"), _week),
)


def _day_first(texts: list[str]) -> bool | None:
    """Whether the day leads in dates like 3/31/2024: a part above 12 tells, or a part that is 1 throughout."""
    parts = [re.match(r"(\d{1,2})/(\d{1,2})/\d{4}", text) for text in texts]
    pairs = [(int(p[1]), int(p[2])) for p in parts if p]
    lead, follow = {a for a, _ in pairs}, {b for _, b in pairs}
    day_leads, month_leads = max(lead, default=0) > 12, max(follow, default=0) > 12
    if not day_leads and not month_leads:
        day_leads = lead == {1} and len(follow) > 1
        month_leads = follow == {1} and len(lead) > 1
    return day_leads if day_leads != month_leads else None


def _slashed(text: str, day_first: bool) -> tuple[str, int] | None:
    part = re.match(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    if part is None:
        return None
    a, b, year = int(part[1]), int(part[2]), int(part[3])
    try:
        return ("day", date(year, b if day_first else a, a if day_first else b).toordinal())
    except ValueError:
        return None


def _zero_is_never(treated: _Read, period: _Read) -> _Read:
    """0 (or a day of the year 1) means never where the periods begin later."""
    if treated.kind != "number" or (period.kind == "number" and period.values[period.values != NEVER].min() <= 0):
        return treated
    if (treated.values < 0).any() and (period.kind != "number" or period.values.min() > 0):
        low = int(treated.values.min())
        raise FrameError(f"The column 'first_treated' is {low}, below zero; leave it blank for never.")
    values = np.where(treated.values == 0, NEVER, treated.values)
    kind = treated.kind if (values != NEVER).any() else "none"
    return _Read(kind, values, treated.codes, treated.texts)


def _same_kind(period: _Read, treated: _Read, notes: list[str]) -> tuple[_Read, _Read]:
    """Bring both to one kind where that is certain: years beside dates, months beside days."""
    if treated.kind in ("none", period.kind):
        return period, treated
    kinds = {period.kind, treated.kind}
    if kinds == {"month", "day"}:
        return _as_months(period), _as_months(treated)
    number, dated = (period, treated) if period.kind == "number" else (treated, period)
    known = number.values[number.values != NEVER]
    if not (known.min() >= 1800 and known.max() <= 2200):
        raise FrameError("The columns 'period' and 'first_treated' are in different forms (date, number); use one.")
    months = _as_months(dated)
    years = np.where(months.values == NEVER, NEVER, months.values // 12)
    if dated is period and len(np.unique(years)) < len(np.unique(months.values)):
        raise FrameError("The column 'first_treated' holds years, but there are several periods a year; write dates.")
    notes.append(f"The {'period' if dated is period else 'first treatment'} was reduced to its year.")
    reduced = _Read("number", years, dated.codes, dated.texts)
    return (number, reduced) if number is period else (reduced, number)


def _as_months(read: _Read) -> _Read:
    if read.kind != "day":
        return read
    months = [NEVER if v == NEVER else _month_number(date.fromordinal(int(v))) for v in read.values]
    return _Read("month", np.array(months, dtype=np.int64), read.codes, read.texts)


def _dated(period: _Read, treated: _Read, unit: pa.ChunkedArray) -> tuple[Ints, Ints, str, bool]:
    """Numbers of the periods and treatments, the step in words, and whether the numbers are months."""
    if period.kind == "day" and not _once_a_month(period, unit):
        days = np.unique(period.values)
        step = int(np.gcd.reduce(np.diff(days))) if len(days) > 1 else 1
        shift = int(days[0]) % step
        words = {1: "day", 7: "week"}.get(step, f"{step // 7} weeks" if step % 7 == 0 else f"{step} days")
        return _floored(period.values, step, shift), _floored(treated.values, step, shift), words, False
    months, starts = _as_months(period).values, _as_months(treated).values
    distinct = np.unique(months)
    step = int(np.gcd.reduce(np.diff(distinct))) if len(distinct) > 1 else 1
    words = STEP_WORDS.get(step, f"{step // 12} years" if step % 12 == 0 else f"{step} months")
    for size in (12, 3):
        if step % size == 0 and len(distinct) > 1:
            return _floored(months, size, 0), _floored(starts, size, 0), words, False
    return months, starts, words, True


def _once_a_month(period: _Read, unit: pa.ChunkedArray) -> bool:
    months = _as_months(period).values
    if len(np.unique(months)) == len(np.unique(period.values)):
        return True
    owner = unit.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    span = int(months.max()) + 1
    by_month, by_day = owner * span + months[period.codes], owner * (1 << 24) + period.values[period.codes]
    return len(np.unique(by_month)) == len(np.unique(by_day))


def _floored(values: Ints, step: int, shift: int) -> Ints:
    return np.where(values == NEVER, NEVER, (np.where(values == NEVER, 0, values) - shift) // step)


def _number_step(values: Ints) -> str:
    distinct = np.unique(values)
    if distinct[0] >= 190001 and distinct[-1] <= 219912 and np.isin(distinct % 100, np.arange(1, 13)).all():
        return "month"
    step = int(np.gcd.reduce(np.diff(distinct))) if len(distinct) > 1 else 1
    word = "year" if distinct[0] >= 1800 and distinct[-1] <= 2200 else "period"
    return word if step == 1 else f"{step} {word}s"


def _never_notes(treated: _Read) -> list[str]:
    words = {t.casefold() for t, v in zip(treated.texts, treated.values, strict=True) if v == NEVER and t}
    return [f"First treated '{sorted(words)[0]}' was taken to mean never."] if words else []


def _months_to_dates(months: pa.Array) -> pa.Array:
    """First day of each month number (12 x year + month - 1)."""
    plain = pc.fill_null(months, 1970 * 12).to_numpy(zero_copy_only=False).astype(np.int64) - 1970 * 12
    days = plain.astype("M8[M]").astype("M8[D]").astype(np.int64).astype(np.int32)
    found = pa.array(days, pa.int32(), mask=pc.is_null(months).to_numpy(zero_copy_only=False))
    return found.cast(pa.date32())


def _masked(values: Ints) -> pa.Array:
    return pa.array(np.where(values == NEVER, 0, values), mask=values == NEVER)


def _first_day(kind: str, value: int) -> int:
    return value if kind == "day" else date(value // 12, value % 12 + 1, 1).toordinal()


def _month_number(day: date) -> int:
    return 12 * day.year + day.month - 1


def _clip(text: str) -> str:
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return clean if len(clean) <= 40 else f"{clean[:39]}…"
