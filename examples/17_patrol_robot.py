"""Who looks after a park by night: robots on a loop, at random or at hot spots, cameras, a guard.

The same night for all: what is seen of the park, the chance that a fire, a crime or somebody who
fell is seen while it lasts, and what presence deters, with the weak evidence that there is. Then
the verdict: what was promised is worth next to nothing beside its cost, and what is left are hours
of guards.
"""

from pathlib import Path

from scenarios import solutions
from twin.results import what_if
from twin.scenario import read

SHOWN = ("coverage", "reached", "gap_p95", "detect_fire", "detect_crime", "detect_fall", "t_crime",
         "seen", "fire_loss", "alarms", "guard_h", "operator_h", "km")  # fmt: skip

scenario = read(Path(__file__).with_name("patrol_robot.yaml"), solutions())
results = what_if(scenario)
names = list(scenario.alternatives)

print(f"{'':14s}{'today':>10}" + "".join(f"{name:>10}" for name in names))
for name in SHOWN:
    row = results.comparison[f"patrol.{name}"]
    cells = [row.base.mean, *(row.alternatives[one].mean for one in names)]
    told = "".join(f"{'-' if cell is None else f'{cell:,.4g}':>10}" for cell in cells)
    print(f"{name:14s}{told} {row.kpi.unit}")
deterred = results.comparison["patrol.deterred"]
for name in names:
    a_year = 365 * (deterred.alternatives[name].mean or 0.0)
    often = f"one crime deterred in {1 / a_year:,.0f} years" if a_year else "no crime deterred"
    print(f"{name:9s} {often}, B/C {results.appraisal[name].bc:.2f}")
for sentence in results.verdict():
    if "promised" in sentence:
        print(sentence)
for claim in results.claims():
    print(claim["claim"])
