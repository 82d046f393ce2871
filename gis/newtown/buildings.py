"""Buildings: slabs that face south, towers, villas on narrow lanes, a centre, schools."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.newtown import forms
from gis.newtown.blocks import Blocks, surfaces
from gis.newtown.forms import Spots
from gis.newtown.graph import Graph
from gis.newtown.plan import Lines, Plan
from gis.newtown.sequence import Floats, Ints, apportion, spread
from gis.newtown.uses import Programme

__all__ = ["build", "lanes"]

LOT_ROW_M = 36.0  # a lane of 6 m and a row of lots 15 m deep on either side
LANE_HALF_M = 3.0
CROSS_LANE_M = 95.0
SHORTEST_LANE_M = 40.0
STOREY_M = {"apartment": 2.9, "villa": 2.9, "house": 3.0, "office": 3.9, "shop": 4.0,
            "school": 3.7, "hospital": 4.2, "public": 4.0, "parking": 3.2}
# Floor area per job, m2 [GK]: assumption, only the shares matter, the total is given.
JOB_M2 = {"office": 28.0, "shop": 42.0, "school": 130.0, "hospital": 48.0, "public": 45.0}


class _Group(NamedTuple):
    """Buildings of one use: footprints, blocks, floors, dwellings to a floor."""

    use: str
    shape: Lines
    block: Ints
    floors: Ints
    units: Floats


def _group(use: str, spots: Spots, shape: Lines, floors: Floats, units: Floats) -> _Group:
    return _Group(use, shape, spots.block, np.round(floors).astype(np.int64), units)


class _Site(NamedTuple):
    """What every builder needs to know."""

    plan: Plan
    blocks: Blocks
    use: NDArray[np.object_]

    def which(self, use: str) -> Ints:
        return np.flatnonzero(self.use == use)

    def even(self, n: int, purpose: int) -> Floats:
        return spread(n, seed=self.plan.seed, purpose=purpose)


def _fit(site: _Site, spots: Spots, shape: Lines, setback: float) -> tuple[Spots, Lines, Ints]:
    keep = np.flatnonzero(forms.inside(site.blocks.land, spots, shape, setback))
    return spots.take(keep), shape[keep], keep


def _south(axis: Floats) -> Floats:
    """Return the direction nearest to a block's axis in which a slab still faces about south."""
    quarter = (axis + np.pi / 4) % (np.pi / 2) - np.pi / 4
    return np.clip(quarter, -0.33, 0.33)


def _slabs(site: _Site) -> _Group:
    spots = forms.grid(site.blocks.land, site.which("apartment"), _south(site.blocks.axis),
                       (66.0, 52.0), stagger=0.25)
    units = np.where(site.even(len(spots.x), 21) < 0.45, 4.0, 3.0)
    shape = forms.rectangles(spots, units * 12.2, 12.5)
    spots, shape, keep = _fit(site, spots, shape, 5.0)
    floors = 15 + 10 * site.even(len(site.use), 22)[spots.block] - 3 * (spots.row % 2)
    return _group("apartment", spots, shape, floors, units[keep])


def _towers(site: _Site) -> _Group:
    spots = forms.grid(site.blocks.land, site.which("tower"), site.blocks.axis,
                       (52.0, 50.0), stagger=0.5)
    shape = forms.rectangles(spots, 24.0, 23.0)
    spots, shape, _ = _fit(site, spots, shape, 6.0)
    floors = 22 + 12 * site.even(len(spots.x), 23)
    return _group("apartment", spots, shape, floors, np.full(len(shape), 4.0))


def _lots(site: _Site, use: str, size: tuple[float, float], pitch: float) -> tuple[Spots, Lines]:
    """Return small houses in rows of lots along the lanes of their quarters."""
    rows = forms.grid(site.blocks.face, site.which(use), site.blocks.axis, (pitch, LOT_ROW_M))
    both = []
    for side in (-1, 1):
        off = side * (LANE_HALF_M + 1.6 + size[1] / 2)
        both.append(rows._replace(x=rows.x - off * np.sin(rows.angle),
                                  y=rows.y + off * np.cos(rows.angle)))
    spots = Spots(*(np.concatenate(pair) for pair in zip(*both, strict=True)))
    vary = 0.88 + 0.24 * site.even(len(spots.x), 24)
    shape = forms.rectangles(spots, size[0] * vary, size[1])
    spots, shape, _ = _fit(site, spots, shape, 1.2)
    return spots, shape


def _block_lanes(face: shapely.Polygon, angle: float) -> Lines:
    """Return the lanes of one quarter: between the rows of lots, and across now and then."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = shapely.transform(face, lambda xy: xy @ turn)
    west, south, east, north = shapely.bounds(turned)
    rows = max(1, round((north - south) / LOT_ROW_M))
    across = max(1, round((east - west) / CROSS_LANE_M))
    ends = [[(west - 9, y), (east + 9, y)]
            for y in south + (north - south) * (np.arange(rows) + 0.5) / rows]
    ends += [[(x, south - 9), (x, north + 9)]
             for x in west + (east - west) * np.arange(1, across) / across]
    lines = shapely.linestrings(np.array(ends))
    parts = shapely.get_parts(shapely.intersection(lines, shapely.buffer(turned, 1.5)))
    parts = parts[shapely.length(parts) > SHORTEST_LANE_M]
    return np.asarray(shapely.transform(parts, lambda xy: xy @ turn.T), dtype=object)


def lanes(blocks: Blocks, use: NDArray[np.object_]) -> Lines:
    """Return the narrow lanes inside the quarters of villas and houses."""
    which = np.flatnonzero(np.isin(use, ("villa", "house")))
    found = [_block_lanes(blocks.face[b], blocks.axis[b]) for b in which]
    return np.concatenate([np.zeros(0, dtype=object), *found])


def _villas(site: _Site) -> _Group:
    spots, shape = _lots(site, "villa", (11.8, 11.0), 15.2)
    even = site.even(len(shape), 25)
    return _group("villa", spots, shape, 3.0 + np.floor(even * 2.8), np.full(len(shape), 2.0))


def _houses(site: _Site) -> _Group:
    spots, shape = _lots(site, "house", (10.5, 9.0), 17.0)
    floors = 1.0 + np.floor(site.even(len(shape), 26) * 2.4)
    return _group("house", spots, shape, floors, 1.0 / floors)


def _edge(site: _Site, use: str, width: Floats | float, depth: float,
          pitch: float) -> tuple[Spots, Lines]:
    spots = forms.along_edges(shapely.buffer(site.blocks.land, -3.0), site.which(use), pitch, depth)
    vary = 0.8 + 0.2 * site.even(len(spots.x), 27)
    shape = forms.rectangles(spots, width * vary, depth)
    spots, shape, _ = _fit(site, spots, shape, 2.0)
    keep = forms.apart(shape, 5.0)
    return spots.take(keep), shape[keep]


def _centre(site: _Site) -> list[_Group]:
    """Return the offices and shops of the centre; the nearer to its middle, the higher."""
    spots, shape = _edge(site, "commerce", 29.0, 22.0, 34.0)
    even = site.even(len(shape), 28)
    scale = np.clip(site.plan.residents / 20_000, 0.25, 1.5)
    high = (even > 0.86) * (14 * scale + 4)
    floors = 3 + np.floor(4 * site.even(len(shape), 29) + 3 * even * scale) + high
    office = floors > 5
    parking = (~office) & (np.arange(len(shape)) % 17 == 8)
    shop = ~office & ~parking
    none = np.zeros(len(shape))
    return [_group(use, spots.take(mask), shape[mask], floors[mask], none[mask])
            for use, mask in (("office", office), ("shop", shop), ("parking", parking))]


def _corner_shops(site: _Site) -> _Group:
    """Return one row of shops at the edge of every apartment block."""
    spots, shape = _edge(site, "apartment", 30.0, 13.0, 44.0)
    first = np.unique(spots.block, return_index=True)[1]
    spots, shape = spots.take(first), shape[first]
    return _group("shop", spots, shape, np.full(len(shape), 2.0), np.zeros(len(shape)))


def _single(site: _Site, use: str, sizes: list[tuple[float, float]], floors: int) -> _Group:
    """Return the largest of these buildings that fits into each block of this use."""
    which, found = site.which(use), []
    middle = shapely.get_coordinates(shapely.point_on_surface(site.blocks.land[which]))
    zero = np.zeros(len(which), dtype=np.int64)
    spots = Spots(which, middle[:, 0], middle[:, 1], site.blocks.axis[which], zero, zero)
    best = np.full(len(which), None, dtype=object)
    for width, depth in sizes:
        shape = forms.rectangles(spots, width, depth)
        fits = forms.inside(site.blocks.land, spots, shape, 4.0)
        best = np.where(fits & (best == None), shape, best)  # noqa: E711
    found = np.flatnonzero(best != None)  # noqa: E711
    return _group(use, spots.take(found), best[found], np.full(len(found), float(floors)),
                  np.zeros(len(found)))


def _groups(site: _Site) -> list[_Group]:
    return [
        *_centre(site),
        _single(site, "school", [(70, 16), (55, 14), (40, 13)], 5),
        _single(site, "hospital", [(60, 34), (46, 28), (30, 22)], 8),
        _single(site, "public", [(52, 26), (38, 22), (26, 18)], 5),
        _corner_shops(site), _slabs(site), _towers(site), _villas(site), _houses(site),
    ]


def _stack(groups: list[_Group]) -> pd.DataFrame:
    return pd.concat([
        pd.DataFrame({"use": g.use, "shape": g.shape, "block": g.block, "floors": g.floors,
                      "units": g.units}) for g in groups if len(g.shape)], ignore_index=True)


def _clear(frame: pd.DataFrame, streets: Graph) -> pd.DataFrame:
    """Return the buildings that stand on no street and on no earlier building."""
    shape = frame["shape"].to_numpy()
    wide = shapely.buffer(surfaces(streets), 0.5)
    hit = np.unique(shapely.STRtree(wide).query(shape, predicate="intersects")[0])
    keep = np.ones(len(frame), dtype=bool)
    keep[hit] = False
    frame = frame[keep]
    return frame[forms.apart(frame["shape"].to_numpy(), 1.0)].reset_index(drop=True)


def _fill(frame: pd.DataFrame, needs: Programme) -> pd.DataFrame:
    """Return the buildings with dwellings, jobs, floors and heights that add up to the needs."""
    frame["dwellings"] = 0
    for use, total in needs.dwellings.items():
        rows = frame["use"] == use
        frame.loc[rows, "dwellings"] = apportion(total, (frame.floors * frame.units)[rows])
    homes = frame["use"].isin(["apartment", "villa"])
    storeys = np.ceil(frame.dwellings / frame.units.where(homes, 1.0)).astype(int)
    frame["floors"] = frame.floors.where(~homes, np.maximum(storeys, 3))
    frame["floor_area_m2"] = shapely.area(frame["shape"].to_numpy()) * frame.floors
    work = frame.floor_area_m2 / frame["use"].map(JOB_M2)
    frame["jobs"] = apportion(needs.jobs, work.fillna(0.0))
    frame["height_m"] = frame.floors * frame["use"].map(STOREY_M) + 1.2
    return frame


def build(plan: Plan, blocks: Blocks, use: NDArray[np.object_], streets: Graph,
          needs: Programme) -> gpd.GeoDataFrame:
    """Return the buildings, with a `block` column for those who place things around them."""
    site = _Site(plan, blocks, use)
    frame = _fill(_clear(_stack(_groups(site)), streets), needs)
    frame["name"] = ""
    shape = frame.pop("shape").to_numpy()
    return gpd.GeoDataFrame(frame.drop(columns="units"), geometry=shape, crs="EPSG:5186")
