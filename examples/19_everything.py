"""Seven solutions in one town, on one clock: what the package gives beside the sum of its parts.

Robots wait at crossings with signs, drones and patrols look at the same cases, machines meet who
walks in the park, and a bus that is called takes people out of their cars. Each is lived alone,
each two of them together, and all of them; nothing is added up that was not lived.
"""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

from scenarios import solutions
from twin.experiment.compare import compare
from twin.experiment.package import parts_of, together
from twin.results import what_if
from twin.scenario import read

SHOWN = (
    "xwalk.yield", "robot.lead_time", "drone.eye", "drone.lead",
    "patrol.first", "patrol.met", "quarantine.encounters", "drt.wait_all", "parking.illegal_daily",
)  # fmt: skip
TOP = 3

scenario = read(Path(__file__).with_name("everything.yaml"), solutions())
alone = {name: group for name, group in scenario.alternatives.items() if len(group) == 1}
pairs = {f"{a}_{b}": (*alone[a], *alone[b]) for a, b in combinations(alone, 2)}
scenario = replace(
    scenario, alternatives={**scenario.alternatives, **pairs}, replications=2,
    day_types={"weekday": 250},
)  # fmt: skip
results = what_if(scenario)
print(f"{len(results.finished)} days lived: {len(alone)} alone, {len(pairs)} pairs, all together")

packages = parts_of(results.study.alternatives)
beside = {
    name: {row.kpi: row for row in together(results.comparison, name, parts)}
    for name, parts in packages.items()
}
for kpi in SHOWN:
    row, whole = results.comparison[kpi], beside["all"].get(kpi)
    if whole is None:
        continue
    terms = {name: beside[name][kpi].interaction.mean for name in pairs if kpi in beside[name]}
    known = {name: term for name, term in terms.items() if term}
    print(f"{kpi} ({row.kpi.unit}): {row.base.mean:,.2f} today")
    print(
        f"  all together {whole.package.mean:+,.3f}; the sum of the parts {whole.parts.mean:+,.3f}"
        f"; with the terms of pairs {whole.parts.mean + sum(known.values()):+,.3f}"
    )
    for name, term in sorted(known.items(), key=lambda one: -abs(one[1]))[:TOP]:
        print(f"    {name}: {term:+,.3f}")
print("what the others do to the robots that deliver")
others = ["signs_delivery", "all"]
runs = [run for run in results.finished if run.job.alternative in ("delivery", *others)]
beside_them = compare(
    runs, alternatives=others, base="delivery", day_weights=scenario.day_types,
    kpis=results.study.kpis,
)  # fmt: skip
for kpi in ("robot.crossing_wait", "robot.lead_own"):
    row = beside_them[kpi]
    changes = ", ".join(f"{name} {row.alternatives[name].diff:+.3f}" for name in others)
    print(f"  {kpi}: {row.base.mean:.2f} {row.kpi.unit} alone; {changes}")
for name in (*alone, "all"):
    print(f"{name}: benefit over cost {results.appraisal[name].bc:.2f}")
