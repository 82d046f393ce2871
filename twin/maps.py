"""Results on the map: one GeoPackage with the districts, the area and the ring around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from twin.area import Area
from twin.experiment.compare import Comparison, compare
from twin.experiment.runner import Finished
from twin.results import Results, part
from twin.solution import KPI, RING

__all__ = ["by_place", "write_maps"]


def by_place(results: Results) -> dict[str, Comparison]:
    """Return the comparison inside each district near the area, by the district's name."""
    return {place.name: _inside(results, place.name) for place in results.study.places}


def write_maps(results: Results, path: Path) -> None:
    """Write results by place as a GeoPackage, whole or not at all.

    The layers ``districts``, ``area`` and ``ring`` have one row a place: name, and per KPI the
    columns ``KPI__base`` (mean) and, per alternative, ``KPI__NAME`` (mean paired difference),
    ``KPI__NAME__low`` and ``KPI__NAME__high`` (its interval); null where undefined. Dots of a KPI's
    name are written ``_``. The table ``kpis`` gives unit and definition of each. ``attribution``
    holds the lines that must be shown with the data.
    """
    area, crs = results.study.area, results.study.city.crs
    ring = Area(f"{area.name}: ring of {area.ring_m:g} m", area.polygon, area.ring_m)
    whole = results.comparison
    places = by_place(results)
    layers = {
        "districts": [_row(p.name, p.polygon, places[p.name]) for p in results.study.places],
        "area": [_row(area.name, area.polygon, whole)],
        "ring": [_row(ring.name, ring.ring, whole, suffix=RING)] if not ring.ring.is_empty else [],
    }
    with part(path) as hidden:
        for name, rows in layers.items():
            if rows:
                _write_layer(hidden, name, gpd.GeoDataFrame(rows, crs=crs), results)
        _write_kpis(hidden, [kpi for kpi in results.study.kpis if not kpi.name.endswith(RING)])


def _inside(results: Results, place: str) -> Comparison:
    """Compare the alternatives inside one place, by the values that each run left there."""
    runs = [replace(run, kpis=_values(run, place)) for run in results.finished]
    kpis = [kpi for kpi in results.study.kpis if not kpi.name.endswith(RING)]
    return compare(
        runs, alternatives=results.comparison.alternatives, kpis=kpis,
        day_weights=results.scenario.day_types, level=results.comparison.level,
    )  # fmt: skip


def _values(run: Finished, place: str) -> dict[str, float | None]:
    rows: list[dict[str, Any]] = run.tables["places"].to_pylist()
    row = next(row for row in rows if row["place"] == place)
    return {name: value for name, value in row.items() if name != "place"}


def _row(name: str, shape: Any, comparison: Comparison, *, suffix: str = "") -> dict[str, Any]:
    row: dict[str, Any] = {"name": name}
    for one in comparison.rows:
        if one.kpi.name.endswith(RING) != bool(suffix):
            continue
        stem = one.kpi.name.removesuffix(RING).replace(".", "_")
        row[f"{stem}__base"] = one.base.mean
        for alternative, effect in one.alternatives.items():
            row[f"{stem}__{alternative}"] = effect.diff
            row[f"{stem}__{alternative}__low"] = effect.low
            row[f"{stem}__{alternative}__high"] = effect.high
    return {**row, "geometry": shape}


def _write_layer(path: Path, name: str, frame: gpd.GeoDataFrame, results: Results) -> None:
    import pyogrio

    numbers = frame.columns.difference(["name", "geometry"], sort=False)
    frame = frame.astype(dict.fromkeys(numbers, "float64"))
    shown = " | ".join(results.study.city.attributions())
    frame = frame.assign(attribution=shown)
    pyogrio.write_dataframe(
        frame, path, layer=name, driver="GPKG", append=path.exists(),
        layer_metadata={"ATTRIBUTION": shown, "SCENARIO": results.scenario.name},
    )  # fmt: skip


def _write_kpis(path: Path, kpis: Sequence[KPI]) -> None:
    import pyogrio

    table = pd.DataFrame(
        {
            "column": [kpi.name.replace(".", "_") for kpi in kpis],
            "kpi": [kpi.name for kpi in kpis],
            "unit": [kpi.unit for kpi in kpis],
            "better": [kpi.better for kpi in kpis],
            "definition": [kpi.definition for kpi in kpis],
        }
    )
    pyogrio.write_dataframe(table, path, layer="kpis", driver="GPKG", append=True)
