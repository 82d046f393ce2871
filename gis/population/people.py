"""The people of a city, fixed: residents, households, cars, jobs, in-commuters and visitors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.city import City
from gis.figures import figure, table
from gis.population.cars import (
    NONE,
    OUTSIDE,
    VISITING,
    commuters,
    gate_of,
    gates_of,
    own_cars,
    visitors,
    work_hours,
)
from gis.population.cities import HOME, like
from gis.population.draws import Draws, Purpose
from gis.population.habits import Habits, habits_of
from gis.population.households import housed, residents
from gis.population.modes import driving, tastes
from gis.population.places import Places, inside_share, pick, places, to_work
from gis.population.schools import LEVELS, schooled

__all__ = ["People", "people"]

CHILD = 15


@dataclass(frozen=True)
class People:
    """Who lives in a city and who comes to it; fixed per city, whatever the day.

    Attributes
    ----------
    residents
        person, district, age (start of the 5-year band), household, home (building row),
        works (bool), workplace (building row, -1 outside, -2 none), studies (code in ``LEVELS``),
        school (building row, -1 outside, -2 none), gate (junction row by which a workplace or
        school outside is reached, -1), leave_s and stay_s (when they usually leave for work or
        school, how long they stay).
    households
        household, district, size, home, cars, children (bool, under 15).
    cars
        car, home (building row; -1 lives outside), resident, gate (of cars from outside), role
        (resident, commuter, visitor), driver (person, -1), commutes, workplace (or place visited),
        work_gate, leave_s and stay_s (when it usually leaves for work, how long it stays), purpose
        (of a visitor), chance (of a visit on a weekday), key and number (whose draws: the driver's,
        or those of the n-th car of a building).
    jobs
        building, jobs, filled (by residents), others (who come from outside without a car of their
        own; counted, not placed).
    habits
        The usual places of residents.
    taste
        Lasting taste by person and mode.
    where
        Buildings as destinations.
    gates
        Junction row of each gate.
    inside
        Share of trips that stay in the city, by purpose.
    like
        The published city whose people they travel like, see :func:`gis.population.cities.like`.
    """

    residents: pd.DataFrame
    households: pd.DataFrame
    cars: pd.DataFrame
    jobs: pd.DataFrame
    habits: Habits
    taste: npt.NDArray[np.float32]
    where: Places
    gates: npt.NDArray[np.int64]
    inside: Mapping[int, float]
    like: str = HOME


def people(city: City, luck: Draws) -> People:
    """Return the people of a city: the same for the same city and luck.

    Parameters
    ----------
    city
        A complete city, see :func:`gis.derive.complete`: streets, junctions, buildings, districts.
    luck
        Lasting draws.

    Raises
    ------
    ValueError
        Where a layer or column is missing, or the city has no gate.
    """
    _checked(city)
    buildings, luck = city["buildings"], luck.of("people")
    where = places(city)
    gates, travel = gates_of(city, where), like(city)
    persons = residents(city["districts"], luck)
    households = housed(persons, city["districts"], buildings, luck)
    persons = _at_work(_at_home(persons, households), where, buildings, luck)
    persons = schooled(persons, where, buildings, luck)
    chance = luck.of("gate").uniform(persons["person"].to_numpy())
    outside = (persons["workplace"] == OUTSIDE) | (persons["school"] == OUTSIDE)
    way_out = gate_of(gates, where.cell[np.maximum(persons["home"].to_numpy(), 0)], chance)
    persons = persons.assign(gate=np.where(outside, way_out, np.int32(-1)))
    persons = persons.assign(**_hours(persons, luck))
    young = persons.loc[persons["age"] < CHILD, "household"]
    own = own_cars(persons, households, luck)
    number = np.bincount(own["household"], minlength=len(households))
    drive = figure("car_commute") * driving(travel, "work_beyond")
    jobs = _jobs(buildings, persons, drive)
    others = [
        commuters(jobs, where, gates, luck, drive=drive / figure("commuters_per_car")),
        visitors(where, gates, luck, drive=driving(travel, "other_beyond")),
    ]
    cars = pd.concat([own.drop(columns="household"), *others], ignore_index=True)
    cars.insert(0, "car", np.arange(len(cars), dtype=np.int32))
    return People(
        residents=persons,
        households=households.assign(
            cars=number, children=np.bincount(young, minlength=len(households)) > 0
        ),
        cars=cars,
        jobs=jobs,
        habits=habits_of(persons, where, gates, luck),
        taste=tastes(persons["person"].to_numpy(), luck),
        where=where,
        gates=gates.row,
        inside=_inside(where),
        like=travel,
    )


def _inside(where: Places) -> Mapping[int, float]:
    """Return the share of trips that stay in the city, by purpose."""
    purposes = (Purpose.WORK, *VISITING)
    return MappingProxyType({each: inside_share(where.radius_km, each) for each in purposes})


def _checked(city: City) -> None:
    """Say what a city lacks."""
    needs = {
        "streets": ["from_junction", "to_junction", "lanes"],
        "junctions": ["gate"],
        "buildings": ["use", "floor_area_m2", "dwellings", "jobs"],
        "districts": ["population", "households"],
    }
    for layer, columns in needs.items():
        missing = [column for column in columns if column not in city[layer]]
        if missing:
            raise ValueError(
                f"{city.name}: {layer} lacks {', '.join(missing)}; gis.derive.complete fills it in"
            )
    if city["buildings"].empty:
        raise ValueError(f"{city.name} has no buildings: nobody can live, work or go there")
    if not city["junctions"]["gate"].any():
        raise ValueError(f"{city.name}: no junction is a gate; gis.derive.complete finds gates")


def _at_home(persons: pd.DataFrame, households: pd.DataFrame) -> pd.DataFrame:
    """Return persons with their home, without those for whom there is no dwelling at all."""
    home = households["home"].to_numpy()[persons["household"].to_numpy()]
    return persons.assign(person=np.arange(len(persons), dtype=np.int32), home=home)


def _at_work(
    persons: pd.DataFrame, where: Places, buildings: gpd.GeoDataFrame, luck: Draws
) -> pd.DataFrame:
    """Return persons with who works and where: a building, or outside."""
    person = persons["person"].to_numpy()
    employed = np.array(table("employed")["share"])
    works = luck.of("works").uniform(person) < employed[persons["age"].to_numpy() // 5]
    works &= persons["home"].to_numpy() >= 0
    cell = where.cell[np.maximum(persons["home"].to_numpy(), 0)]
    jobs = buildings["jobs"].to_numpy(float)
    wanted = min(
        inside_share(where.radius_km, Purpose.WORK), 0.9 * jobs.sum() / max(1, works.sum())
    )
    inside = works & (luck.of("work inside").uniform(person) < wanted)
    workplace = np.where(works, OUTSIDE, NONE)
    if inside.any():
        workers = np.bincount(cell[inside], minlength=len(where.cell_x)).astype(float)
        flows = to_work(where, workers, jobs)
        workplace[inside] = pick(flows, cell[inside], luck.of("workplace").uniform(person[inside]))
    return persons.assign(works=works, workplace=workplace.astype(np.int32))


def _jobs(buildings: gpd.GeoDataFrame, persons: pd.DataFrame, drive: float) -> pd.DataFrame:
    """Return the jobs of each building, how many residents fill, and who comes without a car."""
    at = persons.loc[persons["workplace"] >= 0, "workplace"]
    filled = np.bincount(at, minlength=len(buildings))
    jobs = buildings["jobs"].to_numpy(np.int64)
    others = np.maximum(jobs - filled, 0) * (1.0 - drive)
    columns = {"jobs": jobs, "filled": filled, "others": others.round().astype(np.int64)}
    return pd.DataFrame({"building": np.arange(len(jobs)), **columns})


def _hours(persons: pd.DataFrame, luck: Draws) -> dict[str, npt.NDArray[np.float32]]:
    """Return when each person usually leaves for work or school, and how long the stay is."""
    person, studies = persons["person"].to_numpy(), persons["studies"].to_numpy()
    hours = work_hours(person, np.zeros_like(person), luck)
    rows = np.array([(0.0, 0.0, 0.0, 0.0), *(table("school_hours")[name] for name in LEVELS[1:])])
    leave, leave_sd, stay, stay_sd = rows[studies].T * 3600.0
    early, longer = (luck.of(f"school {name}").normal(person) for name in ("leaves", "stays"))
    learns = studies > 0
    return {
        "leave_s": np.where(learns, leave + leave_sd * early, hours["leave_s"]).astype(np.float32),
        "stay_s": np.where(learns, stay + stay_sd * longer, hours["stay_s"]).astype(np.float32),
    }
