"""The production engine against closed forms: pass if |sim - theory| <= 3 SE + tolerance x theory.

SE comes from independent replications (sites that share nothing but the clock) and must itself be
at most 1 % of theory, or the test would prove nothing. Choice is switched off by leaving one lot to
choose, or by a dislike nobody overcomes; times are drawn by luck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from gis.newtown import newtown
from tests.twin.worlds import grid, land, lots, ring, there_and_back
from twin.luck import Luck
from twin.sim import Process, Sim, When
from twin.trace import Trace
from twin.world.behaviour import Behaviour
from twin.world.columns import Kind
from twin.world.ground import ground
from twin.world.parking import Parking

Floats = NDArray[np.float64]
H = 3_600.0
WARM_H = 12.0
EXACT, APPROXIMATE = 0.005, 0.20
PLAIN = Behaviour(look_s=0, aversion_krw=50_000, aversion_cv=0.0)


def agrees(found: Floats, theory: float, *, bias: float = EXACT, precision: float = 0.01) -> None:
    """Hold independent replications to a theory by the rule above."""
    mean, se = float(found.mean()), float(found.std(ddof=1)) / math.sqrt(len(found))
    assert se <= precision * theory, f"SE {se:.4g} is over {precision:.0%} of {theory:.4g}"
    gap = abs(mean - theory)
    assert gap <= 3 * se + bias * theory, f"{mean:.5g} against {theory:.5g}, SE {se:.3g}"


def erlang_b(servers: int, offered: float) -> float:
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked


@dataclass(frozen=True)
class Demand:
    """Poisson arrivals at sites of their own: erlangs offered to each, mean stay (h), its law."""

    sites: int
    offered: float
    days: int
    law: str = "exponential"
    mean_h: float = 1.0

    @property
    def hours(self) -> float:
        return 24.0 * self.days

    @property
    def window(self) -> tuple[float, float]:
        return WARM_H * self.mean_h, self.hours - WARM_H * self.mean_h

    def trips(self, seed: int) -> tuple[pd.DataFrame, NDArray[np.int64]]:
        """Return the trips in the order of cars, and the site of each car."""
        number = int(self.offered / self.mean_h * self.hours * 1.1) + 200
        luck = Luck(seed, "oracle", 0)
        things = np.arange(self.sites * number)
        gap = np.asarray(luck.of("gap").exponential(things, mean=self.mean_h / self.offered))
        arrive = np.cumsum(gap.reshape(self.sites, number), axis=1).ravel()
        stay = self._stays(luck, things)
        site = things // number
        within = arrive < self.hours
        assert not within.reshape(self.sites, number)[:, -1].any(), "arrivals ran out"
        arrive, stay, site = arrive[within], stay[within], site[within]
        return there_and_back(arrive * H, stay * H, site, site), site

    def _stays(self, luck: Luck, things: NDArray[np.int64]) -> Floats:
        if self.law == "fixed":
            return np.full(len(things), self.mean_h)
        if self.law == "exponential":
            return np.asarray(luck.of("stay").exponential(things, mean=self.mean_h))
        return np.asarray(luck.of("stay").lognormal(things, mean=self.mean_h, cv=1.0))


@dataclass(frozen=True)
class Lived:
    """A run of an oracle: its trace, the site of each car, and samples of ``taken`` per lot."""

    demand: Demand
    trace: Trace
    site: NDArray[np.int64]
    samples: NDArray[np.int64]

    def parked(self, lots: range) -> pd.DataFrame:
        """Return site, from and to (h) of every stay on these lots that is over."""
        left = self.trace.frame("leave")
        left = left[left["lot"].isin(lots)]
        end = left["time_ms"].to_numpy() / 3.6e6
        start = end - left["stay_ms"].to_numpy() / 3.6e6
        return pd.DataFrame({"site": self.site[left["car"]], "start": start, "end": end})

    def mean_and_variance(self, lots: range) -> tuple[Floats, Floats]:
        """Return the time average and variance of the cars on these lots, by site."""
        stays = self.parked(lots)
        found = [
            _time_average(own["start"].to_numpy(), own["end"].to_numpy(), self.demand.window)
            for _, own in stays.groupby("site")
        ]
        return np.array([f[0] for f in found]), np.array([f[1] for f in found])

    def share_failed(self) -> Floats:
        failed = self.trace.frame("fail")
        return self._count("fail", failed) / self._count("depart", self._arrivals())

    def _arrivals(self) -> pd.DataFrame:
        departs = self.trace.frame("depart")
        order = self.trace.column("trip", "order")
        return departs[order[departs["trip"]] == 0]

    def _count(self, event: str, rows: pd.DataFrame) -> Floats:
        assert len(rows), event
        hour = rows["time_ms"].to_numpy() / 3.6e6
        within = (hour >= self.demand.window[0]) & (hour < self.demand.window[1])
        return np.bincount(self.site[rows["car"][within]], minlength=self.demand.sites).astype(
            float
        )


def _time_average(start: Floats, end: Floats, window: tuple[float, float]) -> tuple[float, float]:
    """Return mean and variance over time of how many intervals cover a moment of the window."""
    at = np.concatenate([start, end])
    order = np.argsort(at, kind="stable")
    level = np.cumsum(np.repeat([1, -1], len(start))[order])
    edges = np.clip(np.append(at[order], np.inf), *window)
    lasts = np.diff(edges)
    mean = float((level * lasts).sum() / lasts.sum())
    return mean, float((level**2 * lasts).sum() / lasts.sum()) - mean**2


def live(demand: Demand, kinds: dict[int, int], *, every_h: float = 0.0, seed: int = 1) -> Lived:
    """Live the demand on one lot of each kind (and capacity) at every site of its own."""
    network = ring(demand.sites)
    nodes = np.arange(demand.sites)
    parks = pd.concat([lots(network, kind, nodes, room) for kind, room in kinds.items()])
    trips, site = demand.trips(seed)
    where = land(network, parks, nodes, homes=np.full(len(site), -1), gates=nodes)
    # Sites lie within a walk of one another: each place must think of its own lots only.
    own = replace(PLAIN, reach_m=50.0, reach_illegal_m=10.0, walk_detour=2.0)
    where = replace(where, place_x=where.place_x + 1e4 * nodes)
    where.lots["x"] += 1e4 * np.tile(nodes, len(kinds))
    sim = Sim(where, When(warm_up=0, start_h=0.0, hours=demand.hours), behaviour=own)
    samples: list[NDArray[np.int64]] = []

    def look() -> Process:
        yield sim.wait(demand.window[0] * H)
        while sim.now < demand.window[1] * H:
            samples.append(sim.part(Parking).rows.taken.copy())
            yield sim.wait(every_h * H)

    if every_h:
        sim.start(look(), key=(0, 0))
    trace = sim.run(trips=trips)
    sim.close()
    return Lived(demand, trace, site, np.array(samples))


@pytest.mark.parametrize("law", ["exponential", "fixed", "lognormal"])
def test_erlang_loss_whatever_the_stays(law: str) -> None:
    """O2 and O9: the share turned away, and the mean number standing, a(1 - B)."""
    demand = Demand(sites=24, offered=8.0, days=36, law=law)
    lived = live(demand, {Kind.PUBLIC: 8})
    blocked = erlang_b(8, 8.0)
    agrees(lived.share_failed(), blocked)
    standing, _ = lived.mean_and_variance(range(24))
    agrees(standing, 8.0 * (1 - blocked))


def test_the_rule_refuses_a_wrong_theory() -> None:
    """One space more or less in the formula is told from the engine's."""
    lived = live(Demand(sites=24, offered=8.0, days=36, law="exponential"), {Kind.PUBLIC: 8})
    for servers in (7, 9):
        with pytest.raises(AssertionError, match="against"):
            agrees(lived.share_failed(), erlang_b(servers, 8.0), precision=0.02)


@pytest.mark.verify
@pytest.mark.parametrize("law", ["exponential", "fixed"])
def test_erlang_loss_when_few_are_turned_away(law: str) -> None:
    """O2 at c = 20, a = 16."""
    shares = []
    for seed in range(6):
        demand = Demand(sites=12, offered=16.0, days=60, law=law)
        shares.append(live(demand, {Kind.PUBLIC: 20}, seed=seed).share_failed())
    agrees(np.concatenate(shares), erlang_b(20, 16.0))


def test_little() -> None:
    """O1: what an observer sees standing = rate of parking x mean stay."""
    demand = Demand(sites=24, offered=8.0, days=30, law="lognormal")
    lived = live(demand, {Kind.PUBLIC: 8}, every_h=0.21)
    seen = lived.samples.mean(axis=0).astype(float)
    stays = lived.parked(range(24))
    within = stays["start"].between(*demand.window)
    hours = demand.window[1] - demand.window[0]
    rate = stays[within].groupby("site").size().to_numpy() / hours
    stay = stays[within].groupby("site").apply(lambda s: (s["end"] - s["start"]).mean()).to_numpy()
    agrees(seen, float((rate * stay).mean()))
    assert np.abs(seen / (rate * stay) - 1).max() < 0.05


def test_presence_counts_are_poisson() -> None:
    """O6: cars on a lot without limit, by chi-square over moments far apart."""
    demand = Demand(sites=40, offered=6.0, days=30, law="lognormal")
    lived = live(demand, {Kind.PUBLIC: 10**6}, every_h=12.0)
    counts = np.bincount(lived.samples.ravel(), minlength=40)[:40].astype(float)
    total = counts.sum()
    chance = stats.poisson.pmf(np.arange(40), 6.0)
    low, high = 2, 12
    observed = np.array([counts[:low].sum(), *counts[low:high], counts[high:].sum()])
    expected = np.array([chance[:low].sum(), *chance[low:high], 1 - chance[:high].sum()]) * total
    assert total > 2_000
    assert expected.min() > 20
    assert stats.chisquare(observed, expected).pvalue > 0.01
    standing, spread = lived.mean_and_variance(range(40))
    agrees(standing, 6.0)
    agrees(spread, 6.0, precision=0.02)


def overflow(lived: Lived, servers: int) -> None:
    offered = lived.demand.offered
    alpha = offered * erlang_b(servers, offered)
    variance = alpha * (1 - alpha + offered / (servers + 1 + alpha - offered))
    sites = lived.demand.sites
    mean, spread = lived.mean_and_variance(range(sites, 2 * sites))
    agrees(mean, alpha)
    agrees(spread, variance)


def test_overflow_to_the_kerb() -> None:
    """O7: illegal parking without choice: mean and (Riordan) variance."""
    demand = Demand(sites=64, offered=4.0, days=36)
    overflow(live(demand, {Kind.PUBLIC: 3, Kind.KERB_ILLEGAL: 10**6}), 3)


@pytest.mark.verify
def test_overflow_of_a_busy_lot() -> None:
    """O7 at c = 16, a = 20."""
    demand = Demand(sites=32, offered=20.0, days=80)
    overflow(live(demand, {Kind.PUBLIC: 16, Kind.KERB_ILLEGAL: 10**6}), 16)


def test_no_demand_and_no_limit() -> None:
    """The degenerate cases: one space that nobody wants, and a lot that turns nobody away."""
    quiet = Demand(sites=2, offered=0.01, days=20)
    assert live(quiet, {Kind.PUBLIC: 10**6}).trace.frame("fail").empty
    single = Demand(sites=40, offered=1.0, days=60)
    agrees(live(single, {Kind.PUBLIC: 1}).share_failed(), 0.5)


def shuffled(sim: Sim, bays: NDArray[np.int64], share: float, every_s: float) -> Process:
    """Fill each of these bays with this chance, all anew every so often."""
    luck = sim.luck("bays")
    rows = sim.part(Parking).rows
    moment = 0
    while True:
        full = np.asarray(luck.uniform(bays, look=moment)) < share
        rows.taken[bays] = full * rows.capacity[bays]
        rows.filled[bays] = rows.taken[bays]
        moment += 1
        yield sim.wait(every_s)


def one_by_one(
    cars: int, every_s: float, place: NDArray[np.int64], gate: NDArray[np.int64], out: int
) -> pd.DataFrame:
    """Return trips of cars that come one at a time and stay a minute."""
    trips = there_and_back(every_s * np.arange(cars) + 1.0, np.full(cars, 60.0), place, gate)
    trips.loc[1::2, "gate"] = out
    return trips


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_cruising_past_independent_bays(share: float) -> None:
    """O8: looks are geometric, 1 / (1 - o), where every bay is free or not by itself."""
    size, cars, every_s = 200, 16_000, 400.0
    network, luck = ring(size, seconds=0.5), Luck(3, "cruise", 0)
    links = np.arange(size)
    parks = lots(network, Kind.KERB_LEGAL, network.heads, 1, arc=links)
    start = (np.asarray(luck.uniform(np.arange(cars))) * size).astype(int)
    trips = one_by_one(cars, every_s, np.zeros(cars, int), start, 0)
    where = land(network, parks, [0], homes=np.full(cars, -1), gates=[0])
    eager = replace(PLAIN, accept_below=20, refuse_above=40, radius_m=200, bay_m=8)
    sim = Sim(where, When(warm_up=0, start_h=0.0, hours=cars * every_s / H), behaviour=eager)
    sim.start(shuffled(sim, links, share, every_s), key=(0, 0))
    looks = sim.run(trips=trips).column("park", "looks").astype(float)
    sim.close()
    assert len(looks) == cars
    agrees(looks, 1 / (1 - share))
    seen = np.bincount(np.minimum(looks.astype(int), 9), minlength=10)[1:]
    chance = [*(share ** np.arange(8) * (1 - share)), share**8]
    assert stats.chisquare(seen, np.array(chance) * cars).pvalue > 0.01


def test_cruising_on_the_streets_of_a_town() -> None:
    """O8 on streets as they are, where one comes by the same full bay again: up to 20 % more."""
    town = ground(newtown(residents=5_000))
    network = town.network
    links = np.flatnonzero(network.core[network.tails] & network.core[network.heads])
    bays = lots(network, Kind.KERB_LEGAL, network.heads[links], 1, arc=links)
    cars, every_s, share = 3_000, 2_700.0, 0.6
    where = np.asarray(Luck(4, "cruise", 0).uniform(np.arange(cars)))
    place = (where * len(town.place_x)).astype(int)
    gate = int(town.goals[np.argmin(network.x[town.goals])])
    trips = one_by_one(cars, every_s, place, np.full(cars, gate), gate)
    people = land(network, bays, [0], homes=np.full(cars, -1)).people
    ours = replace(town, lots=bays, people=people, car_key=np.arange(cars))
    goals = np.unique(np.concatenate([town.goals, bays["node"]])).astype(np.int32)
    ours = replace(ours, goals=goals, layout=None)
    eager = replace(
        PLAIN, accept_below=20, refuse_above=40, bay_m=8, radius_m=400, area_m=200, observe_m=200,
        patience_min=60, patience_cv=0.0,
    )  # fmt: skip
    sim = Sim(ours, When(warm_up=0, start_h=0.0, hours=cars * every_s / H), behaviour=eager)
    sim.start(shuffled(sim, np.arange(len(bays)), share, every_s), key=(0, 0))
    looks = sim.run(trips=trips).column("park", "looks").astype(float)
    sim.close()
    assert len(looks) > 0.99 * cars
    agrees(looks, 1 / (1 - share), bias=APPROXIMATE, precision=0.03)


def kerbs_at(target: float, *, seed: int) -> Floats:
    """Return occupancy, search (min), walk (m) and share who give up, on a grid of busy kerbs."""
    network = grid(14, seconds=8.0)
    links, nodes = np.arange(len(network.tails)), np.arange(network.nodes)
    bays = lots(network, Kind.KERB_LEGAL, network.heads, 1, arc=links)
    hours, stay_h = 40.0, 2.0
    rate = target * len(links) / stay_h
    luck = Luck(seed, "spatial", 0)
    things = np.arange(int(rate * hours))
    arrive = np.cumsum(np.asarray(luck.of("gap").exponential(things, mean=1 / rate)))
    stay = np.asarray(luck.of("stay").exponential(things, mean=stay_h))
    place = (np.asarray(luck.of("place").uniform(things)) * network.nodes).astype(int)
    where = land(network, bays, nodes, homes=np.full(len(things), -1), gates=nodes)
    driver = replace(
        PLAIN, accept_below=20, refuse_above=40, bay_m=8, area_m=150, radius_growth=30,
        radius_cap_m=400, patience_min=20, patience_cv=0.0,
    )  # fmt: skip
    sim = Sim(where, When(warm_up=0, start_h=0.0, hours=hours), behaviour=driver)
    full: list[float] = []
    sim.every(600, lambda: full.append(float(sim.part(Parking).rows.taken.mean())), key=(0, 0))
    trace = sim.run(trips=there_and_back(arrive * H, stay * H, place, place))
    sim.close()
    parked, failed = (trace.frame(event) for event in ("park", "fail"))
    parked, failed = (rows[rows["time_ms"] > 12 * 3_600_000] for rows in (parked, failed))
    at, goal = parked["lot"].to_numpy(), place[parked["car"].to_numpy()]
    walk = np.hypot(
        network.x[goal] - bays["x"].to_numpy()[at], network.y[goal] - bays["y"].to_numpy()[at]
    )
    gave_up = len(failed) / (len(failed) + len(parked))
    return np.array([np.mean(full[72:]), parked["search_ms"].mean() / 60_000, walk.mean(), gave_up])


@pytest.mark.verify
def test_space_matters_from_85_percent_on() -> None:
    """Levy, Martens & Benenson 2013: spatial effects begin at 85 %, dominate above 92-93 %.

    Here: how far from the destination one ends up hardly changes below 80 %, and climbs after 85 %.
    """
    targets = (0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.96, 1.0)
    found = np.array([np.mean([kerbs_at(t, seed=s) for s in range(3)], axis=0) for t in targets])
    print("\noccupancy  search min  walk m  give up")  # noqa: T201 - the table is the result
    for row in found:
        print("{:9.3f}{:12.2f}{:8.1f}{:9.3f}".format(*row))  # noqa: T201
    full, search, walk, gave_up = found.T
    assert np.interp(0.80, full, walk) < 1.2 * walk[0]
    assert np.interp(0.92, full, walk) > 1.45 * walk[0]
    below = (walk[2] - walk[0]) / (full[2] - full[0])
    above = (walk[-1] - walk[3]) / (full[-1] - full[3])
    assert above > 4 * below
    assert np.interp(0.80, full, gave_up) < 0.01
    assert np.interp(0.92, full, gave_up) > 0.05
    assert np.all(np.diff(search) > 0)
