"""AI crosswalk: a camera sees who wants to cross, and an LED sign tells drivers (Siheung).

The detector misses some walkers, more at night and in rain, tells it late, and lights up for nobody
now and then. A driver must notice the sign, give way by the logit of yielding (Schroeder & Rouphail
2011) and have the way left to stop, from when the sign is lit: the treatment works only in time.
Conflicts become expected crashes by extreme values (Songchitruksa & Tarko 2006). What is published
is about rapid flashing beacons that walkers switch on (FHWA-HRT-10-043; Zegeer et al. 2017,
doi:10.3141/2636-01); of the Siheung system no effect is published (sedaily 2D6LEH0OLS).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from shapely import contains_xy

from twin.crossing_kpis import CROSSING_DATA, CROSSING_HEADLINE, CROSSING_KPIS, crossing_kpis
from twin.params import param
from twin.sim import Sim
from twin.siting import gain_most, named, picked
from twin.solution import KPI, Cost, Doubt, Look, Run, Solution
from twin.survey import counted
from twin.world.crossings.crossings import Crossings
from twin.world.crossings.exposure import conflicts_averted

__all__ = ["AiCrosswalk"]

CROSSINGS = "AiCrosswalk.crossings"
SIGN = ("recall", "night_recall", "rain_recall", "latency_s", "false_per_h", "on_s", "sign_logit",
        "failures_per_year", "repair_days")  # fmt: skip


@dataclass(frozen=True)
class AiCrosswalk(Solution):
    """Cameras and LED signs at the crossings of the area where they avert the most conflicts.

    Or at those ``crossings`` that somebody has in mind, all of them, whatever they avert.
    """

    kpis: ClassVar[tuple[KPI, ...]] = CROSSING_KPIS
    needs: ClassVar[tuple[type, ...]] = (Crossings,)
    nothing: ClassVar[dict[str, object]] = {"sites": 0}
    look: ClassVar[dict[str, Look]] = {
        "crossing_sign": Look(
            "sign", "Signs at crossings", "횡단보도 표지판", (255, 196, 0), "sign"
        )
    }
    headline: ClassVar[str] = CROSSING_HEADLINE
    data: ClassVar[dict[str, float]] = CROSSING_DATA
    claims: ClassVar[tuple[str, ...]] = (
        "T16", "T17", "T18", "T19", "T19S", "T20", "T20N", "T21", "T22",
    )  # fmt: skip
    doubts: ClassVar[tuple[Doubt, ...]] = (
        Doubt(("recall", "night_recall", "rain_recall"), (0.0, 0.25, 0.5, 0.75, 1.0),
              "Recall of the detector", "검출기 재현율"),
        Doubt(("notice_share",), (0.25, 0.5, 0.75, 1.0),
              "Drivers who notice the sign", "표지판을 알아채는 운전자 비율"),
    )  # fmt: skip

    sites: int = param(26, "crossings", 0, 2_000, "XW13: Yongin, 26 crossings", tag="XW13")
    crossings: str = param(
        "",
        "",
        None,
        None,
        "which, by number or place: '12; 36.3504 127.3845'",
    )
    school_zones: bool = param(False, "", None, None, "only crossings in school zones")
    recall: float = param(0.94, "", 0, 1, "by day, 0.90-0.98")
    night_recall: float = param(0.85, "", 0, 1, "in the dark, 0.75-0.95")
    rain_recall: float = param(0.85, "", 0, 1, "in rain, 0.75-0.95")
    latency_s: float = param(0.65, "s", 0, 60, "from kerb to sign, 0.3-1.0 s")
    false_per_h: float = param(2.0, "1/h", 0, 20, "lit with nobody there, 0.5-5 an hour")
    on_s: float = param(10.0, "s", 1, 120, "how long the sign stays lit")
    notice_share: float = param(0.65, "", 0, 1, "drivers who notice it when new, 0.5-0.8")
    complacency: float = param(0.05, "1/year", 0, 1, "share of these that each year loses, 0-0.2")
    year: int = param(5, "year", 1, 30, "which year of its life the day is of: the middle of ten")
    sign_logit: float = param(
        4.56, "", 0, 8, "XW7: 4 to 80 %, flashing beacons, as if all had noticed them", tag="XW7"
    )
    failures_per_year: float = param(0.075, "1/year", 0, 50, "outdoor devices, 5-10 % a year")
    repair_days: float = param(4.5, "days", 0, 60, "2-7 days")
    site_cost: int = param(
        43_000_000, "KRW/crossing", 0, 500_000_000, "XW13: 1.13 bn for 26 crossings", tag="XW13"
    )
    operation_share: float = param(0.065, "1/year", 0, 1, "5-8 % of the investment a year")
    life: int = param(8, "years", 1, 30, "7-10 years")

    def __post_init__(self) -> None:
        super().__post_init__()
        named(self.crossings, CROSSINGS)

    def install(self, sim: Sim) -> None:
        """Put up the signs before the run."""
        if not self.sites:
            return
        chosen = self._chosen(sim)
        places = sim.part(Crossings).places
        row = places.index[chosen]
        places.loc[row, "sign"] = True
        for name in SIGN:
            places.loc[row, name] = getattr(self, name)
        places.loc[row, "notice"] = self.noticing
        for crossing in chosen.tolist():
            sim.record("sign", crossing=crossing)

    @property
    def noticing(self) -> float:
        """The share of drivers who notice the sign in its year."""
        return float(self.notice_share * (1.0 - self.complacency) ** (self.year - 1))

    def _chosen(self, sim: Sim) -> NDArray[np.int64]:
        """Return the crossings (rows), by the conflicts of a counted day that signs would avert."""
        crossings = sim.part(Crossings)
        may = self._allowed(crossings)
        if self.crossings:
            return self._picked(crossings, may, sim.city.crs)
        gain = conflicts_averted(crossings, counted(sim.ground), latency_s=self.latency_s)
        return gain_most(np.where(may, gain, 0.0), self.sites)

    def _picked(self, crossings: Crossings, may: NDArray[np.bool_], crs: str) -> NDArray[np.int64]:
        """Return the crossings (rows) that somebody has in mind."""
        x, y = (crossings.places[axis].to_numpy(float) for axis in ("x", "y"))
        rows = picked(named(self.crossings, CROSSINGS), x, y, crs=crs, what=CROSSINGS)
        for row in rows[~may[rows]].tolist():
            zones = " and in school zones" if self.school_zones else ""
            raise ValueError(f"{CROSSINGS} must lie in {self.where.name!r}{zones}, got {row}")
        return rows

    def _allowed(self, crossings: Crossings) -> NDArray[np.bool_]:
        """Return which crossings may get a sign, or say why none may."""
        inside, name = crossings.inside(self.where.polygon), self.where.name
        if not inside.any():
            raise ValueError(
                f"AiCrosswalk.area {name!r} must hold a crossing that meets a street, it holds none"
            )
        school = crossings.places["school"].to_numpy(bool)
        if self.school_zones and not (inside & school).any():
            raise ValueError(
                f"AiCrosswalk.school_zones of {name!r} must find a crossing within "
                f"{crossings.behaviour.school_zone_m:g} m of a school, there is none"
            )
        return inside & school if self.school_zones else inside

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return the indicators of crossings."""
        return crossing_kpis(run)

    def costs(self, run: Run) -> list[Cost]:
        """Return the signs that were put up in the area, and their upkeep."""
        stock = run.trace.frame("crossing")
        signs = 0
        if len(stock):
            here = contains_xy(self.where.polygon, stock["x"].to_numpy(), stock["y"].to_numpy())
            signs = int((here & stock["sign"].to_numpy(bool)).sum())
        capex = float(signs * self.site_cost)
        return [
            Cost("crosswalk signs", capex, capex * self.operation_share, float(self.life), 2024,
                 "programme", "XW13 thekoreantoday 2024-12-18", "XW13", assumed=("opex", "life")),
        ]  # fmt: skip
