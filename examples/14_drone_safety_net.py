"""Drones that fly to what is called in: how much earlier somebody sees, and what it must be worth.

Two docks in a new town of 8,000, sited by maximal covering. The ground crew goes to every call as
it does today; what counts is the lead over it, not the arrival. A minute of lead has no price that
anybody has published: the curve tells what it would have to be worth. By night the same drones may
fly rounds as well: they see what nobody called in, and are over homes for hours.
``dongne sweep examples/drone_safety_net.yaml`` asks the same of all that is in doubt.
"""

from dataclasses import replace
from pathlib import Path

from scenarios import solutions
from twin.experiment.sweep import doubts_of, swept
from twin.results import what_if
from twin.scenario import read

SHOWN = ("drone.eye", "drone.eye_p90", "drone.t_eye", "drone.first", "drone.cover_people",
         "drone.cover_area", "drone.lead", "drone.unserved", "drone.ready", "drone.cleared",
         "drone.crew_h", "drone.found", "drone.gap_p95", "drone.privacy")  # fmt: skip

scenario = read(Path(__file__).with_name("drone_safety_net.yaml"), solutions())
results = what_if(scenario)
print(f"{'':20s} {'today':>8} {'calls':>8} {'patrol':>8}")
for name in SHOWN:
    row = results.comparison[name]
    means = [row.base.mean, *(row.alternatives[a].mean for a in ("drones", "patrol"))]
    print(f"{name:20s}", *("       -" if m is None else f"{m:8.2f}" for m in means), row.kpi.unit)
for sentence in results.verdict()[:3]:
    print(sentence)

docks, minute, _ = doubts_of(scenario)
docks, minute = replace(docks, values=(1, 2)), replace(minute, values=(0, 100_000, 10_000_000))
for curve in what_if(swept(scenario, "drones", [docks, minute])).curves:
    met = "" if curve.met is None else f", and {curve.met.name} in {curve.met.unit}"
    print(f"{curve.doubt.english}: benefit over cost{met}")
    for point in curve.points:
        eye = "" if point.met is None else f"{point.met:8.2f}"
        print(f"  {point.value:10,.0f} {curve.unit:8s}{point.bc:6.2f}{eye}")
    for pays in curve.switches:
        print(f"  it pays from {pays.value:,.0f} {curve.unit} on")
for claim in results.claims():
    print(claim["claim"])
