"""Grids from 1,000 to 100,000 junctions: routing trees, and an hour of traffic at equal density.

Junctions 60 m apart, all with signals of two phases, permissive left turns and right turns on red,
no turning back. Each link sees as many cars an hour in a small net as in a large one: cars start
all over the net and turn at random, so that only the size grows. A routing tree leads from every
link to one junction; beside it stands SciPy's Dijkstra on the same turns: it must say the same.
``python -m benchmarks.networks SIDE`` measures one grid, in a process of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.laps import Laps, in_child
from benchmarks.plots import Panel, plot
from benchmarks.table import OUT, Result, Row
from gis.turning import Turning
from tests.twin.streets import grid
from twin.luck import Luck
from twin.world.columns import AT, World
from twin.world.loop import advance
from twin.world.streets.layout import Layout
from twin.world.streets.routed import routed

__all__ = ["SIDES", "measure", "report", "turning_of", "wander"]

SIDES = (32, 56, 100, 178, 316)
GOALS, GOALS_BESIDE = 16, 2
STEPS, CARS_A_LINK, HOUR_S = 20, 2, 3_600
LATEST_MS = 24 * 3_600_000
ROUNDING_S = 1e-2

Ints = NDArray[np.int64]
Net = dict[str, Any]


def turning_of(layout: Layout, ends: pd.DataFrame) -> Turning:
    """Return the links of a grid with their turns, for routing."""
    return Turning(
        ends["from"].to_numpy(), ends["to"].to_numpy(), layout.links["free_s"].to_numpy(),
        layout.turns["link"].to_numpy(), layout.turns["to"].to_numpy(),
        np.zeros(len(layout.turns)), int(ends["to"].max()) + 1,
    )  # fmt: skip


def wander(net: Turning, start: Ints, steps: int = STEPS) -> NDArray[np.int32]:
    """Return routes (row) that begin with these links and turn at random at each junction."""
    first, turns = net.onward
    luck, who = Luck(1, "wander"), np.arange(len(start))
    route = np.empty((len(start), steps), np.int32)
    route[:, 0] = start
    for step in range(1, steps):
        now = route[:, step - 1]
        which = np.asarray(luck.of("turn").uniform(who, trip=np.full(len(who), step)))
        row = first[now] + (which * (first[now + 1] - first[now])).astype(np.int64)
        route[:, step] = net.target[turns[row]]
    return route


def by_scipy(net: Turning, goals: Ints) -> NDArray[np.float64]:
    """Return the time (s) from the end of each link (column) to each goal (row), by Dijkstra."""
    links = len(net.tails)
    weight = net.cost[net.target] + net.penalty
    graph = csr_array((weight, (net.target, net.source)), shape=(links, links))
    found = [
        dijkstra(graph, indices=np.flatnonzero(net.heads == goal), min_only=True) for goal in goals
    ]
    return np.array(found)


def measure(side: int) -> Net:
    """Route and drive on one grid; return its seconds, its peak memory and what was found."""
    laps = Laps()
    layout, ends = grid(side)
    net = turning_of(layout, ends)
    laps("grid")
    goals = np.linspace(0, net.nodes - 1, GOALS).astype(np.int64)
    trees = net.towards(goals)
    laps("trees")
    theirs = by_scipy(net, goals[:GOALS_BESIDE])
    laps("SciPy")
    start = np.tile(np.arange(len(ends)), CARS_A_LINK)
    depart_s = HOUR_S * np.asarray(Luck(1, "depart").uniform(np.arange(len(start))))
    world = routed(layout, depart_s, list(wander(net, start)))
    laps("laying")
    travel_ms, squeezed = _drive(world)
    laps("hour")
    laps.seconds["trees"] /= GOALS
    laps.seconds["SciPy"] /= GOALS_BESIDE
    return {
        "nodes": net.nodes,
        "links": len(ends),
        "seconds": laps.seconds,
        "peak_gb": laps.peak_gb,
        "cars": len(start),
        "links driven": int(world.flow.sum()),
        "mean travel (s)": float(travel_ms.mean()) / 1000,
        "squeezes": squeezed,
        "largest difference (s)": float(np.abs(trees.cost[:GOALS_BESIDE] - theirs).max()),
    }


def _drive(world: World) -> tuple[Ints, int]:
    """Drive all cars to the end; return the travel times (ms) and how many squeezed in."""
    pages, done = [], False
    while not done:
        done = advance(world, LATEST_MS)
        rows = world.calendar.rows[: world.calendar.logged[0]]
        pages.append(rows[:, [1, 4]].copy())
        world.calendar.logged[0] = 0
    code, travel_ms = np.concatenate(pages).T
    return travel_ms[code == AT.ARRIVE], int((code == AT.SQUEEZE).sum())


def tell(net: Net) -> None:
    """Print what one grid took and what its traffic was like."""
    seconds = net["seconds"]
    rate = net["links driven"] / seconds["hour"] / 1e6
    print(
        f"  {net['nodes']:,} nodes, {net['links']:,} links: tree {1000 * seconds['trees']:.1f} ms, "
        f"laying {seconds['laying']:.2f} s, hour {seconds['hour']:.2f} s ({rate:.2f} M links/s), "
        f"{max(net['peak_gb'].values()):.2f} GB; {net['cars']:,} cars, mean "
        f"{net['mean travel (s)']:.1f} s, squeezes {net['squeezes']}",
        flush=True,
    )


def report(sides: Sequence[int] = SIDES) -> Result:
    """Measure the grids one after another, plot them, and compare trees on the largest."""
    print("networks: CPU seconds, one core; the same traffic on each link at every size")
    in_child("benchmarks.networks", SIDES[0])  # compile the loop
    nets = []
    for side in sides:
        nets.append(in_child("benchmarks.networks", side))
        tell(nets[-1])
    draw(nets)
    last = nets[-1]
    seconds, off = last["seconds"], last["largest difference (s)"]
    tree = Row(
        f"routing tree, {last['nodes']:,} nodes", seconds["trees"], "SciPy Dijkstra",
        seconds["SciPy"], f"times {off:.2g} s apart at most", alike=off <= ROUNDING_S,
    )  # fmt: skip
    like = f"{last['cars']:,} cars, mean {last['mean travel (s)']:.1f} s"
    return Result([tree, Row("  an hour of traffic on it", seconds["hour"], difference=like)], nets)


def draw(nets: Sequence[Net]) -> None:
    """Plot time, memory and travel times over the nodes."""
    nodes = [net["nodes"] for net in nets]
    named = {
        "hour of traffic": "hour", "laying the streets": "laying", "a routing tree": "trees",
        "the same by SciPy": "SciPy",
    }  # fmt: skip
    seconds = {name: [net["seconds"][key] for net in nets] for name, key in named.items()}
    memory = {
        "whole run": [max(net["peak_gb"].values()) for net in nets],
        "making the grid": [net["peak_gb"]["grid"] for net in nets],
    }
    travel = {"mean travel time": [net["mean travel (s)"] for net in nets]}
    panels = [
        Panel("CPU seconds", seconds, grows=True),
        Panel("Peak memory, GB", memory),
        Panel(f"Mean trip of {STEPS} links, s", travel),
    ]
    print(f"  plot: {plot(OUT / 'networks.png', nodes, 'nodes', panels)}")


if __name__ == "__main__":
    measure(min(SIDES))  # load the loop
    print(json.dumps(measure(int(sys.argv[1]))))
