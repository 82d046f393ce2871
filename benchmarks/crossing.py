"""A crossing without signal beside SUMO's: how long walkers wait for a gap in Poisson traffic.

SUMO's walkers (striping model) give way at a crossing without priority; what gap they want follows
from rules of its own. So one critical gap is fitted to SUMO's mean wait at one flow, by Adams'
formula, and the waits at the other flows are compared: both then wait for the same reason.
"""

from __future__ import annotations

import math
import resource
import subprocess
from dataclasses import dataclass
from time import process_time
from xml.etree import ElementTree

import numpy as np

from benchmarks.sumo import PEERS, Sumo
from benchmarks.table import Result, Row
from tests.twin.kerbs import Site

__all__ = ["DELAY_GOAL", "FLOWS", "Waits", "critical_gap", "ours", "report", "theirs"]

FLOWS = (0.05, 0.10, 0.15, 0.20)
FITTED = 0.10
"""Cars a second; the flow at which the critical gap is fitted."""

DELAY_GOAL = 0.10
HOURS, APART_S, SITES = 24, 20.0, 10
NODES = "".join(
    f'<node id="{name}" x="{x}" y="0"/>' for name, x in (("A", 0), ("B", 500), ("C", 1000))
)
EDGES = "".join(
    f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="1" speed="13.89"/>'
    for a, b in ("AB", "BA", "BC", "CB")
)
CROSSING = '<crossing node="B" edges="BC CB" priority="false" width="4"/>'
TYPES = (
    '<vType id="car" sigma="0" speedDev="0"/>'
    '<vType id="walker" vClass="pedestrian" speedDev="0" maxSpeed="1.34" desiredMaxSpeed="1.34"/>'
)
NET = (
    "-n kerb.nod.xml -e kerb.edg.xml -x kerb.con.xml --sidewalks.guess --no-turnarounds "
    "--sidewalks.guess.max-speed 20 -o kerb.net.xml"
)
WALK = (
    "-n kerb.net.xml -r kerb.rou.xml --tripinfo-output kerb.xml --step-length 0.1 --seed 1 "
    "--no-step-log --no-warnings"
)


@dataclass(frozen=True)
class Waits:
    """What one side found: mean wait (s) at a flow, and CPU seconds for a day of one crossing."""

    mean_s: float
    cpu_s: float


def make(peer: Sumo) -> None:
    """Make SUMO's street of two links and a crossing without priority in its middle."""
    peer.work.mkdir(parents=True, exist_ok=True)
    files = {"nod": f"<nodes>{NODES}</nodes>", "edg": f"<edges>{EDGES}</edges>",
             "con": f"<connections>{CROSSING}</connections>"}  # fmt: skip
    for kind, text in files.items():
        (peer.work / f"kerb.{kind}.xml").write_text(text)
    peer.call("netconvert", NET)


def theirs(peer: Sumo, flow: float) -> Waits:
    """Return what SUMO's walkers wait at a flow, beyond what they take on an empty street."""
    empty, loaded = _walked(peer, 0.0), _walked(peer, flow)
    return Waits(loaded.mean_s - empty.mean_s, loaded.cpu_s)


def _walked(peer: Sumo, flow: float) -> Waits:
    """Return how long a walk takes in SUMO (s), over the crossing and some metres beside it."""
    end = 3_600 * HOURS
    cars = (
        f'<flow id="c" type="car" from="AB" to="BC" begin="0" end="{end}" '
        f'period="exp({flow})" departSpeed="max"/>'
    )
    walkers = (
        f'<personFlow id="p" type="walker" begin="100" end="{end}" period="exp({1 / APART_S})" '
        'departPos="460"><walk edges="AB BA" arrivalPos="40"/></personFlow>'
    )
    text = f"<routes>{TYPES}{cars if flow else ''}{walkers}</routes>"
    (peer.work / "kerb.rou.xml").write_text(text)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    peer.call("sumo", WALK)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    root = ElementTree.parse(peer.work / "kerb.xml").getroot()
    took = [float(walk.get("duration", "nan")) for walk in root.iter("walk")]
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Waits(float(np.mean(took)), cpu_s)


def critical_gap(flow: float, mean_s: float) -> float:
    """Return the critical gap (s) at which walkers wait so long (Adams 1936), by bisection."""
    low, high = 0.0, 60.0
    for _ in range(60):
        gap = (low + high) / 2
        if (math.exp(flow * gap) - flow * gap - 1.0) / flow < mean_s:
            low = gap
        else:
            high = gap
    return (low + high) / 2


def ours(flow: float, gap_s: float) -> Waits:
    """Return what walkers of the twin wait at a flow, and the CPU seconds for one crossing."""
    site = Site(sites=SITES, flow=flow, apart_s=APART_S, width_m=0.1, gap_s=gap_s)
    site.world()
    began = process_time()
    waits = site.waits()
    return Waits(float(waits["wait_s"].mean()), (process_time() - began) / SITES)


def report() -> Result:
    """Print the waits at each flow and return the row."""
    print("walkers at a crossing without signal: mean wait (s), SUMO's walkers give way")
    try:
        peer = Sumo(PEERS)
        make(peer)
    except (subprocess.CalledProcessError, OSError) as why:
        print(f"  SUMO cannot be installed or run here: {why}")
        return Result([Row("walkers' wait", None, "SUMO", difference="SUMO is not here")])
    found = {flow: theirs(peer, flow) for flow in FLOWS}
    gap_s = critical_gap(FITTED, found[FITTED].mean_s)
    ours(FITTED, gap_s)  # compile or load the loop
    twin = {flow: ours(flow, gap_s) for flow in FLOWS}
    off = {flow: twin[flow].mean_s / found[flow].mean_s - 1 for flow in FLOWS}
    for flow in FLOWS:
        told = "fitted" if flow == FITTED else f"{off[flow]:+.1%}"
        print(
            f"  {3_600 * flow:4.0f} cars/h: twin {twin[flow].mean_s:6.2f}   "
            f"SUMO {found[flow].mean_s:6.2f}   {told}"
        )
    free = [share for flow, share in off.items() if flow != FITTED]
    return Result([
        Row(
            "walkers' wait", sum(w.cpu_s for w in twin.values()), "SUMO striping",
            sum(w.cpu_s for w in found.values()),
            f"gap {gap_s:.1f} s; mean {min(free):+.1%} to {max(free):+.1%}",
            f"within {DELAY_GOAL:.0%}", max(map(abs, free)) <= DELAY_GOAL,
        )
    ])  # fmt: skip
