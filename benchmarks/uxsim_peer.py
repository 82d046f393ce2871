"""UXsim on the net and trips of SUMO's files: ``python uxsim_peer.py WORK [TRIPS [ROUTES ENDS]]``.

Run by the benchmark in the virtual environment of the peers. UXsim has one green for each link and
no turns: links that come in from north or south have green together, then those from east or west.
It finds its own routes and moves platoons of one car. Prints one JSON line; when each trip of the
file ROUTES ended and how long it took (s, below 0 where it did not) goes to the file ENDS.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from time import process_time
from xml.etree.ElementTree import iterparse

from uxsim import World

GREEN_S, OTHER_S, LENGTH_M, LANES, SPEED_M_S, JAM_PER_M = 45, 45, 100, 2, 13.89, 1 / 7.5


def read(work: Path) -> tuple[dict[str, tuple[float, float]], list[tuple[str, str, str]]]:
    """Return the places of the junctions, and name, start and end of each edge."""
    places, edges = {}, []
    for _, element in iterparse(work / "grid50.net.xml"):
        got = element.attrib
        if element.tag == "junction" and not got["id"].startswith(":"):
            places[got["id"]] = float(got["x"]), float(got["y"])
        elif element.tag == "edge" and got.get("function") != "internal":
            edges.append((got["id"], got["from"], got["to"]))
    return places, edges


def trips(path: Path, most: int) -> list[tuple[str, float, str, str]]:
    """Return name, departure (s), first and last edge of the trips."""
    found = []
    for _, element in iterparse(path):
        if element.tag == "vehicle":
            (route,) = element.iter("route")
            edges = route.attrib["edges"].split()
            got = element.attrib
            found.append((got["id"], float(got["depart"]), edges[0], edges[-1]))
    return found[:most] if most else found


def write(world: World, path: Path) -> None:
    """Write name, end_s and took_s of each trip."""
    rows = ["name,end_s,took_s"]
    for name, car in world.VEHICLES.items():
        rows.append(f"{name},{car.departure_time_in_second + car.travel_time},{car.travel_time}")
    path.write_text("\n".join(rows))


def main(work: Path, most: int = 0, routes: str = "routes15k.rou.xml", ends: str = "") -> None:
    """Simulate and print the mean travel time and the CPU seconds."""
    places, edges = read(work)
    demand = trips(work / routes, most)
    world = World(
        deltan=1, tmax=7_200, print_mode=0, save_mode=0, show_mode=0, random_seed=1, cpp=True
    )
    for name, (x, y) in places.items():
        world.addNode(name, x, y, signal=[GREEN_S, OTHER_S])
    for name, start, end in edges:
        group = 0 if places[start][0] == places[end][0] else 1
        world.addLink(
            name, start, end, length=LENGTH_M, free_flow_speed=SPEED_M_S, number_of_lanes=LANES,
            jam_density_per_lane=JAM_PER_M, signal_group=group,
        )  # fmt: skip
    ends_of = {name: (start, end) for name, start, end in edges}
    for name, depart, first, last in demand:
        world.addVehicle(ends_of[first][0], ends_of[last][1], depart, name=name)
    began = process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        world.exec_simulation()
    seconds = process_time() - began
    if ends:
        write(world, work / ends)
    world.analyzer.basic_analysis()
    print(
        json.dumps(
            {
                "trips": len(demand),
                "completed": int(world.analyzer.trip_completed),
                "mean_s": round(float(world.analyzer.average_travel_time), 2),
                "seconds": round(seconds, 2),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:3]), *sys.argv[3:5])
