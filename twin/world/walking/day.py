"""The walkers of one day: the residents with their legs, at the start of a run."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.population import Mode, People
from gis.population.modes import level_of_service, ways
from twin.calendar import Calendar, push_all
from twin.luck import Luck, at
from twin.world.columns import Rank
from twin.world.rows import Rows, table
from twin.world.walking.behaviour import Gait
from twin.world.walking.columns import LEG, MACHINE, MET, PERSON, SPOT, STROLL, WAY, Walking
from twin.world.walking.footways import Walks

__all__ = ["LEG_COLUMNS", "begin", "nobody_walks", "planned", "walkers"]

MS_PER_DAY = 86_400_000
QUIET_MS = 14_400_000
"""When a day of legs starts: one after midnight belongs to the day before."""
LEG_COLUMNS = (
    "person",
    "order",
    "mode",
    "depart_s",
    "origin",
    "destination",
    "purpose",
    "planned_s",
)


def walkers(
    walks: Walks,
    ages: NDArray[np.int64],
    legs: pd.DataFrame,
    gait: Gait,
    luck: Luck,
    epoch_ms: int = 0,
) -> Walking:
    """Return the walkers at the start of a run.

    Parameters
    ----------
    ages
        Years of each person.
    legs
        person, order (within the person's day), mode (code), depart_s (s since ``epoch_ms``),
        origin, destination (building rows, -1 outside), purpose, planned_s (see :func:`planned`),
        perhaps gate (junction by which the city is left or entered, -1); sorted by person, day and
        order. Where some are ``off``, a leg may be there twice: once off, once not.
    luck
        That of the day.
    epoch_ms
        The midnight of the calendar from which departures count.

    Raises
    ------
    ValueError
        Where a column is missing, the order is another, a person or place is unknown.
    """
    chains = _legs(legs, epoch_ms)
    _check(legs, chains, len(ages), walks.doors)
    person = legs["person"].to_numpy(np.int64)
    bounds = np.searchsorted(person, np.arange(len(ages) + 1))
    first, onward = walks.network.outgoing
    return Walking(
        persons=_persons(ages, bounds, gait, luck.seed),
        legs=chains,
        ways=walks.ways,
        spots=walks.spots,
        rules=_rules(gait, luck),
        first=first,
        onward=onward,
        slots=walks.slots,
        footfall=np.zeros((len(walks.ways), 24), np.int32),
        met=np.full((len(ages), MET), -1, np.int32),
        **_no_machines(),
    )


def planned(people: People, legs: pd.DataFrame) -> pd.DataFrame:
    """Return legs with ``planned_s``, where there is none: how long each takes by its mode.

    That is what the people reckon with who choose the mode: to the door, or to the edge of the
    city; 0 for who walks. A bus within the city takes so long only where no line runs.
    """
    if "planned_s" in legs:
        return legs
    ends = legs["origin"].to_numpy(np.int64), legs["destination"].to_numpy(np.int64)
    mode = legs["mode"].to_numpy(np.int64)
    rest = np.flatnonzero(mode != Mode.WALK)
    depart_s = legs["depart_s"].to_numpy(float)[rest]
    way = ways(people.where, ends[0][rest], ends[1][rest], np.zeros(len(rest)), depart_s=depart_s)
    planned_s = np.zeros(len(legs))
    planned_s[rest] = level_of_service(way).seconds[np.arange(len(rest)), mode[rest]]
    return legs.assign(planned_s=planned_s)


def nobody_walks() -> Walking:
    """Return the columns of a run without walkers."""
    none = np.zeros(0, np.int32)
    return Walking(
        persons=table(PERSON, 0), legs=table(LEG, 0), ways=table(WAY, 0), spots=table(SPOT, 0),
        rules=table(STROLL, 1), first=none, onward=none, slots=np.zeros((0, 0), np.uint8),
        footfall=np.zeros((0, 24), np.int32), met=np.zeros((0, MET), np.int32), **_no_machines(),
    )  # fmt: skip


def _no_machines() -> dict[str, Rows]:
    none = np.zeros(0, np.int32)
    return {
        "machines": table(MACHINE, 0), "on": none, "routes": np.zeros((0, 0), np.int32),
        "there": np.zeros(1, np.int32),
    }  # fmt: skip


def begin(walking: Walking, calendar: Calendar) -> None:
    """Put the first leg of everybody in the calendar."""
    persons = walking.persons
    going = np.flatnonzero(persons.leg < persons.beyond)
    due_ms = walking.legs.depart_ms[persons.leg[going]]
    persons.due_ms[going] = due_ms
    push_all(calendar, due_ms, Rank.RIDE, going)


def _persons(ages: NDArray[np.int64], bounds: NDArray[np.int64], gait: Gait, seed: int) -> Rows:
    key = np.arange(len(ages), dtype=np.int64)
    lasting = Luck(seed, "walking")
    mean = np.where(ages >= gait.elderly_from, gait.speed_elderly, gait.speed)
    mean = np.where(ages < gait.adult_from, gait.speed_child, mean)
    return table(
        PERSON,
        len(ages),
        leg=bounds[:-1],
        beyond=bounds[1:],
        key=key,
        mps=lasting.of("speed").lognormal(key, mean=mean, cv=gait.speed_cv),
        margin_s=lasting.of("margin").lognormal(key, mean=gait.margin_s, cv=gait.margin_cv),
        spot=-1,
        goal=-1,
        arc=-1,
    )


def _legs(legs: pd.DataFrame, epoch_ms: int) -> Rows:
    missing = [name for name in LEG_COLUMNS if name not in legs]
    if missing:
        raise ValueError(
            f"legs must have the columns {', '.join(LEG_COLUMNS)}, {', '.join(missing)} missing"
        )
    depart_ms = np.round(legs["depart_s"].to_numpy(float) * 1000).astype(np.int64) + epoch_ms
    columns = {name: legs[name].to_numpy() for name in ("origin", "destination", "mode", "purpose")}
    moment = at(
        np.maximum((depart_ms - QUIET_MS) // MS_PER_DAY, 0), legs["order"].to_numpy(np.int64)
    )
    if "off" in legs:
        columns["off"] = legs["off"].to_numpy()
    planned_s = legs["planned_s"].to_numpy(float)
    columns["gate"] = legs["gate"].to_numpy() if "gate" in legs else np.full(len(legs), -1)
    columns["planned_ms"] = np.where(planned_s < 0, -1, np.round(planned_s * 1000))
    return table(LEG, len(legs), depart_ms=depart_ms, moment=moment, **columns)


def _rules(gait: Gait, luck: Luck) -> Rows:
    seed, epoch, _ = luck.key
    return table(
        STROLL, 1, seed=seed, epoch=epoch, notice=luck.of("notice").key[2],
        judge=luck.of("judge").key[2], detour=float(gait.detour), judge_cv=float(gait.judge_cv),
    )  # fmt: skip


def _check(legs: pd.DataFrame, chains: Rows, persons: int, doors: int) -> None:
    person = legs["person"].to_numpy(np.int64)
    later, same = np.diff(person) > 0, np.diff(person) == 0
    step, either = np.diff(chains.moment), np.diff(chains.off) != 0
    if not (later | (same & ((step > 0) | ((step == 0) & either)))).all():
        raise ValueError("legs must be sorted by person, day and order, each once")
    outside = np.where(legs["mode"].to_numpy() == Mode.WALK, 0, -1)
    for name, low, high in (
        ("person", 0 * person, persons),
        ("origin", outside, doors),
        ("destination", outside, doors),
    ):
        values = legs[name].to_numpy(np.int64)
        bad = np.flatnonzero((values < low) | (values >= high))
        if len(bad):
            raise ValueError(
                f"{name} of a leg must be in [{low[bad[0]]}, {high - 1}], got {values[bad[0]]}"
            )
