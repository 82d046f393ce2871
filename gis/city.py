"""The city: named layers in one metric coordinate system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

__all__ = ["City", "Source"]


@dataclass(frozen=True)
class Source:
    """Where a layer comes from: publisher or file, licence, and the line to show with it."""

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
        DataFrames by name: turns, signal plans, observed counts.
    sources
        Source, licence and attribution of each layer.
    synthetic
        True where the whole city is made up.
    """

    name: str
    crs: str
    layers: Mapping[str, gpd.GeoDataFrame]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    synthetic: bool = False

    def __post_init__(self) -> None:
        for name in ("layers", "tables", "sources"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

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
        return list(dict.fromkeys(s.attribution for s in self.sources.values() if s.attribution))
