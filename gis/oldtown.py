"""An old low-rise quarter made in code: narrow lanes, villas and houses, a works complex beside it.

It stands in for quarters of which there is no map at hand, in trials that were published about
them. Everything in it is made up; the published figures (spaces open to all, cars that need one)
are met by its number of spaces and of residents.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.city import City, Source
from gis.derive import complete
from gis.derive.kerbs import kerbs
from gis.derive.marks import by_use, scattered
from gis.figures import figure

__all__ = ["COMPLEX", "QUARTER", "oldtown"]

CRS = "EPSG:5186"
EAST, NORTH = 181_000.0, 546_000.0
ORIGIN = np.array([EAST, NORTH])
SOURCE = Source("Dongne old quarter", "CC0", "Synthetic quarter made by Dongne; not a real place")
QUARTER, COMPLEX = "옛마을 Old quarter", "공단 Works complex"
FEWEST, MOST = 500, 5_000
LEAST_SPACES, MOST_SPACES = 0, 250

# All of the layout is an assumption [GK]: blocks of 64 m by 40 m between lanes, one row of the
# works complex on the other side of the main street, streets out at the four corners.
XS = np.arange(6) * 64.0
YS = np.concatenate([[-130.0], np.arange(8) * 40.0])
MAIN, BEHIND = 1, 0  # rows of YS: the main street, and the street behind the works complex
OUT_M = 120.0
PLOTS = (4, 2)  # along and across a block
PLOT_FREE_M = 1.5  # between neighbouring walls
SETBACK_M = 2.0
BETWEEN_WALLS_M = 7.0
WORKS, WORKS_FLOORS, WORKS_DEPTH_M = 4, 4, 50.0

# Shares of plots in turn, floors, dwellings, and private spaces a dwelling [GK]: houses of the
# 1970s and 1980s that several households share have next to none, later villas 0.6 (the rule then).
USES = (("villa", 0.46), ("house", 0.92), ("shop", 0.98), ("industry", 1.0))
FLOORS = {"villa": 3, "house": 2, "shop": 3, "industry": 2}
DWELLINGS = {"villa": 6, "house": 3}
SPACES_A_DWELLING = {"villa": figure("spaces_villa"), "house": 0.15}
WORKS_SPACES, WORKS_JOBS = 600, 1_400

RESIDENT_SHARE = 0.75  # of the spaces open to others than one building's users; the rest is public
LOTS = 2
PUBLIC_PRICE, PAID_FROM_H, PAID_TO_H = 600.0, 9.0, 18.0  # small town lots are free at night [GK]

Ints = NDArray[np.int64]


class Grid(NamedTuple):
    """The streets as a graph: places of the junctions, and pairs of them with their class."""

    at: NDArray[np.float64]
    pairs: Ints
    highway: list[str]


def oldtown(residents: int = 2_000, spaces: int = 144, seed: int = 1) -> City:
    """Return an old low-rise quarter and the works complex across its main street.

    Parameters
    ----------
    residents
        Persons who live in the quarter, 500 to 5,000.
    spaces
        Spaces open to others than one building's users: residents' priority and public, 0 to 250.
    seed
        Another seed, another order of buildings.

    Raises
    ------
    ValueError
        When a number is out of range.
    TypeError
        When it is no whole number.
    """
    _whole("residents", residents, (FEWEST, MOST))
    _whole("spaces", spaces, (LEAST_SPACES, MOST_SPACES))
    _whole("seed", seed, (0, 2**32 - 1))
    grid = _grid()
    buildings = _buildings(seed)
    layers = {
        "streets": _streets(grid),
        "junctions": _junctions(grid),
        "buildings": buildings,
        "districts": _districts(residents),
    }
    name = f"옛마을 (old quarter of {residents:,}, seed {seed})"
    city = complete(City(name, CRS, layers, synthetic=True))
    city = city.edit(car_parks=_car_parks(city, spaces))
    made = {layer: frame.assign(origin="synthetic") for layer, frame in city.layers.items()}
    sources = dict.fromkeys(made, SOURCE)
    return City(name, CRS, made, city.tables, sources, synthetic=True)


def _whole(name: str, value: int, limits: tuple[int, int]) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"oldtown.{name} must be a whole number, got {value!r}")
    low, high = limits
    if not low <= value <= high:
        raise ValueError(f"oldtown.{name} must be in [{low}, {high}], got {value}")


def _grid() -> Grid:
    """Return the lanes, the main street, the streets around, and four ways out."""
    across, up = len(XS), len(YS)
    x, y = (grid.ravel() for grid in np.meshgrid(XS, YS))
    number = np.arange(across * up).reshape(up, across)
    pairs, kinds = [], []
    for row in range(up):
        for i in range(across - 1):
            pairs.append((number[row, i], number[row, i + 1]))
            kinds.append("secondary" if row == MAIN else _lane(row in (BEHIND, up - 1)))
    for row in range(up - 1):
        for i in range(across):
            edge = i in (0, across - 1)
            if row >= MAIN or edge:
                pairs.append((number[row, i], number[row + 1, i]))
                kinds.append(_lane(edge))
    corners = [(MAIN, 0, -1), (MAIN, across - 1, 1), (up - 1, 0, -1), (up - 1, across - 1, 1)]
    out = []
    for k, (row, i, side) in enumerate(corners):
        out.append((XS[i] + side * OUT_M, YS[row]))
        pairs.append((number[row, i], across * up + k))
        kinds.append("secondary" if row == MAIN else "tertiary")
    at = np.concatenate([np.column_stack([x, y]), np.array(out)]) + ORIGIN
    used = np.unique(np.array(pairs))
    renumbered = np.searchsorted(used, np.array(pairs))
    return Grid(at[used], renumbered, kinds)


def _lane(edge: bool) -> str:
    return "tertiary" if edge else "residential"


def _streets(grid: Grid) -> gpd.GeoDataFrame:
    """Return a row for each direction; width, speed and lanes follow from the class."""
    both = np.stack([grid.pairs, grid.pairs[:, ::-1]], axis=1).reshape(-1, 2)
    columns = {
        "from_junction": both[:, 0],
        "to_junction": both[:, 1],
        "highway": np.repeat(grid.highway, 2),
        "way": np.arange(len(both)) // 2,
        "name": "",
        "origin": "synthetic",
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.linestrings(grid.at[both]), crs=CRS)


def _junctions(grid: Grid) -> gpd.GeoDataFrame:
    gate = np.bincount(grid.pairs.ravel(), minlength=len(grid.at)) == 1
    columns = {"signal": False, "gate": gate, "origin": "synthetic"}
    return gpd.GeoDataFrame(columns, geometry=shapely.points(grid.at), crs=CRS)


def _buildings(seed: int) -> gpd.GeoDataFrame:
    """Return the buildings of the quarter, plot by plot, and the works across the main street."""
    boxes = [_plots(x, y) for y in YS[MAIN:-1] for x in XS[:-1]]
    plots = np.concatenate(boxes)
    turn = scattered(np.arange(len(plots)), offset=0.381966 * (seed % 1_000_003))
    limits = [limit for _, limit in USES]
    use = np.array([name for name, _ in USES])[np.searchsorted(limits, turn, side="right")]
    works = _works()
    every = pd.Series(np.concatenate([use, np.repeat("industry", len(works))]))
    floors = by_use(every, FLOORS).to_numpy(copy=True)
    floors[len(plots) :] = WORKS_FLOORS
    frame = gpd.GeoDataFrame(
        {
            "use": every,
            "floors": floors.astype(np.int64),
            "dwellings": by_use(every, DWELLINGS).fillna(0.0).astype(np.int64),
            "origin": "synthetic",
        },
        geometry=np.concatenate([plots, works]),
        crs=CRS,
    )
    jobs = (frame.area * frame["floors"] / 80.0).where(frame["dwellings"] == 0, 0.0).round()
    jobs[len(plots) :] = WORKS_JOBS // len(works)
    return frame.assign(jobs=jobs.astype(np.int64))


def _plots(x: float, y: float) -> NDArray[np.object_]:
    """Return the buildings of the block whose lower left corner is at a place."""
    inset = 3.0 + SETBACK_M + (7.0 if y == 0.0 else 0.0)
    size = np.array([64.0 - 2 * 5.0, 40.0 - 5.0 - inset])
    low = np.array([x + 5.0, y + inset]) + ORIGIN
    step = size / PLOTS
    i, j = (grid.ravel() for grid in np.meshgrid(np.arange(PLOTS[0]), np.arange(PLOTS[1])))
    left, bottom = low[0] + i * step[0] + PLOT_FREE_M, low[1] + j * step[1] + PLOT_FREE_M
    right, top = left + step[0] - 2 * PLOT_FREE_M, bottom + step[1] - 2 * PLOT_FREE_M
    return np.asarray(shapely.box(left, bottom, right, top))


def _works() -> NDArray[np.object_]:
    left = EAST + np.linspace(XS[0], XS[-1], WORKS + 1)[:-1] + 12.0
    width = (XS[-1] - XS[0]) / WORKS - 24.0
    bottom = NORTH + (YS[BEHIND] + YS[MAIN] - WORKS_DEPTH_M) / 2
    return np.asarray(shapely.box(left, bottom, left + width, bottom + WORKS_DEPTH_M))


def _districts(residents: int) -> gpd.GeoDataFrame:
    west, east = EAST + XS[0] - 15.0, EAST + XS[-1] + 15.0
    main, south, north = NORTH - 12.0, NORTH + YS[BEHIND] - 15.0, NORTH + YS[-1] + 15.0
    households = round(residents / figure("persons_per_household"))
    return gpd.GeoDataFrame(
        {
            "name": [QUARTER, COMPLEX],
            "population": [residents, 0],
            "households": [households, 0],
            "origin": "synthetic",
        },
        geometry=[shapely.box(west, main, east, north), shapely.box(west, south, east, main)],
        crs=CRS,
    )


def _car_parks(city: City, spaces: int) -> gpd.GeoDataFrame:
    """Return private, public and residents' spaces, and the kerbs where cars stand illegally."""
    resident = round(RESIDENT_SHARE * spaces)
    streets = city["streets"]
    lane = streets["highway"] == "residential"
    # Walls stand back from the old lanes, so that cars squeeze in on both sides [GK].
    room = streets.assign(width_m=streets["width_m"].where(~lane, BETWEEN_WALLS_M))
    sides = kerbs(room, city["junctions"], city["crossings"])
    parts = [
        _private(city["buildings"]),
        _public(spaces - resident),
        _kerb_bays(sides, streets, resident),
    ]
    every = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=CRS)
    free = {"open_from_h": 0.0, "open_to_h": 24.0, "price_krw_h": 0.0, "building": -1.0}
    every = every.fillna(free)
    return _entered(every.assign(name=""), streets)


def _private(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the spaces of the homes, by whole spaces that keep the total, and of the works."""
    exact = by_use(buildings["use"], SPACES_A_DWELLING).fillna(0.0) * buildings["dwellings"]
    spaces = np.diff(np.floor(np.cumsum(exact.to_numpy()) + 1e-9), prepend=0.0)
    spaces[-WORKS:] = WORKS_SPACES / WORKS
    rows = np.flatnonzero(spaces)
    columns = {"kind": "private", "spaces": spaces[rows].astype(np.int64), "building": rows}
    return gpd.GeoDataFrame(columns, geometry=buildings.geometry.to_numpy()[rows], crs=CRS)


def _public(spaces: int) -> gpd.GeoDataFrame:
    """Return the quarter's small public lots, one in each half, behind its houses."""
    x = EAST + XS[-1] * (np.arange(LOTS) + 0.5) / LOTS
    points = shapely.points(x, np.full(LOTS, NORTH + YS.mean() + 50.0))
    each = np.diff(np.floor(np.arange(LOTS + 1) * spaces / LOTS)).astype(np.int64)
    frame = gpd.GeoDataFrame({"kind": "public", "spaces": each}, geometry=points, crs=CRS)
    frame = frame.assign(price_krw_h=PUBLIC_PRICE, open_from_h=PAID_FROM_H, open_to_h=PAID_TO_H)
    return frame[frame["spaces"] > 0]


def _kerb_bays(
    sides: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, resident: int
) -> gpd.GeoDataFrame:
    """Return the kerbs: lanes picked in turn have residents' bays until these are all laid out."""
    kept = sides[["spaces", "street", "geometry"]].reset_index(drop=True)
    lane = (streets["highway"] == "residential").to_numpy()[kept["street"].to_numpy()]
    order = np.lexsort([scattered(np.arange(len(kept))), ~lane])
    before = np.zeros(len(kept), dtype=np.int64)
    before[order] = np.cumsum(kept["spaces"].to_numpy()[order]) - kept["spaces"].to_numpy()[order]
    bays = np.clip(resident - before, 0, kept["spaces"].to_numpy())
    left = kept["spaces"].to_numpy() - bays
    legal = kept.assign(kind="resident_priority", spaces=bays)[bays > 0]
    # What is left of a side that is partly laid out stays clear.
    illegal = kept.assign(kind="kerb_illegal", spaces=left)[bays == 0]
    return gpd.GeoDataFrame(pd.concat([legal, illegal], ignore_index=True), crs=CRS)


def _entered(parks: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return car parks as points or kerb lines, each with the street it is entered from."""
    areal = parks.geom_type == "Polygon"
    points = parks.geometry.where(~areal, parks.geometry.representative_point())
    parks = parks.set_geometry(points)
    nearest = shapely.STRtree(streets.geometry.to_numpy()).nearest(points.to_numpy())
    street = parks["street"].fillna(pd.Series(nearest, index=parks.index))
    parks = parks.assign(street=street, origin="synthetic")
    return parks.astype({"spaces": "int64", "building": "int64", "street": "int64"})
