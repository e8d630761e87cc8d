"""The classical many-facet Rasch model as a step: ratings in, severities and persons in logits out.

For reference beside `levels.estimate`: it is what the literature publishes. It knows neither halo nor recency, and
takes each rating as independent given the person, so its intervals for persons are too narrow where raters have a
general impression of somebody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from upwell.engine.errors import FrameError, NotEstimableError, ParameterError
from upwell.engine.frames import Column, Contract, Result, accept
from upwell.engine.levels.contracts import GROUPS, INSTRUMENT
from upwell.engine.numerics.linkage import components
from upwell.engine.numerics.mfrm import REACH, Fit, fit_converged, fit_fixed, lay_out
from upwell.engine.numerics.mfrm_likelihood import Ability, Facets, moving, still
from upwell.engine.numerics.mfrm_persons import mean_squares, residual_share, weighted_likelihood

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Grid = Literal["converged"] | int
Steps = Literal["common", "item"]
Z80, Z95 = 1.2815515655446004, 1.959963984540054
FIXED_REACH: Final = 6.0
MOST_CATEGORIES: Final = 50
ALL: Final = "all"
ITEM: Final = "capability"
FEWEST_PERSONS: Final = 5
"""Persons from which a rater's severity is for other eyes than an analyst's."""

ASSUMPTIONS = (
    "A rating depends on the person and on the sum of the facets, on one logit scale, with steps common to all raters.",
    "Ratings of one person are independent once that person's value is known: no halo, no change over time.",
    "Persons are normally distributed; raters are neither severe nor lenient on average.",
)


@dataclass(frozen=True)
class ClassicalResult(Result):
    """`estimates` per person (logits), `raters`, the other `facets`, the `steps`, and the `fit` as plain numbers."""

    raters: pa.Table
    facets: pa.Table
    steps: pa.Table
    fit: Mapping[str, Any]


@dataclass(frozen=True)
class _Data:
    """Codes of every column and what was left out."""

    table: pa.Table
    names: tuple[str, ...]
    person: Ints
    persons: list[Any]
    codes: tuple[Ints, ...]
    levels: tuple[list[Any], ...]
    category: Ints
    scores: list[int]
    extreme: tuple[tuple[str, Any], ...]
    lost: list[Any]
    raterless: int
    repeats: int


def mfrm(
    ratings: object, *, facets: Sequence[str] = (), grid: Grid = "converged", steps: Steps = "common"
) -> ClassicalResult:
    """Fit person + rater (+ capability + further facets) + step by marginal maximum likelihood.

    Args:
        ratings: frame with `person`, `rater`, `category` (whole numbers, any range), and where there are several,
            `capability` (then it is a facet, as the items are elsewhere).
        facets: names of further columns that are facets, for example `language`.
        grid: `converged` integrates as finely as the data ask; a number of nodes (21) stands for that many fixed nodes
            from -6 to 6 logits, mean and variance by posterior moments, which is how TAM's published numbers came
            about.
        steps: `common` to all (rating scale) or per `item`, that is per capability (partial credit).

    Returns:
        `estimates` per person: level (posterior mean, logits), sd, intervals, counts, component, provisional, wle and
        wle_se. `raters`: severity (positive is severe, mean zero), se, lo95, hi95, n_persons, n_ratings, infit, outfit,
        shown (at least 5 persons). Of a single rater severity and se are 0 by definition, and a note says so.
        `se` comes from the observed information; on a fixed grid it is the smaller error TAM publishes, and
        `se_observed` the other.
        `fit`: deviance, mean, variance (also as `variances`), steps (also as `thresholds`, by name), reliabilities,
        counts.
        `diagnostics`: levels of facets without a finite estimate (`left_out`), the persons rated by these alone, and
        how many rows repeat another (`exact_repeats`; they count, unlike in `estimate`, as they do in the literature).

    Raises:
        FrameError: a column is missing or of the wrong kind.
        ParameterError: an option is out of range.
        NotEstimableError: one category only, facets that cannot be told apart, or no spread that is finite.

    Sources: Linacre 1989; Andrich 1978; Masters 1982; Bock and Aitkin 1981; Louis 1982. See `docs/methods/mfrm.md`.
    """
    if steps not in ("common", "item"):
        raise ParameterError(f"The steps are 'common' or per 'item', not '{steps}'.")
    if grid != "converged" and not (isinstance(grid, int) and 5 <= grid <= 2001):
        raise ParameterError("The grid is 'converged' or a number of nodes from 5 to 2001.")
    data = _read(ratings, tuple(facets))
    group = _groups(data, steps)
    sizes = [len(levels) for levels in data.levels]
    laid = lay_out(data.person, data.category, data.codes, group, len(data.scores))
    if grid == "converged":
        fit = fit_converged(laid, sizes)
        ability = moving(fit.mean, fit.variance**0.5, np.linspace(-REACH, REACH, fit.nodes))
    else:
        nodes = np.linspace(-FIXED_REACH, FIXED_REACH, int(grid))
        fit = fit_fixed(laid, sizes, nodes)
        ability = still(fit.mean, fit.variance**0.5, nodes)
    return _result(data, laid, fit, ability, grid, steps)


def _read(ratings: object, facets: tuple[str, ...]) -> _Data:
    known = {"person", "rater", "category", ITEM}
    repeated = [name for name in facets if name in known or facets.count(name) > 1]
    if repeated:
        raise ParameterError(f"The column '{repeated[0]}' is part of the model already; do not name it as a facet.")
    contract = Contract(
        "ratings",
        (
            Column("person", "key"),
            Column("rater", "key", nullable=True),
            Column("category", "integer", "category"),
            Column(ITEM, "key", required=False),
            *(() if "source" in facets else (Column("source", "text", nullable=True, required=False),)),
            *(Column(name, "key") for name in facets),
        ),
    )
    given = _as_keys(ratings, facets)
    table = accept(given, contract)
    if isinstance(given, pa.Table) and "rated_on" in given.column_names:
        table = table.append_column("rated_on", given["rated_on"])
    if not table.num_rows:
        raise FrameError("The ratings frame has no rows.")
    raterless = table["rater"].null_count
    if raterless == table.num_rows:
        raise NotEstimableError("No rating names a rater; the many-facet model needs raters.")
    table = table.filter(pc.is_valid(table["rater"])) if raterless else table
    repeats = table.num_rows - table.group_by(table.column_names).aggregate([]).num_rows
    people = table["person"].unique()
    names = ("rater", *((ITEM,) if ITEM in table.column_names else ()), *facets)
    table, extreme = _without_extremes(table, names)
    person, persons = _coded(table["person"])
    coded = [_coded(table[name]) for name in names]
    scores, category = np.unique(table["category"].to_numpy(), return_inverse=True)
    if len(scores) < 2:
        raise NotEstimableError(_one_category(extreme))
    if len(scores) > MOST_CATEGORIES:
        raise NotEstimableError(
            f"The ratings have {len(scores)} categories; at most {MOST_CATEGORIES} can be modelled."
        )
    return _Data(
        table,
        names,
        person,
        persons,
        tuple(code for code, _ in coded),
        tuple(levels for _, levels in coded),
        category.astype(np.int64),
        [int(s) for s in scores],
        extreme,
        sorted(set(people.to_pylist()) - set(persons)),
        raterless,
        repeats,
    )


def _as_keys(ratings: object, facets: tuple[str, ...]) -> object:
    """Facets of any type (dates, numbers, yes or no) as text."""
    try:
        table = ratings if isinstance(ratings, pa.Table) else pa.table(ratings)
    except (TypeError, ValueError):
        return ratings
    for name in facets:
        at = table.schema.get_field_index(name)
        kind = table.schema.field(at).type if at >= 0 else pa.string()
        if not (pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_dictionary(kind)):
            table = table.set_column(at, name, table.column(at).cast(pa.string()))
    return table


def _one_category(extreme: tuple[tuple[str, Any], ...]) -> str:
    if not extreme:
        return "Every rating is in the same category, so nothing can be estimated."
    name, level = extreme[0]
    return (
        f"Without the {len(extreme)} levels of facets whose ratings are all in the lowest or in the highest category, "
        f"first {name} '{level}', every rating is in the same category, so nothing can be estimated."
    )


def _without_extremes(table: pa.Table, names: tuple[str, ...]) -> tuple[pa.Table, tuple[tuple[str, Any], ...]]:
    """Leave out levels rated in the lowest or the highest category only: they have no finite estimate."""
    out: list[tuple[str, Any]] = []
    while True:
        span = pc.min_max(table["category"]).as_py()
        found: list[tuple[str, Any]] = []
        for name in names:
            each = table.group_by(name).aggregate([("category", "min"), ("category", "max")])
            low = pc.equal(each["category_max"], span["min"])
            high = pc.equal(each["category_min"], span["max"])
            found += [(name, value) for value in each.filter(pc.or_(low, high))[name].to_pylist()]
        if not found or span["min"] == span["max"]:
            return table, tuple(sorted(out, key=str))
        out += found
        for name in names:
            values = [value for facet, value in found if facet == name]
            if values:
                among = pc.is_in(table[name], value_set=pa.array(values, table.schema.field(name).type))
                table = table.filter(pc.invert(among))
        if not table.num_rows:
            raise NotEstimableError("Every rater used the lowest or the highest category only.")


def _groups(data: _Data, steps: Steps) -> Ints:
    if steps == "common" or ITEM not in data.names:
        return np.zeros(len(data.person), dtype=np.int64)
    at = data.names.index(ITEM)
    item, k = data.codes[at], len(data.scores)
    used = np.bincount(item * k + data.category, minlength=len(data.levels[at]) * k).reshape(-1, k)
    short = np.flatnonzero((used == 0).any(axis=1))
    if len(short):
        name = data.levels[at][int(short[0])]
        unused = data.scores[int(np.flatnonzero(used[short[0]] == 0)[0])]
        raise NotEstimableError(f"No rating of the capability '{name}' is {unused}; use steps common to all.")
    return item


def _coded(values: pa.ChunkedArray) -> tuple[Ints, list[Any]]:
    encoded = values.combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[encoded.indices.to_numpy()], encoded.dictionary.take(pa.array(order)).to_pylist()


def _result(data: _Data, laid: Facets, fit: Fit, ability: Ability, grid: Grid, steps: Steps) -> ClassicalResult:
    squares = mean_squares(laid, fit.full, ability)
    wle = weighted_likelihood(laid, fit.full)
    is_fixed = grid != "converged"
    cuts = np.cumsum([len(levels) for levels in data.levels])[:-1]
    infit, outfit = np.split(squares.infit, cuts), np.split(squares.outfit, cuts)
    tables = []
    for at, name in enumerate(data.names):
        se = fit.facet_plain_se[at] if is_fixed else fit.facet_se[at]
        tables.append(_facet(data, at, name, fit.facets[at], se, fit.facet_se[at], infit[at], outfit[at]))
    raters = tables[0].rename_columns(["rater" if c == "level" else c for c in tables[0].column_names])
    raters = raters.rename_columns(["severity" if c == "estimate" else c for c in raters.column_names]).drop(["facet"])
    others = [t.set_column(1, "level", t["level"].cast(pa.string())) for t in tables[1:]]
    empty = tables[0].slice(0, 0).set_column(1, "level", pa.array([], pa.string()))
    persons, subset = _persons(data, fit, wle.theta, wle.se)
    numbers = {
        "model": "mfrm",
        "grid": grid,
        "nodes": fit.nodes,
        "formula": " + ".join(("person", *data.names, "step" if steps == "common" else "capability:step")),
        "metric": "logit",
        "deviance": fit.deviance,
        "log_likelihood": fit.log_likelihood,
        "parameters": fit.parameters,
        "aic": fit.deviance + 2 * fit.parameters,
        "bic": fit.deviance + fit.parameters * float(np.log(len(data.persons))),
        "mean": fit.mean,
        "variance": fit.variance,
        "steps": fit.steps[0].tolist() if len(fit.steps) == 1 else fit.steps.tolist(),
        "thresholds": _thresholds(data, fit, steps),
        "variances": {"person": fit.variance},
        "eap_reliability": fit.eap_reliability,
        "wle_reliability": wle.reliability,
        "variance_explained": residual_share(laid, fit.full, wle.theta),
        "categories": data.scores,
        "facets": {
            name: {str(k): float(v) for k, v in zip(data.levels[at], fit.facets[at], strict=True)}
            for at, name in enumerate(data.names)
            if at
        },
    }
    return ClassicalResult(
        estimates=persons,
        diagnostics={
            "ratings": len(data.person),
            "persons": len(data.persons),
            "raters": len(data.levels[0]),
            "rounds": fit.rounds,
            "largest_scaled_gradient": fit.gradient,
            "exact_information": fit.exact,
            "subsets": subset,
            "left_out": [{"facet": name, "level": level} for name, level in data.extreme],
            "persons_left_out": data.lost,
            "ratings_without_rater": data.raterless,
            "exact_repeats": data.repeats,
        },
        assumptions=(*ASSUMPTIONS, *_notes(data, subset), *_reliable(wle.reliability)),
        raters=raters,
        facets=pa.concat_tables(others) if others else empty,
        steps=_steps(data, fit, steps),
        fit=numbers,
    )


def _thresholds(data: _Data, fit: Fit, steps: Steps) -> dict[str, list[float]]:
    """Steps per capability where they differ, else for all."""
    named = data.levels[data.names.index(ITEM)] if steps == "item" and ITEM in data.names else ["common"]
    return {str(name): row.tolist() for name, row in zip(named, fit.steps, strict=True)}


def _notes(data: _Data, subsets: int) -> list[str]:
    notes = []
    holes = (score for low, high in pairwise(data.scores) for score in range(low + 1, high))
    missing = list(islice(holes, 5))
    if missing:
        notes.append(f"No rating is {', '.join(map(str, missing))}; the categories in use were counted without gaps.")
    if data.extreme:
        name, level = data.extreme[0]
        notes.append(
            f"{len(data.extreme)} levels have no finite estimate, because all their ratings are in the lowest or in "
            f"the highest category, and were left out, first {name} '{level}'."
        )
    if data.lost:
        notes.append(
            f"{len(data.lost)} persons were rated by these alone and have no estimate either, first '{data.lost[0]}'."
        )
    if data.raterless:
        were = "rating without a rater was" if data.raterless == 1 else "ratings without a rater were"
        notes.append(f"{data.raterless} {were} left out.")
    if data.repeats:
        notes.append(
            f"{data.repeats:,} rows repeat another row in every column that is read and were counted all the same; "
            "if they are the same rating entered twice, leave them out of the file."
        )
    if len(data.levels[0]) == 1:
        notes.append(
            "There is one rater only: severity is 0 by definition, without an error, and part of every person's value."
        )
    if subsets > 1:
        notes.append(
            f"The ratings fall into {subsets} subsets without a common rater or person; they are compared only on the "
            "assumption that their persons are alike."
        )
    return notes


def _reliable(reliability: float) -> list[str]:
    if reliability >= 0:
        return []
    return [
        f"The WLE reliability is {reliability:.3f}: the mean error variance of the persons' WLE is larger than the "
        "variance of the WLE themselves, as with few ratings of each person; read it as 0. The EAP reliability is not "
        "touched by this."
    ]


def _facet(
    data: _Data, at: int, name: str, estimate: Floats, se: Floats, observed: Floats, infit: Floats, outfit: Floats
) -> pa.Table:
    code, size = data.codes[at], len(data.levels[at])
    people = np.bincount(np.unique(code * len(data.persons) + data.person) // len(data.persons), minlength=size)
    return pa.table(
        {
            "facet": pa.array([name] * size, pa.string()),
            "level": pa.array(data.levels[at], data.table.schema.field(name).type),
            "estimate": estimate,
            "se": se,
            "lo95": estimate - Z95 * observed,
            "hi95": estimate + Z95 * observed,
            "n_persons": people,
            "n_ratings": np.bincount(code, minlength=size),
            "infit": infit,
            "outfit": outfit,
            "se_observed": observed,
            "shown": people >= FEWEST_PERSONS,
        }
    )


def _persons(data: _Data, fit: Fit, wle: Floats, wle_se: Floats) -> tuple[pa.Table, int]:
    n, raters = len(data.persons), len(data.levels[0])
    pairs = np.unique(data.person * raters + data.codes[0])
    own, rater = pairs // raters, pairs % raters
    independent = np.unique((data.person * raters + data.codes[0])[_is_independent(data.table)]) // raters
    counted = np.bincount(independent, minlength=n)
    component, _ = components(own, rater, n, raters)
    kinds = data.levels[data.names.index(ITEM)] if ITEM in data.names else []
    level, sd = fit.theta, fit.theta_sd
    table = pa.table(
        {
            "person": pa.array(data.persons, data.table.schema.field("person").type),
            "capability": pa.array([str(kinds[0]) if len(kinds) == 1 else ALL] * n, pa.string()),
            "level": level,
            "sd": sd,
            "lo80": level - Z80 * sd,
            "hi80": level + Z80 * sd,
            "lo95": level - Z95 * sd,
            "hi95": level + Z95 * sd,
            "n_ratings": np.bincount(data.person, minlength=n),
            "n_raters": counted,
            "component": component,
            "provisional": counted < 2,
            "wle": wle,
            "wle_se": wle_se,
        }
    )
    return table, int(component.max()) + 1


def _is_independent(table: pa.Table) -> NDArray[np.bool_]:
    """Ratings that neither the person nor an instrument gave, as far as the column `source` tells."""
    if "source" not in table.column_names:
        return np.ones(table.num_rows, dtype=bool)
    source = pc.utf8_lower(table["source"].cast(pa.string()))
    apart = pa.array([name for name, group in GROUPS.items() if name == "self" or group == INSTRUMENT])
    return np.asarray(pc.invert(pc.is_in(source, value_set=apart)))


def _steps(data: _Data, fit: Fit, steps: Steps) -> pa.Table:
    groups, count = fit.steps.shape
    item = ITEM in data.names and steps == "item"
    names = data.levels[data.names.index(ITEM)] if item else [None]
    return pa.table(
        {
            "capability": pa.array([None if v is None else str(v) for v in names for _ in range(count)], pa.string()),
            "to_category": pa.array(data.scores[1:] * groups, pa.int64()),
            "step": fit.steps.ravel(),
            "se": fit.step_se.ravel(),
        }
    )
