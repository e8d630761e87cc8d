"""A simulated organisation: its tables as an organisation would export them, and the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine.errors import ParameterError
from upwell.engine.simulate.streams import Flags, Ints


@dataclass(frozen=True, slots=True)
class SimulatedOrganisation:
    """Frozen tables. Names beginning with `truth_` hold what no real organisation knows.

    people: person, unit, manager, role, hired_on, left_on
    units: unit, parent, name, valid_from, valid_to
    reporting: person, manager, valid_from, valid_to
    roles: role; capabilities: capability, family
    requirements: role, capability, required, weight; items: item, capability, title, hours, cost
    ratings: person, capability, rater, source, category (1-5), rated_on
    kpis: person, kpi, period (first day of the month), value
    learning: person, item, started_on, completed_on, applied, programme
    programmes: programme, title, item, capability, kpi, mechanism, starts_on, cost, hours, smallest_worthwhile
    members: programme, person, first_treated (blank = never), mechanism, score, cluster
    truth_people: person, general, team, motivation
    truth_levels: person, capability, month, level (at the end of the month)
    truth_gaps: person, capability, required, level, gap (required minus level at the end)
    truth_raters: rater, source, severity; truth_halos: person, rater, source, halo
    truth_items: item, effect; truth_cuts: category, cut
    truth_effects: programme, kpi, effect_kpi (mean over trained months, in the KPI's unit), effect_standardised,
    effect_level, mechanism, sent; truth_results: person, kpi, period, untreated
    """

    people: pa.Table
    units: pa.Table
    reporting: pa.Table
    roles: pa.Table
    capabilities: pa.Table
    requirements: pa.Table
    items: pa.Table
    ratings: pa.Table
    kpis: pa.Table
    learning: pa.Table
    programmes: pa.Table
    members: pa.Table
    truth_people: pa.Table
    truth_levels: pa.Table
    truth_gaps: pa.Table
    truth_raters: pa.Table
    truth_halos: pa.Table
    truth_items: pa.Table
    truth_cuts: pa.Table
    truth_effects: pa.Table
    truth_results: pa.Table

    def tables(self) -> dict[str, pa.Table]:
        """Every table by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def panel(self, programme: str) -> pa.Table:
        """The impact panel of one programme: unit, period, outcome, first_treated, cluster, assigned_by."""
        rows = self.programmes.filter(pc.equal(self.programmes["programme"], programme))
        if not rows.num_rows:
            raise ParameterError(f"There is no programme '{programme}'.")
        members = self.members.filter(pc.equal(self.members["programme"], programme))
        results = self.kpis.filter(pc.equal(self.kpis["kpi"], rows["kpi"][0]))
        joined = results.join(
            members.select(["person", "first_treated", "mechanism", "cluster"]), "person", join_type="inner"
        )
        panel = pa.table(
            {
                "unit": joined["person"],
                "period": joined["period"],
                "outcome": joined["value"],
                "first_treated": joined["first_treated"],
                "cluster": joined["cluster"],
                "assigned_by": joined["mechanism"],
            }
        )
        return panel.sort_by([("unit", "ascending"), ("period", "ascending")])


def day_column(days: Ints, blank: Flags | None = None) -> pa.Array:
    """Days since 1970-01-01 as a date column."""
    return pa.array(days.astype(np.int32), type=pa.int32(), mask=blank).cast(pa.date32())


def iso(day: int) -> date:
    """One day since 1970-01-01 as a date."""
    return date.fromordinal(day + date(1970, 1, 1).toordinal())
