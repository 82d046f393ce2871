"""Shared parking: owners offer their spaces in the hours they do not need them.

Residents' spaces are offered by day, those of offices, shops and public buildings by night, through
an app that shows what is free and holds a space, or a call on the spot. Some owners take part, some
guests do not come, some stay too long. Model and parameters: time-of-day accumulation and owner
uptake as a binary logit on the share of the revenue (Xu et al. 2016, TR-B 93; ULI Shared
Parking); published outcome: Bucheon Sangsalmi 2019 (BUC1 sisatoday.co.kr 179569760256444;
BUC2 kyeongin.com/article/1486650).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

import mesa
import numpy as np
from numpy.typing import NDArray
from shapely import contains_xy

from twin.area import Area
from twin.params import param
from twin.parking_kpis import PARKING_DATA, PARKING_HEADLINE, PARKING_KPIS, parking_kpis
from twin.sim import Process, Sim
from twin.solution import KPI, Cost, Look, Run, Solution
from twin.world.columns import Kind
from twin.world.parking import Parking

__all__ = ["Owner", "SharedParking"]

OWNER_RANK = 0
HOMES = ("apartment", "villa", "house")
S_PER_H, MS_PER_S, H_PER_DAY = 3_600, 1_000, 24


@dataclass(frozen=True)
class Window:
    """The hours of a day in which spaces are offered; ``closes_h`` may be the next morning."""

    opens_h: float
    closes_h: float

    def on_day(self, day: int) -> tuple[float, float]:
        """Return when it opens and closes, hours since midnight of day 0, from that day on."""
        later = H_PER_DAY if self.closes_h <= self.opens_h else 0
        return day * H_PER_DAY + self.opens_h, day * H_PER_DAY + self.closes_h + later

    def coming(self, now: float) -> Iterator[tuple[float, float]]:
        """Return when it opens and closes (s), day by day, from the one that is open now on."""
        for day in count(int(now // (H_PER_DAY * S_PER_H)) - 1):
            opens, closes = (hour * S_PER_H for hour in self.on_day(day))
            if closes > now:
                yield opens, closes


class Owner(mesa.Agent):  # type: ignore[misc]
    """Who owns the spaces of one lot and offers what stands empty when the window opens."""

    def __init__(self, sim: Sim, lot: int, *, spaces: int, window: Window) -> None:
        super().__init__(sim)
        self.sim, self.lot, self.spaces, self.window = sim, lot, spaces, window
        self.parking = sim.part(Parking)
        opens, closes = next(window.coming(sim.now))
        self.is_open = opens <= sim.now
        if self.is_open:
            self.put(spaces, until_s=closes)
        sim.start(self.offer(), key=(OWNER_RANK, lot))

    def offer(self) -> Process:
        """Open and close the window, every day of the run."""
        for opens, closes in self.window.coming(self.sim.now):
            if not self.is_open:
                yield self.sim.wait(max(0.0, opens - self.sim.now))
                self.put(min(self.spaces, self.parking.unused(self.lot)), until_s=closes)
            yield self.sim.wait(closes - self.sim.now)
            self.put(0, until_s=0.0)
            self.is_open = False

    def put(self, spaces: int, *, until_s: float) -> None:
        """Offer so many spaces until then, and record what both lots have from now on."""
        self.parking.offer(self.lot, spaces, until_ms=round(until_s * MS_PER_S))
        own, kept = self.parking.kept(self.lot, spaces)
        self.sim.record("stock", lot=self.lot, capacity=spaces)
        self.sim.record("stock", lot=own, capacity=kept)


@dataclass(frozen=True)
class SharedParking(Solution):
    """Private spaces offered by time window through an app with information and reservation."""

    kpis: ClassVar[tuple[KPI, ...]] = (
        *PARKING_KPIS,
        KPI("sharing.offered", "spaces", "more",
            "shared spaces that owners in the area really offered, each lot at its most; fewer "
            "than asked for where too few owners take part"),
    )  # fmt: skip
    needs: ClassVar[tuple[type, ...]] = (Parking,)
    nothing: ClassVar[dict[str, object]] = {"spaces": 0, "app_share": 0.0}
    policies: ClassVar[tuple[str, ...]] = ("parking.sharing",)
    look: ClassVar[dict[str, Look]] = {
        "shared": Look("shared", "In shared spaces", "공유 주차면", (24, 208, 164))
    }
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
    gated: bool = param(
        False,
        "",
        None,
        None,
        "who has not booked may call and pay on the spot, unless gates bar it",
    )
    app_share: float = param(0.30, "", 0, 1, "drivers who use the app, 20-40 %")
    platform_cost: int = param(600_000_000, "KRW", 0, 5_000_000_000, "0.3-1.5 bn a city")
    gate_cost: int = param(600_000, "KRW/space", 0, 5_000_000, "0.2-1.0 M a space")
    operation_share: float = param(0.15, "1/year", 0, 1, "10-20 % of the investment a year")
    life: int = param(7, "years", 1, 30, "gates, sensors and platform")

    def install(self, sim: Sim) -> None:
        """Let the owners who take part offer spaces, and drivers use the app."""
        parking = sim.part(Parking)
        here = parking.inside(self.where.polygon)
        parking.inform(self.app_share, np.flatnonzero(here & parking.kind(Kind.PUBLIC)))
        if self.spaces:
            parents, spaces = self._spared(sim, parking)
            shared = parking.share(
                parents, self.price_per_hour, gated=self.gated, owner_share=self.revenue_share
            )
            for lot, parent, number in zip(shared, parents, spaces, strict=True):
                sim.record("shared", lot=int(lot))
                Owner(sim, int(lot), spaces=int(number), window=self._window(sim, int(parent)))

    def _spared(self, sim: Sim, parking: Parking) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the lots whose owners take part and the spaces of each, up to ``spaces``.

        The most willing come first; each owner has the same taste whatever other lots there are.
        """
        kinds = parking.kind(Kind.PRIVATE, Kind.RESIDENT_PRIORITY)
        lots = np.flatnonzero(parking.inside(self.where.polygon) & kinds)
        key = parking.lots["key"].to_numpy()[lots]
        taste = np.asarray(sim.luck("sharing/uptake", lasting=True).uniform(key))
        logit = self.uptake_constant + self.uptake_revenue * self.revenue_share
        ranked = np.argsort(taste, kind="stable")
        willing = lots[ranked][taste[ranked] < 1.0 / (1.0 + math.exp(-logit))]
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
        """Return the parking indicators, and how many spaces were offered."""
        return {**parking_kpis(run), "sharing.offered": float(_offered(run, run.area))}

    def costs(self, run: Run) -> list[Cost]:
        """Return platform, gates and operation; gates for the spaces that were really offered."""
        used = self.spaces > 0 or self.app_share > 0
        capex = {
            "platform": float(self.platform_cost) if used else 0.0,
            "gates": float(_offered(run)) * self.gate_cost if self.spaces else 0.0,
        }
        return [
            Cost(
                item=f"shared parking: {name}", capex=amount, opex=amount * self.operation_share,
                life=float(self.life), price_year=2024, payer="programme", source="assumption",
                tag="GK",
            )
            for name, amount in capex.items()
        ]  # fmt: skip


def _offered(run: Run, area: Area | None = None) -> int:
    """Return how many spaces were on offer in an area (None: all), each shared lot at its most."""
    offers = run.trace.frame("stock")
    if not len(offers):
        return 0
    lots = run.trace.frame("lot").set_index("lot")
    shared = lots["kind"] == Kind.SHARED
    if area is not None:
        shared &= contains_xy(area.polygon, lots["x"].to_numpy(), lots["y"].to_numpy())
    most = offers.groupby("lot")["capacity"].max()
    return int(most[shared[most.index].to_numpy()].sum())
