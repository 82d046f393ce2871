"""Orders of a day: meals from shops to homes, and parcels; the same whoever delivers them.

Each resident orders by a Poisson process whose rate follows the hour of the day, thinned where it
does not rain: rain only adds orders. A shop is chosen by its floor area and its distance (a logit
of the nearest ones). Everything is drawn by person, day and which of the day it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.figures import figure
from twin.elementary import log
from twin.luck import Luck
from twin.world.ground import Ground

__all__ = ["FOOD", "MEALS", "PARCEL", "PARCELS", "Demand", "Orders", "orders_of", "sellers"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
S_PER_H, S_PER_DAY, H_PER_DAY = 3_600.0, 86_400.0, 24
FOOD, PARCEL = 0, 1
DAYS_A_YEAR = {"weekday": 250.0, "holiday": 115.0}
SELLERS = ("shop", "restaurant", "fast_food", "cafe", "food_court", "convenience")
SELLS_M2 = 100.0
"""Who sells meals, of the amenities on the map, and the floor of each (assumption)."""

NEAREST = 64
"""How many shops, the nearest ones, a person thinks of."""

MEALS = np.array(
    [*[0.05 / 10] * 10, *[0.214 / 4] * 4, *[0.138 / 3] * 3, *[0.442 / 4] * 4, *[0.156 / 3] * 3]
)
"""Share of a day's meals that are ordered in each hour: 21.4 % from 10 to 13 o'clock, 44.2 % from
17 to 20, 15.6 % from 21 to 23 (etnews.com 20200414000065, Barogo, 21 million of early 2020); how
the rest lies in the afternoon and the night is an assumption."""

PARCELS = np.array([0.0] * 10 + [1 / 11] * 11 + [0.0] * 3)
"""Share of the parcels that are asked for in each hour, from 10 to 21 o'clock (assumption)."""


@dataclass(frozen=True)
class Demand:
    """What people order: meals and parcels a person and day, and how.

    ``holiday_more`` and ``rain_more`` are the meals that a holiday, or rain, adds, as shares;
    ``shop_m`` is the mean distance of the pull of shops, ``ready_min`` and ``ready_cv`` how long
    cooking takes, and its spread.
    """

    meals: float
    parcels: float
    holiday_more: float
    rain_more: float
    shop_m: float
    ready_min: float
    ready_cv: float

    def weight(self, day_type: str) -> float:
        """Return the meals of a type of day over those of a mean day of the year."""
        more = {"weekday": 1.0, "holiday": 1.0 + self.holiday_more}
        year = sum(days * more[kind] for kind, days in DAYS_A_YEAR.items())
        return more[day_type] * sum(DAYS_A_YEAR.values()) / year


class Orders(NamedTuple):
    """Orders in the order of time; the row of one is its number.

    ``time_s`` counts from midnight of day 0; ``ready_s`` is when a meal is cooked (a parcel: when
    it is asked for). ``shop`` and ``home`` are building rows, shop -1 for a parcel. ``person``,
    ``day`` and ``number`` are the situation that further luck of the order is drawn in.
    """

    time_s: Floats
    ready_s: Floats
    kind: Ints
    person: Ints
    home: Ints
    shop: Ints
    day: Ints
    number: Ints

    def take(self, rows: NDArray[np.bool_] | Ints) -> Orders:
        """Return some of them."""
        columns: list[Any] = [column[rows] for column in self]
        return Orders(*columns)

    def uniform(self, luck: Luck) -> Floats:
        """Return one number between 0 and 1 for each."""
        return np.asarray(luck.uniform(self.person, day=self.day, trip=self.number), float)


class _Day(NamedTuple):
    """What a day of orders of one kind is drawn by: how many, when, where the luck comes from."""

    kind: int
    mean: float
    profile: Floats
    luck: Luck


@lru_cache(maxsize=4)
def orders_of(
    ground: Ground, demand: Demand, luck: Luck, *, day_type: str, wet: tuple[bool, ...]
) -> Orders:
    """Return the orders of the days of a run.

    Parameters
    ----------
    wet
        Whether it rains in each hour since midnight of day 0; their number is that of the hours.

    Raises
    ------
    ValueError
        Where meals are ordered and the city has no shop.
    """
    meals = _Day(FOOD, demand.meals * demand.weight(day_type), MEALS, luck.of("meal"))
    parcels = _Day(PARCEL, demand.parcels, PARCELS, luck.of("parcel"))
    days = range(-(-len(wet) // H_PER_DAY))
    every = joined([_drawn(ground, demand, one, (day, wet)) for one in (meals, parcels)
                    for day in days])  # fmt: skip
    every = every.take(every.time_s < len(wet) * S_PER_H)
    return every.take(np.lexsort((every.number, every.person, every.kind, every.time_s)))


def joined(parts: list[Orders]) -> Orders:
    """Return orders one after the other."""
    columns: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Orders(*columns)


def _drawn(ground: Ground, demand: Demand, one: _Day, when: tuple[int, tuple[bool, ...]]) -> Orders:
    """Return the orders of one kind on one day."""
    day, wet = when
    more = 1.0 + demand.rain_more if one.kind == FOOD else 1.0
    homes = ground.people.residents["home"].to_numpy(np.int64)
    counts = one.luck.of("count").poisson(np.arange(len(homes)), one.mean * more, day=day)
    person = np.repeat(np.arange(len(homes)), counts)
    number = np.arange(len(person)) - np.repeat(np.cumsum(counts) - counts, counts)
    place = {"day": day, "trip": number}
    hour_s = _moment(one.profile, np.asarray(one.luck.of("time").uniform(person, **place)))
    raining = np.array([*wet, *[False] * H_PER_DAY])
    now = np.minimum(day * H_PER_DAY + (hour_s // S_PER_H).astype(np.int64), len(raining) - 1)
    factor = np.where(raining[now], more, 1.0)
    kept = np.flatnonzero(np.asarray(one.luck.of("thin").uniform(person, **place)) * more < factor)
    person, number, time_s = person[kept], number[kept], day * S_PER_DAY + hour_s[kept]
    drawn = Orders(
        time_s=time_s, ready_s=time_s, kind=np.full(len(person), one.kind), person=person,
        home=homes[person], shop=np.full(len(person), -1), day=np.full(len(person), day),
        number=number,
    )  # fmt: skip
    return _cooked(ground, demand, one.luck, drawn) if one.kind == FOOD else drawn


def _moment(profile: Floats, u: Floats) -> Floats:
    """Return seconds of the day at u by the share of each hour, evenly within it."""
    bounds = np.concatenate([[0.0], np.cumsum(profile / profile.sum())])
    hour = np.clip(np.searchsorted(bounds, u, side="right") - 1, 0, len(profile) - 1)
    within = (u - bounds[hour]) / np.maximum(bounds[hour + 1] - bounds[hour], 1e-12)
    return np.asarray((hour + np.clip(within, 0.0, 1.0 - 1e-9)) * S_PER_H)


def _cooked(ground: Ground, demand: Demand, luck: Luck, meals: Orders) -> Orders:
    """Return meals with their shops, and when they are cooked."""
    place = {"day": meals.day, "trip": meals.number}
    cook_s = np.asarray(
        luck.of("cook").lognormal(
            meals.person, mean=60.0 * demand.ready_min, cv=demand.ready_cv, **place
        )
    )
    shop = _shops(ground, demand, luck.of("shop"), meals)
    return meals._replace(ready_s=meals.time_s + cook_s, shop=shop)


def _shops(ground: Ground, demand: Demand, luck: Luck, meals: Orders) -> Ints:
    """Return the shop of each meal."""
    rows, floor = sellers(ground)
    if not len(meals.person):
        return meals.home
    if not len(rows):
        raise ValueError(f"meals need a shop or a restaurant in {ground.city.name}, it has none")
    tree = cKDTree(np.column_stack([ground.place_x[rows], ground.place_y[rows]]))
    near = min(NEAREST, len(rows))
    ends = np.column_stack([ground.place_x[meals.home], ground.place_y[meals.home]])
    away, which = (np.reshape(found, (len(ends), near)) for found in tree.query(ends, k=near))
    pull = np.array([log(max(area, 1.0)) for area in floor.tolist()])
    mood = np.asarray(
        luck.gumbel(
            meals.person[:, None], day=meals.day[:, None], trip=meals.number[:, None],
            look=rows[which],
        )
    )  # fmt: skip
    liked = pull[which] - figure("detour") * away / demand.shop_m + mood
    best = liked.argmax(axis=1)
    return np.asarray(rows[which[np.arange(len(best)), best]])


@lru_cache(maxsize=4)
def sellers(ground: Ground) -> tuple[Ints, Floats]:
    """Return the buildings (rows) that meals are ordered from, and the floor (m2) that sells there.

    Those used as shops with their floors, and the nearest building to each restaurant or the like
    on the map, with ``SELLS_M2`` each.
    """
    buildings = ground.city["buildings"]
    shops = (buildings["use"] == "shop").to_numpy()
    floor = np.where(shops, buildings["floor_area_m2"].to_numpy(float), 0.0)
    known = ground.city.layers.get("amenities")
    if known is not None and len(known):
        sells = known[known["kind"].isin(SELLERS).to_numpy()]
        places = shapely.get_coordinates(sells.geometry.representative_point().to_numpy())
        tree = cKDTree(np.column_stack([ground.place_x, ground.place_y]))
        np.add.at(floor, tree.query(places)[1], SELLS_M2)
    rows = np.flatnonzero(floor > 0.0).astype(np.int64)
    return rows, floor[rows]
