"""From lanes, slots and phases of a file to turns, plans and greens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gis.readers.build import read
from gis.readers.links import link_tables
from gis.schema import validate
from tests.gis.crossroads import crossroads

CITY = crossroads((0.0, 180.0, 270.0), lanes=2, signal=True)
STREETS, JUNCTIONS = CITY["streets"], CITY["junctions"]


def lanes() -> pd.DataFrame:
    """Return the lanes of a T: straight on by two lanes, each with a letter of its own."""
    rows = [(0, 3, 0, 0), (0, 3, 1, 1), (0, 5, 1, 2), (2, 1, 0, 3), (2, 1, 1, 3), (2, 5, 0, 4),
            (4, 1, 0, 5), (4, 3, 1, 6)]  # fmt: skip
    columns = ["from_street", "to_street", "from_lane", "signal_index"]
    table = pd.DataFrame(rows, columns=columns).assign(junction=0)
    return table.astype({"signal_index": float})


def slots(**columns: object) -> pd.DataFrame:
    """Return two slots with the same plan."""
    table = pd.DataFrame({"junction": 0, "from_s": [0, 30_000], "to_s": [30_000, 86_400]})
    return table.assign(plan_id="7", cycle_s=100, offset_s=20, **columns)


def phases(states: tuple[str, ...] = ("GrrGGrr", "yrryyrr", "GGGrrrr", "yyyrrrr", "rrrrrGg"),
           seconds: tuple[int, ...] = (40, 3, 20, 3, 34)) -> pd.DataFrame:  # fmt: skip
    table = pd.DataFrame({"duration_s": seconds, "state": states, "phase_no": range(len(states))})
    return table.assign(junction=0, plan_id="7")


def linked(**tables: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], list[str]]:
    notes: list[str] = []
    given = {"turns": lanes(), "signal_plans": slots(), "signal_phases": phases(), **tables}
    return link_tables(given, STREETS, JUNCTIONS, notes), notes


def greens(table: pd.DataFrame, turn: int) -> list[tuple[int, int, bool]]:
    own = table[table["turn"] == turn]
    return list(zip(own["from_s"], own["to_s"], own["permissive"], strict=True))


def test_lanes_become_turns_and_phases_greens() -> None:
    tables, notes = linked()
    assert notes == []
    assert set(tables) == {"turns", "signal_plans", "signal_greens"}
    turns = tables["turns"]
    columns = ["from_street", "to_street", "lane_first", "lane_last"]
    assert turns[columns].to_numpy().tolist() == [
        [0, 3, 0, 1], [0, 5, 1, 1], [2, 1, 0, 1], [2, 5, 0, 0], [4, 1, 0, 0], [4, 3, 1, 1],
    ]  # fmt: skip
    assert set(turns["control"]) == {"signal"}
    table = tables["signal_greens"]
    assert greens(table, 0) == [(0, 40, False), (43, 63, False)]  # the best letter of its lanes
    assert greens(table, 1) == [(43, 63, False)]
    assert greens(table, 5) == [(66, 100, True)]
    assert tables["signal_plans"]["cycle_s"].tolist() == [100, 100]


def test_a_green_that_goes_on_is_one_and_turns_permissive_in_two() -> None:
    states = ("GrrGGrr", "GrryyGG", "grrrrGG")
    table = linked(signal_phases=phases(states, (40, 3, 57)))[0]["signal_greens"]
    assert greens(table, 0) == [(0, 43, False), (43, 100, True)]
    assert greens(table, 4) == [(40, 100, False)]


def test_a_plan_that_does_not_add_up_takes_the_sum_and_is_counted() -> None:
    tables, notes = linked(signal_plans=slots().assign(cycle_s=[90, 90]))
    assert notes == [
        "signal_plans: 2 of 2 slots have a cycle that their phases do not add up to; the sum of "
        "the phases taken"
    ]
    assert tables["signal_plans"]["cycle_s"].tolist() == [100, 100]


def test_a_lane_that_the_street_lacks_moves_to_its_inmost() -> None:
    tables, notes = linked(turns=lanes().assign(from_lane=5))
    assert notes == ["turns: 8 lanes that the street lacks, moved to its inmost"]
    assert tables["turns"]["lane_last"].max() == 1


def test_turns_that_are_not_there_are_left_out_with_their_greens() -> None:
    wrong = lanes()
    wrong.loc[2, "to_street"] = 0  # does not leave the junction
    tables, notes = linked(turns=wrong)
    assert notes[0].startswith("turns: 1 of 6 rows left out, since they do not lead from one")
    assert notes[1].startswith("signal_greens: 1 of 7 rows left out, since their turn is not there")
    assert len(tables["turns"]) == 5
    ends = tables["turns"].iloc[tables["signal_greens"]["turn"]]
    assert (ends["to_street"] % 2 == 1).all()
    strange = lanes().assign(from_street=lanes()["from_street"].replace(0, 99))
    assert linked(turns=strange)[1][0] == (
        "turns: 3 of 8 rows left out, since what they refer to in from_street, to_street is not "
        "there"
    )


def test_a_state_too_short_for_a_turn_is_counted() -> None:
    short = phases(("GrrGG", "yrryy", "GGGrr", "yyyrr", "rrrrr"))
    assert linked(signal_phases=short)[1] == ["signal_phases: 10 states lack the letter of a turn"]


def test_plans_without_turns_are_left_out() -> None:
    notes: list[str] = []
    given = {"signal_plans": slots(), "signal_phases": phases()}
    assert link_tables(given, STREETS, JUNCTIONS, notes) == {}
    assert notes == ["signal_plans: left out, since there are no turns that they could serve"]


def test_strange_letters_and_times_are_refused() -> None:
    with pytest.raises(ValueError, match=r"state must be written with G, g, y, r, got 'X'"):
        linked(signal_phases=phases(("GrrGGrX",), (100,)))
    with pytest.raises(ValueError, match=r"duration_s must be at least 0 s, got -3"):
        linked(signal_phases=phases(("GrrGGrr", "GrrGGrr"), (40, -3)))


def test_a_network_with_zeros_and_no_plans_becomes_a_whole_city(tmp_path: Path) -> None:
    """Zero lanes and zero speed mean unknown; a signal without a plan gets one; all is told."""
    for name, frame in (("streets", STREETS), ("junctions", JUNCTIONS)):
        fresh = frame.drop(columns=["origin"]).assign(source_id=np.arange(len(frame)))
        if name == "streets":
            fresh = fresh.assign(lanes=[0, 0, 2, 2, 2, 2], speed_kmh=[0.0] * 6)
        moved = fresh.set_geometry(fresh.translate(230_000.0, 417_000.0))
        moved.to_file(tmp_path / "n.gpkg", layer=name)
    city = read(tmp_path / "n.gpkg")
    validate(city, complete=True)
    assert (city["streets"]["lanes"] > 0).all()
    assert (city["streets"]["speed_kmh"] > 0).all()
    states = {row.layer: row for row in city.check().layers}
    assert states["signal_plans"].count == 5
    assert states["signal_plans"].derived == 1.0
    assert "streets.lanes" in {row.column for row in city.check().columns}


def test_broken_tables_are_refused_at_the_door() -> None:
    turns = pd.DataFrame({"junction": [0], "from_street": [0], "to_street": [3]})
    city = crossroads((0.0, 180.0, 270.0))

    def holds(**tables: pd.DataFrame) -> None:
        validate(type(city)(city.name, city.crs, city.layers, {"turns": turns, **tables}))

    with pytest.raises(ValueError, match=r"turns\.kind must be one of left, straight, right, u"):
        holds(turns=turns.assign(kind="links"))
    with pytest.raises(ValueError, match=r"signal_plans\.cycle_s must be at least 10 s, got 0"):
        holds(signal_plans=slots(plan=0).assign(cycle_s=0))
    row = {"junction": [0], "plan": 0, "turn": 1, "from_s": 0, "to_s": 9, "permissive": False}
    with pytest.raises(ValueError, match=r"turn must be a row of turns \(0 to 0\), got 1 in row 0"):
        holds(signal_greens=pd.DataFrame(row))
