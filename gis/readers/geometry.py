"""Make geometries fit a layer: repaired where possible, dropped and counted where not."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gis.schema import SCHEMA

__all__ = ["clean"]


def clean(frame: gpd.GeoDataFrame, layer: str, where: str, notes: list[str]) -> gpd.GeoDataFrame:
    """Return valid, non-empty geometries of the layer's types; what was done goes to the notes.

    Height is dropped from the coordinates, multi-part geometries are taken apart (districts keep
    theirs), polygons become points where the layer holds points.
    """
    frame = frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)
    empty = (frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    if empty.any():
        notes.append(f"{where}: {int(empty.sum())} of {len(frame)} rows without geometry left out")
        frame = frame[~empty]
    frame = _repair(frame, where, notes)
    if layer not in SCHEMA:
        return frame.reset_index(drop=True)
    return _fit(frame, SCHEMA[layer].geometry, where, notes)


def _repair(frame: gpd.GeoDataFrame, where: str, notes: list[str]) -> gpd.GeoDataFrame:
    shapes = frame.geometry.to_numpy()
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    wrong = ~shapely.is_valid(shapes) & finite
    if wrong.any():
        fixed = shapes.copy()
        fixed[wrong] = shapely.make_valid(shapes[wrong])
        frame = frame.set_geometry(fixed, crs=frame.crs)
        notes.append(f"{where}: {int(wrong.sum())} invalid geometries repaired")
    if not finite.all():
        notes.append(f"{where}: {int((~finite).sum())} rows without finite coordinates left out")
    return frame[finite]


def _fit(
    frame: gpd.GeoDataFrame, allowed: tuple[str, ...], where: str, notes: list[str]
) -> gpd.GeoDataFrame:
    if "Point" in allowed:
        area = frame.geom_type.isin(("Polygon", "MultiPolygon")).to_numpy()
        if area.any():
            shapes = frame.geometry.to_numpy().copy()
            shapes[area] = shapely.point_on_surface(shapes[area])
            frame = frame.set_geometry(shapes, crs=frame.crs)
    if not frame.geom_type.isin(allowed).all():
        frame = frame.explode(ignore_index=True)
    fits = frame.geom_type.isin(allowed)
    if not fits.all():
        other = ", ".join(sorted(frame.geom_type[~fits].unique()))
        notes.append(f"{where}: {int((~fits).sum())} parts of type {other} left out")
    return frame[fits].reset_index(drop=True)
