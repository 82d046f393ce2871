"""Delivery robots: small robots bring meals and parcels from shops and hubs over the footways.

Robots stand at hubs, take orders in the order of time, and go at walking pace over footways and
crossings; where they cannot go on somebody helps from afar (seats as a queue, M/M/c). What they do
not serve riders and vans bring, as without them. Fleet as a queue with charging: Yang, Du, Le &
Chow 2025, TR-C 171:104978; sidewalk robots: Jennings & Figliozzi 2019, doi:10.1177/0361198119849398
and 2020, Transp. Res. Procedia 46:21-28. Of the Sejong trial of 2021 no effect is published
(hankookilbo A2021102014090002220); in Songdo 24 robots serve since 2024 (edaily
01515366639048984).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from scenarios.delivery_robot.baseline import Riders, Vans
from scenarios.delivery_robot.dispatch import Dispatch
from scenarios.delivery_robot.hubs import place_hubs, shares
from scenarios.delivery_robot.indicators import COST_YEAR, KPIS, kwh_a_year, measured
from scenarios.delivery_robot.legs import EVENT as LEG
from scenarios.delivery_robot.motion import Motion, stopping_m
from scenarios.delivery_robot.network import Connection
from scenarios.delivery_robot.offer import Offer, Wish, halts, wet, wished
from scenarios.delivery_robot.operation import Handling, Operation, Traits
from scenarios.delivery_robot.orders import Demand, orders_of
from scenarios.delivery_robot.seats import Seats
from scenarios.delivery_robot.terms import Rates, Terms
from twin.appraisal.cashflow import annuity
from twin.appraisal.values import read_values
from twin.luck import Luck
from twin.machines import Battery, Wear
from twin.params import param
from twin.sim import Sim
from twin.solution import KPI, Cost, Doubt, Look, Run, Solution
from twin.world.walking.behaviour import Gait
from twin.world.walking.pavement import Pavement
from twin.world.weather import Weather

__all__ = ["DeliveryRobot"]

Ints = NDArray[np.int64]
S_PER_H, MS_PER_S, H_PER_DAY, DAYS = 3_600.0, 1_000.0, 24, 365
LUCK = "delivery"
GENERAL, HUB_LIFE = "general knowledge", 10.0
ORANGE, AMBER = (255, 120, 40), (255, 176, 84)


@dataclass(frozen=True)
class DeliveryRobot(Solution):
    """Robots of hubs at shops of the area, and people who help them from afar."""

    kpis: ClassVar[tuple[KPI, ...]] = KPIS
    needs: ClassVar[tuple[type, ...]] = (Pavement, Weather)
    nothing: ClassVar[dict[str, object]] = {"fleet": 0}
    look: ClassVar[dict[str, Look]] = {
        "delivery_robot": Look(LEG, "Delivery robots", "배달로봇", ORANGE, "robot"),
        "robot_hub": Look("robot_hub", "Hubs of delivery robots", "배달로봇 거점", AMBER, "dock"),
    }
    headline: ClassVar[str] = "robot.lead_time"
    data: ClassVar[dict[str, float]] = {
        "footways": 3.0, "crossings": 1.0, "buildings": 1.0, "buildings.use": 2.0,
        "buildings.dwellings": 1.0, "districts.population": 2.0,
    }  # fmt: skip
    claims: ClassVar[tuple[str, ...]] = (
        "T41", "T42", "T43", "T44", "T45", "T46", "T47", "T48", "T49",
    )  # fmt: skip
    doubts: ClassVar[tuple[Doubt, ...]] = (
        Doubt(("fleet",), (1, 4, 12, 24, 48), "Robots", "로봇 대수", met="robot.taken"),
        Doubt(("help_per_km",), (0.02, 0.1, 0.2, 1.0, 3.0), "Calls for help a km",
              "km당 원격 개입", met="robot.lead_time"),
        Doubt(("uptake",), (0.1, 0.3, 0.6, 1.0), "People who take robots",
              "로봇 배달을 받을 사람의 비율", met="robot.cost_per_delivery"),
        Doubt(("robot_cost",), (5_000_000, 10_000_000, 15_000_000, 30_000_000),
              "Price of a robot", "로봇 가격", met="robot.cost_per_delivery"),
    )  # fmt: skip

    fleet: int = param(
        24, "robots", 0, 2_000, "edaily 01515366639048984: 24 in Songdo, 2024", tag="ROB8"
    )
    hubs: int = param(4, "hubs", 1, 200, "about six robots each")
    reach_m: float = param(1_500, "m", 100, 3_000, "on footways, from a hub to shop and door")
    compartments: int = param(1, "orders", 1, 8, "one box: Neubie, Starship")
    speed_kmh: float = param(
        6.0, "km/h", 0.5, 15, "ROB1: 6; at most 15 by law (KBS 7819361)", tag="ROB1"
    )
    mass_kg: float = param(55.0, "kg", 5, 500, "neubility.co.kr: 50, and a load", tag="ROB9")
    rolling: float = param(0.02, "", 0, 0.2, "rolling resistance on paving, 0.01-0.03")
    efficiency: float = param(0.6, "", 0.05, 1, "of motors and gears")
    electronics_w: float = param(60, "W", 0, 1_000, "sensors, computer, modem")
    battery_wh: float = param(200, "Wh", 1, 20_000, "FT 2af8af74: 2 to 2.5 h, at 90 W", tag="D")
    charge_w: float = param(150, "W", 1, 20_000, "full in an hour and a half")
    reserve: float = param(0.2, "", 0, 0.9, "share of the battery that is kept back")
    brake: float = param(1.5, "m/s2", 0.1, 10, "of who must not spill a meal")
    reaction_s: float = param(0.3, "s", 0, 5, "from seeing to braking")
    sight_m: float = param(10.0, "m", 0.5, 200, "how far it sees who steps into its way")
    give_way_s: float = param(2.0, "s", 0, 30, "it stands for each walker who comes towards it")
    step_in: float = param(0.05, "", 0, 1, "walkers met who step into its way")
    help_per_km: float = param(
        0.2, "1/km", 0, 50, "0.02 by a maker (news1 4379182: 2-3 of 100 trips) to some a km"
    )
    help_s: float = param(60, "s", 1, 3_600, "that help from afar takes, mean")
    seats: int = param(2, "seats", 1, 500, "one for 5 to 20 robots")
    load_s: float = param(60, "s", 0, 1_800, "to put an order in")
    handover_s: float = param(135, "s", 0, 1_800, "at the door, 90-180")
    handover_cv: float = param(0.5, "", 0, 3, "its spread")
    give_up_min: float = param(10, "min", 0, 240, "a meal waits for a robot, then a rider comes")
    parcel_give_up_min: float = param(60, "min", 0, 720, "and a parcel: it goes by van")
    breakdown_h: float = param(500, "h", 1, 1e6, "of a robot between breakdowns")
    repair_h: float = param(4, "h", 0.1, 500, "until it is fetched and repaired")
    network_h: float = param(200, "h", 1, 1e6, "of the network between outages")
    network_min: float = param(5, "min", 0, 1_440, "that an outage lasts, mean")
    rain_mm: float = param(5, "mm/h", 0, 200, "more rain than this stops robots; so does snow")
    from_h: float = param(10, "h", 0, 24, "when robots begin to serve")
    to_h: float = param(22, "h", 0, 24, "and when they take the last order")
    uptake: float = param(0.3, "", 0, 1, "people who take a robot, and meet it at the door")
    fits: float = param(0.9, "", 0, 1, "orders that fit into a robot")
    parcel_share: float = param(0.1, "", 0, 1, "parcels that they want at a time they choose")
    meals: float = param(
        0.055, "1/person/day", 0, 2,
        "wowtv.co.kr 2025040995667: 23.51 million paid 3.7 times in March 2025, of 51.1 million",
        tag="D",
    )  # fmt: skip
    parcels: float = param(
        0.273, "1/person/day", 0, 5, "segye.com 20241025508707: 99.7 a year in 2023", tag="D"
    )
    holiday_more: float = param(
        0.4, "", 0, 3, "hankooke.com 10105: meals on holidays, Baemin 2019", tag="ORD3"
    )
    rain_more: float = param(
        0.2, "", 0, 3, "hankooke.com 10105: meals in rain, Baemin 2019", tag="ORD3"
    )
    shop_m: float = param(1_200, "m", 50, 20_000, "mean of the pull of near shops")
    ready_min: float = param(15, "min", 0, 120, "from asking until a meal is cooked, mean")
    ready_cv: float = param(0.4, "", 0, 2, "its spread")
    promise_min: float = param(45, "min", 1, 240, "what is on time, from asking")
    rider_wait_min: float = param(8, "min", 0, 120, "until a rider is at the shop, mean")
    rider_kmh: float = param(20, "km/h", 1, 60, "door to door")
    rider_empty: float = param(1.0, "", 0, 5, "km without an order for each with one")
    rider_krw: int = param(
        3_880, "KRW/order", 0, 50_000,
        "v.daum.net 20221227215220466: 3.81 million for 25.3 days of 38.8 orders, 2022", tag="D",
    )  # fmt: skip
    van_parcels: int = param(275, "parcels", 1, 2_000, "etoday 1968834: 250-300", tag="VAN1")
    van_depot_km: float = param(10, "km", 0, 200, "from the depot to the middle of the area")
    van_krw: int = param(800, "KRW/parcel", 0, 50_000, "donga 95724744: CJ 2019", tag="VAN2")
    robot_cost: int = param(
        15_000_000,
        "KRW/robot",
        0,
        500_000_000,
        "5 (a maker's aim, sedaily 22U600CE0S) to 30 million",
    )
    robot_life: int = param(4, "years", 1, 20, "3-5 years")
    upkeep: float = param(0.2, "1/year", 0, 2, "of the price of robots, 15-25 %")
    hub_cost: int = param(10_000_000, "KRW/hub", 0, 1_000_000_000, "chargers, a shelter")
    hub_year: int = param(6_000_000, "KRW/hub/year", 0, 1_000_000_000, "rent of the ground")
    seat_krw_h: int = param(20_000, "KRW/h", 0, 500_000, "who helps from afar, all told")
    power_krw: int = param(150, "KRW/kWh", 0, 5_000, "electricity")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.to_h <= self.from_h:
            raise ValueError(
                f"DeliveryRobot.to_h must be more than from_h ({self.from_h:g} h), "
                f"got {self.to_h:g}"
            )
        if not self.meals + self.parcels:
            raise ValueError(
                "DeliveryRobot.meals and DeliveryRobot.parcels must not both be 0: nobody orders"
            )
        stop_m = stopping_m(self.speed_kmh / 3.6, self.reaction_s, self.brake)
        if stop_m > self.sight_m:
            raise ValueError(
                f"DeliveryRobot.sight_m must be at least {stop_m:.1f} m, in which a robot stops "
                f"from {self.speed_kmh:g} km/h, got {self.sight_m:g}"
            )

    @property
    def demand(self) -> Demand:
        """What people order."""
        return Demand(
            self.meals, self.parcels, self.holiday_more, self.rain_more, self.shop_m,
            self.ready_min, self.ready_cv,
        )  # fmt: skip

    @property
    def motion(self) -> Motion:
        """How robots move."""
        return Motion(
            self.speed_kmh / 3.6, self.mass_kg, self.rolling, self.efficiency, self.electronics_w,
            self.reaction_s, self.brake, self.sight_m,
        )  # fmt: skip

    @property
    def handling(self) -> Handling:
        """What people do with robots."""
        return Handling(
            load_s=self.load_s, hand_s=self.handover_s, hand_cv=self.handover_cv,
            help_m=self.help_per_km / 1_000.0, help_s=self.help_s,
        )  # fmt: skip

    @property
    def traits(self) -> Traits:
        """What a robot is."""
        return Traits(
            self.motion, Battery(self.battery_wh, self.charge_w, self.reserve),
            Wear(self.breakdown_h, self.repair_h), self.give_way_s, self.compartments,
        )  # fmt: skip

    @property
    def wish(self) -> Wish:
        """Who wants a robot, and when."""
        return Wish(
            self.uptake, self.fits, self.fits * self.parcel_share, (self.from_h, self.to_h),
            self.reach_m,
        )  # fmt: skip

    def _terms(self, hubs: int) -> Terms:
        """Return what a run with these robots at so many hubs is judged by."""
        riders = Riders(self.rider_wait_min, self.rider_kmh, self.rider_empty, self.handover_s)
        vans = Vans(float(self.van_parcels), self.van_depot_km)
        rates = Rates(
            promise_s=60.0 * self.promise_min, rider_krw=float(self.rider_krw),
            van_krw=float(self.van_krw), robots=float(self.fleet),
            service_h=self.to_h - self.from_h, year_krw=self._year_krw(hubs),
            power_krw=float(self.power_krw),
            close_share=self.step_in * self.motion.close_share(Gait.speed),
        )  # fmt: skip
        return Terms(self.demand, riders, vans, rates)

    def _year_krw(self, hubs: int) -> float:
        """Return what a year of robots costs without power, investments spread over their lives."""
        rate, lasting = read_values().number("discount_rate"), self._lasting(hubs)
        return sum(cost.capex / annuity(rate, round(cost.life)) + cost.opex for cost in lasting)

    def install(self, sim: Sim) -> None:
        """Put robots at their hubs, and let them be asked for."""
        if not self.fleet:
            return
        luck = sim.luck(LUCK)
        weather = sim.part(Weather).table().to_pandas()
        hubs = place_hubs(sim.ground, self.where, min(self.hubs, self.fleet), self.reach_m)
        orders = orders_of(
            sim.ground, self.demand, luck.of("orders"), day_type=sim.when.day_type,
            wet=wet(weather),
        )  # fmt: skip
        operation = Operation(
            sim=sim, orders=orders, hubs=hubs, pavement=sim.part(Pavement), seats=Seats(self.seats),
            network=self._network(sim, luck), handling=self.handling, traits=self.traits,
            luck=luck,
        )  # fmt: skip
        offer = Offer(
            wished(sim, orders, hubs, self.where, self.wish), halts(weather, self.rain_mm),
            (60.0 * self.give_up_min, 60.0 * self.parcel_give_up_min),
        )  # fmt: skip
        operation.check_battery(offer.orders)
        hubs.tell(sim)
        Dispatch(operation, offer, shares(hubs.people, self.fleet))

    def _network(self, sim: Sim, luck: Luck) -> Connection:
        start, end = (ms / MS_PER_S for ms in (sim.span.start_ms, sim.span.end_ms))
        return Connection(
            luck.of("network"), self.network_h, self.network_min, from_s=start, until_s=end
        )

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return the indicators of deliveries to homes of the area, and of the robots."""
        ground = run.ground
        if ground is None:
            return {kpi.name: None for kpi in KPIS}
        terms = self._terms(len(run.trace["robot_hub"]))
        luck = Luck(ground.seed, LUCK, run.replication)
        orders = orders_of(
            ground, terms.demand, luck.of("orders"), day_type=run.day_type,
            wet=wet(run.trace.frame("weather")),
        )  # fmt: skip
        return measured(run, orders, terms, luck)

    def costs(self, run: Run) -> list[Cost]:
        """Return robots with their upkeep, hubs, who helps from afar, and power."""
        if not self.fleet:
            return []
        power = kwh_a_year(run) * self.power_krw
        return [
            *self._lasting(len(run.trace["robot_hub"])),
            Cost("electricity of robots", 0.0, power, 1.0, COST_YEAR, "operator", GENERAL, "GK",
                 assumed=("opex",)),
        ]  # fmt: skip

    def _lasting(self, hubs: int) -> list[Cost]:
        """Return what is paid whatever the robots do."""
        fleet = float(self.fleet * self.robot_cost)
        seats = float(self.seats * (self.to_h - self.from_h) * DAYS * self.seat_krw_h)
        all_three = ("capex", "opex", "life")
        return [
            Cost("delivery robots", fleet, fleet * self.upkeep, float(self.robot_life), COST_YEAR,
                 "programme", GENERAL, "GK", assumed=all_three),
            Cost("hubs", float(hubs * self.hub_cost), float(hubs * self.hub_year), HUB_LIFE,
                 COST_YEAR, "programme", GENERAL, "GK", assumed=all_three),
            Cost("help from afar", 0.0, seats, 1.0, COST_YEAR, "operator", GENERAL, "GK",
                 assumed=("opex",)),
        ]  # fmt: skip
