"""Delivery robots against theory: helpers, fleet, stopping, energy, through the production code."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from gis.newtown import newtown
from scenarios.delivery_robot.dispatch import Dispatch
from scenarios.delivery_robot.footways import metres_from
from scenarios.delivery_robot.hubs import Hubs
from scenarios.delivery_robot.motion import GRAVITY, TTC_S, Motion, stopping_m
from scenarios.delivery_robot.network import Connection
from scenarios.delivery_robot.offer import Offer
from scenarios.delivery_robot.operation import Handling, Operation, Traits
from scenarios.delivery_robot.orders import FOOD, Orders
from scenarios.delivery_robot.seats import Seats
from twin.luck import Luck
from twin.machines import Battery, Wear
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.ground import Ground, ground
from twin.world.walking.pavement import Pavement

LUCK = Luck(11, "oracle", 0)
HAND_S = 100.0
FAST = Motion(
    mps=1.5, kg=55.0, rolling=0.02, efficiency=0.6, electronics_w=60.0, reaction_s=0.3, brake=1.5,
    sight_m=10.0,
)  # fmt: skip


def erlang_c(servers: int, load: float) -> float:
    """Return the chance to wait of M/M/c, load = arrivals x service."""
    blocked = 1.0
    for c in range(1, servers + 1):
        blocked = load * blocked / (c + load * blocked)
    return servers * blocked / (servers - load * (1.0 - blocked))


def batches(values: NDArray[np.float64], number: int = 40) -> tuple[float, float]:
    """Return the mean and its standard error by batch means."""
    means = np.array([part.mean() for part in np.array_split(values, number)])
    return float(values.mean()), float(means.std(ddof=1) / math.sqrt(number))


@pytest.mark.parametrize(("seats", "load"), [(1, 0.4), (2, 1.0), (5, 3.0)])
def test_helpers_are_a_queue_of_erlang(seats: int, load: float) -> None:
    """O3: the chance to wait and the mean wait of M/M/c, calls Poisson, help exponential."""
    count, help_s = 600_000, 60.0
    asked = np.cumsum(LUCK.of("gap").exponential(np.arange(count), help_s / load))
    helps = np.asarray(LUCK.of("help").exponential(np.arange(count), help_s))
    desk = Seats(seats)
    waits = np.array(
        [desk.take(*call) for call in zip(asked.tolist(), helps.tolist(), strict=True)]
    )
    chance = erlang_c(seats, load)
    mean = chance * help_s / (seats - load)
    for values, theory in (((waits > 0.0).astype(float), chance), (waits, mean)):
        found, error = batches(values)
        assert error < 0.02 * theory
        assert abs(found - theory) <= 3 * error + 0.005 * theory


def test_seats_are_never_more_than_there_are() -> None:
    """A naive list of who is helped when gives the same waits."""
    count = 2_000
    asked = np.cumsum(LUCK.of("gap").exponential(np.arange(count), 20.0))
    helps = np.asarray(LUCK.of("help").exponential(np.arange(count), 50.0))
    desk, ends = Seats(3), []
    for now_s, help_s in zip(asked.tolist(), helps.tolist(), strict=True):
        starts = now_s + desk.take(now_s, help_s)
        assert sum(end > starts for end in ends) < 3
        assert starts == now_s or sum(end > now_s for end in ends) >= 3
        ends.append(starts + help_s)


@pytest.mark.parametrize(
    ("kmh", "reaction_s", "brake", "metres"),
    [(30, 2.5, 3.4, 31.05), (40, 2.5, 3.4, 45.93), (50, 2.5, 3.4, 63.09), (50, 1.0, 5.0, 33.18)],
)
def test_the_way_to_a_stop(kmh: float, reaction_s: float, brake: float, metres: float) -> None:
    """O30: v t + v^2 / 2 b, and the same by adding up a braked way."""
    mps = kmh / 3.6
    assert stopping_m(mps, reaction_s, brake) == pytest.approx(metres, abs=0.01)
    step = np.linspace(0.0, mps / brake, 20_001)
    braked_m = np.trapezoid(mps - brake * step, step)
    assert stopping_m(mps, reaction_s, brake) == pytest.approx(mps * reaction_s + braked_m, 1e-6)


@pytest.mark.parametrize("mps", [0.5, 1.0, 1.67, 3.0])
@pytest.mark.parametrize("brake", [0.6, 1.5, 4.0])
def test_who_comes_too_close_follows_from_how_it_brakes(mps: float, brake: float) -> None:
    """Against meetings that are played: the least time to collision of many, step by step."""
    walker, sight_m, reaction_s = 1.34, 15.0, 0.3
    motion = Motion(mps, 55.0, 0.02, 0.6, 60.0, reaction_s, brake, sight_m)
    distance = (np.arange(4_000) + 0.5) / 4_000 * sight_m
    time = np.linspace(0.0, reaction_s + mps / brake, 2_001)
    speed = np.clip(mps - brake * np.maximum(time - reaction_s, 0.0), 0.0, mps)
    gone = np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2 * np.diff(time))])
    gap = distance[:, None] - gone - walker * time
    close = (gap < TTC_S * (speed + walker)).any(axis=1).mean()
    assert motion.close_share(walker) == pytest.approx(float(close), abs=2e-3)


def test_energy_of_a_way_is_what_rolls_and_what_thinks() -> None:
    """One km at 1.5 m/s: m g c / eta of rolling and 60 W for 667 s."""
    rolled_wh = 0.02 * 55.0 * GRAVITY / 0.6 * 1_000.0 / 3_600.0
    assert FAST.wh(1_000.0, 1_000.0 / 1.5) == pytest.approx(rolled_wh + 60.0 / 1.5 / 3.6)


@pytest.fixture(scope="module")
def town() -> Ground:
    return ground(newtown(residents=2_000))


def far_home(town: Ground, hub: int) -> int:
    """Return a building some 100 m from a hub, on the way to which no street is crossed."""
    walks, start = town.walks, int(town.walks.spots.node[hub])
    metres = metres_from(town, np.array([hub]), 400.0)[0]
    for home in np.argsort(np.abs(metres - 100.0)).tolist():
        arcs = walks.network.route(start, int(walks.spots.node[home]))
        if (walks.crossing[arcs] < 0).all():
            return int(home)
    raise LookupError("no building without a crossing on the way")


def stream(count: int, gap_s: float, *, shop: int, home: int) -> Orders:
    """Return so many meals, cooked at once, from one shop to one home, Poisson in time."""
    time_s = np.cumsum(np.asarray(LUCK.of("meal").exponential(np.arange(count), gap_s)))
    same = np.zeros(count, np.int64)
    return Orders(
        time_s=time_s, ready_s=time_s, kind=same + FOOD, person=np.arange(count), home=same + home,
        shop=same + shop, day=same, number=same,
    )  # fmt: skip


def worked(
    town: Ground, orders: Orders, fleet: int, *, hand_cv: float, boxes: int = 1
) -> tuple[Operation, Trace]:
    """Let robots of one hub serve orders, with nothing that fails, and return what happened."""
    hours = math.ceil(orders.time_s[-1] / 3_600.0) + 2
    sim = Sim(town, When(start_h=0.0, hours=float(hours), warm_up=0, everybody=True))
    hub = np.array([int(orders.shop[0])])
    hubs = Hubs(hub, np.ones(1), metres_from(town, hub, 3_000.0))
    operation = Operation(
        sim=sim, orders=orders, hubs=hubs, pavement=sim.part(Pavement), seats=Seats(1),
        network=Connection(LUCK, 1e6, 0.0, from_s=0.0, until_s=1.0),
        handling=Handling(load_s=0.0, hand_s=HAND_S, hand_cv=hand_cv, help_m=0.0, help_s=1.0),
        traits=Traits(FAST, Battery(1e9, 1e3, 0.0), Wear(), 0.0, boxes), luck=LUCK,
    )  # fmt: skip
    offer = Offer(np.arange(len(orders.kind)), np.zeros(hours + 2, bool), (1e9, 1e9))
    Dispatch(operation, offer, np.zeros(fleet, np.int64))
    one_day = Sim(town, When(everybody=True))
    legs = one_day.legs()
    assert legs is not None
    try:
        return operation, sim.run(trips=one_day.trips().iloc[:0], legs=legs.iloc[:0])
    finally:
        sim.close()


class Queue(NamedTuple):
    """What a fleet of one hub did: how long each order waited, how long it kept a robot (s)."""

    wait_s: NDArray[np.float64]
    kept_s: NDArray[np.float64]
    orders: Orders
    cycle_s: float


def queue(town: Ground, count: int, *, fleet: int, busy: float, hand_cv: float) -> Queue:
    hub = int(np.flatnonzero(town.city["buildings"]["use"] == "shop")[0])
    home = far_home(town, hub)
    way_s = float(metres_from(town, np.array([hub]), 400.0)[0, home]) / FAST.mps
    cycle_s = 2 * way_s + HAND_S
    orders = stream(count, cycle_s / (fleet * busy), shop=hub, home=home)
    operation, trace = worked(town, orders, fleet, hand_cv=hand_cv)
    done_s = np.zeros(count)
    done_s[trace.column("robot_order", "order")] = trace.column("robot_order", "time_ms") / 1_000.0
    hand_s = np.array([operation.hand_s(order) for order in range(count)])
    return Queue(done_s - orders.time_s - way_s - hand_s, hand_s + 2 * way_s, orders, cycle_s)


def test_a_fleet_serves_first_who_came_first(town: Ground) -> None:
    """Each wait is that of the recursion of Kiefer & Wolfowitz for as many servers."""
    found = queue(town, 600, fleet=4, busy=0.9, hand_cv=1.0)
    desk = Seats(4)
    calls = zip(found.orders.time_s.tolist(), found.kept_s.tolist(), strict=True)
    wanted = np.array([desk.take(*call) for call in calls])
    assert (wanted > 1.0).mean() > 0.3
    np.testing.assert_allclose(found.wait_s, wanted, atol=0.1)  # the clock counts whole ms


@pytest.mark.parametrize("hand_cv", [0.5, 1.0])
def test_a_fleet_is_a_queue_with_several_servers(hand_cv: float) -> None:
    """O5: Allen-Cunneen, Wq = Wq(M/M/m) (1 + cs^2) / 2, of the queue that the fleet is."""
    fleet, busy, count, ways_s = 4, 0.7, 1_000_000, 100.0
    hand_s = np.asarray(LUCK.of("hand").lognormal(np.arange(count), HAND_S, hand_cv))
    cycle_s, load = ways_s + HAND_S, fleet * busy
    asked = np.cumsum(LUCK.of("meal").exponential(np.arange(count), cycle_s / load))
    desk = Seats(fleet)
    calls = zip(asked.tolist(), (ways_s + hand_s).tolist(), strict=True)
    mean, error = batches(np.array([desk.take(*call) for call in calls]))
    spread = (hand_cv * HAND_S / cycle_s) ** 2
    theory = erlang_c(fleet, load) * cycle_s / (fleet - load) * (1.0 + spread) / 2.0
    assert error < 0.03 * theory
    assert abs(mean - theory) <= 3 * error + 0.15 * theory


def test_a_fleet_too_small_for_its_orders_never_catches_up(town: Ground) -> None:
    """The cliff: m below lambda T leaves a queue that grows, m = lambda T / 0.8 does not."""
    small, large = (
        queue(town, 400, fleet=m, busy=load / m, hand_cv=0.5) for m, load in ((4, 6.0), (8, 6.0))
    )
    late = slice(300, 400)
    assert small.wait_s[late].mean() > 5 * small.cycle_s
    assert large.wait_s[late].mean() < small.cycle_s


def test_more_compartments_bring_more_orders_on_a_way(town: Ground) -> None:
    """One robot that is asked for twice what it can bring one by one brings all of it by fours."""
    hub = int(np.flatnonzero(town.city["buildings"]["use"] == "shop")[0])
    orders = stream(200, 110.0, shop=hub, home=far_home(town, hub))
    brought, metres = [], []
    for boxes in (1, 4):
        _, trace = worked(town, orders, 1, hand_cv=0.0, boxes=boxes)
        brought.append(len(trace["robot_order"]))
        metres.append(trace.column("robot_way", "metres").sum() / brought[-1])
    assert brought[0] < 150
    assert brought[1] == 200
    assert metres[1] < 0.6 * metres[0]
