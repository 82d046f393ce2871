"""The trace: tables by event, the same after writing and reading."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from gis.newtown import newtown
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.ground import ground


@pytest.fixture
def trace() -> Trace:
    return Trace(
        {
            "park": pa.table({"time_ms": [1, 5], "car": [3, 4], "lot": [7, 7]}),
            "lot": pa.table({"lot": [7], "x": [1.5], "width_m": pa.array([None], pa.float64())}),
            "trip": pa.table(
                {"car": pa.array([3], pa.int32()), "x": pa.array([2.5], pa.float32())}
            ),
            "stock": pa.table({"time_ms": pa.array([], pa.int64())}),
        }
    )


def test_events_are_in_alphabetical_order(trace: Trace) -> None:
    assert list(trace) == ["lot", "park", "stock", "trip"]
    assert len(trace) == 4


def test_what_never_happened_is_an_empty_table(trace: Trace) -> None:
    assert len(trace["leave"]) == 0
    assert trace["leave"].column_names == ["time_ms"]
    assert trace.column("leave", "car").size == 0
    assert trace.frame("leave").empty


def test_a_column_and_a_frame(trace: Trace) -> None:
    assert trace.column("park", "car").tolist() == [3, 4]
    assert trace.frame("park").shape == (2, 3)


def test_traces_are_equal_when_every_table_is(trace: Trace) -> None:
    assert trace == Trace(dict(trace))
    assert trace != trace.without("lot")
    assert trace != Trace({**trace, "lot": pa.table({"lot": [7], "x": [1.6]})})
    assert trace != 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(trace)


def test_without_leaves_the_rest(trace: Trace) -> None:
    assert list(trace.without("park", "unknown")) == ["lot", "stock", "trip"]


def test_written_and_read_it_is_the_same(trace: Trace, tmp_path: Path) -> None:
    trace.write(tmp_path / "run.parquet")
    assert Trace.read(tmp_path / "run.parquet") == trace


def test_an_empty_trace_survives_too(tmp_path: Path) -> None:
    Trace({}).write(tmp_path / "run.parquet")
    assert Trace.read(tmp_path / "run.parquet") == Trace({})


def test_the_day_of_a_town_survives(tmp_path: Path) -> None:
    trace = Sim(ground(newtown(residents=2_000)), When()).run()
    trace.write(tmp_path / "run.parquet")
    assert Trace.read(tmp_path / "run.parquet") == trace
