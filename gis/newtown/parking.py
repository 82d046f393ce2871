"""Where cars stand: basements, yards, public lots, and every kerb, legal or not."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.newtown.graph import Graph
from gis.newtown.lines import beside, joined, offset
from gis.newtown.plan import KINDS, LANE, LOCAL, OUTER, Lines
from gis.newtown.sequence import Floats, Ints, apportion, spread
from gis.newtown.site import Site
from gis.newtown.streets import CRS

__all__ = ["car_parks"]

# Spaces per dwelling: about what the housing code has asked of new apartments (1.0 and more) and
# of older small houses on narrow lots (about half a space) [GK] assumption.
PER_DWELLING = {"apartment": 1.2, "villa": 0.55, "house": 0.8}
# Floor area per space, m2: Enforcement Decree of the Parking Lot Act, Annex 1, rounded.
PER_SPACE_M2 = {"office": 150.0, "shop": 200.0, "hospital": 150.0, "public": 150.0, "school": 300.0}
BAY_M = 6.0  # a bay along the kerb: Enforcement Rule of the Parking Lot Act, Art. 3
DECK_SPACE_M2 = 30.0
CORNER_M = 5.0  # Road Traffic Act, Art. 32: no standing within 5 m of a corner,
STOP_CLEAR_M = 10.0  # nor within 10 m of a bus stop,
STOP_ZONE_M = 16.0  # here with some of a bus's length
WIDTH = np.array([k.width for k in KINDS])


class _Kerbs(NamedTuple):
    """Pieces of kerb where a car fits: street row, from and to (m along it), use of the block."""

    street: Ints
    start: Floats
    stop: Floats
    use: NDArray[np.object_]


def _entered(points: Lines, g: Graph) -> Ints:
    """Return the street row from which each point is entered: its right side faces the point."""
    way = shapely.STRtree(g.line).nearest(points)
    line = g.line[way]
    at = shapely.line_locate_point(line, points)
    ends = [
        shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(at + d, 0)))
        for d in (-1.0, 1.0)
    ]
    ahead, aside = ends[1] - ends[0], shapely.get_coordinates(points) - ends[0]
    left = ahead[:, 0] * aside[:, 1] - ahead[:, 1] * aside[:, 0] > 0
    return np.asarray(2 * way + left, dtype=np.int64)


def _private(buildings: gpd.GeoDataFrame, g: Graph) -> pd.DataFrame:
    spaces = np.zeros(len(buildings), dtype=np.int64)
    for use, share in PER_DWELLING.items():
        rows = (buildings["use"] == use).to_numpy()
        homes = buildings["dwellings"].to_numpy()[rows]
        spaces[rows] = apportion(round(share * homes.sum()), homes)
    area = buildings["floor_area_m2"] / buildings["use"].map(PER_SPACE_M2)
    spaces += np.floor(area.fillna(0.0)).to_numpy().astype(np.int64)
    rows = np.flatnonzero(spaces)
    point = shapely.centroid(buildings.geometry.to_numpy()[rows])
    return _frame(_Terms("private"), point, spaces[rows], _entered(point, g), rows)


class _Terms(NamedTuple):
    """On what terms one kind of car park is open: price in KRW an hour, hours of the day."""

    kind: str
    price: float = 0.0
    opens: float = 0.0
    closes: float = 24.0
    name: str = ""


def _frame(
    terms: _Terms, geometry: Lines, spaces: Ints, street: Ints, building: Ints | int = -1
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": terms.kind,
            "spaces": spaces,
            "price_krw_h": terms.price,
            "building": building,
            "street": street,
            "open_from_h": terms.opens,
            "open_to_h": terms.closes,
            "name": terms.name,
            "geometry": geometry,
        }
    )


def _decks(buildings: gpd.GeoDataFrame, g: Graph) -> pd.DataFrame:
    """Return the public car parks of several storeys, in the centre and among the villas."""
    rows = np.flatnonzero(buildings["use"] == "parking")
    point = shapely.centroid(buildings.geometry.to_numpy()[rows])
    area = buildings["floor_area_m2"].to_numpy()[rows]
    spaces = (area / DECK_SPACE_M2).astype(np.int64)
    terms = _Terms("public", 1000.0, name="공영주차장")
    return _frame(terms, point, spaces, _entered(point, g), rows)


def _near(land: Lines, shapes: Lines) -> shapely.Geometry:
    rows = np.unique(shapely.STRtree(shapes).query(land, predicate="intersects")[1])
    return shapely.union_all(shapely.buffer(shapes[rows], 3.0))


def _yards(site: Site, buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the public lots in the courts of every third block of the centre."""
    land = site.blocks.land[site.which("commerce")[::3]]
    ground = _near(land, buildings.geometry.to_numpy())
    court = shapely.difference(shapely.buffer(land, -6.0), ground)
    point = shapely.point_on_surface(court)
    spaces = np.clip(shapely.area(court) / 110.0, 12, 90).astype(np.int64)
    terms = _Terms("public", 1200.0, name="노외주차장")
    return _frame(terms, point, spaces, _entered(point, site.streets))


def _uses(site: Site) -> NDArray[np.object_]:
    """Return the use of the block on the right of each street row."""
    g, tree = site.streets, shapely.STRtree(site.blocks.face)
    sides = []
    for side in (-6.0, 6.0):
        aside = shapely.points(beside(g.line, shapely.length(g.line) / 2, side))
        found = np.full(len(g.line), "", dtype=object)
        row, block = tree.query(aside, predicate="within")
        found[row] = site.use[block]
        sides.append(found)
    return np.stack(sides, axis=1).ravel()


def _kerbs(site: Site, stops: Ints) -> _Kerbs:
    """Return the kerbs of collectors and lesser streets, clear of corners and bus stops."""
    g, c, use = site.streets, site.corners, _uses(site)
    rows = np.flatnonzero(np.repeat((g.kind > OUTER), 2))
    length = np.repeat(shapely.length(g.line), 2)
    start, stop = c.pull + CORNER_M, length - c.pull[np.arange(len(c.pull)) ^ 1] - CORNER_M
    halved = np.isin(rows, stops)
    middle = length / 2
    street = np.concatenate([rows, rows[halved]])
    begin = np.concatenate([start[rows], (middle + STOP_ZONE_M)[rows[halved]]])
    until = np.where(halved, (middle - STOP_ZONE_M)[rows], stop[rows])
    end = np.concatenate([until, stop[rows[halved]]])
    keep = end - begin > 2 * BAY_M
    return _Kerbs(street[keep], begin[keep], end[keep], use[street[keep]])


def _kinds(k: _Kerbs, g: Graph, seed: int) -> NDArray[np.object_]:
    """Return what each kerb is; "" where a parked car would close the lane."""
    even = spread(len(k.street), seed=seed, purpose=41)
    street = g.kind[k.street // 2]
    homes = np.isin(k.use, ("villa", "house"))
    centre = np.isin(k.use, ("commerce", "public", "hospital"))
    kind = np.full(len(even), "kerb_illegal", dtype=object)
    kind[centre & (even < 0.7)] = "kerb_legal"
    kind[homes & (street == LOCAL) & (even < 0.35)] = "resident_priority"
    kind[(street == LANE) & (even < 0.45)] = "resident_priority"
    # A car is 2 m wide and a lane 6 m: one row of parked cars is all that lets another pass.
    kind[(street == LANE) & ((k.street + k.street // 2) % 2 == 1)] = ""
    return kind


def _kerb_lines(k: _Kerbs, g: Graph) -> Lines:
    way, back = k.street // 2, k.street % 2 == 1
    line = np.where(back, shapely.reverse(g.line[way]), g.line[way])
    side = -(WIDTH[g.kind[way]] / 2 - 1.0)
    trim = (k.start, shapely.length(line) - k.stop)
    ends = [beside(line, at, side) for at in (k.start, k.stop)]
    return joined(ends[0], offset(line, side, trim), ends[1])


def _along_kerbs(k: _Kerbs, g: Graph, seed: int) -> list[pd.DataFrame]:
    kind = _kinds(k, g, seed)
    # On villa lanes, entrances and gates take about two bays in five [GK].
    share = np.where(np.isin(k.use, ("villa", "house")), 0.6, 0.9)
    spaces = np.floor((k.stop - k.start) * share / BAY_M).astype(np.int64)
    lines = _kerb_lines(k, g)
    kerb_terms = (
        _Terms("kerb_legal", 1200.0, 9.0, 19.0),
        _Terms("resident_priority"),
        _Terms("kerb_illegal"),
    )
    rows = [(kind == terms.kind) & (spaces > 0) for terms in kerb_terms]
    return [
        _frame(terms, lines[r], spaces[r], k.street[r])
        for terms, r in zip(kerb_terms, rows, strict=True)
    ]


def car_parks(
    site: Site, buildings: gpd.GeoDataFrame, *, stops: Lines, rows: Ints
) -> gpd.GeoDataFrame:
    """Return the car parks of all five kinds.

    `stops` are the bus stops' points and `rows` the street rows they stand on.
    """
    g, kerbs = site.streets, _kerbs(site, rows)
    far = shapely.distance(_kerb_lines(kerbs, g), shapely.multipoints(stops)) > STOP_CLEAR_M
    kerbs = _Kerbs(*(column[far] for column in kerbs))
    frame = pd.concat(
        [
            _private(buildings, g),
            _decks(buildings, g),
            _yards(site, buildings),
            *_along_kerbs(kerbs, g, site.plan.seed),
        ],
        ignore_index=True,
    )
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS)
