"""Buildings: slabs that face south, towers, villas on narrow lanes, a centre, schools."""

from __future__ import annotations

from dataclasses import replace
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
from gis.newtown.names import building_names
from gis.newtown.plan import Lines
from gis.newtown.sequence import Floats, Ints, apportion, spread
from gis.newtown.site import Site
from gis.newtown.streets import CRS
from gis.newtown.uses import Programme

__all__ = ["build", "lanes"]

LOT_ROW_M = 36.0  # a lane of 6 m and a row of lots 15 m deep on either side
FLAT_M, SLAB_DEPTH_M = 12.2, 12.5
SLAB_PITCH_M, SLAB_ROW_M = 52.0, 42.0
SHIFTS = tuple((u, v) for u in (0.0, 0.25, 0.5, 0.75) for v in (0.0, 0.34, 0.67))
LOWER = 1.25  # more and lower houses rather than fewer, taller ones
HIGHEST_VILLA, LOTS_PER_DECK = 5, 45
HOUSE, GYMNASIUM = (58.0, 15.0, 5.0), (26.0, 20.0, 2.0)  # width, depth, floors
SIDES, CAMPUS = ((0.0, 1.0), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0)), (0, 1, 2, 0)
LANE_HALF_M = 3.0
CROSS_LANE_M = 95.0
SHORTEST_LANE_M, LANE_CLEAR_M = 25.0, 17.0
STOREY_M = {
    "apartment": 2.9,
    "villa": 2.9,
    "house": 3.0,
    "office": 3.9,
    "shop": 4.0,
    "school": 3.7,
    "hospital": 4.2,
    "public": 4.0,
    "parking": 3.2,
}
# Floor area per job, m2 [GK]: assumption, only the shares matter, the total is given.
JOB_M2 = {"office": 28.0, "shop": 42.0, "school": 130.0, "hospital": 48.0, "public": 45.0}


class _Group(NamedTuple):
    """Buildings of one use: footprints, blocks, floors, dwellings to a floor, level of schools."""

    use: str
    shape: Lines
    block: Ints
    floors: Ints
    units: Floats
    level: int = 0


def _group(use: str, spots: Spots, shape: Lines, floors: Floats, units: Floats) -> _Group:
    return _Group(use, shape, spots.block, np.round(floors).astype(np.int64), units)


def _fit(site: Site, spots: Spots, shape: Lines, setback: float) -> tuple[Spots, Lines, Ints]:
    keep = np.flatnonzero(forms.inside(site.blocks.land, spots, shape, setback))
    return spots.take(keep), shape[keep], keep


def _south(axis: Floats) -> Floats:
    """Return the direction nearest to a block's axis in which a slab still faces about south."""
    quarter = (axis + np.pi / 4) % (np.pi / 2) - np.pi / 4
    return np.clip(quarter, -0.33, 0.33)


def _best(
    site: Site,
    use: str,
    angle: Floats,
    pitch: tuple[float, float],
    sizes: list[tuple[float, float]],
) -> tuple[Spots, Ints]:
    """Return grid places, each block's grid moved to where most of it fits.

    Also which of `sizes`, the first that fits, each place can take.
    """
    tried, most = [], np.full(len(site.use), -1.0)
    chosen = np.zeros(len(site.use), dtype=np.int64)
    for nth, shift in enumerate(SHIFTS):
        spots = forms.grid(site.blocks.land, site.which(use), angle, pitch, shift=shift)
        fits = np.array(
            [
                forms.inside(site.blocks.land, spots, forms.rectangles(spots, *size), 4.0)
                for size in sizes
            ]
        )
        size = fits.argmax(axis=0)
        tried.append((spots, size, fits.any(axis=0)))
        area = np.array([w * d for w, d in sizes])[size] * fits.any(axis=0)
        room = np.bincount(spots.block, area, len(site.use))
        chosen[room > most], most = nth, np.maximum(room, most)
    parts = [
        (s.take(ok & (chosen[s.block] == n)), size[ok & (chosen[s.block] == n)])
        for n, (s, size, ok) in enumerate(tried)
    ]
    return Spots.join(*(p[0] for p in parts)), np.concatenate([p[1] for p in parts])


def _slabs(site: Site) -> _Group:
    spots, size = _best(
        site,
        "apartment",
        _south(site.blocks.axis),
        (SLAB_PITCH_M, SLAB_ROW_M),
        [(u * FLAT_M, SLAB_DEPTH_M) for u in (4.0, 3.0, 2.0)],
    )
    wish = 2.0 + np.floor(1.8 * site.even(len(spots.x), 21))
    units = np.minimum(wish, 4.0 - size)
    floors = 15 + 10 * site.even(len(site.use), 22)[spots.block] - 3 * (spots.row % 2)
    shape = forms.rectangles(spots, units * FLAT_M, SLAB_DEPTH_M)
    return _group("apartment", spots, shape, floors, units)


def _towers(site: Site) -> _Group:
    spots, _ = _best(site, "tower", site.blocks.axis, (48.0, 46.0), [(23.0, 22.0)])
    shape = forms.rectangles(spots, 23.0, 22.0)
    floors = 22 + 12 * site.even(len(spots.x), 23)
    return _group("apartment", spots, shape, floors, np.full(len(shape), 3.0))


def _lots(site: Site, use: str, size: tuple[float, float], pitch: float) -> tuple[Spots, Lines]:
    """Return small houses in rows of lots along the lanes of their quarters."""
    rows = forms.grid(site.blocks.face, site.which(use), site.blocks.axis, (pitch, LOT_ROW_M))
    both = []
    for side in (-1, 1):
        off = side * (LANE_HALF_M + 1.6 + size[1] / 2)
        both.append(
            rows._replace(x=rows.x - off * np.sin(rows.angle), y=rows.y + off * np.cos(rows.angle))
        )
    spots = Spots.join(*both)
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
    ends = [
        [(west - 9, y), (east + 9, y)]
        for y in south + (north - south) * (np.arange(rows) + 0.5) / rows
    ]
    ends += [
        [(x, south - 9), (x, north + 9)]
        for x in west + (east - west) * np.arange(1, across) / across
    ]
    lines = shapely.linestrings(np.array(ends))
    parts = shapely.get_parts(shapely.intersection(lines, shapely.buffer(turned, 1.5)))
    free = shapely.length(shapely.intersection(parts, shapely.buffer(turned, -LANE_CLEAR_M)))
    # A lane that runs along the edge of its quarter would be a second street beside the first.
    parts = parts[(free > SHORTEST_LANE_M) & (shapely.length(parts) - free < 4 * LANE_CLEAR_M)]
    return np.asarray(shapely.transform(parts, lambda xy: xy @ turn.T), dtype=object)


def lanes(blocks: Blocks, use: NDArray[np.object_]) -> Lines:
    """Return the narrow lanes inside the quarters of villas and houses."""
    which = np.flatnonzero(np.isin(use, ("villa", "house")))
    found = [_block_lanes(blocks.face[b], blocks.axis[b]) for b in which]
    return np.concatenate([np.zeros(0, dtype=object), *found])


def _villas(site: Site) -> list[_Group]:
    """Return villas, and here and there a small public parking tower on a lot among them."""
    spots, shape = _lots(site, "villa", (11.8, 11.0), 15.2)
    deck = np.arange(len(shape)) % LOTS_PER_DECK == LOTS_PER_DECK // 2
    floors = np.where(deck, 3.0, 3.0 + np.floor(site.even(len(shape), 25) * 2.8))
    return [
        _group(use, spots.take(rows), shape[rows], floors[rows], np.full(rows.sum(), 2.0))
        for use, rows in (("villa", ~deck), ("parking", deck))
    ]


def _houses(site: Site) -> _Group:
    spots, shape = _lots(site, "house", (10.5, 9.0), 17.0)
    floors = 1.0 + np.floor(site.even(len(shape), 26) * 2.4)
    return _group("house", spots, shape, floors, 1.0 / floors)


def _edge(
    site: Site, use: str, width: Floats | float, depth: float, pitch: float
) -> tuple[Spots, Lines]:
    spots = forms.along_edges(shapely.buffer(site.blocks.land, -3.0), site.which(use), pitch, depth)
    vary = 0.8 + 0.2 * site.even(len(spots.x), 27)
    shape = forms.rectangles(spots, width * vary, depth)
    spots, shape, _ = _fit(site, spots, shape, 2.0)
    keep = forms.apart(shape, 5.0)
    return spots.take(keep), shape[keep]


def _rows(site: Site, use: str) -> tuple[Spots, Lines]:
    """Return buildings along the edges of the blocks, and a second row inside deep ones."""
    outer, shapes = _edge(site, use, 29.0, 21.0, 33.0)
    core = site._replace(blocks=replace(site.blocks, land=shapely.buffer(site.blocks.land, -34.0)))
    inner, more = _edge(core, use, 24.0, 18.0, 34.0)
    return Spots.join(outer, inner), np.concatenate([shapes, more])


def _centre(site: Site) -> list[_Group]:
    """Return the offices and shops of the centre; the nearer to its middle, the higher."""
    spots, shape = _rows(site, "commerce")
    even = site.even(len(shape), 28)
    scale = np.clip(site.plan.residents / 20_000, 0.25, 1.5)
    high = (even > 0.86) * (14 * scale + 4)
    floors = 3 + np.floor(4 * site.even(len(shape), 29) + 3 * even * scale) + high
    office = floors > 5
    parking = (~office) & (np.arange(len(shape)) % 17 == 8)
    shop = ~office & ~parking
    none = np.zeros(len(shape))
    return [
        _group(use, spots.take(mask), shape[mask], floors[mask], none[mask])
        for use, mask in (("office", office), ("shop", shop), ("parking", parking))
    ]


def _corner_shops(site: Site, homes: list[_Group]) -> _Group:
    """Return one row of shops at the edge of every block of apartments that has the room."""
    found = [_edge(site, use, 30.0, 13.0, 22.0) for use in ("apartment", "tower")]
    spots, shape = Spots.join(*(f[0] for f in found)), np.concatenate([f[1] for f in found])
    tree = shapely.STRtree(np.concatenate([group.shape for group in homes]))
    hit = tree.query(shape, predicate="dwithin", distance=6.0)[0]
    free = np.setdiff1d(np.arange(len(shape)), hit)
    spots, shape = _first(spots.take(free), shape[free], -spots.column[free])
    return _group("shop", spots, shape, np.full(len(shape), 2.0), np.zeros(len(shape)))


def _first(spots: Spots, shape: Lines, score: Floats | Ints) -> tuple[Spots, Lines]:
    """Return the place with the highest score in each block."""
    order = np.lexsort((-score, spots.block))
    first = order[np.unique(spots.block[order], return_index=True)[1]]
    return spots.take(first), shape[first]


def _schools(site: Site) -> list[_Group]:
    """Return schools: the long house at the north of the yard, the gymnasium at its west."""
    if site.plan.large:
        return _campuses(site)
    parts = ((HOUSE, (0.0, 1.0)), (GYMNASIUM, (-1.0, 0.3)))
    return [_school(site, part, way) for part, way in parts]


def _school(site: Site, part: tuple[float, float, float], way: tuple[float, float]) -> _Group:
    """Return one part of a school for each block, as far as can be in a direction."""
    width, depth, floors = part
    spots, shape = _edge(site, "school", width, depth, width * 0.7)
    spots, shape = _first(spots, shape, spots.x * way[0] + spots.y * way[1])
    return _group("school", spots, shape, np.full(len(shape), floors), np.zeros(len(shape)))


def _campuses(site: Site) -> list[_Group]:
    """Return the schools of a large town, up to four to a block: one at each side."""
    found = []
    for (east, north), level in zip(SIDES, CAMPUS, strict=True):
        for part, way in ((HOUSE, (east, north)), (GYMNASIUM, (east - north, north + east))):
            found.append(_school(site, part, way)._replace(level=level))
    return found


def _civic(site: Site) -> _Group:
    """Return the town hall and its neighbours around a square."""
    spots, shape = _edge(site, "public", 40.0, 22.0, 56.0)
    floors = 3.0 + np.floor(4 * site.even(len(shape), 32))
    return _group("public", spots, shape, floors, np.zeros(len(shape)))


def _single(site: Site, use: str, sizes: list[tuple[float, float]], floors: int) -> _Group:
    """Return the largest of these buildings that fits into each block of this use."""
    which = site.which(use)
    middle = shapely.get_coordinates(shapely.point_on_surface(site.blocks.land[which]))
    zero = np.zeros(len(which), dtype=np.int64)
    spots = Spots(which, middle[:, 0], middle[:, 1], site.blocks.axis[which], zero, zero)
    best = np.full(len(which), None, dtype=object)
    for width, depth in sizes:
        shape = forms.rectangles(spots, width, depth)
        fits = forms.inside(site.blocks.land, spots, shape, 4.0)
        best = np.where(fits & (best == None), shape, best)  # noqa: E711
    found = np.flatnonzero(best != None)  # noqa: E711
    return _group(
        use,
        spots.take(found),
        best[found],
        np.full(len(found), float(floors)),
        np.zeros(len(found)),
    )


def _groups(site: Site) -> list[_Group]:
    homes = [_slabs(site), _towers(site)]
    return [
        *_centre(site),
        *_schools(site),
        _civic(site),
        _single(site, "hospital", [(60, 34), (46, 28), (30, 22)], 8),
        *homes,
        _corner_shops(site, homes),
        *_villas(site),
        _houses(site),
    ]


def _stack(groups: list[_Group]) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "use": g.use,
                    "shape": g.shape,
                    "block": g.block,
                    "floors": g.floors,
                    "units": g.units,
                    "level": g.level,
                }
            )
            for g in groups
            if len(g.shape)
        ],
        ignore_index=True,
    )


def _clear(frame: pd.DataFrame, streets: Graph) -> pd.DataFrame:
    """Return the buildings that stand on no street and on no earlier building."""
    shape = frame["shape"].to_numpy()
    wide = shapely.buffer(surfaces(streets), 0.5)
    hit = np.unique(shapely.STRtree(wide).query(shape, predicate="intersects")[0])
    keep = np.ones(len(frame), dtype=bool)
    keep[hit] = False
    frame = frame[keep]
    return frame[forms.apart(frame["shape"].to_numpy(), 1.0)].reset_index(drop=True)


def _thin(frame: pd.DataFrame, needs: Programme, seed: int) -> pd.DataFrame:
    """Return the buildings less the apartments, evenly spread, that nobody would move into."""
    homes = (frame["use"] == "apartment").to_numpy()
    room = float((frame["floors"] * frame["units"])[homes].sum())
    share = needs.dwellings["apartment"] / max(room, 1.0)
    keep = ~homes | (spread(len(frame), seed=seed, purpose=31) < LOWER * share)
    return frame[keep].reset_index(drop=True)


def _fill(frame: pd.DataFrame, needs: Programme) -> pd.DataFrame:
    """Return the buildings with dwellings, jobs, floors and heights that add up to the needs."""
    frame["dwellings"] = 0
    for use, total in needs.dwellings.items():
        rows = frame["use"] == use
        frame.loc[rows, "dwellings"] = apportion(total, (frame.floors * frame.units)[rows])
    homes = frame["use"].isin(["apartment", "villa"])
    crowded = (frame["use"] == "villa") & (frame.dwellings > HIGHEST_VILLA * frame.units)
    units = frame.units.where(homes, 1.0) + crowded
    storeys = np.ceil(frame.dwellings / units).astype(int)
    frame["floors"] = frame.floors.where(~homes, np.maximum(storeys, 3))
    frame["floor_area_m2"] = shapely.area(frame["shape"].to_numpy()) * frame.floors
    work = frame.floor_area_m2 / frame["use"].map(JOB_M2)
    frame["jobs"] = apportion(needs.jobs, work.fillna(0.0))
    frame["height_m"] = frame.floors * frame["use"].map(STOREY_M) + 1.2
    return frame


def build(site: Site) -> gpd.GeoDataFrame:
    """Return the buildings, with a `block` column for those who place things around them."""
    frame = _clear(_stack(_groups(site)), site.streets)
    frame = _fill(_thin(frame, site.needs, site.plan.seed), site.needs)
    frame["name"] = building_names(
        *(frame[column].to_numpy() for column in ("use", "block", "level"))
    )
    shape = frame.pop("shape").to_numpy()
    return gpd.GeoDataFrame(frame.drop(columns=["units", "level"]), geometry=shape, crs=CRS)
