"""What a level run found, in sentences."""

from collections.abc import Sequence

from upwell.engine.levels.contracts import INSTRUMENT, REFERENCES
from upwell.engine.levels.state import LevelState
from upwell.engine.numerics.coding import Codes

NAMES = {
    "self": "self-rating",
    "manager": "manager's rating",
    "peer": "peer's rating",
    "report": "report's rating",
    "assessor": "assessor's rating",
    "kpi": "figure from a KPI",
    "test": "test",
    "learning": "learning record",
}
SHARES = (
    (0.83, "nine tenths"),
    (0.7, "three quarters"),
    (0.58, "two thirds"),
    (0.42, "half"),
    (0.29, "a third"),
    (0.21, "a quarter"),
    (0.15, "a sixth"),
    (0.08, "a tenth"),
)
YEARS = 120


def information(state: LevelState, source: str) -> float:
    """What one fresh rating of an unknown rater tells of a level: 1 / (noise + halo + severity variance)."""
    values, group = state.values, state.groups[source]
    halo = 0.0 if group == INSTRUMENT else values["halo_sd"] ** 2
    return float(1.0 / (values["noise_sd"][source] ** 2 + halo + values["severity_sd"][group] ** 2))


def sentences(state: LevelState, sources: Sequence[str], *, aged: bool = True) -> tuple[str, ...]:
    """What was learned of the sources that occur, told against the reference source; of age only where ratings are
    ``aged``, that is of different ages."""
    if not sources:
        return ()
    reference = next((name for name in REFERENCES if name in sources), sources[0])
    base = information(state, reference)
    told = [_weight(name, reference, information(state, name) / base) for name in sources if name != reference]
    if aged:
        told.append(_age(state, reference))
    means = state.values["severity_mean"]
    told += [
        _lean(name, reference, means[state.groups[name]] - means[state.groups[reference]])
        for name in sources
        if state.groups[name] not in (state.groups[reference], INSTRUMENT)
    ]
    return tuple(told)


def connectedness(sizes: Codes) -> str:
    """Who can be compared with whom; ``sizes`` are the numbers of persons per connected subset, largest first."""
    total = int(sizes.sum())
    if total == 0:
        return "There is nobody to compare."
    if total == 1:
        return "One person is rated."
    if len(sizes) == 1:
        return f"All {total:,} people can be compared: common raters join them."
    apart = total - int(sizes[0])
    return (
        f"{int(sizes[0]):,} of {total:,} people can be compared with each other; {apart:,} in {len(sizes) - 1:,} "
        f"{'subset shares' if len(sizes) == 2 else 'subsets share'} no rater with them, so their levels rest on the "
        "reference group alone and are not comparable."
    )


def _one(source: str) -> str:
    """What a source gives, with its article."""
    name = NAMES[source]
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _start(source: str) -> str:
    return _one(source)[0].upper() + _one(source)[1:]


def _weight(source: str, reference: str, ratio: float) -> str:
    start, other = f"{_start(source)} carries", _one(reference)
    if ratio > 1.08:
        return f"{start} {ratio:.1f} times the information of {other}."
    if ratio > 0.92:
        return f"{start} as much information as {other}."
    share = next((words for least, words in SHARES if ratio >= least), None)
    return f"{start} {share} of the information of {other}." if share else f"{start} hardly any information."


def _age(state: LevelState, source: str) -> str:
    months = state.values["noise_sd"][source] ** 2 / state.values["drift"]
    if months > YEARS:
        return f"Age hardly weakens {_one(source)}."
    return f"{_start(source)} loses half of its information in {max(round(months), 1)} months."


def _lean(source: str, reference: str, mean: float) -> str:
    start, other = _start(source), _one(reference)
    if abs(mean) < 0.05:
        return f"{start} is on average as severe as {other}."
    way = "lower" if mean > 0 else "higher"
    return f"{start} is on average {abs(mean):.2f} levels {way} than {other}."
