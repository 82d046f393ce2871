"""The columns of one day: the cars with their trips, the links, the rules, in one world."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gis.population import DayType
from twin.calendar import empty_calendar
from twin.luck import Luck, at, purpose_code
from twin.world.behaviour import Behaviour
from twin.world.columns import CAR, LINK, NODE, RULES, TRIP, VISITS, Kind, Phase, World
from twin.world.crossings.columns import CrossingColumns
from twin.world.crossings.crossings import no_crossings
from twin.world.fleet.columns import FleetColumns, no_fleet
from twin.world.fleet.vehicles import on_duty
from twin.world.ground import Ground
from twin.world.parking import Parking
from twin.world.rows import Rows, table
from twin.world.streets.columns import Traffic, no_traffic
from twin.world.streets.layout import Flow, lay
from twin.world.transit.columns import Transit, no_transit
from twin.world.walking.columns import Walking
from twin.world.walking.day import nobody_walks

__all__ = ["Others", "build", "permits", "rules"]

MINUTE_MS = 60_000
MS_PER_DAY = 24 * 60 * MINUTE_MS
QUIET_MS = 4 * 60 * MINUTE_MS
"""When a day of trips starts: a trip after midnight belongs to the day before."""
CHOICES = 8  # spaces that a resident asks for a permit
LONG_AGO = -(1 << 40)


class Others(NamedTuple):
    """Who is on the way but for cars: walkers, crossings where they meet, buses, fleets."""

    walking: Walking
    crossings: CrossingColumns
    transit: Transit
    fleet: FleetColumns


def build(  # noqa: PLR0913 - what a world is made of
    ground: Ground,
    parking: Parking,
    trips: pd.DataFrame,
    luck: Luck,
    epoch_ms: int = 0,
    others: Others | None = None,
    *,
    day_type: DayType = "weekday",
) -> World:
    """Return the world at the start: cars at home or outside, no event yet in the calendar.

    The trips' departures count from ``epoch_ms`` of the calendar, a midnight.
    """
    others = others or Others(nobody_walks(), no_crossings(), no_transit(), no_fleet())
    journeys = _trips(ground, trips, epoch_ms)
    cars = _cars(ground, parking, trips, luck, journeys)
    others.fleet.rules.cars[0] = len(cars)
    cars = on_duty(cars, others.fleet)
    others.transit.rules.cars[0] = len(cars)
    cars = _with_buses(cars, others.transit)
    places, near = parking.places()
    network = ground.network
    links = _links(ground, parking)
    traffic = _traffic(ground, links, others.transit.routes)
    links.crossed[others.crossings.watches.link] = 1
    movers = len(cars) + len(traffic.lanes) + len(others.walking.persons) + len(others.fleet.jobs)
    pending = 2 * movers + len(parking.lots) + len(others.crossings.alarms) + 64
    world = World(
        calendar=empty_calendar(pending),
        cars=cars,
        trips=journeys,
        links=links,
        nodes=_nodes(ground),
        places=places,
        near=near,
        lots=parking.start(),
        rules=rules(parking.behaviour, luck),
        visited=np.full((len(cars), VISITS), -1, np.int32),
        traffic=traffic,
        ways=ground.ways(day_type),
        tickets=parking.tickets(),
        flow=np.zeros((len(network.tails), 24), np.int32),
        **others._asdict(),
    )
    parking.world = world
    return world


def _trips(ground: Ground, trips: pd.DataFrame, epoch_ms: int) -> Rows:
    gate = trips["gate"].to_numpy(np.int64)
    known = np.maximum(gate, 0)
    depart_ms = np.round(trips["depart_s"].to_numpy() * 1000).astype(np.int64) + epoch_ms
    day = np.maximum((depart_ms - QUIET_MS) // MS_PER_DAY, 0)
    return table(
        TRIP,
        len(trips),
        depart_ms=depart_ms,
        place=trips["destination"].to_numpy(),
        gate=np.where(gate >= 0, ground.gate_node[known], -1),
        purpose=trips["purpose"].to_numpy(),
        moment=at(day, trips["order"].to_numpy(np.int64) + 1),
        off=trips["off"].to_numpy() if "off" in trips else 0,
    )


def _cars(ground: Ground, parking: Parking, trips: pd.DataFrame, luck: Luck, days: Rows) -> Rows:
    owners = ground.people.cars
    key = ground.car_key
    bounds = np.searchsorted(trips["car"].to_numpy(), np.arange(len(owners) + 1))
    b = parking.behaviour
    lasting = Luck(luck.seed, "parking")
    patience = lasting.of("patience").lognormal(key, mean=b.patience_min, cv=b.patience_cv)
    return table(
        CAR,
        len(owners),
        first=bounds[:-1],
        beyond=bounds[1:],
        trip=bounds[:-1] - 1,
        key=key,
        phase=Phase.AWAY,
        node=_entry(bounds, days),
        arc=-1,
        lane=-1,
        lot=-1,
        permit=permits(ground, parking),
        guided=lasting.of("guided").uniform(key) < b.guided_share,
        informed=lasting.of("informed").uniform(key) < parking.informed_share,
        patience_ms=np.asarray(patience) * MINUTE_MS,
        aversion_krw=lasting.of("aversion").lognormal(key, mean=b.aversion_krw, cv=b.aversion_cv),
    )


def _with_buses(cars: Rows, transit: Transit) -> Rows:
    """Return the cars with a row for each bus behind them, on the link of its first call.

    Its luck is that of its line and of the minute in which it leaves.
    """
    buses = transit.buses
    if not len(buses):
        return cars
    rows = table(CAR, len(cars) + len(buses), lane=-1, lot=-1, permit=-1, trip=-1)
    rows[: len(cars)] = cars
    added = rows[len(cars) :]
    step = transit.calls.step[buses.call]
    added.phase, added.arc, added.step = Phase.ROUTED, transit.routes[step], step + 1
    day, time_ms = np.divmod(buses.depart_ms, MS_PER_DAY)
    added.key, added.moment = buses.line, at(day, time_ms // MINUTE_MS)
    return rows


def _traffic(ground: Ground, links: Rows, routes: NDArray[np.int32]) -> Traffic:
    """Return the traffic: queues where the ground has a layout, else free flow."""
    if ground.layout is None:
        return no_traffic(len(links), routes)
    return lay(links, ground.layout, Flow(), routes)


def _entry(bounds: NDArray[np.int64], trips: Rows) -> NDArray[np.int32]:
    """Return where each car is before it is seen: the gate of its first trip, else anywhere."""
    gate = np.zeros(len(bounds) - 1, np.int32)
    moving = np.flatnonzero(bounds[:-1] < bounds[1:])
    gate[moving] = np.maximum(trips.gate[bounds[moving]], 0)
    return gate


def permits(ground: Ground, parking: Parking) -> NDArray[np.int32]:
    """Give resident-priority spaces to cars that do not fit in their building, nearest first.

    Returns the lot of each car, -1 without a permit.
    """
    owners, lots = ground.people.cars, parking.lots
    permit = np.full(len(owners), -1, np.int32)
    priority = np.flatnonzero(parking.kind(Kind.RESIDENT_PRIORITY))
    needy = _without_space(ground, parking)
    if not len(priority) or not len(needy):
        return permit
    home = owners["home"].to_numpy()[needy]
    homes = np.column_stack([ground.place_x[home], ground.place_y[home]])
    places = lots[["x", "y"]].to_numpy(float)[priority]
    nearest = _nearest(homes, places)
    left = lots["capacity"].to_numpy()[priority].copy()
    for row, car in enumerate(needy):
        for choice in nearest[row]:
            if left[choice] > 0:
                left[choice] -= 1
                permit[car] = priority[choice]
                break
    return permit


def _nearest(homes: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the nearest places of each home, nearest first, of equal ones the first row."""
    most = min(CHOICES, len(places))
    reach = cKDTree(places).query(homes, most)[0].reshape(len(homes), most)[:, -1]
    # All places as far as the last one or nearer, so that a tie is not settled by the tree.
    found = cKDTree(places).query_ball_point(homes, reach * (1.0 + 1e-9) + 1e-6, return_sorted=True)
    nearest = np.empty((len(homes), most), np.int64)
    for row, near in enumerate(found):
        dx, dy = (homes[row] - places[near]).T
        nearest[row] = np.array(near)[np.argsort(dx * dx + dy * dy, kind="stable")[:most]]
    return nearest


def _without_space(ground: Ground, parking: Parking) -> NDArray[np.int64]:
    """Return residents' cars beyond the private spaces of their building, in the order of cars."""
    home = ground.people.cars["home"].to_numpy()
    private = parking.lots[parking.kind(Kind.PRIVATE) & (parking.lots["building"] >= 0).to_numpy()]
    spaces = np.bincount(
        private["building"], weights=private["capacity"], minlength=len(ground.place_x)
    )
    cars: NDArray[np.int64] = np.flatnonzero(home >= 0)
    order = pd.Series(home[cars]).groupby(home[cars]).cumcount().to_numpy()
    beyond: NDArray[np.int64] = cars[order >= spaces[home[cars]]]
    return beyond


def _links(ground: Ground, parking: Parking) -> Rows:
    """Return the links, those of buses too, with the lot of paid bays at each kerb."""
    network = ground.network
    kerb = np.full(len(network.tails), -1, np.int32)
    legal = np.flatnonzero(parking.kind(Kind.KERB_LEGAL) & (parking.lots["arc"] >= 0).to_numpy())
    kerb[parking.lots["arc"].to_numpy()[legal]] = legal
    seconds = network.cost
    if "streets" in ground.city:
        streets = ground.city["streets"]
        seconds = streets["length_m"].to_numpy(float) / streets["speed_kmh"].to_numpy(float) * 3.6
    return table(
        LINK,
        len(network.tails),
        tail=network.tails,
        head=network.heads,
        ms=np.maximum(np.round(seconds * 1000), 1),
        kerb=kerb,
        first=-1,
        last=-1,
        passed_ms=LONG_AGO,
    )


def _nodes(ground: Ground) -> Rows:
    """Return the junctions, each with its row among the goals."""
    network = ground.network
    row = np.full(network.nodes, -1, np.int32)
    row[ground.goals] = np.arange(len(ground.goals))
    return table(NODE, network.nodes, x=network.x, y=network.y, row=row)


def rules(behaviour: Behaviour, luck: Luck) -> Rows:
    """Return the scalars of the kernels, in their units."""
    b = behaviour
    seed, epoch, _ = luck.key
    purposes = {
        name: purpose_code(f"parking/{name.replace('_', ' ')}")
        for name in ("mood", "kerb", "turn", "no_show", "overstay", "lateness", "route", "spot")
    }
    return table(
        RULES, 1, seed=seed, epoch=epoch, **purposes,
        look_ms=round(b.look_s * 1000),
        hold_ms=round(b.hold_min * MINUTE_MS), value_of_time=float(b.value_of_time),
        value_of_walking=b.value_of_time * b.walk_weight, fine_krw=float(b.fine_krw),
        fail_krw=float(b.fail_krw), walk_detour=float(b.walk_detour),
        walk_m_per_h=float(b.walk_m_per_h),
        scale_krw=float(b.scale_krw), detour_h=b.detour_min / 60, kerb_belief=float(b.belief_kerb),
        area_m=float(b.area_m), observe_m=float(b.observe_m), bay_m=float(b.bay_m),
        accept_below=float(b.accept_below), refuse_above=float(b.refuse_above),
        radius_m=float(b.radius_m), radius_growth=float(b.radius_growth),
        radius_cap_m=float(b.radius_cap_m), no_show_share=float(b.no_show_share),
        overstay_share=float(b.overstay_share), overstay_mean_ms=b.overstay_min * MINUTE_MS,
    )  # fmt: skip
