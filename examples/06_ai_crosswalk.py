"""How good must an AI crosswalk be to pay? Signs in a new town, over the recall of the detector.

A camera that sees walkers lights a sign for drivers. Every point of the curve is an alternative of
one study, with the same luck: the detector misses fewer of the same walkers. The published claims
stand beside it. ``dongne sweep examples/ai_crosswalk.yaml`` asks the same of all that is in doubt.
"""

from dataclasses import replace
from pathlib import Path

from scenarios import solutions
from twin.experiment.sweep import doubts_of, swept
from twin.results import what_if
from twin.scenario import read

scenario = read(Path(__file__).with_name("ai_crosswalk.yaml"), solutions())
scenario = replace(scenario, replications=2, day_types={"weekday": 250})
recall = replace(doubts_of(scenario)[0], values=(0.0, 0.5, 1.0))
results = what_if(swept(scenario, "signs", [recall]))
(curve,) = results.curves

for name in ("xwalk.yield", "xwalk.conflicts", "xwalk.crash_year", "xwalk.rear_end", "xwalk.car_h"):
    row = results.comparison[name]
    print(f"{name}: {row.base.mean:.1f} {row.kpi.unit} without signs")
    for point in curve.points:
        effect = row.alternatives[point.alternative]
        interval = f"({effect.low:+.1f} to {effect.high:+.1f})"
        print(f"  recall {point.value:.1f} {effect.diff:+8.1f} {interval}")

print(
    "benefit over cost: " + ", ".join(f"{p.bc:.2f} at recall {p.value:.1f}" for p in curve.points)
)
pays = curve.switches
print(f"it pays from a recall of {pays[0].value:.2f} on" if pays else "it pays at no recall")
for claim in results.claims():
    if claim["contradicts"]:
        print(f"{claim['claim']}\n  contradicts {claim['contradicts']}")
