"""Where parked cars are drawn: in the bays of open lots, at the kerb; not inside buildings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.city import City
from twin.solution import Look
from viz.canvas import rectangles
from viz.style import LINES, STATES

__all__ = ["Lot", "Parked", "lots", "place"]

Floats = NDArray[np.float64]

BAY = (2.5, 5.0)  # m, width and length of a bay (Korean parking act: 2.5 m by 5.0 m)
AISLE = 6.0  # m between two rows that face each other
MOST = 240  # bays drawn of one lot
NEAR = 1.5  # m: a car within this of a lot's point stands in the lot


@dataclass(frozen=True)
class Lot:
    """An open car park: where its bays are (n, 2), and the way its cars face (unit vector)."""

    point: Floats
    bays: Floats
    facing: Floats

    @property
    def surface(self) -> Any:
        """The paved ground of the lot."""
        return shapely.buffer(shapely.union_all(self.outlines), 3.2, join_style="mitre")

    @property
    def outlines(self) -> Any:
        """The bays as polygons."""
        return rectangles(self.bays, np.tile(self.facing, (len(self.bays), 1)), (BAY[1], BAY[0]))


@dataclass(frozen=True)
class Parked:
    """Cars to draw, and those that are not: inside buildings, beyond a lot's bays, in garages.

    ``outdoors``, ``beyond`` and ``garages`` have x, y (m), heading_rad and state; ``indoors`` has
    x, y (m, the middle of the building), state and building (its row). ``states`` says what each
    state means.
    """

    outdoors: pd.DataFrame
    indoors: pd.DataFrame
    beyond: pd.DataFrame
    garages: pd.DataFrame
    states: Mapping[str, Look]

    @property
    def solutions(self) -> Mapping[str, Look]:
        """The states that solutions brought."""
        known = {*STATES, *LINES}
        return {name: look for name, look in self.states.items() if name not in known}

    @property
    def vehicles(self) -> pd.DataFrame:
        """The vehicles among what is outdoors, with who is aboard."""
        there = [name for name, look in self.states.items() if look.thing == "vehicle"]
        return self.outdoors[self.outdoors["state"].isin(there)]

    @property
    def all(self) -> pd.DataFrame:
        """Every car (x, y, state, aboard), drawn or not."""
        parts = (self.outdoors, self.indoors, self.beyond, self.garages)
        every = pd.concat(parts, ignore_index=True).reindex(columns=["x", "y", "state", "aboard"])
        return every.assign(aboard=every["aboard"].fillna(0.0))


def lots(city: City) -> list[Lot]:
    """Return the open lots of a city: off-street car parks whose point is in no building."""
    if "car_parks" not in city or city["car_parks"].empty:
        return []
    parks = city["car_parks"]
    parks = parks[(parks.geom_type == "Point").to_numpy()]
    points = shapely.get_coordinates(parks.geometry.to_numpy())
    free = _inside(city, points) < 0
    ways = city["streets"].drop_duplicates("way")
    lines, half = ways.geometry.to_numpy(), ways["width_m"].to_numpy(float) / 2
    taken = np.concatenate(
        (city["buildings"].geometry.to_numpy(), shapely.buffer(lines, half + 1.0))
    )
    blocked, streets = shapely.STRtree(taken), shapely.STRtree(lines)
    chosen = zip(points[free], parks["spaces"].to_numpy(int)[free], strict=True)
    return [
        _lot(point, min(spaces, MOST), blocked, lines[streets.nearest(shapely.Point(point))])
        for point, spaces in chosen
    ]


def _lot(point: Floats, spaces: int, blocked: Any, street: Any) -> Lot:
    """Return a lot: double rows along the nearest street, the bays nearest to the point first."""
    at = street.project(shapely.Point(point))
    step = shapely.get_coordinates([street.interpolate(at + 1), street.interpolate(max(at - 1, 0))])
    along = (step[0] - step[1]) / max(float(np.linalg.norm(step[0] - step[1])), 1e-9)
    facing = np.array([-along[1], along[0]])
    module = 2 * BAY[1] + AISLE
    i, j, k = np.meshgrid(np.arange(-16, 17), np.arange(-4, 5), (0, 1), indexing="ij")
    across = j * module + np.where(k, BAY[1] / 2, -BAY[1] / 2)
    bays = point + (i.ravel() * BAY[0])[:, None] * along + across.ravel()[:, None] * facing
    bays = bays[np.argsort(np.linalg.norm(bays - point, axis=1), kind="stable")]
    shapes = rectangles(bays, np.tile(facing, (len(bays), 1)), (BAY[1], BAY[0]))
    hit, _ = blocked.query(shapes, predicate="intersects")
    bays = np.delete(bays, np.unique(hit), axis=0)[:spaces]
    return Lot(point, bays if len(bays) else point[None], facing)


def place(city: City, cars: pd.DataFrame, known: Mapping[str, Look] = STATES) -> Parked:
    """Return where cars (x, y, heading_rad, state) are drawn.

    Cars at the point of an open lot stand in its bays; more cars than the lot has bays, and cars
    whose place lies in a building or that are in a garage, are not drawn but counted. What is no
    parked car is where it is. ``known`` are the states there are.
    """
    other = [name for name, look in known.items() if look.thing != "car"]
    as_it_is = cars["state"].isin(other).to_numpy()
    there, cars = cars[as_it_is], cars[~as_it_is]
    garaged = (cars["state"] == "garage").to_numpy()
    garages, cars = cars[garaged], cars[~garaged]
    xy = cars[["x", "y"]].to_numpy(float)
    building = _inside(city, xy)
    outdoors = cars[building < 0].reset_index(drop=True)
    drawn = np.ones(len(outdoors), dtype=bool)
    at = outdoors[["x", "y"]].to_numpy(float, copy=True)
    for lot in lots(city):
        rows = np.flatnonzero((np.linalg.norm(at - lot.point, axis=1) < NEAR) & drawn)
        stand = rows[: len(lot.bays)]
        drawn[rows[len(lot.bays) :]] = False
        outdoors.loc[stand, ["x", "y"]] = lot.bays[: len(stand)]
        outdoors.loc[stand, "heading_rad"] = float(np.arctan2(lot.facing[1], lot.facing[0]))
    indoors = _indoors(city, cars, building)
    drawn_ones = pd.concat([outdoors[drawn], there], ignore_index=True)
    return Parked(drawn_ones, indoors, outdoors[~drawn], garages, known)


def _indoors(city: City, cars: pd.DataFrame, building: NDArray[np.int64]) -> pd.DataFrame:
    """Return the cars that stand in a building, at its middle."""
    inside = building >= 0
    own = building[inside]
    middle = shapely.get_coordinates(
        shapely.point_on_surface(city["buildings"].geometry.to_numpy()[own])
    )
    state = cars["state"].to_numpy()[inside]
    return pd.DataFrame({"x": middle[:, 0], "y": middle[:, 1], "state": state, "building": own})


def _inside(city: City, xy: Floats) -> NDArray[np.int64]:
    """Return the row of the building that holds each point (n, 2), -1 for none."""
    out = np.full(len(xy), -1, dtype=np.int64)
    point, building = shapely.STRtree(city["buildings"].geometry.to_numpy()).query(
        shapely.points(xy), predicate="within"
    )
    out[point] = building
    return out
