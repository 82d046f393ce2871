"""Layers from layers: whatever a city lacks is filled in by rule, and marked as filled in."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd

from gis.city import City
from gis.derive.buildings import complete_buildings
from gis.derive.districts import complete_districts, rescaled
from gis.derive.marks import DERIVED, SYNTHETIC
from gis.derive.parking import car_parks
from gis.derive.sidewalks import footways, with_paths
from gis.derive.signals import complete_signals
from gis.derive.streets import complete_junctions, complete_streets
from gis.derive.synthetic import blocks_filled, named_after
from gis.derive.turns import complete_turns
from gis.derive.walking import bus_stops, crossings, trees

__all__ = ["complete", "with_turns"]


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
    whole = city.edit(
        streets=streets,
        junctions=junctions,
        districts=districts,
        buildings=buildings,
        crossings=crossed,
        car_parks=parks,
        footways=_walked(_given(city, "footways"), streets, crossed),
        bus_stops=_marked(_given(city, "bus_stops"), bus_stops(streets)),
        trees=_marked(_given(city, "trees"), trees(streets)),
    )
    return with_turns(whole)


def with_turns(city: City) -> City:
    """Return the city with its tables ``turns``, ``signal_plans`` and ``signal_greens`` whole.

    What is given and sound is kept; the rest is derived (made up, where the whole city is), see
    :func:`gis.derive.turns.complete_turns` and :func:`gis.derive.signals.complete_signals`. Plans
    that are not sound are replaced, and a note says how many.
    """
    origin = SYNTHETIC if city.synthetic else DERIVED
    streets, junctions, given = city["streets"], city["junctions"], city.tables
    turns = complete_turns(
        given.get("turns"), given.get("turn_bans"), streets, junctions, origin=origin
    )
    signals = complete_signals(
        given.get("signal_plans"), given.get("signal_greens"), turns, streets, origin=origin
    )
    notes = []
    if len(signals.refused):
        notes.append(
            f"signal_plans: those of {len(signals.refused)} junctions are not sound (they must "
            f"cover the day and give each turn a green within the cycle), derived ones stand in "
            f"their place"
        )
    if len(signals.idle):
        notes.append(
            f"signal_plans: those of {len(signals.idle)} junctions left out, since no turn there "
            f"has a signal"
        )
    tables = {"turns": turns, "signal_plans": signals.plans, "signal_greens": signals.greens}
    return replace(city, tables={**given, **tables}, notes=(*city.notes, *notes))


def _given(city: City, layer: str) -> gpd.GeoDataFrame | None:
    """Return a layer, or None where it is missing or empty."""
    return city[layer] if layer in city and len(city[layer]) else None


def _marked(found: gpd.GeoDataFrame | None, made: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return what was found, marked so, else what was made."""
    if found is None:
        return made
    return found if "origin" in found else found.assign(origin="found")


def _walked(
    found: gpd.GeoDataFrame | None, streets: gpd.GeoDataFrame, crossed: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return the footways of a city: those found, its streets by both sides where these are too."""
    made = footways(streets, crossed)
    if found is None or not len(made):
        return _marked(found, made)
    found = _marked(found, made)
    mapped = not (found["kind"] == "street").any()
    return found if mapped else with_paths(made, found)
