"""Where the towns stand, how dense they are, and which of them are neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import geopandas as gpd
import numpy as np
import shapely
from scipy.optimize import linear_sum_assignment

from gis.derive.marks import Floats, Ints
from gis.newtown.blocks import gates
from gis.newtown.plan import CENTRE, Plan
from gis.newtown.town import FEWEST, MOST, usual_radius

__all__ = ["Neighbours", "Settlement", "neighbours", "sites"]

DENSEST = 0.7  # least radius of a town over the usual: twice as dense, 40 storeys high [GK]
TURNS = 72
SECOND = 10.0  # what it costs, rad2, that two roads share an arm
Neighbours = list[tuple[int, int]]


@dataclass(frozen=True)
class Settlement:
    """A town on its site: the plan it is made by, turned (rad) about its centre and moved there."""

    name: str
    plan: Plan
    centre: tuple[float, float]
    turn: float = 0.0

    @property
    def matrix(self) -> list[float]:
        """The affine transformation from the plan to the site, as shapely takes it."""
        cos, sin = float(np.cos(self.turn)), float(np.sin(self.turn))
        (x, y), (to_x, to_y) = CENTRE, self.centre
        return [cos, -sin, sin, cos, to_x - cos * x + sin * y, to_y - sin * x - cos * y]

    @property
    def arms(self) -> Floats:
        """The points, (n, 2), where the arterials leave the town."""
        a, b, c, d, x, y = self.matrix
        moved = gates(self.plan) @ np.array([[a, c], [b, d]]) + np.array([x, y])
        return np.asarray(moved, dtype=np.float64)

    @property
    def extent(self) -> shapely.Geometry:
        """The town with its green belt, on its site."""
        return _moved(self.plan.extent, self.matrix)


def _moved(shape: shapely.Geometry, matrix: list[float]) -> shapely.Geometry:
    return gpd.GeoSeries([shape]).affine_transform(matrix).iloc[0]


def sites(dongs: gpd.GeoDataFrame, middle: Floats, seed: int) -> tuple[list[Settlement], Ints]:
    """Return the town of each dong, and the arm of each of the two towns for each two neighbours.

    Towns that would touch are built denser. Each is turned so that its arterials leave for its
    neighbours. Arms have the shape (neighbours, 2).

    Raises
    ------
    ValueError
        Where a dong has too few or too many people for a town, or two have no room.
    """
    people = _people(dongs)
    names = dongs["name"].astype(str).to_list()
    dense = _density(people, middle, names)
    plans = [
        Plan(int(n), seed + i, share * usual_radius(n))
        for i, (n, share) in enumerate(zip(people, dense, strict=True))
    ]
    pairs = neighbours(middle)
    found, arms = [], np.zeros((len(pairs), 2), dtype=np.int64)
    for i, (name, plan) in enumerate(zip(names, plans, strict=True)):
        town = Settlement(name, plan, (float(middle[i, 0]), float(middle[i, 1])))
        roads = [(k, pair.index(i)) for k, pair in enumerate(pairs) if i in pair]
        toward = np.array([middle[pairs[k][1 - side]] for k, side in roads]).reshape(-1, 2)
        turn, chosen = _turned(town, toward)
        found.append(replace(town, turn=turn))
        for road, arm in zip(roads, chosen, strict=True):
            arms[road] = arm
    return found, arms


def _people(dongs: gpd.GeoDataFrame) -> Ints:
    for row in dongs.itertuples():
        people = getattr(row, "population", np.nan)
        if not FEWEST <= people <= MOST:
            rule = f"a population of {FEWEST:,} to {MOST:,} persons"
            raise ValueError(f"{row.name} must have {rule} to be a town, got {people:g}")
    return np.asarray(dongs["population"], dtype=np.int64)


def _density(people: Ints, middle: Floats, names: list[str]) -> Floats:
    """Return the radius of each town over the usual one: less where two would touch."""
    dense = np.ones(len(people))
    usual = [Plan(int(n), 0, usual_radius(n)) for n in people]
    for i, j in combinations(range(len(people)), 2):
        apart = float(np.hypot(*(middle[i] - middle[j])))
        share = _share(usual[i], usual[j], apart)
        if share < DENSEST:
            most = _reach(usual[i], DENSEST) + _reach(usual[j], DENSEST)
            raise ValueError(
                f"{names[i]} and {names[j]} leave no room for their towns: their middles are "
                f"{apart:,.0f} m apart, towns of {people[i]:,} and {people[j]:,} persons need "
                f"{most:,.0f} m at least"
            )
        dense[[i, j]] = np.minimum(dense[[i, j]], share)
    return dense


def _reach(plan: Plan, share: float) -> float:
    return Plan(plan.residents, plan.seed, share * plan.radius).reach


def _share(a: Plan, b: Plan, apart: float) -> float:
    """Return the share of their usual radii at which two towns just do not touch, 1 at most."""
    none = _reach(a, 0.0) + _reach(b, 0.0)
    return float(min(1.0, (apart - none) / (a.reach + b.reach - none)))


def neighbours(middle: Floats) -> Neighbours:
    """Return the pairs of towns that a main road joins: their relative neighbourhood graph.

    Two are joined unless a third is nearer to both than they are to each other, which joins all
    (Toussaint 1980, Pattern Recognition 12(4):261-268, doi:10.1016/0031-3203(80)90066-7).
    """
    apart = np.hypot(*(middle[:, None] - middle[None]).transpose(2, 0, 1))
    return [
        (i, j)
        for i, j in combinations(range(len(middle)), 2)
        if not (np.maximum(apart[i], apart[j]) < apart[i, j]).any()
    ]


def _turned(town: Settlement, toward: Floats) -> tuple[float, Ints]:
    """Return by how much to turn a town, and which arm then leaves for each of some places."""
    if not len(toward):
        return 0.0, np.zeros(0, dtype=np.int64)
    arm, wanted = (_bearing(points, town.centre) for points in (town.arms, toward))
    tries = [_assigned(arm + turn, wanted) for turn in _circle()]
    best = int(np.argmin([cost for cost, _ in tries]))
    return float(_circle()[best]), tries[best][1]


def _circle() -> Floats:
    return np.asarray(np.arange(TURNS) * (2.0 * np.pi / TURNS))


def _bearing(points: Floats, centre: tuple[float, float]) -> Floats:
    away = points - np.array(centre)
    return np.asarray(np.arctan2(away[:, 1], away[:, 0]))


def _assigned(arm: Floats, wanted: Floats) -> tuple[float, Ints]:
    """Return the squared angles between arms and bearings, and the arm of each; twice at most."""
    off = np.angle(np.exp(1j * (wanted[:, None] - arm))) ** 2
    cost = np.concatenate([off, off + SECOND], axis=1)
    row, column = linear_sum_assignment(cost)
    return float(cost[row, column].sum()), np.asarray(column % len(arm), dtype=np.int64)
