"""One car more on the 50 x 50 signals, for the calendar, SUMO (meso and micro) and UXsim.

Every side drives the same trips with and without the car more, under the same seed. SUMO draws the
speed factor of each car and, in its microscopic model, how a driver wavers from generators that all
cars share: a car more shifts what those after it get. So each model runs again with neither, and
what is left there is interaction. UXsim finds its own routes; it and the microscopic model are slow
here and drive part of the trips.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, iterparse, tostring

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.sumo import LATEST_MS, MESO, Sumo, drive_world
from benchmarks.sumo_files import layout_of, routes_of
from twin.world.columns import AT
from twin.world.loop import advance
from twin.world.streets.layout import Layout

__all__ = ["Difference", "Trips", "by_calendar", "changed", "found", "with_another"]

LOADS = {"light": 1, "usual": 4, "heavy": 8}
"""Times the 15,001 trips of an hour."""

FEW = 5
"""UXsim and the microscopic model drive every fifth trip."""

MORE_S = 1_800.0
DRIVE = (
    "-n grid50.net.xml -r {routes} --route-steps 0 --no-step-log --no-warnings "
    "--time-to-teleport 300 --seed 1 --tripinfo-output {ends}"
)
ROUTES, ENDS = "one_car.rou.xml", "one_car.ends"


@dataclass(frozen=True)
class Difference:
    """What one car more changed in the trips of the others; ``flow`` says how busy it was."""

    trips: int
    identical: float
    over_1_s: float
    mean_s: float
    flow: str

    @classmethod
    def of(cls, moved_s: NDArray[Any], same: NDArray[np.bool_], flow: str) -> Difference:
        """Return it from how much (s) each trip moved, and whether it is the same."""
        over = float((moved_s > 1).mean())
        return cls(len(same), float(same.mean()), over, float(moved_s.mean()), flow)


@dataclass(frozen=True)
class Trips:
    """When each trip sets out (s), and the links of its route; a trip's number is its name."""

    depart_s: NDArray[Any]
    routes: Sequence[NDArray[np.int32]]

    def times(self, scale: int) -> Trips:
        """Return each trip so many times."""
        row = np.repeat(np.arange(len(self.routes)), scale)
        return Trips(self.depart_s[row], [self.routes[i] for i in row])

    def every(self, nth: int) -> Trips:
        """Return every n-th trip."""
        return Trips(self.depart_s[::nth], self.routes[::nth])


def with_another(trips: Trips) -> Trips:
    """Return the trips and one more, by the longest of the routes, in the middle of the hour."""
    route = max(trips.routes, key=len)
    return Trips(np.append(trips.depart_s, MORE_S), [*trips.routes, route])


def changed(drive: Callable[[Trips], pd.DataFrame], trips: Trips) -> Difference:
    """Drive the trips (returned: name, end_s, took_s) without and with another, and compare."""
    before, after = (drive(each).set_index("name") for each in (trips, with_another(trips)))
    moved = (after["end_s"].reindex(before.index) - before["end_s"]).abs().to_numpy()
    moved = np.where(np.isnan(moved), LATEST_MS / 1000, moved)
    return Difference.of(moved, moved == 0, f"mean {before['took_s'].mean():.0f} s")


def by_calendar(layout: Layout, trips: Trips) -> pd.DataFrame:
    """Drive the trips in the calendar; each car has the speed factor of its own name."""
    world = drive_world(layout, trips.depart_s, list(trips.routes))
    pages, done = [], False
    while not done:
        done = advance(world, LATEST_MS)
        pages.append(world.calendar.rows[: world.calendar.logged[0]].copy())
        world.calendar.logged[0] = 0
    rows = np.concatenate(pages)
    rows = rows[rows[:, 1] == AT.ARRIVE]
    return _ends(rows[:, 3], rows[:, 0] / 1000, rows[:, 4] / 1000)


def by_sumo(peer: Sumo, edges: list[str], trips: Trips, *, how: str, luck: bool) -> pd.DataFrame:
    """Drive the trips by SUMO; without ``luck`` all drivers are the same and never waver."""
    _write(peer.work / ROUTES, edges, trips, luck=luck)
    peer.call("sumo", f"{DRIVE.format(routes=ROUTES, ends=ENDS)} {how}")
    got = [
        (int(element.attrib["id"]), element.attrib["arrival"], element.attrib["duration"])
        for _, element in iterparse(peer.work / ENDS)
        if element.tag == "tripinfo"
    ]
    return _ends(*zip(*got, strict=True))


def by_uxsim(peer: Sumo, edges: list[str], trips: Trips) -> pd.DataFrame:
    """Drive the trips by UXsim, on routes of its own; who is under way at its end is left out."""
    _write(peer.work / ROUTES, edges, trips, luck=True)
    script = Path(__file__).with_name("uxsim_peer.py")
    command = [peer.python, script, peer.work, "0", ROUTES, ENDS]
    subprocess.run([str(each) for each in command], check=True, capture_output=True)
    got = pd.read_csv(peer.work / ENDS)
    got = got[got["took_s"] > 0]
    return _ends(got["name"], got["end_s"], got["took_s"])


def _ends(name: Any, end_s: Any, took_s: Any) -> pd.DataFrame:
    table = pd.DataFrame({"name": name, "end_s": end_s, "took_s": took_s})
    return table.astype({"name": int, "end_s": float, "took_s": float})


def _write(path: Path, edges: list[str], trips: Trips, *, luck: bool) -> None:
    """Write a file of routes in the order in which cars set out."""
    root = Element("routes")
    if not luck:
        SubElement(root, "vType", id="DEFAULT_VEHTYPE", speedDev="0", sigma="0")
    for name in np.argsort(trips.depart_s, kind="stable").tolist():
        depart = f"{trips.depart_s[name]:.2f}"
        vehicle = SubElement(root, "vehicle", id=str(name), depart=depart)
        SubElement(vehicle, "route", edges=" ".join(edges[link] for link in trips.routes[name]))
    indent(root)
    path.write_bytes(tostring(root))


def found(peer: Sumo) -> Iterator[tuple[str, str, Difference]]:
    """Yield load, side and what one car more changes, as each is found."""
    layout, table = layout_of(peer.work / "grid50.net.xml")
    trips = Trips(*routes_of(peer.work / "routes15k.rou.xml", table))
    edges = table["id"].tolist()
    sumo = partial(by_sumo, peer, edges)
    for load, scale in LOADS.items():
        many = trips.times(scale)
        yield load, "calendar", changed(partial(by_calendar, layout), many)
        yield load, "SUMO meso", changed(partial(sumo, how=MESO, luck=True), many)
    load = "light"
    yield load, "SUMO meso, no luck", changed(partial(sumo, how=MESO, luck=False), trips)
    few, load = trips.every(FEW), f"1/{FEW} of light"
    yield load, "calendar", changed(partial(by_calendar, layout), few)
    yield load, "SUMO micro", changed(partial(sumo, how="", luck=True), few)
    yield load, "SUMO micro, no luck", changed(partial(sumo, how="", luck=False), few)
    yield load, "UXsim", changed(partial(by_uxsim, peer, edges), few)
