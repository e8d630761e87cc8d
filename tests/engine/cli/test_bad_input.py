"""Whatever is wrong with a file gets one sentence that says what to do, and exit code 2."""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

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
        (b"PAR1 and nothing more", "cannot be read"),
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
        ("person,rater,category,source\np,r,3,wizard\n", "'wizard' in row 1; allowed: self, manager"),
        ("person,rater,category,rated_on\np,r,3,yesterday\n", "'rated_on' holds 'yesterday' in row 1"),
        ("person,rater,kategory\np,r,3\n", "The nearest is 'kategory'"),
    ],
)
def test_a_bad_ratings_file_gets_one_sentence(refusal: Refusal, tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(text, encoding="utf-8")
    assert words in refusal("levels", path)


def test_bad_options_name_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["impact", "x.csv", "--mechanism", "magic"],
        ["impact", "x.csv", "--mechanism", "rule", "--donut", "-1"],
        ["levels", "x.csv", "--grid", "many"],
        ["levels", "x.csv", "--as-of", "soon"],
        ["assign", "x.csv", "--budget", "a lot"],
    ):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 2
        assert f"argument {words[-2]}" in capsys.readouterr().err


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
