"""O*NET database text tables: Skills, Knowledge, Abilities or Work Activities, with Occupation Data."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from upwell.domain.intake.readers.findings import Ledger, Severity
from upwell.domain.intake.readers.keys import ranked
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.records import (
    CapabilityRecord,
    FamilyRecord,
    FrameworkRecord,
    LevelRecord,
    Records,
    RequirementRecord,
    RoleRecord,
    ScaleRecord,
)
from upwell.domain.intake.readers.source import SourceFile
from upwell.domain.intake.readers.table import Row, header_of, rows_of

RATING_COLUMNS = ("o_net_soc_code", "element_id", "element_name", "scale_id", "data_value")
OCCUPATION_COLUMNS = ("o_net_soc_code", "title", "description")
TOP_LEVEL = 7.0
TOP_IMPORTANCE = 5.0
FRAMEWORK = FrameworkRecord(
    key="onet",
    name="O*NET",
    publisher="US Department of Labor, Employment and Training Administration",
    licence="CC BY 4.0",
    source_url="https://www.onetcenter.org/database.html",
)
SCALE = ScaleRecord(
    "onet-level", "O*NET level 0 to 7", tuple(LevelRecord(n + 1, f"Level {n}", n * 5 / TOP_LEVEL) for n in range(8))
)
_FACETS = {"1.A": "personal", "1.C": "behaviour", "2.C": "knowledge", "4.A": "process"}


@dataclass(slots=True)
class _Pair:
    level: float | None = None
    importance: float | None = None


@dataclass(slots=True)
class _Tables:
    titles: dict[str, tuple[str, str]] = field(default_factory=dict)
    elements: dict[str, str] = field(default_factory=dict)
    pairs: dict[tuple[str, str], _Pair] = field(default_factory=dict)
    codes: dict[str, None] = field(default_factory=dict)


def matches(header: Sequence[str]) -> bool:
    """Whether a table with these columns is one of O*NET's that are read here."""
    return set(RATING_COLUMNS) <= set(header) or list(header) == list(OCCUPATION_COLUMNS)


def read(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """Elements become capabilities, occupations roles, LV the required level, IM the weight.

    Rows that O*NET marks as not relevant or recommends to suppress make no requirement; each is reported.
    """
    tables = _Tables()
    headers = {file.name: header_of(file.data[: 1 << 16].decode("utf-8-sig", "replace")) for file in files}
    for file in files:
        if "title" in headers[file.name]:
            _occupations(file, ledger, options, tables)
        elif set(RATING_COLUMNS) <= set(headers[file.name]):
            for row in rows_of(file, ledger, required=RATING_COLUMNS, quoted=False, limits=options.limits):
                _rating(row, tables)
        else:
            ledger.note(Severity.WARNING, "file_not_used", file.name, 0, "This O*NET table is not read by the import.")
    return _records(tables, ledger)


def _occupations(file: SourceFile, ledger: Ledger, options: Options, tables: _Tables) -> None:
    for row in rows_of(file, ledger, required=OCCUPATION_COLUMNS, quoted=False, limits=options.limits):
        code, title = row.text("o_net_soc_code", limit=20), row.text("title", limit=300)
        if not code or not title:
            row.reject("incomplete_row", "title", title, "Code and title are both needed.")
        elif code in tables.titles:
            row.merge("duplicate_row", "o_net_soc_code", code, "The occupation is listed before.")
        else:
            tables.titles[code] = (title, row.text("description"))
            row.keep()


def _rating(row: Row, tables: _Tables) -> None:
    code, element = row.text("o_net_soc_code", limit=20), row.text("element_id", limit=40)
    if not code or not element:
        row.reject("incomplete_row", "element_id", element, "Code and element are both needed.")
        return
    tables.elements.setdefault(element, row.text("element_name", limit=300))
    tables.codes.setdefault(code)
    scale = row.text("scale_id", limit=10)
    top = {"LV": TOP_LEVEL, "IM": TOP_IMPORTANCE}.get(scale)
    if top is None:
        row.reject("unknown_scale", "scale_id", scale, "Only level (LV) and importance (IM) are read.")
    elif row.text("recommend_suppress").upper() == "Y":
        _left_out(row, "recommend_suppress", "O*NET recommends to suppress this estimate (low precision).")
    elif row.text("not_relevant").upper() == "Y":
        _left_out(row, "not_relevant", "O*NET marks this element as not relevant to the occupation.")
    else:
        value = row.number_in("data_value")
        pair = tables.pairs.setdefault((code, element), _Pair())
        if value is None or not 0 <= value <= top:
            row.reject("out_of_range", "data_value", row.text("data_value"), f"{scale} must lie between 0 and {top:g}.")
        elif (pair.level if scale == "LV" else pair.importance) is not None:
            row.merge("duplicate_row", "scale_id", scale, "This occupation and element have this scale before; kept.")
        else:
            if scale == "LV":
                pair.level = value
            else:
                pair.importance = value
            row.keep()


def _left_out(row: Row, code: str, reason: str) -> None:
    row.ledger.note_each(
        Severity.INFO, code, row.file, row.number, f"{reason} It makes no requirement.", column=code, value="Y"
    )
    row.ledger.rejected(row.file)


def _records(tables: _Tables, ledger: Ledger) -> Records:
    requirements = tuple(
        RequirementRecord(
            f"onet/{code}",
            f"onet/{element}",
            pair.level * 5 / TOP_LEVEL,
            f"{pair.level:g} of 7",
            (pair.importance or TOP_IMPORTANCE) / TOP_IMPORTANCE,
        )
        for (code, element), pair in tables.pairs.items()
        if pair.level is not None
    )
    codes = list(tables.codes) or list(tables.titles)
    for code in codes:
        if code not in tables.titles:
            ledger.note_each(
                Severity.WARNING,
                "no_title",
                "Occupation Data",
                0,
                "Occupations without a title are named by their code; add Occupation Data to the import.",
                value=code,
            )
    untouched = len(tables.titles.keys() - tables.codes.keys()) if tables.codes else 0
    if untouched:
        ledger.note(
            Severity.INFO,
            "no_ratings",
            "Occupation Data",
            0,
            f"{untouched} occupations have no ratings in these files and are left out as roles.",
        )
    families: dict[str, FamilyRecord] = {}
    roles: list[RoleRecord] = []
    for code in codes:
        title, purpose = tables.titles.get(code, (code, ""))
        family = f"onet/{code[:7]}"
        base, about = tables.titles.get(f"{code[:7]}.00", (title, purpose))
        families.setdefault(family, FamilyRecord(family, base, f"SOC {code[:2]}", about))
        roles.append(RoleRecord(f"onet/{code}", title, family, purpose=purpose))
    ledger.facts.update(occupations=len(roles), elements=len(tables.elements), requirements=len(requirements))
    capabilities = tuple(
        CapabilityRecord(
            f"onet/{element}", name or element, "onet", "onet-level", facet=_FACETS.get(element[:3], "technical")
        )
        for element, name in tables.elements.items()
    )
    return Records(
        frameworks=(FRAMEWORK,),
        scales=(SCALE,),
        capabilities=capabilities,
        families=tuple(families.values()),
        roles=ranked(roles, requirements),
        requirements=requirements,
    )
