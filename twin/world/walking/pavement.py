"""The part of a run that solutions see of machines on footways: robots that are sent somewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
import pyarrow as pa
import simpy
from numpy.typing import NDArray

from twin.luck import at
from twin.world.columns import World
from twin.world.ground import Ground
from twin.world.rows import Rows, table
from twin.world.walking.behaviour import Gait
from twin.world.walking.columns import LEG, MACHINE, MET, NO_WAY, PERSON, Walking
from twin.world.walking.machines import roll_out

__all__ = ["MOST_ARCS", "Pavement", "Walked", "machines_apart"]

Ints = NDArray[np.int64]
Arcs = NDArray[np.integer[Any]]
MS_PER_S, MS_PER_DAY = 1_000, 86_400_000
KEY = 1 << 31
"""Keys of machines start here: no resident has one."""

AT_CROSSINGS = ("encounter", "cross", "conflict", "lit")
"""Events of persons at crossings, of machines too."""

MOST_ARCS = 4_096
"""How many footways a way has at the most."""


class Clock(Protocol):
    """What a run keeps time with."""

    env: simpy.Environment

    def awaited(self) -> simpy.Event:
        """Return an event for the active process to yield."""

    def happen(self, event: simpy.Event, at_ms: int, value: object = None) -> None:
        """Let it happen at a time (ms)."""


class Walked(NamedTuple):
    """A way that a machine has gone: ``wait_s`` at crossings, ``blocked_s`` by walkers it met."""

    metres: float
    seconds: float
    wait_s: float
    met: int
    blocked_s: float


@dataclass
class _Machine:
    """Where a machine stands: at a node of the footways, so many metres from its door."""

    node: int
    door_m: float
    mps: float
    give_way_s: float
    sent: int = 0
    awaits: simpy.Event | None = None


@dataclass(eq=False)
class Pavement:
    """Machines on the footways of a run. Solutions add them before it starts and then send them.

    They cross streets as walkers do: at signals, in gaps, before drivers who give way or see a
    sign. On a footway each stands still for who comes towards it. Walkers go on as if it were not
    there; drivers do not.
    """

    ground: Ground
    clock: Clock = field(repr=False)
    gait: Gait = field(default_factory=Gait)
    world: World | None = field(default=None, repr=False)
    _machines: list[_Machine] = field(default_factory=list, repr=False)

    def add(
        self, spot: int | None = None, *, node: int = -1, mps: float, give_way_s: float = 0.0
    ) -> int:
        """Add a machine that stands at a door or a node, and return its number.

        Parameters
        ----------
        spot
            The row of the building at whose door it stands.
        node
            The node of the footways it stands at, where it is at no door.
        mps
            How fast it goes, m/s.
        give_way_s
            How long it stands for each walker it meets, s.
        """
        door_m = 0.0
        if spot is not None:
            node, door_m = self._door(spot)
        self._machines.append(_Machine(node, door_m, mps, give_way_s))
        return len(self._machines) - 1

    def start(self, walking: Walking) -> Walking:
        """Return the walkers of a run with the machines behind them.

        Raises
        ------
        ValueError
            Where there are machines, and nobody walks.
        """
        if not self._machines:
            return walking
        if not len(walking.ways):
            raise ValueError("machines on footways need a run with everybody in it, got cars only")
        count, legs = len(self._machines), len(walking.legs)
        node, mps, give_way_s = (
            np.array([getattr(machine, name) for machine in self._machines])
            for name in ("node", "mps", "give_way_s")
        )
        own = table(
            PERSON, count, leg=legs + np.arange(count), beyond=legs + np.arange(count),
            key=KEY + np.arange(count), mps=mps, margin_s=float(self.gait.margin_s),
            spot=-1, goal=-1, arc=-1, node=node,
        )  # fmt: skip
        return walking._replace(
            persons=_both(walking.persons, own),
            legs=_both(walking.legs, table(LEG, count, origin=-1, destination=-1)),
            met=np.full((len(walking.met) + count, MET), -1, np.int32),
            machines=table(MACHINE, count, give_way_ms=np.round(MS_PER_S * give_way_s)),
            on=np.zeros(len(walking.ways), np.int32),
            routes=np.zeros((count, MOST_ARCS), np.int32),
            there=np.zeros(1 + count, np.int32),
        )

    def way(self, start: int, end: int) -> Ints:
        """Return the arcs of the shortest way on foot between the doors of two buildings.

        Raises
        ------
        ValueError
            Where no way leads there.
        """
        return self._to_door(int(self.ground.walks.spots.node[start]), end)

    def metres(self, start: int, end: int) -> float:
        """Return how long that way is, from door to door, in m."""
        walks = self.ground.walks
        doors = walks.spots.door_m[start] + walks.spots.door_m[end]
        return float(walks.ways.metres[self.way(start, end)].sum() + doors)

    def reaches(self, start: int, end: int) -> bool:
        """Whether a way on foot leads from the door of a building to that of another."""
        core, node = self.ground.walks.network.core, self.ground.walks.spots.node
        return bool(core[node[start]] and core[node[end]])

    def go(self, number: int, spot: int) -> simpy.Event:
        """Send a machine to a door; the event to yield comes with what it has :class:`Walked`."""
        machine = self._machines[number]
        node, door_m = self._door(spot)
        arcs = self._to_door(machine.node, spot)
        if node == machine.node and door_m == machine.door_m and not len(arcs):
            machine.door_m = door_m = 0.0
        return self._send(number, arcs, node, door_m)

    def along(self, number: int, arcs: Arcs) -> simpy.Event:
        """Send a machine along arcs of the footways, the first of which leaves where it stands.

        Raises
        ------
        ValueError
            Where an arc does not leave where the one before it ends, or there are too many.
        """
        network, machine = self.ground.walks.network, self._machines[number]
        ends = np.append(machine.node, network.heads[arcs])
        apart = np.flatnonzero(network.tails[arcs] != ends[:-1])
        if len(apart):
            place = int(apart[0])
            raise ValueError(
                f"footway {place} of a way must leave node {ends[place]}, where the machine is "
                f"then, got {network.tails[arcs[place]]}"
            )
        return self._send(number, arcs, int(ends[-1]), 0.0)

    def to_node(self, number: int, node: int) -> simpy.Event:
        """Send a machine the shortest way to a node of the footways."""
        return self.along(
            number, self.ground.walks.network.route(self._machines[number].node, node)
        )

    def arrived(self) -> None:
        """Let who sent the machines that are there go on."""
        walking = self._live.walking
        there, first = walking.there, len(walking.persons) - len(walking.machines)
        for number in there[1 : 1 + int(there[0])].tolist():
            person, own = walking.persons[first + number], walking.machines[number]
            took_s, wait_s, blocked_s = (
                int(ms) / MS_PER_S
                for ms in (person.due_ms - person.start_ms, person.wait_ms, own.blocked_ms)
            )
            walked = Walked(float(person.metres), took_s, wait_s, int(own.met), blocked_s)
            awaits = self._machines[number].awaits
            self._machines[number].awaits = None
            self.clock.happen(cast(simpy.Event, awaits), int(person.due_ms), walked)
        there[0] = 0

    def _send(self, number: int, arcs: Arcs, node: int, door_m: float) -> simpy.Event:
        """Let a machine go along arcs to a node, and the metres from there to a door."""
        machine, world = self._machines[number], self._live
        if machine.awaits is not None:
            raise RuntimeError(f"machine {number} can be sent on once it is there")
        if len(arcs) > MOST_ARCS:
            raise ValueError(f"a way may have {MOST_ARCS} footways, got {len(arcs)}")
        walking, now_ms = world.walking, int(self.clock.env.now)
        own = walking.machines[number]
        walking.routes[number, : len(arcs)] = arcs
        own.step, own.beyond, own.door_m = 0, len(arcs), door_m
        leg = len(walking.legs) - len(walking.machines) + number
        walking.legs.moment[leg] = at(now_ms // MS_PER_DAY, machine.sent)
        roll_out(world, now_ms, number, machine.door_m)
        machine.node, machine.door_m, machine.sent = node, door_m, machine.sent + 1
        machine.awaits = self.clock.awaited()
        return machine.awaits

    @property
    def _live(self) -> World:
        if self.world is None:
            raise RuntimeError("machines can be sent somewhere once the run has begun")
        return self.world

    def _door(self, spot: int) -> tuple[int, float]:
        """Return the node of a building's door, and how far from it the door is."""
        door = self.ground.walks.spots[spot]
        return int(door.node), float(door.door_m)

    def _to_door(self, node: int, spot: int) -> Ints:
        """Return the arcs of the shortest way from a node to the door of a building."""
        walks = self.ground.walks
        goal, slots = int(walks.spots.node[spot]), walks.slots[int(walks.spots.tree[spot])]
        if node != goal and slots[node] == NO_WAY:  # beyond how far the ways of walkers are known
            return walks.network.route(node, goal).astype(np.int64)
        first, onward = walks.network.outgoing
        arcs = []
        while node != goal:
            arcs.append(int(onward[first[node] + slots[node]]))
            node = int(walks.network.heads[arcs[-1]])
        return np.array(arcs, np.int64)


def machines_apart(tables: Mapping[str, pa.Table], walking: Walking) -> dict[str, pa.Table]:
    """Return what happens at crossings to residents, and by ``machine_`` names to machines."""
    residents, apart = len(walking.persons) - len(walking.machines), {}
    for name in AT_CROSSINGS:
        who = tables[name].column("person").to_numpy()
        apart[name] = tables[name].filter(pa.array(who < residents))
        rows = tables[name].filter(pa.array(who >= residents))
        number = pa.array(who[who >= residents] - residents)
        apart[f"machine_{name}"] = rows.set_column(1, "machine", number)
    return apart


def _both(rows: Rows, more: Rows) -> Rows:
    """Return rows with more behind them."""
    both = table(rows.dtype, len(rows) + len(more))
    both[: len(rows)], both[len(rows) :] = rows, more
    return both
