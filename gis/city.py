"""The city: named layers in one metric coordinate system."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from gis.bundle import read_bundle, write_bundle
from gis.clip import clip_layers, clip_tables, require_area
from gis.readiness import Readiness, check
from gis.schema import SCHEMA_VERSION, validate

__all__ = ["City", "Source"]


@dataclass(frozen=True)
class Source:
    """Where a layer comes from: publisher or file, licence, and the lines to show with it."""

    name: str
    licence: str
    attribution: str


@dataclass(frozen=True)
class City:
    """A city as data: layers of things with a place, tables of things without, and their sources.

    Parameters
    ----------
    name
        The name people use.
    crs
        One metric coordinate system for every layer, e.g. ``EPSG:5186``.
    layers
        GeoDataFrames by name; their columns are described in :mod:`gis.schema`.
    tables
        DataFrames by name: turns, signal plans and greens, observed counts.
    sources
        Source, licence and attribution of each layer.
    synthetic
        True where the whole city is made up.
    notes
        What the readers did that a user should know: encodings chosen, rows dropped.
    """

    name: str
    crs: str
    layers: Mapping[str, gpd.GeoDataFrame]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    synthetic: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("layers", "tables", "sources"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[object, ...]:  # a mapping proxy cannot be sent to a worker
        maps = (dict(self.layers), dict(self.tables), dict(self.sources))
        return City, (self.name, self.crs, *maps, self.synthetic, self.notes)

    def __getitem__(self, layer: str) -> gpd.GeoDataFrame:
        """Return a layer; an unknown name lists the layers there are."""
        if layer not in self.layers:
            known = ", ".join(sorted(self.layers)) or "none"
            raise KeyError(f"{self.name} has no layer {layer!r}; its layers are: {known}")
        return self.layers[layer]

    def __contains__(self, layer: str) -> bool:
        return layer in self.layers

    def edit(self, **layers: gpd.GeoDataFrame) -> City:
        """Return the same city with these layers put in the place of their namesakes."""
        return replace(self, layers={**self.layers, **layers})

    def attributions(self) -> list[str]:
        """Return each attribution line once, in the order of the layers."""
        lines = (line for s in self.sources.values() for line in s.attribution.splitlines())
        return list(dict.fromkeys(lines))

    def clip(self, area: BaseGeometry, margin_m: float = 0.0) -> City:
        """Return the part of the city within ``margin_m`` metres of an area.

        Row numbers are given anew and every reference follows. Streets that touch the area stay
        whole; a junction that lost a street becomes a gate; people of a cut district are shared
        out by dwellings. A street whose turns are all cut off has none: see
        :func:`gis.derive.with_turns`.

        Raises
        ------
        ValueError
            The area is not a valid polygon, or holds no street of the city.
        """
        zone = require_area(area, margin_m, self.name)
        layers, rows = clip_layers(self.layers, zone)
        if not len(layers.get("streets", ())):
            box = ", ".join(f"{v:.0f}" for v in zone.bounds)
            ours = ", ".join(f"{v:.0f}" for v in self["streets"].total_bounds)
            raise ValueError(
                f"the area holds no street of {self.name}: it covers {box}, the city {ours} "
                f"({self.crs})"
            )
        return replace(self, layers=layers, tables=clip_tables(self.tables, rows))

    def check(self, solutions_needs: Mapping[str, Mapping[str, float]] | None = None) -> Readiness:
        """Report what was found, derived or made up; see :func:`gis.readiness.check`."""
        return check(self, solutions_needs)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the city as a folder, complete or not at all, and return the folder.

        ``city.json`` holds name, CRS, sources and notes; ``layers/`` a GeoParquet file per layer;
        ``tables/`` a Parquet file per table. A city already there is replaced.

        Raises
        ------
        FileExistsError
            The folder holds something else.
        OSError
            The disk is full or the place cannot be written.
        ValueError
            The city breaks the schema.
        """
        validate(self)
        head = {
            "schema": SCHEMA_VERSION,
            "name": self.name,
            "crs": self.crs,
            "synthetic": self.synthetic,
            "sources": {name: asdict(source) for name, source in self.sources.items()},
            "notes": list(self.notes),
        }
        write_bundle(Path(folder), head, self.layers, self.tables)
        return Path(folder)

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> City:
        """Return the city that :meth:`save` wrote.

        Raises
        ------
        FileNotFoundError
            There is no such folder, or one of its files is missing.
        ValueError
            It is not a city, is damaged, was written by a newer program, or breaks the schema.
        """
        head, layers, tables = read_bundle(Path(folder), SCHEMA_VERSION)
        city = cls(
            name=head["name"],
            crs=head["crs"],
            layers=layers,
            tables=tables,
            sources={name: Source(**source) for name, source in head["sources"].items()},
            synthetic=head["synthetic"],
            notes=tuple(head["notes"]),
        )
        validate(city)
        return city

    def digest(self) -> str:
        """Return a SHA-256 of all layers and tables: the same city gives the same digest."""
        total = hashlib.sha256(self.crs.encode())
        for name, frame in sorted({**self.layers, **self.tables}.items()):
            total.update(name.encode())
            plain = pd.DataFrame(frame)
            if isinstance(frame, gpd.GeoDataFrame):
                plain[frame.geometry.name] = frame.geometry.to_wkb()
            total.update(",".join(map(str, plain.columns)).encode())
            rows = pd.util.hash_pandas_object(plain, index=False)
            total.update(rows.to_numpy(np.uint64).tobytes())
        return total.hexdigest()
