"""Street traffic beside SUMO on the same net, routes and signals, and why micro differs."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from benchmarks import movements
from benchmarks.sumo import (
    CASES,
    MEAN_GOAL,
    P95_GOAL,
    PEERS,
    Found,
    Sumo,
    by_kernel,
    drive_world,
    uxsim,
)
from benchmarks.sumo_files import durations, layout_of, routes_of
from tests.page.collect import Page, Panel
from twin.world.streets.layout import Flow

pytestmark = [pytest.mark.verify, pytest.mark.xdist_group("sumo")]

TRIPS = {
    name: Panel(
        "peer", f"Trip durations: {name}", f"통행 시간 분포: {name}", "trip duration (s)",
        "share of trips that took no longer",
        f"50 × 50 signals, {15_001 * scale:,} trips in an hour; the same net, routes, signals.",
    )
    for name, scale in CASES.items()
}  # fmt: skip
GOALS = Panel(
    "peer", "Travel times beside SUMO meso", "SUMO 메조 모형과의 통행 시간 비교",
    note="Goals: mean within 5 %, 95th percentile within 10 % of the mesoscopic model with "
    "junction control. SUMO's answer without control (free flow) must fail them.",
)  # fmt: skip
TURNS = Panel(
    "peer", "Time for each movement", "회전별 소요 시간",
    note="Seconds from the start of a link to the start of the next, on links between the first "
    "and the last of a trip. What a movement adds to the difference of a mean trip is how often it "
    "is made times the difference of its time (micro less meso).",
)  # fmt: skip

STOPS = Panel(
    "peer", "Who stops, and for how long", "정지하는 차량과 그 시간",
    note="Why micro takes longer: more cars stop and each stands longer, since queues dissolve at "
    "the acceleration of cars; who turns slows down for it; who follows keeps to the slower car.",
)  # fmt: skip


@cache
def peer() -> Sumo:
    try:
        found = Sumo(PEERS.resolve())
        found.make()
    except (subprocess.CalledProcessError, OSError) as why:
        said = getattr(why, "stderr", None) or why
        pytest.fail(f"SUMO cannot be installed or run here (DONGNE_PEERS={PEERS}): {said}")
    return found


@cache
def demand() -> tuple[Any, pd.DataFrame, NDArray[Any], list[NDArray[np.int32]]]:
    """Return the layout of SUMO's net, its edges, and the departures and routes of its trips."""
    layout, edges = layout_of(peer().work / "grid50.net.xml")
    return (layout, edges, *routes_of(peer().work / "routes15k.rou.xml", edges))


@cache
def sumo(model: str) -> tuple[NDArray[Any], pd.DataFrame, str]:
    """Return trip durations and time by movement of one of SUMO's models, and what it says."""
    trips, routes, said = movements.written(peer(), model)
    heading = movements.headings(peer().work / "grid50.net.xml")
    return durations(trips), movements.of_routes(routes, heading), said


@cache
def loaded() -> NDArray[Any]:
    """Return trip durations of SUMO's mesoscopic model with eight times the trips."""
    return peer().drive(CASES["meso_loaded"]).durations


def share(took: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the distribution of durations as a curve."""
    levels = np.linspace(0, 0.995, 120)
    return np.quantile(took, levels), levels


def beside(name: str, side: str, found: NDArray[Any], theirs: NDArray[Any]) -> dict[str, Any]:
    mean, p95 = (float(of(found) / of(theirs) - 1) for of in (np.mean, p95_of))
    return {
        "case": name, "model": side, "mean (s)": float(found.mean()), "95 % (s)": p95_of(found),
        "mean, difference %": 100 * mean, "95 %, difference %": 100 * p95,
        "goals": "meets" if met(found, theirs) else "fails",
    }  # fmt: skip


def p95_of(took: NDArray[Any]) -> float:
    return float(np.percentile(took, 95))


def met(found: NDArray[Any], theirs: NDArray[Any]) -> bool:
    mean, p95 = found.mean() / theirs.mean() - 1, p95_of(found) / p95_of(theirs) - 1
    return bool(abs(mean) <= MEAN_GOAL and abs(p95) <= P95_GOAL)


@pytest.mark.parametrize("name", CASES)
def test_travel_times_agree_with_sumos_mesoscopic_model(name: str, page: Page) -> None:
    layout, _, depart_s, routes = demand()
    ours: Found = by_kernel(drive_world(layout, depart_s, routes, CASES[name]))
    theirs = sumo("meso")[0] if name == "meso" else loaded()
    curves = {"SUMO meso": share(theirs), "twin": share(ours.durations)}
    page.add(TRIPS[name], curves=curves)
    page.add(GOALS, rows=[beside(name, "twin", ours.durations, theirs)])
    assert len(ours.durations) == len(theirs) == len(routes) * CASES[name]
    assert met(ours.durations, theirs)


@pytest.mark.parametrize("name", CASES)
def test_so_do_those_of_the_twin_as_cities_are_set(name: str, page: Page) -> None:
    """By the Highway Capacity Manual, every car at the limit."""
    layout, _, depart_s, routes = demand()
    ours = by_kernel(drive_world(layout, depart_s, routes, CASES[name], Flow())).durations
    theirs = sumo("meso")[0] if name == "meso" else loaded()
    page.add(TRIPS[name], curves={"twin, as cities are set": share(ours)})
    page.add(GOALS, rows=[beside(name, "twin, as cities are set", ours, theirs)])
    assert len(ours) == len(theirs)
    assert met(ours, theirs)


def test_the_free_flow_answer_fails(page: Page) -> None:
    free, theirs = peer().drive(1, control=False).durations, sumo("meso")[0]
    page.add(TRIPS["meso"], curves={"SUMO, no control": share(free)})
    page.add(GOALS, rows=[beside("meso", "SUMO, no control", free, theirs)])
    assert not met(free, theirs)


def test_the_difference_to_the_microscopic_model_lies_in_the_movements(page: Page) -> None:
    layout, edges, depart_s, routes = demand()
    heading = movements.headings(peer().work / "grid50.net.xml")
    ours = np.array([heading[name] for name in edges["id"]])
    twin = movements.by_twin(drive_world(layout, depart_s, routes), ours)
    meso, micro = sumo("meso"), sumo("micro")
    sides = {"twin": twin, "meso": meso[1], "micro": micro[1]}
    made = movements.table(sides, len(routes))
    made["adds to a trip (s)"] = made["a trip"] * (made["micro"] - made["meso"])
    whole = float(micro[0].mean() - meso[0].mean())
    page.add(TRIPS["meso"], curves={"SUMO micro": share(micro[0])})
    page.add(GOALS, rows=[beside("meso", "SUMO micro", micro[0], meso[0])])
    page.add(
        TURNS, rows=[*made.to_dict("records"),
                     {"movement": "all of a trip", "adds to a trip (s)": whole}],
        text=teleports(micro[2]),
    )  # fmt: skip
    split = movements.stops(sides)
    page.add(STOPS, rows=split.to_dict("records"))
    assert made["adds to a trip (s)"].sum() == pytest.approx(whole, rel=0.02)
    stop = split.set_index(["movement", "model"])
    for column in ("stop %", "s of who stops", "s of who does not"):
        assert stop[column]["straight", "micro"] > stop[column]["straight", "meso"], column
    inside = made[made["movement"] != "first and last link"]
    assert (inside["twin"] / inside["meso"] - 1).abs().max() < 0.15


def teleports(said: str) -> str:
    found = re.search(r"Teleports: .*", said)
    return f"SUMO micro: {found[0] if found else 'Teleports: 0'}"


def test_uxsim_stands_beside_on_the_same_demand(page: Page) -> None:
    found = uxsim(peer())
    assert isinstance(found, dict), f"UXsim did not run: {found}"
    page.add(
        GOALS, rows=[{"case": "meso", "model": "UXsim, routes of its own, no turns",
                      "mean (s)": found["mean_s"], "goals": f"{found['completed']:,} trips"}],
    )  # fmt: skip
    assert found["completed"] > 0
