"""SUMO's net and route files as the plain tables of street traffic."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, iterparse

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.world.streets.columns import Control
from twin.world.streets.layout import Layout

__all__ = ["durations", "layout_of", "routes_of"]

GREEN, PERMISSIVE, YELLOW = "G", "g", "y"


class Net:
    """What a net file says: edges, the inside of junctions, connections, programs, right of way."""

    def __init__(self, path: Path) -> None:
        self.edges: list[tuple[str, str, str, int, float, float]] = []
        self.inside: dict[str, float] = {}
        self.goes_on: dict[str, str] = {}
        self.connections: list[tuple[str, str, int, str, int, str]] = []
        self.programs: dict[str, tuple[float, list[tuple[float, str]]]] = {}
        self.responses: dict[str, list[str]] = {}
        self.places: dict[str, tuple[float, float]] = {}
        for _, element in iterparse(path):
            read = getattr(self, f"_{element.tag}", None)
            if read is not None:
                read(element)
                element.clear()

    def _edge(self, element: Element) -> None:
        lanes = element.findall("lane")
        length, speed = float(lanes[0].attrib["length"]), float(lanes[0].attrib["speed"])
        name = element.attrib["id"]
        if element.get("function") == "internal":
            self.inside.update({lane.attrib["id"]: float(lane.attrib["length"]) for lane in lanes})
        else:
            ends = element.attrib["from"], element.attrib["to"]
            self.edges.append((name, *ends, len(lanes), length, speed))

    def _connection(self, element: Element) -> None:
        got = element.attrib
        if got["from"].startswith(":"):
            if "via" in got:
                self.goes_on[f"{got['from']}_{got['fromLane']}"] = got["via"]
        else:
            row = got["from"], got["to"], int(got["fromLane"]), got.get("tl", "")
            self.connections.append((*row, int(got.get("linkIndex", -1)), got.get("via", "")))

    def _tlLogic(self, element: Element) -> None:  # noqa: N802 - the name of the tag
        phases = [(float(p.attrib["duration"]), p.attrib["state"]) for p in element.iter("phase")]
        self.programs[element.attrib["id"]] = float(element.attrib["offset"]), phases

    def _junction(self, element: Element) -> None:
        name = element.attrib["id"]
        self.places[name] = float(element.attrib["x"]), float(element.attrib["y"])
        self.responses[name] = [row.attrib["response"] for row in element.iter("request")]

    def way_m(self, lane: str) -> float:
        """Return the length (m) of the way inside a junction that begins with a lane."""
        length = 0.0
        while lane:
            length += self.inside[lane]
            lane = self.goes_on.get(lane, "")
        return length


def layout_of(path: Path) -> tuple[Layout, pd.DataFrame]:
    """Return the layout of a net whose junctions all have signals, and its edges.

    A link is an edge with the longest way through the junction after it, as in SUMO's mesoscopic
    model. Yellow is a permissive green, as there: who may go on yellow yields.
    """
    net = Net(path)
    edges = pd.DataFrame(net.edges, columns=["id", "from", "to", "lanes", "length_m", "speed"])
    number = {name: row for row, name in enumerate(edges["id"])}
    made = pd.DataFrame(net.connections, columns=["from", "to_edge", "lane", "tl", "index", "via"])
    made["link"], made["to"] = made["from"].map(number), made["to_edge"].map(number)
    inside = made["via"].map(net.way_m).groupby(made["link"]).max()
    edges["length_m"] += inside.reindex(range(len(edges)), fill_value=0.0).to_numpy()
    links = edges[["length_m", "lanes"]].assign(free_s=edges["length_m"] / edges["speed"])
    signal = {name: row for row, name in enumerate(net.programs)}
    grouped = made.groupby(["link", "to"], sort=True)
    turns = grouped.agg(
        lane_first=("lane", "min"), lane_last=("lane", "max"), tl=("tl", "first"),
        index=("index", "first"),
    ).reset_index()  # fmt: skip
    made["turn"] = grouped.ngroup()
    turns = turns.assign(control=Control.SIGNAL, signal=turns["tl"].map(signal), on_red=0)
    layout = Layout(
        links,
        turns,
        slots=_slots(net),
        greens=_greens(net, turns),
        yields=_yields(net, made),
    )
    return layout, edges


def _slots(net: Net) -> pd.DataFrame:
    rows = [
        (row, 0, 86_400, sum(seconds for seconds, _ in phases), offset)
        for row, (offset, phases) in enumerate(net.programs.values())
    ]
    return pd.DataFrame(rows, columns=["signal", "from_s", "to_s", "cycle_s", "offset_s"])


def _greens(net: Net, turns: pd.DataFrame) -> pd.DataFrame:
    """Return green and the yellow after it, one row for each state of each turn."""
    rows: list[tuple[Any, ...]] = []
    for turn, (name, index) in enumerate(zip(turns["tl"], turns["index"], strict=True)):
        start = 0.0
        for seconds, state in net.programs[name][1]:
            shown = state[index]
            if shown in (GREEN, PERMISSIVE, YELLOW):
                slot = turns["signal"].iat[turn]
                rows.append((turn, slot, start, start + seconds, int(shown != GREEN)))
            start += seconds
    return pd.DataFrame(rows, columns=["turn", "slot", "from_s", "to_s", "permissive"])


def _yields(net: Net, connections: pd.DataFrame) -> pd.DataFrame:
    """Return whom each turn yields to, by the right of way of its junction."""
    names = zip(connections["tl"], connections["index"], strict=True)
    turn_of = dict(zip(names, connections["turn"], strict=True))
    pairs = {
        (turn, turn_of[name, foe])
        for (name, index), turn in turn_of.items()
        for foe, bit in enumerate(reversed(net.responses[name][index]))
        if bit == "1"
    }
    return pd.DataFrame(sorted(pairs), columns=["turn", "foe"])


def routes_of(path: Path, edges: pd.DataFrame) -> tuple[NDArray[Any], list[NDArray[np.int32]]]:
    """Return when each vehicle departs (s) and the links of its route."""
    number = {name: row for row, name in enumerate(edges["id"])}
    depart, routes = [], []
    for _, element in iterparse(path):
        if element.tag == "vehicle":
            (route,) = element.iter("route")
            depart.append(float(element.attrib["depart"]))
            routes.append(np.array([number[e] for e in route.attrib["edges"].split()], np.int32))
            element.clear()
    return np.array(depart), routes


def durations(path: Path) -> NDArray[Any]:
    """Return how long each trip of a tripinfo file took (s)."""
    found = []
    for _, element in iterparse(path):
        if element.tag == "tripinfo":
            found.append(float(element.attrib["duration"]))
            element.clear()
    return np.array(found)
