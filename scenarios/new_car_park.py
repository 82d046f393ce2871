"""A new public car park: spaces built in the area, at what a space costs.

Source of the cost: Seongnam's public car parks, 50 M KRW a space for a small lot, 59 M under a
park (PRK1 ajunews.com 20130308000057, of 2013), 72 to 96 M in a building (PRK2 sedaily.com
1Z01JMCLWN; the same two projects, 16.5 bn for 229 spaces and 9.6 bn for 100, in
kyeonggi.com/article/202003021116559 of 2 March 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from twin.params import param
from twin.parking_kpis import PARKING_DATA, PARKING_HEADLINE, PARKING_KPIS, parking_kpis
from twin.sim import Sim
from twin.solution import KPI, Cost, Run, Solution
from twin.world.parking import Parking

__all__ = ["NewCarPark"]


@dataclass(frozen=True)
class NewCarPark(Solution):
    """Spaces built in the middle of the area and open to everybody."""

    kpis: ClassVar[tuple[KPI, ...]] = PARKING_KPIS
    needs: ClassVar[tuple[type, ...]] = (Parking,)
    nothing: ClassVar[dict[str, object]] = {"spaces": 0}
    headline: ClassVar[str] = PARKING_HEADLINE
    data: ClassVar[dict[str, float]] = PARKING_DATA

    spaces: int = param(100, "spaces", 0, 2_000, "chosen by the city")
    price_per_hour: int = param(600, "KRW/h", 0, 10_000, "chosen by the city")
    cost_per_space: int = param(
        72_000_000, "KRW/space", 10_000_000, 200_000_000, "PRK2: 16.5 bn / 229 spaces", tag="D"
    )
    operation: int = param(400_000, "KRW/space/year", 0, 5_000_000, "staff, light, repair")
    life: int = param(30, "years", 5, 60, "reinforced concrete building")

    def install(self, sim: Sim) -> None:
        """Open the car park at the centre of the area."""
        if self.spaces:
            centre = self.where.polygon.representative_point()
            sim.part(Parking).build(
                self.spaces, centre.x, centre.y, price_krw_h=self.price_per_hour
            )

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return the parking indicators."""
        return parking_kpis(run)

    def costs(self, run: Run) -> list[Cost]:  # noqa: ARG002 - the same in every run
        """Return building and operation."""
        return [
            Cost(
                item="new car park", capex=float(self.spaces * self.cost_per_space),
                opex=float(self.spaces * self.operation), life=float(self.life), price_year=2020,
                payer="programme", source="PRK2", tag="D", assumed=("opex", "life"),
            )
        ]  # fmt: skip
