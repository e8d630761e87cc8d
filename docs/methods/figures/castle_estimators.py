"""Draw `castle_estimators.svg`, `castle_event.svg` and `castle_bacon.svg`: one panel, every estimator.

    python docs/methods/figures/castle_estimators.py FOLDER

FOLDER holds `castle_doctrine.csv.gz` (Cheng and Hoekstra 2013, 50 states, 2000-2010; log homicides per 100,000).
"""

import csv
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from upwell.engine import impact

HERE = Path(__file__).parent
STYLE = (
    "text{font:11px sans-serif;fill:#333}.zero{stroke:#999;stroke-dasharray:3 3}.line{stroke:#1f5f99;stroke-width:2}"
    ".soft{stroke:#9ec5e8;stroke-width:7}.dot{fill:#1f5f99}.title{font-weight:bold}"
)
Row = tuple[str, float, float, float]


def panel(folder: Path) -> pa.Table:
    """States by year, treated from the first year with the law in force."""
    with gzip.open(folder / "castle_doctrine.csv.gz", "rt") as lines:
        rows = list(csv.DictReader(lines))
    start: dict[str, int] = {}
    for row in rows:
        if row["post"] == "1":
            start[row["sid"]] = min(start.get(row["sid"], 9999), int(row["year"]))
    return pa.table(
        {
            "unit": [row["sid"] for row in rows],
            "period": [int(row["year"]) for row in rows],
            "outcome": [float(row["l_homicide"]) for row in rows],
            "first_treated": pa.array([start.get(row["sid"]) for row in rows], pa.int64()),
        }
    )


def forest(rows: Sequence[Row], title: str, scale: float, middle: float, left: int = 190) -> str:
    """Values with intervals, one row each; `scale` pixels per unit around zero at `middle`."""
    height = 34 + 20 * len(rows)
    body = [f'<text class="title" x="4" y="14">{title}</text>']
    body.append(f'<line class="zero" x1="{middle}" x2="{middle}" y1="22" y2="{height - 6}"/>')
    for i, (label, value, lo, hi) in enumerate(rows):
        y = 36 + 20 * i
        x1, x2 = middle + scale * lo, middle + scale * hi
        body.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{label}</text>')
        body.append(f'<line class="line" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y}" y2="{y}"/>')
        body.append(f'<circle class="dot" cx="{middle + scale * value:.1f}" cy="{y}" r="3"/>')
        body.append(f'<text x="600" y="{y + 4}" text-anchor="end">{value:.3f} ({lo:.3f} to {hi:.3f})</text>')
    return svg(610, height, body, title)


def event(result: impact.EffectResult) -> str:
    """Effects by years since the law; pointwise and simultaneous intervals."""
    zero, scale = 110.0, 150.0
    title = "Effect by years since the law (dark: each year 95 %, light: all years at once)"
    body = [f'<text class="title" x="4" y="14">{title}</text>']
    body.append(f'<line class="zero" x1="30" x2="600" y1="{zero}" y2="{zero}"/>')
    for row in result.event_study.to_pylist():
        x = 350 + 32 * row["relative_period"]
        for lo, hi, kind in ((row["band_lo"], row["band_hi"], "soft"), (row["lo"], row["hi"], "line")):
            y1, y2 = zero - scale * lo, zero - scale * hi
            body.append(f'<line class="{kind}" x1="{x}" x2="{x}" y1="{y1:.1f}" y2="{y2:.1f}"/>')
        body.append(f'<circle class="dot" cx="{x}" cy="{zero - scale * row["estimate"]:.1f}" r="3"/>')
        body.append(f'<text x="{x}" y="212" text-anchor="middle">{row["relative_period"]}</text>')
    return svg(610, 220, body, title)


def bacon(result: impact.EffectResult) -> str:
    """Parts of the two-way estimate: weight as length, estimate as label."""
    found = result.estimators["bacon"]
    assert found is not None
    title = f"What the two-way estimate of {found.estimate:.4f} is made of"
    body = [f'<text class="title" x="4" y="14">{title}</text>']
    for i, part in enumerate(found.parts):
        weight = part.weight or 0.0
        y = 28 + 26 * i
        body.append(f'<text x="182" y="{y + 14}" text-anchor="end">{part.label.replace("_", " ")}</text>')
        body.append(f'<rect x="190" y="{y}" width="{260 * weight:.1f}" height="18" fill="#1f5f99"/>')
        words = f"weight {weight:.3f}, estimate {part.estimate:.4f}"
        body.append(f'<text x="{196 + 260 * weight:.1f}" y="{y + 14}">{words}</text>')
    return svg(640, 34 + 26 * len(found.parts), body, title)


def svg(width: int, height: float, body: list[str], title: str) -> str:
    """A drawing on white with a text alternative."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:g}" role="img" aria-label="{title}">'
    return head + f'<style>{STYLE}</style><rect width="100%" height="100%" fill="#fff"/>' + "".join(body) + "</svg>\n"


def main() -> None:
    """Write the three figures beside this file."""
    result = impact.evaluate(panel(Path(sys.argv[1])), mechanism="staggered", seed=1)
    rows = [(name, e.estimate, e.lo95, e.hi95) for name, e in result.estimators.items() if e is not None]
    if result.bracket is not None:
        middle = (result.bracket.lo + result.bracket.hi) / 2
        rows.append(("bracket", middle, result.bracket.lo, result.bracket.hi))
    title = "Log homicides after castle doctrine laws, by estimator (95 % intervals)"
    (HERE / "castle_estimators.svg").write_text(forest(rows, title, 300.0, 300.0))
    (HERE / "castle_event.svg").write_text(event(result))
    (HERE / "castle_bacon.svg").write_text(bacon(result))
    print(result.verdict.words, *result.diagnostics["notes"], sep="\n")
    for row in rows:
        print(*row)


if __name__ == "__main__":
    main()
