"""Delivery robots beside riders and vans: who waits how long, what an order costs, when it pays.

Robots stand at shops of a new town and bring meals and parcels over its footways; whoever they
cannot serve gets a rider or a van as before, and counts in the same mean. Then the curves: how many
robots there are, and how many people take them. Every point shares the same days with all others.
``dongne sweep examples/delivery_robot.yaml`` asks the same of all that is in doubt.
"""

from dataclasses import replace
from pathlib import Path

from scenarios import solutions
from twin.experiment.sweep import doubts_of, swept
from twin.results import what_if
from twin.scenario import read

SHOWN = ("robot.lead_time", "robot.lead_own", "robot.on_time", "robot.share", "robot.taken",
         "robot.km_auto", "robot.crossing_wait", "robot.ped_conflict", "robot.utilisation",
         "robot.fleet_needed", "robot.veh_km_avoided", "delivery.veh_km", "delivery.rider_cost",
         "delivery.van_cost", "robot.cost_per_delivery")  # fmt: skip

scenario = read(Path(__file__).with_name("delivery_robot.yaml"), solutions())
scenario = replace(scenario, replications=2, day_types={"weekday": 250})
fleet, _, uptake, _ = doubts_of(scenario)
fleet, uptake = replace(fleet, values=(4, 12, 24)), replace(uptake, values=(0.1, 0.3, 0.6))
results = what_if(swept(scenario, "robots", [fleet, uptake]))
robots, people = results.curves
usual = next(point.alternative for point in robots.points if point.value == 12)

for name in SHOWN:
    row = results.comparison[name]
    before = "-" if row.base.mean is None else f"{row.base.mean:,.1f}"
    print(f"{name:24s} {before:>8} -> {row.alternatives[usual].mean:8,.1f} {row.kpi.unit}")

for curve in (robots, people):
    print(f"{curve.doubt.english}: benefit over cost, and {curve.met.name} in {curve.met.unit}")
    for point in curve.points:
        noise = f"({point.low:.2f} to {point.high:.2f})"
        print(f"  {point.value:5g} {curve.unit:7s}{point.bc:6.2f} {noise} {point.met:10,.1f}")
for sentence in results.verdict()[:2]:
    print(sentence)
for claim in results.claims():
    print(claim["claim"])
