"""The people of a city, fixed: residents, households, cars, jobs, in-commuters and visitors."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.city import City
from gis.figures import figure
from gis.population.draws import Draws, Purpose
from gis.population.households import housed, residents
from gis.population.places import Places, decay, inside_share, pick, places, to_work

__all__ = ["HABITS", "NONE", "OUTSIDE", "People", "people"]

OUTSIDE, NONE = -1, -2
HABITS = 4  # places that a household's car goes to for each purpose
VISITING = (Purpose.BUSINESS, Purpose.SHOP, Purpose.LEISURE, Purpose.SCHOOL, Purpose.OTHER)
VISIT_CHANCE = 0.2  # that a potential visitor comes on a weekday; assumption
COMMUTER_IN, VISITOR_IN = 1_000_000_000, 2_000_000_000  # draws of outsiders: keyed apart

# cars of a household by its size: shares with 0, 1, 2, 3; assumptions, together 0.41 a person
CARS = np.array(
    [[0.56, 0.42, 0.02, 0.0], [0.25, 0.55, 0.20, 0.0], [0.14, 0.52, 0.31, 0.03],
     [0.08, 0.50, 0.36, 0.06], [0.08, 0.44, 0.38, 0.10]]
)  # fmt: skip
# share in work by age from 0 to 100 in steps of 5; assumptions with the aim of 69.5 % at 15 to 64
WORKING = np.array(
    [
        0,
        0,
        0,
        0.07,
        0.45,
        0.71,
        0.79,
        0.79,
        0.79,
        0.80,
        0.78,
        0.75,
        0.62,
        0.52,
        0.42,
        0.30,
        0.18,
        0.06,
        0,
        0,
        0,
    ]
)
ADULT = 20
CHILD = 15
DRIVES_TO_WORK = 0.82  # of cars whose driver works; then 0.46 of all in work drive, as they do

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class People:
    """Who lives in a city and who comes to it; fixed per city, whatever the day.

    Attributes
    ----------
    residents
        person, district, age (start of the 5-year band), household, home (building row),
        works (bool), workplace (building row, -1 outside, -2 none), gate (junction row, -1).
    households
        household, district, size, home, cars, children (under 15).
    cars
        car, home (building row; -1 lives outside), resident, gate, role (resident, commuter,
        visitor), driver (person, -1), commutes, workplace, work_gate, way_s (home to work),
        children (bool), purpose (of a visitor), chance (of a visit on a weekday).
    jobs
        building, jobs, filled (by residents).
    habits
        For each resident car, purpose and habit: the building (row), -1 for a place outside.
    habit_s
        The way there from home in seconds.
    gates
        Junction row of each gate.
    inside
        Share of trips that stay in the city, by purpose.
    """

    residents: pd.DataFrame
    households: pd.DataFrame
    cars: pd.DataFrame
    jobs: pd.DataFrame
    habits: npt.NDArray[np.int32]
    habit_s: npt.NDArray[np.float32]
    gates: Ints
    inside: MappingProxyType[int, float]


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
    where = places(buildings, city["streets"])
    persons = residents(city["districts"], luck)
    households = housed(persons, city["districts"], buildings, luck)
    persons = _at_work(_at_home(persons, households), where, buildings, luck)
    gates, weight = _gates(city)
    persons = persons.assign(
        gate=np.where(
            persons["workplace"] == OUTSIDE, _gate(weight, gates, persons.index, luck), -1
        )
    )
    own = _own_cars(persons, households, where, luck)
    households = households.assign(cars=np.bincount(own["household"], minlength=len(households)))
    jobs = _jobs(buildings, persons)
    outside = [
        _commuters(jobs, gates, weight, luck),
        _visitors(where, gates, weight, luck),
    ]
    cars = pd.concat([own.drop(columns="household"), *outside], ignore_index=True)
    cars.insert(0, "car", np.arange(len(cars), dtype=np.int32))
    habits, habit_s = _habits(own, where, luck)
    share = MappingProxyType(
        {p: inside_share(where.radius_km, p) for p in (Purpose.WORK, *VISITING)}
    )
    return People(persons, households, cars, jobs, habits, habit_s, gates, share)


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
    works = luck.of("works").uniform(person) < WORKING[persons["age"].to_numpy() // 5]
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


def _gates(city: City) -> tuple[Ints, Floats]:
    """Return the gates and how much each is used: by lanes and speed of its streets."""
    junctions, streets = city["junctions"], city["streets"]
    gates = np.flatnonzero(junctions["gate"].to_numpy(bool))
    flow = streets["lanes"].to_numpy(float) * streets["speed_kmh"].to_numpy(float)
    use = np.bincount(streets["to_junction"], flow, minlength=len(junctions))[gates]
    return np.asarray(gates, dtype=np.int64), np.asarray(use + 1e-9)


def _gate(weight: Floats, gates: Ints, thing: npt.ArrayLike, luck: Draws) -> Ints:
    """Return a gate for each thing, by use."""
    chance = luck.of("gate").uniform(np.asarray(thing, dtype=np.int64))
    return gates[pick(weight[None, :], np.zeros(len(chance), dtype=np.int64), chance)]


def _own_cars(
    persons: pd.DataFrame, households: pd.DataFrame, where: Places, luck: Draws
) -> pd.DataFrame:
    """Return the cars of residents, each with its main driver: first those who work."""
    number = _cars_of(households, luck)
    adults = persons[persons["age"] >= ADULT]
    order = np.lexsort(
        [
            luck.of("driver").uniform(adults["person"].to_numpy()),
            ~adults["works"],
            adults["household"],
        ]
    )
    adults = adults.iloc[order]
    place = adults.groupby("household").cumcount().to_numpy()
    driver = adults[place < number[adults["household"].to_numpy()]]
    person = driver["person"].to_numpy()
    commutes = driver["works"].to_numpy() & (luck.of("drives").uniform(person) < DRIVES_TO_WORK)
    home, work = driver["home"].to_numpy(), driver["workplace"].to_numpy()
    young = persons.loc[persons["age"] < CHILD, "household"]
    children = np.bincount(young, minlength=len(households))[driver["household"].to_numpy()] > 0
    return pd.DataFrame(
        {
            "home": home,
            "resident": True,
            "gate": np.int32(-1),
            "role": "resident",
            "driver": person,
            "commutes": commutes,
            "workplace": np.where(commutes, work, NONE).astype(np.int32),
            "work_gate": np.where(commutes, driver["gate"].to_numpy(), -1).astype(np.int32),
            "way_s": _way_s(where, home, work),
            "children": children,
            "purpose": np.int8(Purpose.HOME),
            "chance": 0.0,
            "household": driver["household"].to_numpy(),
        }
    ).reset_index(drop=True)


def _cars_of(households: pd.DataFrame, luck: Draws) -> Ints:
    """Return the number of cars of each household."""
    chance = luck.of("cars").uniform(households["household"].to_numpy())
    limits = np.cumsum(CARS, axis=1)[households["size"].to_numpy() - 1]
    number = (chance[:, None] >= limits[:, :3]).sum(axis=1)
    return np.where(households["home"] >= 0, number, 0)


def _way_s(where: Places, start: npt.ArrayLike, end: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return the driving time between buildings in seconds; to the outside, up to the edge."""
    start, end = np.asarray(start), np.asarray(end)
    apart = np.hypot(where.x[start] - where.x[end], where.y[start] - where.y[end]) / 1000.0
    km = np.where((end >= 0) & (start >= 0), apart, where.radius_km) * figure("detour")
    return (km / figure("speed_kmh") * 3600.0 + 120.0).astype(np.float32)


def _jobs(buildings: gpd.GeoDataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Return the jobs of each building and how many residents fill."""
    at = persons.loc[persons["workplace"] >= 0, "workplace"]
    filled = np.bincount(at, minlength=len(buildings))
    jobs = buildings["jobs"].to_numpy(np.int64)
    return pd.DataFrame({"building": np.arange(len(jobs)), "jobs": jobs, "filled": filled})


def _commuters(jobs: pd.DataFrame, gates: Ints, weight: Floats, luck: Draws) -> pd.DataFrame:
    """Return the cars of those from outside who fill the other jobs."""
    open_jobs = (jobs["jobs"] - jobs["filled"]).clip(lower=0).to_numpy(float)
    drive = open_jobs * figure("car_commute") / figure("commuters_per_car")
    number = np.floor(drive + luck.of("commuters").uniform(jobs["building"].to_numpy())).astype(int)
    place = np.repeat(jobs["building"].to_numpy(), number)
    key = COMMUTER_IN + np.arange(len(place))
    return _outsiders(place, _gate(weight, gates, key, luck), "commuter", Purpose.WORK, 1.0)


def _visitors(where: Places, gates: Ints, weight: Floats, luck: Draws) -> pd.DataFrame:
    """Return the cars of potential visitors from outside, five for each that comes on a weekday."""
    pools = []
    for purpose in VISITING:
        visits = where.attraction[purpose] * (1.0 - inside_share(where.radius_km, purpose))
        chance = luck.of("visitors").uniform(np.arange(len(visits)), look=purpose)
        number = np.floor(visits / VISIT_CHANCE + chance).astype(int)
        place = np.repeat(np.arange(len(visits)), number)
        key = VISITOR_IN + 100_000_000 * purpose + np.arange(len(place))
        gate = _gate(weight, gates, key, luck)
        pools.append(_outsiders(place, gate, "visitor", purpose, VISIT_CHANCE))
    return pd.concat(pools, ignore_index=True)


def _outsiders(place: Ints, gate: Ints, role: str, purpose: int, chance: float) -> pd.DataFrame:
    """Return cars from outside that go to one place."""
    return pd.DataFrame(
        {
            "home": np.full(len(place), -1, dtype=np.int32),
            "resident": False,
            "gate": gate.astype(np.int32),
            "role": role,
            "driver": np.int32(-1),
            "commutes": role == "commuter",
            "workplace": place.astype(np.int32),
            "work_gate": gate.astype(np.int32),
            "way_s": np.float32(0.0),
            "children": False,
            "purpose": np.int8(purpose),
            "chance": chance,
        }
    )


def _habits(
    own: pd.DataFrame, where: Places, luck: Draws
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Return the places that each car usually goes to, and the way there from home in seconds."""
    car, home = np.arange(len(own)), own["home"].to_numpy()
    habits = np.full((len(own), 7, HABITS), OUTSIDE, dtype=np.int32)
    for purpose in VISITING:
        weights = decay(where, purpose) * where.attraction[purpose]
        inside = inside_share(where.radius_km, purpose)
        for habit in range(HABITS):
            stays = luck.of("stays").uniform(car, trip=purpose, look=habit) < inside
            chance = luck.of("habit").uniform(car, trip=purpose, look=habit)
            chosen = pick(weights, where.cell[home], chance)
            habits[:, purpose, habit] = np.where(stays, chosen, OUTSIDE)
    flat = habits.reshape(len(own), -1)
    way_s = _way_s(where, np.repeat(home, flat.shape[1]), flat.ravel()).reshape(habits.shape)
    return habits, way_s
