"""The tours of a drawn day, and the same day when some of them ask a fleet instead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.population import Mode, People
from twin.world.fleet.columns import ON_DEMAND

__all__ = ["moves_of", "on_demand"]

S_PER_DAY, QUIET_S = 86_400.0, 14_400.0
ASKED = ("start", "end", "walk_s", "otherwise", "otherwise_s")


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
    """Return the trips and legs of the same days when some moves ask a fleet.

    ``asked`` has the rows of :func:`moves_of` that do, with start, end (berths), walk_s,
    otherwise (mode), otherwise_s (how long that is planned to take) and worth_krw (what
    they expect to gain). Trips keep their index; a leg that was a trip by car has an index behind
    all others.
    """
    drove = asked["mode"].to_numpy() == Mode.CAR
    kept = trips.drop(index=asked.loc[drove, "row"])
    changed = legs.assign(start=-1, end=-1, walk_s=0.0, otherwise=0, worth_krw=0.0)
    mine = asked[~drove].set_index("row")
    where = changed.index.get_indexer(mine.index)
    for name, values in _columns(mine).items():
        column = changed[name].to_numpy().copy()
        column[where] = values
        changed[name] = column
    new = asked[drove]
    names = ["person", "order", "depart_s", "origin", "destination", "gate", "purpose"]
    added = new[names].assign(**_columns(new))
    added.index = pd.RangeIndex(len(legs), len(legs) + len(new))
    both = pd.concat([changed, added[changed.columns].astype(changed.dtypes.to_dict())])
    day = (both["depart_s"] - QUIET_S) // S_PER_DAY
    order = np.lexsort([both["order"], day, both["person"]])
    return kept, both.iloc[order]


def _columns(asked: pd.DataFrame) -> dict[str, NDArray[Any]]:
    return {
        "mode": np.full(len(asked), ON_DEMAND),
        "planned_s": asked["otherwise_s"].to_numpy(float),
        "start": asked["start"].to_numpy(),
        "end": asked["end"].to_numpy(),
        "walk_s": asked["walk_s"].to_numpy(float),
        "otherwise": asked["otherwise"].to_numpy(),
        "worth_krw": asked["worth_krw"].to_numpy(float),
    }
