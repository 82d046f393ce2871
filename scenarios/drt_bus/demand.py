"""Who asks for the bus: a logit of what it asks of them against all they could do today.

A tour is made by one mode. U = V + taste + mood as in :mod:`gis.population.modes`: taste belongs to
a person for good, mood to a tour of a day. Today's modes have their own tastes; the best of them is
drawn anew by mood, which is the same in law as the one that was drawn (a maximum of Gumbel numbers
does not depend on which of them it is), so that the bus moves only those who take it.

On the first day all expect the same. From then on each judges by what they remember: who may not be
served (share 1 - s) also risks the time until they know, and going otherwise without their car.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.figures import figure
from gis.population import Mode, People, Purpose
from gis.population.modes import MODES, Ways, constants, level_of_service, utility, ways
from twin.appraisal.values import read_values
from twin.luck import Luck
from twin.memory import Memory
from twin.world.fleet.fleet import Asking
from twin.world.fleet.tours import moves_of, on_demand
from twin.world.rows import Rows
from twin.world.walking.footways import Walks

__all__ = ["FARE_YEAR", "Chances", "Offer", "Riders", "of_2016"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
S_PER_H, S_PER_DAY = 3_600.0, 86_400.0
WORK, SCHOOL, OTHER = 0, 2, 4
FARE_YEAR, MONEY_YEAR = 2020, 2016
"""The prices in which fares are given, and those in which people weigh time and money."""


def of_2016(fares: Floats) -> Floats:
    """Return fares in KRW of 2016, as the logit knows money, by the consumer price index."""
    prices = read_values()
    return np.asarray(fares * prices.index_ratio(FARE_YEAR) / prices.index_ratio(MONEY_YEAR))


@dataclass(frozen=True)
class Offer:
    """What people reckon with when they think of the bus.

    ``wait_s`` is the wait they expect, ``ride`` the ride over the direct drive, ``constant`` what
    they like better (or less) in it than in a bus, in units of V; it runs from ``from_h`` to
    ``to_h``. ``app_share`` of people can ask at all; they are expected at the stop after a walk at
    ``app_walk`` m/s.
    """

    wait_s: float
    ride: float
    constant: float
    fare_krw: float
    fare_krw_km: float
    fare_from_km: float
    from_h: float
    to_h: float
    app_share: float
    app_walk: float
    reach_m: float

    def fare(self, km: Floats) -> Floats:
        """Return the fare of rides of so many km, KRW of 2020."""
        more = np.maximum(km - self.fare_from_km, 0.0) * self.fare_krw_km
        return np.asarray(self.fare_krw + more)


class Chances(NamedTuple):
    """Tours that may ask for the bus, arrays by tour.

    Their day and person; what each ride that is as expected on the first day gains over the best of
    today, and what going otherwise does where the bus fails (never more than 0), KRW of 2016. Both
    are judged by the first move of a tour, and are alike for all its moves.
    """

    day: Ints
    person: Ints
    gain_krw: Floats
    instead_krw: Floats

    def asks(self, memory: Memory, offer: Offer) -> NDArray[np.bool_]:
        """Whether each tour asks: its person knows the bus, and expects to gain by asking."""
        wait_s, lost_s = memory.wait_s[self.person], memory.lost_s[self.person]
        served = memory.served[self.person]
        ride = self.gain_krw - waiting_krw(wait_s - offer.wait_s)
        fail = self.instead_krw - waiting_krw(lost_s)
        expected = served * ride + (1.0 - served) * fail
        return np.asarray(memory.knows[self.person] & (expected > 0))

    def could(self, offer: Offer) -> NDArray[np.bool_]:
        """Whether each tour would ask if the bus came at once, for sure."""
        return np.asarray(self.gain_krw + waiting_krw(offer.wait_s) > 0)

    def take(self, rows: NDArray[np.bool_]) -> Chances:
        """Return some of them."""
        return self._replace(**{name: column[rows] for name, column in self._asdict().items()})


def waiting_krw(seconds: Floats | float) -> Floats:
    """Return what waiting costs, KRW of 2016."""
    return np.asarray(figure("waiting_weight") * seconds / S_PER_H * figure("time_krw_h"))


@dataclass(eq=False)
class Riders:
    """Those who may ask: people near the stops (rows of BERTH in their order).

    ``memory`` is what people think at the start. They choose anew on each day from 1 to
    ``last_day``; ``chances`` are the tours of these days that may ask, once they are drawn.
    """

    people: People
    walks: Walks
    offer: Offer
    stops: Rows
    lasting: Luck
    daily: Luck
    memory: Memory
    last_day: int = 0
    chances: Chances | None = field(default=None, init=False)

    @property
    def able(self) -> NDArray[np.bool_]:
        """Who can use the app, by person."""
        persons = np.arange(len(self.people.residents))
        return np.asarray(self.lasting.of("app").uniform(persons)) < self.offer.app_share

    def __call__(self, trips: pd.DataFrame, legs: pd.DataFrame) -> Asking:
        """Return the days with the tours of those who ask on demand, or may."""
        moves = self._served(self._with_stops(moves_of(self.people, trips, legs)))
        first = moves[moves["first"]]
        chances = self._chances(first)
        asks, later = chances.asks(self.memory, self.offer), self._later(chances.day)
        may = np.where(later, chances.could(self.offer), asks)
        self.chances = chances.take(may & later)
        number = np.cumsum(may & later) - 1
        tour = np.cumsum(moves["first"].to_numpy()) - 1
        moves = moves.assign(
            worth_krw=chances.gain_krw[tour], instead_krw=chances.instead_krw[tour],
            choice=np.where(later, number, -1)[tour], asks=asks[tour],
        )[may[tour]]  # fmt: skip
        return Asking(*on_demand(trips, legs, self._with_otherwise(moves)))

    def _later(self, day: Ints) -> NDArray[np.bool_]:
        return (day > 0) & (day <= self.last_day)

    def _served(self, moves: pd.DataFrame) -> pd.DataFrame:
        """Return the moves of whole tours that the bus can serve."""
        serves = self._serves(moves) & moves["whole"].to_numpy(bool)
        served = np.bincount(moves["tour"], ~serves) == 0
        kept: pd.DataFrame = moves[served[moves["tour"]]].reset_index(drop=True)
        return kept

    def _with_stops(self, moves: pd.DataFrame) -> pd.DataFrame:
        """Return moves with the nearest stops on foot (start, end) and the metres to them."""
        near, metres = self.walks.nearest(self.stops.spot.astype(np.int64), self.offer.reach_m)
        origin, to = (moves[name].to_numpy(np.int64) for name in ("origin", "destination"))
        return moves.assign(
            start=near[origin], end=near[to], start_m=metres[origin], end_m=metres[to],
            walk_s=metres[origin] / self.offer.app_walk,
        )  # fmt: skip

    def _serves(self, moves: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether the bus can serve each move: its stops, and its hours."""
        hour = moves["depart_s"].to_numpy() % S_PER_DAY / S_PER_H
        offer = self.offer
        near = (moves["start_m"] <= offer.reach_m) & (moves["end_m"] <= offer.reach_m)
        start, end = (self.stops.node[moves[name].to_numpy()] for name in ("start", "end"))
        return np.asarray(near & (start != end) & (hour >= offer.from_h) & (hour < offer.to_h))

    def _chances(self, first: pd.DataFrame) -> Chances:
        """Return the tours with what the bus gains, judged by their first moves.

        The gain of who cannot ask is minus infinity.
        """
        person = first["person"].to_numpy(np.int64)
        kind, number = self._kind(first), np.arange(len(MODES))
        today = self._today(first, kind) + self.people.taste[person] + self._mood(first, number)
        bus = constants(self.people.like)[kind, Mode.BUS] + self.offer.constant
        bus = bus - self._cost(first) / figure("mode_scale_krw") + self._taste(person)
        bus = bus + self._mood(first, np.array([len(MODES)]))[:, 0]
        best, row = today.max(axis=1), np.arange(len(first))
        instead = today[row, self._otherwise(first)] - best
        gain, scale = np.where(self.able[person], bus - best, -np.inf), figure("mode_scale_krw")
        return Chances(first["day"].to_numpy(np.int64), person, gain * scale, instead * scale)

    def _taste(self, person: Ints) -> Floats:
        drawn = np.asarray(self.lasting.of("taste").gumbel(person)) - np.euler_gamma
        return np.asarray(figure("taste_scale") * drawn)

    def _mood(self, first: pd.DataFrame, look: Ints) -> Floats:
        """Return moods by row and mode, of the day and of the tour within it."""
        day = np.maximum(first["day"].to_numpy(np.int64), 0)[:, None]
        person = first["person"].to_numpy(np.int64)[:, None]
        trip = first["order"].to_numpy(np.int64)[:, None]
        return np.asarray(self.daily.of("mood").gumbel(person, day=day, trip=trip, look=look))

    def _way(self, moves: pd.DataFrame) -> Ways:
        start, end = (moves[name].to_numpy(np.int64) for name in ("origin", "destination"))
        depart_s = moves["depart_s"].to_numpy(float)
        return ways(self.people.where, start, end, np.zeros(len(moves)), depart_s=depart_s)

    def _kind(self, first: pd.DataFrame) -> Ints:
        """Return the class of each tour, as :data:`gis.population.modes.CLASSES` counts them."""
        who = self.people.residents.iloc[first["person"]]
        works, school = who["works"].to_numpy(bool), who["school"].to_numpy(np.int64)
        purpose = first["purpose"].to_numpy()
        to_work = works & np.isin(purpose, (Purpose.WORK, Purpose.BUSINESS))
        to_school = ~works & (purpose == Purpose.SCHOOL) & (first["destination"] == school)
        return np.asarray(np.select([to_work, to_school], [WORK, SCHOOL], OTHER))

    def _today(self, first: pd.DataFrame, kind: Ints) -> Floats:
        """Return V of today's modes."""
        person = first["person"].to_numpy(np.int64)
        cars = self.people.households["cars"].to_numpy()
        rides = cars[self.people.residents["household"].to_numpy()[person]] > 0
        own = self.people.cars.loc[self.people.cars["resident"], "driver"].to_numpy()
        cost = level_of_service(self._way(first)).cost_krw
        return utility(cost, constants(self.people.like)[kind], np.isin(person, own), rides)

    def _cost(self, first: pd.DataFrame) -> Floats:
        """Return the generalised cost (KRW of 2016) of the first ride of each tour by the bus."""
        km = self._way(first).km
        foot_h = (first["start_m"] + first["end_m"]).to_numpy() / 1_000 / figure("walking_kmh")
        ride_h = self.offer.ride * km / figure("speed_kmh")
        felt_h = figure("walking_weight") * foot_h + ride_h
        felt_h += figure("waiting_weight") * self.offer.wait_s / S_PER_H
        return np.asarray(felt_h * figure("time_krw_h") + of_2016(self.offer.fare(km)))

    def _with_otherwise(self, asked: pd.DataFrame) -> pd.DataFrame:
        """Return moves with what their person does without the bus and a car, and how long (s)."""
        mode, service = self._otherwise(asked), level_of_service(self._way(asked))
        took = service.seconds[np.arange(len(mode)), mode]
        return asked.assign(otherwise=mode, otherwise_s=took)

    def _otherwise(self, moves: pd.DataFrame) -> Ints:
        """Return the mode by which each move is made without the bus and a car."""
        cost, none = level_of_service(self._way(moves)).cost_krw, np.zeros(len(moves), bool)
        value = utility(cost, constants(self.people.like)[OTHER], none, none)
        return np.asarray((value + self.people.taste[moves["person"]]).argmax(axis=1))
