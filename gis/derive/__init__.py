"""Layers from layers: whatever a city lacks is filled in by rule, and marked as filled in."""

from __future__ import annotations

import geopandas as gpd

from gis.city import City
from gis.derive.buildings import complete_buildings
from gis.derive.districts import complete_districts, rescaled
from gis.derive.parking import car_parks
from gis.derive.streets import complete_junctions, complete_streets
from gis.derive.synthetic import blocks_filled, named_after
from gis.derive.walking import bus_stops, crossings, footways, trees

__all__ = ["complete"]


def complete(city: City) -> City:
    """Return the city with every missing layer and column filled in by rule, without randomness.

    Rows that were filled in say ``derived`` or ``synthetic`` in ``origin``; single columns say so
    in a column of their own, e.g. ``height_origin``. What is given is kept as it is.

    Raises
    ------
    ValueError
        Where the city has no streets or no junctions.
    """
    for layer in ("streets", "junctions"):
        if layer not in city or city[layer].empty:
            raise ValueError(
                f"{city.name} has no {layer}: a city needs streets and junctions to be filled in"
            )
    streets = complete_streets(city["streets"])
    junctions = complete_junctions(city["junctions"], streets)
    districts = _given(city, "districts")
    buildings = _given(city, "buildings")
    if buildings is None:
        buildings = blocks_filled(streets)
        if "amenities" in city and "kind" in city["amenities"]:
            buildings = named_after(buildings, city["amenities"])
    buildings = complete_buildings(buildings)
    districts = complete_districts(districts, streets, buildings, city.name)
    buildings = rescaled(buildings, districts)
    crossed = _marked(_given(city, "crossings"), crossings(streets, junctions))
    parks = car_parks(
        buildings, streets, junctions, crossings=crossed, found=_given(city, "car_parks")
    )
    return city.edit(
        streets=streets,
        junctions=junctions,
        districts=districts,
        buildings=buildings,
        crossings=crossed,
        car_parks=parks,
        footways=_marked(_given(city, "footways"), footways(streets)),
        bus_stops=_marked(_given(city, "bus_stops"), bus_stops(streets)),
        trees=_marked(_given(city, "trees"), trees(streets)),
    )


def _given(city: City, layer: str) -> gpd.GeoDataFrame | None:
    """Return a layer, or None where it is missing or empty."""
    return city[layer] if layer in city and len(city[layer]) else None


def _marked(found: gpd.GeoDataFrame | None, made: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return what was found, marked so, else what was made."""
    if found is None:
        return made
    return found if "origin" in found else found.assign(origin="found")
