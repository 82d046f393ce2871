"""Drone safety net: drones in docks on roofs fly to what is called in, and show it (Daejeon).

Docks by maximal covering (Church & ReVelle 1974), or by the mean or the 90th percentile of the time
to a picture (Boutilier & Chan 2022, MSOM, arXiv:1908.00149); the nearest free drone is sent, and
the ground crew goes too (Larson 1974). Published: video within 2 min where the fire engine takes 6,
26 stations planned, Daejeon (DRN1 dynews.co.kr idxno=453939; DRN2 wowtv.co.kr 202003096032i).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, cast

import numpy as np

from scenarios.drone_safety_net.airspace import OPEN, Airspace
from scenarios.drone_safety_net.drone import Trust
from scenarios.drone_safety_net.flight import Craft
from scenarios.drone_safety_net.indicators import (
    coverage,
    first_eyes,
    flown_h,
    found_early,
    gap_min,
    near_homes_min,
    ready_share,
    saved_h,
)
from scenarios.drone_safety_net.net import Limits, Net, Rules, skies
from scenarios.drone_safety_net.patrol import Beat, Rounds
from scenarios.drone_safety_net.sites import (
    SITINGS,
    Docks,
    Seen,
    Wish,
    demand,
    picked_docks,
    sited_docks,
)
from twin.area import resolve
from twin.machines import Wear
from twin.params import param
from twin.patrol import Shift
from twin.response import Case, cases
from twin.sim import Sim
from twin.solution import KPI, Cost, Doubt, Look, Run, Solution
from twin.world.crews import Crews
from twin.world.incidents import INCIDENT_KINDS, Incidents
from twin.world.weather import Weather

__all__ = ["DroneSafetyNet"]

SKY, AMBER = (36, 150, 255), (255, 176, 32)
S_PER_MIN, MS_PER_MIN, S_PER_DAY, DAYS, PERCENT = 60.0, 60_000.0, 86_400.0, 365.0, 100.0

WORDS = {
    "siting": SITINGS, "policy": ("calls", "patrol", "both"), "route": ("loop", "random"),
}  # fmt: skip

KPIS = (
    KPI("drone.eye", "min", "less",
        "from a call to the first eye on the scene, a crew's or a machine's, mean of all calls of "
        "the area that drones are sent to, whether one came or not"),
    KPI("drone.eye_p90", "min", "less", "the same, 90th percentile"),
    KPI("drone.t_eye", "min", "less",
        "from a call to a usable picture of a drone, median of the calls that one saw; 0 where it "
        "was there before the call"),
    KPI("drone.t_eye_p90", "min", "less", "the same, 90th percentile"),
    KPI("drone.first", "%", "more", "calls that a drone saw before the crew and all others"),
    KPI("drone.in_time", "%", "more", "calls that a drone saw within within_min of the call"),
    KPI("drone.cover_people", "%", "more",
        "residents of the area that a drone would have in view within within_min of a call, all of "
        "them free and no wind"),
    KPI("drone.cover_area", "%", "more", "the same, of the ground of the area"),
    KPI("drone.lead", "min", "more",
        "how much earlier than the crew the first eye was, mean of all calls; 0 where the crew was "
        "first"),
    KPI("drone.lead_worth", "KRW/day", "more",
        "what that lead is worth at the price a minute that is set: none by default",
        value="krw", account="users"),
    KPI("drone.unserved", "%", "less",
        "calls to which no drone went: weather, network, out of reach, none free"),
    KPI("drone.ready", "%", "more",
        "time in which a drone is in its dock and could start: weather, network and drone allow "
        "it, mean of the docks"),
    KPI("drone.cleared", "1/year", "more",
        "calls for nothing that a drone told of before the crew was there"),
    KPI("drone.crew_h", "person-h/day", "more",
        "crews' time saved by that: the rest of the drive, the same way back, the check",
        value="crew_hour", account="local"),
    KPI("drone.wrong_clear", "1/year", "less",
        "real cases that a drone took for nothing before the crew was there"),
    KPI("drone.found", "1/year", "more",
        "cases that nobody called in, or had not yet, and a drone on patrol saw"),
    KPI("drone.gap_p95", "min", "less",
        "between two visits of a drone on patrol to a place, in its hours, 95th percentile"),
    KPI("drone.privacy", "min/day", "less",
        "flown over homes or beside them, at most 30 m away across the ground"),
    KPI("drone.flown", "h/day", "less", "in the air, all drones"),
    KPI("drone.lost", "1/year", "less", "drones that came down somewhere"),
)  # fmt: skip


@dataclass(frozen=True)
class DroneSafetyNet(Solution):
    """Drones in docks on the roofs of the area, where they are best for what is to be expected.

    Or at those ``places`` that somebody has in mind.
    """

    kpis: ClassVar[tuple[KPI, ...]] = KPIS
    needs: ClassVar[tuple[type, ...]] = (Incidents, Crews, Weather)
    nothing: ClassVar[dict[str, object]] = {"docks": 0}
    policies: ClassVar[tuple[str, ...]] = ("drones.net",)
    files: ClassVar[tuple[str, ...]] = ("no_fly",)
    look: ClassVar[dict[str, Look]] = {
        "drone": Look("drone_leg", "Drones", "드론", SKY, "drone"),
        "drone_dock": Look("dock", "Docks of drones", "드론 스테이션", AMBER, "dock"),
    }
    headline: ClassVar[str] = "drone.eye"
    data: ClassVar[dict[str, float]] = {
        "streets": 1.0, "buildings": 1.0, "buildings.dwellings": 2.0, "buildings.jobs": 2.0,
        "buildings.height_m": 1.0,
    }  # fmt: skip
    claims: ClassVar[tuple[str, ...]] = ("T15", "T15L", "T15S")
    doubts: ClassVar[tuple[Doubt, ...]] = (
        Doubt(("docks",), (1, 2, 4, 8, 26), "Docks", "드론 스테이션 수", met="drone.eye"),
        Doubt(("minute_krw",), (0, 10_000, 100_000, 1_000_000),
              "Worth of a minute's lead over the crew", "출동대보다 1분 먼저 보는 것의 가치"),
        Doubt(("tells_nothing",), (0.0, 0.25, 0.5, 0.75, 1.0),
              "Calls for nothing that can be told from the air",
              "하늘에서 확인되는 오인신고 비율", met="drone.cleared"),
    )  # fmt: skip

    docks: int = param(4, "docks", 0, 500, "DRN2: 26 planned for 540 km2, for a town 4")
    places: str = param("", "", None, None, "which, by building or place: '12; 36.3504 127.3845'")
    siting: str = param("cover", "", None, None, "cover, median or p90")
    within_min: float = param(2.0, "min", 0.1, 60, "DRN1: video within 2 min", tag="DRN1")
    kinds: str = param(
        "fire crime fall crash", "", None, None, "which calls: fire crime medical fall crash"
    )
    indoors: bool = param(False, "", None, None, "in buildings too, where only fire shows outside")
    policy: str = param("calls", "", None, None, "calls, patrol, or both")
    route: str = param("loop", "", None, None, "of a patrol: loop or random")
    patrol_from_h: float = param(20.0, "h", 0, 24, "patrol from, when crimes begin to be many")
    patrol_to_h: float = param(4.0, "h", 0, 24, "and to; the same hour: all day")
    patrol_speed: float = param(8.0, "m/s", 0.5, 30, "slower than to a call, 5-10 m/s")
    sweep_m: float = param(60.0, "m", 1, 500, "width that its camera sees from its height")
    recall: float = param(0.6, "", 0, 1, "of what lies in that width, told at a pass")
    no_fly: str = param("", "", None, None, "where they may not fly: a district or a polygon file")
    speed: float = param(15.0, "m/s", 1, 40, "10-18 m/s")
    climb: float = param(5.0, "m/s", 0.5, 20, "of multicopters, 3-8 m/s")
    height_m: float = param(80.0, "m", 20, 150, "at most 150 m without leave (Aviation Safety Act)")
    look_m: float = param(50.0, "m", 5, 150, "from where it looks")
    launch_s: float = param(40.0, "s", 0, 600, "from a dock, 20-60 s")
    search_s: float = param(10.0, "s", 0, 600, "from above the place to a usable picture")
    stay_min: float = param(12.0, "min", 0, 60, "until it is needed no more, mean")
    endurance_min: float = param(35.0, "min", 1, 240, "25-45 min")
    reserve: float = param(0.2, "", 0, 0.9, "of the battery, kept back")
    charge_min: float = param(35.0, "min", 1, 600, "25-45 min from empty to full")
    link_km: float = param(7.0, "km", 0.1, 50, "5-10 km")
    gust_ms: float = param(12.0, "m/s", 1, 40, "10-12 m/s: with less nothing would ever fly")
    gust_factor: float = param(1.5, "", 1, 3, "of a gust over the wind of the hour")
    shear: float = param(0.25, "", 0, 0.6, "power of the height in the wind over a town")
    rain_mm: float = param(1.0, "mm/h", 0, 100, "light rain")
    in_the_dark: bool = param(True, "", None, None, "with special leave")
    breakdown_h: float = param(1_000.0, "h", 0, 1e6, "between breakdowns of drone or dock; 0 never")
    repair_h: float = param(48.0, "h", 0.1, 1_000, "until it works again, 1-3 days")
    network_h: float = param(1_000.0, "h", 0, 1e6, "between outages of the network; 0 never")
    network_down_h: float = param(2.0, "h", 0.01, 100, "that an outage lasts")
    no_link: float = param(0.02, "", 0, 1, "flights without a picture, 1-3 %")
    lost_h: float = param(2_000.0, "h", 0, 1e7, "of flight, until one is lost; 0 never")
    tells_nothing: float = param(0.5, "", 0, 1, "of calls for nothing, told from the air")
    wrong_clear: float = param(0.01, "", 0, 1, "of real cases, taken for nothing")
    check_min: float = param(10.0, "min", 0, 120, "a crew's check that it is for nothing")
    minute_krw: int = param(0, "KRW/min", 0, 10_000_000, "of lead over the crew: no figure known")
    dock_cost: int = param(55_000_000, "KRW/dock", 0, 1_000_000_000, "with its drone, 30-80 M")
    upkeep_share: float = param(0.2, "1/year", 0, 1, "of the investment a year, 15-25 %")
    insurance: int = param(2_000_000, "KRW/drone/year", 0, 100_000_000, "1-3 M")
    docks_per_pilot: float = param(4.5, "docks", 0.1, 100, "that one seat watches, 3-6")
    pilot_year: int = param(60_000_000, "KRW/seat/year", 0, 1_000_000_000, "50-70 M")
    life: float = param(4.5, "years", 1, 20, "4-5 years")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_words()
        if self.docks and self.craft.range_m() <= 0.0:
            least = self.endurance_min - self.craft.usable_s / S_PER_MIN
            raise ValueError(
                "DroneSafetyNet.endurance_min must last for a flight out and back beside a reserve "
                f"of {least:.1f} min and {self._at_home_min:.1f} min to climb, look and land, "
                f"got {self.endurance_min:g}"
            )

    def _check_words(self) -> None:
        """Refuse what is none of the words that a parameter knows."""
        for name, words in WORDS.items():
            if getattr(self, name) not in words:
                known, got = " or ".join(words), getattr(self, name)
                raise ValueError(f"DroneSafetyNet.{name} must be {known}, got {got!r}")
        wrong = [kind for kind in self.kinds.split() if kind not in INCIDENT_KINDS]
        if wrong or not self.kinds.split():
            known = ", ".join(INCIDENT_KINDS)
            raise ValueError(f"DroneSafetyNet.kinds must be some of {known}, got {self.kinds!r}")

    @property
    def craft(self) -> Craft:
        """The drone and its dock."""
        return Craft(
            speed=self.speed, climb=self.climb, height_m=self.height_m, look_m=self.look_m,
            launch_s=self.launch_s, search_s=self.search_s,
            endurance_s=self.endurance_min * S_PER_MIN, reserve=self.reserve,
            charge_s=self.charge_min * S_PER_MIN, link_m=self.link_km * 1_000.0,
        )  # fmt: skip

    @property
    def seen(self) -> Seen:
        """What drones are sent to."""
        return Seen(tuple(self.kinds.split()), self.indoors)

    @property
    def limits(self) -> Limits:
        """The weather that they fly in."""
        return Limits(self.gust_ms, self.gust_factor, self.shear, self.rain_mm, self.in_the_dark)

    @property
    def _at_home_min(self) -> float:
        return self.craft.needs_s(0.0, 0.0) / S_PER_MIN

    def install(self, sim: Sim) -> None:
        """Put up the docks before the run, and let their drones answer its calls."""
        if not self.docks:
            return
        space = self._airspace(sim)
        docks = self._docks(sim, space)
        for dock, (x, y, z) in enumerate(zip(*docks, strict=True)):
            sim.record("dock", dock=dock, x=float(x), y=float(y), z=float(z))
        trust = Trust(
            wear=Wear(self.breakdown_h, self.repair_h),
            outage=Wear(self.network_h, self.network_down_h), no_link=self.no_link,
            lost_h=self.lost_h, tells_nothing=self.tells_nothing, wrong_clear=self.wrong_clear,
        )  # fmt: skip
        rules = Rules(self.limits, trust, space, stay_s=self.stay_min * S_PER_MIN)
        net = Net(sim, np.column_stack(docks), self.craft, rules)
        net.report()
        wanted = [case for case in cases(sim, self.where.polygon) if self.seen.sees(case)]
        if self.policy != "patrol":
            net.serve(wanted)
        if self.policy != "calls":
            self._patrol(sim, net, wanted)

    def _patrol(self, sim: Sim, net: Net, wanted: list[Case]) -> None:
        """Let the drones fly rounds over where most is expected."""
        places, weight = demand(sim.ground, self.where, self.seen)
        places = places[np.argsort(-weight, kind="stable")]
        places = places[net.rules.space.open_at(*places.T)]
        shift = Shift(self.patrol_from_h, self.patrol_to_h)
        route = cast(Literal["loop", "random"], self.route)
        Rounds(
            net, places, wanted, Beat(shift, self.patrol_speed, self.sweep_m, self.recall, route)
        )

    def _airspace(self, sim: Sim) -> Airspace:
        if not self.no_fly:
            return OPEN
        return Airspace(resolve(self.no_fly, sim.city).polygon)

    def _docks(self, sim: Sim, space: Airspace) -> Docks:
        """Return where docks stand."""
        if self.places:
            return picked_docks(self.places, sim.city, self.where, space)
        wish = Wish(self.docks, self.siting, self.within_min * S_PER_MIN)
        return sited_docks(
            sim.ground, self.where, wish, craft=self.craft, seen=self.seen, space=space
        )

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return what was seen when, and what it saved, by the drones of the run."""
        days = max(1.0, (run.span_s[1] - run.span_s[0]) / S_PER_DAY)
        near = coverage(run, self.craft, self.within_min * S_PER_MIN)
        hours, cleared, wrong = saved_h(run, self.seen, self.check_min)
        flies = [sky.flies for sky in skies(run.trace.frame("weather"), self.craft, self.limits)]
        return {
            **self._seen(run, days),
            "drone.cover_people": near.people,
            "drone.cover_area": near.area,
            "drone.ready": ready_share(run, np.array(flies, bool)),
            "drone.cleared": cleared * DAYS / days,
            "drone.crew_h": hours / days,
            "drone.wrong_clear": wrong * DAYS / days,
            "drone.found": found_early(run, self.seen) * DAYS / days,
            "drone.gap_p95": gap_min(run.trace, 0.95, self.patrol_from_h),
            "drone.privacy": near_homes_min(run) / days,
            "drone.flown": flown_h(run.trace) / days,
            "drone.lost": len(run.trace["drone_lost"]) * DAYS / days,
        }

    def _seen(self, run: Run, days: float) -> dict[str, float | None]:
        """Return who saw what when."""
        calls = first_eyes(run, self.seen)
        names = ("drone.eye", "drone.eye_p90", "drone.t_eye", "drone.t_eye_p90", "drone.first",
                 "drone.in_time", "drone.lead", "drone.unserved")  # fmt: skip
        if not len(calls):
            return {**dict.fromkeys(names), "drone.lead_worth": 0.0}
        wait_min = calls["wait_s"].to_numpy(float) / S_PER_MIN
        late_ms = (calls["drone_ms"] - calls["call_ms"]).to_numpy(float)
        drone_min = np.maximum(late_ms, 0.0) / MS_PER_MIN
        came = drone_min[np.isfinite(drone_min)]
        lead_min = calls["lead_s"].to_numpy(float) / S_PER_MIN
        weight = calls["weight"].to_numpy(float)
        first = (calls["drone_ms"] == calls["eye_ms"]) & (calls["lead_s"] > 0)
        unserved = calls["case"].isin(run.trace.column("no_drone", "case"))
        return {
            "drone.eye": float(wait_min.mean()),
            "drone.eye_p90": float(np.quantile(wait_min, 0.9)),
            "drone.t_eye": float(np.median(came)) if len(came) else None,
            "drone.t_eye_p90": float(np.quantile(came, 0.9)) if len(came) else None,
            "drone.first": PERCENT * float(first.mean()),
            "drone.in_time": PERCENT * float((drone_min <= self.within_min).mean()),
            "drone.lead": float(lead_min.mean()),
            "drone.lead_worth": self.minute_krw * float((weight * lead_min).sum()) / days,
            "drone.unserved": PERCENT * float(unserved.mean()) if len(run.trace["dock"]) else None,
        }

    def costs(self, run: Run) -> list[Cost]:
        """Return docks with their drones, pilots' seats and insurance."""
        docks = len(run.trace["dock"])
        capex = float(docks * self.dock_cost)
        seats = math.ceil(docks / self.docks_per_pilot)
        return [
            Cost("docks and drones", capex, capex * self.upkeep_share + docks * self.insurance,
                 self.life, 2024, "programme", "general knowledge: 30-80 M a dock", "GK"),
            Cost("seats of remote pilots", 0.0, float(seats * self.pilot_year), 1.0, 2024,
                 "programme", "general knowledge: 50-70 M a seat", "GK"),
        ]  # fmt: skip
