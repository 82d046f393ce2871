"""Where cars come and go: gates, and main streets where a gate is cut off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gis.network import Network
from gis.newtown import newtown
from twin.world.ground import ground


def test_a_gate_is_itself_and_one_that_is_cut_off_stands_on_the_next_main_street() -> None:
    city = newtown(residents=2_000)
    gates = np.flatnonzero(city["junctions"]["gate"].to_numpy(bool))
    whole = ground(city).gate_node
    assert (whole[gates] == gates).all()
    assert (np.delete(whole, gates) == -1).all()

    lost, streets = gates[0], city["streets"]
    out = (streets["from_junction"] == lost).to_numpy()
    roads = streets.assign(highway=np.where(out, "busway", streets["highway"].astype(str)))
    tables = {name: table for name, table in city.tables.items() if name == "bus_lines"}
    cut = ground(replace(city.edit(streets=roads), tables=tables))
    stands = cut.gate_node[lost]
    network = Network.driving(cut.city)
    assert stands != lost
    at = (roads["from_junction"] == stands) | (roads["to_junction"] == stands)
    assert roads.loc[at, "highway"].isin(["trunk", "primary", "secondary", "tertiary"]).any()
    assert network.core[stands]
    assert (cut.gate_node[gates[1:]] == gates[1:]).all()
