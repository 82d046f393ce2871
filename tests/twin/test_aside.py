"""Drivers who stand before a full link: what they turn into, and what that spares the others."""

from __future__ import annotations

import pytest

from tests.twin.streets import events
from tests.twin.test_streets_city import quarter
from twin.kernel import kernel
from twin.world.columns import AT, Phase, World
from twin.world.loop import advance
from twin.world.streets.aside import turn_aside

BUSY_MS = 2_700_000


@kernel
def aside(world: World, lane: int) -> bool:
    """Open the door for Python."""
    return turn_aside(world, lane)


def naive(world: World, lane: int) -> tuple[int, int] | None:
    """Return the turn and the link that a head takes aside, None where it has to wait."""
    cars, links, turns = world.cars, world.links, world.traffic.turns
    car, link = world.traffic.lanes.head[lane], world.traffic.lanes.link[lane]
    open_to = []
    for row, turn in enumerate(turns):
        taken = links.entered[turn.to] + links.promised[turn.to] - links.left[turn.to]
        goes_on = world.ways.left_s[cars.tree[car], turn.to]
        served = turn.link == link and turn.lane_first <= lane < turn.lane_beyond
        if served and taken < links.storage[turn.to] and goes_on < 1e9:
            open_to.append((links.ms[turn.to] / 1_000 + goes_on, row, int(turn.to)))
    if not open_to or cars.phase[car] == Phase.ROUTED:
        return None
    return min(open_to)[1:]


def test_a_head_turns_into_the_free_link_from_which_its_goal_is_nearest() -> None:
    """As a plain search over all turns says, for every head of a busy quarter."""
    world = quarter(queues=True)
    advance(world, BUSY_MS)
    lanes, cars = world.traffic.lanes, world.cars
    heads = [lane for lane in range(int(world.links.lanes.sum())) if lanes.head[lane] >= 0]
    found = []
    for lane in heads:
        car, wanted = lanes.head[lane], naive(world, lane)
        before = int(cars.turn[car]), int(cars.next[car])
        assert aside(world, lane) == (wanted is not None)
        after = int(cars.turn[car]), int(cars.next[car])
        assert after == (before if wanted is None else wanted)
        found.append(wanted is not None)
        phase, cars.phase[car] = int(cars.phase[car]), Phase.ROUTED
        assert not aside(world, lane)
        cars.phase[car] = phase
    assert any(found)


@pytest.mark.parametrize("patience_ms", [10_000, 1 << 40])
def test_nobody_is_lost_whether_drivers_turn_aside_or_not(patience_ms: int) -> None:
    world = quarter(queues=True)
    world.traffic.rules.patience_ms[0] = patience_ms
    rows = events(world)
    assert (rows[:, 1] == AT.EXIT).sum() == len(world.cars)
    assert (world.links.entered == world.links.left).all()
