"""One job of a study: live the day, judge it, keep what the comparison and the maps need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gis.city import City
from gis.population import DayType
from twin.area import Area
from twin.crashes import take_lanes
from twin.experiment.jam import told
from twin.experiment.movement import moved
from twin.experiment.movement_kpis import movement_kpis, moves
from twin.experiment.observed import simulated
from twin.experiment.runner import Finished, Job
from twin.patrol import patrol_city
from twin.sim import Sim, When
from twin.solution import KPI, RING, Cost, Run, Solution
from twin.world.behaviour import Behaviour
from twin.world.crossings.crossings import Crossings
from twin.world.ground import Ground, ground
from twin.world.indicators import Counting
from twin.world.streets.routes import PERIODS
from twin.world.transit.buses import Buses
from twin.world.walking.behaviour import Gait
from twin.world.walking.pavement import Pavement

__all__ = ["Study", "live"]

WITHOUT_CAR = (Crossings, Gait, Buses, Pavement)
MS_PER_H, H_PER_DAY = 3_600_000, 24


def live(
    ground: Ground,
    solutions: tuple[Solution, ...],
    when: When,
    *,
    area: Area,
    behaviour: Behaviour | None = None,
    counting: Counting | None = None,
) -> Run:
    """Live a run's days with these solutions and return the finished run."""
    sim = Sim(ground, when, behaviour=behaviour)
    try:
        patrol_city(sim)
        take_lanes(sim)
        for solution in solutions:
            solution.install(sim)
        trace = sim.run()
    finally:
        sim.close()
    start_s = when.start_h * 3_600
    return Run(
        city=ground.city, trace=trace, area=area, span_s=(start_s, start_s + when.hours * 3_600),
        day_type=when.day_type, replication=when.replication, counting=counting or Counting(),
        registered_cars=int((ground.people.cars["home"] >= 0).sum()), ground=ground,
    )  # fmt: skip


@dataclass
class Study:
    """Everything a worker needs to run any job: pickled once to each.

    ``alternatives`` maps a name to its solutions, ``base`` first; areas are looked up already.
    ``places`` are judged one by one beside the area, for maps; with ``queues`` cars queue on the
    streets.
    """

    city: City
    alternatives: Mapping[str, tuple[Solution, ...]]
    area: Area
    places: tuple[Area, ...] = ()
    when: When = field(default_factory=When)
    behaviour: Behaviour = field(default_factory=Behaviour)
    counting: Counting = field(default_factory=Counting)
    queues: bool = False
    _ground: Ground | None = field(default=None, repr=False)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_ground": None}

    @property
    def ground(self) -> Ground:
        """What all runs share, made at the first run of a process."""
        if self._ground is None:
            self._ground = ground(self.city, self.when.seed, queues=self.queues)
        return self._ground

    @property
    def solutions(self) -> tuple[Solution, ...]:
        """The solutions of all alternatives."""
        return tuple(solution for group in self.alternatives.values() for solution in group)

    @property
    def everybody(self) -> bool:
        """Whether those without a car live in every run: they were asked for, or a need."""
        needed = any(need in WITHOUT_CAR for one in self.solutions for need in one.needs)
        return needed or self.when.everybody

    @property
    def kpis(self) -> tuple[KPI, ...]:
        """The KPIs of all solutions, each once, then how the area and its ring move."""
        own = (kpi for solution in self.solutions for kpi in solution.kpis)
        moving = movement_kpis(queues=self.queues, everybody=self.everybody)
        return tuple(dict.fromkeys((*own, *moving)))

    def run(self, job: Job) -> Run:
        """Live the day of a job."""
        day_type = cast(DayType, job.day_type)
        when = replace(
            self.when, replication=job.replication, day_type=day_type,
            everybody=self.everybody,
        )  # fmt: skip
        return live(
            self.ground, self.alternatives[job.alternative], when,
            area=self.area, behaviour=self.behaviour, counting=self.counting,
        )  # fmt: skip

    def __call__(self, job: Job) -> Finished:
        """Live the day of a job, and judge it by the KPIs of every solution of the study."""
        run, judges = self.run(job), self.judges(job.alternative)
        costs: list[Cost] = []
        for solution in self.alternatives[job.alternative]:
            costs += solution.costs(run)
        tables = {"places": self._by_place(run, judges)} if self.places else {}
        if job.alternative == "base":
            tables |= {"observed": simulated(run), "movement": moved(run)}
        tables["jam"] = told(run.trace)
        tables["streets"] = _streets(run, self.ground.ways(cast(DayType, job.day_type)).gap)
        return Finished(job, self._judged(run, judges), tuple(costs), tables)

    def judges(self, alternative: str) -> tuple[Solution, ...]:
        """Return one solution of each kind in the study, which measures the runs of an alternative.

        It is set as in that alternative, so that a fare is counted as it was paid; one that the
        alternative is without is set as where the study has it first.
        """
        first = {type(one): one for one in reversed(self.solutions)}
        own = {type(one): one for one in reversed(self.alternatives[alternative])}
        kinds = dict.fromkeys(type(one) for one in self.solutions)
        return tuple(own.get(kind, first[kind]) for kind in kinds)

    def _judged(self, run: Run, judges: tuple[Solution, ...]) -> dict[str, float | None]:
        values = moves(run, queues=self.queues, everybody=self.everybody)
        for solution in judges:
            if any(kpi.name not in values for kpi in solution.kpis):
                values |= solution.measure(run)
        return values

    def _by_place(self, run: Run, judges: tuple[Solution, ...]) -> pa.Table:
        """Return one row a place: its name and each KPI inside it, null where undefined."""
        judged = [self._judged(replace(run, area=place), judges) for place in self.places]
        inside = [kpi.name for kpi in self.kpis if not kpi.name.endswith(RING)]
        columns = {name: pa.array([row[name] for row in judged], pa.float64()) for name in inside}
        return pa.table({"place": pa.array([place.name for place in self.places]), **columns})


def _streets(run: Run, gap: NDArray[np.float64]) -> pa.Table:
    """Return one row a period: its name, the gap of its base routes, how often cars squeezed."""
    hour = run.trace.column("squeeze", "time_ms") / MS_PER_H % H_PER_DAY
    ends = [0.0, *(period.to_h for period in PERIODS)]
    gaps = np.broadcast_to(gap, len(PERIODS)) if len(gap) == 1 else gap
    return pa.table(
        {
            "period": [period.name for period in PERIODS],
            "gap": gaps,
            "squeezes": np.histogram(hour, ends)[0],
        }
    )
