"""From a scenario to finished runs: open its city, look up its areas, run every day it asks for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import shapely

from gis.city import City
from gis.newtown import newtown
from gis.oldtown import oldtown
from gis.settlements import read_dongs, read_schools, settlements
from twin.area import Area, districts, resolve
from twin.experiment.runner import Finished, Job, processes, serial
from twin.experiment.simulate import Study
from twin.experiment.store import Store, resume
from twin.scenario import CitySpec, Dongs, Scenario
from twin.sim import When
from twin.solution import Solution
from twin.world.indicators import Counting

__all__ = ["conduct", "jobs", "open_city", "prepare", "study_area"]

DATA = "DONGNE_DATA"


def open_city(spec: CitySpec, folder: Path) -> City:
    """Return the city of a scenario: a bundle beside it, or one made now.

    Raises
    ------
    FileNotFoundError
        A file of real dongs is neither beside the scenario nor in the folder of data.
    ValueError
        It does not hold these dongs, or they leave no room for their towns.
    """
    if spec.dongs is not None:
        return _in_dongs(spec.dongs, folder)
    if spec.oldtown is not None:
        made = spec.oldtown
        return oldtown(residents=made.residents, spaces=made.spaces, seed=made.seed)
    if spec.bundle is None:
        return newtown(residents=spec.residents, seed=spec.seed)
    path = Path(spec.bundle)
    return City.open(path if path.is_absolute() else folder / path)


def _in_dongs(spec: Dongs, folder: Path) -> City:
    dongs, source = read_dongs(_found(spec.file, folder), spec.names)
    schools = read_schools(_found(spec.schools, folder)) if spec.schools else None
    return settlements(
        dongs,
        source,
        headway_min=spec.headway_min,
        schools=schools,
        residents=spec.residents or None,
        seed=spec.seed,
    )


def _found(file: str, folder: Path) -> Path:
    """Return where a file of data is: beside the scenario, or in the folder of data."""
    data = os.environ.get(DATA)
    places = [folder, *([Path(data)] if data else [])]
    found = [place / file for place in places if (place / file).exists()]
    if not found:
        where = f"nor in {data} ({DATA})" if data else f"and {DATA} names no folder of data"
        raise FileNotFoundError(f"no file {file} in {folder}, {where}")
    return found[0]


def prepare(scenario: Scenario, city: City) -> Study:
    """Return a study whose solutions know their areas, and that looks at the districts near them.

    Raises
    ------
    ValueError
        For an area that is not in the city.
    """
    groups = {
        name: tuple(_placed(s, city, scenario.folder) for s in scenario.solutions(name))
        for name in ("base", *scenario.alternatives)
    }
    area = study_area([s.where for group in groups.values() for s in group], city)
    return Study(
        city=city,
        alternatives=groups,
        area=area,
        places=_places(city, area),
        when=When(
            start_h=scenario.start / 3_600,
            hours=scenario.days * scenario.hours,
            seed=scenario.seed,
            everybody=scenario.everybody,
        ),
        counting=scenario.counting or Counting(),
        queues=scenario.queues,
    )


def _placed(solution: Solution, city: City, folder: Path) -> Solution:
    if isinstance(solution.area, Area):
        return solution
    found = {name: _beside(getattr(solution, name), folder) for name in solution.files}
    return replace(solution, area=resolve(solution.area, city, folder), **found)


def _beside(text: str, folder: Path) -> str:
    """Return where a file lies that a scenario names; what is no file stays as it is."""
    return str(folder / text) if text and (folder / text).is_file() else text


def _places(city: City, area: Area) -> tuple[Area, ...]:
    """Return the districts that the area or its ring touches."""
    whole = area.polygon.buffer(area.ring_m)
    near = {name: shape for name, shape in districts(city).items() if shape.intersects(whole)}
    return tuple(Area(name, shape, ring_m=0.0) for name, shape in near.items() if shape.area > 0)


def study_area(areas: Sequence[Area], city: City) -> Area:
    """Return where a study looks: the areas of all solutions together, else the whole city."""
    if not areas:
        return resolve("city", city)
    names = list(dict.fromkeys(area.name for area in areas))
    union = shapely.union_all([area.polygon for area in areas])
    return Area(" + ".join(names), union, max(area.ring_m for area in areas))


def jobs(scenario: Scenario) -> list[Job]:
    """Return every day to live, the first replications of all alternatives first."""
    return [
        Job(alternative, day_type, replication)
        for replication in range(scenario.replications)
        for day_type in scenario.day_types
        for alternative in ("base", *scenario.alternatives)
    ]


def conduct(
    study: Study,
    wanted: Sequence[Job],
    *,
    workers: int,
    store: Store | None = None,
    done: Callable[[Finished], object] = id,
) -> list[Finished]:
    """Run the jobs, storing each as it ends, and return them in the order they were asked for."""
    run = partial(serial, study) if workers == 1 else partial(processes, study, workers=workers)
    stream: Iterator[Finished] = run(wanted) if store is None else resume(store, wanted, run)
    finished: dict[Job, Finished] = {}
    for one in stream:
        finished[one.job] = one
        done(one)
    return [finished[job] for job in wanted]
