"""Street traffic beside SUMO's mesoscopic model with junction control, and UXsim.

One net of 50 x 50 junctions with signals, 100 m apart, two lanes a direction; 15,001 trips in an
hour, and each of them eight times. Both sides drive the same routes under the same signals. Timed
is the simulation in CPU seconds; what SUMO needs to load its files is measured apart and taken off.

What a car needs is set to the meaning SUMO's mesoscopic model gives it, one set for both cases:
see :data:`AS_IN_SUMO`. Four sides stand beside it for what they say: the twin as cities are set, by
the Highway Capacity Manual; SUMO without control, whose free flow must fail the goals; its
microscopic model; and UXsim, which finds routes of its own.
SUMO and UXsim are installed into a virtual environment under ``out``, or where ``DONGNE_PEERS``
says; where that is impossible the benchmark says so and the others go on.
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
from benchmarks.table import Result, Row
from twin.luck import Luck
from twin.world.columns import AT, World
from twin.world.loop import advance
from twin.world.streets.layout import Flow, Layout
from twin.world.streets.routed import routed

__all__ = [
    "AS_IN_SUMO", "DRIVE", "MESO", "Drive", "Found", "Sumo", "by_kernel", "drive_world", "report",
]  # fmt: skip

PEERS = Path(os.environ.get("DONGNE_PEERS", "out/peers"))
PACKAGES = {"eclipse-sumo": "1.28.0", "uxsim": "1.15.1"}
CASES = {"meso": 1, "meso_loaded": 8}
REPEATS = 3
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
    "-n grid50.net.xml -r routes15k.rou.xml --route-steps 0 --no-step-log --no-warnings "
    "--duration-log.statistics --time-to-teleport 300 --seed 1"
)
FREE, MICRO = "--mesosim", ""
MESO = f"{FREE} --meso-junction-control true"

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

    def off(self, other: Found) -> tuple[float, float]:
        """Return by which share mean and 95th percentile are above those of another side."""
        return self.mean / other.mean - 1, self.p95 / other.p95 - 1

    def true_to(self, other: Found) -> bool:
        """Tell whether this side is as near to another as the goal asks."""
        mean, p95 = self.off(other)
        return abs(mean) <= MEAN_GOAL and abs(p95) <= P95_GOAL

    def beside(self, other: Found) -> str:
        """Tell the mean, and how far this side is off another."""
        mean, p95 = self.off(other)
        return f"mean {self.mean:.1f} s, {mean:+.1%}; 95 % {p95:+.1%}"


@dataclass(frozen=True)
class Drive(Found):
    """What our side found besides: links driven, waits to join, cars that squeezed in."""

    links: int
    joined_s: float
    squeezed: int


def drive_world(
    layout: Layout,
    depart_s: NDArray[Any],
    routes: list[NDArray[np.int32]],
    scale: int = 1,
    flow: Flow = AS_IN_SUMO,
) -> World:
    """Return the world of a case: each trip ``scale`` times, with speed factors as in SUMO.

    With a flow of its own all cars keep to the limit, as they do in cities.
    """
    cars, spread = len(routes) * scale, SPREAD if flow is AS_IN_SUMO else 0.0
    factor = 1 + spread * np.asarray(Luck(1, "speed factor").normal(np.arange(cars)))
    return routed(
        layout,
        np.repeat(depart_s, scale),
        [route for route in routes for _ in range(scale)],
        flow,
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


def installed(peers: Path) -> Path:
    """Return the Python of the peers' environment; make it where versions are not as they must be.

    Raises
    ------
    OSError
        Where they cannot be installed, with the last that pip says.
    """
    # Absolute, as SUMO runs in another folder; a link is not followed out of the environment.
    python = peers.absolute() / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(peers)], check=True)
    asked = f"from importlib.metadata import version; print(*map(version, {list(PACKAGES)}))"
    there = subprocess.run([python, "-c", asked], check=False, capture_output=True, text=True)
    if there.stdout.split() != list(PACKAGES.values()):
        wanted = [f"{name}=={version}" for name, version in PACKAGES.items()]
        pip = [str(python), "-m", "pip", "install", "--quiet", "--retries", "1", *wanted]
        done = subprocess.run(pip, check=False, capture_output=True, text=True)
        if done.returncode:
            raise OSError(f"{', '.join(wanted)}: {done.stderr.strip().splitlines()[-1]}")
    return python


class Sumo:
    """SUMO in a virtual environment of its own, and the files it works on."""

    def __init__(self, peers: Path) -> None:
        self.python = installed(peers)
        self.work = peers / "work"
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
        """Run a case of the mesoscopic model, with junction control or without any."""
        return self.run(scale, MESO if control else FREE)

    def run(self, scale: int, model: str) -> Found:
        """Run a case; the CPU seconds of loading are those of a run that ends at once."""
        what = f"{DRIVE} --scale {scale} {model}"
        loading = self.timed(f"{what} -e 0")
        seconds = self.timed(f"{what} --tripinfo-output tripinfo.xml")
        return Found(seconds - loading, durations(self.work / "tripinfo.xml"))

    def timed(self, arguments: str) -> float:
        """Run SUMO; return the CPU seconds that it took."""
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


def compare(name: str, ours: Drive, theirs: Found) -> Row:
    """Print both sides of a case and return its row: as fast as the goal, and as true."""
    rate = ours.links / ours.seconds / 1e6
    print(f"  {name}: {len(ours.durations):,} trips, {ours.links:,} links driven", flush=True)
    for side, found in {"calendar": ours, "SUMO meso": theirs}.items():
        told = f"mean {found.mean:7.2f} s   95 % {found.p95:7.1f} s"
        print(f"    {side:12s}{found.seconds:8.2f} s   {told}")
    print(
        f"    {rate:.2f} M links/s; waited to join {ours.joined_s:.2f} s; "
        f"squeezed in {ours.squeezed}"
    )
    met = ours.true_to(theirs) and theirs.seconds >= RATIO_GOAL * ours.seconds
    goal = f">= {RATIO_GOAL}x, mean {MEAN_GOAL:.0%}, 95 % {P95_GOAL:.0%}"
    apart = ours.beside(theirs)
    return Row(f"traffic {name}", ours.seconds, "SUMO meso", theirs.seconds, apart, goal, met)


def as_cities(ours: Drive, theirs: Found) -> Row:
    """Return the row of the twin as cities are set."""
    said, goal = ours.beside(theirs), f"mean {MEAN_GOAL:.0%}, 95 % {P95_GOAL:.0%}"
    met = ours.true_to(theirs)
    return Row("  as cities are set", ours.seconds, "SUMO meso", theirs.seconds, said, goal, met)


def others(peer: Sumo, ours: Drive, meso: Found) -> list[Row]:
    """Return the rows of those who answer another question: free flow, micro, own routes."""
    free, micro = peer.run(1, FREE), peer.run(1, MICRO)
    said, fails = free.beside(meso), not free.true_to(meso)
    return [
        Row("  free flow for it", None, "SUMO, no control", free.seconds, said, "must fail", fails),
        Row("  beside micro", ours.seconds, "SUMO micro", micro.seconds, ours.beside(micro)),
        beside_uxsim(ours, uxsim(peer)),
    ]


def beside_uxsim(ours: Drive, own: dict[str, float] | str) -> Row:
    """Return the row of UXsim, or why there is none."""
    work, side = "  routes of its own", "UXsim"
    if isinstance(own, str):
        return Row(work, None, side, difference=own)
    mean = f"mean {ours.mean:.1f} s, {ours.mean / own['mean_s'] - 1:+.1%}"
    over = f"{own['completed']:,.0f} of {own['trips']:,.0f} trips over"
    return Row(work, ours.seconds, side, own["seconds"], f"{mean}; {over}")


def report() -> Result:
    """Print every case and return its row."""
    print("street traffic, 50 x 50 signals: CPU seconds of the simulation, loading apart")
    try:
        peer = Sumo(PEERS)
        peer.make()
    except (subprocess.CalledProcessError, OSError) as why:
        print(f"  SUMO cannot be installed or run here: {why}")
        return Result([Row("traffic", None, "SUMO meso", difference="SUMO is not here")])
    layout, edges = layout_of(peer.work / "grid50.net.xml")
    depart_s, routes = routes_of(peer.work / "routes15k.rou.xml", edges)
    by_kernel(drive_world(layout, depart_s[:10], routes[:10]))  # compile or load the loop
    rows: list[Row] = []
    for name, scale in CASES.items():
        worlds = (drive_world(layout, depart_s, routes, scale) for _ in range(REPEATS))
        ours = sorted(map(by_kernel, worlds), key=lambda drive: drive.seconds)[REPEATS // 2]
        theirs = peer.drive(scale)
        rows.append(compare(name, ours, theirs))
        shipped = by_kernel(drive_world(layout, depart_s, routes, scale, Flow()))
        rows.append(as_cities(shipped, theirs))
        if scale == 1:
            rows += others(peer, ours, theirs)
    return Result(rows)
