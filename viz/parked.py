"""Where parked cars are drawn: in the bays of open lots, at the kerb; not inside buildings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.city import City
from viz.canvas import rectangles

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
    """Cars to draw (x, y, heading_rad, state) and cars inside buildings (state, building)."""

    outdoors: pd.DataFrame
    indoors: pd.DataFrame


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


def place(city: City, cars: pd.DataFrame) -> Parked:
    """Return where cars (x, y, heading_rad, state) are drawn.

    Cars at the point of an open lot stand in its bays; cars whose place lies in a building are not
    drawn but counted, with the row of the building.
    """
    xy = cars[["x", "y"]].to_numpy(float)
    building = _inside(city, xy)
    outdoors = cars[building < 0].copy()
    for lot in lots(city):
        here = np.linalg.norm(outdoors[["x", "y"]].to_numpy(float) - lot.point, axis=1) < NEAR
        rows = outdoors.index[here]
        stand, left = rows[: len(lot.bays)], rows[len(lot.bays) :]
        outdoors.loc[stand, ["x", "y"]] = lot.bays[: len(stand)]
        outdoors.loc[stand, "heading_rad"] = float(np.arctan2(lot.facing[1], lot.facing[0]))
        outdoors = outdoors.drop(left)
    inside = pd.DataFrame(
        {"state": cars["state"].to_numpy()[building >= 0], "building": building[building >= 0]}
    )
    return Parked(outdoors, inside)


def _inside(city: City, xy: Floats) -> NDArray[np.int64]:
    """Return the row of the building that holds each point (n, 2), -1 for none."""
    out = np.full(len(xy), -1, dtype=np.int64)
    point, building = shapely.STRtree(city["buildings"].geometry.to_numpy()).query(
        shapely.points(xy), predicate="within"
    )
    out[point] = building
    return out
