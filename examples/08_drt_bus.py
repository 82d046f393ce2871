"""A bus that people call: who waits how long, what a ride costs, and when it would pay.

One bus of sixteen seats in a new town. The wait counts everybody who asked, whoever was refused or
got no answer included. Then the curves: more buses, where shorter waits stop paying for themselves,
and the fare at which enough people come. Every point shares the same days with all others.
``dongne sweep examples/drt_bus.yaml`` asks the same of all that is in doubt.
"""

from dataclasses import replace
from pathlib import Path

from scenarios import solutions
from twin.experiment.sweep import doubts_of, swept
from twin.results import what_if
from twin.scenario import read

SHOWN = ("transit.wait_all", "drt.wait_all", "drt.wait", "drt.reject", "drt.riders", "drt.on_board",
         "drt.fares", "drt.cost_per_pax", "drt.subsidy_per_pax", "drt.rides_to_pay")  # fmt: skip

scenario = read(Path(__file__).with_name("drt_bus.yaml"), solutions())
fleet, _, fare, _ = doubts_of(scenario)
fleet, fare = replace(fleet, values=(1, 2, 8)), replace(fare, values=(0, 900, 1_800))
results = what_if(swept(scenario, "bus", [fleet, fare]))
buses, fares = results.curves
usual = buses.points[0].alternative

for name in SHOWN:
    row = results.comparison[name]
    before = "-" if row.base.mean is None else f"{row.base.mean:,.1f}"
    print(f"{name:20s} {before:>8} -> {row.alternatives[usual].mean:10,.1f} {row.kpi.unit}")

for curve in (buses, fares):
    print(f"{curve.doubt.english}: benefit over cost, and {curve.met.name} in {curve.met.unit}")
    for point in curve.points:
        noise = f"({point.low:.2f} to {point.high:.2f})"
        print(f"  {point.value:5g} {curve.unit:6s}{point.bc:6.2f} {noise} {point.met:8.1f}")
for sentence in results.verdict()[:2]:
    print(sentence)

after = results.appraisal[usual].after_subsidy
city, operator = after.local_net_per_year / 1e6, after.operator_net_per_year / 1e6
print(f"From year {after.from_year} on no subsidy is paid, and the bus goes on:")
print(f"  a year the city gets {city:+.0f} and the operator {operator:+.0f} million KRW;")
print(f"  together they lose nothing if fares bring in {after.break_even:.1f} times as much.")
for claim in results.claims():
    if claim["contradicts"] or claim["claim"].startswith("T10E"):
        print(claim["claim"])
        if claim["contradicts"]:
            print(f"  contradicts {claim['contradicts']}")
