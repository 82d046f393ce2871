"""Painted bays: kerbs where cars stood illegally become residents' priority bays.

A resident without a space of the own building gets the nearest bay, for a monthly fee. In Bucheon
Sangsalmi such bays were laid out lane by lane, together with the sharing of other spaces (HK2112
hankookilbo.com A2021120516580004459); how many of the 280 spaces they are is not published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from twin.params import param
from twin.parking_kpis import PARKING_DATA, PARKING_HEADLINE, PARKING_KPIS, parking_kpis
from twin.sim import Sim
from twin.solution import KPI, Cost, Run, Solution
from twin.world.columns import Kind
from twin.world.parking import Parking

__all__ = ["PaintedBays"]


@dataclass(frozen=True)
class PaintedBays(Solution):
    """Residents' priority bays painted where cars stand illegally today."""

    kpis: ClassVar[tuple[KPI, ...]] = PARKING_KPIS
    needs: ClassVar[tuple[type, ...]] = (Parking,)
    nothing: ClassVar[dict[str, object]] = {"bays": 0}
    headline: ClassVar[str] = PARKING_HEADLINE
    data: ClassVar[dict[str, float]] = PARKING_DATA

    bays: int = param(100, "spaces", 0, 5_000, "chosen by the city")
    clear_m: float = param(6.0, "m", 0, 40, "streets narrower than this get none")
    cost_per_bay: int = param(500_000, "KRW/space", 50_000, 5_000_000, "paint, sign, sensor")
    operation: int = param(60_000, "KRW/space/year", 0, 1_000_000, "allotment and inspection")
    life: int = param(5, "years", 1, 20, "paint and sensors")

    def install(self, sim: Sim) -> None:
        """Paint bays on kerbs of the area, spread evenly over its streets."""
        if self.bays:
            parking = sim.part(Parking)
            lots, spaces = self._chosen(parking)
            parking.reserve(lots, spaces)

    def _chosen(self, parking: Parking) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return kerbs and how many bays each gets, up to ``bays``; every other kerb is skipped."""
        wide = parking.lots["width_m"].to_numpy(float) >= self.clear_m
        kerbs = parking.inside(self.where.polygon) & parking.kind(Kind.KERB_ILLEGAL) & wide
        lots = np.flatnonzero(kerbs)
        lots = np.concatenate([lots[::2], lots[1::2]])
        room = parking.lots["capacity"].to_numpy()[lots]
        bays = np.clip(self.bays - (np.cumsum(room) - room), 0, room)
        return lots[bays > 0], bays[bays > 0]

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return the parking indicators."""
        return parking_kpis(run)

    def costs(self, run: Run) -> list[Cost]:  # noqa: ARG002 - the same in every run
        """Return painting and operation."""
        return [
            Cost(
                item="painted bays", capex=float(self.bays * self.cost_per_bay),
                opex=float(self.bays * self.operation), life=float(self.life), price_year=2024,
                payer="programme", source="assumption", tag="GK",
            )
        ]  # fmt: skip
