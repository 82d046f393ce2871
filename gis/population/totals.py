"""The people and their day beside the figures they aim at."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from gis.figures import FIGURES, TABLES, Figure, figure
from gis.population.cities import HOME
from gis.population.day import Lived
from gis.population.draws import PURPOSES, Purpose
from gis.population.modes import CLASSES, MODES, Mode, aims
from gis.population.people import People
from gis.population.places import Places

__all__ = ["UNPUBLISHED", "Total", "aimed", "compared", "counted", "totals"]

ADULT, RETIRED, YOUNGEST = 15, 65, 5
PEAK_H = 8
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"car": ("car", "passenger"), "bus": ("bus",), "others": ("taxi", "bicycle", "walk")}
)
UNPUBLISHED = "no published figure"


class Total(NamedTuple):
    """A total of the twin beside the figure that it aims at, or that is published of other places.

    ``aim`` and ``published`` are NaN where there is none.
    """

    name: str
    value: float
    aim: float
    published: float
    unit: str
    source: str
    tag: str


def totals(people: People, lived: Lived) -> pd.DataFrame:
    """Return totals of the people and of one day of trips beside the figures they aim at.

    Returns
    -------
    pandas.DataFrame
        name, value, aim (missing where there is none), published (a figure of other places that is
        shown beside, or the aim where that is published), unit, source ("assumption" where no
        source is known, "no published figure", or "counted" of what is only counted), tag.
    """
    rows = [*_of_people(people), *_of_cars(people, lived.trips), *_of_trips(people, lived)]
    return pd.DataFrame(rows, columns=list(Total._fields))


def aimed(name: str, value: float, figure: str) -> Total:
    """Return a total beside the figure of the table that it aims at."""
    aim: Figure = FIGURES[figure]
    published = np.nan if aim.tag == "GK" else aim.value
    return Total(name, value, aim.value, published, aim.unit, aim.source, aim.tag)


def compared(name: str, value: float, figure: str) -> Total:
    """Return a total beside a published figure of other places: shown, not aimed at."""
    beside: Figure = FIGURES[figure]
    return Total(name, value, np.nan, beside.value, beside.unit, beside.source, beside.tag)


def counted(name: str, value: float, unit: str, source: str = "counted") -> Total:
    """Return a total that stands alone."""
    return Total(name, value, np.nan, np.nan, unit, source, "")


def _of_people(people: People) -> list[Total]:
    """Return the totals of residents, households, cars and jobs."""
    persons, cars = people.residents, people.cars
    number = max(1, len(persons))
    able = persons[(persons["age"] >= ADULT) & (persons["age"] < RETIRED)]
    own = cars[cars["resident"]]
    return [
        counted("residents", len(persons), "persons"),
        counted("households", len(people.households), "households"),
        aimed(
            "persons a household", number / max(1, len(people.households)), "persons_per_household"
        ),
        aimed("in work at 15 to 64", float(able["works"].mean()), "employed_15_64"),
        aimed("cars a person", len(own) / number, "cars_per_person"),
        counted("cars of residents", len(own), "cars"),
        counted("cars of commuters from outside", int((cars["role"] == "commuter").sum()), "cars"),
        counted("cars of potential visitors", int((cars["role"] == "visitor").sum()), "cars"),
        counted("jobs", int(people.jobs["jobs"].sum()), "jobs"),
        counted("jobs filled by residents", int(people.jobs["filled"].sum()), "jobs"),
        counted("from outside without a car", int(people.jobs["others"].sum()), "persons"),
        counted("at school", int((persons["school"] != -2).sum()), "persons"),
        counted("at school outside", int((persons["school"] == -1).sum()), "persons"),
    ]


def _of_cars(people: People, day: pd.DataFrame) -> list[Total]:
    """Return the totals of one day of trips by car."""
    cars = people.cars
    ours = day["car"].isin(cars.loc[cars["resident"], "car"])
    number = max(1, int(cars["resident"].sum()))
    return [
        counted("trips of residents' cars", int(ours.sum()), "trips a day"),
        counted("trips of cars from outside", int((~ours).sum()), "trips a day"),
        *_hours(day),
        _early(people, day),
        aimed("trips a resident's car", float(ours.sum()) / number, "trips_per_car"),
    ]


def _of_trips(people: People, lived: Lived) -> list[Total]:
    """Return the totals of the trips of residents by all modes."""
    every = _by_residents(people, lived)
    persons = int((people.residents["age"] >= YOUNGEST).sum())
    rows = [
        aimed("trips a person", len(every) / max(1, persons), "trips_per_person"),
        *_commutes(lived.tours, people.like),
        *_buses(people.where),
        *_modes(every, people.like),
        *(
            _toured(f"tours by {by}", lived.tours, people.like, modes)
            for by, modes in GROUPS.items()
        ),
    ]
    share = every["purpose"].value_counts(normalize=True)
    for code, purpose in enumerate(PURPOSES):
        name, value = f"trips: {purpose}", float(share.get(code, 0.0))
        figure = f"purpose_{purpose}"
        known = figure in FIGURES
        rows.append(
            compared(name, value, figure)
            if known
            else counted(name, value, "share of trips", UNPUBLISHED)
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


def _modes(every: pd.DataFrame, like: str) -> list[Total]:
    """Return the shares of the modes of all trips, and of parts of them.

    Beside them stands what is published of the city that the people travel like: of Sejong the
    shares within the city and across its edge, of the others those of trips not made on foot.
    """
    group = {mode: name for name, modes in GROUPS.items() for mode in modes}
    kind = np.array([group[mode] for mode in MODES])[every["mode"]]
    beyond = every["beyond"].to_numpy(bool)
    parts = {
        "": np.ones(len(every), dtype=bool), "_inside": ~beyond, "_outside": beyond,
        "_not_on_foot": (every["mode"] != Mode.WALK).to_numpy(bool),
    }  # fmt: skip
    rows = [
        counted(f"by {name}", float((every["mode"] == code).mean()), "share of trips", UNPUBLISHED)
        for code, name in enumerate(MODES)
    ]
    city = "" if like == HOME else f"_{like}"
    for part, chosen in parts.items():
        for by in GROUPS:
            value = float((kind[chosen] == by).mean()) if chosen.any() else 0.0
            name = f"all by {by}{part.replace('_', ', ', 1).replace('_', ' ')}"
            figure = f"mode_{by}{part}{city}"
            rows.append(
                compared(name, value, figure)
                if figure in FIGURES
                else counted(name, value, "share of trips", UNPUBLISHED)
            )
    return rows


def _toured(name: str, tours: pd.DataFrame, like: str, modes: tuple[str, ...]) -> Total:
    """Return the share of modes of some classes of tours beside that aimed at in a city."""
    number = tours.sum(axis=1).to_numpy(float)
    whole = max(1.0, number.sum())
    aimed_at = aims(like)[
        np.ix_(list(map(CLASSES.index, tours.index)), list(map(MODES.index, modes)))
    ]
    value = float(tours[list(modes)].to_numpy().sum() / whole)
    table = TABLES[f"mode_aims_{like}"]
    aim = float(number @ aimed_at.sum(axis=1) / whole)
    return Total(name, value, aim, np.nan, "share of tours", table.source, table.tag)


def _buses(where: Places) -> list[Total]:
    """Return where a bus goes within the city in the morning, and the median wait there."""
    buses = where.buses
    wait_h = np.where(buses.stop >= 0, buses.wait_h["weekday"][buses.stop, PEAK_H], np.inf)
    goes = np.isfinite(wait_h)
    source = "counted" if buses.known else "assumption: no timetable given"
    hour = f"from {PEAK_H:02d}:00"
    rows = [counted(f"with a bus {hour}", float(goes.mean()), "share of buildings", source)]
    if goes.any():
        minutes = float(60.0 * np.median(wait_h[goes]))
        rows.append(counted(f"wait for a bus {hour}", minutes, "min", source))
    return rows


def _commutes(tours: pd.DataFrame, like: str) -> list[Total]:
    """Return how people go to work, beside the city that they travel like."""
    classes = tours.loc[["work", "work_beyond"]]
    if like != HOME:
        return [
            _toured(f"{go} to work, of those who go", classes, like, (mode,))
            for go, mode in (("drive", "car"), ("walk", "walk"), ("bus", "bus"))
        ]
    work = classes.sum()
    share = work / max(1, int(work.sum()))
    aim = figure("car_commute") / figure("commuters_per_car")
    source = f"{FIGURES['car_commute'].source}, {figure('commuters_per_car')} [assumption] a car"
    return [
        Total(
            "drive to work, of those who go", float(share["car"]), aim, aim, "share", source, "D"
        ),
        compared("walk to work, of those who go", float(share["walk"]), "walk_commute"),
        compared("bus to work, of those who go", float(share["bus"]), "bus_commute"),
    ]


def _peaks(every: pd.DataFrame) -> list[Total]:
    """Return the busiest hour of each purpose, and the share of trips that start in each hour."""
    rows = []
    for code, purpose in enumerate(PURPOSES):
        hours = np.bincount(every.loc[every["purpose"] == code, "hour"], minlength=24)
        rows.append(counted(f"busiest hour: {purpose}", int(hours.argmax()), "h", UNPUBLISHED))
    shares = np.bincount(every["hour"], minlength=24) / max(1, len(every))
    known = TABLES["trips_by_hour"]
    return rows + [
        Total(
            f"trips from {hour:02d}:00", float(share), np.nan, beside, known.unit, known.source,
            known.tag,
        )
        for hour, (share, beside) in enumerate(zip(shares, known.rows["share"], strict=True))
    ]  # fmt: skip


def _hours(day: pd.DataFrame) -> list[Total]:
    """Return the share of trips by car that start in the hours of which counts are published."""
    known = TABLES["cars_by_hour"]
    hour = (day["depart_s"] % 86_400 // 3_600).to_numpy(np.int64)
    shares = np.bincount(hour, minlength=24) / max(1, len(day))
    return [
        Total(
            f"trips by car from {int(h):02d}:00", float(shares[int(h)]), np.nan, share, known.unit,
            known.source, known.tag,
        )
        for h, (share,) in known.rows.items()
    ]  # fmt: skip


def _early(people: People, day: pd.DataFrame) -> Total:
    """Return the share of residents' first trips to work that start before seven."""
    ours = day["car"].isin(people.cars.loc[people.cars["resident"], "car"])
    first = day[ours & (day["order"] == 0) & (day["purpose"] == Purpose.WORK)]
    before = float((first["depart_s"] % 86_400 < 7 * 3600).sum()) / max(1, len(first))
    return aimed("leave for work before seven", before, "before_seven")
