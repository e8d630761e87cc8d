"""What `--help` says before and after the options of each command."""

from __future__ import annotations

from typing import Final

PURPOSE: Final = {
    "loop": "Run levels, gaps, causes, plan and effects over a folder of files and write one report.",
    "simulate": "Draw an organisation whose truth is known and write its files.",
    "levels": "Estimate levels of persons and severities of raters from one file of ratings (CSV or Parquet).",
    "gaps": "Compare levels with what roles require.",
    "assign": "Choose who should do what under a budget, with a bound on what any plan could be worth.",
    "impact": "Judge whether a programme moved a result, from one panel file (CSV or Parquet).",
}
EXAMPLES: Final = {
    "loop": """example:
  upwell simulate --out company --people 500 --seed 1
  upwell loop company --out answers --budget 50000""",
    "simulate": """example:
  upwell simulate --out company --people 500 --seed 1 --format parquet""",
    "levels": """columns: person, rater, category, and if there are: capability, source (self, manager, peer, report,
assessor, kpi, test, learning), rated_on (YYYY-MM-DD). Other names: --columns person=student,category=score.

examples:
  upwell levels ratings.csv --out levels.parquet
  upwell levels essays.csv.gz --model mfrm --facet language --json
  upwell levels essays.csv.gz --model mfrm --grid 21      (the fixed grid of numbers published with TAM)
  upwell levels scores.csv --categories 0-3 --source assessor --plot severity.svg""",
    "gaps": """example:
  upwell gaps levels.parquet requirements.csv --material 0.3 --out gaps.csv --json""",
    "assign": """example:
  upwell assign candidates.csv --budget 50000 --hours 40 --out plan.csv""",
    "impact": """columns: unit, period, outcome, first_treated (blank, NA, NaN, inf, never: never; 0 too where periods
begin above 0), and if there are: cluster, stratum, assigned_by. Periods are numbers (2004, 17, 202403) or dates
(2024-03-01, 2024-03, 2024Q1, 2024-W07); the step is found from the file.

mechanisms: lottery, queue (arbitrary waiting list), staggered (planned starts), rule (on a rating), judgement (of a
manager), self (chosen), universal (everybody).

examples:
  upwell impact panel.csv --mechanism staggered --control never --json
  upwell impact castle.csv --mechanism staggered --columns unit=state,period=year,outcome=l_homicide --treated post
  upwell impact sales.parquet --mechanism lottery --smallest-worthwhile 0.5 --out effect --plot effect.png""",
}
