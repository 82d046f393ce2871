"""A city's own counts, and what is known of others, beside the base day."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from shapely import box

from gis.newtown import newtown
from twin.area import resolve
from twin.experiment.observed import beside, simulated, yardsticks
from twin.experiment.simulate import live
from twin.params import specs
from twin.sim import When
from twin.solution import Run
from twin.world.behaviour import Behaviour
from twin.world.ground import ground
from twin.world.indicators import seen_illegally, stays

EVERYWHERE = box(-1e9, -1e9, 1e9, 1e9)


@pytest.fixture(scope="module")
def run() -> Run:
    """Return a base day of a small town."""
    city = newtown(2_000)
    return live(ground(city), (), When(), area=resolve("city", city))


def counted(run: Run, *rows: tuple[str, float, str, float]) -> Run:
    """Return the run with these counts in its city."""
    table = pd.DataFrame(rows, columns=["place", "hour", "quantity", "value"])
    city = replace(run.city, tables={**run.city.tables, "observed": table})
    return replace(run, city=city)


def values(run: Run, *rows: tuple[str, float, str, float]) -> list[float]:
    """Return the twin's values of these counts, without the yardsticks."""
    found = simulated(counted(run, *rows)).column("simulated").to_pylist()
    return found[: len(rows)]


def test_districts_add_up_to_every_car_that_stands(run: Run) -> None:
    names = run.city["districts"]["name"]
    cars = values(run, *((n, 12.0, "parked", 1.0) for n in names))
    every = stays(run.trace, round(run.span_s[1] * 1000))
    noon = 12 * 3_600_000
    standing = ((every["start_ms"] <= noon) & (every["end_ms"] > noon)).sum()
    assert sum(cars) == standing > 0


def test_illegal_cars_are_some_of_the_parked(run: Run) -> None:
    name = run.city["districts"]["name"].iloc[0]
    parked, illegal = values(run, (name, 20.0, "parked", 1.0), (name, 20.0, "illegal", 1.0))
    assert 0 < illegal < parked


def test_a_street_counts_its_cars(run: Run) -> None:
    streets = run.city["streets"]
    flow = run.trace.frame("flow")
    busiest = int(flow.groupby("link")["cars"].sum().idxmax())
    name = streets["name"].iloc[busiest]
    hourly = values(run, *((name, float(h), "cars_per_hour", 1.0) for h in range(24)))
    links = (streets["name"] == name).to_numpy().nonzero()[0]
    total = flow[flow["link"].isin(links)]["cars"].sum()
    assert sum(hourly) * len(links) == pytest.approx(total)


def test_days_are_averaged_and_an_hour_not_lived_is_left_open(run: Run) -> None:
    city, area = run.city, run.area
    name, street = city["districts"]["name"].iloc[0], city["streets"]["name"].iloc[0]
    rows = [(name, 2.0, "parked", 1.0), (name, 12.0, "illegal", 1.0)]
    rows += [(street, float(hour), "cars_per_hour", 1.0) for hour in (8, 9, 10, 11, 12)]

    def at(start_h: float, hours: float) -> list[float | None]:
        lived = live(ground(city), (), When(start_h=start_h, hours=hours), area=area)
        found: list[float | None] = simulated(counted(lived, *rows))["simulated"].to_pylist()
        return found[: len(rows)]

    first, second, both = at(4.0, 24.0), at(28.0, 24.0), at(4.0, 48.0)
    assert both == pytest.approx([(a + b) / 2 for a, b in zip(first, second, strict=True)])
    assert first[0]
    assert [value is None for value in at(8.5, 3.0)] == [True, True, True, False, False, True, True]


def test_the_mean_stands_beside_the_count(run: Run) -> None:
    name = run.city["districts"]["name"].iloc[0]
    table = simulated(counted(run, (name, 12.0, "parked", 77.0)))
    row = beside([table, table, table])[0]
    assert (row.observed, row.mean) == (77.0, table.column("simulated")[0].as_py())
    assert row.low == row.mean == row.high


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("nowhere", 12.0, "parked", 1.0), "there is no district or car park 'nowhere'"),
        (("nowhere", 12.0, "cars_per_hour", 1.0), "there is no street 'nowhere'"),
        (("x", 12.0, "noise", 1.0), "quantity must be one of parked, illegal, cars_per_hour, got"),
    ],
)
def test_a_wrong_count_is_named(run: Run, row: tuple[str, float, str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        simulated(counted(run, row))


def test_tickets_of_a_year_stand_beside_what_is_known(run: Run) -> None:
    rows = simulated(run).to_pylist()
    cars = (ground(run.city).people.cars["home"] >= 0).sum()
    found = {
        "tickets_per_car_year": 365 * len(run.trace["ticket"]) / cars,
        "illegal_per_car_day": seen_illegally(
            run.trace, EVERYWHERE, span_ms=run.span_ms, rounds_h=[(10.0, 14.0, 17.0, 21.0)]
        )[0] / cars,
    }  # fmt: skip
    assert min(found.values()) > 0
    assert [row["place"] for row in rows] == list(yardsticks().entries)
    assert all(row["simulated"] == pytest.approx(found[row["quantity"]]) for row in rows)
    assert all(row["hour"] is None for row in rows)


def test_yardsticks_follow_from_their_sources() -> None:
    known = {name: one.value for name, one in yardsticks().entries.items()}
    assert known == {
        "Korea 2013-2017": round((13.71e6 + 11.79e6) / 0.504 / 5 / 22.88e6, 2),
        "Daegu 2021": round(631_793 / 1_219_196, 2),
        "Daegu 2021, patrols alone": round(259_832 / 1_219_196, 2),
        "Seoul 1991": round(116_000 / 1_091_654, 3),
    }
    patrols = next(spec for spec in specs(Behaviour) if spec.name == "patrols_per_10000_cars")
    assert patrols.default == round(35 / 1_219_196 * 10_000, 2)
