"""Organisations with known truth, for tests, demonstrations and load.

`on` lays simulated ratings, results and learning over a given structure; `organisation` draws the structure too.
`parts` and `blocks` give the same tables in parts of 10,000 people.
"""

from upwell.engine.simulate.defects import Defects
from upwell.engine.simulate.designs import (
    DEFAULT_KPIS,
    RECORDED_AS,
    KpiDesign,
    ProgrammeDesign,
    RatingDesign,
    Sending,
)
from upwell.engine.simulate.drawn import LAST_DAY, MONTHS, blocks, organisation
from upwell.engine.simulate.organisation import SimulatedOrganisation
from upwell.engine.simulate.overlay import on, parts, three_programmes
from upwell.engine.simulate.structure import Structure

__all__ = [
    "DEFAULT_KPIS",
    "LAST_DAY",
    "MONTHS",
    "RECORDED_AS",
    "Defects",
    "KpiDesign",
    "ProgrammeDesign",
    "RatingDesign",
    "Sending",
    "SimulatedOrganisation",
    "Structure",
    "blocks",
    "on",
    "organisation",
    "parts",
    "three_programmes",
]
