"""Fixed-time signal plans: stages, cycles, greens and offsets, where a city gives none."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from gis.derive.conflicts import conflicting, sides
from gis.derive.marks import DERIVED, FOUND, Floats, Ints
from gis.derive.stages import Approaches, Stage, arms, stages
from gis.derive.streets import MAJOR
from gis.derive.turns import BUSWAY
from gis.figures import figure, table
from gis.schema import HIGHWAYS

__all__ = ["Signals", "complete_signals", "cycle_s", "sound", "splits"]

DAY_S = 86_400
STEP_S = 5  # cycles are whole multiples of this
ARM_DEG = 20.0
MOST_LOAD = 0.9  # Webster's cycle has no end where the load of the critical turns nears 1

Mask = npt.NDArray[np.bool_]


class Signals(NamedTuple):
    """The tables ``signal_plans`` and ``signal_greens`` of the schema, and what was done to them.

    ``refused`` are the junctions whose given plans were not sound, ``idle`` those with plans but
    without a turn that a signal controls: their plans are left out.
    """

    plans: pd.DataFrame
    greens: pd.DataFrame
    refused: Ints
    idle: Ints


class _Design(NamedTuple):
    """One signal: its turns, its stages, and per stage the time between and the least green, s.

    ``load`` is the flow ratio of each stage (column) in each slot of the day (row).
    """

    junction: int
    turns: Ints
    stages: list[Stage]
    between: Ints
    least: Ints
    load: Floats


def complete_signals(
    plans: pd.DataFrame | None,
    greens: pd.DataFrame | None,
    turns: pd.DataFrame,
    streets: gpd.GeoDataFrame,
    *,
    origin: str = DERIVED,
    flow: Floats | None = None,
) -> Signals:
    """Return plans and greens for every junction with a turn whose control is ``signal``.

    Given plans stay where they are sound: they cover the day, and every turn has a green, within
    the cycle, in each. The others are made: stages of :func:`gis.derive.stages.stages`; a cycle
    for each slot of the day by Webster's formula, within 90 and 180 s and never shorter than the
    least greens, the same for three in four of those that main streets join; green by load, but
    long enough to walk across; 3 s of yellow, all red by the width of the junction; offsets by
    the time that a car takes along the main streets at the speed limit.

    Parameters
    ----------
    plans, greens
        The given tables; None where none.
    turns, streets
        Complete; see :func:`gis.derive.turns.complete_turns`.
    origin
        What derived rows say about themselves.
    flow
        Cars an hour of each turn (column) in each slot of the day (row of the figures' table
        ``signal_slots``) to time signals for; without it usual flows by the kind of street.
    """
    loads = _usual(turns, streets) if flow is None else _by_lane(turns, streets, flow)
    signal = (turns["control"] == "signal").to_numpy()
    lit = np.unique(turns["junction"].to_numpy()[signal])
    if plans is None or greens is None:
        fresh = _made(_designs(turns, streets, lit, loads), streets, origin)
        return Signals(*fresh, np.zeros(0, np.int64), np.zeros(0, np.int64))
    given = np.unique(plans["junction"])
    kept = np.intersect1d(lit, sound(plans, greens, turns))
    made = np.setdiff1d(lit, kept)
    fresh = _made(_designs(turns, streets, made, loads), streets, origin)
    return Signals(
        _both(plans, kept, fresh[0]),
        _both(greens, kept, fresh[1]),
        np.intersect1d(given, made),
        np.setdiff1d(given, lit),
    )


def _both(old: pd.DataFrame, kept: Ints, new: pd.DataFrame) -> pd.DataFrame:
    """Return the old rows of the kept junctions, then the new ones."""
    old = old[np.isin(old["junction"], kept)]
    old = old if "origin" in old else old.assign(origin=FOUND)
    return pd.concat([part for part in (old, new) if len(part)] or [new], ignore_index=True)


def sound(plans: pd.DataFrame, greens: pd.DataFrame, turns: pd.DataFrame) -> Ints:
    """Return the junctions whose plans cover the day and give each of their turns a green."""
    slots = plans.sort_values(["junction", "from_s"])
    first = ~slots["junction"].duplicated()
    last = ~slots["junction"].duplicated(keep="last")
    before = slots["to_s"].shift(fill_value=0).where(~first, 0)
    gap = (slots["from_s"] != before) | (last & (slots["to_s"] != DAY_S))
    wrong = set(slots["junction"][gap])
    pairs = plans.drop_duplicates(["junction", "plan"])[["junction", "plan", "cycle_s"]]
    lit = turns.loc[turns["control"] == "signal", ["junction"]]
    wanted = pairs.merge(lit.assign(turn=lit.index), on="junction")
    shown = greens.merge(pairs, on=["junction", "plan"], how="left")
    bad = ~(shown["from_s"] < shown["to_s"]) | ~(shown["to_s"] <= shown["cycle_s"])
    wrong |= set(shown["junction"][bad])
    key = ["junction", "plan", "turn"]
    has = pd.MultiIndex.from_frame(wanted[key]).isin(pd.MultiIndex.from_frame(shown[key]))
    wrong |= set(wanted["junction"][~has])
    return np.setdiff1d(np.unique(plans["junction"]), np.array(sorted(wrong), np.int64))


def cycle_s(load: float, lost_s: float, least_s: float) -> int:
    """Return the cycle by Webster (1958), (1.5 L + 5) / (1 - Y), within its limits, s.

    ``load`` is the sum Y of the flow ratios of the stages, ``lost_s`` the time L lost in a cycle,
    ``least_s`` the sum of the least greens; a cycle that they need may pass the upper limit.
    """
    best = (1.5 * lost_s + 5.0) / (1.0 - min(load, MOST_LOAD))
    held = min(max(best, figure("least_cycle_s")), figure("most_cycle_s"))
    return int(np.ceil(max(held, least_s + lost_s) / STEP_S) * STEP_S)


def splits(load: Floats, least: Ints, green_s: int) -> Ints:
    """Return whole seconds of green for each stage, in proportion to load, at least ``least``.

    The greens add up to ``green_s``, which must hold all of ``least``.
    """
    share = np.maximum(load, 1e-6)
    short = np.zeros(len(load), bool)
    while True:
        free = green_s - least[short].sum()
        exact = np.where(short, least, share / max(share[~short].sum(), 1e-9) * free)
        if not (below := exact < least).any() or short.all():
            break
        short |= below
    green = np.maximum(np.floor(exact + 1e-9), least).astype(np.int64)
    rest = green_s - green.sum()
    order = np.argsort(green - exact, kind="stable")
    green[order[:rest]] += 1
    green[order[0]] += max(rest - len(green), 0)
    return green


def _designs(
    turns: pd.DataFrame, streets: gpd.GeoDataFrame, junctions: Ints, loads: Floats
) -> list[_Design]:
    """Return the design of each of these signals."""
    here = np.isin(turns["junction"], junctions) & (turns["control"] == "signal").to_numpy()
    rows = np.flatnonzero(here)
    rows = rows[np.argsort(turns["junction"].to_numpy()[rows], kind="stable")]
    some = turns.iloc[rows]
    at = some["junction"].to_numpy()
    a, b = conflicting(some, streets)
    columns = _columns(some, streets)
    found = []
    for junction in junctions:
        first, beyond = np.searchsorted(at, [junction, junction + 1])
        pairs = slice(*np.searchsorted(a, [first, beyond]))
        conflict = np.zeros((beyond - first, beyond - first), bool)
        conflict[a[pairs] - first, b[pairs] - first] = True
        own = columns.iloc[first:beyond].reset_index(drop=True)
        mine = rows[first:beyond]
        found.append(_design(int(junction), mine, own, conflict, loads[:, mine]))
    return found


def _columns(turns: pd.DataFrame, streets: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return per turn what the design of its signal looks at.

    Columns: street, to_street, kind, entering, leaving (degrees), rank, width_m (of the street it
    comes from), speed_m_s, shared, follows, late.
    """
    street, to = turns["from_street"].to_numpy(), turns["to_street"].to_numpy()
    kind, side = turns["kind"].to_numpy(object), sides(streets)
    highway = streets["highway"].astype(str).to_numpy()
    bus = highway == BUSWAY
    lanes = streets["lanes"].to_numpy(float)
    rank = -16.0 * np.array([HIGHWAYS.index(k) for k in highway]) + lanes
    first, last = turns["lane_first"].to_numpy(), turns["lane_last"].to_numpy()
    inmost = np.full(len(streets), -1)
    np.maximum.at(inmost, street[kind == "straight"], last[kind == "straight"])
    return pd.DataFrame(
        {
            "street": street,
            "to_street": to,
            "kind": kind,
            "entering": side.entering[street],
            "leaving": side.leaving[to],
            "rank": rank[street],
            "width_m": streets["width_m"].to_numpy(float)[street],
            "speed_m_s": streets["speed_kmh"].to_numpy(float)[street] / 3.6,
            "shared": np.isin(kind, ("left", "uturn")) & (first <= inmost[street]) & ~bus[street],
            "follows": bus[street] != bus[to],
            "late": bus[street] & bus[to] & (kind == "right"),
        }
    )


def _usual(turns: pd.DataFrame, streets: gpd.GeoDataFrame) -> Floats:
    """Return the flow ratio of each turn (column) by slot: its flow over what its lanes let by."""
    street = turns["from_street"].to_numpy()
    highway = streets["highway"].astype(str).to_numpy()[street]
    lanes = streets["lanes"].to_numpy(float)[street]
    flow = np.array([table("lane_flow")[k][0] for k in highway]) * lanes
    kind = turns["kind"].to_numpy(object)
    left, right = figure("left_share"), figure("right_share")
    usual = {"left": left, "uturn": 0.0, "right": right, "straight": 1.0 - left - right}
    share = np.array([usual[k] for k in kind])
    total = np.bincount(turns["from_street"], share)[turns["from_street"]]
    serving = turns["lane_last"].to_numpy() - turns["lane_first"].to_numpy() + 1
    peak = flow * share / np.maximum(total, 1e-9) / (serving * figure("saturation"))
    slots = np.array([share for _, share in table("signal_slots").values()])
    return np.asarray(slots[:, None] * peak)


def _by_lane(turns: pd.DataFrame, streets: gpd.GeoDataFrame, flow: Floats) -> Floats:
    """Return the flow ratio of each turn (column) by slot: the mean of the lanes that serve it.

    Cars of a turn spread evenly over its lanes, which other turns may use too.
    """
    lanes = streets["lanes"].to_numpy(np.int64)
    begin = np.cumsum(lanes) - lanes
    first, last = turns["lane_first"].to_numpy(np.int64), turns["lane_last"].to_numpy(np.int64)
    serving = last - first + 1
    turn = np.repeat(np.arange(len(turns)), serving)
    nth = np.arange(len(turn)) - np.repeat(np.cumsum(serving) - serving, serving)
    lane = begin[turns["from_street"].to_numpy()[turn]] + first[turn] + nth
    found = []
    for cars in flow:
        each = np.bincount(lane, (cars / serving)[turn], minlength=lanes.sum())
        found.append(np.bincount(turn, each[lane], minlength=len(turns)) / serving)
    return np.array(found) / figure("saturation")


def _design(junction: int, rows: Ints, t: pd.DataFrame, conflict: Mask, loads: Floats) -> _Design:
    """Return stages, times between them, least greens and loads of one signal."""
    columns = {name: t[name].to_numpy() for name in Approaches._fields[:-1]}
    found = stages(Approaches(**columns, conflict=conflict))
    own = [loads[:, s.green & ~s.permissive].max(axis=1, initial=0.0) for s in found]
    load = np.column_stack(own)
    least = _least_greens(t, found, load.max(axis=0))
    if len(found) == 1:  # nothing crosses but walkers: they have a stage of their own
        none = np.zeros(len(t), bool)
        found, load = [*found, Stage(none, none)], np.pad(load, ((0, 0), (0, 1)))
        least = np.append(least, _walk_s(t["width_m"].max()))
    width, speed = t["width_m"].max(), t["speed_m_s"].max()
    clear = int(np.ceil((width + figure("car_m")) / speed))
    between = np.full(len(found), int(figure("yellow_s")) + clear, np.int64)
    return _Design(junction, rows, found, between, least, load)


def _walk_s(width_m: float) -> int:
    return int(np.ceil(figure("walk_start_s") + width_m / figure("walk_m_s")))


def _least_greens(t: pd.DataFrame, found: list[Stage], load: Floats) -> Ints:
    """Return the least green of each stage: each arm can be walked across in one of them.

    An arm can be crossed while none of its streets has green and nothing but right turns and
    permissive ones lead into it; of such stages the one with the highest load is lengthened.
    """
    arm = arms(t["entering"].to_numpy())
    least = np.full(len(found), int(figure("least_green_s")), np.int64)
    kind = t["kind"].to_numpy(object)
    for k in range(arm.max() + 1):
        place = t["entering"].to_numpy()[arm == k][0]
        into = np.abs((t["leaving"].to_numpy() - place + 180.0) % 360.0 - 180.0) < ARM_DEG
        closed = (arm == k) | (into & (kind != "right"))
        walks = [n for n, s in enumerate(found) if not (s.green & ~s.permissive & closed).any()]
        if walks:
            best = max(walks, key=lambda n: load[n])
            least[best] = max(least[best], _walk_s(t["width_m"].to_numpy()[arm == k].max()))
    return least


def _made(
    designs: list[_Design], streets: gpd.GeoDataFrame, origin: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of plans and greens of these designs, one plan a slot of the day."""
    slots = [(float(start), *row) for start, row in table("signal_slots").items()]
    group, away = _progression(np.array([d.junction for d in designs], np.int64), streets)
    plans, greens = [], []
    for plan, (start, stop, _) in enumerate(slots):
        need = [cycle_s(d.load[plan].sum(), d.between.sum(), d.least.sum()) for d in designs]
        cycles = _common(np.array(need, np.int64), group)
        for d, cycle, seconds in zip(designs, cycles, away, strict=True):
            plans.append((d.junction, int(start * 3600), int(stop * 3600), plan, int(cycle),
                          int(round(seconds) % cycle)))  # fmt: skip
            greens += _greens(d, plan, int(cycle))
    names = ["junction", "from_s", "to_s", "plan", "cycle_s", "offset_s"]
    made = pd.DataFrame(plans, columns=names, dtype=np.int64).assign(origin=origin)
    shown = ["junction", "plan", "turn", "from_s", "to_s", "permissive"]
    lit = pd.DataFrame(greens, columns=shown)
    lit = lit.astype(dict.fromkeys(shown[:-1], "int64") | {"permissive": bool})
    return (
        made.sort_values(["junction", "from_s"], ignore_index=True),
        lit.assign(origin=origin).sort_values(shown[:4], ignore_index=True),
    )


def _common(need: Ints, group: Ints) -> Ints:
    """Return the cycle that three in four of a group can do with; one that needs more has more."""
    order = np.lexsort((need, group))
    first, beyond = (np.searchsorted(group[order], group, side) for side in ("left", "right"))
    return np.maximum(need, need[order][first + (3 * (beyond - first - 1) + 3) // 4])


def _greens(d: _Design, plan: int, cycle: int) -> list[tuple[int, ...]]:
    """Return the rows of ``signal_greens`` of a plan; green goes on from stage to stage."""
    green = splits(d.load[plan], d.least, cycle - int(d.between.sum()))
    start = np.cumsum(green + d.between) - green - d.between
    found = []
    for k, turn in enumerate(d.turns):
        spans = [
            [int(start[n]), int(start[n] + green[n]), bool(s.permissive[k])]
            for n, s in enumerate(d.stages)
            if s.green[k]
        ]
        joined = spans[:1]
        for span in spans[1:]:
            if span[0] - joined[-1][1] == d.between[0] and span[2] == joined[-1][2]:
                joined[-1][1] = span[1]
            else:
                joined.append(span)
        if d.stages[0].green[k] and d.stages[-1].green[k] and not d.stages[-1].permissive[k]:
            joined[-1][1] = cycle
        found += [(d.junction, plan, int(turn), *span) for span in joined]
    return found


def _progression(signals: Ints, streets: gpd.GeoDataFrame) -> tuple[Ints, Floats]:
    """Return the group of each signal, and how far it is from the first of its group, s.

    Signals that main streets join are a group; the way is the fastest along them at the limit.
    """
    if not len(signals):
        return np.zeros(0, np.int64), np.zeros(0)
    main = streets[streets["highway"].isin(MAJOR)]
    seconds = main["length_m"].to_numpy(float) / main["speed_kmh"].to_numpy(float) * 3.6
    ends = (main["from_junction"].to_numpy(), main["to_junction"].to_numpy())
    size = int(max(streets["from_junction"].max(), streets["to_junction"].max())) + 1
    joined = coo_array((np.ones(len(main)), ends), shape=(size, size))
    _, part = connected_components(joined, directed=False)
    _, first, group = np.unique(part[signals], return_index=True, return_inverse=True)
    order = np.lexsort((seconds, *ends))
    a, b = (end[order] for end in ends)
    fastest = np.append(True, (np.diff(a) != 0) | (np.diff(b) != 0)) if len(order) else order
    graph = coo_array((seconds[order][fastest], (a[fastest], b[fastest])), shape=(size, size))
    away = dijkstra(graph.tocsr(), directed=False, indices=signals[first], min_only=True)
    return group.astype(np.int64), np.where(np.isfinite(away), away, 0.0)[signals]
