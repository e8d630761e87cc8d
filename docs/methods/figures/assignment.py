"""Draw `assignment.svg`: what money buys when people of every occupation train for the next one (O*NET, OEWS).

    python docs/methods/figures/assignment.py DATA

DATA is the folder that holds onet and labour. One person of each occupation moves to its nearest related occupation
with a higher job zone (O*NET 30.1). Needs are the skills in which the next occupation's published level is at least a
quarter higher (O*NET 29.0, scale 0 to 7); closing one is worth its levels times the skill's published importance there
(1 to 5), and costs the mean wage (OEWS May 2021) of the hours. Forty hours a level is an assumption; nobody gets more
than 400. The budget is a quarter of what everything would cost.
"""

import csv
import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from upwell.engine import assignment
from upwell.engine.cli.charts import frontier, standalone

HOURS_A_LEVEL, MOST_HOURS, MATERIAL, YEAR = 40.0, 400.0, 0.25, 2080.0
FLOOR = 0.25


def main(data: Path) -> None:
    """Write the figure beside this file and print what its page quotes."""
    table = candidates(data)
    asked = sum(table["cost"].to_pylist())
    budget = round(asked / 4, -4)
    found = assignment.solve(table, budget=budget, hours_per_person=MOST_HOURS)
    price = found.shadow_price[assignment.ALL]
    print(f"{len(set(table['person'].to_pylist()))} moves, {table.num_rows} needs, {asked:,.0f} for all of them")
    print(f"{found.plan.num_rows} for {found.spent:,.0f}: value {found.value:,.1f}, bound {found.bound:,.1f} ", end="")
    print(f"({found.gap:.4%}); {found.words}")
    fair = assignment.solve(
        table, budget=budget, hours_per_person=MOST_HOURS, fairness_floor=FLOOR, fairness_of="need", frontier=False
    )
    least = min(share(table, plan) for plan in groups(table, found.plan))
    after = min(share(table, plan) for plan in groups(table, fair.plan))
    print(f"least share of need of a group {least:.1%}, with the floor {after:.1%}; value {fair.value:,.1f} ", end="")
    print(f"({fair.value / found.value - 1:+.2%}), gap {fair.gap:.4%}")
    curve = found.frontier.to_pylist()
    words = (
        f"A quarter of the money, {budget:,.0f} dollars, buys {found.value / worth_of_all(table):.0%} of the weighted "
        f"closure. The next 10,000 dollars buy {price * 10_000:.1f} more (the straight line); no plan can exceed the "
        "dashed line, which lies on the curve."
    )
    columns = ([row[name] for row in curve] for name in ("budget", "value", "bound"))
    budgets, values, bounds = columns
    drawn = frontier(budgets, values, budget, words, bounds=bounds, slope=price)
    Path(__file__).with_suffix(".svg").write_text(standalone(drawn), encoding="utf-8")


def candidates(data: Path) -> pa.Table:
    """What each person could learn for the move, with its value and cost."""
    skills = published(data / "onet" / "29_0" / "Skills.txt.gz")
    zones = {row["O*NET-SOC Code"]: int(row["Job Zone"]) for row in rows(data / "onet" / "30_1" / "Job Zones.txt")}
    wages = {row["OCC_CODE"]: row["A_MEAN"] for row in csv.DictReader((data / "labour" / OEWS).open())}
    out = []
    moved: set[str] = set()
    for row in rows(data / "onet" / "30_1" / "Related Occupations.txt.gz"):
        now, then = row["O*NET-SOC Code"], row["Related O*NET-SOC Code"]
        wage = wages.get(now[:7], "").replace(",", "")
        is_next = now in skills and then in skills and zones.get(then, 0) > zones.get(now, 9)
        if now in moved or not is_next or not wage.isdecimal():
            continue
        moved.add(now)
        for skill, (importance, level) in skills[then].items():
            missing = level - skills[now].get(skill, (0.0, level))[1]
            if missing >= MATERIAL:
                hours = HOURS_A_LEVEL * missing
                cost = hours * float(wage) / YEAR
                out.append((now, skill, missing * importance, cost, hours, now[:2]))
    names = ("person", "intervention", "value", "cost", "hours", "unit")
    return pa.table({name: [row[i] for row in out] for i, name in enumerate(names)})


OEWS = "oews_national_may2021.csv"


def published(path: Path) -> dict[str, dict[str, tuple[float, float]]]:
    """Importance and level of every skill of every occupation."""
    parts: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows(path):
        skill = parts.setdefault(row["O*NET-SOC Code"], {}).setdefault(row["Element Name"], {})
        skill[row["Scale ID"]] = float(row["Data Value"])
    return {code: {name: (one["IM"], one["LV"]) for name, one in skills.items()} for code, skills in parts.items()}


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a text file of O*NET, packed or not."""
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8")
    yield from csv.DictReader(text.splitlines(), delimiter="\t")


def groups(table: pa.Table, plan: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The plan of each major group of occupations."""
    of = [person[:2] for person in plan["person"].to_pylist()]
    for group in sorted(set(table["unit"].to_pylist())):
        yield group, plan.filter(pa.array([one == group for one in of]))


def share(table: pa.Table, group: tuple[str, pa.Table]) -> float:
    """Part of a group's need that a plan closes."""
    need = sum(row["value"] for row in table.to_pylist() if row["unit"] == group[0])
    return sum(group[1]["value"].to_pylist()) / need


def worth_of_all(table: pa.Table) -> float:
    """The weighted closure if money and hours were no limit."""
    return float(sum(table["value"].to_pylist()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
