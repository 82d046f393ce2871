"""A what-if in ten lines: what shared parking would do for a new town of 5,000."""

from scenarios.shared_parking import SharedParking
from twin.results import what_if
from twin.scenario import CitySpec, Scenario

shared = SharedParking(area="가온동 Gaon-dong", spaces=280, price_per_hour=600)
scenario = Scenario(
    name="Shared parking in a new town",
    city=CitySpec(residents=5_000),
    base=(),
    alternatives={"shared": (shared,)},
    replications=2,
)
results = what_if(scenario)

row = results.comparison["parking.illegal_daily"]
effect = row.alternatives["shared"]
print(f"cars parked illegally a day: {row.base.mean:.1f} today, {effect.mean:.1f} with sharing")
print(f"benefit over cost: {results.appraisal['shared'].bc:.2f}")
