"""Cut a part out of a city so that every row number still means what it meant."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from gis.schema import SCHEMA, TABLES

__all__ = ["clip_layers", "clip_tables", "require_area"]

Mask = npt.NDArray[np.bool_]
_CUT = ("parks", "water")


def require_area(area: BaseGeometry, margin_m: float, name: str) -> BaseGeometry:
    """Return the area widened by the margin; ValueError where it is no area."""
    if not isinstance(area, shapely.Polygon | shapely.MultiPolygon) or area.is_empty:
        raise ValueError(f"the area to clip {name} to must be a polygon, got {area!r}")
    if not area.is_valid:
        raise ValueError(
            f"the area to clip {name} to is not valid: {shapely.is_valid_reason(area)}"
        )
    if not 0 <= margin_m < np.inf:
        raise ValueError(f"margin_m must be at least 0 m, got {margin_m}")
    return area.buffer(margin_m) if margin_m else area


def clip_layers(
    layers: Mapping[str, gpd.GeoDataFrame], zone: BaseGeometry
) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, npt.NDArray[np.int64]]]:
    """Return the layers inside the zone, and per layer the new row of each old row (-1: gone).

    Streets that touch the zone stay whole, with both their junctions; a junction that lost a
    street becomes a gate. Buildings and points stay where they touch the zone; a car park of a
    building goes with its building. Parks and water are cut. Districts are cut, and their people
    shared out by dwellings, or by area where there are none.
    """
    keep = {name: _touching(frame, zone) for name, frame in layers.items()}
    _follow_streets(layers, keep)
    _follow_buildings(layers, keep)
    rows = {name: _new_rows(mask) for name, mask in keep.items()}
    kept = {n: f[keep[n]].reset_index(drop=True) for n, f in layers.items()}
    for name, frame in kept.items():
        columns = SCHEMA[name].columns if name in SCHEMA else ()
        for column in columns:
            if column.refers in rows and column.name in frame:
                frame[column.name] = _renumber(frame[column.name], rows[column.refers])
    if "streets" in kept and "junctions" in kept:
        kept["junctions"] = _open_gates(kept["junctions"], layers["streets"], keep)
    if "districts" in kept:
        kept["districts"] = _share_people(layers, keep["districts"], zone)
    kept |= {name: _cut(kept[name], zone) for name in _CUT if name in kept}
    return _dense_numbers(kept), rows


def clip_tables(
    tables: Mapping[str, pd.DataFrame], rows: Mapping[str, npt.NDArray[np.int64]]
) -> dict[str, pd.DataFrame]:
    """Return the tables with new row numbers, without the rows whose thing is gone.

    ``rows`` holds the new row of each old row by layer; a table may refer to one before it.
    """
    kept, moved = {}, dict(rows)
    order = [name for name in TABLES if name in tables]
    for name in [*order, *(n for n in tables if n not in TABLES)]:
        table = tables[name]
        fresh = table.copy()
        for column in TABLES.get(name, ()):
            if column.refers in moved and column.name in fresh:
                fresh[column.name] = _renumber(fresh[column.name], moved[column.refers])
                fresh = fresh[fresh[column.name] >= 0]
        moved[name] = _new_rows(table.index.isin(fresh.index))
        kept[name] = fresh.reset_index(drop=True)
    return {name: kept[name] for name in tables}


def _touching(frame: gpd.GeoDataFrame, zone: BaseGeometry) -> Mask:
    mask = np.zeros(len(frame), dtype=bool)
    mask[frame.sindex.query(zone, predicate="intersects")] = True
    return mask


def _new_rows(mask: Mask) -> npt.NDArray[np.int64]:
    return np.where(mask, np.cumsum(mask) - 1, -1).astype(np.int64)


def _renumber(old: pd.Series, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    number = old.to_numpy(np.int64)
    return np.where(number >= 0, rows[np.maximum(number, 0)], -1) if len(rows) else number


def _follow_streets(layers: Mapping[str, gpd.GeoDataFrame], keep: dict[str, Mask]) -> None:
    """Keep both directions of a street, its two junctions, and no kerb or crossing without it."""
    if "streets" not in layers or "junctions" not in layers:
        return
    streets = layers["streets"]
    kept = streets[keep["streets"]]
    keep["junctions"] = np.zeros(len(layers["junctions"]), dtype=bool)
    keep["junctions"][kept[["from_junction", "to_junction"]].to_numpy().ravel()] = True
    if "crossings" in layers and "street" in layers["crossings"]:
        keep["crossings"] &= _has(layers["crossings"]["street"], keep["streets"])
    if "car_parks" in layers and "street" in layers["car_parks"]:
        kerb = (layers["car_parks"].geom_type == "LineString").to_numpy()
        keep["car_parks"] &= ~kerb | _has(layers["car_parks"]["street"], keep["streets"])


def _follow_buildings(layers: Mapping[str, gpd.GeoDataFrame], keep: dict[str, Mask]) -> None:
    if "car_parks" not in layers or "building" not in layers["car_parks"]:
        return
    building = layers["car_parks"]["building"]
    owned = (building >= 0).to_numpy()
    keep["car_parks"] = np.where(
        owned, _has(building, keep.get("buildings", np.zeros(0, bool))), keep["car_parks"]
    )


def _has(reference: pd.Series, mask: Mask) -> Mask:
    """Return where the referred row stays; a reference of -1 stays as it is."""
    row = reference.to_numpy(np.int64)
    if not len(mask):
        return row < 0
    kept: Mask = (row < 0) | mask[np.maximum(row, 0)]
    return kept


def _open_gates(
    junctions: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, keep: Mapping[str, Mask]
) -> gpd.GeoDataFrame:
    lost = streets.loc[~keep["streets"], ["from_junction", "to_junction"]].to_numpy().ravel()
    cut = np.zeros(len(keep["junctions"]), dtype=bool)
    cut[lost] = True
    before = junctions.get("gate", default=False)
    return junctions.assign(gate=before | cut[keep["junctions"]])


def _share_people(
    layers: Mapping[str, gpd.GeoDataFrame], mask: Mask, zone: BaseGeometry
) -> gpd.GeoDataFrame:
    whole = layers["districts"]
    share = _share_inside(layers, zone)[mask]
    part = whole[mask].reset_index(drop=True)
    part = part.set_geometry(part.geometry.intersection(zone))
    if "share_in_area" in part:  # from now on the people of the row are those in the city
        part["share_in_area"] = 1.0
    for column in part.columns:
        if column in ("population", "households") or str(column).startswith("age_"):
            people = part[column].to_numpy(float) * share
            exact = part[column].dtype.kind == "f"
            part[column] = people if exact else np.rint(people).astype(part[column].dtype)
    part["origin"] = part["origin"].where(~((share < 1) & (part["origin"] == "found")), "derived")
    real = part.geometry.geom_type.isin(SCHEMA["districts"].geometry)
    return part[real].reset_index(drop=True)


def _share_inside(
    layers: Mapping[str, gpd.GeoDataFrame], zone: BaseGeometry
) -> npt.NDArray[np.float64]:
    """Return the share of each district's people in the zone: by dwellings, else by area.

    The dwellings of a city are those of the part of the district that lies in it.
    """
    districts = layers["districts"]
    part = districts.geometry.intersection(zone).area.to_numpy(float)
    by_area: npt.NDArray[np.float64] = part / districts.area.to_numpy(float)
    buildings = layers.get("buildings")
    if buildings is None or "dwellings" not in buildings:
        return by_area
    inside = _touching(buildings, zone)
    points = shapely.point_on_surface(buildings.geometry.to_numpy())
    found = districts.sindex.query(points, predicate="intersects")
    homes = buildings["dwellings"].to_numpy(float)[found[0]]
    total = np.bincount(found[1], homes, len(districts))
    kept = np.bincount(found[1], homes * inside[found[0]], len(districts))
    covered = districts["share_in_area"].to_numpy(float) if "share_in_area" in districts else 1.0
    return np.where(total > 0, covered * kept / np.maximum(total, 1), by_area)


def _cut(frame: gpd.GeoDataFrame, zone: BaseGeometry) -> gpd.GeoDataFrame:
    pieces = frame.set_geometry(frame.geometry.intersection(zone)).explode(ignore_index=True)
    return pieces[pieces.geom_type == "Polygon"].reset_index(drop=True)


def _dense_numbers(kept: dict[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    if "streets" in kept and "way" in kept["streets"]:
        way = np.unique(kept["streets"]["way"], return_inverse=True)[1]
        kept["streets"] = kept["streets"].assign(way=way)
    if "footways" in kept:
        ends = kept["footways"][["from_node", "to_node"]].to_numpy()
        dense = np.unique(ends, return_inverse=True)[1].reshape(ends.shape)
        kept["footways"] = kept["footways"].assign(from_node=dense[:, 0], to_node=dense[:, 1])
    return kept
