"""The columns of a day: cars, streets and parking as arrays that kernels read and write.

Times are integer milliseconds, lengths metres, money KRW. A row number is an id. Every part is
always there: one that is not used has empty columns, so that there is one compiled loop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.calendar import Calendar
from twin.shared import by_address
from twin.world.rows import Rows, columns
from twin.world.transit.columns import Transit

__all__ = [
    "ACCESS_ALL", "ACCESS_BUILDING", "ACCESS_PERMIT", "AT", "CAR", "EVENTS", "LINK", "LOT", "NEAR",
    "NODE", "PLACE", "RULES", "TRIP", "VISITS", "Kind", "Phase", "Rank", "World",
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
    BUS = 7
    RIDE = 8


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
    CALL = 40
    BOARD = 41
    ALIGHT = 42
    RIDE = 43
    UNSERVED = 44
    ASK = 45


EVENTS: dict[int, tuple[str, tuple[str, ...]]] = {
    AT.DEPART: ("depart", ("car", "trip")),
    AT.PARK: ("park", ("car", "lot", "trip", "search_ms", "looks", "worth_krw")),
    AT.LEAVE: ("leave", ("car", "lot", "stay_ms", "fee_krw", "trip")),
    AT.FULL: ("full", ("car", "lot", "trip")),
    AT.FAIL: ("fail", ("car", "place", "trip", "search_ms", "looks", "worth_krw")),
    AT.EXIT: ("exit", ("car", "trip")),
    AT.BOOK: ("book", ("car", "lot", "trip")),
    AT.NO_SHOW: ("no_show", ("car", "lot", "trip")),
    AT.OVERSTAY: ("overstay", ("car", "lot", "late_ms")),
    AT.BLOCKED: ("blocked", ("car", "lot", "trip")),
    AT.MOVE: ("move", ("car", "arc", "trip")),
    AT.CALL: ("call", ("bus", "call", "since_ms", "alighted", "boarded", "left_behind")),
    AT.BOARD: ("board", ("rider", "bus", "call", "wait_ms")),
    AT.ALIGHT: ("alight", ("rider", "bus", "call", "ride_ms")),
    AT.RIDE: ("ride", ("rider", "journey", "start_ms", "wait_ms", "boardings", "denied")),
    AT.UNSERVED: ("unserved", ("rider", "journey", "reason", "stop", "wait_ms", "denied")),
    AT.ASK: ("ask", ("rider", "journey", "stop", "target")),
}
"""Name and columns of each logged event, after its time."""


TRIP = columns(depart_ms="i8", place="i4", gate="i4", order="i4", purpose="i1")
"""A trip, in the order of (car, order). ``place`` -1 leaves the city by the junction ``gate``."""

CAR = columns(
    trip="i8", node="i4", goal="i4", arc="i4", lot="i4", seen="i4", free="i4", looks="i4",
    phase="i1", fulls="i1", informed="i1", tried_kerb="i1", booked="i1", ticketed="i1", permit="i4",
    since_ms="i8", circle_ms="i8", key="i8", patience_ms="i8", parked_ms="i8", first="i8",
    beyond="i8", aversion_krw="f8", liking="f8",
)  # fmt: skip
"""A car, what changes on the way first. Its trips are the rows ``first`` to ``beyond`` - 1.

``trip`` is the one it is on; ``since_ms`` is when it came to the area of its destination;
``booked`` is 1 with a space held, -1 with a booking it will not use; ``liking`` is the Gumbel term
of what it chose; ``fulls`` is how many of its places in ``visited`` count.
"""

LINK = columns(ms="i8", tail="i4", head="i4", kerb="i4", watched="i1")
"""A link of the streets: free-flow time, ends, the lot at its kerb (-1)."""

NODE = columns(x="f8", y="f8", out_first="i8", out_beyond="i8", row="i4")
"""A junction: place, its links onward (rows of ``onward``), and its row in the trees (-1)."""

PLACE = columns(x="f8", y="f8", first="i8", beyond="i8", node="i4")
"""A destination: place, the lots thought of there (rows of ``near``), the junction it is at."""

NEAR = columns(walk_m="f8", lot="i4")
"""A lot within walking reach of a place, nearest first."""

LOT = columns(
    x="f8", y="f8", key="i8", capacity="i8", taken="i8", stock="i8", filled="i8", paid_from_ms="i8",
    paid_to_ms="i8", closes_ms="i8", price_krw_h="f8", day_cap_krw="f8",
    belief="f8", node="i4", parent="i4", building="i4", kind="i1", access="i1", sensed="i1",
    booking="i1", gated="i1",
)  # fmt: skip
"""A lot. A shared lot is part of its ``parent``: both fill its ``filled``, up to its ``stock``."""

RULES = columns(
    seed="i8", epoch="i8", mood="i8", kerb="i8", turn="i8", no_show="i8", overstay="i8",
    lateness="i8", start_ms="i8", end_ms="i8", look_ms="i8", hold_ms="i8",
    value_of_time="f8", value_of_walking="f8", fine_krw="f8", fail_krw="f8",
    walk_detour="f8", scale_krw="f8",
    detour_h="f8", kerb_belief="f8", area_m="f8", observe_m="f8", bay_m="f8", accept_below="f8",
    refuse_above="f8", radius_m="f8", radius_growth="f8", radius_cap_m="f8", no_show_share="f8",
    overstay_share="f8", overstay_mean_ms="f8",
)  # fmt: skip
"""The scalars that drivers and places go by: one row; see twin.world.behaviour.Behaviour."""


@by_address
class World(NamedTuple):
    """All parts of one run.

    ``visited`` int32 [car, VISITS]: lots found full on this trip. ``onward`` int32: links, grouped
    by the junction they leave. ``next_arc`` int32 and ``way_ms`` float32 [tree, junction]: the way
    to each goal. ``tickets`` float64 [lot, 25]: tickets a car would expect from midnight to each
    hour of the day. ``flow`` int32 [link, 24]: cars that entered a link in each hour of the day.
    """

    calendar: Calendar
    cars: Rows
    trips: Rows
    links: Rows
    nodes: Rows
    places: Rows
    near: Rows
    lots: Rows
    rules: Rows
    visited: NDArray[np.int32]
    onward: NDArray[np.int32]
    next_arc: NDArray[np.int32]
    way_ms: NDArray[np.float32]
    tickets: NDArray[np.float64]
    flow: NDArray[np.int32]
    transit: Transit
