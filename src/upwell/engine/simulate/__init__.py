"""Organisations with known truth, for tests, demonstrations and load.

`on` lays simulated ratings, results and learning over a given structure; `organisation` draws the structure too.
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
from upwell.engine.simulate.drawn import LAST_DAY, organisation
from upwell.engine.simulate.organisation import SimulatedOrganisation
from upwell.engine.simulate.overlay import on, three_programmes
from upwell.engine.simulate.structure import Structure

__all__ = [
    "DEFAULT_KPIS",
    "LAST_DAY",
    "RECORDED_AS",
    "Defects",
    "KpiDesign",
    "ProgrammeDesign",
    "RatingDesign",
    "Sending",
    "SimulatedOrganisation",
    "Structure",
    "on",
    "organisation",
    "three_programmes",
]
