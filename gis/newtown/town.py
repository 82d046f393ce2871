"""The town as a whole: plan, streets, blocks, buildings, and all that stands between them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.city import City, Source
from gis.derive import with_turns
from gis.newtown.blocks import Blocks, blocks, gates, lay_out, subdivide
from gis.newtown.buildings import build, lanes
from gis.newtown.corners import corners
from gis.newtown.graph import Graph, graph
from gis.newtown.green import parks, trees, water
from gis.newtown.medians import turn_bans
from gis.newtown.parking import car_parks
from gis.newtown.people import districts
from gis.newtown.places import amenities, bus_stops
from gis.newtown.plan import LANE, Plan
from gis.newtown.site import Site
from gis.newtown.streets import CRS, junctions, streets
from gis.newtown.transit import bus_tables
from gis.newtown.uses import assign, programme
from gis.newtown.walks import crossings, footways, linked

__all__ = ["FEWEST", "MOST", "newtown", "town", "usual_radius"]

FEWEST, MOST = 2_000, 400_000
SOURCE = Source("Dongne new town", "CC0", "Synthetic city made by Dongne; not a real place")


def _whole(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"newtown.{name} must be a whole number, got {value!r}")
    return int(value)


def _plan(residents: int, seed: int) -> Plan:
    residents, seed = _whole("residents", residents), _whole("seed", seed)
    if not FEWEST <= residents <= MOST:
        raise ValueError(
            f"newtown.residents must be in [{FEWEST}, {MOST}] persons, got {residents}"
        )
    return Plan(residents, seed, usual_radius(residents))


def usual_radius(residents: float) -> float:
    """Return the mean radius of the outer ring street, m, of a town of so many residents."""
    return float(65.0 + 5.0 * residents**0.5)


def _with_lanes(g: Graph, plan: Plan, b: Blocks, use: NDArray[np.object_]) -> Graph:
    new = lanes(b, use)
    lines = np.concatenate([g.line, new])
    return graph(lines, np.append(g.kind, np.full(len(new), LANE)), gates(plan))


def _most(plan: Plan) -> float:
    """Return the largest block, m2: larger in a larger town."""
    return 15_000.0 + 22.0 * plan.radius


def newtown(residents: int = 5000, seed: int = 1) -> City:
    """Return a Korean new town made in code; the same arguments give the same town.

    A ring street with bus rapid transit around a park and a lake, radial and concentric
    collectors, a river with bridges, apartment blocks, villa quarters on narrow lanes, a centre.
    Everything in it is made up: every row's `origin` is "synthetic".

    Parameters
    ----------
    residents
        Persons, 2,000 to 400,000. Above 50,000 the town has several centres, a second ring of bus
        rapid transit, more arterials and more dongs.
    seed
        Another seed, another town.

    Raises
    ------
    ValueError
        When `residents` is out of range.
    TypeError
        When an argument is not a whole number.
    """
    return with_turns(town(_plan(residents, seed)))


def town(plan: Plan) -> City:
    """Return the town of a plan, its turns and signals still to be made."""
    layers, lines = _layers(_site(plan))
    for layer in layers.values():
        layer["origin"] = "synthetic"
    name = f"새론시 (new town of {plan.residents:,}, seed {plan.seed})"
    sources = dict.fromkeys([*layers, *lines], SOURCE)
    return City(name, CRS, layers, lines, sources=sources, synthetic=True)


def _site(plan: Plan) -> Site:
    """Return the streets, the blocks and what each is for."""
    needs = programme(plan.residents)
    main = subdivide(lay_out(plan), plan, _most(plan))
    b = blocks(main, plan)
    use = assign(b, plan, needs)
    g = _with_lanes(main, plan, b, use)
    return Site(plan, needs, g, corners(g), b, use)


def _layers(site: Site) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, pd.DataFrame]]:
    plan, g, buildings = site.plan, site.streets, build(site)
    node, wet, dongs = junctions(g, gates(plan)), water(plan), districts(plan, buildings)
    stops, rows = bus_stops(g, site.corners, dongs)
    signal = linked(site, node["signal"].to_numpy())
    node["signal"] = signal
    layers = {
        "streets": streets(g),
        "junctions": node,
        "footways": footways(site, signal),
        "buildings": buildings.drop(columns="block"),
        "car_parks": car_parks(site, buildings, stops=stops.geometry.to_numpy(), rows=rows),
        "crossings": crossings(site, signal),
        "bus_stops": stops,
        "amenities": amenities(plan, buildings),
        "trees": trees(site, buildings.geometry.to_numpy(), wet.geometry.to_numpy()),
        "parks": parks(site, wet),
        "water": wet,
        "districts": dongs,
    }
    bans = turn_bans(g, layers["streets"], node)
    return layers, {**bus_tables(site, rows), "turn_bans": bans}
