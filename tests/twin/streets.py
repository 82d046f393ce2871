"""Small street layouts made by hand, and what happened on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.luck import Luck
from twin.sim import Sim, When
from twin.world.columns import AT, World
from twin.world.ground import Ground
from twin.world.loop import advance
from twin.world.streets.columns import Control
from twin.world.streets.layout import Layout

__all__ = ["arrivals", "chain", "crossing", "events", "grid", "jammed", "more_cars", "signalled"]

LATEST_MS = 7 * 86_400_000
DAY_S = 86_400
JITTER_S = 900.0


def links(length_m: Any, lanes: Any, free_s: Any) -> pd.DataFrame:
    return pd.DataFrame({"length_m": length_m, "lanes": lanes, "free_s": free_s})


def turns(link: Any, to: Any, control: Any, **more: Any) -> pd.DataFrame:
    """Return turns from the one lane of each link, unless said otherwise."""
    columns = {
        "link": link, "to": to, "lane_first": 0, "lane_last": 0, "control": control, "signal": -1,
        "on_red": 0,
    }  # fmt: skip
    return pd.DataFrame({**columns, **more})


def slots(cycle_s: float, signals: int = 1, offset_s: Any = 0.0) -> pd.DataFrame:
    return pd.DataFrame(
        {"signal": np.arange(signals), "from_s": 0, "to_s": DAY_S, "cycle_s": cycle_s,
         "offset_s": offset_s}
    )  # fmt: skip


def signalled(
    cycle_s: float, green_s: float, *, length_m: float = 1e5, free_s: float = 0.001
) -> Layout:
    """Two links and a signal between, green at the end of its cycle."""
    green = {"turn": [0], "slot": [0], "from_s": [cycle_s - green_s], "to_s": [cycle_s]}
    return Layout(
        links([length_m] * 2, 1, free_s),
        turns([0], [1], Control.SIGNAL, signal=[0]),
        slots=slots(cycle_s),
        greens=pd.DataFrame({**green, "permissive": [0]}),
    )


def chain(count: int, length_m: float, free_s: float, *, closed: bool = False) -> Layout:
    """Links of one lane one after another, or in a ring."""
    row = np.arange(count if closed else count - 1)
    return Layout(links([length_m] * count, 1, free_s), turns(row, (row + 1) % count, Control.NONE))


def crossing(*, permissive: bool) -> Layout:
    """Link 0 goes on to 2 and has priority over 1 to 3: by rule, or by a permissive green."""
    control = Control.SIGNAL if permissive else Control.MINOR
    made = turns([0, 1], [2, 3], [Control.NONE, control], signal=[-1, 0 if permissive else -1])
    green = {"turn": [1], "slot": [0], "from_s": [0.0], "to_s": [60.0], "permissive": [1]}
    return Layout(
        links([1e5] * 4, 1, [20.0, 0.001, 0.001, 0.001]),
        made,
        slots=slots(60.0),
        greens=pd.DataFrame(green),
        yields=pd.DataFrame({"turn": [1], "foe": [0]}),
    )


def jammed(town: Ground) -> Ground:
    """Return a town on streets of one lane that hold a car or two, with a sixth of their green."""
    layout = town.layout
    assert layout is not None
    greens = layout.greens
    narrow = replace(
        layout,
        links=layout.links.assign(length_m=0.02 * layout.links["length_m"], lanes=1),
        turns=layout.turns.assign(lane_first=0, lane_last=0),
        greens=greens.assign(to_s=(5 * greens["from_s"] + greens["to_s"]) / 6),
    )
    return replace(town, layout=narrow, base={}, drawn={})


def more_cars(where: Ground, load: float) -> tuple[Ground, pd.DataFrame]:
    """Return a town with so many times its cars and spaces, and their trips.

    Copies of a car leave a quarter of an hour apart at most; half a load drops cars by luck.
    """
    copies = max(1, round(load))
    trips, luck = Sim(where, When(warm_up=0)).trips(), Luck(1, "load")
    cars, size = where.people.cars, len(where.people.cars)
    if load < 1:
        trips = trips[np.asarray(luck.of("kept").uniform(trips["car"].to_numpy())) < load]
    many = []
    for copy in range(copies):
        apart = np.asarray(luck.of("apart").uniform(trips["car"].to_numpy(), look=copy)) - 0.5
        later = 2 * JITTER_S * apart * (copy > 0)
        many.append(
            trips.assign(car=trips["car"] + copy * size, depart_s=trips["depart_s"] + later)
        )
    owners = [cars.assign(car=cars["car"] + copy * size) for copy in range(copies)]
    key = np.concatenate([(where.car_key + copy * 7_919) % 2**32 for copy in range(copies)])
    more = replace(
        where, car_key=key, people=replace(where.people, cars=pd.concat(owners, ignore_index=True)),
        lots=where.lots.assign(capacity=where.lots["capacity"] * copies), drawn={},
    )  # fmt: skip
    return more, pd.concat(many, ignore_index=True).astype(trips.dtypes.to_dict())


def events(world: World, until_ms: int = LATEST_MS) -> NDArray[np.int64]:
    """Advance to a time and return the rows of the log."""
    pages, done = [], False
    while not done:
        done = advance(world, until_ms)
        pages.append(world.calendar.rows[: world.calendar.logged[0]].copy())
        world.calendar.logged[0] = 0
    return np.concatenate(pages)


def arrivals(world: World) -> pd.DataFrame:
    """Drive everybody to the end and return time_ms, car, travel_ms."""
    rows = events(world)
    rows = rows[rows[:, 1] == AT.ARRIVE]
    return pd.DataFrame({"time_ms": rows[:, 0], "car": rows[:, 2], "travel_ms": rows[:, 4]})


def grid(size: int, *, length_m: float = 60.0, lanes: int = 2) -> tuple[Layout, pd.DataFrame]:
    """Return a grid of junctions with signals of two phases, right on red, permissive lefts.

    Returns the layout and its links with from, to and direction (0 east, 1 north, 2 west, 3 south).
    """
    step = np.array([1, size, -1, -size])
    node = np.arange(size * size)
    x, y = node % size, node // size
    there = np.column_stack([x < size - 1, y < size - 1, x > 0, y > 0])
    tail, direction = np.nonzero(there)
    ends = pd.DataFrame({"from": tail, "to": tail + step[direction], "direction": direction})
    onward = ends.reset_index(names="to_link")[["to_link", "from", "direction"]]
    made = ends.reset_index(names="link").merge(onward, left_on="to", right_on="from")
    turn = (made["direction_y"] - made["direction_x"]) % 4
    made = made[turn != 2].assign(turn=turn[turn != 2]).sort_values(["link", "to_link"])
    made = made.reset_index(drop=True)
    first = np.where(made["turn"] == 1, lanes - 1, 0)
    last = np.where(made["turn"] == 3, 0, lanes - 1)
    table = turns(
        made["link"], made["to_link"], Control.SIGNAL, signal=made["to"], lane_first=first,
        lane_last=last, on_red=(made["turn"] == 3).astype(int),
    )  # fmt: skip
    phase = made["direction_x"] % 2
    greens = pd.DataFrame(
        {"turn": made.index, "slot": made["to"], "from_s": 20.0 * phase,
         "to_s": 20.0 * phase + 17.0, "permissive": (made["turn"] == 1).astype(int)}
    )  # fmt: skip
    offset = (node * 7.0) % 40
    lay = Layout(
        links([length_m] * len(ends), lanes, length_m / 10),
        table,
        slots=slots(40.0, size * size, offset),
        greens=greens,
        yields=_opposing(made),
        yields_on_red=_merging(made),
    )
    return lay, ends


def _opposing(made: pd.DataFrame) -> pd.DataFrame:
    """Let a left yield to those who come the other way and do not turn left."""
    row = made.reset_index(names="foe")
    pairs = row.rename(columns={"foe": "me"}).merge(row, on="to", suffixes=("_me", "_foe"))
    left = (pairs["turn_me"] == 1) & (pairs["turn_foe"] != 1)
    facing = (pairs["direction_x_me"] - pairs["direction_x_foe"]) % 4 == 2
    return pairs.loc[left & facing, ["me", "foe"]].rename(columns={"me": "turn"})


def _merging(made: pd.DataFrame) -> pd.DataFrame:
    """Let a right on red yield to all who enter the same link."""
    row = made.reset_index(names="foe")
    pairs = row.rename(columns={"foe": "me"}).merge(row, on="to_link", suffixes=("_me", "_foe"))
    right = (pairs["turn_me"] == 3) & (pairs["me"] != pairs["foe"])
    return pairs.loc[right, ["me", "foe"]].rename(columns={"me": "turn"})
