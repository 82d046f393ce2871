"""Who goes round in a park: robots with batteries, breakdowns and rain, or guards without.

From a base and back, again and again in its hours: along a loop that covers every way of the park,
at random from way to way, or from one place where much happens to the next, with a stay at each
(Koper 1995, doi:10.1080/07418829500096231: deterrence outlasts stays of 10 to 15 minutes most).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from shapely import contains_xy

from gis.network import Network
from gis.postman import covering_round
from twin.area import Area
from twin.luck import Luck
from twin.machines import Battery, Machine, Wear
from twin.patrol import Shift
from twin.sim import Process, Sim
from twin.siting import cover_greedily
from twin.world.ground import Ground
from twin.world.parks import Park, parks_of, weights
from twin.world.walking.pavement import Pavement
from twin.world.weather import Weather

__all__ = [
    "Kit", "Round", "Rounder", "Step", "covering", "enough", "hot_spots", "loop", "park_in",
    "round_m", "spread_out", "strolls",
]  # fmt: skip

Ints = NDArray[np.int64]
MS_PER_S, MS_PER_H, S_PER_H = 1_000, 3_600_000, 3_600.0
MOST_POINTS = 2_000
STANDS = -1
"""The arc of who stands still."""


@dataclass(frozen=True)
class Step:
    """A way to go, or how long to stand where the last one ended (s)."""

    arc: int
    stand_s: float = 0.0


Round = list[Step]


@dataclass(frozen=True)
class Kit:
    """What one that goes round has: speed, hours, battery and draw (W), breakdowns, rain.

    ``event`` is what its legs are recorded as, ``rank`` orders it among others at one instant.
    """

    event: str
    rank: int
    mps: float
    shift: Shift
    battery: Battery
    draw_w: float
    wear: Wear = field(default_factory=Wear)
    in_rain: bool = False
    give_way_s: float = 0.0

    def wh(self, metres: float, stand_s: float = 0.0) -> float:
        """Return what going so far and standing so long uses."""
        return self.draw_w * (metres / self.mps + stand_s) / S_PER_H


def park_in(ground: Ground, area: Area, *, name: str, what: str) -> Park:
    """Return the park of an area with the longest ways, or of those the one that is named.

    Raises
    ------
    ValueError
        Naming ``what`` where there is no park, none with a way, or none of that name.
    """
    layer = ground.city.layers.get("parks")
    every = [park for park in parks_of(ground) if _within(park, area)]
    if not every:
        shapes = [] if layer is None else layer.geometry
        here = sum(bool(shape.intersects(area.polygon)) for shape in shapes)
        rule = "a park with a footway in it" if here else "a park"
        raise ValueError(
            f"{what}.area {area.name!r} must hold {rule}, it holds "
            + (f"{here} without" if here else "none")
        )
    named = [park for park in every if park.name == name] if name else every
    if not named:
        known = ", ".join(sorted({park.name for park in every if park.name})) or "none has a name"
        raise ValueError(f"{what}.park must be one of {area.name!r}: {known}; got {name!r}")
    return max(named, key=lambda park: park.metres)


def _within(park: Park, area: Area) -> bool:
    place = park.polygon.representative_point()
    return bool(contains_xy(area.polygon, place.x, place.y))


def loop(ground: Ground, park: Park) -> Ints:
    """Return the round (arcs) that covers every way of a park; kept with the city's rounds."""
    walks = ground.walks.network
    key = b"park" + park.ways.tobytes()
    if key not in ground.rounds:
        inside = walks.core[walks.tails[park.ways]] & walks.core[walks.heads[park.ways]]
        ground.rounds[key] = covering_round(walks, park.ways[inside])
    return ground.rounds[key]


def round_m(ground: Ground, park: Park) -> float:
    """Return how long the loop of a park is (m)."""
    return float(ground.walks.network.cost[loop(ground, park)].sum())


def enough(kit: Kit, metres: float, stand_s: float = 0.0, *, what: str) -> None:
    """Check that a battery is enough for a round.

    Raises
    ------
    ValueError
        Naming ``what`` and what a round needs, where it is not.
    """
    wants, has = kit.wh(metres, stand_s), kit.battery.usable_wh
    if wants > has:
        raise ValueError(
            f"{what}.battery_wh must be enough for a round of {metres:,.0f} m, which uses "
            f"{wants:,.0f} Wh; of {kit.battery.capacity_wh:,.0f} Wh {has:,.0f} may be used"
        )


def spread_out(arcs: Ints, count: int) -> list[Ints]:
    """Return the same loop for each of several, who start evenly spread along it."""
    return [np.roll(arcs, -(number * len(arcs)) // count) for number in range(count)]


def covering(arcs: Ints) -> Iterator[Round]:
    """Yield the same loop for ever."""
    while True:
        yield [Step(arc) for arc in arcs.tolist()]


def _inside(network: Network, arcs: Ints) -> Network:
    """Return the ways of a loop alone, in both directions, as arcs of the same numbers."""
    half = len(network.tails) // 2
    own = np.isin(np.arange(2 * half) % half, arcs % half)
    return replace(network, cost=np.where(own, network.cost, np.inf))


def strolls(network: Network, arcs: Ints, luck: Luck, number: int) -> Iterator[Round]:
    """Yield walks at random over the ways of a loop, as long as that and back to its start.

    Where ways meet each is as likely as any other, but for the one it came by.
    """
    half, home = len(network.tails) // 2, int(network.tails[arcs[0]])
    least_m, inside = float(network.cost[arcs].sum()), _inside(network, arcs)
    ways = np.unique(arcs % half)
    leaving: dict[int, list[int]] = {}
    for arc in np.concatenate([ways, ways + half]).tolist():
        leaving.setdefault(int(network.tails[arc]), []).append(arc)
    turn = 0
    while True:
        gone: list[int] = []
        node, metres = home, 0.0
        while metres < least_m:
            back = (gone[-1] + half) % (2 * half) if gone else -1
            may = [arc for arc in leaving[node] if arc != back] or [back]
            chance = luck.uniform(number, trip=turn % (1 << 16), look=len(gone))
            gone.append(may[int(chance * len(may))])
            node, metres = int(network.heads[gone[-1]]), metres + float(network.cost[gone[-1]])
        gone += inside.route(node, home).tolist()
        turn += 1
        yield [Step(arc) for arc in gone]


def hot_spots(
    ground: Ground, park: Park, arcs: Ints, *, spots: int, reach_m: float, stay_s: float
) -> Iterator[Round]:
    """Yield rounds from node to node of a loop where most crime lies within reach, with stays.

    Where that is counts of many years would tell: the lasting weights of the park's points.
    """
    network = _inside(ground.walks.network, arcs)
    nodes = network.tails[arcs].astype(np.int64)
    rows = park.some(MOST_POINTS)
    away = np.hypot(*(np.column_stack([network.x[nodes], network.y[nodes]])[:, None]
                      - park.points[rows][None]).transpose(2, 0, 1))  # fmt: skip
    weight = weights(park, "crime", Luck(ground.seed, "parks"))[rows]
    chosen = np.sort(cover_greedily(away <= reach_m, weight, spots))
    one: Round = []
    node = int(nodes[0])
    for spot in nodes[chosen].tolist():
        one += [*map(Step, network.route(node, spot).tolist()), Step(STANDS, stay_s)]
        node = spot
    one += map(Step, network.route(node, int(nodes[0])).tolist())
    while True:
        yield one


class Rounder(Machine):
    """One that goes round after round in its hours."""

    def __init__(
        self, sim: Sim, number: int, kit: Kit, rounds: Iterator[Round], *, node: int
    ) -> None:
        luck = sim.luck(kit.event)
        super().__init__(sim, number, battery=kit.battery, wear=kit.wear, luck=luck)
        self.kit, self.rounds, self.node = kit, rounds, node
        self.pavement = sim.part(Pavement)
        self.network = sim.ground.walks.network
        self.machine = self.pavement.add(node=node, mps=kit.mps, give_way_s=kit.give_way_s)
        self.wet = sim.part(Weather).sky(sim.span.epoch_ms).wet
        sim.start(self.work(), key=(kit.rank, number))

    def work(self) -> Process:
        """Go round through every shift."""
        sim = self.sim
        for begins, ends in self.kit.shift.spells(sim.now):
            yield sim.wait(max(0.0, begins - sim.now))
            while sim.now < ends:
                yield from self._turn()

    def _turn(self) -> Process:
        """At the base: wait until it works and the rain is over, charge, go a round."""
        if not self.works():
            yield from self.repair()
        elif not self.kit.in_rain and self._rains():
            yield self.sim.wait(S_PER_H - self.sim.now % S_PER_H)
        else:
            steps = next(self.rounds)
            if not self.can(self._needs_wh(steps)):
                yield from self.charge()
            for step in steps:
                yield from self._take(step)

    def _take(self, step: Step) -> Process:
        """Take a step; who breaks down on the way is repaired where it stands."""
        began_ms, met = int(self.sim.env.now), 0
        if step.arc == STANDS:
            yield self.sim.wait(step.stand_s)
        else:
            walked = yield self.pavement.along(self.machine, np.array([step.arc]))
            self.node, met = int(self.network.heads[step.arc]), walked.met
        stood_s = self.passed(step.arc, began_ms)
        self._tell(step.arc, began_ms, met)
        if stood_s:
            yield from self._take(Step(STANDS, stood_s))
        self.use(self.kit.draw_w * (self.sim.env.now - began_ms) / MS_PER_H)
        if not self.works():
            yield from self._stuck()

    def _stuck(self) -> Process:
        began_ms = self.sim.env.now
        yield from self.repair()
        self.sim.record(
            f"{self.kit.event}_stuck", machine=self.key, from_ms=began_ms - self.sim.span.epoch_ms,
            until_ms=self.sim.env.now - self.sim.span.epoch_ms,
        )  # fmt: skip

    def passed(self, arc: int, began_ms: int) -> float:  # noqa: ARG002 - for who looks at something
        """Act at the end of a step that began then; return how long to stay for it (s)."""
        return 0.0

    def _tell(self, arc: int, began_ms: int, met: int) -> None:
        """Record the leg that ends now: from where to where, on which footway, and who was met."""
        tail = self.node if arc == STANDS else int(self.network.tails[arc])
        epoch_ms, x, y = self.sim.span.epoch_ms, self.network.x, self.network.y
        self.sim.record(
            f"{self.kit.event}_leg", machine=self.key, from_ms=int(began_ms - epoch_ms),
            x=float(x[tail]), y=float(y[tail]), z=0.0, to_x=float(x[self.node]),
            to_y=float(y[self.node]), to_z=0.0, until_ms=int(self.sim.env.now - epoch_ms),
            arc=arc, met=met,
        )  # fmt: skip

    def _needs_wh(self, steps: Round) -> float:
        metres = sum(float(self.network.cost[step.arc]) for step in steps if step.arc != STANDS)
        return self.kit.wh(metres, sum(step.stand_s for step in steps))

    def _rains(self) -> bool:
        hour = int(self.sim.now // S_PER_H)
        return hour < len(self.wet) and bool(self.wet[hour])
