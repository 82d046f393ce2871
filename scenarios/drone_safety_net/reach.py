"""What a number of stations can reach of a real city within a time: the claim of Daejeon.

The outline of the city and the people of its dongs are given; stations stand at random, on a square
lattice, or where most people are (maximal covering). Each draw of the priors is another drone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from scenarios.drone_safety_net import DroneSafetyNet
from scenarios.drone_safety_net.flight import Craft
from twin.claims.claims import read_claims, show
from twin.claims.priors import Prior, changed, parts_of, sample
from twin.luck import Luck
from twin.siting import cover_most

__all__ = ["Dongs", "ReachPlan", "ReachTrial", "Reached", "reach", "read_reach_trial", "spread"]

Floats = NDArray[np.float64]

S_PER_MIN, PERCENT = 60.0, 100.0
SITINGS = ("random", "lattice", "most people")
MEASURES = ("area", "people, spread", "people, middle")
STEPS_MIN = np.arange(1.0, 8.01, 0.5)
"""The times at which reach is told."""


@dataclass(frozen=True)
class ReachPlan:
    """How many stations are to reach a share ``holds_for`` of the people within a time.

    Ground is looked at every ``spots_m``, stations may stand every ``sites_m``; ``outcome`` is what
    came out when it was tried last.
    """

    name: str
    target: str
    stations: int
    within_min: float
    holds_for: float
    spots_m: float
    sites_m: float
    draws: int
    seed: int
    level: float
    outcome: Literal["agrees", "disagrees"]
    source: str
    tag: str
    note: str = ""


@dataclass(frozen=True)
class ReachTrial:
    """A plan, and the ranges of what is not known of the drone."""

    plan: ReachPlan
    priors: tuple[Prior, ...]


def read_reach_trial(path: str | Path) -> ReachTrial:
    """Read a trial's file.

    Raises
    ------
    DataFileError
        Naming the entry and key that breaks a rule.
    """
    return ReachTrial(*parts_of(Path(path), ReachPlan))


class Dongs(NamedTuple):
    """A city as its dongs: polygons (m), and how many live in each."""

    shapes: NDArray[np.object_]
    people: Floats


class _Spots(NamedTuple):
    """Places (n, 2; m) and what each weighs; the weights sum to 1."""

    xy: Floats
    weight: Floats


@dataclass(frozen=True, eq=False)
class Reached:
    """Of each draw, siting and measure: the share (%) in view by each time, and the percentiles.

    ``curves`` has the columns draw, siting, measure, minute and share; ``times`` draw, siting,
    measure and the minutes within which half and nine tenths are in view.
    """

    trial: ReachTrial
    curves: pd.DataFrame = field(repr=False)
    times: pd.DataFrame = field(repr=False)

    def share(self, siting: str, measure: str, minute: float) -> tuple[float, float, float]:
        """Return the share (%) in view within a time: mean, and the bounds of the draws."""
        rows = self.curves
        own = rows[(rows["siting"] == siting) & (rows["measure"] == measure)]
        return self._span(own.loc[np.isclose(own["minute"], minute), "share"])

    def ninth_decile(self, siting: str, measure: str) -> tuple[float, float, float]:
        """Return the minutes within which nine tenths are in view: mean, and bounds."""
        rows = self.times
        own = rows[(rows["siting"] == siting) & (rows["measure"] == measure)]
        return self._span(own["p90"])

    @property
    def outcome(self) -> str:
        """Whether the claim holds where it has the best case: best sites, all at the middle."""
        claim, plan = read_claims()[self.trial.plan.target], self.trial.plan
        best = min(self.ninth_decile(siting, MEASURES[2])[0] for siting in SITINGS)
        return "agrees" if best <= plan.within_min + (claim.tolerance or 0.0) else "disagrees"

    def _span(self, values: pd.Series) -> tuple[float, float, float]:
        edge = (1.0 - self.trial.plan.level) / 2.0
        low, high = values.quantile([edge, 1.0 - edge])
        return float(values.mean()), float(low), float(high)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        plan = self.trial.plan
        yield (
            f"{plan.stations} stations, {len(self.times['draw'].unique())} drones, "
            f"{plan.level:.0%} intervals: share in view within {plan.within_min:g} min, "
            f"and minutes until {plan.holds_for:.0%} are"
        )
        for siting in SITINGS:
            for measure in MEASURES:
                share = _told(*self.share(siting, measure, plan.within_min), digits=0)
                late = _told(*self.ninth_decile(siting, measure), digits=1)
                yield f"  {siting}; {measure}: {share} %, {late} min"
        yield f"PREDICTION {plan.target}: {self.outcome}"
        yield show(plan.target)


def _told(mean: float, low: float, high: float, *, digits: int) -> str:
    return f"{mean:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def spread(shape: Any, step_m: float) -> Floats:
    """Return places (n, 2) at even distances in a polygon; its middle where none fits."""
    left, bottom, right, top = shape.bounds
    x, y = np.meshgrid(
        np.arange(left + step_m / 2, right, step_m), np.arange(bottom + step_m / 2, top, step_m)
    )
    grid = np.column_stack((x.ravel(), y.ravel()))
    inside = grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]
    return (
        inside if len(inside) else np.asarray(shapely.get_coordinates(shape.representative_point()))
    )


def reach(trial: ReachTrial, dongs: Dongs, *, draws: int | None = None) -> Reached:
    """Return what stations reach of a city under the priors of a trial."""
    plan, outline = trial.plan, shapely.union_all(dongs.shapes)
    spots = _measures(dongs, outline, plan.spots_m)
    curves, times = [], []
    fixed = {
        "lattice": lattice(outline, plan.stations),
        "most people": _best(trial, outline, spots["people, spread"]),
    }
    drawn = sample(trial, plan.draws if draws is None else draws)
    for number, values in enumerate(drawn.to_dict("records")):
        craft = changed(DroneSafetyNet(), {str(k): float(v) for k, v in values.items()}).craft
        placed = {"random": _anywhere(outline, plan, number), **fixed}
        for siting, stations in placed.items():
            for measure, own in spots.items():
                minutes = _eye_min(craft, stations, own.xy)
                about = {"draw": number, "siting": siting, "measure": measure}
                for minute in STEPS_MIN:
                    share = PERCENT * float(own.weight[minutes <= minute].sum())
                    curves.append({**about, "minute": float(minute), "share": share})
                late = _quantiles(minutes, own.weight, (0.5, plan.holds_for))
                times.append({**about, "p50": late[0], "p90": late[1]})
    return Reached(trial, pd.DataFrame(curves), pd.DataFrame(times))


def _measures(dongs: Dongs, outline: Any, step_m: float) -> dict[str, _Spots]:
    """Return the places of each measure, and what they weigh."""
    ground = spread(outline, step_m)
    inside = [spread(shape, step_m) for shape in dongs.shapes]
    share = dongs.people / dongs.people.sum()
    each = np.concatenate(
        [np.full(len(xy), part / len(xy)) for xy, part in zip(inside, share, strict=True)]
    )
    middles = np.asarray(
        shapely.get_coordinates([shape.representative_point() for shape in dongs.shapes])
    )
    even = np.full(len(ground), 1.0 / len(ground))
    found = (_Spots(ground, even), _Spots(np.concatenate(inside), each), _Spots(middles, share))
    return dict(zip(MEASURES, found, strict=True))


def lattice(outline: Any, number: int) -> Floats:
    """Return the middles of squares over an outline: as many inside as near to a number as can be.

    Of the sides and shifts that were tried, those with exactly that number, else with most below.
    """
    best, fewer = np.empty((0, 2)), math.inf
    usual = math.sqrt(outline.area / number)
    for side in usual * np.linspace(0.9, 1.1, 41):
        left, bottom, right, top = outline.bounds
        for dx, dy in ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)):
            x, y = np.meshgrid(
                np.arange(left - dx * side, right, side), np.arange(bottom - dy * side, top, side)
            )
            grid = np.column_stack((x.ravel(), y.ravel()))
            inside = grid[shapely.contains_xy(outline, grid[:, 0], grid[:, 1])]
            if 0 <= number - len(inside) < fewer:
                best, fewer = inside, number - len(inside)
    return np.asarray(best)


def _anywhere(outline: Any, plan: ReachPlan, draw: int) -> Floats:
    """Return stations at random places of an outline."""
    left, bottom, right, top = outline.bounds
    luck, rows = Luck(plan.seed, "stations"), np.arange(plan.stations * 40)
    x = left + (right - left) * np.asarray(luck.of("x").uniform(rows, look=draw))
    y = bottom + (top - bottom) * np.asarray(luck.of("y").uniform(rows, look=draw))
    inside = shapely.contains_xy(outline, x, y)
    return np.asarray(np.column_stack((x, y))[inside][: plan.stations])


def _best(trial: ReachTrial, outline: Any, people: _Spots) -> Floats:
    """Return the stations that have most people in view in time, by the drone as it is usual."""
    craft = DroneSafetyNet().craft
    sites = spread(outline, trial.plan.sites_m)
    metres = np.linalg.norm(sites[:, None] - people.xy[None], axis=2)
    within = craft.eye_s(metres / craft.speed) <= trial.plan.within_min * S_PER_MIN
    return np.asarray(sites[cover_most(within, people.weight, trial.plan.stations)])


def _eye_min(craft: Craft, stations: Floats, spots: Floats) -> Floats:
    """Return the minutes from a call at each spot to a picture, by the nearest station's drone."""
    from scipy.spatial import cKDTree

    metres, _ = cKDTree(stations).query(spots)
    return np.asarray(craft.eye_s(metres / craft.speed) / S_PER_MIN)


def _quantiles(values: Floats, weight: Floats, shares: tuple[float, ...]) -> list[float]:
    """Return the values below which these shares of the weight are."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order])
    rows = np.minimum(np.searchsorted(below, shares), len(order) - 1)
    return [float(values[order][row]) for row in rows]
