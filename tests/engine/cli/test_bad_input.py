"""Whatever is wrong with a file gets one sentence that says what to do, and exit code 2."""

import contextlib
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upwell.__main__ import main

Refusal = Callable[..., str]
HEAD = "unit,period,outcome,first_treated\n"


def rows(change: Callable[[int, int], tuple[object, ...]]) -> str:
    return HEAD + "".join(",".join(map(str, change(u, t))) + "\n" for u in range(20) for t in range(1, 9))


def usual(u: int, t: int) -> tuple[object, ...]:
    return (f"u{u}", t, u * 7 % 11 + t, 5 if u % 2 else "")


def altered(at: int, value: object) -> str:
    def change(u: int, t: int) -> tuple[object, ...]:
        row = list(usual(u, t))
        if (u, t) == (3, 4):
            row[at] = value
        return tuple(row)

    return rows(change)


CASES = [
    (HEAD.replace("outcome", "outcom") + "u,1,2,\n", "has no column 'outcome'; it has unit, period, outcom, first"),
    (HEAD.replace("outcome", "outcom") + "u,1,2,\n", "The nearest is 'outcom': pass --columns outcome=outcom"),
    (rows(usual) + "u3,4,2,5\n", "2 rows for unit u3"),
    (rows(lambda u, t: (*usual(u, t)[:3], -3 if u % 2 else "")), "below zero"),
    (rows(lambda u, t: (f"u{u}{t}", 1, *usual(u, t)[2:])), "one period only"),
    (rows(lambda u, t: (f"u{u}", t, 7, 5 if u % 2 else "")), "same in every row"),
    (rows(lambda u, t: (*usual(u, t)[:3], 5)), "nobody is untreated"),
    (rows(lambda u, t: (*usual(u, t)[:3], "")), "Nobody in the panel is treated"),
    (altered(2, "NaN"), "empty or NaN in row 28"),
    (altered(2, ""), "pass --drop-missing"),
    (altered(2, "inf"), "infinite in row 28"),
    (altered(2, '"1,5"'), "holds '1,5' in row 28, which is no number; write decimals with a point"),
    (altered(2, "many"), "holds 'many' in row 28"),
    (altered(1, "soon"), "holds 'soon' in row 28"),
    (altered(1, "2.5"), "holds '2.5' in row 28"),
    (altered(1, ""), "'period' is empty in row 28"),
    (rows(lambda u, t: (f"u{u}", 2000 + t, u + t, 2003.5 if u % 2 else "")), "'first_treated' holds '2003.5' in row"),
    (altered(0, ""), "'unit' of the panel frame is empty in row 28"),
    (altered(3, "2024-03-01"), "mixes forms"),
    (altered(3, "6"), "more than one 'first_treated' for unit u3"),
    (altered(2, "1,2,3"), "fields where the header has 4"),
    (rows(lambda u, t: (f"u{u}", f"{t}/{u % 9 + 1}/2024", u + t, "")), "day or month first"),
    (rows(lambda u, t: (f"u{u}", t, u + t, "2024-01-01" if u % 2 else "")), "different forms"),
    (HEAD, "has no rows"),
    ("", "is empty"),
    ("\n\n", "is empty"),
]


@pytest.mark.parametrize(("text", "words"), CASES)
def test_a_bad_panel_gets_one_sentence(refusal: Refusal, tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(text, encoding="utf-8")
    assert words in refusal("impact", path, "--mechanism", "judgement")


def test_one_column_cannot_stand_for_two(refusal: Refusal, tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(rows(usual), encoding="utf-8")
    words = refusal("impact", path, "--mechanism", "judgement", "--columns", "unit=period")
    assert "The column 'period' is named for both 'unit' and 'period'; name two columns." in words


def test_a_fraction_of_a_year_in_parquet_is_refused(refusal: Refusal, tmp_path: Path) -> None:
    table = {"unit": ["a", "b"], "period": [2001, 2002], "outcome": [1.0, 2.0], "first_treated": [2002.1, float("nan")]}
    pq.write_table(pa.table(table), tmp_path / "panel.parquet")
    words = refusal("impact", tmp_path / "panel.parquet", "--mechanism", "judgement")
    assert "'first_treated' holds 2002.1 in row 1" in words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (rows(usual).encode("utf-16"), "UTF-16 text; save it as CSV with the encoding UTF-8"),
        (rows(usual).replace("u1,", "Jos\u00e9,").encode("latin-1"), "not UTF-8 text. Save it with the encoding UTF-8"),
        (rows(usual).encode() * 40 + "Jos\u00e9,1,2,\n".encode("latin-1"), "not UTF-8 text"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\x00\x01\x02\x03" * 50, "binary data"),
        (b"PAR1 and nothing more", "is a damaged or cut off Parquet file; save it again"),
        (b"PAR1" + bytes(range(200)) * 9 + b"PAR1", "is a damaged or cut off Parquet file"),
        (b"\x1f\x8b and nothing more", "damaged gzip"),
        (b"\x7fELF\x00\x00", "binary data"),
    ],
)
def test_a_file_that_is_no_table_gets_one_sentence(
    refusal: Refusal, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "panel.csv"
    path.write_bytes(content)
    for command in (("impact", path, "--mechanism", "rule"), ("levels", path), ("assign", path, "--budget", "1")):
        assert words in refusal(*command)


def test_a_file_too_large_is_refused_before_it_is_read(refusal: Refusal, tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(10 * 10**9)
    words = refusal("impact", path, "--mechanism", "rule")
    assert "10.0 GB, more than the 4 GB" in words
    assert "--most-gb" in words


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("period", pa.array([True, False]), "'period' holds bool; it needs a whole number or a date"),
        ("period", pa.array([[1], [2]]), "'period' holds list"),
        ("outcome", pa.array([[1.0], [2.0]]), "expected a number"),
        ("outcome", pa.array([1.0, float("inf")]), "infinite in row 2"),
        ("unit", pa.array([[1], [2]]), "'unit' holds list"),
        ("unit", pa.nulls(2), "is empty in row 1"),
    ],
)
def test_a_parquet_column_of_the_wrong_type_is_named(
    refusal: Refusal, tmp_path: Path, column: str, values: pa.Array, words: str
) -> None:
    plain = {"unit": ["a", "b"], "period": [1, 2], "outcome": [1.0, 2.0], "first_treated": pa.array([2, None])}
    pq.write_table(pa.table(plain | {column: values}), tmp_path / "panel.parquet")
    assert words in refusal("impact", tmp_path / "panel.parquet", "--mechanism", "rule")


def test_a_folder_or_nothing_at_all_is_named(refusal: Refusal, tmp_path: Path) -> None:
    assert "is a folder" in refusal("levels", tmp_path)
    assert "There is no file" in refusal("levels", tmp_path / "none.csv")


def test_a_result_never_takes_the_place_of_its_input(refusal: Refusal, tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text("person,rater,category\na,b,3\nb,c,4\n")
    before = path.read_bytes()
    assert "is a file that is read" in refusal("levels", str(path), "--out", str(path))
    assert path.read_bytes() == before


def test_results_too_large_to_square_are_refused(refusal: Refusal, tmp_path: Path) -> None:
    rows = [
        f"u{unit},{period},{unit + period}e303,{3 if unit < 6 else ''}" for unit in range(12) for period in range(1, 6)
    ]
    path = tmp_path / "panel.csv"
    path.write_text("\n".join(["unit,period,outcome,first_treated", *rows]))
    words = refusal("impact", str(path), "--mechanism", "staggered", "--smallest-worthwhile", "0.3")
    assert "give it in a larger unit" in words


def test_an_ending_that_cannot_be_written_is_refused_at_once(refusal: Refusal, tmp_path: Path) -> None:
    assert ".parquet" in refusal("levels", tmp_path / "none.csv", "--out", tmp_path / "levels.xlsx")
    assert "neither .svg nor .png" in refusal("levels", tmp_path / "none.csv", "--plot", tmp_path / "levels.jpg")
    assert "--columns unit=state" in refusal("levels", tmp_path / "none.csv", "--columns", "person")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("person,rater,category\np,r,\n", "'category' is empty in row 1"),
        ("person,rater,category\np,r,2.5\n", "2.5 in row 1; categories are whole numbers. Write half points"),
        ("person,rater,category\np,r,7\nq,r,97\n", "run from 7 to 97, more than 51 categories"),
        ("person,rater,category\np,r,7\nq,r,7\n", "Every rating is 7, so the range of the categories cannot be seen"),
        ("person,rater,category,source\np,r,3,wizard\nq,r,4,self\n", "'wizard' in row 1; allowed: self, manager"),
        ("person,rater,category,rated_on\np,r,3,yesterday\n", "'rated_on' holds 'yesterday' in row 1"),
        ("person,rater,kategory\np,r,3\n", "The nearest is 'kategory'"),
    ],
)
def test_a_bad_ratings_file_gets_one_sentence(refusal: Refusal, tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(text, encoding="utf-8")
    assert words in refusal("levels", path)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (
            "impact x.csv --mechanism magic",
            "--mechanism is 'magic'; it takes lottery, queue, staggered, rule, judgement",
        ),
        ("impact x.csv", "--mechanism is missing; it takes lottery, queue, staggered"),
        ("impact", "FILE and --mechanism are missing; `upwell impact --help` has examples."),
        ("impact x.csv --mechanism rule --donut -1", "--donut is '-1'; it takes a whole number from 0 to 1,000."),
        ("impact x.csv --mechanism rule --donut", "--donut needs a value; it takes a whole number"),
        ("impact x.csv --mechanism rule --control", "--control needs a value; it takes notyet or never."),
        ("impact x.csv --mechnism rule", "There is no option '--mechnism'; the nearest is --mechanism"),
        ("impact x.csv --mechanism rule -z", "There is no option '-z'"),
        ("impact x.csv y.csv --mechanism rule", "'y.csv' is one word too many; the command takes FILE and options."),
        ("impact x.csv --mechanism rule --synthetic=3", "--synthetic is a switch and takes no value."),
        ("levels x.csv --grid many", "--grid is 'many'; it takes 'converged' or a number of nodes"),
        ("levels x.csv --as-of soon", "--as-of is 'soon'; it takes a day as YYYY-MM-DD."),
        ("levels x.csv --model rasch", "--model is 'rasch'; it takes ep or mfrm."),
        ("levels x.csv --most-gb 0", "--most-gb is '0'; it takes a number above 0."),
        ("assign x.csv --budget plenty", "--budget is 'plenty'; it takes a number from 0"),
        ("assign x.csv --budget -1e5", "--budget is '-1e5'; it takes a number from 0"),
        ("assign x.csv --budget nan", "--budget is 'nan'"),
        ("assign x.csv --budget 1e308", "--budget is '1e308'"),
        ("assign x.csv --budget 1 --budget 2", "--budget is given twice; say it once."),
        ("assign x.csv --budget 1 --fairness-floor 2", "--fairness-floor is '2'; it takes a number from 0 to 1."),
        ("gaps levels.csv", "REQUIREMENTS is missing: what is asked of whom."),
        ("loop company", "--out is missing: folder for the tables and report.html."),
        ("loop none --out new --seed -3", "--seed is '-3'; it takes a whole number from 0 up."),
        ("simulate --out new --people 5 --seed 1", "--people is '5'; it takes a whole number from 10 to 10,000,000."),
        (
            "simulate --out new --people 50 --seed 1 --months 0",
            "--months is '0'; it takes a whole number from 6 to 600.",
        ),
        ("simulate --out new --people 50 --seed 1 --defects some", "it takes none, real or hostile."),
    ],
)
def test_a_word_that_is_not_taken_gets_one_sentence(refusal: Refusal, typed: str, words: str) -> None:
    assert words in refusal(*typed.split())


def test_an_option_may_be_repeated_only_where_it_adds(answer: Callable[..., dict[str, Any]], ratings: Path) -> None:
    path = ratings.with_name("theirs.csv")
    path.write_text(ratings.read_text().replace("person,rater", "student,judge"))
    found = answer("levels", path, "--columns", "person=student", "--columns", "rater=judge", "--categories", "0-3")
    assert found["run"]["input"]["persons"] == 30


@pytest.mark.parametrize(
    ("command", "header", "row", "spelt"),
    [
        ("impact", "unit,2024-01,2024-02,2024-03,first_treated", "a,1,2,3,2024-03", "period VALUE outcome"),
        ("impact", "unit,Jan,Feb,Mar,first_treated", "a,1,2,3,", "period VALUE outcome"),
        ("impact", "state,sales_2001,sales_2002", "a,1,2", "period VALUE outcome"),
        ("levels", "person,rater_1,rater_2,rater_3", "a,1,2,3", "rater VALUE category"),
        ("levels", "person,judge anna,judge ben", "a,1,2", "rater VALUE category"),
    ],
)
def test_a_wide_file_is_told_how_to_become_long(
    refusal: Refusal, tmp_path: Path, command: str, header: str, row: str, spelt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wide.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    more = ("--mechanism", "rule") if command == "impact" else ()
    names = ("--columns", "unit=state") if header.startswith("state") else ()
    words = refusal(command, "wide.csv", *more, *names)
    assert "is wide" in words
    statement = words.split('"""')[1]
    assert spelt in statement
    long = duckdb.sql(statement)
    assert set(spelt.split(" VALUE ")) <= set(long.columns)
    assert long.fetchall()


def test_a_file_with_one_odd_column_is_not_called_wide(refusal: Refusal, tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.write_text("unit,year,outcome,first_treated\na,1,2,\n", encoding="utf-8")
    assert "has no column 'period'; it has unit, year" in refusal("impact", path, "--mechanism", "rule")


def test_what_the_system_refuses_is_said_without_numbers(refusal: Refusal, ratings: Path) -> None:
    words = refusal("levels", ratings, "--out", ratings / "below" / "levels.csv")
    assert "cannot be used: not a directory." in words
    assert "Errno" not in words


def test_a_packed_file_is_refused_by_its_unpacked_size(refusal: Refusal, tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as stream:
        stream.write(b"person,rater,category\n" + b"a,b,3\n" * 1_000_000)
    words = refusal("levels", path, "--most-gb", "0.001")
    assert "unpacks to more than the 0.001 GB that are read" in words


WORD = st.sampled_from(
    [
        "unit",
        "period",
        "outcome",
        "first_treated",
        "person",
        "rater",
        "category",
        "",
        "x",
        '"',
        "2024-01-01",
        "NaN",
        "é",
    ]
) | st.text(max_size=6)
CELL = st.integers(-5, 2030).map(str) | st.floats().map(str) | WORD
COMMANDS = (
    ("impact", "--mechanism", "judgement"),
    ("levels",),
    ("levels", "--model", "mfrm"),
    ("assign", "--budget", "5"),
)


def survives(path: Path, command: tuple[str, ...]) -> None:
    """Exit 0, or 2 with one line of words; anything raised fails the test."""
    shown, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(shown), contextlib.redirect_stdout(said):
        code = main([command[0], str(path), *command[1:], "--json"])
    assert code in (0, 2)
    assert (len(shown.getvalue().splitlines()) == 1) == (code == 2), shown.getvalue()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), command=st.sampled_from(COMMANDS))
def test_random_bytes_never_give_a_traceback(tmp_path: Path, content: bytes, command: tuple[str, ...]) -> None:
    path = tmp_path / "bytes.csv"
    path.write_bytes(content)
    survives(path, command)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=12), command=st.sampled_from(COMMANDS))
def test_random_cells_never_give_a_traceback(tmp_path: Path, table: list[list[str]], command: tuple[str, ...]) -> None:
    heads = {
        "impact": "unit,period,outcome,first_treated",
        "levels": "person,rater,category,source",
        "assign": "person,intervention,value,cost,hours",
    }
    path = tmp_path / "cells.csv"
    text = "\n".join([heads[command[0]], *(",".join(row) for row in table)])
    path.write_text(text, encoding="utf-8", errors="replace")
    survives(path, command)
