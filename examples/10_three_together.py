"""Three solutions in one new town: what each does alone, and what the package gives beside the sum.

A bus that is called takes people out of their cars, signs at crossings hold cars and that bus, and
spaces that are shared move where cars stand. All is lived together; nothing is added up.
"""

from dataclasses import replace
from pathlib import Path

from scenarios import solutions
from twin.experiment.compare import compare
from twin.experiment.package import parts_of, together
from twin.results import what_if
from twin.scenario import read

SHOWN = (
    "transit.wait_all", "xwalk.yield", "xwalk.car_h", "xwalk.walkers", "parking.illegal_daily",
    "parking.search_h", "drt.gain",
)  # fmt: skip
OF_THE_BUS = ("drt.wait", "drt.ride", "drt.km")

scenario = read(Path(__file__).with_name("three.yaml"), solutions())
scenario = replace(scenario, replications=3, day_types={"weekday": 250})
results = what_if(scenario)

((package, parts),) = parts_of(results.study.alternatives).items()
found = {row.kpi: row for row in together(results.comparison, package, parts)}
print(f"{package} is {' + '.join(parts)}; changes to today, {scenario.replications} paired days")
for name in SHOWN:
    row = results.comparison[name]
    print(f"{name}: {row.base.mean:,.1f} {row.kpi.unit} today")
    alone = ", ".join(f"{part} {row.alternatives[part].diff:+,.2f}" for part in parts)
    between = found[name].interaction
    print(f"  {alone}; together {found[name].package.mean:+,.2f}")
    told = f"{between.mean:+,.2f} ({between.low:+,.2f} to {between.high:+,.2f})"
    print(f"  beside the sum of the parts {told}{'' if found[name].clear else ', not clear'}")

print("what signs and shared spaces do to the called bus")
runs = [run for run in results.finished if run.job.alternative in ("bus", package)]
beside = compare(
    runs, alternatives=[package], base="bus", day_weights=scenario.day_types,
    kpis=results.study.kpis,
)  # fmt: skip
for name in OF_THE_BUS:
    row, effect = beside[name], beside[name].alternatives[package]
    change = f"{effect.diff:+.3f} ({effect.low:+.3f} to {effect.high:+.3f})"
    print(f"  {name}: {row.base.mean:.2f} {row.kpi.unit}, {change}")
for name, case in results.appraisal.cases.items():
    print(f"{name}: benefit over cost {case.bc:.2f}")
print(results.verdict()[0])
