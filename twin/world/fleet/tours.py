"""The tours of drawn days, and the same days when some of them ask a fleet instead, or may."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.population import Mode, People
from twin.world.fleet.columns import ON_DEMAND

__all__ = ["moves_of", "on_demand"]

S_PER_DAY, QUIET_S = 86_400.0, 14_400.0


def moves_of(people: People, trips: pd.DataFrame, legs: pd.DataFrame) -> pd.DataFrame:
    """Return what residents do on the days of trips and legs, person by person in their order.

    Returns
    -------
    pandas.DataFrame
        person, day, depart_s, origin, destination (building rows, -1 outside), mode, purpose, row
        (of ``legs``; of ``trips`` where mode is CAR), tour (a number: from home until home again),
        order (within the day of the person), first (of its tour), whole (whether its tour stays in
        the city and ends at home).
    """
    driver = people.cars["driver"].to_numpy(np.int64)[trips["car"].to_numpy()]
    own = (driver >= 0) & people.cars["resident"].to_numpy(bool)[trips["car"].to_numpy()]
    names = ["depart_s", "destination", "purpose", "gate"]
    driven = trips.loc[own, names].assign(
        person=driver[own], mode=int(Mode.CAR), row=trips.index[own].to_numpy()
    )
    others = legs[["person", *names, "mode"]].assign(row=legs.index.to_numpy())
    moves = pd.concat([driven, others], ignore_index=True)
    moves["day"] = np.maximum((moves["depart_s"] - QUIET_S) // S_PER_DAY, -99).astype(np.int64)
    moves = moves.sort_values(["person", "day", "depart_s"], kind="stable", ignore_index=True)
    return _in_tours(moves, people.residents["home"].to_numpy(np.int64))


def _in_tours(moves: pd.DataFrame, home: NDArray[np.int64]) -> pd.DataFrame:
    """Return sorted moves with where each begins, and its tour."""
    person, to = moves["person"].to_numpy(np.int64), moves["destination"].to_numpy(np.int64)
    day = moves["day"].to_numpy()
    new = np.append(True, (np.diff(person) != 0) | (np.diff(day) != 0))[: len(moves)]
    begin = np.flatnonzero(new)
    order = np.arange(len(moves)) - np.repeat(begin, np.diff(np.append(begin, len(moves))))
    origin = np.where(new, home[person], np.roll(to, 1))
    first = new | (origin == home[person])
    tour = np.cumsum(first) - 1
    last = np.append(first[1:], True)[: len(moves)]
    inside = (origin >= 0) & (to >= 0) & (moves["gate"].to_numpy() < 0)
    whole = np.bincount(tour, ~inside) == 0
    whole &= to[last] == home[person[last]]
    return moves.assign(
        order=order.astype(np.int16), origin=origin, tour=tour, first=first, whole=whole[tour]
    )


def on_demand(
    trips: pd.DataFrame, legs: pd.DataFrame, asked: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the trips and legs of the same days when some moves ask a fleet, or may.

    ``asked`` has the rows of :func:`moves_of` that do, with start, end (berths), walk_s,
    otherwise (mode), otherwise_s (how long that is planned to take), worth_krw and instead_krw
    (what they expect to gain by the ride, and by going otherwise), choice (a number of their tour
    where it is still to choose, else -1) and asks (whether it asks as things stand). What is still
    to choose is there both ways, one of them ``off``. Trips keep their index; a leg that was
    another keeps that one's index, one that was a trip by car has an index behind all others.
    """
    drove = asked["mode"].to_numpy() == Mode.CAR
    cars, others = asked[drove], asked[~drove].set_index("row")
    kept = _marked(trips, cars.set_index("row"))
    ours = _marked(legs, others).assign(
        start=-1, end=-1, walk_s=0.0, otherwise=0, worth_krw=0.0, instead_krw=0.0
    )
    rides = asked.assign(planned_s=asked["otherwise_s"], mode=ON_DEMAND, off=~asked["asks"])
    rides.index = pd.Index(np.where(drove, len(legs) + np.cumsum(drove) - 1, asked["row"]))
    both = pd.concat([ours, rides[ours.columns].astype(ours.dtypes.to_dict())])
    day = (both["depart_s"] - QUIET_S) // S_PER_DAY
    return kept, both.iloc[np.lexsort([both["order"], day, both["person"]])]


def _marked(moves: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Return moves without those that ask for certain; of the others, what is to choose, and off.

    ``asked`` is indexed by the rows of moves.
    """
    choice, off = np.full(len(moves), -1), np.zeros(len(moves), bool)
    where = moves.index.get_indexer(asked.index)
    choice[where], off[where] = asked["choice"], asked["asks"]
    sure = off & (choice < 0)
    return moves.assign(choice=choice, off=off)[~sure]
