"""Benefits and costs by hand, accounts that always add up, and the years after the subsidy."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.appraisal import cashflow
from twin.appraisal.accounts import PARTIES, balance, by_year, cost_flows, net_of_base
from twin.appraisal.appraise import Appraisal, appraise
from twin.appraisal.values import Programme, Values, programmes, read_values
from twin.datafile import DataTable
from twin.experiment.compare import Comparison, compare
from twin.experiment.runner import Finished, Job
from twin.parking_kpis import PARKING_KPIS, figures_behind
from twin.solution import KPI, Cost
from twin.world.behaviour import Behaviour

ILLEGAL = KPI("illegal", "veh/day", "less", "Vehicles.")
SEARCH = KPI("search", "veh-h/day", "less", "Hours.", value="value_of_time_car_nonbusiness")
FEES = KPI("fees", "KRW/day", "more", "Paid.", value="krw", account="operator", payer="users")
KPIS = (ILLEGAL, SEARCH, FEES)
PLATFORM = Cost("platform", 8e8, 1e8, 7, 2020, "programme", "quotation", "GK")
GATES = Cost("gates", 1e8, 5e6, 7, 2020, "operator", "quotation", "GK")
COMPACT = programmes()["compact_2024"]


def with_rules(**rules: float) -> Values:
    """Return the unit values with some of them replaced."""
    values = read_values()
    changed = {
        name: replace(values[name], value=value, low=-1e12, high=1e12)
        for name, value in rules.items()
    }
    return replace(values, units=DataTable({**values.units.entries, **changed}, {}))


def comparison(
    *changes: Sequence[float | None], kpis: Sequence[KPI] = KPIS, base: float = 1000.0
) -> Comparison:
    """Return a comparison whose alternative ``new`` changes each KPI by these, per replication."""
    finished = []
    for r, row in enumerate(zip(*changes, strict=True)):
        names = [kpi.name for kpi in kpis]
        finished.append(Finished(Job("base", "day", r), dict.fromkeys(names, base)))
        new = {n: None if d is None else base + d for n, d in zip(names, row, strict=True)}
        finished.append(Finished(Job("new", "day", r), new))
    return compare(finished, alternatives=["new"], day_weights={"day": 1.0}, kpis=kpis)


def steady(*changes: float, kpis: Sequence[KPI] = KPIS) -> Comparison:
    return comparison(*([change] * 3 for change in changes), kpis=kpis)


def appraised(
    result: Comparison,
    *costs: Cost,
    programme: Programme | None = None,
    values: Values | None = None,
) -> Appraisal:
    values = values or read_values()
    return appraise(result, {"new": costs}, programme=programme, values=values)


# --- the appraisal by hand


def test_a_case_by_hand() -> None:
    """1,000 h a day for 2 persons a car at 10 KRW/h; 20 M once, 1 M a year; no ramp-up."""
    values = with_rules(
        value_of_time_car_nonbusiness=10.0, car_occupancy=2.0, ramp_up_tau=0.0, price_year=2016.0
    )
    cost = Cost("box", 20e6, 1e6, 10, 2016, "local", "quotation", "GK")
    case = appraised(steady(0.0, -1000.0, 0.0), cost, values=values)["new"]
    annuity = cashflow.annuity(0.045, 10)
    benefit, spent = 1000 * 2 * 10 * 365 * annuity, 20e6 + 1e6 * annuity
    result = case.as_dict()
    assert result["npv"] == pytest.approx(benefit - spent)
    assert result["bc"] == result["bc_cost_saving_as_benefit"] == pytest.approx(benefit / spent)
    assert result["eac"] == pytest.approx(20e6 / annuity + 1e6)
    assert result["payback_year"] == 4  # 6.3 M a year against 20 M, discounted
    irr = result["irr"]
    assert 6.3e6 * cashflow.annuity(irr, 10) == pytest.approx(20e6)
    assert result["bc_noise"] == {"low": pytest.approx(case.bc), "high": pytest.approx(case.bc)}
    assert result["local_leverage"] == 1.0
    assert result["cost_effectiveness"] == {"search": pytest.approx(spent / (1000 * 365 * 10))}


def test_prices_are_brought_to_one_year() -> None:
    values = with_rules(ramp_up_tau=0.0)
    flows = cost_flows([PLATFORM], 10, None, values)
    assert by_year(flows)[0] == pytest.approx(-8e8 * 116.61 / 100.0)
    case = appraised(steady(0.0, -1.0, 0.0), values=values)["new"]
    assert case.flows[0].amount == pytest.approx(365 * 9700 * 116.61 / 95.781 * 1.3)


def test_a_minute_is_a_sixtieth_of_an_hour() -> None:
    minutes = replace(SEARCH, unit="veh-min/day")
    hours = appraised(steady(-1.0, kpis=[SEARCH]))["new"].npv
    assert appraised(steady(-60.0, kpis=[minutes]))["new"].npv == pytest.approx(hours)
    persons = replace(SEARCH, unit="person-min/day")
    assert appraised(steady(-78.0, kpis=[persons]))["new"].npv == pytest.approx(hours)


def test_both_conventions_of_the_ratio_share_one_net_present_value() -> None:
    """A residual value and an avoided cost move B/C but not NPV."""
    values, result = read_values(), steady(0.0, -100.0, 0.0)
    patrol = Cost("old patrol", 0.0, 5e7, 7, 2020, "local", "quotation", "GK")
    costs = {"base": (patrol,), "new": (PLATFORM,)}
    case = appraise(result, costs, programme=None, values=values)["new"]
    social = case.account("social")
    flows = [f for f in case.flows if f.kind != "benefit"]
    spent = -cashflow.present_value(by_year(f for f in flows if f.amount < 0), case.rate)
    saved = cashflow.present_value(by_year(f for f in flows if f.amount > 0), case.rate)
    assert saved > 0
    assert case.bc == pytest.approx(social.pv_benefit / (spent - saved))
    assert case.bc_cost_saving_as_benefit == pytest.approx((social.pv_benefit + saved) / spent)
    assert case.npv == pytest.approx(social.pv_benefit + saved - spent)


def test_what_the_base_pays_anyway_costs_nothing_more() -> None:
    assert net_of_base([PLATFORM, GATES], [GATES]) == [PLATFORM]
    assert net_of_base([replace(GATES, opex=7e6)], [GATES]) == [replace(GATES, capex=0.0, opex=2e6)]


def test_one_group_counts_once_in_the_area_and_once_in_the_ring() -> None:
    cruising = replace(SEARCH, name="cruising", group="time")
    first = replace(SEARCH, group="time")
    ring = replace(first, name="search.ring")
    both = appraised(steady(-10.0, -99.0, kpis=[first, cruising]))["new"]
    assert both.npv == pytest.approx(appraised(steady(-10.0, kpis=[SEARCH]))["new"].npv)
    displaced = appraised(steady(-10.0, -99.0, 10.0, kpis=[first, cruising, ring]))["new"]
    assert displaced.npv == pytest.approx(0.0, abs=1e-3)


def test_noise_comes_from_the_sum_of_what_is_priced_replication_by_replication() -> None:
    """Gains that always cancel out have no noise together, however noisy they are apart."""
    other = replace(SEARCH, name="ride")
    apart = comparison([-10.0, -30.0, -20.0], [-30.0, -10.0, -20.0], kpis=[SEARCH, other])
    case = appraised(apart, GATES)["new"]
    assert case.bc_noise == (pytest.approx(case.bc), pytest.approx(case.bc))
    alone = appraised(comparison([-10.0, -30.0, -20.0], kpis=[SEARCH]), GATES)["new"]
    assert alone.bc is not None
    effect = comparison([-10.0, -30.0, -20.0], kpis=[SEARCH])["search"].alternatives["new"]
    assert effect.low is not None
    assert alone.bc_noise[1] == pytest.approx(alone.bc * effect.low / -20.0)


def test_noise_leaves_out_fees_and_undefined_replications() -> None:
    gains: list[float | None] = [-10.0, -30.0, -20.0, -25.0]
    fees: list[float | None] = [9e5, 0.0, -9e5, 5.0]
    quiet = appraised(comparison(gains, [0.0] * 4, kpis=[SEARCH, FEES]), GATES)["new"]
    loud = appraised(comparison(gains, fees, kpis=[SEARCH, FEES]), GATES)["new"]
    assert loud.bc_noise == pytest.approx(quiet.bc_noise)
    holed = comparison([*gains, None], [*fees, 0.0], kpis=[SEARCH, FEES])
    assert appraised(holed, GATES)["new"].bc_noise == pytest.approx(quiet.bc_noise)


def test_a_harm_lowers_the_benefit_and_is_no_cost() -> None:
    harmed, idle = (appraised(steady(0.0, hours, 0.0), GATES)["new"] for hours in (50.0, 0.0))
    social, before = harmed.account("social"), idle.account("social")
    assert social.pv_cost == pytest.approx(before.pv_cost)
    assert social.pv_benefit < before.pv_benefit == 0
    assert harmed.bc is not None
    assert harmed.bc < 0


def test_only_what_got_better_beyond_the_noise_has_a_cost_per_unit() -> None:
    noisy = comparison([-300.0, 250.0, -40.0], kpis=[ILLEGAL])
    worse, better = steady(5.0, kpis=[ILLEGAL]), steady(-5.0, kpis=[ILLEGAL])
    assert appraised(noisy, GATES)["new"].cost_effectiveness == {}
    assert appraised(worse, GATES)["new"].cost_effectiveness == {}
    assert set(appraised(better, GATES)["new"].cost_effectiveness) == {"illegal"}


def test_what_cannot_be_known_is_none_and_never_a_number() -> None:
    single = comparison([-10.0], [None], kpis=[SEARCH, replace(SEARCH, name="ride")])
    case = appraised(single)["new"]
    result = json.loads(json.dumps(case.as_dict(), allow_nan=False))
    assert (result["bc"], result["bc_noise"]["low"], result["local_leverage"]) == (None, None, None)
    assert result["not_valued"] == ["ride"]


# --- who pays


amounts = st.floats(0, 1e10)
costs_drawn = st.lists(
    st.builds(
        Cost,
        item=st.sampled_from(["a", "b", "c"]),
        capex=amounts,
        opex=amounts,
        life=st.sampled_from([0.5, 3, 7, 10, 40]),
        price_year=st.integers(2010, 2025),
        payer=st.sampled_from(["programme", *PARTIES]),
        source=st.just("drawn"),
        tag=st.just("GK"),
    ),
    max_size=6,
)


@given(
    costs_drawn,
    costs_drawn,
    st.tuples(st.floats(-1e4, 1e4), st.floats(-1e7, 1e7)),
    st.sampled_from([None, *programmes().entries.values()]),
)
def test_the_parties_add_up_to_society_and_transfers_to_nothing(
    costs: list[Cost], base: list[Cost], change: tuple[float, float], programme: Programme | None
) -> None:
    result = steady(0.0, *change)
    case = appraise(
        result, {"new": costs, "base": base}, programme=programme, values=read_values()
    )["new"]
    parties = [case.account(party).npv for party in PARTIES]
    size = math.fsum(abs(flow.amount) for flow in case.flows)
    assert math.fsum(parties) == pytest.approx(case.npv, abs=1e-9 * size + 1e-6)
    transfers = [flow for flow in case.flows if flow.kind == "transfer"]
    assert all(abs(net) <= 1e-9 * size for net in by_year(transfers).values())
    for account in ("social", *PARTIES):
        assert math.isfinite(case.account(account).npv)


def test_a_fee_is_no_benefit_to_society() -> None:
    paid = appraised(steady(0.0, 0.0, 1e6), GATES)["new"]
    free = appraised(steady(0.0, 0.0, 0.0), GATES)["new"]
    assert paid.npv == pytest.approx(free.npv)
    received = paid.account("operator").pv_benefit
    assert received > 0
    assert paid.account("users").pv_cost == pytest.approx(received)


def test_what_owners_get_is_the_platforms_no_more() -> None:
    passed = replace(FEES, name="passed on", account="owners", payer="operator")
    case = appraised(steady(1e6, 4e5, kpis=[FEES, passed]))["new"]
    npv = {party: case.account(party).npv for party in PARTIES}
    assert npv["owners"] == pytest.approx(-0.4 * npv["users"])
    assert npv["operator"] == pytest.approx(-0.6 * npv["users"])
    assert math.fsum(npv.values()) == pytest.approx(0.0, abs=1e-3)
    transfers = [flow for flow in case.flows if flow.kind == "transfer"]
    assert all(net == pytest.approx(0.0, abs=1e-3) for net in by_year(transfers).values())


def test_a_fine_goes_from_the_driver_to_the_city_whichever_way_is_better() -> None:
    fines = KPI("fines", "KRW/day", "less", "Paid.", "krw", account="local", payer="users")
    case = appraised(steady(1e6, kpis=[fines]))["new"]
    assert case.account("local").npv > 0
    assert case.account("users").npv == pytest.approx(-case.account("local").npv)


def test_the_programme_pays_its_share_while_it_lasts_and_the_city_the_rest() -> None:
    flows = cost_flows([PLATFORM], 10, COMPACT, read_values())
    forever = cost_flows([PLATFORM], 10, replace(COMPACT, years=99), read_values())
    assert {f.account for f in forever if f.kind == "residual"} == {"local"}
    paid = {
        party: by_year(f for f in flows if f.account == party and f.kind != "residual")
        for party in ("national", "local")
    }
    assert set(paid["national"]) == {0, 1, 2}
    for year in paid["national"]:
        assert paid["national"][year] == pytest.approx(paid["local"][year])
    assert paid["local"][7] == pytest.approx(-9e8 * 1.1661)  # replaced and run by the city alone
    (left,) = (flow for flow in flows if flow.kind == "residual")
    assert (left.account, left.year) == ("local", 10)
    assert left.amount == pytest.approx(8e8 * 1.1661 * 4 / 7)


def test_the_programme_stops_at_its_cap() -> None:
    small = replace(COMPACT, national_max=1e8)
    flows = cost_flows([PLATFORM], 10, small, read_values())
    national = by_year(flow for flow in flows if flow.account == "national")
    assert national == {0: pytest.approx(-1e8 * 116.61 / 114.18)}
    assert by_year(flows)[0] == pytest.approx(-8e8 * 1.1661)


def test_half_the_national_money_doubles_only_the_local_ratio() -> None:
    result = steady(0.0, -1000.0, 0.0)
    alone = appraised(result, PLATFORM)["new"].as_dict()
    helped = appraised(result, PLATFORM, programme=replace(COMPACT, years=99))["new"].as_dict()
    assert helped["bc"] == pytest.approx(alone["bc"])
    assert helped["local_leverage"] < alone["local_leverage"] == 1.0
    assert helped["bc_local_view_biased"] > alone["bc_local_view_biased"]


# --- after the subsidy


def test_the_years_after_the_subsidy_are_reported_whole() -> None:
    case = appraised(steady(0.0, -1000.0, 0.0), PLATFORM, programme=COMPACT)["new"]
    after = case.after_subsidy
    assert after is not None
    assert after.from_year == 3
    replaced = 8e8 * 1.1661 / 8  # in year 7, spread over years 3 to 10
    assert after.local_net_per_year == pytest.approx(-1e8 * 1.1661 - replaced)
    assert after.cost_per_year == pytest.approx(-after.local_net_per_year)
    assert after.sustained
    assert after.break_even is None


def test_a_break_even_fee_covers_city_and_operator() -> None:
    result = steady(0.0, -1000.0, 1e5)
    after = appraised(result, GATES, PLATFORM)["new"].after_subsidy
    assert after is not None
    assert after.break_even is not None
    # the same use at a fee that many times as high leaves nothing to pay
    raised = steady(0.0, -1000.0, 1e5 * after.break_even)
    then = appraised(raised, GATES, PLATFORM)["new"].after_subsidy
    assert then is not None
    assert then.local_net_per_year + then.operator_net_per_year == pytest.approx(0.0, abs=1.0)
    assert then.break_even == pytest.approx(1.0)


def test_a_break_even_fee_leaves_owners_their_share() -> None:
    passed = replace(FEES, name="passed on", account="owners", payer="operator")
    kpis = [SEARCH, FEES, passed]
    after = appraised(steady(-1000.0, 1e5, 4e4, kpis=kpis), GATES)["new"].after_subsidy
    assert after is not None
    assert after.break_even is not None
    raised = [1e5 * after.break_even, 4e4 * after.break_even]
    then = appraised(steady(-1000.0, *raised, kpis=kpis), GATES)["new"].after_subsidy
    assert then is not None
    assert then.local_net_per_year + then.operator_net_per_year == pytest.approx(0.0, abs=1.0)


def test_fees_that_fall_elsewhere_do_not_blow_up_the_break_even_fee() -> None:
    lost = replace(FEES, name="kerb fees", account="local")
    kpis = [SEARCH, FEES, lost]
    after = appraised(steady(-1000.0, 1e5, -9.9e4, kpis=kpis), GATES)["new"].after_subsidy
    assert after is not None
    assert after.break_even is not None
    fees = 1e5 * 365 * math.fsum(cashflow.ramp_up(year, 0.75) for year in range(1, 11)) / 10
    assert after.user_payments_per_year == pytest.approx(fees)
    assert after.break_even == pytest.approx(0.99 + after.cost_per_year / fees)


def test_an_operator_that_loses_money_does_not_go_on() -> None:
    after = appraised(steady(0.0, -1000.0, 0.0), GATES)["new"].after_subsidy
    assert after is not None
    assert after.benefit_per_year > after.cost_per_year
    assert after.operator_net_per_year < 0
    assert not after.sustained


def test_a_service_that_only_the_subsidy_carried_does_not_go_on() -> None:
    """The building is paid by then; running it costs more than it brings."""
    after = appraised(steady(0.0, -1.0, 0.0), PLATFORM, programme=COMPACT)["new"].after_subsidy
    assert after is not None
    assert not after.sustained


def test_who_gets_no_national_money_is_on_its_own_from_the_first_year() -> None:
    after = appraised(steady(0.0, -1.0, 0.0), GATES, programme=COMPACT)["new"].after_subsidy
    assert after is not None
    assert after.from_year == 1


def test_no_year_after_a_programme_that_outlasts_the_horizon() -> None:
    case = appraised(steady(0.0, 0.0, 0.0), PLATFORM, programme=replace(COMPACT, years=11))["new"]
    assert case.after_subsidy is None


# --- refusals


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (replace(GATES, payer="state"), "payer of cost 'gates' must be one of programme, national"),
        (replace(GATES, capex=-1.0), "cost 'gates' must not be below 0, got capex -1.0"),
        (
            replace(GATES, assumed=("price",)),
            "assumed of cost 'gates' must name figures of capex, opex, life, got 'price'",
        ),
        (replace(GATES, life=0), "life of cost 'gates' must be above 0 years, got 0"),
        (replace(GATES, price_year=1990), r"price year must be in \[2010, 2025\].*, got 1990"),
    ],
)
def test_costs_that_make_no_sense_are_refused(cost: Cost, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        appraised(steady(0.0, 0.0, 0.0), cost)


@pytest.mark.parametrize(
    ("kpi", "message"),
    [
        (replace(SEARCH, unit="min"), "KPI search in 'min' cannot be valued by value_of_time_car"),
        (replace(SEARCH, unit="veh/day"), "it must be a total of the day, such as 'person-h/day'"),
        (replace(SEARCH, account="city"), "account of KPI search must be one of national, local"),
        (replace(FEES, payer="driver"), "payer of KPI fees must be one of national, local, users"),
    ],
)
def test_kpis_that_cannot_be_priced_are_refused(kpi: KPI, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        appraised(steady(-1.0, kpis=[kpi]))


def test_an_unknown_unit_value_lists_near_ones() -> None:
    with pytest.raises(KeyError, match="no entry 'value_of_tme'; there are: value_of_time"):
        appraised(steady(-1.0, kpis=[replace(SEARCH, value="value_of_tme")]))


def test_every_assumption_of_a_case_is_listed() -> None:
    case = appraised(steady(0.0, -1.0, 0.0), PLATFORM, programme=COMPACT)["new"]
    names = {figure["name"] for figure in case.assumptions}
    assert {"discount_rate", "value_of_time_car_nonbusiness", "platform: capex"} <= names
    keys = {"name", "value", "unit", "source", "tag", "price_year"}
    assert all(set(figure) == keys for figure in case.assumptions)


def test_what_a_cost_assumes_is_listed_as_assumed_beside_what_has_a_source() -> None:
    sourced = replace(PLATFORM, source="PRK2", tag="D", assumed=("opex", "life"))
    listed = {f["name"]: f for f in appraised(steady(0.0, 0.0, 0.0), sourced)["new"].assumptions}
    found = {n: (listed[f"platform: {n}"]["source"], listed[f"platform: {n}"]["tag"])
             for n in ("capex", "opex", "life")}  # fmt: skip
    assumed = ("assumption", "GK")
    assert found == {"capex": ("PRK2", "D"), "opex": assumed, "life": assumed}
    assert listed["platform: life"]["value"] == 7


def test_only_figures_that_the_case_uses_are_listed() -> None:
    figure = {"name": "taste", "value": 2.0, "unit": "KRW", "source": "", "tag": "GK"}
    behind = {"fees": ({**figure, "price_year": 2016},), "other": ({**figure, "name": "unused"},)}

    def listed(*kpis: KPI) -> set[str]:
        result = steady(*(-1.0 for _ in kpis), kpis=kpis)
        case = appraise(
            result, {"new": (GATES,)}, programme=COMPACT, values=read_values(), behind=behind
        )["new"]
        return {figure["name"] for figure in case.assumptions}

    assert "car_occupancy" in listed(SEARCH)
    assert not {"taste", "krw"} & listed(SEARCH)
    assert {"taste", "krw"} <= listed(FEES)
    assert not {"car_occupancy", "unused", "compact_2024: national share"} & listed(FEES)


def test_the_ease_of_parking_is_brought_from_the_prices_of_its_year_and_fees_are_not() -> None:
    prices = {kpi.name: kpi for kpi in PARKING_KPIS}
    for ring in ("", ".ring"):
        names = ("parking.ease_time", "parking.ease_choice", "parking.fees_shared")
        *ease, fees = kpis = [prices[name + ring] for name in names]
        result = steady(1.0, 1.0, 1.0, kpis=kpis)
        case = appraised(result, values=with_rules(ramp_up_tau=0.0))
        first = {flow.item: flow.amount for flow in case["new"].flows if flow.account != "users"}
        first |= {f.item: f.amount for f in case["new"].flows if f.kind == "benefit"}
        for kpi in ease:
            assert first[kpi.name] == pytest.approx(365 * 116.61 / 95.781)
        assert first[fees.name] == pytest.approx(365)


def test_what_drivers_weigh_is_among_the_assumptions_behind_the_ease_of_parking() -> None:
    figures = figures_behind(Behaviour(fail_krw=1.0))
    ease = [kpi for kpi in PARKING_KPIS if kpi.name in ("parking.ease_time", "parking.ease_choice")]
    case = appraise(
        steady(1.0, 1.0, kpis=ease), {}, programme=None, values=read_values(), behind=figures
    )["new"]
    listed = {figure["name"]: figure for figure in case.assumptions}
    value = listed["behaviour.value_of_time"]
    assert (value["value"], value["price_year"], value["tag"]) == (9_700, 2016, "VOT1")
    assert listed["krw_of_2016"]["price_year"] == value["price_year"]
    changed = listed["behaviour.fail_krw"]
    assert (changed["value"], changed["source"]) == (1.0, "set for this study")
    assert {"behaviour.walk_weight", "behaviour.scale_krw", "behaviour.aversion_krw"} <= set(listed)


def test_each_benefit_has_its_worth_with_that_of_its_ring_and_the_ratio_goes_without_it() -> None:
    taste = replace(SEARCH, name="taste")
    ring = replace(taste, name="taste.ring")
    case = appraised(steady(-100.0, -30.0, 10.0, kpis=[SEARCH, taste, ring]), PLATFORM)["new"]
    worth = case.benefits
    assert list(worth) == ["search", "taste"]
    assert worth["taste"] == pytest.approx(0.2 * worth["search"])
    assert sum(worth.values()) == pytest.approx(case.account("social").pv_benefit)
    assert case.as_dict()["benefits"] == worth
    alone = appraised(steady(-100.0, kpis=[SEARCH]), PLATFORM)["new"]
    assert case.bc_without("taste") == pytest.approx(alone.bc)
    assert case.bc_without("nothing") == pytest.approx(case.bc)
    assert appraised(steady(-100.0, kpis=[SEARCH]))["new"].bc_without("search") is None


def test_balances_of_no_flows_are_nothing() -> None:
    assert balance([], "social", 0.045).as_dict() == {"pv_benefit": 0, "pv_cost": 0, "npv": 0}
