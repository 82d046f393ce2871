"""A demand-responsive bus that cannot run, typed at the command line: one line says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest

from gis.city import City
from tests.test_bad_input import SCENARIO, asked

BUS = SCENARIO.replace("build: [{new_car_park: {spaces: 10}}]", "bus: [{drt_bus: {}}]")
Typed = Callable[[list[str]], tuple[int, str]]

SETTINGS: dict[str, tuple[str, str]] = {
    "a negative fleet": ("fleet: -1", "DrtBus.fleet must be in [0, 200] buses, got -1"),
    "a negative fare": ("fare: -100", "DrtBus.fare must be in [0, 20000] KRW, got -100"),
    "no wait at all": ("max_wait_min: 0", "DrtBus.max_wait_min must be in [1, 120] min, got 0"),
    "a ride shorter than the direct one": (
        "max_detour: 0.5", "DrtBus.max_detour must be in [1, 5], got 0.5",
    ),
    "hours that end before they begin": (
        "from_h: 20, to_h: 8",
        "DrtBus.to_h must be more than last_call_h (0.5 h) after from_h (20 h), got 8",
    ),
    "an unknown policy": (
        "policy: greedy", "DrtBus.policy must be insertion or batch, got 'greedy'",
    ),
    "a share of 120 %": ("app_share: 1.2", "DrtBus.app_share must be in [0, 1], got 1.2"),
}  # fmt: skip


def settings(text: str) -> str:
    return BUS.replace("drt_bus: {}", f"drt_bus: {{{text}}}")


@pytest.mark.parametrize("what", SETTINGS)
def test_a_setting_out_of_range(what: str, tmp_path: Path, town: Path, typed: Typed) -> None:
    text, wording = SETTINGS[what]
    code, said = typed(asked(tmp_path, town, settings(text)))
    assert (code, len(said.splitlines())) == (1, 1), said
    assert f"q.yaml:7: {wording}" in said
    assert not (tmp_path / "out").exists()


def stops_moved(town: Path, folder: Path, away_m: float, kept: int) -> Path:
    """Save the town with its first stops only, all so many metres to the east of the streets."""
    city = City.open(town)
    stops: gpd.GeoDataFrame = city["bus_stops"].copy()
    east = city["streets"].total_bounds[2] - stops.geometry.x.min() + away_m if away_m else 0.0
    moved = stops.set_geometry(stops.translate(east))
    tables = city.tables if kept else {n: t for n, t in city.tables.items() if "bus" not in n}
    layers = {**city.layers, "bus_stops": moved}
    if not kept:
        layers.pop("bus_stops")
    return City(
        city.name, city.crs, layers, tables, sources=city.sources, synthetic=city.synthetic,
    ).save(folder / "moved")  # fmt: skip


def run(tmp_path: Path, city: Path, text: str, typed: Typed) -> tuple[int, list[str]]:
    code, said = typed([*asked(tmp_path, city, text), "--workers", "1", "--quiet"])
    return code, said.splitlines()


def test_a_city_without_stops(tmp_path: Path, town: Path, typed: Typed) -> None:
    bare = stops_moved(town, tmp_path, 0.0, kept=0)
    code, lines = run(tmp_path, bare, settings("fleet: 3"), typed)
    assert (code, len(lines)) == (1, 1), lines
    assert "drt_bus needs at least 2 bus stops in 새론시" in lines[0]
    assert "got 0" in lines[0]


def test_stops_off_the_network(tmp_path: Path, town: Path, typed: Typed) -> None:
    far = stops_moved(town, tmp_path, 5_000.0, kept=1)
    code, lines = run(tmp_path, far, settings("fleet: 3"), typed)
    assert (code, len(lines)) == (1, 1), lines
    assert "stop 0 must be within 500 m of a junction of the streets, got " in lines[0]


def test_no_bus_at_all_is_told(tmp_path: Path, town: Path, typed: Typed) -> None:
    """A fleet of zero is the base, however much it costs and whenever it would run."""
    text = settings("fleet: 0, from_h: 7, to_h: 9, fare: 500")
    code, said = typed([*asked(tmp_path, town, text), "--workers", "1"])
    assert code == 0
    assert "note: 'bus' changes nothing, whatever else it says: DrtBus.fleet is 0" in said
