"""A solution of your own: a price for the kerb.

It has parameters, acts (``install``), is judged (``measure``) and costs (``costs``). As a file in
``scenarios/`` it would be found by itself; here it is used at once.
"""

from dataclasses import dataclass
from typing import ClassVar

from gis.newtown import newtown
from twin.experiment.runner import Job
from twin.experiment.study import prepare
from twin.params import param
from twin.parking_kpis import PARKING_DATA, PARKING_KPIS, parking_kpis
from twin.results import what_if
from twin.scenario import CitySpec, Scenario
from twin.sim import Sim
from twin.solution import KPI, Cost, Run, Solution
from twin.world.columns import Kind
from twin.world.parking import Parking


@dataclass(frozen=True)
class KerbPrice(Solution):
    """A price on every legal space at the kerb, paid at machines."""

    kpis: ClassVar[tuple[KPI, ...]] = PARKING_KPIS
    needs: ClassVar[tuple[type, ...]] = (Parking,)
    nothing: ClassVar[dict[str, object]] = {"price_per_hour": 0, "machines": 0}
    headline: ClassVar[str] = "parking.search_time"
    data: ClassVar[dict[str, float]] = PARKING_DATA

    price_per_hour: int = param(1_000, "KRW/h", 0, 10_000, "chosen by the city")
    machine_cost: int = param(8_000_000, "KRW", 0, 50_000_000, "one machine")
    machines: int = param(12, "machines", 0, 1_000, "chosen by the city")

    def install(self, sim: Sim) -> None:
        """Set the price of the spaces at the kerb, inside the area."""
        parking = sim.part(Parking)
        kerb = parking.inside(self.where.polygon) & parking.kind(Kind.KERB_LEGAL)
        parking.lots.loc[kerb, "price_krw_h"] += self.price_per_hour

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return the parking indicators."""
        return parking_kpis(run)

    def costs(self, run: Run) -> list[Cost]:  # noqa: ARG002 - the same in every run
        """Return the machines."""
        capex = float(self.machines * self.machine_cost)
        return [Cost("machines", capex, 0.1 * capex, 7.0, 2024, "local", "assumption", "GK")]


def study(solution: Solution) -> Scenario:
    """Return a what-if with this solution in a small new town."""
    return Scenario(
        name="A price for the kerb",
        city=CitySpec(residents=2_000),
        base=(),
        alternatives={"price": (solution,)},
        replications=3,
    )


# Set to nothing, it must change nothing: every event of the day is the same, bit for bit.
nothing = prepare(study(KerbPrice(**KerbPrice.nothing)), newtown(residents=2_000))
base, same = (nothing.run(Job(name, "weekday", 0)).trace for name in ("base", "price"))
print(f"with a price of 0 the day is the same: {base == same}")

results = what_if(study(KerbPrice(price_per_hour=2_000)))
for name in ("parking.search_time", "parking.walk", "parking.illegal_daily"):
    row = results.comparison[name]
    effect = row.alternatives["price"]
    print(f"{name}: {row.base.mean:.2f} {row.kpi.unit}, {effect.diff:+.2f} with a price")
