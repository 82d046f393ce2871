"""People fixed per city, days drawn anew: margins met, one place at a time, the same luck."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from gis.city import City
from gis.derive import complete
from gis.figures import figure
from gis.population import PURPOSES, People, Purpose, day, lived, people, totals
from gis.population.fitting import controlled_rounding, fit, rounded, tilted
from gis.population.households import AGES, SIZES, margins, residents
from gis.population.places import inside_share, pick, places, to_work
from tests.gis.tiny import districts, tiny
from twin.luck import Luck

LASTING = Luck(1, "city")
TODAY = Luck(1, "city", 0)


@lru_cache
def town() -> City:
    return complete(tiny(districts=districts()))


@lru_cache
def folk() -> People:
    return people(town(), LASTING)


@lru_cache
def weekday() -> pd.DataFrame:
    return day(folk(), TODAY, 0, "weekday")


# fitting


def test_fitting_meets_its_margins_and_keeps_the_odds():
    seed = np.array([[1.0, 2.0], [3.0, 4.0]])
    rows, columns = np.array([30.0, 70.0]), np.array([40.0, 60.0])
    table = fit(seed, {(0,): rows, (1,): columns})
    assert table.sum(axis=1) == pytest.approx(rows)
    assert table.sum(axis=0) == pytest.approx(columns)
    odds = (table[0, 0] * table[1, 1]) / (table[0, 1] * table[1, 0])
    assert odds == pytest.approx(4.0 / 6.0)


def test_fitting_in_three_dimensions():
    cells = np.arange(24.0).reshape(2, 3, 4) + 1.0
    truth = cells**1.5
    wanted = {(0, 1): truth.sum(axis=2), (0, 2): truth.sum(axis=1), (1, 2): truth.sum(axis=0)}
    table = fit(cells, wanted)
    for kept, margin in wanted.items():
        dropped = next(axis for axis in range(3) if axis not in kept)
        assert table.sum(axis=dropped) == pytest.approx(margin, rel=1e-6)


def test_margins_of_different_totals_are_refused():
    with pytest.raises(ValueError, match=r"margins must have the same total, got \[3.0, 4.0\]"):
        fit(np.ones((1, 1)), {(0,): np.array([3.0]), (1,): np.array([4.0])})


def test_tilted_shares_have_the_mean_wanted():
    shares, values = np.array([0.345, 0.288, 0.192, 0.135, 0.04]), np.arange(1.0, 6.0)
    mean = np.array([1.0, 1.5, 2.23, 3.0, 4.99])
    tilt = tilted(shares, values, mean)
    assert tilt @ values == pytest.approx(mean, abs=1e-6)
    assert tilt.sum(axis=1) == pytest.approx(1.0)
    assert tilt[2] == pytest.approx(shares, abs=0.01)  # nearly the mean of the shares


def test_rounding_keeps_the_total():
    numbers = np.array([0.4, 0.4, 0.4, 2.5, 0.3])
    assert rounded(numbers).sum() == 4
    assert np.abs(rounded(numbers) - numbers).max() < 1.0


def test_controlled_rounding_meets_both_margins():
    table = fit(1.0 + np.arange(40.0).reshape(8, 5) % 7, {
        (0,): np.array([7.0, 11, 3, 20, 9, 1, 0, 13]),
        (1,): np.array([10.0, 20, 14, 15, 5]),
    })  # fmt: skip
    rows, columns = np.array([7, 11, 3, 20, 9, 1, 0, 13]), np.array([10, 20, 14, 15, 5])
    chance = LASTING.uniform(np.arange(40)).reshape(8, 5)
    whole = controlled_rounding(table, rows, columns, chance)
    assert whole.sum(axis=1).tolist() == rows.tolist()
    assert whole.sum(axis=0).tolist() == columns.tolist()
    assert (whole >= 0).all()
    assert np.abs(whole - table).max() < 2.0


# residents and households


def test_residents_meet_the_margins_of_every_district_exactly():
    area = town()["districts"].assign(share_in_area=[1.0, 0.35])
    want, lived = margins(area), residents(area, LASTING)
    ages = lived.groupby(["district", "age"]).size().unstack(fill_value=0)
    sizes = lived.groupby(["district", "size"])["household"].nunique().unstack(fill_value=0)
    assert ages.reindex(columns=AGES, fill_value=0).to_numpy().tolist() == want.ages.tolist()
    assert sizes.reindex(columns=SIZES, fill_value=0).to_numpy().tolist() == want.sizes.tolist()
    assert want.ages.sum(axis=1).tolist() == [2000, 700]
    assert want.sizes.sum(axis=1).tolist() == [900, 315]


def test_given_ages_are_kept():
    given = {f"age_{age:02d}": [10 * (k + 1)] * 2 for k, age in enumerate(AGES)}
    area = town()["districts"].assign(**given, population=2310, households=1000)
    lived = residents(area, LASTING)
    assert lived[lived["district"] == 0].groupby("age").size().tolist() == given_first(given)


def test_more_persons_than_households_hold_make_more_households():
    area = town()["districts"].assign(population=1000, households=10)
    lived = residents(area, LASTING)
    assert len(lived) == 2000
    assert lived["household"].nunique() == 400


def given_first(given: dict[str, list[int]]) -> list[int]:
    return [numbers[0] for numbers in given.values()]


def test_every_person_has_a_home_and_a_household_of_its_size():
    persons, homes = folk().residents, town()["buildings"]
    assert (persons["home"] >= 0).all()
    assert homes["dwellings"].to_numpy()[persons["home"]].min() > 0
    number = persons.groupby("household").size()
    assert (number == folk().households.set_index("household")["size"]).all()
    assert persons.groupby("household")["home"].nunique().eq(1).all()
    assert persons.groupby("household")["district"].nunique().eq(1).all()


def test_every_household_has_one_head_and_children_live_with_adults():
    persons = folk().residents
    assert persons.groupby("household")["head"].sum().eq(1).all()
    oldest = persons.groupby("household")["age"].max()
    assert (oldest >= 20).mean() > 0.999
    with_kids = persons[persons["age"] < 10]["household"].unique()
    parents = oldest.loc[with_kids]
    assert parents.between(20, 64).mean() > 0.9


def test_households_live_in_their_district_and_share_no_dwelling_needlessly():
    city, made = town(), folk().households
    x = city["buildings"].representative_point().x.to_numpy()[made["home"]]
    assert ((x > 200) == (made["district"] == 1)).all()
    used = np.bincount(made["home"], minlength=len(city["buildings"]))
    assert (used <= city["buildings"]["dwellings"] + 1).all()


def test_small_households_rather_live_in_villas():
    made = folk().households
    villa = town()["buildings"]["use"].to_numpy()[made["home"]] == "villa"
    assert made.loc[villa, "size"].mean() < made.loc[~villa, "size"].mean() - 0.1


def test_households_without_dwellings_of_their_own_live_elsewhere():
    homes = town()["buildings"].copy()
    east = homes.representative_point().x > 200
    homes.loc[east, "dwellings"] = 0
    made = people(town().edit(buildings=homes), LASTING)
    assert (made.residents["home"] >= 0).all()


def test_a_city_without_dwellings_has_no_cars_of_residents():
    homes = town()["buildings"].assign(dwellings=0)
    made = people(town().edit(buildings=homes), LASTING)
    assert not made.cars["resident"].any()
    assert not made.residents["works"].any()


# places and work


def test_picking_follows_the_weights():
    weights = np.array([[1.0, 0.0, 3.0], [0.0, 0.0, 0.0]])
    chance = (np.arange(1000) + 0.5) / 1000
    first = pick(weights, np.zeros(1000, dtype=np.int64), chance)
    assert np.bincount(first).tolist() == [250, 0, 750]
    assert pick(weights, np.ones(3, dtype=np.int64), chance[:3]).tolist() == [-1, -1, -1]


def test_work_meets_workers_and_jobs_and_decays_with_distance():
    where = places(town())
    workers = np.full(len(where.cell_x), 30.0)
    jobs = town()["buildings"]["jobs"].to_numpy(float)
    flows = to_work(where, workers, jobs)
    total = min(workers.sum(), jobs.sum())
    assert flows.sum(axis=1) == pytest.approx(workers * total / workers.sum(), rel=1e-2)
    assert flows.sum(axis=0) == pytest.approx(jobs * total / jobs.sum(), rel=1e-6)
    apart = np.hypot(where.cell_x[:, None] - where.x, where.cell_y[:, None] - where.y)
    even = np.outer(workers, jobs) / jobs.sum() * total / workers.sum()
    assert (flows * apart).sum() < (even * apart).sum()


def test_more_trips_stay_in_a_larger_city_and_short_ones_rather():
    assert inside_share(0.0, Purpose.SHOP) == 0.0
    assert inside_share(3.0, Purpose.WORK) > inside_share(1.0, Purpose.WORK)
    assert inside_share(1.0, Purpose.SHOP) > inside_share(1.0, Purpose.WORK)


def test_no_building_has_more_residents_at_work_than_jobs_allow():
    jobs = folk().jobs
    assert jobs["filled"].sum() <= jobs["jobs"].sum()
    assert (jobs.loc[jobs["jobs"] == 0, "filled"] == 0).all()
    works = folk().residents["works"]
    assert (folk().residents.loc[works, "workplace"] >= -1).all()
    assert (folk().residents.loc[~works, "workplace"] == -2).all()
    outside = folk().residents["workplace"] == -1
    assert folk().residents.loc[outside, "gate"].isin(folk().gates).all()


# cars


def test_cars_belong_to_a_grown_up_of_their_home_and_no_two_share_a_driver():
    own = folk().cars[folk().cars["resident"]]
    driver = folk().residents.iloc[own["driver"]]
    assert (driver["age"] >= 20).all()
    assert (driver["home"].to_numpy() == own["home"].to_numpy()).all()
    assert own["driver"].is_unique
    assert own["car"].tolist() == list(range(len(own)))
    assert (folk().households["cars"].sum()) == len(own)


def test_larger_households_have_more_cars():
    mean = folk().households.groupby("size")["cars"].mean()
    assert mean[1] < mean[2] < mean[4]


def test_cars_from_outside_have_a_gate_and_a_place():
    away = folk().cars[~folk().cars["resident"]]
    assert (away["home"] == -1).all()
    assert away["gate"].isin(folk().gates).all()
    assert away["workplace"].between(0, len(town()["buildings"]) - 1).all()
    commuters = away[away["role"] == "commuter"]
    open_jobs = (folk().jobs["jobs"] - folk().jobs["filled"]).clip(lower=0)
    by_place = commuters.groupby("workplace").size().reindex(range(len(open_jobs)), fill_value=0)
    expected = open_jobs * figure("car_commute") / figure("commuters_per_car")
    assert (by_place - expected).abs().max() <= 1.0


# the day


def test_the_codes_are_positions_in_the_list_of_purposes():
    assert [purpose.name.lower() for purpose in Purpose] == list(PURPOSES)


def test_a_day_has_the_columns_of_the_contract():
    trips = weekday()
    assert trips.dtypes.astype(str).to_dict() == {
        "car": "int32", "order": "int16", "depart_s": "float64",
        "destination": "int32", "gate": "int32", "purpose": "int8",
    }  # fmt: skip
    assert trips[["car", "order"]].equals(trips[["car", "order"]].sort_values(["car", "order"]))
    assert trips["depart_s"].between(4 * 3600, 28 * 3600).all()
    assert trips["purpose"].between(0, len(PURPOSES) - 1).all()
    assert (trips.groupby("car")["order"].max() + 1 == trips.groupby("car").size()).all()


def test_no_car_is_at_two_places_at_once():
    for trips in (weekday(), day(folk(), TODAY, 1, "holiday")):
        gap = trips.groupby("car")["depart_s"].diff().dropna()
        assert (gap >= 300.0).all()
        here = trips.groupby("car")["destination"].shift()
        same = (trips["destination"] == here) & (trips["destination"] >= 0)
        assert not same.any()


def test_residents_start_and_end_at_home_and_others_outside():
    trips = weekday().merge(folk().cars[["car", "home", "resident"]], on="car")
    last = trips.groupby("car").tail(1)
    assert (last["destination"] == last["home"]).all()
    first = trips.groupby("car").head(1)
    assert (first["destination"] != first["home"]).all()


def test_a_gate_is_passed_exactly_where_the_city_is_left_or_entered():
    trips = weekday().merge(folk().cars[["car", "home"]], on="car")
    before = trips.groupby("car")["destination"].shift().fillna(trips["home"])
    crosses = (before == -1) != (trips["destination"] == -1)
    assert (crosses == (trips["gate"] >= 0)).all()
    assert trips.loc[crosses, "gate"].isin(folk().gates).all()


def test_the_same_luck_gives_the_same_day_and_another_replication_another():
    pd.testing.assert_frame_equal(weekday(), day(folk(), TODAY, 0, "weekday"))
    other = day(folk(), Luck(1, "city", 1), 0, "weekday")
    assert not weekday()["car"].equals(other["car"])


def test_removing_a_car_leaves_every_other_trip_as_it_was():
    gone = int(weekday()["car"].iloc[0])
    fewer = replace(folk(), cars=folk().cars[folk().cars["car"] != gone])
    left = day(fewer, TODAY, 0, "weekday")
    expected = weekday()[weekday()["car"] != gone].reset_index(drop=True)
    pd.testing.assert_frame_equal(left, expected)


def test_a_larger_shop_leaves_residents_and_their_times_as_they_were():
    larger = town()["buildings"].copy()
    shop = int(np.flatnonzero(larger["use"] == "shop")[0])
    larger.loc[shop, "floor_area_m2"] *= 2
    more = people(town().edit(buildings=larger), LASTING)
    pd.testing.assert_frame_equal(more.residents, folk().residents)
    changed = (more.habits.place != folk().habits.place).mean()
    assert 0 < changed < 0.05
    key = ["role", "key", "number", "purpose"]
    trips = [
        day(each, TODAY, 0).merge(each.cars[["car", *key]], on="car", suffixes=("", "_of_car"))
        for each in (folk(), more)
    ]
    both = trips[0].merge(trips[1], on=["role", "key", "number", "purpose_of_car", "order"])
    assert len(both) > 0.99 * len(trips[0])
    same = (both["depart_s_x"] == both["depart_s_y"]) & (both["gate_x"] == both["gate_y"])
    assert same.mean() > 0.97


def test_a_worker_leaves_at_about_the_same_time_every_day():
    own = folk().cars[folk().cars["commutes"] & folk().cars["resident"]]
    leaves = []
    for number in range(4):
        trips = day(folk(), Luck(1, "city", number), number)
        first = trips[(trips["order"] == 0) & (trips["purpose"] == Purpose.WORK)]
        first = first[first["car"].isin(own["car"])].set_index("car")["depart_s"]
        leaves.append(first.rename(number) - number * 86_400)
    table = pd.concat(leaves, axis=1)
    within, between = table.std(axis=1).mean(), table.mean(axis=1).std()
    assert within == pytest.approx(0.15 * 3600, rel=0.15)
    assert between == pytest.approx(3600, rel=0.15)


def test_who_goes_outside_stays_away_longer_by_the_way_there_and_back():
    trips = weekday()[weekday()["car"].isin(folk().cars.loc[folk().cars["resident"], "car"])]
    goes = trips[trips["purpose"] == Purpose.SHOP]
    back = trips.shift(-1).loc[goes.index, "depart_s"]
    away = (back - goes["depart_s"]).groupby(goes["destination"] == -1).mean()
    beyond = 2 * figure("length_shop_km") / figure("speed_kmh") * 3600
    assert away[True] - away[False] == pytest.approx(beyond, rel=0.25)


def test_later_days_start_a_day_later():
    tomorrow = day(folk(), TODAY, 1)
    assert tomorrow["depart_s"].between(28 * 3600, 52 * 3600).all()


def test_on_a_holiday_few_go_to_work_and_more_to_leisure():
    work, free = weekday(), day(folk(), TODAY, 0, "holiday")

    def count(trips: pd.DataFrame, purpose: int) -> int:
        return int((trips["purpose"] == purpose).sum())

    assert count(free, Purpose.WORK) < 0.3 * count(work, Purpose.WORK)
    assert count(free, Purpose.LEISURE) > 1.2 * count(work, Purpose.LEISURE)


def test_no_workers_no_visitors_no_trips():
    nobody = replace(folk(), cars=folk().cars.iloc[:0])
    assert day(nobody, TODAY, 0).empty


@pytest.mark.parametrize(
    ("number", "kind", "message"),
    [
        (0, "sunday", "day_type must be one of weekday, holiday, got 'sunday'"),
        (-1, "weekday", "day must be 0 or more, got -1"),
    ],
)
def test_a_wrong_day_is_refused(number: int, kind: str, message: str):
    with pytest.raises(ValueError, match=message):
        day(folk(), TODAY, number, kind)  # type: ignore[arg-type]


def test_an_incomplete_city_is_refused():
    with pytest.raises(ValueError, match="tiny: buildings lacks floor_area_m2, dwellings, jobs"):
        people(tiny(districts=districts(), junctions=gated()), LASTING)
    with pytest.raises(ValueError, match="tiny: no junction is a gate"):
        people(town().edit(junctions=town()["junctions"].assign(gate=False)), LASTING)


def test_a_city_without_buildings_is_refused():
    bare = town().edit(buildings=town()["buildings"].iloc[:0])
    with pytest.raises(ValueError, match="tiny has no buildings: nobody can live, work or go"):
        people(bare, LASTING)


def gated() -> gpd.GeoDataFrame:
    return tiny()["junctions"].assign(gate=True)


# totals


def test_totals_are_near_the_figures_they_aim_at():
    city = complete(tiny(districts=districts(population=20_000, households=9_000)))
    made = people(city, LASTING)
    table = totals(made, lived(made, TODAY, 0)).set_index("name")
    assert table.columns.tolist() == ["value", "aim", "published", "unit", "source", "tag"]
    aimed = table.dropna(subset="aim")
    # The modes are calibrated in a new town, with ways longer than those of so tiny a place.
    aimed = aimed[~aimed.index.str.startswith("tours by ")]
    off = (aimed["value"] / aimed["aim"] - 1.0).abs()
    assert (off < 0.12).all(), aimed
    assert table.loc["residents", "value"] == 40_000
    assert set(aimed.loc[aimed["tag"] == "GK", "source"]) <= {"assumption"}


@pytest.mark.verify
def test_fifty_thousand_residents_take_little_time():
    from time import process_time  # the test measures; nothing it makes depends on the clock

    city = complete(tiny(districts=districts(population=25_000, households=11_000)))
    folk(), weekday()  # compiled by now
    start = process_time()
    made = people(city, LASTING)
    between = process_time()
    day(made, TODAY, 0)
    end = process_time()
    assert between - start < 4.0
    assert end - between < 1.0
