"""Cars: those of residents with their drivers, and those that come from outside by gates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.city import City
from gis.figures import figure, table
from gis.population.draws import Draws, Purpose
from gis.population.places import Places, inside_share, pick

__all__ = [
    "NONE",
    "OUTSIDE",
    "VISITING",
    "Gates",
    "commuters",
    "gate_of",
    "gates_of",
    "own_cars",
    "visitors",
    "work_hours",
]

OUTSIDE, NONE = -1, -2
VISITING = (Purpose.BUSINESS, Purpose.SHOP, Purpose.LEISURE, Purpose.SCHOOL, Purpose.OTHER)

ADULT = 20
DIRECTIONS = 32

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Gates(NamedTuple):
    """The gates: junction rows, and how much each is used from each cell of places."""

    row: Ints
    use: Floats


def gates_of(city: City, where: Places) -> Gates:
    """Return the gates, used by the lanes and speed of their streets and by the way that they save.

    What lies outside lies evenly in all directions, a mean commute away from the edge. Of the
    gates on the way there people take one by a logit of the whole way, with the scale of the choice
    of a mode, turned from KRW into km by the cost of driving.
    """
    junctions, streets = city["junctions"], city["streets"]
    row = np.asarray(np.flatnonzero(junctions["gate"].to_numpy(bool)), dtype=np.int64)
    flow = streets["lanes"].to_numpy(float) * streets["speed_kmh"].to_numpy(float)
    use = np.bincount(streets["to_junction"], flow, minlength=len(junctions))[row] + 1e-9
    places = shapely.get_coordinates(junctions.geometry.to_numpy()[row])
    return Gates(row, _by_way(where, places, np.asarray(use, float)))


def _by_way(where: Places, gates: Floats, use: Floats) -> Floats:
    """Return the share of each gate (column; m) among the ways out from each cell."""
    cells = np.column_stack([where.cell_x, where.cell_y])
    turn = 2.0 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    reach_m = (where.radius_km + figure("length_work_km") / figure("detour")) * 1000.0
    goals = cells.mean(axis=0) + reach_m * np.column_stack([np.cos(turn), np.sin(turn)])
    inside, beyond = (_apart_km(gates, ends) * figure("detour") for ends in (cells, goals))
    krw_km = figure("time_car_krw_h") / figure("speed_kmh") + figure("fuel_krw_km")
    longer = (inside[:, None, :] + beyond[None, :, :]) * krw_km / figure("mode_scale_krw")
    weight = use * np.exp(longer.min(axis=2, keepdims=True) - longer)
    return np.asarray((weight / weight.sum(axis=2, keepdims=True)).mean(axis=1))


def _apart_km(gates: Floats, ends: Floats) -> Floats:
    """Return the distance from each end (row) to each gate (column)."""
    between = ends[:, None, :] - gates[None, :, :]
    return np.asarray(np.hypot(between[..., 0], between[..., 1]) / 1000.0)


def gate_of(gates: Gates, cell: Ints, chance: Floats) -> npt.NDArray[np.int32]:
    """Return the gate that each chance picks for somebody at a place in a cell."""
    return gates.row[pick(gates.use, cell, chance)].astype(np.int32)


def own_cars(persons: pd.DataFrame, households: pd.DataFrame, luck: Draws) -> pd.DataFrame:
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
    person, works = driver["person"].to_numpy(), driver["works"].to_numpy()
    return pd.DataFrame(
        {
            "home": driver["home"].to_numpy(),
            "resident": True,
            "gate": np.int32(-1),
            "role": "resident",
            "driver": person,
            "commutes": works,
            "workplace": driver["workplace"].to_numpy(),
            "work_gate": np.where(works, driver["gate"].to_numpy(), np.int32(-1)),
            "leave_s": np.where(works, driver["leave_s"].to_numpy(), 0.0),
            "stay_s": np.where(works, driver["stay_s"].to_numpy(), 0.0),
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


def commuters(
    jobs: pd.DataFrame, where: Places, gates: Gates, luck: Draws, *, drive: float
) -> pd.DataFrame:
    """Return the cars of those from outside who fill the other jobs; ``drive`` is their share."""
    luck = luck.of("commuter")
    open_jobs = (jobs["jobs"] - jobs["filled"]).clip(lower=0).to_numpy(float)
    chance = luck.of("number").uniform(jobs["building"].to_numpy())
    number = np.floor(open_jobs * drive + chance).astype(int)
    cars = _outsiders(number, "commuter", Purpose.WORK)
    key, look = cars["key"].to_numpy(), cars["number"].to_numpy()
    gate = gate_of(gates, where.cell[key], luck.of("gate").uniform(key, look=look))
    return cars.assign(gate=gate, work_gate=gate, **work_hours(key, look, luck))


def visitors(where: Places, gates: Gates, luck: Draws, *, drive: float) -> pd.DataFrame:
    """Return the cars of potential visitors from outside, five for each that comes on a weekday.

    ``drive`` is how often they come by car, of what is usual.
    """
    luck = luck.of("visitor")
    pools = []
    for purpose in VISITING:
        outside = 1.0 - inside_share(where.radius_km, purpose)
        visits = drive * outside * where.attraction[purpose]
        chance = luck.of("number").uniform(np.arange(len(visits)), trip=purpose)
        cars = _outsiders(
            np.floor(visits / figure("visit_chance") + chance).astype(int), "visitor", purpose
        )
        key, look = cars["key"].to_numpy(), cars["number"].to_numpy()
        chance = luck.of("gate").uniform(key, trip=purpose, look=look)
        gate = gate_of(gates, where.cell[key], chance)
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
            "leave_s": 0.0,
            "stay_s": 0.0,
            "purpose": np.int8(purpose),
            "chance": 0.0,
            "key": place.astype(np.int64),
            "number": line.astype(np.int64),
        }
    )


def work_hours(key: Ints, look: Ints, luck: Draws) -> dict[str, Floats]:
    """Return when somebody usually leaves for work and how long the stay there is, in seconds."""
    leave = luck.of("leaves").normal(key, look=look) * figure("leave_home_sd_h")
    stay = luck.of("stays").normal(key, look=look) * figure("at_work_sd_h")
    return {
        "leave_s": (figure("leave_home_h") + leave) * 3600.0,
        "stay_s": (figure("at_work_h") + stay) * 3600.0,
    }
