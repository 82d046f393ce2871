"""Shared parking: owners offer their spaces in the hours they do not need them.

Residents' spaces are offered by day, those of offices, shops and public buildings by night, through
an app that shows what is free and holds a space. Some owners take part, some guests do not come,
some stay too long. Model and parameters: time-of-day accumulation and owner uptake as a binary
logit on the share of the revenue (Xu et al. 2016, TR-B 93; ULI Shared Parking); published outcome:
Bucheon Sangsalmi 2019 (BUC1 sisatoday.co.kr 179569760256444; BUC2 kyeongin.com/article/1486650).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import mesa
import numpy as np
from numpy.typing import NDArray

from twin.params import param
from twin.parking_kpis import PARKING_DATA, PARKING_HEADLINE, PARKING_KPIS, parking_kpis
from twin.sim import Process, Sim
from twin.solution import KPI, Cost, Look, Run, Solution
from twin.world.columns import Kind
from twin.world.parking import Parking

__all__ = ["Owner", "SharedParking"]

OWNER_RANK = 0
HOMES = ("apartment", "villa", "house")
S_PER_H, MS_PER_H, H_PER_DAY = 3_600, 3_600_000, 24


@dataclass(frozen=True)
class Window:
    """The hours of a day in which spaces are offered; ``closes_h`` may be the next morning."""

    opens_h: float
    closes_h: float

    def on_day(self, day: int) -> tuple[float, float]:
        """Return when it opens and closes, hours since midnight of day 0, from that day on."""
        later = H_PER_DAY if self.closes_h <= self.opens_h else 0
        return day * H_PER_DAY + self.opens_h, day * H_PER_DAY + self.closes_h + later


class Owner(mesa.Agent):  # type: ignore[misc]
    """Who owns the spaces of one lot and offers what stands empty when the window opens."""

    def __init__(self, sim: Sim, lot: int, *, spaces: int, window: Window) -> None:
        super().__init__(sim)
        self.sim, self.lot, self.spaces, self.window = sim, lot, spaces, window
        sim.start(self.offer(), key=(OWNER_RANK, lot))

    def offer(self) -> Process:
        """Open and close the window, every day of the run."""
        parking = self.sim.part(Parking)
        day = int(self.sim.now // (H_PER_DAY * S_PER_H)) - 1
        while True:
            opens, closes = self.window.on_day(day)
            day += 1
            if closes * S_PER_H <= self.sim.now:
                continue
            yield self.sim.wait(max(0.0, opens * S_PER_H - self.sim.now))
            spare = min(self.spaces, parking.unused(self.lot))
            parking.offer(self.lot, spare, until_ms=round(closes * MS_PER_H))
            self.sim.record("stock", lot=self.lot, capacity=spare)
            yield self.sim.wait(closes * S_PER_H - self.sim.now)
            parking.offer(self.lot, 0, until_ms=0)
            self.sim.record("stock", lot=self.lot, capacity=0)


@dataclass(frozen=True)
class SharedParking(Solution):
    """Private spaces offered by time window through an app with information and reservation."""

    kpis: ClassVar[tuple[KPI, ...]] = PARKING_KPIS
    needs: ClassVar[tuple[type, ...]] = (Parking,)
    nothing: ClassVar[dict[str, object]] = {"spaces": 0, "app_share": 0.0}
    policies: ClassVar[tuple[str, ...]] = ("parking.sharing",)
    look: ClassVar[dict[str, Look]] = {"shared": Look("park", "shared", "accent")}
    headline: ClassVar[str] = PARKING_HEADLINE
    data: ClassVar[dict[str, float]] = PARKING_DATA
    claims: ClassVar[tuple[str, ...]] = ("T01", "T01P", "T02", "T03", "T04")

    spaces: int = param(280, "spaces", 0, 5_000, "BUC2: Bucheon Sangsalmi shares 280", tag="BUC2")
    price_per_hour: int = param(600, "KRW/h", 0, 10_000, "chosen by the city")
    day_from_h: float = param(9, "h", 0, 24, "residents' spaces are offered from")
    day_to_h: float = param(18, "h", 0, 24, "to")
    night_from_h: float = param(19, "h", 0, 24, "offices' and shops' spaces are offered from")
    night_to_h: float = param(8, "h", 0, 24, "to, the next morning")
    revenue_share: float = param(0.5, "", 0, 1, "share of the fee that goes to the owner")
    uptake_constant: float = param(-2.0, "", -10, 10, "logit of an owner's uptake, no revenue")
    uptake_revenue: float = param(3.0, "", 0, 20, "and what the whole revenue adds to it")
    offered_share: float = param(0.5, "", 0, 1, "share of a lot that its owner can spare")
    app_share: float = param(0.30, "", 0, 1, "drivers who use the app, 20-40 %")
    platform_cost: int = param(600_000_000, "KRW", 0, 5_000_000_000, "0.3-1.5 bn a city")
    gate_cost: int = param(600_000, "KRW/space", 0, 5_000_000, "0.2-1.0 M a space")
    operation_share: float = param(0.15, "1/year", 0, 1, "10-20 % of the investment a year")
    life: int = param(7, "years", 1, 30, "gates, sensors and platform")

    def install(self, sim: Sim) -> None:
        """Let the owners who take part offer spaces, and drivers use the app."""
        parking = sim.part(Parking)
        parking.inform(self.app_share, np.flatnonzero(parking.kind(Kind.PUBLIC)))
        if self.spaces:
            parents, spaces = self._spared(sim, parking)
            shared = parking.share(parents, self.price_per_hour)
            for lot, parent, number in zip(shared, parents, spaces, strict=True):
                Owner(sim, int(lot), spaces=int(number), window=self._window(sim, int(parent)))

    def _spared(self, sim: Sim, parking: Parking) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the lots whose owners take part and the spaces of each, up to ``spaces``."""
        kinds = parking.kind(Kind.PRIVATE, Kind.RESIDENT_PRIORITY)
        lots = np.flatnonzero(parking.inside(self.where.polygon) & kinds)
        taste = np.asarray(sim.luck("sharing/uptake", lasting=True).uniform(lots))
        logit = self.uptake_constant + self.uptake_revenue * self.revenue_share
        willing = lots[taste < 1.0 / (1.0 + math.exp(-logit))]
        could = (parking.lots["capacity"].to_numpy()[willing] * self.offered_share).astype(int)
        before = np.cumsum(could) - could
        spared = np.clip(self.spaces - before, 0, could)
        return willing[spared > 0], spared[spared > 0]

    def _window(self, sim: Sim, lot: int) -> Window:
        building = int(sim.part(Parking).lots["building"].to_numpy()[lot])
        uses = sim.city["buildings"]["use"]
        if building < 0 or uses.iat[building] in HOMES:
            return Window(self.day_from_h, self.day_to_h)
        return Window(self.night_from_h, self.night_to_h)

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return the parking indicators."""
        return parking_kpis(run)

    def costs(self, run: Run) -> list[Cost]:
        """Return platform, gates and operation; gates for the spaces that were really offered."""
        offers = run.trace.frame("stock")
        offered = float(offers.groupby("lot")["capacity"].max().sum()) if len(offers) else 0.0
        capex = {"platform": float(self.platform_cost), "gates": offered * self.gate_cost}
        if not self.spaces:
            capex = dict.fromkeys(capex, 0.0)
        return [
            Cost(
                item=f"shared parking: {name}", capex=amount, opex=amount * self.operation_share,
                life=float(self.life), price_year=2024, payer="programme", source="assumption",
                tag="GK",
            )
            for name, amount in capex.items()
        ]  # fmt: skip
