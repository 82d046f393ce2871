"""Where a difference to SUMO comes from: how long cars take for each movement at a signal.

A movement takes from the start of a link to the start of the next: the link, the wait at its end
and the way through the junction. First and last links of a trip are apart, since the models set
cars onto the street and take them off it in different ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import iterparse

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.sumo import DRIVE, MESO, Sumo
from benchmarks.sumo_files import Net
from twin.world.columns import AT, World
from twin.world.loop import advance

__all__ = [
    "MODELS", "MOVEMENTS", "by_twin", "headings", "of_routes", "stops", "table", "written",
]  # fmt: skip

MOVEMENTS = ("straight", "left", "back", "right")
"""By quarter turns to the left."""

STOPPED_S = 12.0
"""Longer than any car needs that does not stop: a link of 100 m at 0.6 of its 50 km/h."""
LATEST_MS = 24 * 3_600_000
MICRO = (
    "-n grid50.net.xml -r routes15k.rou.xml --no-step-log --no-warnings "
    "--duration-log.statistics --time-to-teleport 300 --seed 1"
)
EXITS = "--vehroute-output.exit-times"
MODELS = {
    "meso": f"{DRIVE} {MESO} {EXITS}",  # its links end behind the junction
    "micro": f"{MICRO} {EXITS} --vehroute-output.internal",
}


def written(peer: Sumo, model: str) -> tuple[Path, Path, str]:
    """Run one of SUMO's :data:`MODELS`; return its file of trips, that of routes and its words."""
    trips, routes = f"{model}.trips.xml", f"{model}.routes.xml"
    what = MODELS[model]
    said = peer.call("sumo", f"{what} --tripinfo-output {trips} --vehroute-output {routes}")
    return peer.work / trips, peer.work / routes, said


def headings(net: Path) -> dict[str, int]:
    """Return where each edge leads, in quarter turns from east to the left."""
    read = Net(net)
    found = {}
    for name, start, end, *_ in read.edges:
        (x, y), (to_x, to_y) = read.places[start], read.places[end]
        found[name] = round(float(np.arctan2(to_y - y, to_x - x)) / (np.pi / 2)) % 4
    return found


def of_routes(path: Path, heading: dict[str, int]) -> pd.DataFrame:
    """Return movement (-1: first or last link) and seconds of each link of SUMO's routes."""
    kinds: list[int] = []
    took: list[float] = []
    for _, element in iterparse(path):
        if element.tag != "vehicle":
            continue
        (route,) = element.iter("route")
        edges, times = _links(route.attrib["edges"].split(), route.attrib["exitTimes"].split())
        spent = np.diff(times, prepend=float(element.attrib["depart"]))
        kinds.extend(_movements([heading[edge] for edge in edges]))
        took.extend(spent.tolist())
        element.clear()
    return pd.DataFrame({"movement": kinds, "seconds": took})


def _links(edges: list[str], times: list[str]) -> tuple[list[str], list[float]]:
    """Return edges with the times they are left, the way through the junction after them too."""
    names, left = [], []
    for edge, time in zip(edges, times, strict=True):
        if edge.startswith(":"):
            left[-1] = float(time)
        else:
            names.append(edge)
            left.append(float(time))
    if min(np.diff(left), default=0.0) < 0:
        raise ValueError(f"a car must leave its links one after the other, got {times}")
    return names, left


def _movements(headings: list[int]) -> list[int]:
    turned = (np.diff(headings) % 4).tolist()
    return [-1, *turned[1:], -1] if len(headings) > 1 else [-1]


def by_twin(world: World, heading: NDArray[np.int64]) -> pd.DataFrame:
    """Drive a world that watches all its links; return the same of our cars."""
    world.links.watched[:] = 1
    rows = np.concatenate(list(_pages(world)))
    rows = rows[np.isin(rows[:, 1], (AT.MOVE, AT.ARRIVE))]
    rows = rows[np.lexsort([rows[:, 1] == AT.ARRIVE, rows[:, 0], rows[:, 2]])]
    moves = np.flatnonzero(rows[:, 1] == AT.MOVE)
    seconds = (rows[moves + 1, 0] - rows[moves, 0]) / 1_000
    link = rows[moves, 3]
    onward = rows[moves + 1, 1] == AT.MOVE
    turned = (heading[rows[np.where(onward, moves + 1, moves), 3]] - heading[link]) % 4
    first = np.append(True, rows[1:, 2] != rows[:-1, 2])[moves]
    return pd.DataFrame({"movement": np.where(onward & ~first, turned, -1), "seconds": seconds})


def _pages(world: World) -> Iterator[NDArray[np.int64]]:
    done = False
    while not done:
        done = advance(world, LATEST_MS)
        yield world.calendar.rows[: world.calendar.logged[0]].copy()
        world.calendar.logged[0] = 0


def table(sides: dict[str, pd.DataFrame], trips: int) -> pd.DataFrame:
    """Return how often a trip makes each movement, and its mean seconds on each side."""
    named = {-1: "first and last link", **dict(enumerate(MOVEMENTS))}
    means = {side: found.groupby("movement")["seconds"].mean() for side, found in sides.items()}
    first = next(iter(sides.values()))
    often = first.groupby("movement").size() / trips
    made = pd.DataFrame({"a trip": often, **means}).rename(index=named)
    return made.rename_axis("movement").reset_index()


def stops(sides: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return how many stop on each movement, and the seconds of those who do and who do not."""
    rows = [
        {
            "movement": MOVEMENTS[int(movement)], "model": side,
            "stop %": 100 * float((took > STOPPED_S).mean()),
            "s of who stops": float(took[took > STOPPED_S].mean()),
            "s of who does not": float(took[took <= STOPPED_S].mean()),
        }
        for side, found in sides.items()
        for movement, took in found[found["movement"] >= 0].groupby("movement")["seconds"]
    ]  # fmt: skip
    return pd.DataFrame(rows).sort_values(["movement", "model"], ignore_index=True)
