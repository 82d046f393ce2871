"""Quarantine robot: it goes round a park, sprays, looks at faces and asks for masks (Sejong).

Demonstrated from 20 October 2021; no effect is published (SEJ1 newdaily.co.kr 2021102000106,
hankyung.com 2021102012601). Encounters come from its round and the people in the park; the detector
has a sensitivity and a specificity; masks follow encounters with saturation; infections follow
Wells-Riley in the open. Spraying out of doors is not recommended (WHO 2020): what is left of the
benefit may be the hours of those who would spray, and the twin says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from scenarios.quarantine_robot.exposure import Air, Masks
from scenarios.quarantine_robot.indicators import (
    Company,
    Detector,
    Met,
    Response,
    disinfected_m2,
    expected_infections,
    met,
    passes_per_h,
    winds,
)
from twin.luck import Luck
from twin.machines import Battery, Wear
from twin.params import param
from twin.park_kpis import (
    PARK_DATA,
    Crowd,
    Legs,
    as_installed,
    crowd,
    judged_park,
    legs,
    note,
)
from twin.patrol import Shift
from twin.rounds import Kit, Rounder, covering, enough, loop, park_in, round_m, spread_out
from twin.sim import Sim
from twin.solution import KPI, Cost, Doubt, Look, Run, Solution
from twin.world.parks import Park
from twin.world.walking.behaviour import Gait
from twin.world.walking.pavement import Pavement
from twin.world.weather import Weather

__all__ = ["QuarantineRobot"]

EVENT, RANK, COST_YEAR = "quarantine", 7, 2024
RESERVE, GIVE_WAY_S = 0.1, 2.0
PERCENT, S_PER_H, H_PER_DAY, M_PER_KM, DAYS = 100.0, 3_600.0, 24.0, 1_000.0, 365.0
TEAL = (0, 150, 136)

KPIS = (
    KPI("quarantine.compliance", "%", "more",
        "person-hours with a mask of those in the park, visitors and who passes through"),
    KPI("quarantine.averted", "person/day", "more",
        "infections to be expected of the same visits had no robot come, less those with robots: "
        "Wells-Riley with masks on both sides, in the wind of each hour", value="infection",
        promise=True),
    KPI("quarantine.infections", "1/year", "less", "infections to be expected of the visits"),
    KPI("quarantine.worker_h", "person-h/day", "more",
        "hours of people who would spray the same ground, no more than is wished for",
        value="guard_hour", account="local"),
    KPI("quarantine.disinfected", "m2/h", "more", "ground sprayed in an hour of going round"),
    KPI("quarantine.encounters", "1/day", "more", "times that robots pass somebody in the park"),
    KPI("quarantine.warned", "1/day", "more", "people without a mask who are told to wear one"),
    KPI("quarantine.false_alarms", "1/day", "less", "people with a mask who are told to wear one"),
    KPI("quarantine.false_1000", "1/1000 visits", "less", "the same for 1,000 visits"),
    KPI("quarantine.true_share", "%", "more", "of all who are told, those without a mask"),
    KPI("quarantine.visits", "1/day", "more", "visits to the park, drawn apart from the day"),
    KPI("quarantine.uptime", "%", "more", "time of the shifts in which robots go round"),
    KPI("quarantine.km", "km/day", "more", "gone by all robots"),
    KPI("quarantine.cost_per_point", "KRW/point/year", "less",
        "cost of a year of robots over the percentage points of masks that they bring"),
)  # fmt: skip


@dataclass(frozen=True)
class QuarantineRobot(Solution):
    """Robots that go round the park of the area: the named one, or the one with most ways."""

    kpis: ClassVar[tuple[KPI, ...]] = KPIS
    needs: ClassVar[tuple[type, ...]] = (Gait, Pavement, Weather)
    policies: ClassVar[tuple[str, ...]] = ("quarantine.rounds",)
    nothing: ClassVar[dict[str, object]] = {"fleet": 0}
    look: ClassVar[dict[str, Look]] = {
        "quarantine_robot": Look(f"{EVENT}_leg", "Quarantine robots", "방역로봇", TEAL, "robot")
    }
    headline: ClassVar[str] = "quarantine.compliance"
    data: ClassVar[dict[str, float]] = PARK_DATA
    claims: ClassVar[tuple[str, ...]] = ("SEJ1Q", "WHO1", "BUL1")
    doubts: ClassVar[tuple[Doubt, ...]] = (
        Doubt(("sensitivity",), (0.5, 0.8, 0.94, 1.0), "Sensitivity of the detector",
              "검출기 민감도", met="quarantine.warned"),
        Doubt(("response",), (0.0, 0.1, 0.2, 0.5, 1.0), "People who put on a mask when asked",
              "안내를 받고 마스크를 쓰는 비율", met="quarantine.compliance"),
        Doubt(("infectious",), (0.001, 0.003, 0.01, 0.05), "People who are infectious",
              "감염성 있는 사람의 비율", met="quarantine.averted"),
    )  # fmt: skip

    fleet: int = param(1, "robots", 0, 100, "chosen by the city")
    park: str = param("", "", None, None, "by name; the one with the longest ways where not said")
    speed: float = param(0.8, "m/s", 0.1, 4, "0.5-1.2: slow enough to spray and to be heard")
    from_h: float = param(9, "h", 0, 24, "chosen by the city")
    to_h: float = param(18, "h", 0, 24, "chosen by the city")
    masks: float = param(
        0.888, "", 0, 1, "LOTTE2022: of 800 wear one in the open (v.daum.net 20220623103156832)",
        tag="KEY",
    )  # fmt: skip
    faces: float = param(0.5, "", 0, 1, "share of those passed whose face it sees")
    sensitivity: float = param(0.94, "", 0, 1, "no mask, and told so: 0.90-0.98")
    specificity: float = param(0.97, "", 0, 1, "a mask, and left alone: 0.95-0.99")
    response: float = param(0.2, "", 0, 1, "of those without one put it on at the most: 0.1-0.3")
    half_dose: float = param(1.0, "encounters", 0, 100, "encounters for half of that")
    complacency: float = param(0.3, "1/year", 0, 1, "share of that response each year loses")
    year: int = param(3, "year", 1, 10, "which year of its life the day is of: the middle of five")
    infectious: float = param(0.003, "", 0, 1, "share of people who are infectious in a wave")
    companions: float = param(1.0, "persons", 0, 20, "beside a visitor all the time")
    near_m: float = param(2.0, "m", 0.5, 10, "of way within which a stranger breathes the same air")
    quanta_h: float = param(
        100, "quanta/h", 0, 1_000,
        "BUON2020: speaking while walking slowly, doi:10.1016/j.envint.2020.105794", tag="KEY",
    )  # fmt: skip
    breath: float = param(0.8, "m3/h", 0.1, 5, "breathed while walking slowly")
    section: float = param(4.0, "m2", 0.5, 50, "2 m x 2 m of wind between two people")
    least_wind: float = param(0.3, "m/s", 0.01, 5, "people stir the air they stand in")
    mask_out: float = param(0.5, "", 0, 1, "a mask keeps back of what is breathed out")
    mask_in: float = param(0.3, "", 0, 1, "a mask keeps back of what is breathed in")
    swath: float = param(2.0, "m", 0, 10, "sprayed along its way")
    tank: float = param(20, "L", 0, 500, "filled at its base before each round")
    spray: float = param(0.02, "L/m2", 0.001, 1, "sprayed")
    worker_rate: float = param(1_000, "m2/h", 10, 50_000, "a person with a sprayer on the back")
    wished: float = param(2, "times/day", 0, 24, "that the city would have the ways sprayed")
    battery_wh: float = param(1_600, "Wh", 1, 100_000, "8 h of going: sbs.co.kr N1007218965")
    draw_w: float = param(160, "W", 1, 10_000, "going and spraying")
    charge_w: float = param(500, "W", 1, 50_000, "3 h")
    breakdown_h: float = param(200, "h", 0, 100_000, "between breakdowns; 0 never")
    repair_h: float = param(4, "h", 0, 1_000, "until somebody has it going again")
    robot_cost: int = param(60_000_000, "KRW/robot", 0, 1_000_000_000, "40-120 M")
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

    def install(self, sim: Sim) -> None:
        """Let the robots go round, evenly spread."""
        if not self.fleet:
            return
        park = park_in(sim.ground, self.where, name=self.park, what="QuarantineRobot")
        network, arcs = sim.ground.walks.network, loop(sim.ground, park)
        enough(self.kit, round_m(sim.ground, park), what="QuarantineRobot")
        note(sim, EVENT, self)
        for number, own in enumerate(spread_out(arcs, self.fleet)):
            node = int(network.tails[own[0]])
            Rounder(sim, number, self.kit, covering(own), node=node)

    @property
    def kit(self) -> Kit:
        """What each robot has."""
        return Kit(
            EVENT, RANK, self.speed, Shift(self.from_h, self.to_h),
            Battery(self.battery_wh, self.charge_w, RESERVE), self.draw_w,
            Wear(self.breakdown_h, self.repair_h), give_way_s=GIVE_WAY_S,
        )  # fmt: skip

    def measure(self, run: Run) -> dict[str, float | None]:
        """Return who met robots, who wears a mask, who is infected, and what was sprayed."""
        park, own = judged_park(run, self, self.park), as_installed(run, EVENT, self)
        if park is None or run.ground is None:
            return {kpi.name: None for kpi in self.kpis}
        days = max(1.0, (run.span_s[1] - run.span_s[0]) / S_PER_H / H_PER_DAY)
        people = crowd(run, run.ground, park, walk_mps=Gait.speed)
        gone = legs(run, EVENT, run.ground, park)
        rule = own or self
        found = rule._met(run, people, gone, park)
        infections = rule._infections(run, people, found, park)
        return {
            **rule._masks(found, len(people.visits), days),
            **rule._work(gone, park, round_m(run.ground, park), days),
            "quarantine.averted": infections["averted"] / days,
            "quarantine.infections": DAYS * infections["left"] / days,
            "quarantine.cost_per_point": None if own is None else own._per_point(found),
        }

    def _met(self, run: Run, people: Crowd, gone: Legs, park: Park) -> Met:
        """Return what came of meeting robots."""
        passes = passes_per_h(
            gone, park, len(people.passing_h), mps=self.speed, walk_mps=Gait.speed
        )
        most = self.response * (1.0 - self.complacency) ** (self.year - 1)
        seed = 0 if run.ground is None else run.ground.seed
        luck = Luck(seed, "masks", run.replication)
        return met(people, passes, Response(self.masks, most, self.half_dose), self.detector, luck)

    @property
    def detector(self) -> Detector:
        """What looks at faces."""
        return Detector(self.faces, self.sensitivity, self.specificity)

    def _infections(self, run: Run, people: Crowd, found: Met, park: Park) -> dict[str, float]:
        """Return the infections that are left, and averted by the masks that robots brought."""
        company = Company(self.infectious, self.companions, self.near_m)
        wind = winds(run.trace.frame("weather"), len(people.passing_h))
        air = Air(self.quanta_h, self.breath, self.section, self.least_wind)
        kept = Masks(self.mask_out, self.mask_in)
        left, before = (
            expected_infections(people, worn, park, company, air=(air, wind), masks=kept)
            for worn in (found.worn, found.without)
        )
        return {"left": left, "averted": before - left}

    def _masks(self, found: Met, visits: int, days: float) -> dict[str, float | None]:
        share, true = found.worn.share, found.predictive
        return {
            "quarantine.compliance": None if share is None else PERCENT * share,
            "quarantine.encounters": found.encounters / days,
            "quarantine.warned": found.true / days,
            "quarantine.false_alarms": found.false / days,
            "quarantine.false_1000": 1_000.0 * found.false / visits if visits else None,
            "quarantine.true_share": None if true is None else PERCENT * true,
            "quarantine.visits": visits / days,
        }

    def _per_point(self, found: Met) -> float | None:
        """Return what a percentage point more of masks costs a year; None where none is gained."""
        gained = found.gained
        each = self.robot_cost * (1.0 / self.life + self.upkeep) + self.lines_year
        year = self.fleet * (each + self.attendants * self.attendant_year)
        return year / (PERCENT * gained) if gained else None

    def _work(self, gone: Legs, park: Park, tour: float, days: float) -> dict[str, float | None]:
        """Return what was sprayed, whose hours that saves, and how long robots went round."""
        tank_m2 = self.tank / self.spray
        area = disinfected_m2(gone, tour, swath_m=self.swath, tank_m2=tank_m2) / days
        hours = float(gone.seconds.sum()) / S_PER_H / days
        shifts = self.kit.shift.hours * self.fleet
        wished = self.wished * self.swath * park.metres
        return {
            "quarantine.worker_h": min(area, wished) / self.worker_rate,
            "quarantine.disinfected": area / hours if hours else None,
            "quarantine.uptime": PERCENT * min(hours / shifts, 1.0) if len(gone) else None,
            "quarantine.km": float(gone.metres.sum()) / M_PER_KM / days,
        }

    def costs(self, run: Run) -> list[Cost]:  # noqa: ARG002 - the same in every run
        """Return the robots, and who minds them."""
        capex = float(self.fleet * self.robot_cost)
        minded = float(self.fleet * (self.attendants * self.attendant_year + self.lines_year))
        return [
            Cost("quarantine robots", capex, capex * self.upkeep, float(self.life), COST_YEAR,
                 "programme", "assumption", "GK"),
            Cost("attendants and lines", 0.0, minded, 1.0, COST_YEAR, "local",
                 "WONJU2024 v.daum.net 20241016214703815", "D"),
        ]  # fmt: skip
