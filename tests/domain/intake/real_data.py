"""Where the real files lie, and which of them belong together."""

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("UPWELL_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))
SAMPLE = Path(__file__).resolve().parents[3] / "src" / "upwell" / "sample_data"
SENIOR = "org/uk_central_gov_2011-03-31_senior_posts.csv.gz"
JUNIOR = "org/uk_central_gov_2011-03-31_junior_posts.csv.gz"
SETS: dict[str, tuple[str, ...]] = {
    "gddp": ("frameworks/uk_gddp/roles.csv.gz", "frameworks/uk_gddp/skills.csv"),
    "onet": ("onet/29_0/Skills.txt.gz", "onet/29_0/Occupation Data.txt.gz"),
    "civil-service": ("frameworks/uk_cs_competency_2012/civil-service-competency-framework.json",),
    "case": ("frameworks/case_format/opensalt-framework-20c5134f.json",),
    "digcomp": ("frameworks/digcomp_3_0/DigComp_3.0_Data_Supplement.jsonld",),
    "organogram": (SENIOR, JUNIOR),
    "tree": ("org/sourcegraph_2024-05-22_tree.csv",),
    "carpentries": ("learning/carpentries/courses.csv", "learning/carpentries/episodes.jsonl"),
    "exercism": ("learning/exercism/concepts.csv", "learning/exercism/exercises.csv"),
    "xapi-funmooc": ("xapi/funmooc_video_22000.jsonl.gz",),
    "xapi-tccc": ("xapi/tccc_2020_statements.json.gz",),
}


def real_files(name: str) -> list[tuple[str, bytes]]:
    """Name and bytes of each file of a set; skips the test where neither the data nor a sample of it is here."""
    paths = [_found(one) for one in SETS[name]]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        pytest.skip(f"The real data is not here ({', '.join(missing)}); set UPWELL_DATA to its folder.")
    return [(path.name, path.read_bytes()) for path in paths]


def _found(one: str) -> Path:
    """The file in the data folder, else the product's own copy of it."""
    whole = ROOT / one
    return whole if whole.is_file() else SAMPLE.joinpath(*Path(one).parts[-2:])
