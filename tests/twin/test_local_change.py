"""A local change under the same luck: how little of the noise of the days is left in its effect.

S_D^2 / (S_A^2 + S_B^2) of days lived in pairs is 1 for independent runs. It should be at most 0.1
for the main indicators of the area and its ring, with queues on the streets. Those that miss it are
named. Of the time of search it is shown that who takes another space makes the difference, and not
who is held up in traffic; of the others the cause is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from shapely import contains_xy

from gis.newtown import newtown
from scenarios.new_car_park import NewCarPark
from scenarios.shared_parking import SharedParking
from twin.area import resolve
from twin.experiment.compare import Comparison, compare
from twin.experiment.runner import Job
from twin.experiment.simulate import Study
from twin.experiment.study import conduct
from twin.solution import Run

pytestmark = pytest.mark.verify

RESIDENTS, REPLICATIONS, GOAL = 20_000, 30, 0.1
AREA = "가온동 Gaon-dong"
MAIN = (
    "supply_rate", "illegal_daily", "illegal_veh_h", "search_time", "search_h", "walk", "walk_h",
    "ease_time", "fees_public", "fines",
)  # fmt: skip
ABOVE = {
    ("build", "parking.search_time"): 0.15,
    ("shared", "parking.supply_rate"): 0.25,
    ("shared", "parking.search_time"): 0.25,
    ("shared", "parking.fees_public"): 0.15,
    ("shared", "parking.search_time.ring"): 0.2,
    ("shared", "parking.walk.ring"): 0.2,
    ("shared", "parking.walk_h.ring"): 0.2,
    ("shared", "parking.ease_time.ring"): 0.15,
}
"""What is above the goal, and below what: of 40 ratios 8."""

CAUSES = ("took it", "elsewhere", "held up")
FAILED, FAILED_MS = -1, 1_800_000


@dataclass
class Seen(Study):
    """A study that keeps lot and search_ms of each trip to the area, by job."""

    ends: dict[Job, pd.DataFrame] = field(default_factory=dict)

    def run(self, job: Job) -> Run:
        """Live the day of a job."""
        run = super().run(job)
        self.ends[job] = ends(run)
        return run


def ends(run: Run) -> pd.DataFrame:
    """Return lot (-1: none found) and search_ms of each trip to the area."""
    fail = run.trace.frame("fail").assign(lot=FAILED, search_ms=FAILED_MS)
    found = pd.concat([run.trace.frame("park"), fail]).query("trip >= 0")
    found = found.drop_duplicates("trip").set_index("trip")[["lot", "search_ms"]]
    found = found.join(run.trace.frame("trip").set_index("trip")[["x", "y"]])
    return found[contains_xy(run.area.polygon, found["x"], found["y"])]


def by_cause(one: pd.DataFrame, other: pd.DataFrame, lots: int) -> list[float]:
    """Return what each of :data:`CAUSES` adds to the difference of mean search times (s).

    Of trips that ended on a space of the solution, that ended elsewhere than without it, and that
    ended on the same lot at another time: those were held up, or were not any more.
    """
    both = one.join(other.add_suffix("_with"), how="inner")
    moved = (both["search_ms_with"] - both["search_ms"]) / (1_000 * len(both))
    took, same = both["lot_with"] >= lots, both["lot_with"] == both["lot"]
    return [float(moved[which].sum()) for which in (took, ~took & ~same, ~took & same)]


def shares(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the part of each column in the variance of the sum of all (together 1)."""
    whole = parts.sum(axis=1)
    spread = np.cov(np.column_stack([parts, whole]), rowvar=False)
    return np.asarray(spread[:-1, -1] / spread[-1, -1])


@pytest.fixture(scope="module")
def study() -> Seen:
    city = newtown(residents=RESIDENTS)
    area = resolve(AREA, city)
    found = {"base": (), "build": (NewCarPark(area=area),), "shared": (SharedParking(area=area),)}
    return Seen(city, found, area, queues=True)


@pytest.fixture(scope="module")
def compared(study: Seen) -> Comparison:
    names = list(study.alternatives)
    wanted = [Job(name, "weekday", r) for r in range(REPLICATIONS) for name in names]
    done = conduct(study, wanted, workers=1)
    return compare(done, alternatives=names, day_weights={"weekday": 1.0}, kpis=study.kpis)


def test_the_same_luck_leaves_a_tenth_of_the_noise(compared: Comparison) -> None:
    ratios = {}
    for name in (f"parking.{kpi}{ring}" for ring in ("", ".ring") for kpi in MAIN):
        for alternative, effect in compared[name].alternatives.items():
            assert effect.variance_ratio is not None
            ratios[alternative, name] = effect.variance_ratio
    shown = [f"{a:8}{name:26}{ratio:8.4f}" for (a, name), ratio in ratios.items()]
    print("\nS_D^2 / (S_A^2 + S_B^2)", *shown, sep="\n")  # noqa: T201 - the table is the result
    missed = {key for key, ratio in ratios.items() if ratio > GOAL}
    assert missed == set(ABOVE), "what is above the goal is named, and nothing else"
    assert all(ratios[key] <= most for key, most in ABOVE.items())


def test_what_is_above_it_is_the_effect_itself(study: Seen, compared: Comparison) -> None:
    """Not queues: who parks on the same lot as without the solution adds little."""
    lots, found = len(study.ground.lots), {}
    for name in compared.alternatives:
        pairs = [(Job("base", "weekday", r), Job(name, "weekday", r)) for r in range(REPLICATIONS)]
        parts = np.array([by_cause(study.ends[a], study.ends[b], lots) for a, b in pairs])
        found[name] = dict(zip(CAUSES, shares(parts), strict=True))
    table = pd.DataFrame(found).map("{:.1%}".format)
    print("\nshare of S_D^2 of parking.search_time", table, sep="\n")  # noqa: T201
    assert abs(found["build"]["held up"]) < 0.05
    assert abs(found["shared"]["held up"]) < 0.25
