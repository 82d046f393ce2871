"""The plan of a new town: rings and radials around a park, a river, and the lines they make."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon

from gis.newtown.sequence import Floats, Ints, spread

__all__ = [
    "ARTERIALS",
    "BANK",
    "BUSWAYS",
    "CENTRE",
    "COLLECTOR",
    "KINDS",
    "LANE",
    "LOCAL",
    "OUTER",
    "RESIDENTS_A_GATE",
    "RINGS",
    "WIDE",
    "Kind",
    "Lines",
    "Plan",
    "main_lines",
]

Lines = NDArray[np.object_]


@dataclass(frozen=True)
class Kind:
    """One kind of street: class, lanes each way, speed (km/h), carriageway width (m), sidewalk."""

    highway: str
    lanes: int
    speed: float
    width: float
    sidewalk: bool = True
    bridge: bool = False


# Widths and lanes: general knowledge of Korean new towns; 50 and 30 km/h are the urban limits.
KINDS = (
    Kind("primary", 3, 50.0, 30.0, bridge=True),
    Kind("primary", 2, 50.0, 24.0, bridge=True),
    Kind("primary", 3, 50.0, 27.0, bridge=True),
    Kind("primary", 2, 50.0, 22.0, bridge=True),
    Kind("primary", 3, 50.0, 22.0, bridge=True),
    Kind("primary", 2, 50.0, 16.0, bridge=True),
    Kind("secondary", 2, 50.0, 16.0, bridge=True),
    Kind("tertiary", 2, 50.0, 16.0),
    Kind("tertiary", 1, 40.0, 12.0),
    Kind("tertiary", 1, 40.0, 10.0),
    Kind("residential", 1, 30.0, 9.0),
    Kind("living_street", 1, 20.0, 6.0, sidewalk=False),
)
# In pairs: for a large town, for a small one. The first four carry buses in their middle.
RINGS, BUS_ARTERIALS, ARTERIALS = (0, 1), (2, 3), (4, 5)
BUSWAYS = RINGS + BUS_ARTERIALS
OUTER, WIDE, COLLECTOR, BANK, LOCAL, LANE = range(6, 12)
"""``WIDE`` are the collectors of a large town."""
SMALL_TOWN, LARGE_TOWN = 9000, 50_000
RESIDENTS_A_CENTRE = 60_000  # a further centre for so many [GK]
RESIDENTS_A_GATE = 24_000  # a gate for so many: 1,300 cars in and out in the busiest hour [GK]

CENTRE = (227_600.0, 432_400.0)
STEP_M = 10.0
STRETCH = (0.07, 0.022)  # by how much the rings are drawn out, in two waves around


@dataclass(frozen=True)
class Plan:
    """The few numbers that a town grows from.

    Parameters
    ----------
    residents, seed
        What was asked for.
    radius
        Mean radius of the outer ring street, m.
    """

    residents: int
    seed: int
    radius: float

    @cached_property
    def rings(self) -> Floats:
        """Mean radii of the ring streets, m, from the park's to the outermost."""
        park = float(np.clip(0.215 * self.radius, 62.0, 360.0))
        spacing = 165.0 + 0.045 * max(self.radius - 500.0, 0.0)
        bands = max(2, round((self.radius - park) / spacing))
        return np.linspace(park, self.radius, bands + 1)

    @property
    def slim(self) -> int:
        """1 where a small town makes do with slimmer arterials, else 0."""
        return int(self.residents < SMALL_TOWN)

    @property
    def large(self) -> bool:
        """Whether the town has outgrown its one centre: several, with more rings and radials."""
        return self.residents > LARGE_TOWN

    @property
    def brt(self) -> int:
        """Which of the rings carries the bus rapid transit: the inner one where there are two."""
        bands = len(self.rings) - 1
        return bands // 3 if self.large else max(1, bands // 2)

    @property
    def outer_brt(self) -> int:
        """Which of the rings carries the outer bus rapid transit; the inner one's where none."""
        bands = len(self.rings) - 1
        return 2 * bands // 3 if self.large else self.brt

    @cached_property
    def arterials(self) -> Floats:
        """Angles of the radial arterials, rad; each leaves the town by a gate.

        A large town has so many that its commuters get through the gates in the peaks.
        """
        few = int(np.clip(round(1.2 + self.residents**0.165), 4, 6))
        n = max(few, round(self.residents / RESIDENTS_A_GATE)) if self.large else few
        uneven = (spread(n, seed=self.seed, purpose=1) - 0.5) * 0.28
        turn = spread(1, seed=self.seed, purpose=2)[0]
        found: Floats = (np.arange(n) + uneven + turn) * (2 * np.pi / n)
        return found

    @cached_property
    def centres(self) -> Floats:
        """Where the further centres of a large town are: radius (m) and angle (rad) of each.

        They stand where arterials meet the outer ring of bus rapid transit, evenly around.
        """
        most = max(1, self.residents // RESIDENTS_A_CENTRE) if self.large else 0
        count = min(most, len(self.arterials))
        which = np.floor((np.arange(count) + 0.5) * len(self.arterials) / max(count, 1))
        angle = self.arterials[which.astype(np.int64)]
        return np.stack([np.full(count, self.rings[self.outer_brt]), angle], axis=1)

    @property
    def end(self) -> float:
        """Where the arterials end, m of the plan: a little beyond the green belt."""
        return self.radius + self.belt_m * 1.05

    @property
    def reach(self) -> float:
        """How far from the centre nothing of the town lies any more, m."""
        return (1.0 + sum(STRETCH)) * self.end

    @cached_property
    def phase(self) -> Floats:
        """Phases of the bends of rings, radials and river, each in [0, 2 pi)."""
        return spread(6, seed=self.seed, purpose=3) * 2 * np.pi

    def place(self, radius: Floats | float, angle: Floats | float) -> Floats:
        """Return x, y of plan positions, bent a little, as a surveyor would find them; (n, 2)."""
        p = self.phase
        bent = angle + 0.11 * np.sin(angle - p[0]) * np.asarray(radius) / self.radius
        twice, thrice = STRETCH
        stretch = 1 + twice * np.cos(2 * (bent - p[1])) + thrice * np.cos(3 * bent - p[2])
        along = np.asarray(radius) * stretch
        x, y = along * np.cos(bent) + CENTRE[0], along * np.sin(bent) + CENTRE[1]
        return np.asarray(np.stack([x, y], axis=-1), dtype=np.float64)

    def ring(self, radius: float) -> LineString:
        """Return a closed ring street's centreline."""
        n = max(24, int(2 * np.pi * radius / STEP_M))
        angle = self.arterials[0] + np.linspace(0, 2 * np.pi, n + 1)
        return LineString(self.place(radius, angle))

    def radial(self, angle: float, inner: float, outer: float) -> LineString:
        """Return a radial street's centreline from one radius to another."""
        n = max(2, int((outer - inner) / STEP_M))
        return LineString(self.place(np.linspace(inner, outer, n + 1), angle))

    @cached_property
    def outline(self) -> Polygon:
        """The area inside the outermost ring street."""
        return Polygon(self.ring(self.rings[-1]).coords)

    @property
    def belt_m(self) -> float:
        """Width of the green belt outside the outermost ring, m."""
        return 85.0 + 0.08 * self.radius

    @cached_property
    def extent(self) -> Polygon:
        """The town with its green belt."""
        return shapely.buffer(self.outline, self.belt_m)

    @cached_property
    def river_width(self) -> float:
        """Width of the water, m."""
        return float(np.clip(self.radius * 0.055, 20.0, 78.0))

    @property
    def river_angle(self) -> float:
        """The direction from the centre in which the river passes, rad (about south-east)."""
        return float(-0.95 + 0.7 * (spread(1, seed=self.seed, purpose=4)[0] - 0.5))

    @cached_property
    def river(self) -> LineString:
        """The river's centreline, from one side of the town to the other."""
        toward = self.river_angle
        outer = self.rings[-2:] if len(self.rings) < 5 else self.rings[-3:-1]
        middle = self.place(float(outer.mean()), toward) - np.array(CENTRE)
        along = np.linspace(-1.9, 1.9, 160)
        bend = 0.085 * np.sin(3.1 * along + self.phase[3]) * np.abs(along)
        normal = np.array([np.cos(toward), np.sin(toward)])
        off = np.hypot(*middle) + self.radius * (bend + 0.03 * along**2)
        points = off[:, None] * normal + (along * self.radius)[:, None] * [-normal[1], normal[0]]
        return LineString(points + np.array(CENTRE))

    @cached_property
    def corridor(self) -> Polygon:
        """The river with its flood plains, up to the centrelines of the bank roads."""
        return shapely.buffer(self.river, self.river_width / 2 + 14 + 0.012 * self.radius)


def _parts(plan: Plan, band: int) -> int:
    """Return into how many parts the collectors cut the band between two arterials."""
    middle = plan.rings[band : band + 2].mean()
    arc = 2 * np.pi * middle / len(plan.arterials)
    return int(2 ** max(0, round(np.log2(arc / (225.0 + 0.05 * plan.radius)))))


def _radials(plan: Plan) -> list[LineString]:
    bearings = np.append(plan.arterials, plan.arterials[0] + 2 * np.pi)
    lines = []
    for band in range(len(plan.rings) - 1):
        parts = _parts(plan, band)
        shares = np.arange(1, parts) / parts
        angles = (bearings[:-1, None] + np.diff(bearings)[:, None] * shares).ravel()
        inner, outer = plan.rings[band : band + 2]
        lines += [plan.radial(a, inner - 3, outer + 3) for a in angles]
    return lines


def _arterials(plan: Plan) -> list[LineString]:
    return [plan.radial(a, plan.rings[0] - 3, plan.end) for a in plan.arterials]


def _banks(plan: Plan) -> list[LineString]:
    inside = shapely.intersection(plan.corridor.exterior, shapely.buffer(plan.outline, 3))
    parts = shapely.get_parts(shapely.line_merge(inside))
    return list(parts[shapely.length(parts) > 60])


def main_lines(plan: Plan) -> tuple[Lines, Ints]:
    """Return the centrelines of the main streets, and the row of :data:`KINDS` of each."""
    arterials, n = _arterials(plan), len(plan.arterials)
    slim = plan.slim
    with_bus = {0, n // 2, n // 4, n // 2 + n // 4} if plan.large else {0, n // 2}
    kinds = [(BUS_ARTERIALS if i in with_bus else ARTERIALS)[slim] for i in range(n)]
    rings = [plan.ring(r) for r in plan.rings]
    collector = WIDE if plan.large else COLLECTOR
    ring_kinds = [collector] * len(rings)
    if plan.large:  # all arterials meet around the park
        ring_kinds[0] = ARTERIALS[slim]
    ring_kinds[plan.brt], ring_kinds[-1] = RINGS[slim], OUTER
    if plan.outer_brt > plan.brt:
        ring_kinds[plan.outer_brt] = RINGS[slim]
        ring_kinds[(plan.brt + plan.outer_brt) // 2] = ARTERIALS[slim]
    collectors, banks = _radials(plan), _banks(plan)
    lines = arterials + rings + collectors + banks
    kinds += ring_kinds + [collector] * len(collectors) + [BANK] * len(banks)
    return np.array(lines, dtype=object), np.array(kinds, dtype=np.int64)
