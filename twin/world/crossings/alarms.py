"""A sign that lights up for nobody: who heeds it brakes, finds the crossing empty and goes on."""

from __future__ import annotations

from twin.calendar import log, push
from twin.kernel import inner
from twin.world.columns import AT, Rank, World
from twin.world.crossings.drivers import (
    braking,
    can_stop,
    coming,
    mark,
    share_of,
    stop,
    switch_on,
    take_notice,
    tell_braking,
    yielding_logit,
)

__all__ = ["flash"]

LOOK_MS = 1_000
R_ALARM, AT_ALARM = Rank.ALARM, AT.ALARM


@inner
def flash(world: World, t: int, alarm: int) -> None:
    """Light the sign before one watched link, and let each car that comes meanwhile see it once."""
    alarms, places = world.crossings.alarms, world.crossings.places
    crossing, watch = alarms.crossing[alarm], alarms.watch[alarm]
    if t == alarms.at_ms[alarm]:
        switch_on(places, t, crossing, t)
        if watch == places.first[crossing]:
            log(world.calendar, t, AT_ALARM, crossing, alarms.until_ms[alarm] - t, 0, 0, 0, 0)
    car = coming(world, watch)[1]
    if car >= 0 and car != alarms.car[alarm]:
        alarms.car[alarm] = car
        see(world, t, crossing, watch)
    if t + LOOK_MS < alarms.until_ms[alarm]:
        push(world.calendar, t + LOOK_MS, R_ALARM, alarm)


@inner
def see(world: World, t: int, crossing: int, watch: int) -> None:
    """Let the next car of a watched link brake for nobody, where its driver heeds the sign."""
    due, car = coming(world, watch)
    if braking(world, t, watch, car) or not can_stop(world, watch, due - t, True):
        return
    logit = yielding_logit(world, t, crossing, watch) + world.crossings.places.sign_logit[crossing]
    if take_notice(world, car, crossing) and mark(world, car, crossing) < share_of(logit):
        tell_braking(world, t, crossing, watch, t, 1)
        stop(world, watch, due + world.crossings.rules.pause_ms[0])
