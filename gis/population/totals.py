"""The people and their day beside the figures they aim at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.figures import FIGURES, Figure, figure
from gis.population.day import Lived
from gis.population.draws import PURPOSES, Purpose
from gis.population.modes import MODES, Mode
from gis.population.people import People

__all__ = ["totals"]

COLUMNS = ("name", "value", "aim", "unit", "source", "tag")
ADULT, RETIRED, YOUNGEST = 15, 65, 5


def totals(people: People, lived: Lived) -> pd.DataFrame:
    """Return totals of the people and of one day of trips beside the figures they aim at.

    Returns
    -------
    pandas.DataFrame
        name, value, aim (missing where there is none), unit, source ("assumption" where no
        source is known), tag.
    """
    rows = [*_of_people(people), *_of_cars(people, lived.trips), *_of_trips(people, lived)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _aimed(name: str, value: float, figure: str) -> tuple[object, ...]:
    """Return a row beside a figure of the table."""
    aim: Figure = FIGURES[figure]
    return name, value, aim.value, aim.unit, aim.source, aim.tag


def _compared(name: str, value: float, figure: str) -> tuple[object, ...]:
    """Return a row beside a published figure of other places: shown, not aimed at."""
    beside: Figure = FIGURES[figure]
    source = f"{beside.source}: {beside.value:g}, shown beside, not aimed at"
    return name, value, np.nan, beside.unit, source, beside.tag


def _counted(name: str, value: float, unit: str) -> tuple[object, ...]:
    """Return a row that only counts."""
    return name, value, np.nan, unit, "counted", ""


def _of_people(people: People) -> list[tuple[object, ...]]:
    """Return the totals of residents, households, cars and jobs."""
    persons, cars = people.residents, people.cars
    number = max(1, len(persons))
    able = persons[(persons["age"] >= ADULT) & (persons["age"] < RETIRED)]
    own = cars[cars["resident"]]
    return [
        _counted("residents", len(persons), "persons"),
        _counted("households", len(people.households), "households"),
        _aimed(
            "persons a household", number / max(1, len(people.households)), "persons_per_household"
        ),
        _aimed("in work at 15 to 64", float(able["works"].mean()), "employed_15_64"),
        _aimed("cars a person", len(own) / number, "cars_per_person"),
        _counted("cars of residents", len(own), "cars"),
        _counted("cars of commuters from outside", int((cars["role"] == "commuter").sum()), "cars"),
        _counted("cars of potential visitors", int((cars["role"] == "visitor").sum()), "cars"),
        _counted("jobs", int(people.jobs["jobs"].sum()), "jobs"),
        _counted("jobs filled by residents", int(people.jobs["filled"].sum()), "jobs"),
        _counted("from outside without a car", int(people.jobs["others"].sum()), "persons"),
        _counted("at school", int((persons["school"] != -2).sum()), "persons"),
        _counted("at school outside", int((persons["school"] == -1).sum()), "persons"),
    ]


def _of_cars(people: People, day: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return the totals of one day of trips by car."""
    cars = people.cars
    ours = day["car"].isin(cars.loc[cars["resident"], "car"])
    number = max(1, int(cars["resident"].sum()))
    return [
        _counted("trips of residents' cars", int(ours.sum()), "trips a day"),
        _counted("trips of cars from outside", int((~ours).sum()), "trips a day"),
        _early(people, day),
        _aimed("trips a resident's car", float(ours.sum()) / number, "trips_per_car"),
    ]


def _of_trips(people: People, lived: Lived) -> list[tuple[object, ...]]:
    """Return the totals of the trips of residents by all modes."""
    every = _by_residents(people, lived)
    persons = int((people.residents["age"] >= YOUNGEST).sum())
    rows = [
        _aimed("trips a person", len(every) / max(1, persons), "trips_per_person"),
        *_commutes(lived.tours),
        *_modes(every),
    ]
    share = every["purpose"].value_counts(normalize=True)
    for code, purpose in enumerate(PURPOSES):
        name, value = f"trips: {purpose}", float(share.get(code, 0.0))
        figure = f"purpose_{purpose}"
        known = figure in FIGURES
        rows.append(
            _compared(name, value, figure) if known else _counted(name, value, "share of trips")
        )
    return rows + _peaks(every)


def _by_residents(people: People, lived: Lived) -> pd.DataFrame:
    """Return the trips of residents: mode, purpose, hour, and whether they cross the edge."""
    own = people.cars.loc[people.cars["resident"], "car"]
    driven = lived.trips[lived.trips["car"].isin(own)].assign(mode=np.int8(Mode.CAR))
    columns = ["mode", "purpose", "depart_s", "gate"]
    every = pd.concat([driven[columns], lived.legs[columns]], ignore_index=True)
    hour = (every["depart_s"] % 86_400 // 3_600).astype(np.int8)
    return every.assign(hour=hour, beyond=every["gate"] >= 0)


def _modes(every: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return the shares of the modes, of all trips, within the city and across its edge."""
    kind = np.array(["car", "car", "bus", "others", "others", "others"])[every["mode"]]
    beyond = every["beyond"].to_numpy(bool)
    parts = {"": np.ones(len(every), dtype=bool), "_inside": ~beyond, "_outside": beyond}
    rows = [
        _counted(f"by {name}", float((every["mode"] == code).mean()), "share of trips")
        for code, name in enumerate(MODES)
    ]
    for part, chosen in parts.items():
        for group in ("car", "bus", "others"):
            value = float((kind[chosen] == group).mean()) if chosen.any() else 0.0
            rows.append(
                _compared(f"all by {group}{part.replace('_', ', ')}", value, f"mode_{group}{part}")
            )
    return rows


def _commutes(tours: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return how people go to work."""
    work = tours.loc[["work", "work_beyond"]].sum()
    share = work / max(1, int(work.sum()))
    aim = figure("car_commute") / figure("commuters_per_car")
    source = f"{FIGURES['car_commute'].source}, {figure('commuters_per_car')} [assumption] a car"
    return [
        ("drive to work, of those who go", float(share["car"]), aim, "share", source, "D"),
        _compared("walk to work, of those who go", float(share["walk"]), "walk_commute"),
        _compared("bus to work, of those who go", float(share["bus"]), "bus_commute"),
    ]


def _peaks(every: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return the busiest hour of each purpose."""
    rows = []
    for code, purpose in enumerate(PURPOSES):
        hours = np.bincount(every.loc[every["purpose"] == code, "hour"], minlength=24)
        rows.append(_counted(f"busiest hour: {purpose}", int(hours.argmax()), "h"))
    return rows


def _early(people: People, day: pd.DataFrame) -> tuple[object, ...]:
    """Return the share of residents' first trips to work that start before seven."""
    ours = day["car"].isin(people.cars.loc[people.cars["resident"], "car"])
    first = day[ours & (day["order"] == 0) & (day["purpose"] == Purpose.WORK)]
    before = float((first["depart_s"] % 86_400 < 7 * 3600).sum()) / max(1, len(first))
    return _aimed("leave for work before seven", before, "before_seven")
