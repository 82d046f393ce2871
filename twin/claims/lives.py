"""Lives days of a trial's scenario under values of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from twin.claims.priors import changed
from twin.experiment.simulate import live
from twin.experiment.study import open_city, prepare
from twin.scenario import Scenario
from twin.solution import Run
from twin.world.ground import Ground, ground

__all__ = ["Lives", "fitted"]

H_PER_DAY = 24.0
FIT_RUNS = 6


class Lives:
    """Lives days of a scenario; the city of each seed of people is made once."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._grounds: dict[int, Ground] = {}

    def run(
        self,
        values: Mapping[str, float],
        alternative: str,
        number: int,
        *,
        days: int | None = None,
    ) -> Run:
        """Return a run of an alternative under some values of parameters.

        ``number`` is that of the replication; ``days`` are those of the scenario unless told.
        """
        scenario = self.scenario
        seed = int(values.get("people.seed", scenario.seed))
        if seed not in self._grounds:
            city = open_city(scenario.city, scenario.folder)
            self._grounds[seed] = ground(city, seed, queues=scenario.queues)
        here = self._grounds[seed]
        study = prepare(scenario, here.city)
        chosen = tuple(changed(s, values) for s in study.alternatives[alternative])
        when = replace(study.when, replication=number, seed=seed)
        if days is not None:
            when = replace(when, hours=H_PER_DAY * days)
        return live(here, chosen, when, area=study.area)


def fitted(lived: Callable[[float], float], low: float, high: float, wanted: float) -> float:
    """Return the value between two at which what is lived, which grows with it, is as wanted.

    By halves, since every look is a run.
    """
    for _ in range(FIT_RUNS):
        middle = (low + high) / 2
        low, high = (middle, high) if lived(middle) < wanted else (low, middle)
    return (low + high) / 2
