"""Green and blue: parks, the lake, the river, and trees by the thousand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gis.newtown.blocks import SIDEWALK_M, largest, surfaces
from gis.newtown.graph import Graph
from gis.newtown.lines import beside
from gis.newtown.names import PARKS
from gis.newtown.plan import CENTRE, KINDS, Lines, Plan
from gis.newtown.sequence import Floats, spread_plane
from gis.newtown.site import Site
from gis.newtown.streets import CRS

__all__ = ["lake", "parks", "trees", "water"]

WIDTH = np.array([k.width for k in KINDS])
SIDEWALK = np.array([k.sidewalk for k in KINDS])
STREET_TREE_M = 9.0
GREEN = ("park", "riverside", "central")
# Ground per tree, m2, by the use of a block [GK].
PER_TREE_M2 = {
    "park": 58.0,
    "central": 60.0,
    "riverside": 190.0,
    "belt": 85.0,
    "apartment": 58.0,
    "tower": 66.0,
    "school": 800.0,
    "public": 170.0,
    "hospital": 190.0,
    "commerce": 420.0,
    "house": 330.0,
    "villa": 900.0,
}


def lake(plan: Plan) -> shapely.Polygon:
    """Return the lake of the central park: a bean, off the middle."""
    angle = np.linspace(0, 2 * np.pi, 90)
    size = plan.rings[0] * (
        0.42 + 0.10 * np.cos(2 * angle - plan.phase[1]) + 0.05 * np.sin(3 * angle + plan.phase[5])
    )
    off = plan.rings[0] * 0.12
    x = CENTRE[0] + off * np.cos(plan.phase[4]) + size * np.cos(angle)
    y = CENTRE[1] + off * np.sin(plan.phase[4]) + size * np.sin(angle)
    return shapely.Polygon(np.stack([x, y], axis=1))


def water(plan: Plan) -> gpd.GeoDataFrame:
    """Return the river and the lake."""
    river = shapely.intersection(shapely.buffer(plan.river, plan.river_width / 2), plan.extent)
    river = largest(np.array([river], dtype=object))[0]
    return gpd.GeoDataFrame({"name": ["은결천", "한울호"]}, geometry=[river, lake(plan)], crs=CRS)


def _belt(plan: Plan, wet: shapely.Geometry) -> shapely.Geometry:
    edge = shapely.buffer(plan.outline, 8.0 + SIDEWALK_M)
    return shapely.difference(shapely.difference(plan.extent, edge), wet)


def parks(site: Site, wet: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the parks: central, of the neighbourhoods, along the river, and the green belt."""
    blue = shapely.union_all(wet.geometry.to_numpy())
    green = site.which(*GREEN)
    streets = shapely.union_all(surfaces(site.streets))
    belt = shapely.get_parts(shapely.difference(_belt(site.plan, blue), streets))
    shapes = np.concatenate([shapely.difference(site.blocks.land[green], blue), belt])
    label = {"central": "한울중앙공원", "riverside": "은결수변공원"}
    names = [label.get(u, f"{PARKS[i % len(PARKS)]}공원") for i, u in enumerate(site.use[green])]
    names += ["둘레숲"] * len(belt)
    parts, row = shapely.get_parts(shapes, return_index=True)
    keep = shapely.area(parts) > 150
    return gpd.GeoDataFrame(
        {"name": np.array(names, dtype=object)[row[keep]]}, geometry=parts[keep], crs=CRS
    )


def _street_trees(g: Graph) -> Floats:
    """Return trees along both kerbs of the streets with sidewalks."""
    ways = np.flatnonzero(SIDEWALK[g.kind])
    count = np.maximum((shapely.length(g.line[ways]) / STREET_TREE_M).astype(np.int64), 0)
    row = np.repeat(np.arange(len(ways)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    at = (nth + 0.5) * STREET_TREE_M
    line = g.line[ways][row]
    off = (WIDTH[g.kind[ways]] / 2 + 0.9)[row]
    return np.concatenate([beside(line, at, off), beside(line, at, -off)])


def _scattered(site: Site) -> Floats:
    """Return trees over parks, courts and gardens, thinned into clusters."""
    plan = site.plan
    west, south, east, north = plan.extent.bounds
    area = (east - west) * (north - south)
    least = min(PER_TREE_M2.values())
    unit = spread_plane(int(1.5 * area / least), seed=plan.seed, purpose=51)
    xy = np.array([west, south]) + unit * np.array([east - west, north - south])
    # A lattice this even looks planted in rows: bend it.
    xy = xy + 3.5 * np.sin(xy[:, ::-1] * [0.071, 0.083] + 2.0 * np.sin(xy * [0.029, 0.023]))
    row, block = shapely.STRtree(site.blocks.land).query(shapely.points(xy), predicate="within")
    per = np.full(len(xy), 1e9)
    per[row] = np.array([PER_TREE_M2[u] for u in site.use])[block]
    out = shapely.contains_xy(_belt(plan, plan.corridor), *xy.T)
    per[out] = PER_TREE_M2["belt"]
    rank = (np.arange(len(xy)) * 0.4142135623730951) % 1.0
    found: Floats = xy[rank * 1.5 * per < least * 2 * _clump(xy)]
    return found


def _clump(xy: Floats) -> Floats:
    """Return a smooth field between 0 and 1.5 about, mean near 0.75: where trees stand closer."""
    off, field = xy - np.array(CENTRE), np.zeros(len(xy))
    for k in range(7):
        # Waves turned by the golden angle, each shorter than the last, never repeat together.
        turn, length = 2.399963 * k, 260.0 / 1.38**k
        along = off @ np.array([np.cos(turn), np.sin(turn)])
        field += np.sin(2 * np.pi * along / length + 1.9 * k)
    return np.asarray(np.clip(0.75 + 0.36 * field, 0.08, 1.6), dtype=np.float64)


def trees(site: Site, buildings: Lines, waters: Lines) -> gpd.GeoDataFrame:
    """Return the trees; none stands in a building, in water or on a carriageway."""
    g = site.streets
    road = shapely.buffer(g.line, WIDTH[g.kind] / 2 + 0.4)
    points = shapely.points(np.concatenate([_street_trees(g), _scattered(site)]))
    keep = np.ones(len(points), dtype=bool)
    for grounds, gap in ((road, 0.0), (buildings, 2.0), (waters, 1.5)):
        tree = shapely.STRtree(shapely.buffer(grounds, gap) if gap else grounds)
        keep[np.unique(tree.query(points, predicate="intersects")[0])] = False
    return gpd.GeoDataFrame(geometry=points[keep], crs=CRS)
