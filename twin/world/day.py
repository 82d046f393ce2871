"""The columns of one day: the cars with their trips, the links, the rules, in one world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.network import Network
from twin.calendar import empty_calendar
from twin.luck import Luck, purpose_code
from twin.world.behaviour import Behaviour
from twin.world.columns import VISITS, Cars, Kind, Links, Phase, Rules, Trips, World
from twin.world.ground import Ground
from twin.world.parking import Parking

__all__ = ["Span", "build", "links", "rules"]

MS_PER_H = 3_600_000
MINUTE_MS = 60_000


@dataclass(frozen=True)
class Span:
    """The time a run covers, in milliseconds since midnight of day 0."""

    start_ms: int
    end_ms: int


def build(ground: Ground, parking: Parking, trips: pd.DataFrame, luck: Luck, span: Span) -> World:
    """Return the world at the start: cars at home or outside, their trips in the calendar."""
    behaviour = parking.behaviour
    lots = parking.start(span.end_ms)
    journeys = _trips(ground, trips)
    cars = _cars(ground, parking, trips, luck, journeys)
    world = World(
        calendar=empty_calendar(2 * len(cars.key) + len(lots.kind) + 64),
        cars=cars,
        trips=journeys,
        links=links(ground, parking),
        places=parking.places(),
        lots=lots,
        rules=rules(behaviour, luck, span),
    )
    parking.world = world
    return world


def _trips(ground: Ground, trips: pd.DataFrame) -> Trips:
    network = ground.network
    gate = trips["gate"].to_numpy(np.int64)
    known = np.maximum(gate, 0)
    nodes = np.where(gate >= 0, network.nearest(network.x[known], network.y[known]), -1)
    return Trips(
        depart_ms=np.round(trips["depart_s"].to_numpy() * 1000).astype(np.int64),
        place=trips["destination"].to_numpy(np.int32),
        gate=nodes.astype(np.int32),
        purpose=trips["purpose"].to_numpy(np.int8),
        order=trips["order"].to_numpy(np.int32),
    )


def _cars(
    ground: Ground, parking: Parking, trips: pd.DataFrame, luck: Luck, journeys: Trips
) -> Cars:
    owners = ground.people.cars
    n = len(owners)
    key = owners["car"].to_numpy(np.int64)
    first = np.searchsorted(trips["car"].to_numpy(), np.arange(n + 1)).astype(np.int64)
    behaviour = parking.behaviour
    lasting = Luck(luck.seed, "parking")
    patience = lasting.of("patience").lognormal(
        key, mean=behaviour.patience_min, cv=behaviour.patience_cv
    )
    return Cars(
        first=first,
        trip=first[:-1] - 1,
        key=key,
        phase=np.full(n, Phase.AWAY, np.int8),
        node=_entry(owners, first, journeys),
        goal=np.zeros(n, np.int32),
        arc=np.full(n, -1, np.int32),
        lot=np.full(n, -1, np.int32),
        permit=permits(ground, parking),
        informed=(lasting.of("informed").uniform(key) < parking.informed_share).astype(np.int8),
        patience_ms=(np.asarray(patience) * MINUTE_MS).astype(np.int64),
        aversion_krw=np.asarray(
            lasting.of("aversion").lognormal(
                key, mean=behaviour.aversion_krw, cv=behaviour.aversion_cv
            )
        ),
        since_ms=np.zeros(n, np.int64),
        parked_ms=np.zeros(n, np.int64),
        circle_ms=np.zeros(n, np.int64),
        looks=np.zeros(n, np.int32),
        seen=np.zeros(n, np.int32),
        free=np.zeros(n, np.int32),
        tried_kerb=np.zeros(n, np.int8),
        booked=np.zeros(n, np.int8),
        visited=np.full((n, VISITS), -1, np.int32),
        ticketed=np.zeros(n, np.int8),
    )


def _entry(owners: pd.DataFrame, first: NDArray[np.int64], trips: Trips) -> NDArray[np.int32]:
    """Return where each car is before it is seen: the gate of its first trip, else anywhere."""
    has_trip = first[:-1] < first[1:]
    rows = np.minimum(first[:-1], max(len(trips.gate) - 1, 0))
    gate = trips.gate[rows] if len(trips.gate) else np.zeros(len(owners), np.int32)
    return np.where(has_trip & (gate >= 0), gate, 0).astype(np.int32)


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
    dx = ground.place_x[home][:, None] - lots["x"].to_numpy()[priority]
    dy = ground.place_y[home][:, None] - lots["y"].to_numpy()[priority]
    nearest = np.argsort(dx * dx + dy * dy, axis=1, kind="stable")[:, :8]
    left = lots["capacity"].to_numpy()[priority].copy()
    for row, car in enumerate(needy):
        for choice in nearest[row]:
            if left[choice] > 0:
                left[choice] -= 1
                permit[car] = priority[choice]
                break
    return permit


def _without_space(ground: Ground, parking: Parking) -> NDArray[np.int64]:
    """Return residents' cars beyond the private spaces of their building, in the order of cars."""
    home = ground.people.cars["home"].to_numpy()
    private = parking.lots[parking.kind(Kind.PRIVATE) & (parking.lots["building"] >= 0).to_numpy()]
    spaces = np.bincount(
        private["building"], weights=private["capacity"], minlength=len(ground.place_x)
    )
    cars = np.flatnonzero(home >= 0)
    order = pd.Series(home[cars]).groupby(home[cars]).cumcount().to_numpy()
    return cars[order >= spaces[home[cars]]]


def links(ground: Ground, parking: Parking) -> Links:
    """Return the driving links, the kerb on each, the ways onward and the trees."""
    network = ground.network
    row = np.full(network.nodes, -1, np.int32)
    row[ground.goals] = np.arange(len(ground.goals))
    kerb = np.full(len(network.tails), -1, np.int32)
    legal = np.flatnonzero(parking.kind(Kind.KERB_LEGAL) & (parking.lots["arc"] >= 0).to_numpy())
    kerb[parking.lots["arc"].to_numpy()[legal]] = legal
    first, arc = _onward(network)
    passable = np.isfinite(network.cost)
    seconds = np.where(passable, network.cost, 0.0)
    return Links(
        tail=network.tails,
        head=network.heads,
        ms=np.maximum(np.round(seconds * 1000), 1).astype(np.int64),
        kerb=kerb,
        out_first=first,
        out_arc=arc,
        row=row,
        next_arc=ground.trees.next_arc,
        way_ms=(ground.trees.cost * 1000).astype(np.float32),
        x=network.x,
        y=network.y,
        flow=np.zeros((len(network.tails), 24), np.int32),
        watched=np.zeros(len(network.tails), np.int8),
    )


def _onward(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the links one can turn into at each junction, as offsets and a list."""
    usable = np.flatnonzero(np.isfinite(network.cost) & network.core[network.heads])
    tails = network.tails[usable]
    order = np.argsort(tails, kind="stable")
    first = np.searchsorted(tails[order], np.arange(network.nodes + 1))
    return first.astype(np.int64), usable[order].astype(np.int32)


def rules(behaviour: Behaviour, luck: Luck, span: Span) -> Rules:
    """Return the scalars of the kernels, in their units."""
    b = behaviour
    seed, epoch, _ = luck.key
    purposes = {
        name: purpose_code(f"parking/{name.replace('_', ' ')}")
        for name in ("mood", "kerb", "turn", "no_show", "overstay", "lateness")
    }
    return Rules(
        seed=seed, epoch=epoch, **purposes,
        start_ms=span.start_ms, end_ms=span.end_ms, look_ms=round(b.look_s * 1000),
        hold_ms=round(b.hold_min * MINUTE_MS), patrol_from_ms=round(b.patrol_from_h * MS_PER_H),
        patrol_to_ms=round(b.patrol_to_h * MS_PER_H), value_of_time=float(b.value_of_time),
        value_of_walking=b.value_of_time * b.walk_weight, fine_krw=float(b.fine_krw),
        scale_krw=float(b.scale_krw), detour_h=b.detour_min / 60, kerb_belief=float(b.belief_kerb),
        area_m=float(b.area_m), observe_m=float(b.observe_m), bay_m=float(b.bay_m),
        accept_below=float(b.accept_below), refuse_above=float(b.refuse_above),
        radius_m=float(b.radius_m), radius_growth=float(b.radius_growth),
        radius_cap_m=float(b.radius_cap_m), no_show_share=float(b.no_show_share),
        overstay_share=float(b.overstay_share), overstay_mean_ms=b.overstay_min * MINUTE_MS,
    )  # fmt: skip

