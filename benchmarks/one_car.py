"""One car more: how many trips of all others stay as they were, at three loads, beside the peers.

In a new town whose cars queue at signals the car more lives in the city, has luck of its own and
makes two trips in the busy hours. On the 50 x 50 signals of the comparison with SUMO it makes one
trip more in the middle of the hour, see :mod:`benchmarks.one_car_grid`.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks import one_car_grid
from benchmarks.one_car_grid import Difference
from benchmarks.sumo import LATEST_MS, PEERS, Sumo
from gis.newtown import newtown
from twin.luck import Luck
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.ground import Ground, ground
from twin.world.loads import Demand
from twin.world.streets.routes import base_ways

__all__ = ["loaded", "one_car_more", "report", "with_another"]

RESIDENTS = 20_000
LOADS = {"light": 0.5, "usual": 1.0, "heavy": 1.5}
"""Times the cars of the town, with as many times the spaces; 1.75 times would lock its streets."""

APART_S = 600.0
"""Another car like one that is there makes the same trips up to so much earlier or later."""

KEYS = 1 << 32


def loaded(where: Ground, trips: pd.DataFrame, times: float) -> tuple[Ground, pd.DataFrame]:
    """Return the town with so many times its cars, trips, spaces, and base routes for these.

    Cars stay, go or are there again with all their trips; each has luck of its own.
    """
    copies = _copies(where, times)
    made = copies.merge(trips, on="car").sort_values("now", kind="stable", ignore_index=True)
    made = made.assign(car=made["now"], depart_s=made["depart_s"] + made["shift_s"])
    cars = where.people.cars.iloc[copies["car"]].reset_index(drop=True)
    spaces = np.ceil(times * where.lots["capacity"].to_numpy()).astype(np.int64)
    town = replace(
        where,
        people=replace(where.people, cars=cars.assign(car=copies["now"])),
        car_key=copies["key"].to_numpy(),
        lots=where.lots.assign(capacity=spaces),
        base={},
        drawn={},
    )
    assert where.layout is not None
    wanted = [Demand(a, b, times * cars_h) for a, b, cars_h in where.demand("weekday")]
    town.base["weekday", True] = base_ways(where.turning, where.goals, where.layout, wanted)
    return town, made[trips.columns].astype(trips.dtypes.to_dict())


def _copies(where: Ground, times: float) -> pd.DataFrame:
    """Return car (row of the town's), now (row among the copies), key and shift_s of each copy."""
    luck, key = Luck(where.seed, "load"), where.car_key
    copies = int(times) + (np.asarray(luck.of("stays").uniform(key)) < times % 1)
    car = np.repeat(np.arange(len(key)), copies)
    nth = np.arange(len(car)) - np.repeat(np.cumsum(copies) - copies, copies)
    other = (np.asarray(luck.of("key").uniform(key[car], look=nth)) * KEYS).astype(np.int64)
    shift_s = APART_S * (2 * np.asarray(luck.of("shift").uniform(key[car], look=nth)) - 1)
    return pd.DataFrame(
        {"car": car, "now": np.arange(len(car)), "key": np.where(nth, other, key[car]),
         "shift_s": np.where(nth, shift_s, 0.0)}
    )  # fmt: skip


def one_car_more(where: Ground, times: float = 1.0, replication: int = 0) -> Difference:
    """Return what a car more changes: shares of trips, mean change of the time parked (s)."""
    when = When(replication=replication)
    trips = Sim(where, when).trips()
    if times != 1.0:
        where, trips = loaded(where, trips, times)
    more, added = with_another(where, trips)
    first = Sim(where, when).run(trips=trips)
    before = _arrivals(first)
    after = _arrivals(Sim(more, when).run(trips=added)).reindex(before.index)
    moved = (before["time_ms"] - after["time_ms"].fillna(LATEST_MS)).abs().to_numpy() / 1000
    same = (before["time_ms"] == after["time_ms"]) & (before["lot"] == after["lot"])
    return Difference.of(moved, same.to_numpy(), f"{_speed_kmh(where, first):.1f} km/h")


def _speed_kmh(where: Ground, trace: Trace) -> float:
    """Return the mean speed of all cars on the streets, all stops and queues included."""
    flow = trace.frame("flow")
    length_m = where.city["streets"]["length_m"].to_numpy(float)
    return 3.6 * float((length_m[flow["link"]] * flow["cars"]).sum() / flow["spent_s"].sum())


def with_another(where: Ground, trips: pd.DataFrame) -> tuple[Ground, pd.DataFrame]:
    """Return the ground with one more car, and its two trips after all others."""
    cars = where.people.cars
    busiest = trips.loc[trips["destination"] >= 0, "destination"].mode()[0]
    like = trips[trips["destination"] == busiest].iloc[[0]]
    home = int(cars["home"].max())
    row = cars[cars["home"] == home].iloc[[0]].assign(car=len(cars))
    people = replace(where.people, cars=pd.concat([cars, row], ignore_index=True))
    key = np.append(where.car_key, KEYS - 2)
    out = like.assign(car=len(cars), order=0, depart_s=10.0 * 3_600)
    back = out.assign(order=1, depart_s=13.0 * 3_600, destination=home)
    return (
        replace(where, people=people, car_key=key),
        pd.concat([trips, out, back], ignore_index=True).astype(trips.dtypes.to_dict()),
    )


def _arrivals(trace: Trace) -> pd.DataFrame:
    """Return when and where each trip that ended on the day did: parked, failed (-1), gone (-2)."""
    ends = [
        trace.frame("park"),
        trace.frame("fail").assign(lot=-1),
        trace.frame("exit").assign(lot=-2),
    ]
    table = pd.concat(ends)[["trip", "time_ms", "lot"]]
    day = trace.frame("trip").query("depart_s > 4 * 3600")["trip"]
    return table[table["trip"].isin(day)].set_index("trip").sort_index()


def report(residents: int = RESIDENTS) -> None:
    """Print what one car more changes, in a new town and on the grid, at three loads."""
    print("one car more: what changed for the trips of all others (time, and where they park)")
    print(f"  {'net':9}{'load':15}{'side':20}{'trips':>8}  identical   > 1 s  mean change  flow")
    town = ground(newtown(residents=residents), queues=True)
    for load, times in LOADS.items():
        _print("new town", load, "calendar", one_car_more(town, times))
    try:
        peer = Sumo(PEERS)
        peer.make()
    except (subprocess.CalledProcessError, OSError) as why:
        print(f"  SUMO cannot be installed or run here: {why}")
        return
    for load, side, change in one_car_grid.found(peer):
        _print("50 x 50", load, side, change)


def _print(net: str, load: str, side: str, change: Difference) -> None:
    print(
        f"  {net:9}{load:15}{side:20}{change.trips:8,}  {change.identical:9.3%}  "
        f"{change.over_1_s:6.2%}  {change.mean_s:9.3f} s  {change.flow}",
        flush=True,
    )
