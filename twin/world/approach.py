"""Who comes next on a link, and the stop line at its end: cars in the order they entered.

Cars drive at free flow up to the stop line; nobody passes it while it is held.
"""

from __future__ import annotations

from twin.calendar import push
from twin.kernel import inner
from twin.world.columns import Phase, Rank, World

__all__ = ["held_until", "hold", "joins", "last_passed", "next_arrival", "stopped", "turns_into"]

R_LINK, CIRCLING = Rank.LINK, Phase.CIRCLING


@inner
def joins(world: World, car: int, link: int, due_ms: int) -> None:
    """Let a car follow the last one on a link; it will be at the stop line at ``due_ms``."""
    cars, links = world.cars, world.links
    cars.due_ms[car] = due_ms
    cars.behind[car] = -1
    if links.first[link] < 0:
        links.first[link] = car
    else:
        cars.behind[links.last[link]] = car
    links.last[link] = car


@inner
def stopped(world: World, t: int, car: int) -> bool:
    """Keep a car at a stop line that is held; else let it pass, and return False."""
    cars, links = world.cars, world.links
    link = cars.arc[car]
    if links.held_ms[link] > t:
        push(world.calendar, links.held_ms[link], R_LINK, car)
        return True
    before, one = -1, links.first[link]
    while one != car:
        before, one = one, cars.behind[one]
    if before < 0:
        links.first[link] = cars.behind[car]
    else:
        cars.behind[before] = cars.behind[car]
    if links.last[link] == car:
        links.last[link] = before
    links.passed_ms[link] = t
    return False


@inner
def next_arrival(world: World, link: int) -> tuple[int, int]:
    """Return when the first car on a link is at its stop line, and the car (-1 where none is)."""
    car = world.links.first[link]
    return (world.cars.due_ms[car] if car >= 0 else -1), car


@inner
def hold(world: World, link: int, until_ms: int) -> None:
    """Let nobody pass the stop line of a link before a time."""
    world.links.held_ms[link] = max(world.links.held_ms[link], until_ms)


@inner
def held_until(world: World, link: int) -> int:
    """Return until when the stop line of a link is held; a time that is over where it is not."""
    return int(world.links.held_ms[link])


@inner
def last_passed(world: World, link: int) -> int:
    """Return when the last car passed the stop line of a link."""
    return int(world.links.passed_ms[link])


@inner
def turns_into(world: World, car: int, link: int) -> bool:
    """Whether the next link of a car is this one; a driver that circles does not know yet."""
    cars = world.cars
    if cars.phase[car] == CIRCLING:
        return False
    tree = world.nodes.row[cars.goal[car]]
    return bool(world.next_arc[tree, world.links.head[cars.arc[car]]] == link)
