"""Jammed streets: what a search counts as, who is not over by the end, and what may be said."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from gis.newtown import newtown
from tests.twin.streets import jammed
from tests.twin.test_indicators import AREA, SPAN, TIME, a_day
from tests.twin.test_verdict import GOOD, study
from twin.appraisal.verdict import Language, verdict
from twin.experiment.jam import MOST_LATE, MOST_SQUEEZES, Jam, told, worst
from twin.experiment.runner import Finished, Job
from twin.sim import Sim, When
from twin.trace import Trace
from twin.world.columns import SEARCH_CAP_MS
from twin.world.ground import ground
from twin.world.indicators import Counting, measure_parking

MS_PER_H, S_PER_H = 3_600_000, 3_600
CALM = Jam("base", trips=1_000, cars=500, squeezes=3, waiting=1, moving=2, late=0)
ENDS = ("park", "fail", "exit")


@pytest.fixture(scope="module")
def stuck() -> tuple[Trace, Sim]:
    """Two hours of a small town in which the trips of a day are made within forty minutes."""
    town = jammed(ground(newtown(residents=2_000), queues=True))
    sim = Sim(town, When(start_h=7, hours=2, warm_up=0))
    trips = sim.trips()
    later = (trips["depart_s"] - 7 * S_PER_H).clip(lower=0)
    trace = sim.run(trips=trips.assign(depart_s=trips["depart_s"] - later * 29 / 30))
    sim.close()
    return trace, sim


def test_each_car_that_set_out_has_ended_or_is_told_to_be_under_way(
    stuck: tuple[Trace, Sim],
) -> None:
    trace, _ = stuck
    ended = sum(int((trace.column(event, "trip") >= 0).sum()) for event in ENDS)
    left = trace.frame("unfinished")
    assert len(trace["depart"]) == ended + len(left)
    assert left["waits"].sum() > 20
    assert (left["waits"] == 0).sum() > 10
    assert left["late_ms"].max() > MS_PER_H


def test_a_search_begins_on_the_street_and_not_in_the_queue_for_it(
    stuck: tuple[Trace, Sim],
) -> None:
    """Of trips within the area of their destination, some waited to join for longer."""
    trace, sim = stuck
    trips = trace.frame("trip").sort_values(["car", "order"])
    home = sim.ground.people.cars["home"].to_numpy()[trips["car"]]
    origin = trips.groupby("car")["destination"].shift().fillna(pd.Series(home, trips.index))
    known = origin.to_numpy(int)
    away = np.hypot(
        sim.ground.place_x[np.maximum(known, 0)] - trips["x"],
        sim.ground.place_y[np.maximum(known, 0)] - trips["y"],
    )
    near = trips.loc[(known >= 0) & (away < 300), "trip"]
    out = trace.frame("depart").set_index("trip")["time_ms"]
    park = trace.frame("park").set_index("trip")
    park = park[park.index.isin(near)]
    waited = park["time_ms"] - out.reindex(park.index) - park["search_ms"]
    assert len(waited) > 5
    assert waited.min() >= 0
    assert waited.max() > 60_000


def test_a_search_costs_no_more_money_than_time_is_counted() -> None:
    """A search of a thousand minutes counts with thirty, in both."""
    day = a_day()
    park = day.frame("park")
    park.loc[park["trip"] == 0, "search_ms"] = 1_000 * 60_000
    day = Trace({**day, "park": pa.Table.from_pandas(park, preserve_index=False)})
    found = measure_parking(day, AREA, span_ms=SPAN, counting=Counting())
    cap_min = SEARCH_CAP_MS / 60_000
    assert found["parking.search_time"] == pytest.approx((cap_min + 2 + 3 + 4 + 5 + 0 + 30) / 7)
    assert found["parking.ease_time"] == pytest.approx(TIME - 150 * (cap_min - 1))


def test_the_counts_of_a_run() -> None:
    tables = {
        "trip": {"time_ms": [0] * 4, "trip": [0, 1, 2, 3], "car": [0, 0, 1, 2]},
        "squeeze": {"time_ms": [5, 6]},
        "unfinished": {
            "time_ms": [9] * 3, "car": [0, 1, 2], "waits": [1, 0, 0],
            "late_ms": [MS_PER_H + 1, MS_PER_H, 3 * MS_PER_H],
        },
    }  # fmt: skip
    row = told(Trace({name: pa.table(columns) for name, columns in tables.items()})).to_pylist()
    assert row == [
        {"trips": 4, "cars": 3, "squeezes": 2, "waiting": 1, "moving": 2, "late": 2}
    ]  # fmt: skip
    quiet, jam = ({**row[0], "late": late, "squeezes": 0, "waiting": late} for late in (0, 2))
    runs = [
        Finished(Job(name, "day", 0), {}, tables={"jam": pa.Table.from_pylist([counts])})
        for name, counts in (("base", quiet), ("new", jam))
    ]
    assert (worst(runs).alternative, worst(runs).late_share) == ("new", pytest.approx(2 / 3))
    assert not worst(runs[:1]).any


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize(
    "more", [{"squeezes": 1_000 * MOST_SQUEEZES + 1}, {"late": 500 * MOST_LATE + 1}]
)
def test_jammed_streets_lead_the_verdict_and_leave_nothing_else(
    language: Language, more: dict[str, float]
) -> None:
    comparison, appraisal = study({"share": GOOD})
    jam = replace(CALM, **more)
    said = verdict(comparison, appraisal, headline="illegal", language=language, jam=jam)
    assert len(said) == 2
    assert said[0].startswith({"en": "The streets are jammed", "ko": "도로가 마비"}[language])
    assert "share" not in "".join(said)
    assert f"{jam.cars:,.0f}" in said[1]


def test_a_few_squeezes_are_told_right_after_the_choice() -> None:
    comparison, appraisal = study({"share": GOOD})
    plain = verdict(comparison, appraisal, headline="illegal")
    said = verdict(comparison, appraisal, headline="illegal", jam=CALM)
    assert [said[0], *said[2:]] == plain
    assert "3 times a run" in said[1]
    assert "1 cars still waited" in said[1]
    none = replace(CALM, squeezes=0, waiting=0)
    assert verdict(comparison, appraisal, headline="illegal", jam=none) == plain


def test_a_run_without_trips_did_not_jam() -> None:
    assert told(Trace({})).to_pylist()[0] == dict.fromkeys(
        ("trips", "cars", "squeezes", "waiting", "moving", "late"), 0
    )
