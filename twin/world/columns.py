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
from twin.world.crossings.columns import CrossingColumns
from twin.world.fleet.columns import FleetColumns
from twin.world.rows import Rows, columns
from twin.world.streets.columns import Traffic, Ways
from twin.world.transit.columns import Transit
from twin.world.walking.columns import Walking

__all__ = [
    "ACCESS_ALL", "ACCESS_BUILDING", "ACCESS_PERMIT", "AT", "CAR", "EVENTS", "LINK", "LOT", "NEAR",
    "NODE", "PLACE", "RULES", "SEARCH_CAP_MS", "TRIP", "VISITS", "Kind", "Phase", "Rank", "World",
]  # fmt: skip

VISITS = 12
"""How many places that were found full a driver remembers."""

SEARCH_CAP_MS = 30 * 60_000
"""What a search counts with at the most, in time and in money."""

ACCESS_ALL, ACCESS_BUILDING, ACCESS_PERMIT = 0, 1, 2
"""Who may use a place: everybody, who goes to its building, who holds its permit."""


class Rank:
    """Kinds of events, in the order they act at one instant: leaving comes before arriving."""

    RELEASE = 0
    LEAVE = 1
    LINK = 2
    REACH = 3
    SERVE = 4
    WALK = 5
    CROSS = 6
    BUS = 7
    RIDE = 8
    TASK = 9
    ALARM = 10


class Phase:
    """What a car is doing."""

    AWAY = 0
    PARKED = 1
    DRIVING = 2
    TO_LOT = 3
    TO_KERB = 4
    CIRCLING = 5
    EXITING = 6
    ROUTED = 7
    ON_DUTY = 8


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
    ARRIVE = 20
    SQUEEZE = 21
    ENCOUNTER = 30
    CROSS = 31
    WALK = 32
    TRAVEL = 33
    CONFLICT = 34
    BRAKE = 35
    ALARM = 36
    LIT = 37
    ROLL = 38
    ROLLED = 39
    CALL = 40
    BOARD = 41
    ALIGHT = 42
    RIDE = 43
    UNSERVED = 44
    ASK = 45
    ACCESS = 46
    ASKED = 50
    GRANTED = 51
    PICKED_UP = 52
    SET_DOWN = 53
    LOST = 54
    HAILED = 55
    STOP = 56
    DRIVE = 57


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
    AT.ARRIVE: ("arrive", ("car", "trip", "travel_ms")),
    AT.SQUEEZE: ("squeeze", ("car", "arc", "trip", "stuck_ms")),
    AT.ENCOUNTER: ("encounter", ("person", "crossing", "car", "gap_ms", "outcome", "speed_cm_s")),
    AT.CROSS: ("cross", ("person", "crossing", "wait_ms", "pet_ms", "cars", "stage")),
    AT.WALK: ("walk", ("person", "leg", "start_ms", "metres", "wait_ms", "straight")),
    AT.TRAVEL: ("travel", ("person", "leg", "start_ms", "mode")),
    AT.CONFLICT: (
        "conflict",
        ("person", "crossing", "car", "pet_ms", "speed_cm_s", "impact_cm_s"),
    ),
    AT.BRAKE: ("brake", ("crossing", "car", "gap_ms", "speed_cm_s", "headway_ms", "alarm")),
    AT.ALARM: ("alarm", ("crossing", "lit_ms")),
    AT.LIT: ("lit", ("person", "crossing", "latency_ms")),
    AT.ROLL: ("roll", ("machine", "arc")),
    AT.ROLLED: ("rolled", ("machine", "start_ms", "metres", "wait_ms", "met", "blocked_ms")),
    AT.CALL: ("call", ("bus", "call", "since_ms", "alighted", "boarded", "left_behind")),
    AT.BOARD: ("board", ("person", "bus", "call", "wait_ms")),
    AT.ALIGHT: ("alight", ("person", "bus", "call", "ride_ms")),
    AT.RIDE: ("ride", ("person", "leg", "start_ms", "wait_ms", "boardings", "denied")),
    AT.UNSERVED: ("unserved", ("person", "leg", "reason", "stop", "wait_ms", "denied")),
    AT.ASK: ("ask", ("person", "leg", "stop", "target")),
    AT.ACCESS: ("access", ("person", "leg", "start_ms", "metres", "wait_ms", "straight")),
    AT.ASKED: ("asked", ("person", "job", "leg", "start", "end")),
    AT.GRANTED: ("granted", ("person", "job", "vehicle", "wait_ms", "leg")),
    AT.PICKED_UP: ("picked_up", ("person", "job", "vehicle", "wait_ms", "at_stop_ms")),
    AT.SET_DOWN: ("set_down", ("person", "job", "vehicle", "ride_ms")),
    AT.LOST: ("lost", ("person", "job", "why", "leg", "wait_ms")),
    AT.HAILED: ("hailed", ("person", "leg", "job", "start_ms", "wait_ms", "ride_ms")),
    AT.STOP: ("stop", ("vehicle", "berth", "off", "on", "aboard", "metres")),
    AT.DRIVE: ("drive", ("vehicle", "arc")),
}
"""Name and columns of each logged event, after its time.

A ``walk`` is a whole leg, an ``access`` a walk to, between or from the stops of a leg by bus or on
demand. From ``asked`` on it is about fleets: a job is of a person (-1: a thing), and a ``hailed``
leg is one that a vehicle served. A ``stop`` is over then; a ``drive`` ends at the end of its link.
"""


TRIP = columns(
    depart_ms="i8", moment="i8", first="i8", place="i4", gate="i4", purpose="i1", routed="i1",
    off="i1",
)  # fmt: skip
"""A trip, car by car in the order they are made. ``place`` -1 leaves by the junction ``gate``.

One that is ``off`` is not made, as things stand: its driver goes otherwise that day.

``moment`` is the word of luck of its day and its order in that day, which starts at 04:00. A
``routed`` one follows the ``routes`` from row ``first`` to the next -1, and parks nowhere.
"""

CAR = columns(
    node="i4", arc="i4", place="i4", tree="i4", phase="i1", on="i1", fulls="i1", informed="i1",
    tried_kerb="i1", booked="i1", ticketed="i1", set="i1", guided="i1", lane="i4",
    turn="i4", next="i4", ahead="i4", behind="i4", reach_ms="i8", entered_ms="i8", slower="f4",
    step="i4", lot="i4", seen="i4", free="i4", looks="i4", trip="i4", first="i4", beyond="i4",
    permit="i4", moment="i8", key="i8", circle_ms="i8", since_ms="i8", patience_ms="i8",
    parked_ms="i8", aversion_krw="f8", liking="f8",
)  # fmt: skip
"""A car, what traffic needs first. Its trips are the rows ``first`` to ``beyond`` - 1.

``trip`` is the one it is on, to ``place``, by the tree ``tree`` of the ``set`` of base routes that
its driver knows, or takes by what a ``guided`` one is told; ``moment`` is that trip in the
words of Luck; ``since_ms`` is when it came to the area of its destination, or there
onto the street (-1: not yet);
``booked`` is 1 with a space held, -1 with a booking it will not use; ``liking`` is the Gumbel term
of what it chose; ``fulls`` is how many of its places in ``visited`` count.

``on`` is 1 while it takes room of the link ``arc``; it queues in ``lane`` (-1) for its ``turn``
(-1) into the link ``next``; ``ahead`` and ``behind`` are its neighbours among those moving on the
link or queued. It ``entered_ms`` the link and ``reach_ms`` its end; ``step`` is the next row of its
route; ``slower`` is how much longer it takes than free flow, as a share.
"""

LINK = columns(
    ms="i4", tail="i4", head="i4", kerb="i4", watched="i1", crossed="i1", storage="i4", lanes="i4",
    lane_first="i4", entry="i4", turn_first="i4", turn_beyond="i4", ring="i8", wave_ms="i4",
    inflow_ms="i4", calm="i4", standing="i4", promised="i4", entered="i8", left="i8",
    next_in_ms="i8", held_ms="i8", passed_ms="i8", first="i4", last="i4", wait_first="i4",
    wait_last="i4", lost="f8", near_line="f8",
)  # fmt: skip
"""A link of the streets: free-flow time, ends, the lot at its kerb (-1).

``crossed`` is 1 where walkers meet its cars: ``first`` to ``last`` are those moving, nobody passes
its stop line before ``held_ms``, and the last one did at ``passed_ms``.

``storage`` is how many cars fit, 0 for free flow without limit: nothing after it counts then. It
has ``lanes`` from ``lane_first`` on, and ``entry`` for cars from rest; the ring of its last
leavings starts at row ``ring`` of ``left_ms``. A hole takes ``wave_ms`` from its end to its start;
cars enter ``inflow_ms`` apart, from ``next_in_ms`` on; up to ``calm`` cars it counts as not jammed.
``entered`` and ``left`` count cars, ``standing`` those parked illegally, ``promised`` holes kept
for lanes that wait from ``wait_first`` to ``wait_last``; ``lost`` is the share of its capacity that
is lost; ``near_line`` the share of its kerb at which cars that park hold up the stop line.
"""

NODE = columns(x="f8", y="f8", row="i4")
"""A junction: place, and its row in the trees (-1)."""

PLACE = columns(x="f8", y="f8", first="i4", beyond="i4", node="i4")
"""A destination: place, the lots thought of there (rows of ``near``), the junction it is at."""

NEAR = columns(walk_m="f8", lot="i4")
"""A lot within walking reach of a place, nearest first."""

LOT = columns(
    x="f8", y="f8", key="i8", capacity="i8", taken="i8", stock="i8", filled="i8", paid_from_ms="i8",
    paid_to_ms="i8", closes_ms="i8", price_krw_h="f8", day_cap_krw="f8",
    belief="f8", node="i4", link="i4", parent="i4", building="i4", kind="i1", access="i1",
    sensed="i1", booking="i1", gated="i1",
)  # fmt: skip
"""A lot. A shared lot is part of its ``parent``: both fill its ``filled``, up to its ``stock``.
``link`` is the link it lies beside (-1)."""

RULES = columns(
    seed="i8", epoch="i8", mood="i8", kerb="i8", turn="i8", no_show="i8", overstay="i8",
    lateness="i8", route="i8", spot="i8", look_ms="i8", hold_ms="i8",
    value_of_time="f8", value_of_walking="f8", fine_krw="f8", fail_krw="f8",
    walk_detour="f8", walk_m_per_h="f8", scale_krw="f8",
    detour_h="f8", kerb_belief="f8", area_m="f8", observe_m="f8", bay_m="f8", accept_below="f8",
    refuse_above="f8", radius_m="f8", radius_growth="f8", radius_cap_m="f8", no_show_share="f8",
    overstay_share="f8", overstay_mean_ms="f8",
)  # fmt: skip
"""The scalars that drivers and places go by: one row; see twin.world.behaviour.Behaviour."""


@by_address
class World(NamedTuple):
    """All parts of one run.

    ``visited`` int32 [car, VISITS]: lots found full on this trip. ``tickets`` float64 [lot, 25]:
    tickets a car would expect from midnight to each hour of the day. ``flow`` int32 [link, 24]:
    cars that entered a link in each hour of the day.
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
    traffic: Traffic
    ways: Ways
    visited: NDArray[np.int32]
    tickets: NDArray[np.float64]
    flow: NDArray[np.int32]
    walking: Walking
    crossings: CrossingColumns
    transit: Transit
    fleet: FleetColumns
