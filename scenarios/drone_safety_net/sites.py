"""Where docks stand: those that somebody has in mind, or the best for what is expected to happen.

Demand is what a planner knows before: the incidents that each building and street is to have in a
year. Docks stand on roofs, of public buildings first.
"""

from __future__ import annotations

import math
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from gis.city import City
from scenarios.drone_safety_net.airspace import Airspace
from scenarios.drone_safety_net.flight import Craft
from scenarios.drone_safety_net.net import flown
from twin.area import Area
from twin.response import Case
from twin.siting import cover_most, median_sites, named, percentile_sites
from twin.world.ground import Ground
from twin.world.incidents import INCIDENT_KINDS, expected

__all__ = ["SITINGS", "Docks", "Seen", "Wish", "demand", "picked_docks", "roofs", "sited_docks"]

Floats = NDArray[np.float64]

SITINGS = ("cover", "median", "p90")
"""What docks are sited for: most within the time, its least mean, its least 90th percentile."""

CANDIDATES, DEMANDS = 64, 400
"""How many roofs and places of demand are thought of at the most, on a grid."""

PLACES = "DroneSafetyNet.places"


class Docks(NamedTuple):
    """Where docks stand: x, y and height (m)."""

    x: Floats
    y: Floats
    z: Floats

    @property
    def xy(self) -> Floats:
        """Their places (n, 2)."""
        return np.column_stack((self.x, self.y))


class Seen(NamedTuple):
    """Which kinds of incidents drones are sent to; ``indoors`` those that are in buildings too."""

    kinds: tuple[str, ...]
    indoors: bool

    def sees(self, case: Case) -> bool:
        """Whether drones are sent to a case when it is called in."""
        kind = INCIDENT_KINDS[case.kind]
        return kind in self.kinds and (self.indoors or kind == "fire" or case.place < 0)


def picked_docks(text: str, city: City, where: Area, space: Airspace) -> Docks:
    """Return the docks that somebody has in mind: building numbers, or latitude and longitude.

    Raises
    ------
    ValueError
        Naming the place that is none, in the water, outside the area, or where none may fly.
    """
    layer, metric = city["buildings"], pyproj.Transformer.from_crs(4326, city.crs, always_xy=True)
    rows = []
    for site in named(text, PLACES):
        if len(site) == 1 and site[0] >= len(layer):
            raise ValueError(f"{PLACES} must be from 0 to {len(layer) - 1}, got {site[0]:g}")
        if len(site) == 1:
            spot = layer.geometry.iloc[int(site[0])].representative_point()
            rows.append((spot.x, spot.y, float(layer["height_m"].iloc[int(site[0])])))
        else:
            rows.append((*metric.transform(site[1], site[0]), 0.0))
    docks = Docks(*np.array(rows, float).reshape(-1, 3).T)
    _on_dry_ground(docks, city, where)
    for x, y in docks.xy[~space.open_at(docks.x, docks.y)].tolist():
        raise ValueError(f"{PLACES} must lie where drones may fly, got {_told(x, y, city)}")
    return docks


def _on_dry_ground(docks: Docks, city: City, where: Area) -> None:
    for x, y in docks.xy.tolist():
        if not where.inside(x, y):
            raise ValueError(f"{PLACES} must lie in {where.name!r}, got {_told(x, y, city)}")
        if "water" in city and shapely.intersects_xy(city["water"].geometry.array, x, y).any():
            raise ValueError(
                f"{PLACES} must stand on dry ground, got {_told(x, y, city)}, which is in the water"
            )


def _told(x: float, y: float, city: City) -> str:
    """Return a place as a map tells it."""
    degrees = pyproj.Transformer.from_crs(city.crs, 4326, always_xy=True)
    longitude, latitude = degrees.transform(x, y)
    return f"{latitude:.5f} {longitude:.5f}"


def roofs(city: City, where: Area, space: Airspace) -> Docks:
    """Return roofs that docks may stand on, one in each square of a grid over an area."""
    layer = city["buildings"]
    spots = shapely.get_coordinates(layer.geometry.representative_point().to_numpy())
    frame = pd.DataFrame({"x": spots[:, 0], "y": spots[:, 1], "z": layer["height_m"].to_numpy()})
    frame["last"] = (layer["use"] != "public").to_numpy()
    frame["small"] = -layer["floor_area_m2"].to_numpy(float)
    here = where.inside(*spots.T) & space.open_at(*spots.T)
    frame = frame[here]
    frame["cell"] = _cells(frame, where, CANDIDATES)
    best = frame.sort_values(["last", "small"], kind="stable").drop_duplicates("cell").sort_index()
    return Docks(*(best[name].to_numpy(float) for name in ("x", "y", "z")))


def demand(ground: Ground, where: Area, seen: Seen) -> tuple[Floats, Floats]:
    """Return where incidents are expected that drones would be sent to (n, 2; m), and how many.

    Incidents a year, in the middle of those of each square of a grid.
    """
    frame = expected(ground)
    outside = (frame["place"] < 0).to_numpy()
    weight = np.zeros(len(frame))
    for kind in seen.kinds:
        weight += frame[kind].to_numpy() * (seen.indoors | outside | (kind == "fire"))
    frame = frame.assign(weight=weight)
    frame = frame[where.inside(frame["x"], frame["y"]) & (weight > 0)]
    frame["cell"] = _cells(frame, where, DEMANDS)
    for axis in ("x", "y"):
        frame[axis] *= frame["weight"]
    sums = frame.groupby("cell")[["x", "y", "weight"]].sum()
    each = sums["weight"].to_numpy(float)
    return sums[["x", "y"]].to_numpy(float) / each[:, None], each


def _cells(frame: pd.DataFrame, where: Area, most: int) -> NDArray[np.int64]:
    """Return the square of each place: so large that an area has about ``most`` of them."""
    left, bottom, right, top = where.polygon.bounds
    side = max(math.sqrt((right - left) * (top - bottom) / most), 1.0)
    column = ((frame["x"] - left) // side).to_numpy(np.int64)
    row = ((frame["y"] - bottom) // side).to_numpy(np.int64)
    return np.asarray(row * (most + 1) + column)


class Wish(NamedTuple):
    """How many docks are wished for, sited by what, to be there within how many seconds."""

    number: int
    siting: str
    within_s: float


def sited_docks(
    ground: Ground, where: Area, wish: Wish, *, craft: Craft, seen: Seen, space: Airspace
) -> Docks:
    """Return the docks that are best for what is expected; found once for a city.

    Raises
    ------
    ValueError
        Where the area has no roof for a dock, or nothing is expected in it.
    """
    key = repr(("docks", where.polygon.wkb_hex, wish, craft, seen, str(space.closed)))
    if key not in ground.counted:
        sites = roofs(ground.city, where, space)
        places, weight = demand(ground, where, seen)
        if not len(sites.x) or not len(weight):
            what = "a building for a dock" if len(weight) else "somewhere for incidents to happen"
            raise ValueError(f"DroneSafetyNet.area {where.name!r} must hold {what}, it holds none")
        rows = _chosen(sites, places, weight, wish, craft)
        ground.counted[key] = Docks(*(axis[rows] for axis in sites))
    return cast(Docks, ground.counted[key])


def _chosen(
    sites: Docks, places: Floats, weight: Floats, wish: Wish, craft: Craft
) -> NDArray[np.int64]:
    """Return the sites (rows) with the most demand within the time, or the least time to it.

    Docks that this leaves over shorten the mean time, one by one.
    """
    lines = np.stack(np.broadcast_arrays(sites.xy[:, None], places[None]), axis=2)
    trips = flown(craft, lines.reshape(-1, 2, 2))
    far = (trips.metres > craft.link_m) | (
        craft.needs_s(trips.out_s, trips.back_s) > craft.usable_s
    )
    way = np.where(far, np.inf, craft.eye_s(trips.out_s)).reshape(len(sites.x), -1)
    if wish.siting == "median":
        return median_sites(way, weight, wish.number)
    if wish.siting == "p90":
        return _more(percentile_sites(way, weight, wish.number), way, weight, wish.number)
    return _more(cover_most(way <= wish.within_s, weight, wish.number), way, weight, wish.number)


def _more(chosen: NDArray[np.int64], way: Floats, weight: Floats, number: int) -> NDArray[np.int64]:
    """Return sites, and more up to the number of docks: each shortens the mean time the most."""
    longest = 2.0 * float(way[np.isfinite(way)].max(initial=1.0))
    way, rows = np.where(np.isfinite(way), way, longest), chosen.tolist()
    while len(rows) < min(number, len(way)):
        now = way[rows].min(axis=0, initial=longest)
        gain = (np.maximum(now - way, 0.0) * weight).sum(axis=1)
        gain[rows] = -1.0
        rows.append(int(gain.argmax()))
    return np.sort(np.array(rows, np.int64))
