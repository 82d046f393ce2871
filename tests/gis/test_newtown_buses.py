"""The new town's bus lines follow its rings and arterials, by its headways."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.city import City
from gis.figures import table
from gis.newtown import newtown
from gis.schema import TABLES, validate


@pytest.fixture(scope="module")
def town() -> City:
    return newtown(residents=20_000)


def test_the_tables_keep_to_the_schema(town: City) -> None:
    validate(town, complete=True)
    for name in ("bus_lines", "bus_line_stops", "bus_departures"):
        assert list(town.tables[name]) == [column.name for column in TABLES[name]]


def test_a_stop_lies_beside_the_middle_of_its_street(town: City) -> None:
    calls, streets = town.tables["bus_line_stops"], town["streets"]
    lines = streets.geometry.to_numpy()[calls["street"]]
    halfway = shapely.line_interpolate_point(lines, calls["at_m"].to_numpy(float))
    stops = town["bus_stops"].geometry.to_numpy()[calls["stop"]]
    assert shapely.distance(halfway, stops).max() < 20.0


def test_rapid_buses_run_on_busways_and_others_do_not(town: City) -> None:
    calls = town.tables["bus_line_stops"].merge(
        town.tables["bus_lines"][["kind"]], left_on="line", right_index=True
    )
    busway = town["streets"]["highway"].to_numpy()[calls["street"]] == "busway"
    assert busway[calls["kind"] == "brt"].mean() > 0.5
    assert not busway[calls["kind"] == "bus"].any()


def test_a_ring_is_closed_and_goes_one_way_round(town: City) -> None:
    calls, lines = town.tables["bus_line_stops"], town.tables["bus_lines"]
    centre = np.array(town["streets"].total_bounds).reshape(2, 2).mean(axis=0)
    for line in np.flatnonzero(lines["name"].str.match("R[45]")):
        stop = calls.loc[calls["line"] == line, "stop"].to_numpy()
        assert stop[0] == stop[-1]
        xy = shapely.get_coordinates(town["bus_stops"].geometry.to_numpy()[stop]) - centre
        turn = np.diff(np.unwrap(np.arctan2(xy[:, 1], xy[:, 0])))
        assert abs(turn.sum()) == pytest.approx(2 * np.pi, abs=1e-6)


def test_departures_keep_the_headways(town: City) -> None:
    lines, departures = town.tables["bus_lines"], town.tables["bus_departures"]
    hourly = {
        kind: sum(np.ceil(60 / m) for m in minutes if m)
        for kind, minutes in table("headways").items()
    }
    counts = departures.groupby("line").size()
    assert counts.tolist() == [hourly[kind] for kind in lines["kind"]]
    assert departures["depart_s"].min() >= 6 * 3_600
