"""The columns of a day: cars, streets and parking as arrays that kernels read and write.

Times are integer milliseconds, lengths metres, money KRW. A row number is an id. Every part is
always there: one that is not used has empty columns, so that there is one compiled loop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.calendar import Calendar

__all__ = [
    "ACCESS_ALL", "ACCESS_BUILDING", "ACCESS_PERMIT", "AT", "Cars", "EVENTS", "Kind", "Links",
    "Lots", "Phase", "Places", "Rank", "Rules", "Trips", "VISITS", "World",
]  # fmt: skip

VISITS = 12
"""How many places that were found full a driver remembers."""

ACCESS_ALL, ACCESS_BUILDING, ACCESS_PERMIT = 0, 1, 2
"""Who may use a place: everybody, who goes to its building, who holds its permit."""


class Rank:
    """Kinds of events, in the order they act at one instant: leaving comes before arriving."""

    RELEASE = 0
    LEAVE = 1
    LINK = 2
    REACH = 3


class Phase:
    """What a car is doing."""

    AWAY = 0
    PARKED = 1
    DRIVING = 2
    TO_LOT = 3
    TO_KERB = 4
    CIRCLING = 5
    EXITING = 6


class Kind:
    """Kinds of places to park, as in the layer ``car_parks``; ``SHARED`` is offered by an owner."""

    PUBLIC = 0
    RESIDENT_PRIORITY = 1
    PRIVATE = 2
    KERB_LEGAL = 3
    KERB_ILLEGAL = 4
    SHARED = 5

    NAMES = ("public", "resident_priority", "private", "kerb_legal", "kerb_illegal", "shared")


class AT:
    """Codes of the log; :data:`EVENTS` names the columns of each."""

    DEPART = 1
    ARRIVE = 2
    PARK = 3
    LEAVE = 4
    FULL = 5
    FAIL = 6
    EXIT = 7
    BOOK = 8
    NO_SHOW = 9
    OVERSTAY = 10
    BLOCKED = 11
    MOVE = 12


EVENTS: dict[int, tuple[str, tuple[str, ...]]] = {
    AT.DEPART: ("depart", ("car", "trip")),
    AT.ARRIVE: ("arrive", ("car", "trip")),
    AT.PARK: ("park", ("car", "lot", "trip", "search_ms", "looks")),
    AT.LEAVE: ("leave", ("car", "lot", "stay_ms", "fee_krw", "trip")),
    AT.FULL: ("full", ("car", "lot", "trip")),
    AT.FAIL: ("fail", ("car", "place", "trip", "search_ms", "looks")),
    AT.EXIT: ("exit", ("car", "trip")),
    AT.BOOK: ("book", ("car", "lot", "trip")),
    AT.NO_SHOW: ("no_show", ("car", "lot", "trip")),
    AT.OVERSTAY: ("overstay", ("car", "lot", "late_ms")),
    AT.BLOCKED: ("blocked", ("car", "lot", "trip")),
    AT.MOVE: ("move", ("car", "arc", "trip")),
}
"""Name and columns of each logged event, after its time."""


class Trips(NamedTuple):
    """One row a trip, in the order of (car, order). ``place`` -1 leaves the city by ``gate``."""

    depart_ms: NDArray[np.int64]
    place: NDArray[np.int32]
    gate: NDArray[np.int32]
    purpose: NDArray[np.int8]
    order: NDArray[np.int32]


class Cars(NamedTuple):
    """One row a car; ``first`` has one row more (the trips of car i are ``first[i]:first[i+1]``).

    ``since_ms`` is when the car came to the area of its destination, later when it parked.
    """

    first: NDArray[np.int64]
    trip: NDArray[np.int64]
    key: NDArray[np.int64]
    phase: NDArray[np.int8]
    node: NDArray[np.int32]
    goal: NDArray[np.int32]
    arc: NDArray[np.int32]
    lot: NDArray[np.int32]
    permit: NDArray[np.int32]
    informed: NDArray[np.int8]
    patience_ms: NDArray[np.int64]
    aversion_krw: NDArray[np.float64]
    since_ms: NDArray[np.int64]
    parked_ms: NDArray[np.int64]
    circle_ms: NDArray[np.int64]
    looks: NDArray[np.int32]
    seen: NDArray[np.int32]
    free: NDArray[np.int32]
    tried_kerb: NDArray[np.int8]
    booked: NDArray[np.int8]
    visited: NDArray[np.int32]
    ticketed: NDArray[np.int8]


class Links(NamedTuple):
    """Arcs of the driving network, ways onward from each node, and the way to every node."""

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    ms: NDArray[np.int64]
    kerb: NDArray[np.int32]
    out_first: NDArray[np.int64]
    out_arc: NDArray[np.int32]
    row: NDArray[np.int32]
    next_arc: NDArray[np.int32]
    way_ms: NDArray[np.float32]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    flow: NDArray[np.int32]
    watched: NDArray[np.int8]


class Places(NamedTuple):
    """Destinations, and the places to park within walking reach of each, nearest first."""

    node: NDArray[np.int32]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    first: NDArray[np.int64]
    lot: NDArray[np.int32]
    walk_m: NDArray[np.float64]


class Lots(NamedTuple):
    """One row a lot. A shared lot is part of its ``parent``: both fill ``filled[parent]``, up to ``stock[parent]``."""

    kind: NDArray[np.int8]
    key: NDArray[np.int64]
    node: NDArray[np.int32]
    capacity: NDArray[np.int64]
    taken: NDArray[np.int64]
    parent: NDArray[np.int32]
    stock: NDArray[np.int64]
    filled: NDArray[np.int64]
    access: NDArray[np.int8]
    building: NDArray[np.int32]
    price_krw_h: NDArray[np.float64]
    day_cap_krw: NDArray[np.float64]
    paid_from_ms: NDArray[np.int64]
    paid_to_ms: NDArray[np.int64]
    closes_ms: NDArray[np.int64]
    ticket_rate_h: NDArray[np.float64]
    sensed: NDArray[np.int8]
    booking: NDArray[np.int8]
    belief: NDArray[np.float64]


class Rules(NamedTuple):
    """Scalars that drivers and places go by; see :class:`twin.world.parking.Behaviour` for units."""

    seed: int
    epoch: int
    mood: int
    kerb: int
    turn: int
    no_show: int
    overstay: int
    lateness: int
    start_ms: int
    end_ms: int
    look_ms: int
    hold_ms: int
    patrol_from_ms: int
    patrol_to_ms: int
    value_of_time: float
    value_of_walking: float
    fine_krw: float
    scale_krw: float
    detour_h: float
    kerb_belief: float
    area_m: float
    observe_m: float
    bay_m: float
    accept_below: float
    refuse_above: float
    radius_m: float
    radius_growth: float
    radius_cap_m: float
    no_show_share: float
    overstay_share: float
    overstay_mean_ms: float


class World(NamedTuple):
    """All parts of one run."""

    calendar: Calendar
    cars: Cars
    trips: Trips
    links: Links
    places: Places
    lots: Lots
    rules: Rules
