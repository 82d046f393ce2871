"""Buildings, car parks, amenities, parks, water, trees and districts from points and areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.readers.osm import tags as meaning
from gis.readers.osm.project import Projection
from gis.readers.osm.scan import Found, Tags

__all__ = ["Places", "car_parks", "nature", "nearest_street", "sites"]

Geometries = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
SAME_STOP_M = 20.0
TREE_SPACING_M = 8.0
# A level of administration counts as districts when it covers this share of the junctions.
COVERED = 0.8
ENOUGH = 10


@dataclass(frozen=True)
class Places:
    """Tagged points and polygons in metres, no farther from the streets than the margin.

    Both tables have the columns ``tags`` and ``geometry``; ``extent`` is a rectangle.
    """

    points: pd.DataFrame
    areas: pd.DataFrame
    extent: shapely.Polygon

    @classmethod
    def of(cls, found: Found, projection: Projection, lines: Geometries, margin_m: float) -> Places:
        """Place what was found, and leave out what is farther from the streets than the margin."""
        extent = shapely.box(*shapely.total_bounds(lines)).buffer(margin_m, join_style="mitre")
        points = projection.points([place for place, _ in found.points])
        outlines = projection(np.asarray(shapely.from_wkb([wkb for wkb, _ in found.areas])))
        shape, row = _polygons(outlines)
        areas = _frame([found.areas[i][1] for i in row], shape)
        return cls(
            _inside(_frame([tags for _, tags in found.points], points), extent),
            _inside(areas, extent),
            extent,
        )

    def of_points(self, wanted: Callable[[Tags], bool]) -> pd.DataFrame:
        """Return the points with wanted tags."""
        return _where(self.points, wanted)

    def of_areas(self, wanted: Callable[[Tags], bool]) -> pd.DataFrame:
        """Return the polygons with wanted tags."""
        return _where(self.areas, wanted)


def _frame(tags: list[Tags], geometry: Geometries) -> pd.DataFrame:
    column = np.empty(len(tags), dtype=object)
    column[:] = tags
    return pd.DataFrame({"tags": column, "geometry": geometry})


def _inside(frame: pd.DataFrame, extent: shapely.Polygon) -> pd.DataFrame:
    inside = shapely.intersects(frame["geometry"].to_numpy(), extent)
    return frame.loc[np.asarray(inside, dtype=bool)].reset_index(drop=True)


def _where(frame: pd.DataFrame, wanted: Callable[[Tags], bool]) -> pd.DataFrame:
    keep = np.array([wanted(tags) for tags in frame["tags"]], dtype=bool)
    return frame[keep].reset_index(drop=True)


def _polygons(shapes: Geometries) -> tuple[Geometries, npt.NDArray[np.int64]]:
    """Return valid polygons with an area, and the row of the shape that each is a part of."""
    bad = ~shapely.is_valid(shapes)
    shapes[bad] = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    parts, row = shapely.get_parts(shapes, return_index=True)
    solid = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 0.0)
    return parts[solid], row[solid]


def nearest_street(
    shapes: Geometries, streets: pd.DataFrame
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return the row of the nearest street of each shape, of equals the lowest, and how far (m)."""
    tree = shapely.STRtree(streets["geometry"].to_numpy())
    (shape, row), distance = tree.query_nearest(shapes, return_distance=True, all_matches=True)
    order = np.lexsort([row, shape])
    _, first = np.unique(shape[order], return_index=True)
    return row[order][first], distance[order][first]


def sites(places: Places) -> dict[str, pd.DataFrame]:
    """Return buildings, amenities (shops among them) and bus stops."""
    return {
        "buildings": _buildings(places),
        "amenities": _amenities(places),
        "bus_stops": _bus_stops(places),
    }


def _buildings(places: Places) -> pd.DataFrame:
    frame = places.of_areas(meaning.is_building)
    area = shapely.area(frame["geometry"].to_numpy())
    rows = [_building(tags, footprint) for tags, footprint in zip(frame["tags"], area, strict=True)]
    columns = ["use", "height_m", "floors", "name", "use_origin", "height_origin"]
    built = pd.DataFrame(rows, columns=columns).assign(geometry=frame["geometry"])
    built = _like_neighbours(_as_tall_as_its_parts(built, places))
    return built.assign(origin="found", geometry=built.pop("geometry"))


def _as_tall_as_its_parts(built: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Give a building the floors and height of its tallest part, where that is taller or known."""
    frame = places.of_areas(meaning.is_building_part)
    spots = shapely.point_on_surface(frame["geometry"].to_numpy())
    holder = _holder(spots, built["geometry"].to_numpy())
    columns, uses = ["floors", "height_m", "height_origin"], built["use"].tolist()
    parts = pd.DataFrame(
        [
            meaning.floors_height(tags, uses[row] if row >= 0 else "other")
            for tags, row in zip(frame["tags"], holder, strict=True)
        ],
        columns=columns,
    ).assign(building=holder)
    parts = parts[(holder >= 0) & (parts["height_origin"] != "synthetic")]
    parts = parts.sort_values("height_m", kind="stable").drop_duplicates("building", keep="last")
    own = built.loc[parts["building"], columns]
    unknown = (own["height_origin"] == "synthetic").to_numpy()
    taken = parts[unknown | (own["height_m"].to_numpy() < parts["height_m"].to_numpy())]
    built.loc[taken["building"], columns] = taken[columns].to_numpy()
    return built.astype({"floors": int, "height_m": float})


def _like_neighbours(built: pd.DataFrame) -> pd.DataFrame:
    """Give buildings of unknown height the median floors of their use, where ten are known."""
    known = built[built["height_origin"] != "synthetic"].groupby("use")["floors"]
    median = known.median()[known.size() >= ENOUGH]
    guess = built["use"].map(median)
    row = (built["height_origin"] == "synthetic") & guess.notna()
    floors = built["floors"].where(~row, guess).round().astype(int)
    storey = built["use"].map({kind: storey for kind, (_, storey) in meaning.STOREYS.items()})
    return built.assign(floors=floors, height_m=built["height_m"].where(~row, floors * storey))


def _building(tags: Tags, footprint: float) -> tuple[str, float, int, str, str, str]:
    kind, kind_origin = meaning.use(tags, footprint)
    floors, height, height_origin = meaning.floors_height(tags, kind)
    return kind, height, floors, meaning.name(tags), kind_origin, height_origin


def _amenities(places: Places) -> pd.DataFrame:
    found = [places.of_points(meaning.is_amenity), places.of_areas(meaning.is_amenity)]
    frame = pd.concat(found, ignore_index=True)
    return pd.DataFrame(
        {
            "kind": [meaning.amenity(tags) for tags in frame["tags"]],
            "name": [meaning.name(tags) for tags in frame["tags"]],
            "origin": "found",
            "geometry": shapely.point_on_surface(frame["geometry"].to_numpy()),
        }
    )


def _bus_stops(places: Places) -> pd.DataFrame:
    """Return stops; a platform is a stop where none is mapped within 20 m."""
    stops = places.of_points(lambda tags: tags.get("highway") == "bus_stop")
    platforms = places.of_points(meaning.is_bus_platform)
    known = shapely.multipoints(stops["geometry"].to_numpy())
    gap = shapely.distance(platforms["geometry"].to_numpy(), known)
    frame = pd.concat([stops, platforms[~(gap <= SAME_STOP_M)]], ignore_index=True)
    names = [meaning.name(tags) for tags in frame["tags"]]
    return pd.DataFrame({"name": names, "origin": "found", "geometry": frame["geometry"]})


def car_parks(places: Places, streets: pd.DataFrame, buildings: pd.DataFrame) -> pd.DataFrame:
    """Return off-street car parks as points, with the building they are in and their street."""
    areas = places.of_areas(meaning.is_car_park)
    frame = pd.concat([areas, places.of_points(meaning.is_car_park)], ignore_index=True)
    shapes = frame["geometry"].to_numpy()
    spots = shapely.point_on_surface(shapes)
    street, _ = nearest_street(shapes, streets)
    rows = [
        meaning.car_park(tags, area)
        for tags, area in zip(frame["tags"], shapely.area(shapes), strict=True)
    ]
    columns = ["kind", "spaces", "price_krw_h", "open_from_h", "open_to_h", "name",
               "spaces_origin", "price_origin"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).assign(
        building=_holder(spots, buildings["geometry"].to_numpy()),
        street=street,
        origin="found",
        geometry=spots,
    )


def _holder(spots: Geometries, outlines: Geometries) -> npt.NDArray[np.int64]:
    """Return the row of the lowest polygon that holds each point, -1 where none does."""
    spot, outline = shapely.STRtree(outlines).query(spots, predicate="intersects")
    holder = np.full(len(spots), len(outlines))
    np.minimum.at(holder, spot, outline)
    return np.where(holder == len(outlines), -1, holder)


def nature(
    places: Places, found: Found, projection: Projection, junctions: Geometries
) -> Mapping[str, pd.DataFrame]:
    """Return parks, water, trees and the districts that cover the junctions."""
    return {
        "parks": _clipped(places, meaning.park),
        "water": _water(places, found, projection),
        "trees": _trees(places, found, projection),
        "districts": _districts(places, junctions),
    }


def _clipped(places: Places, kind: Callable[[Tags], str | None]) -> pd.DataFrame:
    frame = places.of_areas(lambda tags: kind(tags) is not None)
    cut = shapely.intersection(frame["geometry"].to_numpy(), places.extent)
    shapes, row = _polygons(cut)
    tags = [frame["tags"][i] for i in row]
    return pd.DataFrame(
        {
            "kind": [kind(t) for t in tags],
            "name": [meaning.name(t) for t in tags],
            "origin": "found",
            "geometry": shapes,
        }
    )


def _water(places: Places, found: Found, projection: Projection) -> pd.DataFrame:
    """Return water areas, and what rivers, streams and canals mapped as lines cover besides.

    A line is as wide as its tag says, else as is usual for its kind: ``width_origin`` tells.
    """
    areas = _clipped(places, meaning.water).assign(width_origin="found")
    widths = [meaning.stream_width(tags) for _, tags in found.streams]
    lines = [shapely.LineString(shapely.get_coordinates(projection.points(run)))
             for run, _ in found.streams]  # fmt: skip
    half = np.array([width / 2 for width, _ in widths])
    banks = shapely.buffer(np.array(lines, dtype=object), half, cap_style="flat")
    banks = shapely.intersection(banks, places.extent)
    beside = shapely.difference(banks, shapely.union_all(areas["geometry"].to_numpy()))
    shapes, row = _polygons(beside)
    tags = [found.streams[i][1] for i in row]
    streams = pd.DataFrame(
        {
            "kind": [t["waterway"] for t in tags],
            "name": [meaning.name(t) for t in tags],
            "origin": "derived",
            "width_origin": [widths[i][1] for i in row],
            "geometry": shapes,
        }
    )
    return pd.concat([areas, streams], ignore_index=True) if len(streams) else areas


def _trees(places: Places, found: Found, projection: Projection) -> pd.DataFrame:
    single = places.of_points(lambda tags: tags.get("natural") == "tree")["geometry"].to_numpy()
    rows = [
        _planted(shapely.LineString(shapely.get_coordinates(projection.points(run))))
        for run in found.rows
    ]
    planted = np.concatenate([np.empty(0, object), *rows])
    origin = ["found"] * len(single) + ["derived"] * len(planted)
    frame = pd.DataFrame({"origin": origin, "geometry": np.concatenate([single, planted])})
    return _inside(frame, places.extent)


def _planted(line: shapely.LineString) -> Geometries:
    """Return trees along a row, 8 m apart [GK]."""
    along = np.arange(0.0, line.length + 0.01, TREE_SPACING_M)
    return np.asarray(shapely.line_interpolate_point(line, along), dtype=object)


def _districts(places: Places, junctions: Geometries) -> pd.DataFrame:
    """Return the finest level of administration that covers four fifths of the junctions."""
    frame = places.of_areas(lambda tags: tags.get("boundary") == "administrative")
    level = np.array([meaning.number(tags.get("admin_level")) or 0.0 for tags in frame["tags"]])
    for finest in sorted(set(level), reverse=True):
        chosen = frame[level == finest]
        whole = shapely.union_all(chosen["geometry"].to_numpy())
        if np.mean(shapely.intersects(junctions, whole)) >= COVERED:
            return _largest_parts(chosen)
    return pd.DataFrame({"name": [], "origin": [], "geometry": []})


def _largest_parts(chosen: pd.DataFrame) -> pd.DataFrame:
    """Return one polygon per name, the largest: population belongs to a district, not to a part."""
    shapes = chosen["geometry"].to_numpy()
    names = [meaning.name(tags) for tags in chosen["tags"]]
    frame = pd.DataFrame({"name": names, "origin": "found", "geometry": shapes})
    order = np.argsort(-shapely.area(shapes), kind="stable")
    return frame.iloc[order].drop_duplicates("name").sort_index()
