"""Whatever is handed in, the reader answers with findings, and every row is accounted for."""

import datetime as dt
import gzip
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upwell.domain.intake.readers.findings import Finding, Parsed, ranges
from upwell.domain.intake.readers.formats import BY_KEY, parse
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.source import Limits, SourceFile

TODAY = dt.date(2026, 3, 31)


def read(*files: tuple[str, bytes | str], format_key: str = "", limits: Limits | None = None) -> Parsed:
    sources = [SourceFile(name, data.encode() if isinstance(data, str) else data) for name, data in files]
    return parse(sources, Options(TODAY, limits=limits or Limits()), format_key=format_key)


def finding(parsed: Parsed, code: str) -> Finding:
    found = [one for one in parsed.findings if one.code == code]
    assert found, [one.code for one in parsed.findings]
    return found[0]


def balanced(parsed: Parsed) -> bool:
    return all(one.rows_in == one.made + one.merged + one.rejected for one in parsed.counts)


PEOPLE = "person_key,name,email,hired_on,manager_key,unit_name\n"


def test_a_byte_order_mark_and_semicolons_are_read() -> None:
    parsed = read(("p.csv", "\ufeffPerson key;Name;Unit name\n1;Zoë;Sales\n"))
    assert [one.name for one in parsed.records.persons] == ["Zoë"]
    assert finding(parsed, "semicolons").severity == "info"


def test_windows_text_is_read_with_a_warning_that_names_the_row() -> None:
    parsed = read(("p.csv", (PEOPLE + "1,Zoë,,,,Sales\n").encode("cp1252")))
    assert parsed.records.persons[0].name == "Zoë"
    assert finding(parsed, "not_utf8").row == 2


def test_utf16_is_read() -> None:
    assert read(("p.csv", (PEOPLE + "1,Ada,,,,Sales\n").encode("utf-16"))).records.persons[0].name == "Ada"


def test_nul_bytes_are_taken_out_and_reported() -> None:
    parsed = read(("p.csv", PEOPLE + "1,A\x00da,,,,Sales\n"))
    assert parsed.records.persons[0].name == "Ada"
    assert finding(parsed, "nul_bytes").row == 2


def test_names_from_right_to_left_are_kept_as_they_are() -> None:
    assert read(("p.csv", PEOPLE + "1,مريم العلي,,,,מכירות\n")).records.persons[0].name == "مريم العلي"


def test_a_name_of_ten_thousand_letters_is_cut_and_reported() -> None:
    parsed = read(("p.csv", PEOPLE + f"1,{'x' * 10_000},,,,Sales\n"))
    assert len(parsed.records.persons[0].name) == 300
    assert finding(parsed, "too_long").column == "name"


def test_a_cell_that_begins_like_a_formula_stays_text() -> None:
    parsed = read(("p.csv", PEOPLE + "1,=cmd|' /C calc'!A0,,,,Sales\n"))
    assert parsed.records.persons[0].name.startswith("=cmd")
    assert finding(parsed, "formula_like").rows == "2"


def test_a_person_hired_in_the_future_is_kept_and_reported() -> None:
    parsed = read(("p.csv", PEOPLE + "1,Ada,,2031-01-01,,Sales\n"))
    assert len(parsed.records.persons) == 1
    assert finding(parsed, "future_hire").value == "2031-01-01"


def test_a_circle_of_managers_loses_one_line() -> None:
    rows = "1,Ada,,,3,Sales\n2,Boris,,,1,Sales\n3,Chen,,,2,Sales\n"
    parsed = read(("p.csv", PEOPLE + rows))
    assert sum(bool(one.reports_to_key) for one in parsed.records.positions) == 2
    assert finding(parsed, "reporting_cycle").column == "manager_key"


def test_a_person_who_reports_to_themselves_has_no_line() -> None:
    parsed = read(("p.csv", PEOPLE + "1,Ada,,,1,Sales\n"))
    assert finding(parsed, "self_report").row == 2
    assert parsed.records.positions[0].reports_to_key == ""


def test_a_column_given_twice_is_reported() -> None:
    parsed = read(("p.csv", "person_key,name,name,unit_name\n1,Ada,Eve,Sales\n"))
    assert parsed.records.persons[0].name == "Ada"
    assert finding(parsed, "duplicate_column").row == 1


def test_rows_of_another_width_are_reported_with_what_was_left_out() -> None:
    parsed = read(("p.csv", PEOPLE + "1,Ada,,,,Sales,surplus\n2,Boris\n"))
    assert finding(parsed, "ragged_row").value == "surplus"
    assert balanced(parsed)


def test_dated_rows_of_one_person_become_changes_of_position_and_manager() -> None:
    rows = (
        "1,Ada,2,Sales,2024-01-01\n1,Ada,3,Support,2025-01-01\n2,Boris,,Sales,2020-01-01\n3,Chen,,Support,2020-01-01\n"
    )
    parsed = read(("p.csv", "person_key,name,manager_key,unit_name,valid_from\n" + rows))
    mine = [one for one in parsed.records.positions if one.key == "post/1"]
    assert [(one.unit_key, one.reports_to_key) for one in mine] == [("sales", "post/2"), ("support", "post/3")]


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused_with_a_reason(data: bytes) -> None:
    parsed = read(("p.csv", data))
    assert not parsed.usable
    assert finding(parsed, "empty_file").severity == "error"


def test_a_compressed_file_cut_short_is_refused() -> None:
    whole = gzip.compress((PEOPLE + "1,Ada,,,,Sales\n" * 500).encode())
    assert finding(read(("p.csv.gz", whole[:-20])), "broken_archive").file == "p.csv.gz"


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused() -> None:
    bomb = gzip.compress(b"0" * 5_000_000)
    assert finding(read(("p.csv.gz", bomb), limits=Limits(unpacked=1_000_000)), "unpacks_too_large").severity == "error"


def test_a_zip_is_read_as_the_files_inside() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("folder/p.csv", PEOPLE + "1,Ada,,,,Sales\n")
    assert read(("all.zip", buffer.getvalue())).counts[0].file == "p.csv"


def test_too_many_rows_are_refused() -> None:
    parsed = read(("p.csv", PEOPLE + "1,Ada,,,,Sales\n" * 20), limits=Limits(rows=10))
    assert finding(parsed, "too_many_rows").severity == "error"


def test_an_unknown_file_is_answered_with_the_known_formats_and_their_columns() -> None:
    advice = finding(read(("q.csv", "colour,taste\nred,sweet\n")), "unknown_format").advice
    assert all(key in advice for key in BY_KEY)
    assert "capability_key" in advice


def test_files_of_different_formats_are_refused_together() -> None:
    parsed = read(("p.csv", PEOPLE + "1,Ada,,,,S\n"), ("k.csv", "metric_key,person_key,month,value\nm,1,2026-01,3\n"))
    assert finding(parsed, "mixed_formats").severity == "error"


def test_a_missing_column_names_the_columns_expected() -> None:
    parsed = read(("r.csv", "person_key,level\n1,2\n"), format_key="ratings")
    assert finding(parsed, "missing_column").column == "capability_key"


def test_a_statement_without_an_actor_is_rejected_and_one_without_an_id_gets_one() -> None:
    lines = (
        '{"verb":{"id":"http://v"},"object":{"id":"http://o"},"actor":{},"timestamp":"2026-01-01T00:00:00Z"}\n'
        '{"verb":{"id":"http://v"},"object":{"id":"http://o"},"actor":{"mbox":"mailto:a@example.org"},'
        '"timestamp":"2026-01-01T00:00:00Z"}\nnot json\n'
    )
    parsed = read(("s.jsonl", lines))
    assert (len(parsed.records.statements), finding(parsed, "no_actor").row) == (1, 1)
    assert finding(parsed, "not_json").row == 3
    assert finding(parsed, "no_id").row == 2
    assert balanced(parsed)


def test_what_the_database_cannot_hold_is_taken_out_of_a_statement() -> None:
    line = (
        '{"id":"0198c2f0-0000-7000-8000-000000000001","verb":{"id":"http://v"},"object":{"id":"http://o"},'
        '"actor":{"mbox":"mailto:a@example.org","name":"A\\u0000da\\ud800"},"timestamp":"2026-01-01T00:00:00Z"}'
    )
    assert read(("s.jsonl", line)).records.statements[0].raw["actor"]["name"] == "Ada"


def test_row_numbers_are_folded_into_ranges() -> None:
    assert ranges([9, 3, 2, 4, 9]) == "2-4, 9"


CELLS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["1", "2", "2026-01-01", "=A1", "self", ""]
)


@settings(max_examples=150, deadline=None)
@given(key=st.sampled_from(sorted(BY_KEY)), rows=st.lists(st.lists(CELLS, min_size=1, max_size=9), max_size=8))
def test_every_row_is_made_merged_or_rejected_whatever_it_holds(key: str, rows: list[list[str]]) -> None:
    columns = BY_KEY[key].columns.split(";")[0].split(":")[-1].replace("[", ",").replace("]", "")
    header = [one.strip() for one in columns.split(",") if one.strip()]
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    parsed = read(("f.csv", ",".join(header) + "\n" + "\n".join(quoted)), format_key=key)
    assert balanced(parsed)
    rejected = sum(one.rejected for one in parsed.counts)
    assert not rejected or parsed.findings


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300), key=st.sampled_from(["", *sorted(BY_KEY)]))
def test_no_bytes_make_a_reader_fail(data: bytes, key: str) -> None:
    assert balanced(read(("f", data), format_key=key))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["actor", "verb", "object", "id", "@graph", "@type", "CFItems", "CFDocument", "competencies", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(content=JSON, key=st.sampled_from(["", "xapi", "case", "digcomp", "civil-service", "carpentries"]))
def test_no_json_makes_a_reader_fail(content: object, key: str) -> None:
    import json

    assert balanced(read(("f.json", json.dumps(content)), format_key=key))
