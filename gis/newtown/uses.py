"""What each block is for: parks, centre, schools, homes, in quarters rather than in stripes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.newtown.blocks import Blocks
from gis.newtown.plan import CENTRE, Plan
from gis.newtown.sequence import Floats, Ints, spread, spread_plane

__all__ = ["PERSONS_PER_HOUSEHOLD", "Programme", "assign", "programme"]

# Persons per household in Korea in the 2020s, about [GK] assumption.
PERSONS_PER_HOUSEHOLD = 2.2
SHARES = {"apartment": 0.70, "villa": 0.23, "house": 0.07}  # [GK] assumption
JOBS_PER_RESIDENT = 0.4  # [GK] assumption
DWELLINGS_PER_SCHOOL = 2500  # [GK] planning practice: one elementary school per 2,000-3,000
LAND_M2 = {"villa": 54.0, "house": 290.0, "apartment": 88.0}  # block land per dwelling
LAND_PER_JOB_M2 = 25.0
PARK_SHARE = 0.11
MOST_SPACIOUS = 1.5
TWO_QUARTERS = 12_000
RESIDENTS_A_QUARTER = 50_000  # villas and houses of a large town: a quarter of each for so many
MAIN_CENTRE = 0.5  # of the land for shops and offices in a town of several centres [GK]
SCHOOLS_A_BLOCK = 2  # large blocks hold two elementary schools, a middle and a high school
NARROW_M, SMALL_M2 = 46.0, 3600.0  # less ground than houses need: green
FEWEST_FOR_HOSPITAL = 4_000


@dataclass(frozen=True)
class Programme:
    """What a town of this size needs: dwellings in all and by type, jobs, schools."""

    dwellings: dict[str, int]
    jobs: int
    schools: int

    @property
    def households(self) -> int:
        """Households, one to a dwelling."""
        return sum(self.dwellings.values())


def programme(residents: int) -> Programme:
    """Return the needs of so many residents."""
    total = round(residents / PERSONS_PER_HOUSEHOLD)
    villa, house = round(SHARES["villa"] * total), round(SHARES["house"] * total)
    homes = {"apartment": total - villa - house, "villa": villa, "house": house}
    schools = max(1, round(total / DWELLINGS_PER_SCHOOL))
    return Programme(homes, round(JOBS_PER_RESIDENT * residents), schools)


def _away(theta: Floats, angle: float) -> Floats:
    """Return the angle between two directions, 0 to pi."""
    return np.abs((theta - angle + np.pi) % (2 * np.pi) - np.pi)


def _until(order: Ints, size: Floats, target: float) -> Ints:
    """Return the first of `order` whose sizes together come nearest to `target`, at least one."""
    total = np.cumsum(size[order])
    count = int(np.abs(total - target).argmin()) + 1 if len(order) else 0
    return order[:count]


class _Uses:
    """The uses given so far; a block is given once."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self.area = shapely.area(blocks.land)
        self.use = np.full(len(blocks), "", dtype=object)

    def free(self, wanted: NDArray[np.bool_] | bool = True) -> Ints:
        """Return the rows of blocks with no use yet, among those wanted."""
        return np.flatnonzero((self.use == "") & wanted)

    def give(
        self, use: str, score: Floats, target_m2: float, wanted: NDArray[np.bool_] | bool = True
    ) -> None:
        """Give `use` to free blocks, lowest score first, until they measure about the target."""
        free = self.free(wanted)
        order = free[np.argsort(score[free], kind="stable")]
        self.use[_until(order, self.area, target_m2)] = use


def assign(blocks: Blocks, plan: Plan, needs: Programme) -> NDArray[np.object_]:
    """Return the use of each block.

    One of: central, riverside, park, commerce, school, hospital, public, villa, house,
    tower (apartments inside the ring of the bus rapid transit), apartment.
    """
    uses = _Uses(blocks)
    uses.use[blocks.corridor] = "riverside"
    uses.use[shapely.contains_xy(blocks.face, *CENTRE)] = "central"
    narrow = shapely.is_empty(shapely.buffer(blocks.land, -NARROW_M / 2))
    uses.use[(uses.use == "") & (narrow | (uses.area < SMALL_M2))] = "park"
    civic = float(plan.arterials[1] + plan.phase[4] * 0.02)
    _give_centre(uses, plan, needs, civic)
    if plan.large:
        _give_campuses(uses, plan, needs)
    else:
        _give_schools(uses, needs, civic)
    _give_homes(uses, plan, needs, civic)
    return uses.use


def _far(blocks: Blocks, points: Floats) -> Floats:
    """Return the distance of each block to the nearest of points (rho, theta), in outer radii."""
    x, y = blocks.rho * np.cos(blocks.theta), blocks.rho * np.sin(blocks.theta)
    at = points[:, :1] * np.stack([np.cos(points[:, 1]), np.sin(points[:, 1])], axis=1)
    return np.asarray(np.hypot(x[:, None] - at[:, 0], y[:, None] - at[:, 1]).min(axis=1))


def _give_centre(uses: _Uses, plan: Plan, needs: Programme, civic: float) -> None:
    b = uses.blocks
    inner = b.rho < plan.rings[plan.brt] / plan.radius
    toward = _away(b.theta, civic)
    small = np.abs(uses.area - 14_000) / 14_000
    uses.give("public", toward + small, 6000 + 0.12 * needs.jobs, inner)
    land = needs.jobs * LAND_PER_JOB_M2
    main = MAIN_CENTRE if len(plan.centres) else 1.0
    uses.give("commerce", toward + 0.7 * b.rho, main * land, inner)
    if plan.residents >= FEWEST_FOR_HOSPITAL:
        aside = np.abs(toward - 1.4) + small
        uses.give("hospital", aside, 5000 + 0.12 * needs.jobs, inner)
    for radius, angle in plan.centres:
        far = _far(b, np.array([[radius / plan.radius, angle]]))
        uses.give("commerce", far, (1.0 - main) * land / len(plan.centres))
        uses.give("public", far + small / 10.0, 1.0)
        uses.give("hospital", far + small / 10.0, 1.0)


def _give_campuses(uses: _Uses, plan: Plan, needs: Programme) -> None:
    """Give the schools of a large town the blocks nearest to points spread over it evenly."""
    unit = spread_plane(-(-needs.schools // SCHOOLS_A_BLOCK), seed=plan.seed, purpose=12)
    for u, turn in unit:
        point = np.array([[0.95 * np.sqrt(u), 2 * np.pi * turn]])
        uses.give("school", _far(uses.blocks, point), 1.0)


def _give_schools(uses: _Uses, needs: Programme, civic: float) -> None:
    b = uses.blocks
    for n in range(needs.schools):
        angle = civic + 1.1 + 2 * np.pi * n * (1 if needs.schools < 2 else 0.618)
        odd = np.abs(uses.area - 15_000) / 15_000
        uses.give("school", _away(b.theta, angle) + odd + np.abs(b.rho - 0.75), 1.0, b.rho < 0.97)


def _give_homes(uses: _Uses, plan: Plan, needs: Programme, civic: float) -> None:
    b = uses.blocks
    outer = b.rho > plan.rings[plan.brt] / plan.radius
    wedge = (_away(b.theta, plan.river_angle) < 0.24) & (b.rho < 0.8)
    park = spread(len(b), seed=plan.seed, purpose=11) - wedge
    uses.give("park", park, PARK_SHARE * uses.area[uses.free()].sum())
    land = {use: needs.dwellings[use] * LAND_M2[use] for use in LAND_M2}
    roomy = min(MOST_SPACIOUS, uses.area[uses.free()].sum() / sum(land.values()))
    villa, house = _quarters(b, plan, civic)
    uses.give("villa", villa, land["villa"] * roomy, outer)
    uses.give("house", house, land["house"] * roomy, outer)
    near = np.abs(b.rho - plan.rings[plan.brt] / plan.radius)
    uses.give("apartment", near, land["apartment"] * max(roomy, 1.0) * 1.1)
    uses.use[(uses.use == "apartment") & ~outer] = "tower"
    uses.use[uses.use == ""] = "park"


def _quarters(b: Blocks, plan: Plan, civic: float) -> tuple[Floats, Floats]:
    """Return scores of blocks for villas and for houses: the lower, the rather."""
    if not plan.large:
        quarters = [2.3] if plan.residents < TWO_QUARTERS else [2.0, -2.4]
        villa = np.min([_away(b.theta, civic + q) for q in quarters], axis=0) - 0.8 * b.rho
        return villa, _away(b.theta, plan.river_angle) - 1.2 * b.rho
    n = plan.residents // RESIDENTS_A_QUARTER
    turn = 2 * np.pi / n
    ring = np.where(np.arange(n) % 2 == 0, 0.62, 0.86)
    villa = np.stack([ring, civic + (np.arange(n) + 0.5) * turn], axis=1)
    house = np.stack([np.full(n, 1.0), plan.river_angle + np.arange(n) * turn], axis=1)
    return _far(b, villa), _far(b, house)
