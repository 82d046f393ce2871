"""A small hand-made city for the pictures: four by three blocks, every layer, no randomness."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon, box

from gis.city import City, Source

CRS = "EPSG:5186"
X0, Y0, BLOCK = 200_000.0, 550_000.0, 130.0
COLUMNS, ROWS = 5, 4


def layer(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    """Return a layer in the test's system; every row is synthetic."""
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS).assign(origin="synthetic")


def node(i: int, j: int) -> tuple[float, float]:
    """Return where grid line i meets grid line j."""
    return X0 + i * BLOCK, Y0 + j * BLOCK


def streets() -> gpd.GeoDataFrame:
    """Return a grid: primary in the middle, secondary at the edge, residential between."""
    rows: list[dict[str, object]] = []
    spans = [((i, j), (i + 1, j), j) for j in range(ROWS + 1) for i in range(COLUMNS)]
    spans += [((i, j), (i, j + 1), i) for i in range(COLUMNS + 1) for j in range(ROWS)]
    for way, (a, b, index) in enumerate(spans):
        width, lanes, kind = (20.0, 3, "primary") if index == 2 else (8.0, 1, "residential")
        for tail, head in ((a, b), (b, a)):
            rows.append(
                {
                    "geometry": LineString([node(*tail), node(*head)]),
                    "way": way,
                    "from_junction": tail[0] * (ROWS + 1) + tail[1],
                    "to_junction": head[0] * (ROWS + 1) + head[1],
                    "width_m": width,
                    "lanes": lanes,
                    "highway": kind,
                    "length_m": BLOCK,
                    "name": "",
                    "sidewalk": True,
                }
            )
    return layer(rows)


def building(
    x: float, y: float, size: tuple[float, float], use: str, floors: int
) -> dict[str, object]:
    """Return a box-shaped building by its centre, its size (m) and its floors of 3 m."""
    w, d = size[0] / 2, size[1] / 2
    return {
        "geometry": box(x - w, y - d, x + w, y + d),
        "use": use,
        "floors": floors,
        "height_m": floors * 3.0,
        "floor_area_m2": size[0] * size[1] * floors,
        "dwellings": 0,
        "jobs": 0,
        "name": "",
    }


def buildings() -> gpd.GeoDataFrame:
    """Return apartments, villas, offices, shops and a school, a kind to a block."""
    rows: list[dict[str, object]] = []
    for i in range(COLUMNS):
        for j in range(ROWS):
            x, y = node(i, j)
            kind = ("apartment", "villa", "shop", "office", "villa")[(i + 2 * j) % 5]
            if (i, j) == (1, 2):
                continue
            if kind == "apartment":
                rows += [
                    building(x + 65, y + 30 + 35 * k, (70, 12), kind, 15 + 4 * k) for k in range(3)
                ]
            elif kind == "office":
                rows += [
                    building(x + 38 + 54 * k, y + 65, (30, 34), kind, 8 + 9 * k) for k in range(2)
                ]
            else:
                rows += [
                    building(x + 24 + 27 * a, y + 24 + 27 * b, (15, 13), kind, 3 + (a + b) % 3)
                    for a in range(4)
                    for b in range(4)
                ]
    return layer(rows)


def kerbs() -> gpd.GeoDataFrame:
    """Return kerb bays along the residential streets, legal and not by turns, and two lots."""
    rows: list[dict[str, object]] = []
    plain = streets()
    for street in plain.index[plain["highway"] == "residential"]:
        line = plain.geometry[street].parallel_offset(3.0, "right")
        kind = "kerb_legal" if street % 2 else "kerb_illegal"
        rows.append(
            {
                "geometry": shapely.ops.substring(line, 14, BLOCK - 14),
                "kind": kind,
                "spaces": 16,
                "street": street,
                "building": -1,
                "name": "",
                "price_krw_h": 0.0,
            }
        )
    for k, kind in enumerate(("public", "private")):
        x, y = node(1, 2)
        rows.append(
            {
                "geometry": Point(x + 30 + 60 * k, y + 22),
                "kind": kind,
                "spaces": 40,
                "street": 0,
                "building": -1,
                "name": "",
                "price_krw_h": 600.0,
            }
        )
    return layer(rows)


def parks_and_water() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return a park of one block with a pond in it."""
    x, y = node(1, 2)
    pond = Point(x + 65, y + 78).buffer(26)
    return (
        layer([{"geometry": box(x + 12, y + 12, x + 118, y + 118), "name": "Park"}]),
        layer([{"geometry": pond, "name": "Pond"}]),
    )


def trees() -> gpd.GeoDataFrame:
    """Return trees along the primary streets and around the pond."""
    x, y = node(1, 2)
    around = [
        Point(x + 65 + r * np.cos(a), y + 78 + r * np.sin(a))
        for r in (30, 36)
        for a in np.arange(0, 6.2, 0.3)
    ]
    x2, y2 = node(2, 0)
    along = [
        Point(x2 + side * 12.5, y2 + 15 + d) for side in (-1, 1) for d in np.arange(0, 500, 11.0)
    ]
    return layer([{"geometry": p} for p in around + along])


@pytest.fixture(scope="session")
def city() -> City:
    """Return the hand-made city."""
    nodes = [Point(node(i, j)) for i in range(COLUMNS + 1) for j in range(ROWS + 1)]
    parks, water = parks_and_water()
    way = streets()
    crossings = [
        {"geometry": Point(way.geometry[s].interpolate(16)), "street": int(s), "signal": True}
        for s in way.index[way["highway"] == "primary"]
    ]
    layers = {
        "streets": way,
        "junctions": layer([{"geometry": p, "signal": True, "gate": False} for p in nodes]),
        "buildings": buildings(),
        "car_parks": kerbs(),
        "crossings": layer(crossings),
        "parks": parks,
        "water": water,
        "trees": trees(),
        "districts": layer([{"geometry": box(*node(0, 0), *node(COLUMNS, ROWS)), "name": "동네"}]),
    }
    line = Source("made by the test", "CC0-1.0", "Hand-made test city")
    return City(
        "Test town 시험동", CRS, layers, sources=dict.fromkeys(layers, line), synthetic=True
    )


@pytest.fixture(scope="session")
def area() -> Polygon:
    """Return an area in the middle of the city."""
    return box(*node(1, 1), *node(4, 3))


@pytest.fixture(scope="session")
def before(city: City) -> pd.DataFrame:
    """Return cars standing at the kerbs and in the lots at one moment: none in shared spaces."""
    parks = city["car_parks"]
    rows: list[dict[str, object]] = []
    for park in parks.itertuples():
        if park.geometry.geom_type == "Point":
            rows += [
                {"x": park.geometry.x, "y": park.geometry.y, "heading_rad": 0.0, "state": "legal"}
            ] * 24
            continue
        line, state = park.geometry, "legal" if park.kind == "kerb_legal" else "illegal"
        a, b = line.coords[0], line.coords[-1]
        for d in np.arange(3, line.length - 3, 6.5)[:: 1 + park.Index % 3]:
            p = line.interpolate(d)
            rows.append(
                {
                    "x": p.x,
                    "y": p.y,
                    "heading_rad": float(np.arctan2(b[1] - a[1], b[0] - a[0])),
                    "state": state,
                }
            )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def after(city: City, before: pd.DataFrame) -> pd.DataFrame:
    """Return the same moment with half of the illegally parked cars in the shared lot."""
    moved = before.index[before["state"] == "illegal"][::2]
    lot = city["car_parks"].geometry.iloc[-1]
    cars = before.copy()
    cars.loc[moved, ["x", "y", "heading_rad"]] = [lot.x, lot.y, 0.0]
    cars.loc[moved, "state"] = "shared"
    return cars
