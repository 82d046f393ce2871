"""Enforcement: more patrols, and cameras, against standing illegally.

Drivers weigh the fine by the chance of a ticket during their stay, 1 - exp(-rate x hours); the rate
is what patrols and cameras really give. Model: Nourinejad & Roorda 2017, TR-A 102:33-50.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from twin.params import param
from twin.parking_kpis import PARKING_DATA, PARKING_HEADLINE, PARKING_KPIS, parking_kpis
from twin.patrol import Camera, Shift, city_beat, send_patrols
from twin.sim import Sim
from twin.solution import KPI, Cost, Run, Solution
from twin.world.columns import Kind
from twin.world.parking import Parking

__all__ = ["Enforcement"]

FIRST_PATROL = 1 << 30
"""Numbers of these patrols start here, apart from those the city has today."""


@dataclass(frozen=True)
class Enforcement(Solution):
    """More patrols in the area, and cameras where most cars could stand illegally."""

    kpis: ClassVar[tuple[KPI, ...]] = PARKING_KPIS
    needs: ClassVar[tuple[type, ...]] = (Parking,)
    nothing: ClassVar[dict[str, object]] = {"patrols": 0, "cameras": 0}
    headline: ClassVar[str] = PARKING_HEADLINE
    data: ClassVar[dict[str, float]] = PARKING_DATA

    patrols: int = param(4, "patrols", 0, 100, "chosen by the city")
    cameras: int = param(0, "cameras", 0, 200, "chosen by the city")
    cite_share: float = param(0.30, "", 0, 1, "chance that such a patrol tickets a car it passes")
    camera_rate: float = param(0.5, "1/h", 0, 12, "tickets an hour to a car in a camera's sight")
    from_h: float = param(8, "h", 0, 24, "chosen by the city")
    to_h: float = param(20, "h", 0, 24, "chosen by the city")
    patrol_cost: int = param(
        90_000_000, "KRW/patrol/year", 0, 500_000_000, "two officers and a car"
    )
    camera_cost: int = param(
        12_650_000, "KRW/camera", 1_000_000, 100_000_000, "CCTV6: install and operate", tag="CCTV6"
    )

    def install(self, sim: Sim) -> None:
        """Send the patrols, put up the cameras, and let drivers know the risk."""
        parking = sim.part(Parking)
        inside = parking.inside(self.where.polygon) & parking.kind(Kind.KERB_ILLEGAL)
        arcs = np.unique(parking.lots["arc"].to_numpy()[inside])
        if self.patrols:
            self._patrol(sim, arcs.astype(np.int64))
        if self.cameras:
            self._watch(sim, np.flatnonzero(inside))

    def _patrol(self, sim: Sim, arcs: NDArray[np.int64]) -> None:
        shift = Shift(self.from_h, self.to_h)
        beat = replace(city_beat(sim), links=arcs, cite_share=self.cite_share, shift=shift)
        first = FIRST_PATROL + crc32(self.where.name.encode()) % FIRST_PATROL
        send_patrols(sim, beat, self.patrols, first=first)

    def _watch(self, sim: Sim, lots: NDArray[np.int64]) -> None:
        parking = sim.part(Parking)
        room = parking.lots["capacity"].to_numpy()[lots]
        watched = lots[np.argsort(-room, kind="stable")][: self.cameras]
        rate = np.full(len(watched), self.camera_rate)
        parking.raise_ticket_rate(watched, rate, self.from_h, self.to_h)
        for lot in watched:
            Camera(sim, int(lot), rate_h=self.camera_rate, shift=Shift(self.from_h, self.to_h))

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return the parking indicators."""
        return parking_kpis(run)

    def costs(self, run: Run) -> list[Cost]:  # noqa: ARG002 - the same in every run
        """Return the patrols' year and the cameras."""
        return [
            Cost("patrols", 0.0, float(self.patrols * self.patrol_cost), 1.0, 2024, "local",
                 "assumption", "GK"),
            Cost("cameras", float(self.cameras * self.camera_cost), 0.0, 7.0, 2019, "programme",
                 "CCTV6", "CCTV6", assumed=("life",)),
        ]  # fmt: skip
