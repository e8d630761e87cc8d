"""The steps of the loop as functions from tables to tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from upwell.engine import assignment, diagnosis, disclosure, gaps, impact, levels
from upwell.engine.cli import folder, rating_scales
from upwell.engine.errors import FrameError, NotEstimableError
from upwell.engine.frames import Column, Contract, accept
from upwell.engine.numerics.knapsack import MOST_PER_PERSON
from upwell.engine.scales import FIVE_LEVELS

Tables = dict[str, pa.Table]
EVERYONE: Final = "everyone"
ON_FIVE: Final = Contract(
    "ratings",
    tuple(
        Column("category", "integer", "category 1 to 5", low=1, high=5) if column.name == "category" else column
        for column in folder.RATINGS.columns
    ),
)
"""Ratings of a folder that says nothing else about their scale."""
EFFECT: Final = 0.30
"""Levels an item is expected to give where its file states no effect."""
SMALLEST_GROUP: Final = 5
SURE: Final = 0.5
"""Least probability of a material gap for a need to be diagnosed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person at the keyboard chose."""

    as_of: date
    seed: int
    budget: float | None
    hours: float | None
    material: float = 0.25


def levels_step(given: Tables, settings: Settings) -> Tables:
    """Levels per person and capability, severities per rater."""
    scaled = _scaled(given["ratings"], given.get("cuts"))
    result = levels.estimate(scaled.table, as_of=settings.as_of, scales=scaled.scales)
    return {"levels": result.estimates, "raters": result.raters}


def _scaled(ratings: pa.Table, cuts: pa.Table | None) -> rating_scales.Scaled:
    """Ratings on the cuts of the folder, as `upwell levels` reads them; without cuts 1 to 5 are the five levels."""
    if "scale" in ratings.column_names:
        return rating_scales.on_scales(ratings, {}, None, [])
    if cuts is not None:
        return rating_scales.on_scales(ratings, *rating_scales.published(cuts, "cuts"), [])
    return rating_scales.Scaled(accept(ratings, ON_FIVE), {rating_scales.COMMON: FIVE_LEVELS}, {})


def _seen(ratings: pa.Table) -> pa.Table:
    """What counts as evidence: ratings of somebody, and tests, which need nobody."""
    kept = ratings.filter(pc.or_(pc.is_valid(ratings["rater"]), pc.equal(ratings["source"], "test")))
    at = kept.schema.get_field_index("rater")
    return kept.set_column(at, "rater", pc.coalesce(kept["rater"], kept["person"]))


def gaps_step(given: Tables, settings: Settings) -> Tables:
    """Gaps of everyone employed, and their roll-up per unit and capability with small groups withheld."""
    people = employed(given["people"], settings.as_of)
    required = people.select(["person", "role"]).join(given["requirements"], "role", join_type="inner")
    if not required.num_rows:
        raise FrameError("No role in the people file has a requirement.")
    observed = gaps.confirm(_seen(given["ratings"]), as_of=settings.as_of).estimates
    found = gaps.compute(
        given["levels"],
        required,
        strategy_weights=given.get("strategy"),
        material=settings.material,
        evidence=observed.select(["person", "capability", "confirmed", "reason"]),
    )
    rolled = gaps.roll_up(found, closure(people, given.get("units"))).estimates
    parents = _parents(given.get("units"))
    above = [None if unit == EVERYONE else parents.get(unit) or EVERYONE for unit in rolled["unit"].to_pylist()]
    tree = rolled.append_column("above", pa.array(above, pa.string()))
    shown = disclosure.protect(
        tree, keys=["unit", "capability"], count="n", k=SMALLEST_GROUP, parent=("unit", "above")
    ).estimates
    return {"gaps": found.estimates, "gaps_by_unit": shown.drop_columns(["above"])}


def diagnosis_step(given: Tables, settings: Settings) -> Tables:
    """Likely cause of every confirmed need, and how the gaps split into personal and shared."""
    people = employed(given["people"], settings.as_of)
    unit_of = dict(zip(people["person"].to_pylist(), people["unit"].to_pylist(), strict=True))
    rows = given["gaps"].to_pylist()
    team: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in rows:
        if row["p_gap"] is not None:
            team[unit_of[row["person"]], row["capability"]].append(row["p_gap"] >= SURE)
    out: list[dict[str, Any]] = []
    for row in rows:
        if row["p_gap"] is None or row["p_gap"] < SURE or not row["confirmed"]:
            continue
        mates = team[unit_of[row["person"]], row["capability"]]
        others = len(mates) - 1
        facts = diagnosis.Facts(
            level=row["level"],
            sd=row["sd"],
            required=row["required"],
            team_share=(sum(mates) - 1) / others if others >= 1 else None,
            team_size=others if others >= 1 else None,
        )
        answer = diagnosis.assess(facts)
        first = answer.causes[0]
        out.append(
            {
                "person": row["person"],
                "capability": row["capability"],
                "role": row["role"],
                "cause": str(first.cause),
                "probability": first.probability,
                "training_opens": answer.training_opens,
                "reason": first.reasons[0] if first.reasons else "",
                "other_option": answer.other_options[0] if answer.other_options else "",
                "next_question": answer.questions[0].text if answer.questions else "",
            }
        )
    return {"needs": pa.Table.from_pylist(out, schema=NEEDS)}


NEEDS: Final = pa.schema(
    {
        "person": pa.string(),
        "capability": pa.string(),
        "role": pa.string(),
        "cause": pa.string(),
        "probability": pa.float64(),
        "training_opens": pa.bool_(),
        "reason": pa.string(),
        "other_option": pa.string(),
        "next_question": pa.string(),
    }
)


def assignment_step(given: Tables, settings: Settings) -> Tables:
    """The plan under the budget, its frontier and what a cut would drop."""
    candidates = candidates_of(given, settings)
    asked = float(pc.sum(candidates["cost"]).as_py() or 0.0)
    budget = settings.budget if settings.budget is not None else round(asked / 4, -2)
    result = assignment.solve(candidates, budget=budget, hours_per_person=settings.hours)
    summary = {
        "budget": budget,
        "asked": asked,
        "spent": result.spent,
        "value": result.value,
        "bound": result.bound,
        "gap": result.gap,
        "shadow_price": result.shadow_price[assignment.ALL],
        "people": len(set(result.plan["person"].to_pylist())),
        "is_default_budget": settings.budget is None,
    }
    return {
        "plan": result.plan,
        "frontier": result.frontier,
        "dropped": result.dropped,
        "assignment": pa.Table.from_pylist([summary]),
    }


def candidates_of(given: Tables, settings: Settings) -> pa.Table:
    """What could close which need: expected weighted closure = min(effect, shortfall) x weights."""
    needs = given["needs"].filter(given["needs"]["training_opens"])
    keys = ["person", "capability", "role"]
    open_needs = needs.select(keys).join(given["gaps"], keys, join_type="inner")
    items: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in given["items"].to_pylist():
        items[item["capability"]].append(item)
    done = _completed(given.get("learning"), settings.as_of)
    worth: dict[tuple[str, str], dict[str, Any]] = {}
    for need in open_needs.to_pylist():
        for item in items[need["capability"]]:
            key = (need["person"], item["item"])
            if key in done:
                continue
            effect = EFFECT if item.get("effect") is None else item["effect"]
            weight = need["weight"] * need["strategy_weight"] * need["outcome_link"]
            row = worth.setdefault(
                key,
                {
                    "person": need["person"],
                    "intervention": item["item"],
                    "value": 0.0,
                    "cost": item["cost"],
                    "hours": item["hours"],
                    "overlap": need["capability"],
                },
            )
            row["value"] += min(effect, max(0.0, need["shortfall"])) * weight
    kept: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in worth.values():
        kept[row["person"]].append(row)
    rows = [
        row
        for mine in kept.values()
        for row in sorted(mine, key=lambda r: (-r["value"], r["intervention"]))[:MOST_PER_PERSON]
    ]
    return pa.Table.from_pylist(rows, schema=CANDIDATES)


CANDIDATES: Final = pa.schema(
    {
        "person": pa.string(),
        "intervention": pa.string(),
        "value": pa.float64(),
        "cost": pa.float64(),
        "hours": pa.float64(),
        "overlap": pa.string(),
    }
)
EFFECTS: Final = pa.schema(
    {
        "programme": pa.string(),
        "title": pa.string(),
        "kpi": pa.string(),
        "mechanism": pa.string(),
        "verdict": pa.int64(),
        "words": pa.string(),
        "estimate": pa.float64(),
        "lo": pa.float64(),
        "hi": pa.float64(),
        "smallest_worthwhile": pa.float64(),
        "trained": pa.int64(),
        "compared": pa.int64(),
    }
)
EVENTS: Final = pa.schema(
    {
        "programme": pa.string(),
        "relative_period": pa.int64(),
        "estimate": pa.float64(),
        "lo": pa.float64(),
        "hi": pa.float64(),
        "band_lo": pa.float64(),
        "band_hi": pa.float64(),
    }
)


def impact_step(given: Tables, settings: Settings) -> Tables:
    """Effect and verdict of every programme; one that cannot be estimated says why."""
    effects: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for programme in given["programmes"].sort_by("programme").to_pylist():
        members = given["members"].filter(pc.equal(given["members"]["programme"], programme["programme"]))
        results = given["kpis"].filter(pc.equal(given["kpis"]["kpi"], programme["kpi"]))
        trained = members.num_rows - members["first_treated"].null_count
        row = {
            "programme": programme["programme"],
            "title": programme.get("title") or programme["programme"],
            "kpi": programme["kpi"],
            "mechanism": programme["mechanism"],
            "smallest_worthwhile": programme.get("smallest_worthwhile"),
            "trained": trained,
            "compared": members.num_rows - trained,
        }
        try:
            answer = impact.evaluate(
                panel_of(members, results),
                mechanism=programme["mechanism"],
                seed=settings.seed,
                smallest_worthwhile=programme.get("smallest_worthwhile"),
            )
        except NotEstimableError as reason:
            effects.append(row | {"verdict": 1, "words": str(reason)})
            continue
        effects.append(row | headline(answer))
        events += [row_of_event | {"programme": row["programme"]} for row_of_event in answer.event_study.to_pylist()]
    return {
        "effects": pa.Table.from_pylist(effects, schema=EFFECTS),
        "event_study": pa.Table.from_pylist([{k: e[k] for k in EVENTS.names} for e in events], schema=EVENTS),
    }


def headline(answer: impact.EffectResult) -> dict[str, Any]:
    """The interval the verdict rests on: the drawn estimate, else the bracket."""
    out: dict[str, Any] = {"verdict": answer.verdict.code, "words": answer.verdict.words}
    if answer.headline is not None:
        one = answer.headline
        return out | {"estimate": one.estimate, "lo": one.lo95, "hi": one.hi95}
    if answer.bracket is not None:
        middle = float(np.mean([e.estimate for e in answer.judged])) if answer.judged else None
        return out | {"estimate": middle, "lo": answer.bracket.lo, "hi": answer.bracket.hi}
    return out


def panel_of(members: pa.Table, results: pa.Table) -> pa.Table:
    """The panel of one programme from its members and one KPI."""
    joined = results.join(members.select(["person", "first_treated"]), "person", join_type="inner")
    return pa.table(
        {
            "unit": joined["person"],
            "period": joined["period"],
            "outcome": joined["value"],
            "first_treated": joined["first_treated"],
        }
    )


def employed(people: pa.Table, as_of: date) -> pa.Table:
    """People who have not left by the day."""
    if "left_on" not in people.column_names:
        return people
    gone = pc.fill_null(pc.less_equal(people["left_on"], pa.scalar(as_of, pa.date32())), False)
    return people.filter(pc.invert(gone))


def _parents(units: pa.Table | None) -> Mapping[str, str | None]:
    if units is None:
        return {}
    return dict(zip(units["unit"].to_pylist(), units["parent"].to_pylist(), strict=True))


def closure(people: pa.Table, units: pa.Table | None) -> pa.Table:
    """Each person with every unit above them; `everyone` stands above all.

    Raises:
        FrameError: the units run in a circle.
    """
    parent = _parents(units)
    paths: dict[str, list[str]] = {}
    for unit in set(people["unit"].to_pylist()):
        path: list[str] = []
        at: str | None = unit
        while at is not None:
            if at in path:
                raise FrameError(f"The unit '{at}' is above itself in the units file.")
            path.append(at)
            at = parent.get(at)
        paths[unit] = path[::-1]
    rows = [
        (person, unit, depth)
        for person, own in zip(people["person"].to_pylist(), people["unit"].to_pylist(), strict=True)
        for depth, unit in enumerate((EVERYONE, *(u for u in paths[own] if u != EVERYONE)))
    ]
    persons, names, depths = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "person": pa.array(persons, pa.string()),
            "unit": pa.array(names, pa.string()),
            "depth": pa.array(depths, pa.int64()),
        }
    )


def _completed(learning: pa.Table | None, as_of: date) -> set[tuple[str, str]]:
    if learning is None:
        return set()
    done = learning.filter(pc.fill_null(pc.less_equal(learning["completed_on"], pa.scalar(as_of, pa.date32())), False))
    return set(zip(done["person"].to_pylist(), done["item"].to_pylist(), strict=True))
