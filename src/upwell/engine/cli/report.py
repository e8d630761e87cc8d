"""The report: one HTML file without outside parts, which leads with sentences and proves them with figures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pyarrow.compute as pc

from upwell.engine import VERSION
from upwell.engine.cli import charts
from upwell.engine.cli.steps import EVERYONE, Settings, Tables
from upwell.engine.cli.style import CSS
from upwell.engine.diagnosis import NAMES, Cause

Facts = dict[str, Any]
THINNEST = 8
DRAWN = re.compile(r"<svg .*?</svg>", re.DOTALL)


def facts(tables: Tables, made: Tables, settings: Settings) -> Facts:
    """The figures the report leads with, also written to `summary.json`."""
    out: Facts = {
        "as_of": settings.as_of.isoformat(),
        "people": tables["people"].num_rows,
        "ratings": tables["ratings"].num_rows,
    }
    if "levels" in made:
        level = made["levels"]
        sizes = Counter(level["component"].to_pylist())
        out["levels"] = level.num_rows
        out["provisional_share"] = float(pc.mean(level["provisional"].cast("float64")).as_py() or 0.0)
        out["outside_main_component_share"] = 1 - max(sizes.values()) / max(1, level.num_rows)
    if "gaps" in made:
        state = Counter(made["gaps"]["state"].to_pylist())
        out["required"] = made["gaps"].num_rows
        out["states"] = dict(sorted(state.items()))
    if "needs" in made:
        needs = made["needs"]
        out["needs"] = needs.num_rows
        out["training_share"] = float(pc.mean(needs["training_opens"].cast("float64")).as_py() or 0.0)
        out["causes"] = dict(Counter(needs["cause"].to_pylist()).most_common())
    if "assignment" in made:
        out["assignment"] = made["assignment"].to_pylist()[0] | {
            "chosen": made["plan"].num_rows,
            "dropped": made["dropped"].num_rows,
        }
    if "effects" in made:
        out["effects"] = made["effects"].to_pylist()
    return out


def _parts(found: Facts, made: Tables) -> dict[str, str]:
    """The cards of the report by name."""
    cards = {
        "capabilities": _capabilities(made) if "gaps_by_unit" in made else "",
        "evidence": _evidence(found) if "levels" in found else "",
        "causes": _causes(found) if found.get("needs") else "",
        "plan": _plan(found, made) if found.get("assignment", {}).get("asked") else "",
        "effects": _effects(found) if found.get("effects") else "",
    }
    for at, row in enumerate(found.get("effects", []), 1):
        cards[f"programme_{at}"] = _event(row, made)
    return cards


def drawings(found: Facts, made: Tables) -> dict[str, str]:
    """The charts of the report by the name of their card."""
    drawn = {name: DRAWN.search(card) for name, card in _parts(found, made).items()}
    return {name: chart.group() for name, chart in drawn.items() if chart}


def page(found: Facts, made: Tables, settings: Settings) -> str:
    """The whole report."""
    parts = _parts(found, made).values()
    where = f"As of {settings.as_of:%d %B %Y} · engine {VERSION} · seed {settings.seed}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Upwell: the loop as of {settings.as_of}</title><style>{CSS}</style></head><body><main>"
        f'<header><p class="where">{escape(where)}</p><h1>{escape(_lead(found))}</h1>{_figures(found)}</header>'
        f'<div class="cards">{"".join(parts)}</div>'
        "<footer><p>Every number comes from a table beside this file; intervals are 95 %. Groups of fewer than five "
        "people are withheld. Completion of a course is never counted as an effect.</p></footer></main></body></html>"
    )


def _lead(found: Facts) -> str:
    states = found.get("states", {})
    total = max(1, found.get("required", 0))
    short = states.get("below", 0) / total
    sure = f"{short:.0%} of what roles ask is clearly not met"
    none = states.get("no_evidence", 0) / total
    if none >= 0.2:
        return f"{sure}, and {none:.0%} has no evidence at all."
    skill = found.get("training_share")
    if skill is not None and found.get("needs"):
        return f"{sure}; training is a fitting answer to {skill:.0%} of the confirmed needs."
    return f"{sure}."


def _figures(found: Facts) -> str:
    cells = [("people", f"{found['people']:,}"), ("ratings", f"{found['ratings']:,}")]
    if "needs" in found:
        cells.append(("confirmed needs", f"{found['needs']:,}"))
    if "assignment" in found:
        cells.append(("actions in the plan", f"{found['assignment']['chosen']:,}"))
    inner = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in cells)
    return f'<dl class="figures">{inner}</dl>'


def _card(title: str, body: str, note: str = "", rows: Sequence[tuple[str, ...]] | None = None) -> str:
    table = ""
    if rows:
        head = "".join(f"<th>{escape(c)}</th>" for c in rows[0])
        lines = "".join(f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in row)}</tr>" for row in rows[1:])
        table = (
            '<details><summary>Show as table</summary><div class="wide"><table>'
            f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div></details>"
        )
    extra = f'<p class="note">{escape(note)}</p>' if note else ""
    return f'<section class="card"><h2>{escape(title)}</h2>{body}{extra}{table}</section>'


def _capabilities(made: Tables) -> str:
    every = made["gaps_by_unit"].filter(pc.equal(made["gaps_by_unit"]["unit"], EVERYONE)).to_pylist()
    known = [row for row in every if row["share_meeting"] is not None]
    known = sorted(known, key=lambda row: (row["share_meeting"], row["capability"]))[:THINNEST]
    if not known:
        return _card("No capability has enough people to be shown", "")
    bars = [
        charts.Bar(
            str(row["capability"]),
            row["share_meeting"],
            row["share_lo95"],
            row["share_hi95"],
            f"{row['share_meeting']:.0%} of {row['n']}",
        )
        for row in known
    ]
    least = known[0]["share_meeting"]
    title = f"{known[0]['capability']} is the thinnest: {least:.0%} of people meet what their role asks"
    table = [("capability", "people", "share meeting", "from", "to", "mean gap")] + [
        (
            str(r["capability"]),
            f"{r['n']}",
            f"{r['share_meeting']:.0%}",
            f"{r['share_lo95']:.0%}",
            f"{r['share_hi95']:.0%}",
            f"{r['mean_gap']:+.2f}",
        )
        for r in known
    ]
    return _card(title, charts.bars(bars, title), "Share of people who meet the level, with its interval.", table)


def _evidence(found: Facts) -> str:
    provisional, apart = found["provisional_share"], found["outside_main_component_share"]
    title = f"{provisional:.0%} of the levels are provisional"
    bars = [
        charts.Bar("under two raters, and no test", provisional, None, None, f"{provisional:.0%}"),
        charts.Bar("no rater in common with the rest", apart, None, None, f"{apart:.0%}"),
    ]
    note = (
        f"{found['levels']:,} levels are estimated from {found['ratings']:,} ratings, corrected for how severe each "
        "rater is, for halo and for age."
    )
    return _card(title, charts.bars(bars, title), note)


def _causes(found: Facts) -> str:
    causes = found["causes"]
    total = sum(causes.values())
    names = {str(cause): NAMES[cause] for cause in Cause}
    first = next(iter(causes))
    title = f"{names.get(first, first).capitalize()} is the likeliest cause of {causes[first] / total:.0%} of the needs"
    bars = [
        charts.Bar(names.get(key, key), count / total, None, None, f"{count:,} needs") for key, count in causes.items()
    ]
    note = "From the data alone; up to five questions to the people concerned come before any decision."
    return _card(title, charts.bars(bars, title), note)


def _plan(found: Facts, made: Tables) -> str:
    plan = found["assignment"]
    per = plan["shadow_price"] * 10_000
    title = f"{plan['spent']:,.0f} buys {plan['chosen']:,} actions for {plan['people']:,} people"
    curve = made["frontier"]
    body = ""
    if curve.num_rows and plan["budget"] > 0:
        body = charts.frontier(curve["budget"].to_pylist(), curve["value"].to_pylist(), plan["budget"], title)
    note = (
        f"The plan is worth at least {1 - plan['gap']:.2%} of the best possible one. The next 10,000 would close "
        f"{per:.1f} more weighted levels; a cut of 10 % would drop {plan['dropped']:,} of these actions."
    )
    if plan["is_default_budget"]:
        note += " No budget was named, so a quarter of what every fitting action would cost was taken."
    rows = [("budget", "value", "at most")] + [
        (f"{r['budget']:,.0f}", f"{r['value']:,.1f}", f"{r['bound']:,.1f}") for r in curve.to_pylist()
    ]
    return _card(title, body, note, rows)


def _effects(found: Facts) -> str:
    effects = found["effects"]
    shown = [row for row in effects if row["lo"] is not None]
    proven = [row for row in effects if row["verdict"] in (2, 3)]
    title = f"{len(proven)} of {len(effects)} programmes can be shown to have moved their result"
    rows = [
        charts.Interval(
            row["title"],
            row["estimate"] if row["estimate"] is not None else (row["lo"] + row["hi"]) / 2,
            row["lo"],
            row["hi"],
            row["smallest_worthwhile"],
            row["mechanism"],
        )
        for row in shown
    ]
    words = "".join(f"<li><b>{escape(row['title'])}.</b> {escape(row['words'])}</li>" for row in effects)
    body = charts.intervals(rows, title) if rows else ""
    note = "The grey field is smaller than the smallest effect worth having."
    return _card(title, f"{body}<ul>{words}</ul>", note if rows else "")


def _event(row: Facts, made: Tables) -> str:
    table = made["event_study"]
    events = table.filter(pc.equal(table["programme"], row["programme"])).sort_by("relative_period").to_pylist()
    events = [e for e in events if None not in (e["estimate"], e["lo"], e["hi"]) and np.isfinite(e["hi"])]
    if not events:
        return ""
    after = [e for e in events if e["relative_period"] >= 0]
    clear = sum(e["band_lo"] > 0 or e["band_hi"] < 0 for e in after if e["band_lo"] is not None)
    title = f"{row['title']}: {clear} of {len(after)} months after the start differ clearly from nothing"
    if row["mechanism"] not in ("lottery", "queue"):
        title = f"{row['title']}: people were not drawn by lot, so this curve alone proves nothing"
    columns = [[e[name] for e in events] for name in ("relative_period", "estimate", "lo", "hi")]
    body = charts.events(columns[0], columns[1], columns[2], columns[3], title)
    note = "Difference to people not yet trained, by month; shaded: before the start. Clear means by a band that "
    note += "covers all months at once."
    return _card(title, body, note)
