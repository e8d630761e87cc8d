"""Ratings, KPIs and learning laid over the real structure, with known truth."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from upwell.engine import simulate
from upwell.engine.simulate import KpiDesign, ProgrammeDesign, SimulatedOrganisation, Structure
from upwell.interfaces.console.demo.structure import Tree

MONTHS = 24
KPIS = (
    KpiDesign("delivery_index", "continuous", 100.0, 10.0),
    KpiDesign("right_first_time", "share", 0.82, 0.30),
    KpiDesign("changes_released", "count", 12.0, 0.18),
)
SUBJECTS = (
    ("Practice labs", "gddp/user-focus", "carpentries/carpentries/lesson-development-training"),
    (
        "Explaining clearly",
        "gddp/communicating-between-the-technical-and-non-technical",
        "carpentries/carpentries/instructor-training",
    ),
    ("Recovery clinic", "gddp/modern-development-standards", "carpentries/carpentries-incubator/git-novice-branch-pr"),
)
"""What each programme is called, which capability it builds with which lesson: three different professions."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the database holds of the framework and the catalogue, as columns for the simulation."""

    requirements: Sequence[tuple[str, str, float, float]]
    items: Sequence[tuple[str, str]]


def simulated(
    tree: Tree,
    roles: Mapping[str, str],
    catalogue: Catalogue,
    *,
    hired: Mapping[str, dt.date],
    as_of: dt.date,
    seed: int,
) -> tuple[SimulatedOrganisation, tuple[ProgrammeDesign, ...]]:
    """Simulate the organisation on its real skeleton: three programmes, ratings every half-year, monthly KPIs."""
    structure = Structure(
        people=pa.table(
            {
                "person": [post.key for post in tree.posts],
                "unit": [post.unit for post in tree.posts],
                "manager": [post.manager or None for post in tree.posts],
                "role": [roles[post.key] for post in tree.posts],
                "hired_on": pa.array([hired[post.key] for post in tree.posts], pa.date32()),
            }
        ),
        requirements=_table(("role", "capability", "required", "weight"), catalogue.requirements),
        items=_table(("item", "capability"), catalogue.items),
    )
    designs = tuple(
        replace(
            design, title=title, capability=capability, item=item, kpi=KPIS[0].key, smallest_worthwhile=0.2, size=400
        )
        for design, (title, capability, item) in zip(
            simulate.three_programmes(structure, months=MONTHS), SUBJECTS, strict=True
        )
    )
    found = simulate.on(structure, seed=seed, as_of=as_of, months=MONTHS, programmes=designs, kpis=KPIS)
    return found, designs


def _table(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> pa.Table:
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})
