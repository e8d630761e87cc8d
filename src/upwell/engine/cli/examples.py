"""What `--help` says before and after the options of each command; lines fit 79 characters."""

from __future__ import annotations

from typing import Final

PURPOSE: Final = {
    "loop": "Run levels, gaps, causes, plan and effects over a folder, and write one report.",
    "simulate": "Draw an organisation whose truth is known and write its files.",
    "levels": "Estimate levels of persons and severities of raters from one file of ratings.",
    "gaps": "Compare levels with what is required, with the probability of every gap.",
    "assign": "Choose who should do what under a budget, and say how much better any plan\ncould be.",
    "impact": "Judge from one panel file whether a programme moved a result.",
}
EXAMPLES: Final = {
    "loop": """files in DIR (.csv or .parquet): people, requirements, ratings
  and if there are:
  units, items, strategy, learning, kpis, programmes, members
  `upwell simulate` writes such a folder.

example:
  upwell simulate --out company --people 500 --seed 1
  upwell loop company --out answers --budget 50000""",
    "simulate": """example:
  upwell simulate --out company --people 500 --seed 1 --format parquet""",
    "levels": """columns:
  person, rater, category (whole number)
  and if there are: capability, rated_on (YYYY-MM-DD), source (self, manager,
  peer, report, assessor, kpi, test, learning)

example:
  upwell levels ratings.csv --out levels.parquet
  upwell levels scores.csv --categories 0-3 --source assessor --plot bias.svg
  upwell levels essays.csv --columns person=student,category=score --json
  upwell levels essays.csv.gz --model mfrm --facet language --json
  upwell levels essays.csv.gz --model mfrm --grid 21
    (21 nodes are the fixed grid of numbers published with TAM)""",
    "gaps": """columns:
  LEVELS: person, capability, level, sd
  REQUIREMENTS: person, capability, role, required (level 0 to 5), weight;
  with --people: role, capability, required, weight

example:
  upwell gaps levels.parquet requirements.csv --material 0.3 --out gaps.csv
  upwell gaps levels.parquet requirements.csv --people people.csv --json""",
    "assign": """columns:
  person, intervention, value (of closing the need), cost (money), hours
  and if there are: unit, session, overlap (what shares one benefit), period
    (whole numbers in their order, else by name); then a row is one
    intervention in one period, and a person gets it once

files of limits, with the names that the candidates use:
  --budgets        unit, budget   or   period, budget   or   unit, period,
                   budget; of --budget and these, two kinds can be kept at once
  --seats          session, seats
  --prerequisites  item, requires (one row for each that is required)
  --held, --duties person, item
  --person-hours   person, hours

answer:
  the plan, its value, the most any plan could be worth, the value of the next
  money (shadow_price), value by budget (frontier, drawn by --plot), every
  limit with its use and price (limits), what 10 % less money drops (dropped)

example:
  upwell assign candidates.csv --budget 50000 --hours 40 --out plan.csv
  upwell assign candidates.csv --budgets units.csv --budgets quarters.csv \\
      --seats seats.csv --duties mandatory.csv --json
  upwell assign candidates.csv --budget 50000 --fairness-floor 0.2 \\
      --fairness-of need \\
      --prerequisites needs.csv --held done.csv --plot frontier.svg""",
    "impact": """columns:
  unit, period, outcome (number), first_treated (blank, NA, NaN, inf or never:
  never treated; 0 too where periods begin above 0)
  and if there are: cluster, stratum, assigned_by, weight
  Periods are numbers (2004, 17, 202403) or dates (2024-03-01, 2024-03, 2024Q1,
  2024-W07); the step is found from the file.

mechanisms:
  lottery      drawn by lot
  queue        an arbitrary waiting list
  staggered    starts planned in advance
  rule         a rule on a rating or score
  judgement    somebody's judgement of who needs it
  self         they chose themselves
  universal    everybody

example:
  upwell impact panel.csv --mechanism staggered --control never --json
  upwell impact castle.csv --mechanism staggered --treated post \\
      --columns unit=state,period=year,outcome=l_homicide
  upwell impact sales.parquet --mechanism lottery --smallest-worthwhile 0.5 \\
      --out effect --plot effect.png""",
}
