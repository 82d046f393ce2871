"""What a quarantine robot is worth, where the infection benefit is not there.

Robots go round the central park of a new town: they spray its ways and ask for masks. The twin
counts who they meet, who puts a mask on, and what that averts in the open; then what is left, the
hours of people who would spray. Last, how many people would have to be infectious, or put on a
mask when asked, for it to pay.
"""

from dataclasses import replace
from pathlib import Path

from scenarios import solutions
from twin.experiment.sweep import doubts_of, swept
from twin.results import what_if
from twin.scenario import read

SHOWN = ("visits", "encounters", "warned", "false_alarms", "false_1000", "true_share",
         "compliance", "averted", "disinfected", "worker_h", "cost_per_point")  # fmt: skip

scenario = read(Path(__file__).with_name("quarantine_robot.yaml"), solutions())
scenario = replace(scenario, replications=2)
_, response, infectious = doubts_of(scenario)
response = replace(response, values=(0.2, 1.0))
infectious = replace(infectious, values=(0.003, 0.05))
results = what_if(swept(scenario, "one", [response, infectious]))
masks, waves = results.curves
usual = waves.points[0].alternative

for name in SHOWN:
    row = results.comparison[f"quarantine.{name}"]
    before, after = row.base.mean, row.alternatives[usual].mean
    told = ["-" if value is None else f"{value:,.5g}" for value in (before, after)]
    print(f"{name:15s} {told[0]:>8} -> {told[1]:>12} {row.kpi.unit}")

for curve in (masks, waves):
    print(f"{curve.doubt.english}: benefit over cost, and {curve.met.name} in {curve.met.unit}")
    for point in curve.points:
        print(f"  {point.value:5g} {point.bc:6.2f} {point.met:12.5f}")
for sentence in what_if(scenario).verdict():
    if sentence.startswith(("one", "four")):
        print(sentence)
for claim in results.claims():
    print(claim["claim"])
    if claim["contradicts"]:
        print(f"  contradicts {claim['contradicts']}")
