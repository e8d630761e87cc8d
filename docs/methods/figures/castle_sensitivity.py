"""Draw `castle_sensitivity.svg`: homicides around self-defence laws, and how far the finding can be trusted.

    python docs/methods/figures/castle_sensitivity.py FOLDER

FOLDER holds `castle_doctrine.csv.gz` (Cheng and Hoekstra 2013, 50 states, 2000-2010; log homicides per 100,000).
"""

import csv
import gzip
import sys
from pathlib import Path

import pyarrow as pa

from upwell.engine import impact

HERE = Path(__file__).parent
STYLE = (
    "text{font:11px sans-serif;fill:#333}.axis{stroke:#999}.zero{stroke:#999;stroke-dasharray:3 3}"
    ".band{stroke:#9ec5e8;stroke-width:8}.line{stroke:#1f5f99;stroke-width:2}.dot{fill:#1f5f99}"
    ".soft{stroke:#d98c3f;stroke-width:2}.title{font-weight:bold}"
)


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


def vertical(x: float, lo: float, hi: float, kind: str, scale: float, zero: float) -> str:
    """An interval as a line; `scale` pixels per unit."""
    return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{zero - scale * lo:.1f}" y2="{zero - scale * hi:.1f}"/>'


def frame(left: float, width: float, title: str, zero: float, scale: float, ticks: list[float]) -> list[str]:
    """Title, zero line and labels of the vertical axis."""
    body = [f'<text class="title" x="{left}" y="16">{title}</text>']
    body.append(f'<line class="zero" x1="{left}" x2="{left + width}" y1="{zero}" y2="{zero}"/>')
    for tick in ticks:
        body.append(f'<text x="{left - 4}" y="{zero - scale * tick + 4:.1f}" text-anchor="end">{tick:g}</text>')
    return body


def draw(result: impact.EffectResult) -> str:
    """Both panels as SVG."""
    zero, scale = 140.0, 170.0
    body = frame(40, 300, "Effect by years since the law (dark 95 %, light all at once)", zero, scale, [-0.4, 0, 0.4])
    for row in result.event_study.to_pylist():
        x = 190 + 22 * (row["relative_period"] + 2.5)
        body.append(vertical(x, row["band_lo"], row["band_hi"], "band", scale, zero))
        body.append(vertical(x, row["lo"], row["hi"], "line", scale, zero))
        body.append(f'<circle class="dot" cx="{x:.1f}" cy="{zero - scale * row["estimate"]:.1f}" r="3"/>')
        body.append(f'<text x="{x:.1f}" y="325" text-anchor="middle">{row["relative_period"]}</text>')
    robust = result.sensitivity
    assert robust is not None
    body += frame(440, 300, "First block of years, if the trends drift apart", zero, scale, [-0.4, 0, 0.4])
    for shift, restriction, kind in ((0, "relative", "line"), (14, "smooth", "soft")):
        rows = [i for i in robust.intervals if (i.target, i.restriction) == ("first", restriction)]
        for j, row in enumerate(rows):
            body.append(vertical(470 + 56 * j + shift, row.lo, row.hi, kind, scale, zero))
            if not shift:
                body.append(f'<text x="{477 + 56 * j}" y="325" text-anchor="middle">{row.multiple:g} x</text>')
    body.append('<text x="400" y="342">blue: changes, orange: bends, up to so many times the largest before</text>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 350" role="img" aria-label="Event study of castle '
        f'doctrine laws with robust intervals"><style>{STYLE}</style><rect width="760" height="350" fill="#fff"/>'
        f"{''.join(body)}</svg>\n"
    )


if __name__ == "__main__":
    found = impact.evaluate(panel(Path(sys.argv[1])), mechanism="staggered", seed=1)
    (HERE / "castle_sensitivity.svg").write_text(draw(found))
    print(found.verdict.words, found.sensitivity, found.pretrend, found.mde, sep="\n")
