"""Buses and riders: the naive reference, closed forms, what is conserved, the laws."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from gis.city import City
from gis.population import Mode
from tests.page.collect import Page, Panel
from tests.twin.naive import city as naively
from tests.twin.transit_worlds import bus_land, corridor, crowd
from twin.luck import Luck
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.columns import AT, EVENTS
from twin.world.day import build
from twin.world.ground import Ground
from twin.world.parking import Parking
from twin.world.transit.behaviour import Ridership
from twin.world.transit.buses import Buses
from twin.world.transit.columns import ALIGHTS, BOARDS, Riding, Unserved
from twin.world.transit.strategy import Lines, strategies
from twin.world.walking.behaviour import Gait

H = 3_600.0
PERSON = (
    AT.ASK, AT.ACCESS, AT.BOARD, AT.ALIGHT, AT.RIDE, AT.WALK, AT.TRAVEL, AT.UNSERVED,
)  # fmt: skip
MADE = [EVENTS[code][0] for code in (*PERSON, AT.CALL)]
WAIT = Panel(
    "buses", "Wait for a bus", "버스 대기 시간", "squared coefficient of variation of headways",
    "mean wait / mean headway", "Riders come at random to a stop of a line whose buses never fill "
    "(Osuna & Newell 1972); 6,000 riders, four standard errors.",
)  # fmt: skip
STOPS = Panel("buses", "Little's law at the stops", "정류장의 리틀 법칙")
GATES = np.array([0, 12, 32])
"""Of the grid of six: its corner, the start of the eastward line, the end of the northward one."""
QUICK = Ridership(doors_s=0.0, pull_s=0.0, board_s=0.001, alight_s=0.001, crowded_s=0.0)


def ready(
    ground: Ground, rides: Ridership | None = None, *, speed: float = 1.34, **when: float
) -> Sim:
    sim = Sim(ground, When(warm_up=0, **when))  # type: ignore[arg-type]
    sim.parts[Buses] = Buses(ground, rides or Ridership())
    sim.parts[Gait] = Gait(speed=speed)
    return sim


def nobody_drives(sim: Sim) -> pd.DataFrame:
    names = ("car", "order", "depart_s", "destination", "gate", "purpose")
    return pd.DataFrame({name: np.zeros(0, np.int64) for name in names})


def lived(sim: Sim, legs: pd.DataFrame, stops: tuple[float, ...] = ()) -> Trace:
    trace = sim.run(stops, trips=nobody_drives(sim), legs=legs)
    sim.close()
    return trace


def two_lines(capacity: int = 12) -> Ground:
    """Return a grid of six with an eastward and a northward line that cross, and one back."""
    rows = [2 * (2 * 5 + i) for i in range(5)]  # streets eastward first, each with its way back
    up = [2 * (6 * 5 + 2 + 6 * i) for i in range(5)]
    back = [street + 1 for street in reversed(rows)]
    times = np.arange(6.0, 9.0, 1 / 8) * H
    return bus_land(
        6, [rows, up, back], [times, times + 100, times + 200], places=np.arange(36),
        capacity=capacity, at_m=40.0, gates=GATES,
    )  # fmt: skip


def some_outside(legs: pd.DataFrame) -> pd.DataFrame:
    """Return legs of which some leave or enter by a gate, some of them known how long."""
    legs = legs.assign(gate=-1)
    for end, look in (("origin", 5), ("destination", 6)):
        out = (np.arange(len(legs)) % 11 == look) & (legs["origin"] >= 0)
        legs.loc[out, end] = -1
        legs.loc[out, "gate"] = GATES[np.arange(len(legs)) % 3][out]
    legs.loc[np.arange(len(legs)) % 2 == 0, "planned_s"] = 600.0
    return legs


CASES = {
    "as it comes": (60, Ridership(), 1.34),
    "full": (1, Ridership(patience_min=12, walk_weight=4), 1.34),
    "slow doors": (12, Ridership(doors_s=25, board_s=6, crowded_s=2, speed=2.0), 2.0),
    "many transfers": (
        12,
        Ridership(transfer_min=0, walk_weight=4, patience_min=25, speed=0.5),
        0.5,
    ),
}


@cache
def pair(name: str) -> tuple[dict[str, list[tuple[int, ...]]], dict[str, list[tuple[int, ...]]]]:
    capacity, rides, speed = CASES[name]
    ground = two_lines(capacity)
    legs = some_outside(crowd(Luck(3, name, 0), 700, 36, 6.0, 9.5))
    sim = ready(ground, rides, speed=speed, hours=6.0)
    parking, others = sim.part(Parking), sim._others(legs)
    world = build(ground, parking, nobody_drives(sim), sim.luck("day"), 0, others)
    naive = naively.City(world, sim.span.start_ms)
    naive.live(sim.span.end_ms)
    trace = lived(ready(ground, rides, speed=speed, hours=6.0), legs)
    kernel = {
        event: list(trace.frame(event).itertuples(index=False, name=None))
        for event in MADE
        if len(trace[event])
    }
    return kernel, naive.happened()


@pytest.mark.parametrize("name", CASES)
def test_the_kernel_does_what_the_reference_does(name: str) -> None:
    kernel, naive = pair(name)
    assert kernel.keys() == naive.keys()
    for event in kernel:
        apart = [two for two in zip(kernel[event], naive[event], strict=True) if two[0] != two[1]]
        assert apart[:1] == [], event


def test_the_cases_hold_every_event() -> None:
    days = [pair(name)[0] for name in CASES]
    for event in MADE:
        assert sum(len(day.get(event, [])) for day in days) > 20, event
    reasons = {row[3] for day in days for row in day.get("unserved", [])}
    assert reasons == {0, 1, 2}
    assert max(row[5] for day in days for row in day.get("ride", [])) >= 2, "somebody changes"
    assert any(row[6] > 0 for row in pair("full")[0]["call"]), "somebody is left behind"


def waits(departures: np.ndarray, replication: int = 0) -> np.ndarray:
    """Return waits (s) of riders who come to the first stop at random times."""
    riders = 6_000
    luck = Luck(5, "riders", replication)
    first, last = departures[0], departures[-1]
    come = first + (last - first) * np.sort(luck.uniform(np.arange(riders)))
    legs = pd.DataFrame(
        {"person": np.arange(riders), "order": 0, "depart_s": come, "origin": 0, "destination": 11}
    ).assign(mode=Mode.BUS, purpose=0, planned_s=0.0)
    ground = corridor(departures, capacity=300)
    rides = replace(QUICK, patience_min=240.0, walk_weight=4.0, wait_weight=1.0)
    trace = lived(ready(ground, rides), legs)
    assert len(trace["board"]) > 0.998 * riders, "but for who comes after the last bus"
    return trace.column("board", "wait_ms") / 1_000


@pytest.mark.parametrize("wanted", [0.0, 0.5, 1.0])
def test_the_mean_wait_is_half_the_headway_times_one_plus_cv_squared(
    wanted: float, page: Page
) -> None:
    headway = np.full(120, 480.0)
    if wanted:
        headway = np.asarray(Luck(8, "headways", 0).lognormal(np.arange(120), 450.0, wanted))
    departures = 5 * H + np.concatenate([[0.0], np.cumsum(headway)])
    wait, mean = waits(departures), headway.mean()
    cv = headway.std() / mean
    half = 4 * wait.std() / np.sqrt(len(wait))
    page.add(
        WAIT, curves={"(1 + cv²) / 2": ([0.0, 1.2], [0.5, 1.1])},
        points={"twin": [(cv**2, wait.mean() / mean, half / mean)]},
    )  # fmt: skip
    assert wait.mean() == pytest.approx(mean * (1 + cv**2) / 2, abs=half)
    assert cv == pytest.approx(wanted, abs=0.15)


def busy_corridor(riders: int = 3_000, capacity: int = 60) -> tuple[Ground, pd.DataFrame]:
    departures = np.arange(6 * H, 9 * H, 300.0)
    legs = crowd(Luck(7, "busy", 0), riders, 12, 6.0, 9.0)
    return corridor(departures, capacity=capacity), legs


def test_littles_law_holds_at_the_stops(page: Page) -> None:
    ground, legs = busy_corridor()
    sim = ready(ground, hours=8.0)
    seen: list[int] = []

    def look() -> None:
        assert sim.world is not None
        seen.append(int((sim.world.transit.riders.riding == Riding.WAITING).sum()))

    sim.every(10.0, look, key=(0, 0))
    trace = lived(sim, legs)
    total = trace.column("board", "wait_ms").sum() / 1_000
    gave_up = trace.frame("unserved").query("reason == 1")["wait_ms"].sum() / 1_000
    present, expected = float(np.mean(seen)), float(total + gave_up) / (8 * H)
    page.add(
        STOPS, rows=[{"what": "riders who wait", "seen": present, "arrivals × wait": expected}]
    )
    assert present == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("hours", [2.2, 3.0, 8.0])
def test_everyone_who_asked_arrived_is_on_the_way_or_was_unserved(hours: float) -> None:
    ground, legs = busy_corridor()
    sim = ready(ground, hours=hours)
    trace = lived(sim, legs)
    assert sim.world is not None
    under_way = int((sim.world.transit.riders.riding != Riding.RESTING).sum())
    reasons = trace.column("unserved", "reason")
    over = len(trace["ride"]) + len(trace["walk"]) + (reasons != Unserved.NO_PATH).sum()
    assert (trace.column("ride", "boardings") > 0).all()
    assert len(trace["ask"]) == over + under_way
    assert len(trace["ask"]) > 300
    if hours == 8.0:
        assert len(trace["ask"]) + (reasons == Unserved.NO_PATH).sum() == len(legs)
        assert under_way == 0
    on, off = len(trace["board"]), len(trace["alight"])
    assert on - off == int(sim.world.transit.buses.aboard.sum())


def test_no_bus_is_fuller_than_full_and_who_is_denied_is_counted() -> None:
    ground, legs = busy_corridor(riders=4_000, capacity=20)
    trace = lived(ready(ground, hours=8.0), legs)
    change = pd.concat(
        [trace.frame("board").assign(by=1), trace.frame("alight").assign(by=-1)]
    ).sort_values(["time_ms", "by"], kind="stable")
    aboard = change.groupby("bus")["by"].cumsum()
    assert aboard.max() == 20
    left = trace.column("call", "left_behind").sum()
    ended = trace.column("ride", "denied").sum() + trace.column("unserved", "denied").sum()
    assert left == ended > 50


def headway_spread(trace: Trace, call: int) -> float:
    times = np.sort(trace.frame("call").query(f"call == {call}")["since_ms"].to_numpy())
    return float(np.diff(times).std() / np.diff(times).mean())


def test_buses_bunch_where_many_ride_and_never_where_nobody_does() -> None:
    ground, legs = busy_corridor(riders=6_000)
    busy = lived(ready(ground, hours=8.0), legs)
    empty = lived(ready(ground, hours=8.0), legs[:0])
    assert headway_spread(empty, 10) == 0
    assert headway_spread(busy, 9) > 2 * headway_spread(busy, 1) > 0
    assert headway_spread(busy, 9) > 0.1


def test_an_empty_bus_runs_at_free_flow() -> None:
    ground, legs = busy_corridor()
    trace = lived(ready(ground, hours=8.0), legs[:0])
    calls = trace.frame("call").merge(trace.frame("bus"), on="bus")
    after = (calls["time_ms"] - calls["depart_ms"]) / 1_000
    assert (after == 10 * calls["call"]).all()
    flow = trace.frame("flow").groupby("link")["cars"].sum()
    assert flow.to_dict() == dict.fromkeys(range(2, 22, 2), 36)


def test_dwell_is_doors_and_the_slower_stream() -> None:
    ground, legs = busy_corridor(riders=60)
    trace = lived(ready(ground, hours=8.0), legs)
    calls = trace.frame("call")
    dwell = calls["time_ms"] - calls["since_ms"]
    boards, alights = calls["boarded"] * 2_750, calls["alighted"] * 2_100
    slower = np.maximum(boards, alights)
    expected = np.where(boards + alights > 0, 13_000 + slower, 0)
    late = dwell != expected  # somebody came while the doors were open
    assert late.mean() < 0.02
    assert (dwell >= expected)[late].all()


def test_any_stop_of_the_clock_changes_nothing() -> None:
    ground, legs = busy_corridor(riders=800, capacity=20)
    whole = lived(ready(ground, hours=8.0), legs)
    moments = whole.column("board", "time_ms")[::5] / 1_000
    share = np.asarray(Luck(7, "stops", 0).uniform(np.arange(60)))
    for stops in (tuple(moments), tuple(4 * H + share * 8 * H)):
        assert lived(ready(ground, hours=8.0), legs, stops) == whole


def test_in_a_city_without_lines_whoever_would_ride_is_carried_as_planned() -> None:
    ground, legs = busy_corridor(riders=200)
    city = City("no lines", ground.city.crs, dict(ground.city.layers))
    legs = legs.assign(planned_s=600.0)
    trace = lived(ready(replace(ground, city=city), hours=8.0), legs)
    for event in ("call", "board", "ride", "access"):
        assert len(trace[event]) == 0
    travelled = trace.frame("travel")
    assert len(travelled) == len(legs)
    assert (travelled["time_ms"] - travelled["start_ms"] == 600_000).all()


def test_with_stops_but_no_departures_nobody_rides_either() -> None:
    ground, legs = busy_corridor(riders=200)
    sim = ready(ground, hours=8.0)
    sim.parts[Buses].departures = sim.parts[Buses].departures[:0]
    trace = lived(sim, legs)
    assert len(trace["ride"]) == len(trace["board"]) == len(trace["walk"]) == 0
    assert (trace.column("unserved", "reason") == Unserved.NO_BUS).sum() == len(trace["ask"]) > 100


def test_a_stop_without_a_line_is_a_stop_that_no_rider_thinks_of() -> None:
    ground, _ = busy_corridor(riders=10)
    stops = ground.city["bus_stops"]
    more = gpd.GeoDataFrame(geometry=gpd.points_from_xy([1.0], [1.0]), crs=stops.crs)
    layers = {**ground.city.layers, "bus_stops": pd.concat([stops, more], ignore_index=True)}
    known = replace(ground, city=replace(ground.city, layers=layers)).service
    assert len(known.x) == len(ground.service.x) + 1
    for here, there in zip(
        known.near(ground.place_x, ground.place_y, Ridership()),
        ground.service.near(ground.place_x, ground.place_y, Ridership()),
        strict=True,
    ):
        assert (here == there).all()


def test_riders_move_nothing_of_the_cars() -> None:
    ground, legs = busy_corridor(riders=200)
    with_riders = lived(ready(ground, hours=8.0), legs)
    without = lived(ready(ground, hours=8.0), legs[:0])
    assert with_riders["flow"] == without["flow"]
    assert with_riders["weather"] == without["weather"]


def test_the_published_example_of_optimal_strategies() -> None:
    """Spiess & Florian 1989, section 2: stops A, X, Y, B; four lines; 27.75 minutes."""
    minutes = [[25.0, 0.0], [7.0, 6.0, 0.0], [4.0, 4.0, 0.0], [10.0, 0.0]]
    stop = [[0, 3], [0, 1, 2], [1, 2, 3], [2, 3]]
    beyond = np.cumsum([len(s) for s in stop])
    lines = Lines(
        np.concatenate([[0], beyond[:-1]]), beyond, 1 / np.array([6.0, 6.0, 15.0, 3.0]),
        np.concatenate(stop), np.concatenate(minutes), np.zeros(5, np.int64),
        np.zeros(0, np.int64), np.zeros(0),
    )  # fmt: skip
    found = strategies(lines, 4, 1.0, 0.0)
    assert found.cost_s[3].tolist() == pytest.approx([27.75, 19.0714, 11.5, 0.0], abs=1e-3)
    policy = found.policy[3]
    assert [bool(policy[call] & BOARDS) for call in (0, 2, 5, 6, 8)] == [True] * 5
    assert not policy[3] & ALIGHTS, "who is on the second line stays aboard at X"
    assert policy[4] & ALIGHTS


def test_a_walk_between_stops_is_taken_where_it_is_shorter() -> None:
    lines = Lines(
        np.array([0]), np.array([2]), np.array([0.1]), np.array([1, 2]), np.array([5.0, 0.0]),
        np.array([0, 1, 2, 2]), np.array([1, 0]), np.array([3.0, 3.0]),
    )  # fmt: skip
    found = strategies(lines, 3, 1.0, 0.0)
    assert found.cost_s[2].tolist() == [18.0, 15.0, 0.0]
    assert found.transfer[2].tolist() == [1, -1, -1]
    assert np.isinf(found.cost_s[0, 2]), "no line leads back"


@pytest.mark.parametrize(
    ("change", "wording"),
    [
        (lambda legs: legs.drop(columns="origin"), "legs must have the columns person, .*origin"),
        (lambda legs: legs[::-1], "legs must be sorted by person, day and order, each once"),
        (lambda legs: legs.assign(origin=12), r"origin of a leg must be in \[-1, 11\], got 12"),
    ],
)
def test_bad_legs_are_refused(change: object, wording: str) -> None:
    ground, legs = busy_corridor(riders=10)
    with pytest.raises(ValueError, match=wording):
        lived(ready(ground), change(legs))  # type: ignore[operator]
