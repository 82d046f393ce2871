"""Signs at crossings: who yields and in what light, what goes wrong too, where they stand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.city import City
from gis.newtown import newtown
from scenarios.ai_crosswalk import AiCrosswalk
from tests.twin.walkers import strolls
from twin.area import Area, resolve
from twin.sim import Sim, When
from twin.solution import Run
from twin.survey import counted
from twin.trace import Trace
from twin.world.crossings.crossings import Crossings
from twin.world.ground import Ground, ground
from twin.world.sensors import predictive_value

RESIDENTS, SITES = 8_000, 60
PERFECT = {
    "recall": 1.0, "night_recall": 1.0, "rain_recall": 1.0, "latency_s": 0.0, "false_per_h": 0.0,
    "notice_share": 1.0, "complacency": 0.0, "failures_per_year": 0.0,
}  # fmt: skip


@cache
def town() -> Ground:
    return ground(newtown(residents=RESIDENTS))


@cache
def whole() -> Area:
    return resolve("city", town().city)


def signs(**settings: object) -> AiCrosswalk:
    return AiCrosswalk(area=whole(), **{"sites": SITES, **settings})  # type: ignore[arg-type]


@cache
def lived(**settings: object) -> Run:
    """Return a day on which everybody strolls, without signs where no setting is given."""
    sim = Sim(town(), When())
    if settings:
        signs(**settings).install(sim)
    trace = sim.run(legs=strolls(town(), 1.0))
    sim.close()
    return Run(town().city, trace, whole(), (0.0, 86_400.0), "weekday", 0)


def judged(**settings: object) -> dict[str, float]:
    found = signs().measure(lived(**settings))
    return {name: np.nan if value is None else value for name, value in found.items()}


def test_yielding_rises_and_more_so_by_day() -> None:
    """At a detector that sees by day alone it rises by day alone."""
    before, after = judged(), judged(sites=SITES, night_recall=0.0)
    light, dark = (
        after[f"xwalk.yield_{sky}"] - before[f"xwalk.yield_{sky}"] for sky in ("light", "dark")
    )
    assert after["xwalk.yield"] > before["xwalk.yield"] + 10
    assert light > dark + 10


@pytest.mark.parametrize("name", ["recall", "notice_share"])
def test_yielding_rises_with(name: str) -> None:
    """Step by step, since the luck of everybody is the same."""
    better = {"recall": ("recall", "night_recall", "rain_recall")}.get(name, (name,))
    found = [
        judged(false_per_h=0.0, **dict.fromkeys(better, share))["xwalk.yield"]
        for share in (0.0, 0.4, 0.8, 1.0)
    ]
    assert found == sorted(found)
    assert found[-1] > found[0] + 15


def test_a_blind_detector_without_false_alarms_changes_nothing() -> None:
    blind = dict.fromkeys(("recall", "night_recall", "rain_recall"), 0.0)
    trace = lived(false_per_h=0.0, **blind).trace
    assert trace.without("crossing", "sign") == lived().trace.without("crossing")


def test_a_sign_that_nobody_notices_changes_nothing_but_is_lit() -> None:
    trace = lived(notice_share=0.0).trace
    assert len(trace["lit"]) > 1_000
    assert trace.without("crossing", "sign", "lit", "alarm") == lived().trace.without("crossing")


def test_a_late_sign_warns_fewer() -> None:
    found = [judged(**{**PERFECT, "latency_s": late})["xwalk.yield"] for late in (0, 3, 10, 60)]
    assert found == sorted(found, reverse=True)


def test_false_alarms_stop_cars_for_nobody_and_rear_end_conflicts_rise() -> None:
    quiet, loud = (judged(**{**PERFECT, "false_per_h": rate}) for rate in (0.0, 20.0))
    assert quiet["xwalk.false_alarms"] == 0
    assert loud["xwalk.false_alarms"] == pytest.approx(SITES * 24 * 20, rel=0.05)
    for name in ("xwalk.rear_end", "xwalk.car_h"):
        assert loud[name] > quiet[name] > judged()[name], name
    braked = lived(**{**PERFECT, "false_per_h": 20.0}).trace.frame("brake")
    assert 0 < braked["alarm"].sum() < len(braked)
    assert loud["xwalk.true_share"] < 65 < quiet["xwalk.true_share"] == 100


def test_the_share_of_true_alarms_is_the_predictive_value() -> None:
    """O42 on the counts of the run: of looks with a walker and of minutes without one."""
    run, rate = lived(**{**PERFECT, "recall": 0.8, "night_recall": 0.8, "rain_recall": 0.8,
                         "false_per_h": 6.0}), 6.0  # fmt: skip
    stock = run.trace.frame("crossing")
    here = run.trace.frame("crossed").merge(stock[stock["sign"]], on="crossing")
    walkers, minutes = here["walkers"].sum(), SITES * 1_440
    said = predictive_value(walkers / (walkers + minutes), 0.8, 1.0 - rate / 60.0)
    found = signs().measure(run)["xwalk.true_share"]
    assert found == pytest.approx(100 * said, abs=1.0)


def test_who_is_warned_in_time_is_not_hit() -> None:
    before, after = lived().trace.frame("conflict"), lived(**PERFECT).trace.frame("conflict")
    assert (before["impact_cm_s"] == before["speed_cm_s"]).all()
    assert (after["impact_cm_s"] <= after["speed_cm_s"]).all()
    assert (after["impact_cm_s"] == 0).any()


def test_drivers_come_slower_where_more_of_them_brake() -> None:
    before, after = judged(), judged(**PERFECT)
    for name in ("xwalk.v85_approach", "xwalk.approach"):
        assert after[name] < before[name], name
    assert before["xwalk.approach"] < before["xwalk.v85_approach"] < 50 * 1.2


def test_what_a_crash_costs_is_priced_by_the_worst_that_happens_and_who_is_hit_behind_too() -> None:
    """Severity by impact, and the harm of braking, are money and not indicators alone."""
    priced = {kpi.name: kpi.value for kpi in AiCrosswalk.kpis if kpi.value}
    assert {name: value for name, value in priced.items() if "ring" not in name} == {
        "xwalk.deaths": "fatality", "xwalk.serious": "serious_injury",
        "xwalk.slight": "minor_injury", "xwalk.rear_hurt": "minor_injury",
        "xwalk.ped_delay_h": "value_of_time_waiting",
        "xwalk.car_h": "value_of_time_car_nonbusiness",
    }  # fmt: skip
    none, new, old = judged(), judged(**PERFECT), judged(**{**PERFECT, "complacency": 1.0})
    persons = ("xwalk.deaths", "xwalk.serious", "xwalk.slight")
    for run in (none, new, old):
        assert sum(run[name] for name in persons) == pytest.approx(run["xwalk.crash_year"] / 365)
    assert new["xwalk.deaths"] < old["xwalk.deaths"] == none["xwalk.deaths"], "used to it"
    assert new["xwalk.rear_hurt"] > none["xwalk.rear_hurt"]


def test_signs_stand_where_they_avert_most() -> None:
    few, more = (lived(sites=n).trace.frame("sign")["crossing"] for n in (5, SITES))
    assert few.tolist() == more.tolist()[:5]
    conflicts = lived().trace.frame("encounter")["crossing"].value_counts()
    met = np.zeros(len(town().walks.places))
    met[conflicts.index] = conflicts
    assert met[more].mean() > 2 * met.mean()


def test_to_count_leaves_the_trips_of_the_day_as_they_are() -> None:
    where = ground(town().city)
    sim = Sim(where, When())
    trips = sim.trips()
    counted(where)
    assert sim.trips() is trips
    sim.close()


def test_only_school_zones() -> None:
    stock = lived(school_zones=True).trace.frame("crossing")
    assert stock.loc[stock["sign"], "school"].all()
    assert stock["sign"].any()


def test_signs_stand_where_somebody_wants_them_whatever_they_avert() -> None:
    assert lived(crossings="7; 3").trace.frame("sign")["crossing"].tolist() == [7, 3]
    stock = lived(crossings="7; 3").trace.frame("crossing")
    assert stock.loc[stock["sign"], "crossing"].tolist() == [3, 7]


def test_signs_cost_by_the_crossings_that_have_one() -> None:
    (cost,) = signs().costs(lived(sites=7))
    assert cost.capex == 7 * 43_000_000
    assert cost.opex == pytest.approx(0.065 * cost.capex)
    (none,) = signs().costs(lived())
    assert none.capex == none.opex == 0


def test_drivers_grow_used_to_it() -> None:
    new, old = signs(year=1), signs(year=10)
    assert new.noticing == 0.65
    assert old.noticing == pytest.approx(0.65 * 0.95**9)
    assert judged(year=10)["xwalk.yield"] < judged(year=1)["xwalk.yield"]


def test_signs_are_out_of_order_now_and_then() -> None:
    often = judged(failures_per_year=40.0, repair_days=9.0)
    assert often["xwalk.uptime"] == pytest.approx(100 / (1 + 40 * 9 / 365), abs=15)
    assert often["xwalk.yield"] < judged(sites=SITES)["xwalk.yield"]
    assert judged(sites=SITES)["xwalk.uptime"] > 95
    assert np.isnan(judged()["xwalk.uptime"])


def test_without_walkers_nothing_is_defined() -> None:
    run = replace(lived(), trace=Trace({}))
    found = signs().measure(run)
    assert found["xwalk.yield"] is None
    assert found["xwalk.conflicts"] == 0.0


def installed(city: City, **settings: object) -> None:
    where = ground(city)
    sim = Sim(where, When())
    try:
        area = settings.pop("area", resolve("city", city))
        AiCrosswalk(area=area, **settings).install(sim)  # type: ignore[arg-type]
    finally:
        sim.close()


def small() -> City:
    return newtown(residents=2_000)


def test_an_area_without_a_crossing_is_told() -> None:
    corner = Area("corner", shapely.box(0, 0, 1, 1))
    told = "AiCrosswalk.area 'corner' must hold a crossing that meets a street, it holds none"
    with pytest.raises(ValueError, match=told):
        installed(small(), area=corner)


def test_crossings_on_no_street_are_none() -> None:
    city = small()
    footways = city["footways"].copy()
    onto = footways["kind"] == "crossing"
    footways.loc[onto, "geometry"] = shapely.transform(
        footways.geometry[onto].to_numpy(), lambda xy: xy + 1e5
    )
    with pytest.raises(ValueError, match="must hold a crossing that meets a street"):
        installed(city.edit(footways=footways))


def test_a_school_zone_without_a_school_is_told() -> None:
    city = small()
    buildings = city["buildings"].copy()
    buildings.loc[buildings["use"] == "school", "use"] = "office"
    others = city["amenities"][city["amenities"]["kind"] != "school"].reset_index(drop=True)
    told = "AiCrosswalk.school_zones of .* must find a crossing within 300 m of a school"
    with pytest.raises(ValueError, match=told):
        installed(city.edit(buildings=buildings, amenities=others), school_zones=True)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"crossings": "100000"}, r"AiCrosswalk.crossings must be numbers from 0 to \d+, got 1000"),
        ({"crossings": "36.35 127.38"}, "AiCrosswalk.crossings must lie within 30 m of one that"),
        ({"crossings": "here"}, "AiCrosswalk.crossings must be numbers, or pairs of latitude"),
    ],
)
def test_a_crossing_that_is_not_there_is_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        installed(small(), **settings)


def test_a_crossing_elsewhere_is_told() -> None:
    places = Crossings(ground(small())).places
    around = shapely.Point(places["x"][1], places["y"][1]).buffer(1)
    with pytest.raises(ValueError, match=r"\.crossings must lie in 'corner', got 0"):
        installed(small(), crossings="1; 0", area=Area("corner", around))


def test_the_citys_own_list_of_zones_counts_before_its_schools() -> None:
    city = small()
    spot = city["footways"].geometry[city["footways"]["kind"] == "crossing"].iloc[0].centroid
    zones = gpd.GeoDataFrame({"kind": ["kindergarten"]}, geometry=[spot], crs=city.crs)
    places = Crossings(ground(city.edit(child_protection_zones=zones))).places
    away = np.hypot(places["x"] - spot.x, places["y"] - spot.y)
    assert (places["school"] == (away <= 300)).all()


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("recall", 1.2, r"in \[0, 1\]"),
        ("night_recall", -0.1, r"in \[0, 1\]"),
        ("notice_share", float("nan"), r"in \[0, 1\]"),
        ("complacency", 2.0, r"in \[0, 1\] 1/year"),
        ("false_per_h", 21.0, r"in \[0, 20\] 1/h"),
        ("latency_s", -1.0, r"in \[0, 60\] s"),
        ("sites", -1, r"in \[0, 2000\] crossings"),
        ("on_s", 0.0, r"in \[1, 120\] s"),
    ],
)
def test_a_value_out_of_range_is_told(name: str, value: float, rule: str) -> None:
    with pytest.raises(ValueError, match=rf"AiCrosswalk.{name} must be {rule}, got {value}"):
        AiCrosswalk(**{name: value})  # type: ignore[arg-type]


def test_crossings_are_found_where_a_solution_looks() -> None:
    crossings = Sim(town(), When()).part(Crossings)
    assert crossings.inside(whole().polygon).all()
