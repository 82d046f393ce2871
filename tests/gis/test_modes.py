"""The choice of modes against closed forms, schools with their places, and whole days of people."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from gis.derive import complete
from gis.figures import figure
from gis.population import MODES, Lived, Mode, People, Purpose, lived, people, totals
from gis.population.calibration import RESIDENTS, SEED, calibrated
from gis.population.modes import (
    CLASSES,
    Ways,
    aims,
    chosen,
    constants,
    level_of_service,
    moods,
    tastes,
    utility,
)
from gis.population.schools import LEVELS, Level, Pupils, seated
from gis.population.tours import YOUNGEST
from tests.gis.tiny import districts, tiny
from twin.luck import Luck

LASTING, TODAY = Luck(1, "city"), Luck(1, "city", 0)
MANY = np.arange(60_000)


@lru_cache
def folk() -> People:
    return people(complete(tiny(districts=districts(4_000, 1_800))), LASTING)


@lru_cache
def weekday() -> Lived:
    return lived(folk(), TODAY, 0)


# the choice


def test_shares_are_those_of_the_logit() -> None:
    value = np.array([0.5, -1.0, 0.2, -2.0, -0.3, 0.0])
    mood = moods(MANY, TODAY, day=0, tour=0)
    mode = chosen(np.tile(value, (len(MANY), 1)), np.zeros(len(MODES)), mood)
    share = np.bincount(mode, minlength=len(MODES)) / len(MANY)
    logit = np.exp(value) / np.exp(value).sum()
    assert share == pytest.approx(logit, abs=4 * np.sqrt(0.25 / len(MANY)))


def test_shares_with_tastes_are_those_of_the_mixed_logit() -> None:
    value, taste = np.zeros(len(MODES)), tastes(MANY, LASTING).astype(float)
    value[Mode.CAR] = 1.0
    mode = chosen(np.tile(value, (len(MANY), 1)), taste, moods(MANY, TODAY, day=0, tour=0))
    given = np.exp(value + taste)
    mixed = (given / given.sum(axis=1, keepdims=True)).mean(axis=0)
    share = np.bincount(mode, minlength=len(MODES)) / len(MANY)
    assert share == pytest.approx(mixed, abs=4 * np.sqrt(0.25 / len(MANY)))


def test_tastes_last_and_moods_do_not() -> None:
    value = np.zeros((len(MANY), len(MODES)))
    taste = tastes(MANY, LASTING)
    days = [chosen(value, taste, moods(MANY, TODAY, day=d, tour=0)) for d in range(2)]
    again = (days[0] == days[1]).mean()
    assert 1 / len(MODES) + 0.02 < again < 0.9


def test_a_mode_that_nobody_can_take_changes_nothing() -> None:
    value = np.tile([0.5, -1.0, 0.2, -2.0, -0.3, 0.0], (len(MANY), 1))
    before = chosen(value, np.zeros(6), moods(MANY, TODAY, day=0, tour=0))
    more = np.column_stack([value, np.full(len(MANY), -np.inf)])
    after = chosen(more, np.zeros(7), moods(MANY, TODAY, day=0, tour=0, modes=7))
    assert (before == after).all()


def test_a_new_mode_moves_only_those_who_take_it() -> None:
    value = np.tile([0.5, -1.0, 0.2, -2.0, -0.3, 0.0], (len(MANY), 1))
    before = chosen(value, np.zeros(6), moods(MANY, TODAY, day=0, tour=0))
    more = np.column_stack([value, np.full(len(MANY), -1.0)])
    after = chosen(more, np.zeros(7), moods(MANY, TODAY, day=0, tour=0, modes=7))
    takes = after == 6
    assert 0.05 < takes.mean() < 0.1
    assert (before[~takes] == after[~takes]).all()


def test_who_has_no_car_neither_drives_nor_rides() -> None:
    none = np.zeros(2, dtype=bool)
    value = utility(np.zeros((2, len(MODES))), constants()[0], ~none, none)
    assert np.isfinite(value[:, Mode.CAR]).all()
    assert (value[:, Mode.PASSENGER] == -np.inf).all()
    assert (utility(np.zeros((2, 6)), constants()[0], none, none)[:, Mode.CAR] == -np.inf).all()


def test_what_modes_ask_by_hand() -> None:
    asked = level_of_service(Ways(*(np.array([value]) for value in (3.0, 0.0, 400.0, 0.1))))
    minutes = asked.seconds[0] / 60.0
    assert minutes[Mode.WALK] == pytest.approx(45.0)
    assert minutes[Mode.CAR] == pytest.approx(3.0 / 20.0 * 60.0 + 2.0)
    assert minutes[Mode.BUS] == pytest.approx(6.0 + 6.0 + 10.0)
    assert asked.cost_krw[0, Mode.WALK] == pytest.approx(0.75 * 1.7 * 5_000.0)
    bus = (0.1 * 1.7 + 0.1 * 2.0 + 3.0 / 18.0) * 5_000.0 + 1_250.0
    assert asked.cost_krw[0, Mode.BUS] == pytest.approx(bus)
    taxi = 11.0 / 60.0 + 0.08 * 2.0
    assert asked.cost_krw[0, Mode.TAXI] == pytest.approx(taxi * 5_000.0 + 2_800.0 + 714.0)


@pytest.mark.verify
def test_the_stored_constants_reproduce_the_shares_aimed_at() -> None:
    from gis.newtown import newtown

    who = people(newtown(RESIDENTS, SEED), Luck(SEED, "people"))
    luck = Luck(SEED, "city", 0)
    tours = lived(who, luck, 0).tours.to_numpy(float)
    share = tours / tours.sum(axis=1, keepdims=True)
    assert share == pytest.approx(aims(), abs=0.01)
    found = calibrated(who, luck, constants(), rounds=10)
    large = aims() > 0.02
    assert found[large] == pytest.approx(constants()[large], abs=0.05)
    by_bus = totals(who, lived(who, luck, 0)).set_index("name").loc["all by bus, inside"]
    assert by_bus["value"] == pytest.approx(by_bus["published"], abs=0.005)


def test_calibration_raises_what_is_chosen_too_rarely() -> None:
    start = constants()
    start[:, Mode.WALK] -= 2.0
    found = calibrated(folk(), TODAY, start, rounds=6)
    tours = lived(folk(), TODAY, 0, constant=found).tours.loc["other"]
    wanted = aims()[CLASSES.index("other"), Mode.WALK]
    assert tours["walk"] / tours.sum() == pytest.approx(wanted, abs=0.03)


# schools


def test_no_school_has_more_pupils_than_places_and_all_places_are_used() -> None:
    luck, number = Luck(2, "pupils"), np.arange(500)
    pupils = Pupils(number, *(1_000.0 * luck.of(axis).uniform(number) for axis in "xy"))
    places = np.array([[200.0, 200.0], [800.0, 300.0], [500.0, 800.0]])
    capacity = np.array([100, 50, 200])
    taken = seated(pupils, places, capacity, np.array([7, 9, 11]), luck)
    assert np.bincount(taken[taken >= 0]).tolist() == capacity.tolist()
    assert (taken == -1).sum() == 150


def test_with_room_for_all_nobody_moves_who_is_not_asked_to() -> None:
    luck, number = Luck(2, "pupils"), np.arange(500)
    pupils = Pupils(number, *(1_000.0 * luck.of(axis).uniform(number) for axis in "xy"))
    places = np.array([[200.0, 200.0], [800.0, 300.0]])
    all_of_them = seated(pupils, places, np.array([999, 999]), np.array([7, 9]), luck)
    fewer = Pupils(*(column[1:] for column in pupils))
    assert (seated(fewer, places, np.array([999, 999]), np.array([7, 9]), luck) == (
        all_of_them[1:]
    )).all()  # fmt: skip
    far = np.hypot(pupils.x[:, None] - places[:, 0], pupils.y[:, None] - places[:, 1])
    own = far[number, all_of_them].mean()
    assert far.min(axis=1).mean() <= own < far.mean()


def test_schools_of_a_city_hold_their_pupils() -> None:
    persons = folk().residents
    buildings = complete(tiny(districts=districts(4_000, 1_800)))["buildings"]
    room = np.floor(buildings["floor_area_m2"] / figure("school_m2"))
    at = persons.loc[persons["school"] >= 0, "school"]
    assert (at.map(buildings["use"]) == "school").all()
    assert (at.value_counts() <= room[at.value_counts().index]).all()
    assert len(at) > 0
    learns = persons["studies"] > Level.NONE
    assert (persons["school"] == -2).eq(~learns).all()
    assert not (persons["works"] & learns).any()
    assert (persons.loc[learns, "age"].between(5, 20)).all()
    assert persons["studies"].max() < len(LEVELS)
    outside = persons["school"] == -1
    assert persons.loc[outside, "gate"].isin(folk().gates).all()


# whole days


def test_legs_have_the_columns_of_the_contract() -> None:
    legs = weekday().legs
    assert legs.dtypes.astype(str).to_dict() == {
        "person": "int32", "order": "int16", "mode": "int8", "depart_s": "float64",
        "origin": "int32", "destination": "int32", "gate": "int32", "purpose": "int8",
    }  # fmt: skip
    assert (legs["mode"] != Mode.CAR).all()
    assert legs["depart_s"].between(4 * 3_600, 28 * 3_600).all()
    ages = folk().residents["age"].to_numpy()[legs["person"]]
    assert ages.min() >= YOUNGEST


def whole() -> pd.DataFrame:
    """Return the trips of residents by car and otherwise, in the order they are made."""
    trips, cars = weekday().trips, folk().cars
    ours = trips.merge(cars.loc[cars["resident"], ["car", "driver"]], on="car")
    ours = ours.rename(columns={"driver": "person"}).assign(mode=int(Mode.CAR))
    every = pd.concat([ours, weekday().legs])
    return every.sort_values(["person", "depart_s"]).reset_index(drop=True)


def test_every_day_starts_and_ends_at_home_and_nobody_is_at_two_places() -> None:
    every = whole()
    home = folk().residents["home"].to_numpy()[every["person"]]
    last = ~every["person"].duplicated(keep="last")
    assert (every["destination"] == home)[last].all()
    here = every.groupby("person")["destination"].shift().fillna(pd.Series(home))
    legs = every["origin"].notna()
    assert (every["origin"] == here)[legs].all()
    assert (every["destination"] != here).sum() == len(every) - (every["destination"] == -1)[
        here == -1
    ].sum()
    assert (every.groupby("person")["depart_s"].diff().dropna() >= 150.0).all()


def test_numbers_of_legs_count_the_trips_by_car_too() -> None:
    every = whole()
    place = every.groupby("person").cumcount()
    legs = every["origin"].notna()
    assert (every["order"] == place)[legs].all()


def test_a_tour_goes_home_as_it_came() -> None:
    every = whole()
    outing = (every["destination"].shift() == every["person"].map(folk().residents["home"])) | (
        ~every["person"].duplicated()
    )
    tour = outing.cumsum()
    business = every["purpose"].isin([Purpose.BUSINESS, Purpose.WORK])
    modes = every[~business.groupby(tour).transform("any")].groupby(tour)["mode"].nunique()
    assert (modes == 1).all()


def test_the_city_is_left_and_entered_by_gates() -> None:
    legs = weekday().legs
    crosses = (legs["origin"] == -1) != (legs["destination"] == -1)
    assert (crosses == (legs["gate"] >= 0)).all()
    assert legs.loc[crosses, "gate"].isin(folk().gates).all()


def test_only_drivers_drive_and_only_those_with_a_car_at_home_ride() -> None:
    legs = weekday().legs
    rides = legs.loc[legs["mode"] == Mode.PASSENGER, "person"]
    household = folk().residents["household"].to_numpy()[rides]
    assert (folk().households["cars"].to_numpy()[household] > 0).all()
    pupils = folk().residents.query("studies > 0 and studies < 4")["person"]
    assert not folk().cars["driver"].isin(pupils).any()


def test_trips_a_person_are_near_the_figure() -> None:
    persons = (folk().residents["age"] >= YOUNGEST).sum()
    assert len(whole()) / persons == pytest.approx(figure("trips_per_person"), rel=0.08)


def test_the_same_luck_gives_the_same_legs_and_another_day_others() -> None:
    again = lived(folk(), TODAY, 0)
    pd.testing.assert_frame_equal(again.legs, weekday().legs)
    other = lived(folk(), Luck(1, "city", 1), 0).legs
    assert len(other) != len(again.legs) or not (other["mode"] == again.legs["mode"]).all()


def test_a_car_less_changes_only_its_driver() -> None:
    car = int(weekday().trips["car"].iloc[0])
    driver = int(folk().cars["driver"].iloc[car])
    fewer = replace(folk(), cars=folk().cars[folk().cars["car"] != car])
    legs, before = lived(fewer, TODAY, 0).legs, weekday().legs
    pd.testing.assert_frame_equal(
        legs[legs["person"] != driver].reset_index(drop=True),
        before[before["person"] != driver].reset_index(drop=True),
    )


def test_a_person_less_changes_nobody_else() -> None:
    gone = int(weekday().legs["person"].iloc[0])
    young = folk().residents["age"].where(folk().residents["person"] != gone, 0)
    fewer = replace(folk(), residents=folk().residents.assign(age=young))
    legs, before = lived(fewer, TODAY, 0), weekday()
    pd.testing.assert_frame_equal(legs.trips, before.trips)
    expected = before.legs[before.legs["person"] != gone].reset_index(drop=True)
    pd.testing.assert_frame_equal(legs.legs, expected)


@pytest.mark.verify
def test_a_day_of_388_000_takes_little_time_and_memory() -> None:
    from time import process_time  # the test measures; nothing it makes depends on the clock

    from gis.newtown import newtown

    city = newtown(388_000)
    folk(), weekday()  # compiled by now
    start = process_time()
    who = people(city, LASTING)
    between = process_time()
    day = lived(who, TODAY, 0)
    assert between - start < 60.0
    assert process_time() - between < 20.0
    assert len(day.trips) + len(day.legs) > 1_000_000
    assert day.legs.memory_usage().sum() < 32 * len(day.legs) + 1_000
