"""Streets, junctions, footways, crossings and signals from runs of OpenStreetMap nodes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gis.readers.osm import tags as meaning
from gis.readers.osm.links import Links, links
from gis.readers.osm.places import Places, nearest_street
from gis.readers.osm.project import Projection
from gis.readers.osm.scan import Found, Tags

__all__ = ["crossings", "footways", "signals", "streets"]

Geometries = npt.NDArray[np.object_]
# Signals are mapped at the stop line or on the crossing, up to about 40 m off the middle [GK].
SIGNAL_REACH_M = 40.0
CROSSING_REACH_M = 15.0
SAME_CROSSING_M = 8.0


def streets(
    found: Found, roads: npt.NDArray[np.bool_], projection: Projection
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return streets, one row per direction, and the junctions between them.

    Columns beside the schema's: ``run``, the run of nodes a street is a part of; ``along``,
    whether it goes with the run; ``osm_id``; the origins of lanes, speed, width and sidewalk; of a
    junction ``lon`` and ``lat``, its node's place in units of 1e-7 degrees.
    """
    net = links(found.ways, roads)
    lines = projection(net.line)
    known = pd.DataFrame(
        [_street(found, int(run), projection.korea) for run in np.flatnonzero(roads)]
    )
    known = known.set_index("run", drop=False).loc[net.run]
    sides = [_direction(net, lines, known, side) for side in ("forward", "backward")]
    rows = pd.concat(sides).sort_values("way", kind="stable")
    rows = rows[rows["lanes"] > 0].reset_index(drop=True)
    points = projection.points(net.node)
    lon, lat = net.node.T
    junctions = {"signal": False, "origin": "found", "lon": lon, "lat": lat, "geometry": points}
    return rows, pd.DataFrame(junctions)


def _street(found: Found, run: int, korea: bool) -> dict[str, object]:
    tags = found.ways.tags[run]
    forward, backward, lanes_origin = meaning.lanes(tags, korea)
    width, width_origin = meaning.width(tags, forward + backward)
    sidewalk, sidewalk_origin = meaning.sidewalk(tags)
    limits = [meaning.speed(tags, side) for side in ("forward", "backward")]
    return {
        "run": run,
        "lanes_forward": forward,
        "lanes_backward": backward,
        "speed_forward": limits[0][0],
        "speed_backward": limits[1][0],
        "width_m": width,
        "highway": meaning.road_class(tags),
        "name": tags.get("name", ""),
        "sidewalk": sidewalk,
        "osm_id": found.ways.way[run],
        "lanes_origin": lanes_origin,
        "speed_origin": limits[0][1],
        "width_origin": width_origin,
        "sidewalk_origin": sidewalk_origin,
    }


def _direction(net: Links, lines: Geometries, known: pd.DataFrame, side: str) -> pd.DataFrame:
    ends = (net.tail, net.head) if side == "forward" else (net.head, net.tail)
    shared = known.drop(columns=[c for c in known if str(c).endswith("ward")])
    return pd.DataFrame(
        {
            "from_junction": ends[0],
            "to_junction": ends[1],
            "length_m": shapely.length(lines),
            "lanes": known[f"lanes_{side}"].to_numpy(int),
            "speed_kmh": known[f"speed_{side}"].to_numpy(float),
            **{column: shared[column].to_numpy() for column in shared},
            "way": np.arange(len(lines)),
            "along": side == "forward",
            "origin": "found",
            "geometry": lines if side == "forward" else shapely.reverse(lines),
        }
    )


def signals(junctions: pd.DataFrame, rows: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Mark the junctions with signals: the nearest one with three arms or more within 40 m.

    A signal at a crossing counts as well: in town the crossing on an arm is run with the junction.
    """
    lit = places.of_points(_has_signal)
    arms = _arms(rows, len(junctions))
    real = np.flatnonzero(arms >= 3)
    signal = np.zeros(len(junctions), dtype=bool)
    if len(lit) and len(real):
        tree = cKDTree(shapely.get_coordinates(junctions["geometry"].to_numpy()[real]))
        where = shapely.get_coordinates(lit["geometry"].to_numpy())
        distance, which = tree.query(where)
        signal[real[which[distance <= SIGNAL_REACH_M]]] = True
    return junctions.assign(signal=signal)


def _has_signal(tags: Tags) -> bool:
    return tags.get("highway") == "traffic_signals" or _lit_crossing(tags)


def _lit_crossing(tags: Tags) -> bool:
    return tags.get("crossing") == "traffic_signals" or tags.get("crossing:signals") == "yes"


def _arms(rows: pd.DataFrame, junctions: int) -> npt.NDArray[np.int64]:
    once = rows.drop_duplicates("way")
    ends = np.concatenate([once["from_junction"], once["to_junction"]])
    return np.bincount(ends, minlength=junctions)


def footways(found: Found, projection: Projection) -> pd.DataFrame:
    """Return where people walk: paths as found, and streets (kind ``street``, derived).

    Both meet at the nodes they share, so that a walker goes from one to the other.
    """
    kinds = [_walking_kind(tags) for tags in found.ways.tags]
    net = links(found.ways, np.array([kind is not None for kind in kinds], dtype=bool))
    lines = projection(net.line)
    kind = [kinds[run] for run in net.run]
    return pd.DataFrame(
        {
            "from_node": net.tail,
            "to_node": net.head,
            "length_m": shapely.length(lines),
            "kind": kind,
            "name": [found.ways.tags[run].get("name", "") for run in net.run],
            "origin": ["derived" if k == "street" else "found" for k in kind],
            "geometry": lines,
        }
    )


def _walking_kind(tags: Tags) -> str | None:
    return meaning.path_kind(tags) or ("street" if meaning.is_walkable(tags) else None)


def crossings(
    found: Found, rows: pd.DataFrame, places: Places, projection: Projection
) -> pd.DataFrame:
    """Return crossings with the street they cross: mapped points, and crossing ways without one."""
    points = places.of_points(_is_crossing)
    mapped = points["geometry"].to_numpy()
    lit = np.array([_lit_crossing(tags) for tags in points["tags"]], dtype=bool)
    extra, extra_lit = _crossing_ways(found, rows, mapped, projection)
    where = np.concatenate([mapped, extra])
    street, distance = nearest_street(where, rows)
    frame = pd.DataFrame(
        {
            "street": street,
            "signal": np.concatenate([lit, extra_lit]),
            "origin": ["found"] * len(mapped) + ["derived"] * len(extra),
            "geometry": where,
        }
    )
    return frame[distance <= CROSSING_REACH_M]


def _is_crossing(tags: Tags) -> bool:
    kind = tags.get("crossing", "")
    return kind != "no" and (tags.get("highway") == "crossing" or _lit_crossing(tags))


def _crossing_ways(
    found: Found, rows: pd.DataFrame, mapped: Geometries, projection: Projection
) -> tuple[Geometries, npt.NDArray[np.bool_]]:
    """Return where ways tagged as crossings meet a street and no point is mapped within 8 m."""
    ways = np.array([meaning.path_kind(t) == "crossing" for t in found.ways.tags], dtype=bool)
    net = links(found.ways, ways)
    once = rows.drop_duplicates("way")["geometry"].to_numpy()
    lines = projection(net.line)
    way, street = shapely.STRtree(once).query(lines, predicate="intersects")
    place = shapely.centroid(shapely.intersection(lines[way], once[street]))
    new = _far_from(place, mapped)
    lit = np.array([_lit_crossing(found.ways.tags[run]) for run in net.run[way]], dtype=bool)
    return place[new], lit[new]


def _far_from(place: Geometries, mapped: Geometries) -> npt.NDArray[np.int64]:
    """Return the rows of places over 8 m from every mapped point and from the rows before."""
    if not len(place):
        return np.zeros(0, np.int64)
    xy = shapely.get_coordinates(place)
    near = np.zeros(len(xy), dtype=bool)
    if len(mapped):
        gap, _ = cKDTree(shapely.get_coordinates(mapped)).query(xy)
        near = gap <= SAME_CROSSING_M
    near[cKDTree(xy).query_pairs(SAME_CROSSING_M, output_type="ndarray").max(axis=1)] = True
    return np.flatnonzero(~near)
