"""Demand-responsive bus: people call a bus to a stop near them, and share it with others.

Stop-based many-to-many dial-a-ride with online insertion (Jaw et al. 1986, TR-B 20(3):243-257;
Bischoff, Maciejewski & Nagel 2017, ITSC) or re-optimisation in batches (Alonso-Mora et al. 2017,
PNAS 114(3):462-467). Published outcome: Incheon I-MOD, Yeongjong, December 2019 to January 2020
(IMOD1 autodaily.co.kr idxno=416586).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from shapely import contains_xy

from scenarios.drt_bus.access import KINDS, OLD, accessible
from scenarios.drt_bus.demand import FARE_YEAR, Offer, Riders, of_2016
from scenarios.drt_bus.indicators import by_bus_min, gain_krw, line_fares_krw, measured, requests
from scenarios.drt_bus.learning import Days
from twin.appraisal.values import read_values
from twin.dispatch import Batches, Bus, Dispatcher, Duty, Outage, Promise
from twin.memory import Learning, Memory
from twin.params import param
from twin.sim import Sim
from twin.solution import KPI, Cost, Doubt, Look, Run, Solution
from twin.world.fleet.fleet import Fleet
from twin.world.rows import Rows
from twin.world.transit.buses import Buses
from twin.world.walking.behaviour import Gait

__all__ = ["DrtBus"]

S_PER_H, S_PER_DAY, MS_PER_S, DAYS = 3_600, 86_400, 1_000, 365
COST_YEAR = 2025
Ints = NDArray[np.int64]
VIOLET, LILAC = (150, 70, 240), (188, 140, 250)
POLICIES: dict[str, type[Dispatcher]] = {"insertion": Dispatcher, "batch": Batches}

KPIS = (
    KPI("drt.wait_all", "min", "less",
        "from asking to boarding, mean of all who asked; who was refused, gave up, came too late "
        "or got no answer counts with the time to their place by what they did instead, less the "
        "direct ride, and at least as long as a served rider on average"),
    KPI("drt.wait", "min", "less", "from asking to boarding, mean of those who were served"),
    KPI("drt.wait_p90", "min", "less", "the same, 90th percentile"),
    KPI("drt.ride", "min", "less", "boarding to alighting, mean"),
    KPI("drt.detour", "ratio", "less", "ride over the direct drive without traffic, mean"),
    KPI("drt.reject", "%", "less", "not served, for whatever reason, of all requests"),
    KPI("drt.pax_per_vh", "1/veh-h", "more", "boardings per vehicle-hour of the shifts"),
    KPI("drt.empty_km_share", "%", "less", "metres driven with nobody aboard"),
    KPI("drt.occupancy", "persons", "more", "passenger-km per vehicle-km"),
    KPI("drt.on_board", "persons", "more", "people on board per bus, mean over the shifts"),
    KPI("drt.km", "veh-km/day", "less", "driven by all buses that are called"),
    KPI("drt.riders", "rides/day", "more", "rides"),
    KPI("drt.asked", "requests/day", "more", "requests"),
    KPI("drt.gain", "KRW/day", "more",
        "what riders gain over what they would do without the bus, as it turned out, before its "
        "fare is paid; KRW of 2016", value="krw_of_2016"),
    KPI("drt.fares", "KRW/day", "more", "fares paid; KRW of 2020", value="krw_of_2020",
        account="operator", payer="users"),
    KPI("transit.fares", "KRW/day", "more",
        "fares paid in buses of lines; KRW of 2016. What riders save of them is in their gain",
        value="krw_of_2016", account="operator"),
    KPI("drt.cost_per_pax", "KRW/ride", "less",
        "cost of a year of buses over a year of rides, in prices of the appraisal"),
    KPI("drt.subsidy_per_pax", "KRW/ride", "less", "the same less the fare"),
    KPI("drt.rides_to_pay", "rides/day", "less",
        "rides at which fares, as they are, would pay for the buses with no subsidy"),
    KPI("drt.access", "%", "more",
        "residents of the area who come to the nearest hospital, school and station within 45 min "
        "without a car on nine of ten occasions, door to door: on foot; by bus lines with a wait "
        "of 0.9 headways; or by a called bus as it went for those who asked, the nearest stops "
        "and the direct drive given; a station is also a stop of rapid buses"),
    *(KPI(f"drt.access_{kind}", "%", "more", f"the same, to the nearest {kind} alone")
      for kind in KINDS),
    KPI("drt.access_old", "%", "more", f"the same, to all three, of those of {OLD} and more"),
    KPI("transit.wait_all", "min", "less",
        "wait of all in the city who asked for a bus, of a line or called; who was not served by "
        "one that was called counts as in drt.wait_all, who gave up at a stop or found no bus with "
        "60 min; where the lines of the city are not known, half the headway that people reckon "
        "with"),
)  # fmt: skip


@dataclass(frozen=True)
class DrtBus(Solution):
    """Buses called by app or telephone to the stops of the area."""

    kpis: ClassVar[tuple[KPI, ...]] = KPIS
    needs: ClassVar[tuple[type, ...]] = (Buses, Gait, Fleet)
    nothing: ClassVar[dict[str, object]] = {"fleet": 0}
    policies: ClassVar[tuple[str, ...]] = ("fleet.asks",)
    look: ClassVar[dict[str, Look]] = {
        "called_bus": Look("shift", "Called buses", "호출버스", VIOLET, "vehicle", 7.1),
        "called_stop": Look("halt", "Stops of called buses", "호출버스 정류장", LILAC, "stop"),
    }
    headline: ClassVar[str] = "transit.wait_all"
    data: ClassVar[dict[str, float]] = {
        "streets": 2.0, "footways": 1.0, "bus_stops": 2.0, "buildings": 1.0,
        "buildings.dwellings": 1.0, "buildings.jobs": 1.0, "districts.population": 2.0,
    }  # fmt: skip
    claims: ClassVar[tuple[str, ...]] = ("T05", "T06", "T07", "T08", "T09", "T10", "T10E")
    doubts: ClassVar[tuple[Doubt, ...]] = (
        Doubt(("fleet",), (1, 2, 4, 8), "Buses", "버스 대수", met="drt.wait_all"),
        Doubt(("expected_wait_min",), (0, 5, 10, 20), "Wait that people reckon with",
              "사람들이 예상하는 대기시간", met="drt.riders"),
        Doubt(("fare",), (0, 600, 1_200, 1_800, 2_400), "Fare", "운임", met="drt.riders"),
        Doubt(("app_share",), (0.1, 0.3, 0.6, 1.0), "People who would use the app",
              "앱을 쓸 사람의 비율", met="drt.riders"),
    )  # fmt: skip

    fleet: int = param(8, "buses", 0, 200, "IMOD1: 8 buses in Yeongjong", tag="IMOD1")
    seats: int = param(16, "seats", 1, 45, "IMOD10: 16 seats, main service", tag="IMOD10")
    max_wait_min: float = param(20, "min", 1, 120, "15-20 usual")
    max_detour: float = param(1.5, "", 1, 5, "ride over the direct drive; or, where more,")
    max_detour_min: float = param(10, "min", 0, 60, "IMOD8: users accept 10 more", tag="IMOD8")
    fare: int = param(1_800, "KRW", 0, 20_000, "IMOD9: a ride, KRW of 2020", tag="IMOD9")
    fare_from_km: float = param(7, "km", 0, 100, "IMOD9: that the fare covers", tag="IMOD9")
    fare_per_km: int = param(100, "KRW/km", 0, 2_000, "IMOD9: beyond that", tag="IMOD9")
    from_h: float = param(5.5, "h", 0, 24, "IMOD11: 05:30", tag="IMOD11")
    to_h: float = param(23.5, "h", 0, 24, "IMOD11: 23:30", tag="IMOD11")
    last_call_h: float = param(0.5, "h", 0, 6, "before the end nobody asks any more")
    policy: str = param("insertion", "", None, None, "insertion, or batch: trips are chosen anew")
    answer_s: float = param(10, "s", 1, 600, "how often requests are answered")
    batch_s: float = param(
        30, "s", 5, 600, "and where trips are chosen anew: PNAS 114(3):462", tag="k"
    )
    rebalance_min: float = param(
        10, "min", 0, 120, "how often idle buses are sent to where people asked; 0 never"
    )
    breakdown_h: float = param(1_500, "h", 10, 1e6, "of a bus between breakdowns")
    repair_h: float = param(4, "h", 0.1, 200, "until another bus is there")
    hold_s: float = param(120, "s", 0, 900, "a bus holds for who is late")
    app_share: float = param(0.30, "", 0, 1, "people who can and would use it, 20-40 %")
    known_share: float = param(1.0, "", 0, 1, "of them know it on the first day", tag="D")
    reached_share: float = param(
        0.40, "", 0, 0.99, "know it after 60 days where nobody did: T09, 12 % of all", tag="D"
    )
    imitation: float = param(
        12.7,
        "",
        0,
        100,
        "Bass' q over p: 0.38 over 0.03, Sultan et al. 1990, JMR 27(1):70",
        tag="k",
    )
    own_weight: float = param(
        0.20, "", 0, 1, "of today in what one expects: Bogers et al. 2007, TRR 2014:1-8", tag="k"
    )
    told_weight: float = param(0.05, "", 0, 1, "of what others met, for who did not")
    stands_for: int = param(1, "days", 1, 31, "that people learn from as from one lived", tag="D")
    constant: float = param(0.0, "", -10, 10, "liked better than a bus, in units of V")
    expected_wait_min: float = param(10, "min", 0, 60, "what people reckon with")
    expected_ride: float = param(1.3, "", 1, 3, "and the ride over a direct drive")
    app_walk: float = param(1.0, "m/s", 0.3, 2, "walk to the stop that the dispatcher reckons with")
    reach_m: float = param(500, "m", 50, 2_000, "walk to a stop that is thought of")
    no_answer_share: float = param(0.02, "", 0, 1, "requests that get lost, 1-3 %")
    platform_works_h: float = param(
        1_000, "h", 1, 1e6, "of app and dispatch between outages: with 5 h each, up 99.5 %"
    )
    platform_down_h: float = param(5, "h", 0, 200, "that an outage lasts: nobody gets an answer")
    bus_year: int = param(
        267_000_000, "KRW/bus/year", 0, 600_000_000,
        "IMOD14: 0.8 bn for six buses and six months in Geomdan, KRW of 2025", tag="D",
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.policy not in POLICIES:
            known = " or ".join(POLICIES)
            raise ValueError(f"DrtBus.policy must be {known}, got {self.policy!r}")
        if self.to_h - self.last_call_h <= self.from_h:
            raise ValueError(
                f"DrtBus.to_h must be more than last_call_h ({self.last_call_h:g} h) after from_h "
                f"({self.from_h:g} h), got {self.to_h:g}"
            )

    def install(self, sim: Sim) -> None:
        """Put buses on the streets, a dispatcher in charge, and let people ask."""
        if not self.fleet:
            return
        fleet = sim.part(Fleet)
        berths = self._stops(sim, fleet)
        buses = self._buses(sim, fleet, berths)
        minutes, promise_s = 60.0, self.max_wait_min * 60.0
        promise = Promise(promise_s, self.max_detour, self.max_detour_min * minutes, self.hold_s)
        kind = POLICIES[self.policy]
        every_s = self.batch_s if kind is Batches else self.answer_s
        dispatcher = kind(sim, promise, every_s=every_s, fails=self.no_answer_share)
        dispatcher.breaks(Outage(self.platform_works_h, self.platform_down_h))
        if self.rebalance_min:
            dispatcher.roams(self.rebalance_min * 60.0)
        duty = Duty(self.from_h, self.to_h, self.breakdown_h, self.repair_h)
        for number in buses:
            Bus(dispatcher, number, duty)
        fleet.asks = self._riders(sim, fleet.berths[berths])
        Days(sim, fleet.asks, self._learning(), sim.luck("drt"))

    def _riders(self, sim: Sim, stops: Rows) -> Riders:
        people, offer, lasting = sim.ground.people, self._offer(), sim.luck("drt", lasting=True)
        memory = Memory.of(len(people.residents), offer.wait_s, self._learning(), lasting)
        return Riders(
            people, sim.ground.walks, offer, stops, lasting, sim.luck("drt"), memory,
            sim.span.last_day,
        )  # fmt: skip

    def _learning(self) -> Learning:
        return Learning(
            own=self.own_weight, told=self.told_weight, known=self.known_share,
            reached=self.reached_share, imitation=self.imitation, days=self.stands_for,
        )  # fmt: skip

    def _stops(self, sim: Sim, fleet: Fleet) -> Ints:
        """Return the berths: the stops of buses in the area, whether a line calls there or not."""
        service = sim.ground.service
        here = np.flatnonzero(contains_xy(self.where.polygon, service.x, service.y))
        if len(here) < 2:
            raise ValueError(
                f"drt_bus needs at least 2 bus stops in {self.where.name}, got {len(here)}"
            )
        berths = fleet.stop_at(service.x[here], service.y[here], len(sim.ground.place_x) + here)
        for berth in berths.tolist():
            sim.record("halt", berth=berth)
        return berths

    def _buses(self, sim: Sim, fleet: Fleet, berths: Ints) -> list[int]:
        """Add the buses, spread over the stops, and return their rows."""
        spread = berths[(np.arange(self.fleet) * len(berths)) // self.fleet]
        buses = [fleet.add(self.seats, berth) for berth in spread.tolist()]
        from_ms, until_ms = (round(h * S_PER_H * MS_PER_S) for h in (self.from_h, self.to_h))
        for bus in buses:
            sim.record("shift", vehicle=bus, from_ms=from_ms, until_ms=until_ms)
        return buses

    def _offer(self) -> Offer:
        return Offer(
            wait_s=self.expected_wait_min * 60.0, ride=self.expected_ride, constant=self.constant,
            fare_krw=self.fare, fare_krw_km=self.fare_per_km, fare_from_km=self.fare_from_km,
            from_h=self.from_h, to_h=self.to_h - self.last_call_h, app_share=self.app_share,
            app_walk=self.app_walk, reach_m=self.reach_m,
        )  # fmt: skip

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return the indicators of rides on demand, access, and the wait of all who go by bus."""
        access = accessible(run, self.reach_m)
        values = {**measured(run), **self._money(run), **access}
        return {**values, "transit.wait_all": by_bus_min(run)}

    def _money(self, run: Run) -> dict[str, float | None]:
        """Return fares and riders' gain a day, and what a ride costs and is subsidised with."""
        days = max(1.0, (run.span_s[1] - run.span_s[0]) / S_PER_DAY)
        asked = requests(run.trace, run.area.polygon)
        fares = self._offer().fare(asked["km"][asked["ride_ms"].notna()].to_numpy(float))
        gain = gain_krw(asked, 60.0 * self.expected_wait_min, self.expected_ride)
        money: dict[str, float] = {
            "drt.gain": (gain + float(of_2016(fares).sum())) / days,
            "drt.fares": float(fares.sum()) / days,
            "transit.fares": line_fares_krw(run.trace) / days,
        }
        a_ride = self._a_ride(len(fares) / days, money["drt.fares"])
        return {**money, **a_ride}

    def _a_ride(self, rides: float, fares: float) -> dict[str, float | None]:
        """Return what a ride costs, and is subsidised with, and how many rides would do without."""
        names = ("drt.cost_per_pax", "drt.subsidy_per_pax", "drt.rides_to_pay")
        if not rides:
            return dict.fromkeys(names)
        prices = read_values()
        cost = prices.real(self.fleet * self.bus_year / DAYS, COST_YEAR) / rides
        fare = prices.real(fares, FARE_YEAR) / rides
        to_pay = rides * cost / fare if fare else None
        return dict(zip(names, (cost, cost - fare, to_pay), strict=True))

    def costs(self, run: Run) -> list[Cost]:  # noqa: ARG002 - the same in every run
        """Return the buses' year, drivers and platform included."""
        return [
            Cost("demand-responsive buses", 0.0, float(self.fleet * self.bus_year), 1.0, COST_YEAR,
                 "programme", "IMOD14", "D"),
        ]  # fmt: skip
