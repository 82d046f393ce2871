"""The ground of every run on a city: its network, its lots, its places and its people."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.city import City
from gis.derive import with_turns
from gis.derive.conflicts import yields
from gis.derive.streets import MAJOR
from gis.network import Network
from gis.population import DayType, People, people
from gis.turning import Turning
from twin.luck import Luck
from twin.world.columns import ACCESS_ALL, ACCESS_BUILDING, ACCESS_PERMIT, Kind
from twin.world.loads import Demand
from twin.world.streets.city import city_layout
from twin.world.streets.columns import Ways
from twin.world.streets.layout import Layout
from twin.world.streets.routes import base_ways, demands, free_ways, turn_flows
from twin.world.streets.timing import timed
from twin.world.transit.service import Service, service
from twin.world.walking.footways import Walks, walks

__all__ = ["KEYS", "Drawn", "Ground", "apart", "ground"]

KEYS = 1 << 30
"""How many keys there are for the lots of a city; solutions add lots with keys above."""

TIMINGS = 2
"""How often signals are timed for traffic that then finds its ways again."""

KINDS = {name: code for code, name in enumerate(Kind.NAMES)}
ACCESS = {Kind.PRIVATE: ACCESS_BUILDING, Kind.RESIDENT_PRIORITY: ACCESS_PERMIT}


class Drawn(NamedTuple):
    """The trips by car of a run, and the legs of all others where these were asked for."""

    trips: pd.DataFrame
    legs: pd.DataFrame | None


@dataclass(frozen=True, eq=False)
class Ground:
    """What all runs on a city share, made once; a run copies what it changes.

    ``lots`` has one row a lot: kind (code), x, y, node, arc, way, width_m, capacity, building,
    price_krw_h, open_from_h, open_to_h, access. ``place_*`` have one row a building,
    ``gate_node`` one a junction: where cars come and go by this gate, -1 where none is. Ways lead
    to ``goals``, by turns; streets from or to which no turn leads are closed. Cars queue on the
    streets of a ``layout``; without one they flow freely. ``base`` keeps the base routes by type of
    day and whether there is a layout, ``rounds`` the rounds of patrols once they are found,
    ``drawn`` the trips of the last run, which those of other alternatives share; ``phases`` the
    walk phases by what they are made of; ``counted`` what was counted on a day of its own.
    """

    city: City
    seed: int
    network: Network
    people: People
    car_key: NDArray[np.int64]
    lots: pd.DataFrame
    place_x: NDArray[np.float64]
    place_y: NDArray[np.float64]
    place_node: NDArray[np.int32]
    gate_node: NDArray[np.int32]
    goals: NDArray[np.int32]
    turning: Turning
    layout: Layout | None = None
    base: dict[tuple[DayType, bool], Ways] = field(default_factory=dict, repr=False)
    rounds: dict[bytes, NDArray[np.int64]] = field(default_factory=dict, repr=False)
    drawn: dict[Hashable, Drawn] = field(default_factory=dict, repr=False)
    phases: dict[Hashable, pd.DataFrame] = field(default_factory=dict, repr=False)
    counted: dict[str, object] = field(default_factory=dict, repr=False)

    @cached_property
    def service(self) -> Service:
        """The routes, calls and stops of the lines of buses; made when first asked for."""
        return service(self.city)

    @cached_property
    def walks(self) -> Walks:
        """The footways, crossings and ways on foot between buildings and stops of buses.

        They are made when first asked for.
        """
        stops = self.service
        return walks(self.city, self.place_x, self.place_y, stops.x, stops.y)

    def ways(self, day_type: DayType) -> Ways:
        """Return the base routes of a type of day; on free-flowing streets the fastest ways."""
        kind = day_type, self.layout is not None
        if kind not in self.base:
            self.base[kind] = self._ways(day_type)
        return self.base[kind]

    def _ways(self, day_type: DayType) -> Ways:
        if self.layout is None:
            return free_ways(self.turning, self.goals)
        return base_ways(self.turning, self.goals, self.layout, self.demand(day_type))

    def demand(self, day_type: DayType) -> list[Demand]:
        """Return the car trips of a lasting day of a type, by period."""
        gate_node, goals = self.gate_node, self.goals
        return demands(self.people, self.place_node, gate_node, goals, day_type, self.seed)

    def nearest_goal(self, x: float, y: float) -> int:
        """Return the junction that is nearest to a place (m), of those to which ways lead."""
        network, goals = self.network, self.goals
        return int(goals[np.hypot(network.x[goals] - x, network.y[goals] - y).argmin()])

    @cached_property
    def lot_key(self) -> NDArray[np.int64]:
        """A number for each lot that stays its own when other lots come or go.

        It is made of what the lot is: its kind and place, and the n-th of these where several are.
        """
        what = self.lots[["kind", "x", "y"]].round(1)
        again = what.groupby(["kind", "x", "y"]).cumcount()
        rows = zip(what["kind"], what["x"], what["y"], again, strict=True)
        marks = [crc32(f"{kind},{x:.1f},{y:.1f},{n}".encode()) for kind, x, y, n in rows]
        return apart(np.array(marks, np.int64) % KEYS)


def apart(keys: NDArray[np.int64], taken: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return the keys, each raised to the next free one where it is taken already."""
    used = set() if taken is None else set(taken.tolist())
    found = []
    for wanted in keys.tolist():
        key = wanted
        while key in used:
            key += 1
        used.add(key)
        found.append(key)
    return np.array(found, np.int64)


def ground(city: City, seed: int = 1, *, queues: bool = False) -> Ground:
    """Prepare a city for its runs; ``seed`` fixes the people who live in it.

    With ``queues`` cars queue in lanes at signals and gaps, on base routes that are solved once;
    without they flow freely along the fastest ways.
    """
    city = city if "turns" in city.tables else with_turns(city)
    turning = Turning.driving(city)
    turning = replace(turning, cost=np.where(turning.core, turning.cost, np.inf))
    network = replace(Network.driving(city), cost=turning.cost)
    who = people(city, Luck(seed, "people"))
    centres = shapely.get_coordinates(city["buildings"].geometry.representative_point().to_numpy())
    x, y = centres[:, 0], centres[:, 1]
    nodes = network.nearest(x, y)
    lots = _lots(city, network)
    gate_node = _gate_nodes(city, network)
    goals = np.unique(np.concatenate([nodes, lots["node"].to_numpy(), gate_node[gate_node >= 0]]))
    made = Ground(
        city=city, seed=seed, network=network, people=who,
        car_key=_keys(who.cars, seed), lots=lots, place_x=x, place_y=y,
        place_node=nodes, gate_node=gate_node, goals=goals.astype(np.int32), turning=turning,
    )  # fmt: skip
    return _with_queues(made) if queues else made


def _with_queues(made: Ground) -> Ground:
    """Lay the streets; signals without plans of the city are timed by the traffic of a weekday."""
    conflicts = _conflicts(made.city)
    layout = city_layout(made.city, made.network.cost, conflicts)
    city, wanted = made.city, made.demand("weekday")
    for _ in range(TIMINGS):
        city = timed(city, turn_flows(made.turning, made.goals, layout, wanted))
        layout = city_layout(city, made.network.cost, conflicts)
    return replace(made, city=city, layout=layout)


def _conflicts(city: City) -> pd.DataFrame:
    """Return the turns with those that each yields to, as a layout reads them."""
    found = yields(city.tables["turns"], city["streets"])
    turn = np.repeat(np.arange(len(found.first)), found.beyond - found.first)
    return pd.DataFrame({"turn": turn, "foe": found.other, "by_light": found.by_light})


def _keys(cars: pd.DataFrame, seed: int) -> NDArray[np.int64]:
    """Return 32 bits for each car that stay its own when other cars come or go.

    They are drawn from whose car it is: the person, or the n-th commuter or visitor of a building.
    """
    luck = Luck(seed, "car")
    keys = np.zeros(len(cars), np.int64)
    for role, rows in cars.groupby("role", observed=True).indices.items():
        own = cars.iloc[rows]
        draws = luck.of(str(role)).uniform(
            own["key"].to_numpy(np.int64),
            trip=np.maximum(own["purpose"].to_numpy(np.int64), 0),
            look=own["number"].to_numpy(np.int64),
        )
        keys[rows] = (np.asarray(draws) * 2**32).astype(np.int64)
    return keys


def _gate_nodes(city: City, network: Network) -> NDArray[np.int32]:
    """Return where cars come and go by each junction that is a gate, -1 for the others.

    A gate from or to which no turn leads stands for the nearest junction on a main street.
    """
    streets, core = city["streets"], network.core
    main = streets["highway"].astype(str).str.removesuffix("_link").isin(MAJOR).to_numpy()
    ends = streets.loc[main, ["from_junction", "to_junction"]].to_numpy(np.int64).ravel()
    usable = np.intersect1d(ends, np.flatnonzero(core))
    usable = usable if len(usable) else np.flatnonzero(core)
    gates = np.flatnonzero(city["junctions"]["gate"].to_numpy(bool))
    away = np.hypot(
        network.x[gates][:, None] - network.x[usable], network.y[gates][:, None] - network.y[usable]
    )
    node = np.full(network.nodes, -1, np.int32)
    node[gates] = np.where(core[gates], gates, usable[away.argmin(axis=1)])
    return node


def _lots(city: City, network: Network) -> pd.DataFrame:
    """Return the car parks as lots: where they are, on which link, and by which junction."""
    parks = city["car_parks"]
    points = shapely.get_coordinates(
        shapely.line_interpolate_point(
            np.where(
                shapely.get_type_id(parks.geometry.to_numpy()) == shapely.GeometryType.LINESTRING,
                parks.geometry.to_numpy(),
                None,
            ),
            0.5,
            normalized=True,
        )
    )
    off_street = shapely.get_coordinates(parks.geometry.representative_point().to_numpy())
    on_kerb = shapely.get_type_id(parks.geometry.to_numpy()) == shapely.GeometryType.LINESTRING
    places = off_street.copy()
    places[on_kerb] = points
    kind = parks["kind"].map(KINDS).to_numpy()
    streets = city["streets"]
    street = np.maximum(parks["street"].to_numpy(), 0)
    return pd.DataFrame(
        {
            "kind": kind.astype(np.int8),
            "x": places[:, 0],
            "y": places[:, 1],
            "node": _access(city, network, parks["street"].to_numpy(), places, on_kerb),
            "arc": np.where(on_kerb, parks["street"].to_numpy(), -1).astype(np.int32),
            "way": np.where(on_kerb, streets["way"].to_numpy()[street], -1).astype(np.int32),
            "width_m": np.where(on_kerb, streets["width_m"].to_numpy(float)[street], np.nan),
            "capacity": parks["spaces"].to_numpy(np.int64),
            "building": parks["building"].to_numpy(np.int32),
            "price_krw_h": parks["price_krw_h"].to_numpy(float),
            "open_from_h": parks["open_from_h"].to_numpy(float),
            "open_to_h": parks["open_to_h"].to_numpy(float),
            "access": np.array([ACCESS.get(code, ACCESS_ALL) for code in kind], dtype=np.int8),
        }
    )


def _access(
    city: City,
    network: Network,
    street: NDArray[np.int64],
    places: NDArray[np.float64],
    on_kerb: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Return the junction a lot is reached by: its street's end for kerbs, else the nearest."""
    nodes = network.nearest(places[:, 0], places[:, 1])
    ends = city["streets"]["to_junction"].to_numpy()[np.maximum(street, 0)]
    known = on_kerb & (street >= 0) & network.core[ends]
    return np.where(known, ends, nodes).astype(np.int32)
