"""The books of a run: where every car and person is, checked against all that counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gis.population import Mode
from twin.sim import Sim
from twin.world.columns import AT, Phase, World
from twin.world.transit.columns import Riding, Unserved
from twin.world.walking.columns import Pace

__all__ = ["Books"]

UNDER_WAY = (Phase.DRIVING, Phase.TO_LOT, Phase.TO_KERB, Phase.CIRCLING, Phase.EXITING)


@dataclass
class Books:
    """Counts what a run logs and audits its columns; ``seen`` keeps what there was each time."""

    sim: Sim
    log: Counter[Any] = field(default_factory=Counter)
    first: Any = None
    seen: list[dict[str, float]] = field(default_factory=list)

    def audit(self) -> None:
        """Check everything, and keep how many are where."""
        world = self.sim.world
        assert world is not None
        if self.first is None:
            self.first = world.walking.persons.leg.copy()
        self._read()
        listed = self._cars_stand_in_one_list(world)
        self._links_hold_what_entered_and_did_not_leave(world, listed)
        self._lots_hold_who_parks(world)
        self._trips_end_or_go_on(world)
        self._people_are_in_one_state(world)
        self._legs_end_or_go_on(world)
        self.seen.append(self._present(world))

    def _read(self) -> None:
        """Add what was logged since the last time."""
        assert self.sim.world is not None
        mode = self.sim.world.walking.legs.mode
        self.sim._empty_log()
        pages, self.sim._rows = self.sim._rows, []
        for rows in pages:
            of_trips = np.isin(rows[:, 1], (AT.PARK, AT.FAIL)) & (rows[:, 4] >= 0)
            for code in np.unique(rows[:, 1]).tolist():
                self.log[code] += int((rows[:, 1] == code).sum())
                self.log[code, "trip"] += int((of_trips & (rows[:, 1] == code)).sum())
            lost = rows[rows[:, 1] == AT.UNSERVED, 4]
            self.log["gave up"] += int((lost == Unserved.GAVE_UP).sum())
            self.log["no bus"] += int((lost == Unserved.NO_BUS).sum())
            rides, walks = (rows[rows[:, 1] == code] for code in (AT.RIDE, AT.WALK))
            assert (rides[:, 6] > 0).all(), "who boards nothing is no rider"
            self.log["walked instead"] += int((mode[walks[:, 3]] == Mode.BUS).sum())

    def _cars_stand_in_one_list(self, world: World) -> dict[str, list[int]]:
        """Return the cars that move on a link, queue in a lane, or wait to join one."""
        cars, lanes = world.cars, world.traffic.lanes
        moving = [
            (link, car)
            for link in np.flatnonzero(world.links.first >= 0).tolist()
            for car in chain(cars, world.links.first[link])
        ]
        queues = {lane: list(chain(cars, lanes.head[lane])) for lane in filled(lanes.head)}
        length = np.zeros(len(lanes), int)
        for lane, queue in queues.items():
            length[lane] = len(queue)
            assert (cars.lane[queue] == lane).all()
        assert (length == lanes.cars).all(), "a lane counts its queue"
        assert all(cars.arc[car] == link for link, car in moving)
        queued = [car for lane, queue in queues.items() if not lanes.entry[lane] for car in queue]
        joining = [car for lane, queue in queues.items() if lanes.entry[lane] for car in queue]
        every = [car for _, car in moving] + queued + joining
        assert len(every) == len(set(every)), "nobody is in two places"
        assert not cars.on[joining].any(), "who waits to join takes no room yet"
        assert set(np.flatnonzero(cars.lane >= 0).tolist()) == set(queued + joining)
        return {"moving": [car for _, car in moving], "queued": queued, "joining": joining}

    def _links_hold_what_entered_and_did_not_leave(
        self, world: World, listed: dict[str, list[int]]
    ) -> None:
        links, cars = world.links, world.cars
        on = np.flatnonzero(cars.on == 1)
        present = links.entered - links.left
        assert (present == np.bincount(cars.arc[on], minlength=len(links))).all()
        stored = links.storage[cars.arc[listed["moving"]]] > 0
        there = [car for car, kept in zip(listed["moving"], stored, strict=True) if kept]
        stands = on[on >= int(world.transit.rules.cars[0])]  # a bus before its last call on a link
        listed_on = set(there + listed["queued"])
        assert listed_on <= set(on.tolist()) <= listed_on | set(stands.tolist()), "moving or queued"
        over = present - links.storage
        assert over[links.storage > 0].max() <= self.log[AT.SQUEEZE], "over-full: squeezed in"
        self.log["listed"] = len(there)

    def _lots_hold_who_parks(self, world: World) -> None:
        cars, lots = world.cars, world.lots
        parked = cars.phase == Phase.PARKED
        assert (lots.taken == np.bincount(cars.lot[parked], minlength=len(lots))).all()
        assert not cars.on[parked].any(), "who parks is on no link"
        assert not cars.on[cars.phase == Phase.AWAY][: -len(world.transit.buses) or None].any()

    def _trips_end_or_go_on(self, world: World) -> None:
        going = int(np.isin(self._own(world).phase, UNDER_WAY).sum())
        ended = self.log[AT.PARK, "trip"] + self.log[AT.FAIL, "trip"] + self.log[AT.EXIT]
        assert self.log[AT.DEPART] == ended + going, "a trip is over or under way"

    def _own(self, world: World) -> Any:
        """Return the cars that are no buses."""
        return world.cars[: len(self.sim.ground.people.cars)]

    def _people_are_in_one_state(self, world: World) -> None:
        transit, riders = world.transit, world.transit.riders
        riding = world.walking.persons.pace == Pace.RIDING
        assert (np.isin(riders.riding, (Riding.WAITING, Riding.ABOARD)) == riding).all()
        waiting = [p for s in filled(transit.stops.head) for p in after(riders, transit.stops, s)]
        aboard = [p for b in filled(transit.buses.head) for p in after(riders, transit.buses, b)]
        for listed, state in ((waiting, Riding.WAITING), (aboard, Riding.ABOARD)):
            assert len(listed) == len(set(listed))
            assert set(listed) == set(np.flatnonzero(riders.riding == state).tolist())
        count = np.bincount(riders.bus[aboard], minlength=len(transit.buses))
        assert (transit.buses.aboard == count).all(), "a bus counts its riders"
        assert (count <= transit.lines.capacity[transit.buses.line]).all()
        on, off = self.log[AT.BOARD], self.log[AT.ALIGHT]
        assert on - off == len(aboard)

    def _legs_end_or_go_on(self, world: World) -> None:
        persons = world.walking.persons
        going = persons.pace != Pace.RESTING
        ended = int((persons.leg - self.first).sum())
        served = self.log[AT.WALK] + self.log[AT.RIDE] + self.log[AT.TRAVEL]
        assert ended == served + self.log[AT.UNSERVED], "a leg is served or unserved, once"
        assert (persons.leg + going <= persons.beyond).all()
        riding = int((world.transit.riders.riding != Riding.RESTING).sum())
        over = sum(self.log[what] for what in (AT.RIDE, "walked instead", "gave up", "no bus"))
        assert self.log[AT.ASK] == over + riding, "asked: rode, walked, lost or under way"

    def _present(self, world: World) -> dict[str, float]:
        """Return how many are where, now."""
        pace, riding = world.walking.persons.pace, world.transit.riders.riding
        lanes = world.traffic.lanes
        return {
            "h": (self.sim.env.now - self.sim.span.epoch_ms) / 3.6e6,
            "cars on links": int(world.cars.on.sum()),
            "cars queued": int(lanes.cars[lanes.entry == 0].sum()),
            "people walking": int(
                np.isin(pace, (Pace.STARTING, Pace.WALKING, Pace.ARRIVING)).sum()
            ),
            "riders waiting": int((riding == Riding.WAITING).sum()),
            "riders aboard": int((riding == Riding.ABOARD).sum()),
        }


def filled(heads: Any) -> list[int]:
    return [int(row) for row in np.flatnonzero(heads >= 0)]


def chain(cars: Any, head: int) -> Iterator[int]:
    """Yield the cars of a list from its head on."""
    car = int(head)
    while car >= 0:
        yield car
        car = int(cars.behind[car])


def after(riders: Any, places: Any, row: int) -> Iterator[int]:
    """Yield the riders of a stop's queue or of a bus, and hold the list to both its ends."""
    person, last = int(places.head[row]), -1
    while person >= 0:
        assert riders.before[person] == last
        yield person
        last, person = person, int(riders.after[person])
    assert places.tail[row] == last
