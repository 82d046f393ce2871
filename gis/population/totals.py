"""The people and their day beside the figures they aim at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.figures import FIGURES, Figure, figure
from gis.population.draws import PURPOSES, Purpose
from gis.population.people import People

__all__ = ["totals"]

COLUMNS = ("name", "value", "aim", "unit", "source", "tag")
ADULT, RETIRED = 15, 65


def totals(people: People, day: pd.DataFrame) -> pd.DataFrame:
    """Return totals of the people and of one day of trips beside the figures they aim at.

    Returns
    -------
    pandas.DataFrame
        name, value, aim (missing where there is none), unit, source ("assumption" where no
        source is known), tag.
    """
    rows = [*_of_people(people), *_of_day(people, day)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _aimed(name: str, value: float, figure: str) -> tuple[object, ...]:
    """Return a row beside a figure of the table."""
    aim: Figure = FIGURES[figure]
    return name, value, aim.value, aim.unit, aim.source, aim.tag


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
        _driving(persons, own),
        _aimed("cars a person", len(own) / number, "cars_per_person"),
        _counted("cars of residents", len(own), "cars"),
        _counted("cars of commuters from outside", int((cars["role"] == "commuter").sum()), "cars"),
        _counted("cars of potential visitors", int((cars["role"] == "visitor").sum()), "cars"),
        _counted("jobs", int(people.jobs["jobs"].sum()), "jobs"),
        _counted("jobs filled by residents", int(people.jobs["filled"].sum()), "jobs"),
    ]


def _of_day(people: People, day: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return the totals of one day of trips."""
    cars = people.cars
    ours = day["car"].isin(cars.loc[cars["resident"], "car"])
    number = max(1, int(cars["resident"].sum()))
    rows = [
        _counted("trips of residents' cars", int(ours.sum()), "trips a day"),
        _counted("trips of cars from outside", int((~ours).sum()), "trips a day"),
        _early(people, day),
        _aimed("trips a resident's car", float(ours.sum()) / number, "trips_per_car"),
    ]
    code = day["purpose"].to_numpy()
    return rows + [
        _counted(f"trips: {purpose}", int((code == k).sum()), "trips a day")
        for k, purpose in enumerate(PURPOSES)
    ]


def _driving(persons: pd.DataFrame, own: pd.DataFrame) -> tuple[object, ...]:
    """Return the share of those in work who drive, beside the commuters in cars without riders."""
    share = float(own["commutes"].sum()) / max(1, int(persons["works"].sum()))
    aim = figure("car_commute") / figure("commuters_per_car")
    source = f"{FIGURES['car_commute'].source}, {figure('commuters_per_car')} [assumption] a car"
    return "drive to work, of those in work", share, aim, "share", source, "D"


def _early(people: People, day: pd.DataFrame) -> tuple[object, ...]:
    """Return the share of residents' first trips to work that start before seven."""
    ours = day["car"].isin(people.cars.loc[people.cars["resident"], "car"])
    first = day[ours & (day["order"] == 0) & (day["purpose"] == Purpose.WORK)]
    before = float((first["depart_s"] % 86_400 < 7 * 3600).sum()) / max(1, len(first))
    return _aimed("leave for work before seven", before, "before_seven")
