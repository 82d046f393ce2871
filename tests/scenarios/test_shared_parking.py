"""Shared parking: windows, bookings, guests who do not come or stay, owners, supply and cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from shapely import box

from gis.newtown import newtown
from scenarios.new_car_park import NewCarPark
from scenarios.shared_parking import Owner, SharedParking, Window
from tests.twin.worlds import grid, land, lots, there_and_back
from twin.area import Area, resolve
from twin.experiment.simulate import live
from twin.scenario import CitySpec, Scenario
from twin.sim import Sim, When
from twin.solution import Run
from twin.trace import Trace
from twin.world.behaviour import Behaviour
from twin.world.columns import Kind
from twin.world.ground import Ground, ground
from twin.world.indicators import Counting, measure_parking, supply_and_demand
from twin.world.parking import Parking

H = 3_600
MS_PER_H = 3_600_000
HOME, GUESTS = 0, 1
OWNER_CAR, GUEST = 0, 1
OWN, SHARED = 0, 1
PUNCTUAL = Behaviour(no_show_share=0.0, overstay_share=0.0)
EVERYWHERE = box(-1e3, -1e3, 1e3, 1e3)


@dataclass
class Lane:
    """What happened where an owner goes out from 8 to 18:30 and a guest comes to the house."""

    trace: Trace
    taken: pd.Series

    def times(self, event: str, car: int, lot: int) -> list[float]:
        """Return the hours at which this happened to a car on a lot."""
        rows = self.trace.frame(event)
        if not len(rows):
            return []
        return list(rows.loc[(rows["car"] == car) & (rows["lot"] == lot), "time_ms"] / MS_PER_H)

    def offers(self, lot: int) -> list[tuple[float, int]]:
        """Return when how many spaces of a lot were put on offer."""
        rows = self.trace.frame("stock")
        rows = rows[rows["lot"] == lot]
        return list(zip(rows["time_ms"] / MS_PER_H, rows["capacity"], strict=True))


def lane(
    arrive_h: float,
    leave_h: float,
    *,
    behaviour: Behaviour = PUNCTUAL,
    window: Window | None = None,
    app_share: float = 1.0,
) -> Lane:
    """Live the day of one owner with one space and of one guest."""
    network = grid(3)
    space = lots(network, Kind.PRIVATE, [4], 1, building=[HOME])
    where = land(network, space, [4, 4], homes=[HOME, -1], gates=[0])
    out = there_and_back(np.array([8.0]) * H, np.array([10.5]) * H, -1, 0)
    out.loc[1, "destination"] = HOME
    visit = there_and_back(np.array([arrive_h]) * H, np.array([leave_h - arrive_h]) * H, GUESTS, 0)
    sim = Sim(where, When(warm_up=0), behaviour=behaviour)
    parking = sim.part(Parking)
    parking.inform(app_share, np.array([], np.int64))
    shared = int(parking.share(np.array([OWN]), 600.0, gated=True)[0])
    Owner(sim, shared, spaces=1, window=window or Window(9, 18))
    taken: dict[float, int] = {}
    sim.every(60, lambda: taken.update({sim.now: int(parking.rows.taken[shared])}), key=(9, 0))
    trips = pd.concat([out, visit.assign(car=GUEST)], ignore_index=True)
    trace = sim.run(trips=trips)
    sim.close()
    return Lane(trace, pd.Series(taken))


def test_a_window_opens_and_closes_at_its_hours() -> None:
    lived = lane(10, 17)
    assert lived.offers(SHARED) == [(9.0, 1), (18.0, 0)]
    assert lived.offers(OWN) == [(9.0, 0), (18.0, 1)]


@pytest.mark.parametrize(
    ("arrive_h", "leave_h", "comes_in"),
    [(10, 17, True), (9.1, 17.9, True), (8.5, 8.9, False), (8.5, 17, False), (10, 18.1, False),
     (18.1, 20, False)],
)  # fmt: skip
def test_guests_come_in_where_the_window_covers_their_stay(
    arrive_h: float, leave_h: float, *, comes_in: bool
) -> None:
    lived = lane(arrive_h, leave_h)
    assert len(lived.times("park", GUEST, SHARED)) == comes_in
    assert len(lived.times("book", GUEST, SHARED)) == comes_in


def test_a_window_that_covers_the_start_is_open_when_the_run_begins() -> None:
    lived = lane(10, 17, window=Window(19, 8))
    assert lived.offers(SHARED)[:2] == [(4.0, 1), (8.0, 0)]
    assert lived.offers(OWN)[:2] == [(4.0, 0), (8.0, 1)]
    assert lived.times("park", OWNER_CAR, SHARED) == [4.0], "the own space is on offer"
    without = lane(10, 17, window=Window(19, 8), app_share=0.0)
    assert without.trace.column("fail", "trip").tolist()[:1] == [-1], "none without the app"


def test_an_owner_at_home_offers_nothing() -> None:
    lived = lane(7.0, 7.5, window=Window(6, 7.9))
    assert lived.offers(SHARED)[0] == (6.0, 0)
    assert not lived.times("park", GUEST, SHARED)


def test_without_the_app_nobody_comes_in() -> None:
    assert not lane(10, 17, app_share=0.0).times("park", GUEST, SHARED)


def test_who_stays_too_long_keeps_the_owner_out() -> None:
    late = replace(PUNCTUAL, overstay_share=1.0, overstay_min=600)
    lived = lane(10, 17, behaviour=late)
    left = lived.times("leave", GUEST, SHARED)
    assert not left or left[0] > 19
    assert lived.times("overstay", GUEST, SHARED)
    assert [round(hour, 1) for hour in lived.times("blocked", OWNER_CAR, OWN)] == [18.5]
    assert not lived.times("park", OWNER_CAR, OWN)[1:]
    on_time = lane(10, 17)
    assert not on_time.times("blocked", OWNER_CAR, OWN)
    assert len(on_time.times("park", OWNER_CAR, OWN)) == 2


@pytest.mark.parametrize("hold_min", [20.0, 45.0])
def test_who_does_not_come_holds_the_space_for_a_while(hold_min: float) -> None:
    lived = lane(10, 17, behaviour=replace(PUNCTUAL, no_show_share=1.0, hold_min=hold_min))
    assert len(lived.times("no_show", GUEST, SHARED)) == 1
    assert not lived.times("park", GUEST, SHARED)
    held = lived.taken[lived.taken > 0]
    assert len(held) == pytest.approx(hold_min, abs=1)
    assert held.index.max() - held.index.min() == 60 * (len(held) - 1)


def used(lived: Lane) -> float:
    """Return the KPI of use."""
    span_ms = (4 * MS_PER_H, 28 * MS_PER_H)
    kpis = measure_parking(lived.trace, EVERYWHERE, span_ms=span_ms, counting=Counting())
    found = kpis["parking.share_util"]
    assert found is not None
    return found


def test_use_is_what_was_parked_within_the_window() -> None:
    on_time = lane(10, 17)
    stay = on_time.times("leave", GUEST, SHARED)[0] - on_time.times("park", GUEST, SHARED)[0]
    assert used(on_time) == pytest.approx(100 * stay / 9)
    late = lane(10, 17, behaviour=replace(PUNCTUAL, overstay_share=1.0, overstay_min=600))
    began = late.times("park", GUEST, SHARED)[0]
    assert used(late) == pytest.approx(100 * (18 - began) / 9)


@pytest.fixture(scope="module")
def town() -> Ground:
    return ground(newtown(residents=2_000))


def sharing(town: Ground, **settings: float) -> SharedParking:
    settings = {"gated": True, **settings}
    return SharedParking(area=resolve("city", town.city), **settings)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shared_run(town: Ground) -> Run:
    return live(town, (sharing(town, app_share=0.6),), When(), area=resolve("city", town.city))


def steps(trace: Trace) -> pd.DataFrame:
    """Return each coming (+1) and going (-1) on a lot, in order, with the lot's columns."""
    come = trace.frame("park")[["time_ms", "lot"]].assign(step=1)
    go = trace.frame("leave")[["time_ms", "lot"]].assign(step=-1)
    rows = pd.concat([go, come]).merge(trace.frame("lot"), on="lot")
    return rows.sort_values(["time_ms", "step"], kind="stable", ignore_index=True)


def test_only_who_has_booked_stands_on_a_shared_space(shared_run: Run) -> None:
    trace = shared_run.trace
    kind = trace.frame("lot")["kind"].to_numpy()
    parked = trace.frame("park")
    parked = parked[(kind[parked["lot"]] == Kind.SHARED) & (parked["trip"] >= 0)]
    guests = set(parked[["car", "lot", "trip"]].itertuples(index=False, name=None))
    booked, missing = (
        set(trace.frame(event)[["car", "lot", "trip"]].itertuples(index=False, name=None))
        for event in ("book", "no_show")
    )
    assert len(guests) > 50
    assert guests <= booked
    assert missing
    assert not guests & missing


def test_no_space_is_taken_twice(shared_run: Run) -> None:
    rows = steps(shared_run.trace)
    capacity = shared_run.trace.frame("lot")["capacity"].to_numpy()
    there = rows.groupby("parent")["step"].cumsum()
    assert there.min() >= 0
    assert (there <= capacity[rows["parent"]]).all()
    assert (there == capacity[rows["parent"]]).any(), "somewhere a lot is full"


def test_no_more_guests_than_spaces_on_offer_come_in(shared_run: Run) -> None:
    rows = steps(shared_run.trace)
    rows = rows[rows["kind"] == Kind.SHARED]
    rows = rows.assign(there=rows.groupby("lot")["step"].cumsum()).sort_values("time_ms")
    offers = shared_run.trace.frame("stock").rename(columns={"capacity": "offered"})
    rows = pd.merge_asof(rows, offers, on="time_ms", by="lot")
    came = rows[rows["step"] > 0]
    assert len(came) > 50
    assert (came["there"] <= came["offered"]).all()


def test_sharing_opens_private_spaces_and_only_moves_those_of_residents(
    town: Ground, shared_run: Run
) -> None:
    area = resolve("city", town.city)
    counting = Counting(reference_h=14.0)
    base = live(town, (), When(), area=area)
    supply = [
        supply_and_demand(run.trace, area.polygon, span_ms=run.span_ms, counting=counting)[0]
        for run in (base, shared_run)
    ]
    trace = shared_run.trace
    every = trace.frame("lot").set_index("lot")
    offers = trace.frame("stock")
    at_14 = offers[offers["time_ms"] <= 14 * MS_PER_H].groupby("lot")["capacity"].last()
    at_14 = at_14[(every["kind"][at_14.index] == Kind.SHARED).to_numpy()]
    owner = every["kind"][every["parent"][at_14.index]].to_numpy()
    assert at_14[owner == Kind.RESIDENT_PRIORITY].sum() > 0
    private = at_14[owner == Kind.PRIVATE].sum()
    assert private > 0
    assert supply[1] - supply[0] == private


def test_residents_who_use_the_app_know_at_the_start_what_is_open_at_night(town: Ground) -> None:
    area, first_day = resolve("city", town.city), When(warm_up=0)
    trace = live(town, (sharing(town, app_share=0.6),), first_day, area=area).trace
    kind = trace.frame("lot")["kind"].to_numpy()
    offers = trace.frame("stock")
    first = offers[(offers["time_ms"] == 4 * MS_PER_H) & (kind[offers["lot"]] == Kind.SHARED)]
    assert first["capacity"].sum() > 0
    parked = trace.frame("park")
    assert (kind[parked.loc[parked["trip"] < 0, "lot"]] == Kind.SHARED).any()


def installed(town: Ground, *solutions: SharedParking | NewCarPark) -> pd.DataFrame:
    """Return the lots after these have been installed."""
    sim = Sim(town, When())
    try:
        for solution in solutions:
            solution.install(sim)
        return sim.part(Parking).lots
    finally:
        sim.close()


def owners(found: pd.DataFrame) -> list[tuple[int, float, float]]:
    """Return what and where the lots are whose owners share, in the order they were chosen."""
    parents = found["parent"][found["kind"] == Kind.SHARED]
    return list(found.loc[parents, ["kind", "x", "y"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("spaces", [30, 280])
def test_who_shares_does_not_depend_on_the_other_lots(town: Ground, spaces: int) -> None:
    ours = sharing(town, spaces=spaces)
    chosen = owners(installed(town, ours))
    assert len(chosen) > 2
    backwards = replace(town, lots=town.lots[::-1].reset_index(drop=True))
    assert owners(installed(backwards, ours)) == chosen
    one_less = town.lots.drop(index=int(np.flatnonzero(town.lots["kind"] == Kind.PUBLIC)[0]))
    assert owners(installed(replace(town, lots=one_less.reset_index(drop=True)), ours)) == chosen
    beside = NewCarPark(area=resolve("city", town.city))
    assert owners(installed(town, beside, ours)) == chosen


def test_more_spaces_add_owners_and_drop_none(town: Ground) -> None:
    few, more = (owners(installed(town, sharing(town, spaces=s))) for s in (30, 150))
    assert more[: len(few)] == few
    assert len(more) > len(few)


def test_lots_have_keys_of_their_own(town: Ground) -> None:
    built = NewCarPark(area=resolve("city", town.city))
    both = installed(town, sharing(town), built, built)
    assert both["key"].is_unique
    twice = pd.concat([town.lots, town.lots], ignore_index=True)
    keys = replace(town, lots=twice).lot_key
    assert len(set(keys.tolist())) == len(twice)
    assert keys[: len(town.lots)].tolist() == town.lot_key.tolist()


def test_only_public_lots_of_the_area_get_sensors(town: Ground) -> None:
    public = (town.lots["kind"] == Kind.PUBLIC).to_numpy()
    x, y = town.lots["x"].to_numpy(), town.lots["y"].to_numpy()
    spot = np.flatnonzero(public)[0]
    corner = box(x[spot] - 1, y[spot] - 1, x[spot] + 1, y[spot] + 1)
    found = installed(town, SharedParking(area=Area("corner", corner)))
    seen = found["sensed"].to_numpy(bool) & (found["kind"] != Kind.SHARED).to_numpy()
    assert public.sum() > 1
    assert np.flatnonzero(seen).tolist() == [spot]


@pytest.mark.parametrize(
    ("spaces", "app_share", "platform"), [(0, 0.0, 0), (0, 0.3, 1), (280, 0.0, 1), (280, 0.3, 1)]
)
def test_the_platform_is_paid_for_whatever_it_is_used_for(
    town: Ground, shared_run: Run, spaces: int, app_share: float, platform: int
) -> None:
    ours = sharing(town, spaces=spaces, app_share=app_share)
    due = {cost.item: cost.capex for cost in ours.costs(shared_run)}
    assert due["shared parking: platform"] == platform * ours.platform_cost


def test_gates_are_paid_for_the_spaces_that_were_offered(town: Ground, shared_run: Run) -> None:
    ours = sharing(town)
    every = shared_run.trace.frame("lot").set_index("lot")
    offers = shared_run.trace.frame("stock")
    offers = offers[(every["kind"][offers["lot"]] == Kind.SHARED).to_numpy()]
    offered = offers.groupby("lot")["capacity"].max().sum()
    due = {cost.item: cost.capex for cost in ours.costs(shared_run)}
    assert 0 < offered <= ours.spaces
    assert due["shared parking: gates"] == offered * ours.gate_cost


def test_fewer_spaces_are_offered_than_asked_for_where_few_owners_take_part(
    town: Ground, shared_run: Run
) -> None:
    ours = sharing(town)
    offered = ours.measure(shared_run)["sharing.offered"]
    assert offered == ours.costs(shared_run)[1].capex / ours.gate_cost
    many = replace(ours, spaces=5_000)
    run = live(town, (many,), When(), area=resolve("city", town.city))
    asked = many.measure(run)["sharing.offered"]
    assert asked is not None
    assert 0 < asked < 5_000
    without = live(town, (), When(), area=resolve("city", town.city))
    assert ours.measure(without)["sharing.offered"] == 0
    elsewhere = replace(run, area=Area("elsewhere", box(-9e6, -9e6, -8e6, -8e6)))
    assert many.measure(elsewhere)["sharing.offered"] == 0


def test_without_gates_others_may_call_and_pay_on_the_spot(town: Ground) -> None:
    area = resolve("city", town.city)
    trace = live(town, (sharing(town, gated=False, app_share=0.0),), When(), area=area).trace
    kinds = trace.column("lot", "kind")
    assert (kinds[trace.column("park", "lot")] == Kind.SHARED).sum() > 0
    assert len(trace["book"]) == 0


def test_owners_get_their_share_of_the_fees(town: Ground) -> None:
    for share in (0.5, 0.8):
        chosen = sharing(town, revenue_share=share)
        found = chosen.measure(live(town, (chosen,), When(), area=chosen.where))
        fees, owners = found["parking.fees_shared"], found["parking.fees_owners"]
        assert fees is not None
        assert fees > 0
        assert owners == pytest.approx(share * fees)


def test_a_lot_is_shared_once(town: Ground) -> None:
    chosen = sharing(town)
    with pytest.raises(ValueError, match=r"lot \d+ must be shared once, got a second offer of its"):
        live(town, (chosen, replace(chosen, price_per_hour=0)), When(), area=chosen.where)
    with pytest.raises(ValueError, match="must be shared once"):
        Sim(town).part(Parking).share(np.array([3, 3]), 600.0)
    sim = Sim(town)
    sim.part(Parking).share(np.array([3]), 600.0)
    sim.part(Parking).share(np.array([4]), 600.0)
    sim.close()


def test_sharing_in_the_base_and_again_is_refused_at_the_door(town: Ground) -> None:
    again = {"base": (sharing(town),), "alternatives": {"more": (sharing(town),)}}
    with pytest.raises(ValueError, match=r"what stands in the base counted in"):
        Scenario(name="x", city=CitySpec(), **again)  # type: ignore[arg-type]
