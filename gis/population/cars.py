"""Cars and where they go: residents' cars with their habits, and cars that come from outside."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.city import City
from gis.figures import figure, table
from gis.population.draws import PURPOSES, Draws, Purpose
from gis.population.places import Places, decay, inside_share, pick

__all__ = [
    "HABITS",
    "NONE",
    "OUTSIDE",
    "VISITING",
    "Gates",
    "Habits",
    "commuters",
    "gate_of",
    "gates_of",
    "habits_of",
    "own_cars",
    "visitors",
]

OUTSIDE, NONE = -1, -2
HABITS = 4  # places that a car goes to for each purpose
VISITING = (Purpose.BUSINESS, Purpose.SHOP, Purpose.LEISURE, Purpose.SCHOOL, Purpose.OTHER)

ADULT, CHILD = 20, 15

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Gates(NamedTuple):
    """The gates: junction rows, and how much they are used, summed up to 1."""

    row: Ints
    share: Floats


class Habits(NamedTuple):
    """The usual places of resident cars: arrays by car, purpose and habit.

    ``place`` is a building row, -1 outside; ``way_s`` the drive there from home in seconds;
    ``gate`` the junction row by which a place outside is reached, -1 for one inside.
    """

    place: npt.NDArray[np.int32]
    way_s: npt.NDArray[np.float32]
    gate: npt.NDArray[np.int32]


def gates_of(city: City) -> Gates:
    """Return the gates, used by the lanes and speed of their streets."""
    junctions, streets = city["junctions"], city["streets"]
    row = np.asarray(np.flatnonzero(junctions["gate"].to_numpy(bool)), dtype=np.int64)
    flow = streets["lanes"].to_numpy(float) * streets["speed_kmh"].to_numpy(float)
    use = np.bincount(streets["to_junction"], flow, minlength=len(junctions))[row] + 1e-9
    return Gates(row, np.cumsum(use) / use.sum())


def gate_of(gates: Gates, chance: Floats) -> npt.NDArray[np.int32]:
    """Return the gate that each chance picks, by use."""
    place = np.searchsorted(gates.share, chance, side="right")
    return gates.row[np.minimum(place, len(gates.row) - 1)].astype(np.int32)


def own_cars(
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
    commutes = driver["works"].to_numpy() & (
        luck.of("drives").uniform(person) < figure("drives_to_work")
    )
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
            **_work_hours(person, np.zeros_like(person), luck),
            "children": children,
            "purpose": np.int8(Purpose.HOME),
            "chance": 0.0,
            "key": person.astype(np.int64),
            "number": np.int64(0),
            "household": driver["household"].to_numpy(),
        }
    ).reset_index(drop=True)


def _cars_of(households: pd.DataFrame, luck: Draws) -> Ints:
    """Return the number of cars of each household."""
    chance = luck.of("cars").uniform(households["household"].to_numpy())
    limits = np.cumsum(list(table("cars").values()), axis=1)[households["size"].to_numpy() - 1]
    number = (chance[:, None] >= limits[:, :3]).sum(axis=1)
    return np.where(households["home"] >= 0, number, 0)


def _way_s(where: Places, start: npt.ArrayLike, end: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return the driving time between buildings in seconds; to the outside, up to the edge."""
    start, end = np.asarray(start), np.asarray(end)
    apart = np.hypot(where.x[start] - where.x[end], where.y[start] - where.y[end]) / 1000.0
    km = np.where((end >= 0) & (start >= 0), apart, where.radius_km) * figure("detour")
    return (km / figure("speed_kmh") * 3600.0 + 120.0).astype(np.float32)


def commuters(jobs: pd.DataFrame, gates: Gates, luck: Draws) -> pd.DataFrame:
    """Return the cars of those from outside who fill the other jobs."""
    luck = luck.of("commuter")
    open_jobs = (jobs["jobs"] - jobs["filled"]).clip(lower=0).to_numpy(float)
    drive = open_jobs * figure("car_commute") / figure("commuters_per_car")
    number = np.floor(drive + luck.of("number").uniform(jobs["building"].to_numpy())).astype(int)
    cars = _outsiders(number, "commuter", Purpose.WORK)
    key, look = cars["key"].to_numpy(), cars["number"].to_numpy()
    gate = gate_of(gates, luck.of("gate").uniform(key, look=look))
    return cars.assign(gate=gate, work_gate=gate, **_work_hours(key, look, luck))


def visitors(where: Places, gates: Gates, luck: Draws) -> pd.DataFrame:
    """Return the cars of potential visitors from outside, five for each that comes on a weekday."""
    luck = luck.of("visitor")
    pools = []
    for purpose in VISITING:
        visits = where.attraction[purpose] * (1.0 - inside_share(where.radius_km, purpose))
        chance = luck.of("number").uniform(np.arange(len(visits)), trip=purpose)
        cars = _outsiders(
            np.floor(visits / figure("visit_chance") + chance).astype(int), "visitor", purpose
        )
        key, look = cars["key"].to_numpy(), cars["number"].to_numpy()
        gate = gate_of(gates, luck.of("gate").uniform(key, trip=purpose, look=look))
        pools.append(cars.assign(gate=gate, chance=figure("visit_chance")))
    return pd.concat(pools, ignore_index=True)


def _outsiders(number: Ints, role: str, purpose: int) -> pd.DataFrame:
    """Return so many cars from outside for each building, keyed by building and place in line."""
    place = np.repeat(np.arange(len(number)), number)
    line = np.arange(len(place)) - np.repeat(np.cumsum(number) - number, number)
    return pd.DataFrame(
        {
            "home": np.full(len(place), -1, dtype=np.int32),
            "resident": False,
            "gate": np.int32(-1),
            "role": role,
            "driver": np.int32(-1),
            "commutes": role == "commuter",
            "workplace": place.astype(np.int32),
            "work_gate": np.int32(-1),
            "way_s": np.float32(0.0),
            "leave_s": 0.0,
            "stay_s": 0.0,
            "children": False,
            "purpose": np.int8(purpose),
            "chance": 0.0,
            "key": place.astype(np.int64),
            "number": line.astype(np.int64),
        }
    )


def _work_hours(key: Ints, look: Ints, luck: Draws) -> dict[str, Floats]:
    """Return when somebody usually leaves for work and how long the stay there is, in seconds."""
    leave = luck.of("leaves").normal(key, look=look) * figure("leave_home_sd_h")
    stay = luck.of("stays").normal(key, look=look) * figure("at_work_sd_h")
    return {
        "leave_s": (figure("leave_home_h") + leave) * 3600.0,
        "stay_s": (figure("at_work_h") + stay) * 3600.0,
    }


def habits_of(own: pd.DataFrame, where: Places, gates: Gates, luck: Draws) -> Habits:
    """Return the places that each car usually goes to, the way there from home, and the gate."""
    key, home = own["key"].to_numpy(), own["home"].to_numpy()
    place = np.full((len(own), len(PURPOSES), HABITS), OUTSIDE, dtype=np.int32)
    gate = np.full(place.shape, -1, dtype=np.int32)
    for purpose in VISITING:
        weights = decay(where, purpose) * where.attraction[purpose]
        inside = inside_share(where.radius_km, purpose)
        for look in range(HABITS):
            situation = {"trip": purpose, "look": look}
            stays = luck.of("stays in").uniform(key, **situation) < inside
            chosen = pick(weights, where.cell[home], luck.of("habit").uniform(key, **situation))
            place[:, purpose, look] = np.where(stays, chosen, OUTSIDE)
            way_out = gate_of(gates, luck.of("way out").uniform(key, **situation))
            gate[:, purpose, look] = np.where(place[:, purpose, look] == OUTSIDE, way_out, -1)
    origin = np.broadcast_to(home[:, None, None], place.shape)
    way_s = _way_s(where, origin.ravel(), place.ravel()).reshape(place.shape)
    return Habits(place, way_s, gate)
