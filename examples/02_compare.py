"""Three ideas for one problem, side by side: changes with intervals, money, and a verdict.

The scenario is the file that ``dongne demo`` runs, with fewer days to be quick. An interval that
holds zero means: the twin cannot tell the effect from luck. More replications make it narrower.
"""

from dataclasses import replace
from pathlib import Path

import scenarios
from scenarios import solutions
from twin.results import what_if
from twin.scenario import read

demo = Path(scenarios.__file__).with_name("demo.yaml")
scenario = replace(read(demo, solutions()), replications=3, day_types={"weekday": 250})
results = what_if(scenario)

for name in ("parking.illegal_daily", "parking.illegal_daily.ring", "parking.search_time"):
    row = results.comparison[name]
    print(f"{name}: {row.base.mean:.2f} {row.kpi.unit}")
    for alternative, effect in row.alternatives.items():
        interval = f"({effect.low:+.2f} to {effect.high:+.2f})"
        sure = "clear" if effect.clear else "not clear"
        print(f"  {alternative:8s}{effect.diff:+8.2f}  {interval} {sure}")
print()
for alternative, case in results.appraisal.cases.items():
    print(f"{alternative}: benefit over cost {case.bc:.2f}, net {case.npv / 1e6:+,.0f} M KRW")
print()
for sentence in results.verdict():
    print(sentence)
