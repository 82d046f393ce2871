"""Patrol robot: it goes round a park and looks for fires, crime and people who fell (Sejong).

Demonstrated from 20 October 2021; no effect is published (SEJ1 newdaily.co.kr 2021102000106). What
happens in the park comes by day and hour; a robot sees it if it passes within reach while it lasts
(random search: Koopman 1956; hot spots with stays: Koper 1995, doi:10.1080/07418829500096231).
Deterrence is that of police patrols (Braga & Weisburd 2020, doi:10.1007/s10940-020-09481-7), of
which a robot has a quarter at a guess: no trial of one was found. Cameras that stand still and
guards on foot are there to compare with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from scenarios.patrol_robot.happened import crimes_left, looks
from scenarios.patrol_robot.indicators import (
    Events,
    Eye,
    Seen,
    View,
    Watch,
    along,
    camera_places,
    detected,
    noticed_s,
    sampled,
    seen_by,
    standing,
    walking,
)
from scenarios.patrol_robot.patrollers import Duty, Patroller
from twin.luck import Luck
from twin.machines import Battery, Wear
from twin.params import param
from twin.park_kpis import PARK_DATA, Legs, as_installed, crowd, judged_park, legs, note
from twin.patrol import Shift
from twin.response import cases
from twin.rounds import (
    Kit,
    Round,
    covering,
    enough,
    hot_spots,
    loop,
    park_in,
    round_m,
    spread_out,
    strolls,
)
from twin.sim import Sim
from twin.solution import KPI, Cost, Doubt, Look, Run, Solution
from twin.world.crews import Crews
from twin.world.incidents import INCIDENT_KINDS
from twin.world.parks import Park
from twin.world.walking.behaviour import Gait
from twin.world.walking.pavement import Pavement
from twin.world.watching import Fire
from twin.world.weather import Weather

__all__ = ["PatrolRobot"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
EVENT, GUARD, RANK, GUARD_RANK = "patrol", "guard", 8, 9
POLICIES = ("loop", "random", "hotspots")
DURATIONS = ("exponential", "fixed")
RESERVE, GIVE_WAY_S, COST_YEAR = 0.1, 2.0, 2024
PERCENT, S_PER_H, H_PER_DAY, DAYS, MIN_PER_H = 100.0, 3_600.0, 24.0, 365.0, 60.0
M_PER_KM = 1_000.0
PINK = (236, 64, 180)

KPIS = (
    KPI("patrol.gap_p95", "min", "less",
        "time for which nobody on watch has seen a place along the ways: 95th percentile over "
        "places and moments while patrols are on, those never seen included"),
    KPI("patrol.coverage", "%", "more", "places and moments seen within the last 15 min"),
    KPI("patrol.reached", "%", "more", "places that come into sight at all"),
    *(KPI(f"patrol.detect_{kind}", "%", "more",
          f"chance that a {kind} in the park is seen by who is on watch while it lasts, over where "
          "and when they happen")
      for kind in ("fire", "crime", "fall")),
    KPI("patrol.t_crime", "min", "less", "from its begin until it is seen, of crimes that are"),
    KPI("patrol.t_fire", "min", "less", "until anybody knows of a fire, who is about included"),
    KPI("patrol.deterred", "crime/day", "more",
        "crimes to be expected in the park that presence prevents", value="crime", promise=True),
    KPI("patrol.crimes", "1/year", "less",
        "crimes of the day in the park, called in or not, that presence leaves, each prevented or "
        "not by luck of its own; each case and probe by its weight"),
    KPI("patrol.fire_loss", "KRW/day", "less",
        "loss by fires to be expected in the park: the ground that burns until it is attacked, "
        "growing with the square of time; KRW of 2024", value="krw_of_2024", account="local",
        promise=True),
    KPI("patrol.guard_h", "person-h/day", "more",
        "hours of guards that robots' rounds stand in for, no more rounds than are wished for",
        value="guard_hour", account="local"),
    KPI("patrol.operator_h", "person-h/day", "less", "hours that people look into alarms",
        value="guard_hour", account="local"),
    KPI("patrol.looks", "1/year", "more",
        "fires, crimes and falls in the park, called in or not, that robots have in view and tell "
        "before a crew is there; each case and probe by its weight"),
    KPI("patrol.first", "1/year", "more", "of these, those that nobody else on watch saw before"),
    KPI("patrol.seen", "1/year", "more", "fires, crimes and falls to be expected that are seen"),
    KPI("patrol.alarms", "1/day", "less", "false alarms of robots and cameras"),
    KPI("patrol.false_alarms", "1/h", "less", "false alarms in an hour of a robot's going round"),
    KPI("patrol.true_share", "%", "more", "of all alarms, those with something to see"),
    KPI("patrol.incidents_1000", "1/1000 visits", "less",
        "fires, crimes and falls to be expected, less those prevented, for 1,000 visits"),
    KPI("patrol.uptime", "%", "more", "time of the shifts in which robots go round"),
    KPI("patrol.km", "km/day", "more", "gone by robots"),
    KPI("patrol.met", "1/day", "less", "walkers whom robots met on footways"),
)  # fmt: skip


@dataclass(frozen=True)
class PatrolRobot(Solution):
    """Robots, cameras or guards in the park of the area: the named one, or that with most ways."""

    kpis: ClassVar[tuple[KPI, ...]] = KPIS
    needs: ClassVar[tuple[type, ...]] = (Gait, Pavement, Weather, Crews)
    policies: ClassVar[tuple[str, ...]] = ("patrol.rounds",)
    nothing: ClassVar[dict[str, object]] = {"fleet": 0, "cameras": 0, "guards": 0}
    look: ClassVar[dict[str, Look]] = {
        "patrol_robot": Look(f"{EVENT}_leg", "Patrol robots", "순찰로봇", PINK, "robot")
    }
    headline: ClassVar[str] = "patrol.coverage"
    data: ClassVar[dict[str, float]] = PARK_DATA
    claims: ClassVar[tuple[str, ...]] = ("SEJ1P", "PAT1", "PAT1D", "PAT2", "NBC1")
    doubts: ClassVar[tuple[Doubt, ...]] = (
        Doubt(("see_fire", "see_crime", "see_fall"), (0.0, 0.25, 0.5, 0.75, 1.0),
              "What a robot tells of what it passes", "로봇이 지나며 알아보는 비율",
              met="patrol.seen"),
        Doubt(("deters",), (0.0, 0.03, 0.08, 0.16, 0.5), "Crime that a robot's stay prevents",
              "로봇이 머물 때 억제되는 범죄", met="patrol.deterred"),
    )  # fmt: skip

    fleet: int = param(1, "robots", 0, 100, "chosen by the city")
    cameras: int = param(0, "cameras", 0, 1_000, "that stand still, to compare with")
    guards: int = param(0, "guards", 0, 100, "on foot in the same hours, to compare with")
    park: str = param("", "", None, None, "by name; the one with the longest ways where not said")
    policy: str = param("loop", "", None, None, "loop, random, or hotspots with stays")
    spots: int = param(4, "places", 1, 100, "hot spots of a round")
    stay_min: float = param(12.5, "min", 0, 120, "KOPER1995: 10-15 min at each", tag="KEY")
    speed: float = param(1.0, "m/s", 0.1, 4, "0.8-1.5")
    from_h: float = param(18, "h", 0, 24, "chosen by the city")
    to_h: float = param(6, "h", 0, 24, "chosen by the city")
    sweep: float = param(20, "m", 1, 200, "width that its cameras see well: 15-30 m")
    see_fire: float = param(0.88, "", 0, 1, "told of what it passes: 0.80-0.95")
    see_crime: float = param(0.5, "", 0, 1, "told of what it passes")
    see_fall: float = param(0.8, "", 0, 1, "told of what it passes")
    online: float = param(0.98, "", 0, 1, "time with a line: lost for 1-3 %")
    false_per_h: float = param(0.5, "1/h", 0, 20, "0.1-2 an hour")
    check_min: float = param(2.0, "min", 0, 60, "it stays for an alarm until somebody has looked")
    duration: str = param("exponential", "", None, None, "exponential, or fixed: how events last")
    fire_min: float = param(20, "min", 0.1, 1_000, "in which a fire can be told by its smoke")
    crime_min: float = param(5, "min", 0.1, 1_000, "that a crime lasts")
    fall_min: float = param(15, "min", 0.1, 1_000, "that somebody lies there")
    deters: float = param(
        0.03, "", 0, 0.99, "PAT1: police 8-16 %, times 0 to 0.5 for a robot: no trial found"
    )
    presence_m: float = param(30, "m", 1, 200, "from which one who is about to is put off")
    guard_deters: float = param(0.12, "", 0, 0.99, "PAT1: police 8.1 or 16 %", tag="D")
    camera_deters: float = param(0.0, "", 0, 0.99, "CCTV6: cameras alone, not significant", tag="D")
    guard_speed: float = param(1.1, "m/s", 0.3, 2.5, "a stroll")
    guard_sweep: float = param(40, "m", 1, 200, "width that a guard sees well")
    camera_reach: float = param(30, "m", 5, 200, "as far as faces and falls are told")
    attention: float = param(0.3, "", 0, 1, "share of what cameras show that somebody notices")
    camera_false_per_day: float = param(0.5, "1/day", 0, 100, "of each camera")
    attack_s: float = param(349, "s", 0, 7_200, "FIRE2019: call to arrival, Daejeon", tag="KEY")
    growth_kw_s2: float = param(
        0.0117, "kW/s2", 0.0001, 1, "NFPA 72: medium growth, 1,055 kW in 300 s", tag="k"
    )
    density_kw_m2: float = param(500, "kW/m2", 10, 5_000, "of burning bush or furniture")
    largest_m2: float = param(1_000, "m2", 1, 1e6, "burns at the most")
    loss_m2: float = param(200_000, "KRW/m2", 0, 1e8, "lost where it burns")
    near_s: float = param(60, "s", 1, 7_200, "until one who is near notices a fire")
    near_m: float = param(50, "m", 1, 1_000, "how near")
    far_s: float = param(900, "s", 1, 36_000, "until somebody outside the park does")
    wished: float = param(6, "rounds/day", 0, 100, "that guards would make")
    stands_in: float = param(0.5, "", 0, 1, "of a guard's round a robot's round stands in for")
    look_min: float = param(3.0, "min", 0, 120, "that somebody looks into an alarm")
    battery_wh: float = param(1_600, "Wh", 1, 100_000, "8 h of going: sbs.co.kr N1007218965")
    draw_w: float = param(160, "W", 1, 10_000, "going and looking")
    charge_w: float = param(500, "W", 1, 50_000, "3 h")
    breakdown_h: float = param(200, "h", 0, 100_000, "between breakdowns; 0 never")
    repair_h: float = param(4, "h", 0, 1_000, "until somebody has it going again")
    robot_cost: int = param(80_000_000, "KRW/robot", 0, 1_000_000_000, "40-120 M")
    upkeep: float = param(0.2, "1/year", 0, 1, "15-25 % of the investment a year")
    attendants: float = param(0.25, "persons/robot", 0, 2, "one minds so many robots")
    attendant_year: int = param(
        24_000_000, "KRW/year", 0, 200_000_000,
        "WONJU2024: who walks beside it (v.daum.net 20241016214703815)", tag="KEY",
    )  # fmt: skip
    lines_year: int = param(
        5_000_000, "KRW/robot/year", 0, 100_000_000, "WONJU2024: its pictures are sent", tag="KEY"
    )
    life: int = param(5, "years", 1, 30, "4-6 years")
    camera_cost: int = param(
        12_650_000, "KRW/camera", 0, 100_000_000, "CCTV6: install and operate", tag="KEY"
    )
    guard_wage: int = param(
        14_000, "KRW/h", 0, 200_000, "WAGE2025: 10,030 KRW and 40 % beside it", tag="D"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, allowed in (("policy", POLICIES), ("duration", DURATIONS)):
            if getattr(self, name) not in allowed:
                words = ", ".join(allowed)
                raise ValueError(
                    f"PatrolRobot.{name} must be one of {words}, got {getattr(self, name)!r}"
                )

    def install(self, sim: Sim) -> None:
        """Let robots and guards go round, and put up the cameras."""
        if self.idle:
            return
        park = park_in(sim.ground, self.where, name=self.park, what="PatrolRobot")
        note(sim, EVENT, self)
        lasting = Luck(sim.ground.seed, "parks")
        for x, y in camera_places(park, self.cameras, self.camera_reach, lasting).tolist():
            sim.record("patrol_camera", x=x, y=y)
        self._send(sim, park, self.kit, self.fleet)
        self._send(sim, park, self.guard_kit, self.guards)

    def _send(self, sim: Sim, park: Park, kit: Kit, count: int) -> None:
        """Let several go round, evenly spread; only robots have alarms."""
        if not count:
            return
        arcs, network = loop(sim.ground, park), sim.ground.walks.network
        stays = self.stay_min * self.spots if self.policy == "hotspots" else 0.0
        enough(kit, round_m(sim.ground, park), 60.0 * stays, what="PatrolRobot")
        duty = self._duty(sim, park) if kit.event == EVENT else Duty()
        for number, own in enumerate(spread_out(arcs, count)):
            node = int(network.tails[own[0]])
            rounds = self._rounds(sim, park, own, number)
            Patroller(sim, number, kit, rounds, node=node, duty=duty)

    def _duty(self, sim: Sim, park: Park) -> Duty:
        """Return what robots look for in the park."""
        chance = {
            INCIDENT_KINDS.index(kind): self.online * told for kind, told in self._tells.items()
        }
        real = tuple(case for case in cases(sim, park.polygon) if case.real)
        return Duty(real, self.sweep / 2.0, chance, self.false_per_h, 60.0 * self.check_min)

    def _rounds(self, sim: Sim, park: Park, arcs: Ints, number: int) -> Iterator[Round]:
        if self.policy == "random":
            return strolls(sim.ground.walks.network, arcs, sim.luck(f"{EVENT}/turns"), number)
        if self.policy == "hotspots":
            stay_s = 60.0 * self.stay_min
            return hot_spots(
                sim.ground, park, arcs, spots=self.spots, reach_m=self.presence_m, stay_s=stay_s
            )
        return covering(arcs)

    @property
    def kit(self) -> Kit:
        """What each robot has."""
        return Kit(
            EVENT, RANK, self.speed, Shift(self.from_h, self.to_h),
            Battery(self.battery_wh, self.charge_w, RESERVE), self.draw_w,
            Wear(self.breakdown_h, self.repair_h), give_way_s=GIVE_WAY_S,
        )  # fmt: skip

    @property
    def guard_kit(self) -> Kit:
        """What each guard has: no battery to speak of, and an umbrella."""
        endless = Battery(1e9, 1e9)
        return Kit(GUARD, GUARD_RANK, self.guard_speed, self.kit.shift, endless, 1.0, in_rain=True)

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return what was seen of the park, how soon, and what that is worth."""
        park, own = judged_park(run, self, self.park), as_installed(run, EVENT, self)
        if park is None or run.ground is None:
            return {kpi.name: None for kpi in self.kpis}
        rule = own or self
        days = max(1.0, (run.span_s[1] - run.span_s[0]) / S_PER_H / H_PER_DAY)
        gone = {name: legs(run, name, run.ground, park) for name in (EVENT, GUARD)}
        view = sampled(park, Luck(run.ground.seed, "parks"))
        seen, ways, felt = (
            Seen(seen_by(rule._watches(run, gone, some, near), len(some.rows)), run.span_s)
            for some, near in ((view, 0.0), (along(view), 0.0), (view, rule.presence_m))
        )
        events = {kind: view.events(kind, lasts) for kind, lasts in rule._lasts.items()}
        false = float(run.trace.column(f"{EVENT}_alarm", "alarms").sum()) / days
        alarms = false + (own.cameras * own.camera_false_per_day if own else 0.0)
        told = detected(seen, events, rule._tells, fixed=self.duration == "fixed")
        visits = crowd(run, run.ground, park, walk_mps=Gait.speed)
        deterred = events["crime"].a_day * felt.deterred(events["crime"])
        left = sum(one.a_day for one in events.values()) - deterred
        found = len(visits.visits) / days
        return {
            "patrol.gap_p95": ways.gap_min(rule.kit.shift, 0.95),
            "patrol.coverage": PERCENT * seen.coverage(),
            "patrol.reached": PERCENT * seen.reached(),
            **told,
            **rule._fires(seen, events["fire"], visits.person_h, park),
            **rule._work(gone[EVENT], round_m(run.ground, park), days),
            **looks(run, park, days),
            "patrol.crimes": crimes_left(run, felt, view, days),
            "patrol.deterred": deterred,
            "patrol.alarms": alarms,
            "patrol.operator_h": alarms * rule.look_min / MIN_PER_H,
            "patrol.false_alarms": _over(false, float(gone[EVENT].seconds.sum()) / S_PER_H / days),
            "patrol.true_share": _percent((told["patrol.seen"] or 0.0) / DAYS, alarms),
            "patrol.incidents_1000": 1_000.0 * left / found if found else None,
        }

    @property
    def _lasts(self) -> dict[str, float]:
        return {"fire": self.fire_min, "crime": self.crime_min, "fall": self.fall_min}

    @property
    def _tells(self) -> dict[str, float]:
        return {"fire": self.see_fire, "crime": self.see_crime, "fall": self.see_fall}

    def _watches(
        self, run: Run, gone: dict[str, Legs], view: View, at_least_m: float
    ) -> list[Watch]:
        """Return who had which points in sight, or was within some metres of them, and when."""
        robot = Eye(max(self.sweep / 2.0, at_least_m), self.online, self.deters)
        guard = Eye(max(self.guard_sweep / 2.0, at_least_m), 1.0, self.guard_deters)
        camera = Eye(self.camera_reach, self.attention, self.camera_deters)
        return [
            walking(gone[EVENT], view, robot),
            walking(gone[GUARD], view, guard),
            standing(run.trace.frame("patrol_camera"), view, camera, run.span_s),
        ]

    def _fires(
        self, seen: Seen, fires: Events, person_h: Floats, park: Park
    ) -> dict[str, float | None]:
        """Return what fires cost a day, and when somebody knows of them."""
        fire = Fire(self.growth_kw_s2 / self.density_kw_m2, self.largest_m2, self.attack_s)
        noticed = noticed_s(
            person_h, park, reach_m=self.near_m, near_s=self.near_s, far_s=self.far_s
        )
        area, minutes = seen.told(self.see_fire).burns(fires, noticed, fire)
        return {
            "patrol.fire_loss": fires.a_day * area * self.loss_m2, "patrol.t_fire": minutes
        }  # fmt: skip

    def _work(self, gone: Legs, tour: float, days: float) -> dict[str, float | None]:
        """Return how long robots went round, and whose rounds that stands in for."""
        rounds = float(gone.metres.sum()) / tour / days
        shifts = self.kit.shift.hours * self.fleet
        hours = float(gone.seconds.sum()) / S_PER_H / days
        round_h = tour / self.guard_speed / S_PER_H
        return {
            "patrol.guard_h": self.stands_in * min(rounds, self.wished) * round_h,
            "patrol.uptime": PERCENT * min(hours / shifts, 1.0) if len(gone) else None,
            "patrol.km": rounds * tour / M_PER_KM,
            "patrol.met": float(gone.table["met"].sum()) / days,
        }

    def costs(self, run: Run) -> list[Cost]:  # noqa: ARG002 - the same in every run
        """Return robots and who minds them, cameras, and guards."""
        capex = float(self.fleet * self.robot_cost)
        minded = float(self.fleet * (self.attendants * self.attendant_year + self.lines_year))
        hours = self.guards * self.kit.shift.hours * DAYS
        return [
            Cost("patrol robots", capex, capex * self.upkeep, float(self.life), COST_YEAR,
                 "programme", "assumption", "GK"),
            Cost("attendants and lines", 0.0, minded, 1.0, COST_YEAR, "local",
                 "WONJU2024 v.daum.net 20241016214703815", "D"),
            Cost("cameras", float(self.cameras * self.camera_cost), 0.0, 7.0, 2019, "programme",
                 "CCTV6", "KEY", assumed=("life",)),
            Cost("guards", 0.0, float(hours * self.guard_wage), 1.0, 2025, "local",
                 "WAGE2025", "D"),
        ]  # fmt: skip


def _percent(part: float | None, rest: float) -> float | None:
    """Return a part of itself and the rest, %."""
    return PERCENT * part / (part + rest) if part else None


def _over(value: float, by: float) -> float | None:
    return value / by if by else None
