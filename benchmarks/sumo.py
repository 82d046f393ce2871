"""Street traffic beside SUMO's mesoscopic model with junction control, and UXsim.

One net of 50 x 50 junctions with signals, 100 m apart, two lanes a direction; 15,001 trips in an
hour, and each of them eight times. Both sides drive the same routes under the same signals. Timed
is the simulation in CPU seconds; what SUMO needs to load its files is measured apart and taken off.

What a car needs is set to the meaning SUMO's mesoscopic model gives it, one set for both cases:
see :data:`AS_IN_SUMO`. SUMO and UXsim are installed into a virtual environment under ``out``; where
that is impossible the benchmark says so and ends.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.sumo_files import durations, layout_of, routes_of
from twin.luck import Luck
from twin.world.columns import AT, World
from twin.world.loop import advance
from twin.world.streets.layout import Flow, Layout
from twin.world.streets.routed import routed

__all__ = ["AS_IN_SUMO", "Drive", "Found", "by_kernel", "report"]

PEERS = Path(os.environ.get("DONGNE_PEERS", "out/peers"))
PACKAGES = ("eclipse-sumo==1.28.0", "uxsim")
CASES = {"meso": 1, "meso_loaded": 8}
MEAN_GOAL, P95_GOAL, RATIO_GOAL = 0.05, 0.10, 20
LATEST_MS = 24 * 3_600_000
GRID = (
    "--grid --no-turnarounds --seed 1 --grid.number=50 --grid.length=100 "
    "--default.lanenumber 2 -j traffic_light -o grid50.net.xml"
)
TRIPS = "-n grid50.net.xml -b 0 -e 3600 -p 0.24 --min-distance 1000 --seed 1 -o trips15k.xml"
ROUTES = (
    "-n grid50.net.xml --route-files trips15k.xml -o routes15k.rou.xml --seed 1 --no-step-log "
    "--ignore-errors"
)
DRIVE = (
    "-n grid50.net.xml -r routes15k.rou.xml --route-steps 0 --mesosim --no-step-log --no-warnings "
    "--duration-log.statistics --time-to-teleport 300 --seed 1"
)
CONTROL = "--meso-junction-control true"

GROSS_FREE_S, GROSS_JAM_S = 1.13 + 7.5 / 13.89, 1.73 + 7.5 / 13.89
AS_IN_SUMO = Flow(
    spacing_m=7.5,  # a car of 5 m and its gap of 2.5 m
    wave_m_s=7.5 / 1.4,  # a hole moves up one car in tau_jj
    headway_s=GROSS_FREE_S,  # tau_ff and the time a car takes to pass
    jam_headway_s=GROSS_JAM_S,  # tau_jf
    calm_s=GROSS_FREE_S,  # jam threshold -1: more cars than can come before the first one leaves
    startup_s=0.5,  # a head that found red looks again each second
    yellow_use_s=0,  # yellow is a state of its own, in which all yield
    gap_s=4.0,  # 1 s ahead of the foe, and about 3 s to cross from a stop (5 m and a car's length)
    follow_s=GROSS_JAM_S,
    squeeze_s=300,  # time to teleport
)
SPREAD, SLOWEST, FASTEST = 0.1, 0.2, 2.0  # of the speed factor of cars, normal around 1


@dataclass(frozen=True)
class Found:
    """What one side found: CPU seconds of the simulation, and the duration (s) of each trip."""

    seconds: float
    durations: NDArray[Any]

    @property
    def mean(self) -> float:
        """Mean duration (s)."""
        return float(self.durations.mean())

    @property
    def p95(self) -> float:
        """95th percentile of durations (s)."""
        return float(np.percentile(self.durations, 95))


@dataclass(frozen=True)
class Drive(Found):
    """What our side found besides: links driven, waits to join, cars that squeezed in."""

    links: int
    joined_s: float
    squeezed: int


def drive_world(
    layout: Layout, depart_s: NDArray[Any], routes: list[NDArray[np.int32]], scale: int = 1
) -> World:
    """Return the world of a case: each trip ``scale`` times, with speed factors as in SUMO."""
    cars = len(routes) * scale
    factor = 1 + SPREAD * np.asarray(Luck(1, "speed factor").normal(np.arange(cars)))
    return routed(
        layout,
        np.repeat(depart_s, scale),
        [route for route in routes for _ in range(scale)],
        AS_IN_SUMO,
        slower=1 / np.clip(factor, SLOWEST, FASTEST) - 1,
    )


def by_kernel(world: World) -> Drive:
    """Drive all cars to the end of their routes."""
    pages: list[NDArray[np.int64]] = []
    seconds, done = 0.0, False
    while not done:
        began = process_time()
        done = advance(world, LATEST_MS)
        seconds += process_time() - began
        pages.append(world.calendar.rows[: world.calendar.logged[0]].copy())
        world.calendar.logged[0] = 0
    rows = np.concatenate(pages)
    arrived = rows[rows[:, 1] == AT.ARRIVE]
    trip, took = arrived[:, 3], arrived[:, 4] / 1000
    joined = arrived[:, 0] / 1000 - took - world.trips.depart_ms[trip] / 1000
    squeezed = int((rows[:, 1] == AT.SQUEEZE).sum())
    return Drive(seconds, took, int(world.flow.sum()), float(joined.mean()), squeezed)


class Sumo:
    """SUMO in a virtual environment of its own, and the files it works on."""

    def __init__(self, peers: Path) -> None:
        self.python = peers / "bin" / "python"
        self.work = peers / "work"
        if not self.python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(peers)], check=True)
            pip = [str(self.python), "-m", "pip", "install", "--quiet", *PACKAGES]
            subprocess.run(pip, check=True)
        home = "import sumo; print(sumo.SUMO_HOME)"
        found = subprocess.run(
            [self.python, "-c", home], check=True, capture_output=True, text=True
        )
        self.home = Path(found.stdout.strip())

    def call(self, program: str, arguments: str) -> str:
        """Run one of SUMO's programs or tools on the files; return what it says."""
        tool = self.home / "tools" / program
        path = [str(self.python), str(tool)] if program.endswith(".py") else [
            str(self.home / "bin" / program)
        ]  # fmt: skip
        done = subprocess.run(
            [*path, *arguments.split()], cwd=self.work, check=True, capture_output=True, text=True,
            env={**os.environ, "SUMO_HOME": str(self.home)},
        )  # fmt: skip
        return done.stdout + done.stderr

    def make(self) -> None:
        """Make net and routes unless they are there: the same each time."""
        self.work.mkdir(parents=True, exist_ok=True)
        if not (self.work / "routes15k.rou.xml").exists():
            self.call("netgenerate", GRID)
            self.call("randomTrips.py", TRIPS)
            self.call("duarouter", ROUTES)

    def drive(self, scale: int, *, control: bool = True) -> Found:
        """Run a case; the CPU seconds of loading are those of a run that ends at once."""
        what = f"{DRIVE} --scale {scale} {CONTROL if control else ''}"
        loading = self._timed(f"{what} -e 0")
        seconds = self._timed(f"{what} --tripinfo-output tripinfo.xml")
        return Found(seconds - loading, durations(self.work / "tripinfo.xml"))

    def _timed(self, arguments: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.call("sumo", arguments)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def uxsim(peer: Sumo, trips: int | None = None) -> dict[str, float] | str:
    """Run UXsim, which finds its own routes, on the same net, signals and demand."""
    script = Path(__file__).with_name("uxsim_peer.py")
    command = [str(peer.python), str(script), str(peer.work), str(trips or 0)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1] if done.stderr else "failed"
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def compare(name: str, ours: Drive, theirs: Found, free: Found | None) -> None:
    """Print both sides of a case, whether the goals are met, and the free-flow answer."""
    rate = ours.links / ours.seconds / 1e6
    print(f"  {name}: {len(ours.durations):,} trips, {ours.links:,} links driven")
    sides = {"calendar": ours, "SUMO meso": theirs, "SUMO, no control": free}
    for side, found in sides.items():
        if found is None:
            continue
        mean, p95 = found.mean / theirs.mean - 1, found.p95 / theirs.p95 - 1
        good = abs(mean) <= MEAN_GOAL and abs(p95) <= P95_GOAL
        print(
            f"    {side:17s}{found.seconds:8.2f} s   mean {found.mean:7.2f} s ({mean:+.1%})   "
            f"p95 {found.p95:7.1f} s ({p95:+.1%})   {'meets' if good else 'FAILS'} the goals"
        )
    print(
        f"    ratio {theirs.seconds / ours.seconds:.1f} (goal {RATIO_GOAL}); {rate:.2f} M links/s; "
        f"waited to join {ours.joined_s:.2f} s; squeezed in {ours.squeezed}"
    )


def report() -> None:
    """Print every case."""
    print("street traffic, 50 x 50 signals: CPU seconds of the simulation, loading apart")
    try:
        peer = Sumo(PEERS)
        peer.make()
    except (subprocess.CalledProcessError, OSError) as why:
        print(f"  SUMO cannot be installed or run here: {why}")
        return
    layout, edges = layout_of(peer.work / "grid50.net.xml")
    depart_s, routes = routes_of(peer.work / "routes15k.rou.xml", edges)
    by_kernel(drive_world(layout, depart_s[:10], routes[:10]))  # compile or load the loop
    free = peer.drive(1, control=False)
    for name, scale in CASES.items():
        ours = by_kernel(drive_world(layout, depart_s, routes, scale))
        compare(name, ours, peer.drive(scale), free if scale == 1 else None)
    print(f"  UXsim, routes of its own: {uxsim(peer)}")
