"""The verdict says what the numbers say, and recommends nothing that noise could explain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from twin.appraisal.appraise import Appraisal, appraise
from twin.appraisal.sentences import Language
from twin.appraisal.values import programmes, read_values
from twin.appraisal.verdict import Judgement, judge, verdict
from twin.experiment.compare import Comparison, compare
from twin.experiment.runner import Finished, Job
from twin.solution import KPI, Cost

ILLEGAL = KPI("illegal", "veh/day", "less", "Vehicles.")
RING = replace(ILLEGAL, name="illegal.ring")
SEARCH = KPI("search", "veh-h/day", "less", "Hours.", value="value_of_time_car_nonbusiness")
KPIS = (ILLEGAL, RING, SEARCH)
APP = Cost("app", 1e8, 2e7, 7, 2020, "programme", "quotation", "GK")
WOBBLE = (0.9, 0.95, 1.0, 1.05, 1.1) * 2

# per alternative: the mean change of illegal parking, in the ring, and of hours of search
Changes = Mapping[str, tuple[float, float, float]]


def study(
    changes: Changes, cost: Cost = APP, wobble: Sequence[float] = WOBBLE, kpis: Sequence[KPI] = KPIS
) -> tuple[Comparison, Appraisal]:
    finished = []
    for r, factor in enumerate(wobble):
        for name, change in {"base": (0.0, 0.0, 0.0), **changes}.items():
            values = {k.name: 500 + factor * d for k, d in zip(kpis, change, strict=True)}
            finished.append(Finished(Job(name, "day", r), values))
    result = compare(finished, alternatives=list(changes), day_weights={"day": 1.0}, kpis=kpis)
    costs = dict.fromkeys(changes, (cost,))
    programme = programmes()["compact_2024"]
    return result, appraise(result, costs, programme=programme, values=read_values())


def text(
    changes: Changes, cost: Cost = APP, wobble: Sequence[float] = WOBBLE, language: Language = "en"
) -> str:
    return "\n".join(verdict(*study(changes, cost, wobble), headline="illegal", language=language))


def judged(changes: tuple[float, float, float], cost: Cost = APP) -> Judgement:
    result, appraisal = study({"new": changes}, cost)
    return judge(result, appraisal["new"], "new", headline="illegal")


GOOD = (-100.0, 0.0, -200.0)


def test_a_good_alternative_is_recommended_with_its_figures() -> None:
    said = text({"share": GOOD, "idle": (0.0, 0.0, 0.0)})
    assert (
        "share: illegal falls from 500.0 to 400.0 veh/day (-100.0; 95% interval -105.3 to" in said
    )
    assert "idle: no change of illegal beyond the noise of 10 replications (+0.0 veh/day" in said
    assert "share pays off for society: B/C " in said
    assert "share can outlive the national money, which ends before year 3" in said
    assert "idle does not pay off" in said or "idle: whether it pays off" in said
    assert "Recommended: share: of the 2 tested it has the largest net present value" in said
    assert "2 alternatives were each tested at 95%" in said
    assert "figures behind the money are assumptions" in said
    assert "displace" not in said.split("Recommended")[0]


def test_what_has_no_price_is_said_with_what_it_costs() -> None:
    said = text({"share": GOOD})
    result, appraisal = study({"share": GOOD})
    price = appraisal["share"].cost_effectiveness["illegal"]
    sentence = "share: a change of illegal by 1 veh for the better"
    assert f"{sentence} costs {price:,.0f} KRW." in said
    priced = verdict(result, appraisal, headline="search")
    assert "has no price" not in "".join(priced)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "illegal has no price: its change is not in B/C or the net present value."),
        ("ko", "illegal: 단가가 없어, 그 변화는 편익/비용과 순현재가치에 들어 있지 않습니다."),
    ],
)
@pytest.mark.parametrize("change", [GOOD, (0.0, 0.0, 0.0), (50.0, 0.0, -200.0)])
def test_that_the_headline_has_no_price_is_said_once_whatever_happens(
    change: tuple[float, float, float], language: Language, words: str
) -> None:
    lines = text({"one": change, "two": change}, language=language).splitlines()
    assert lines[1] == words
    assert lines.count(words) == 1


def test_the_binding_procedure_is_named_with_the_choice() -> None:
    assert "what binds share is no investment review." in text({"share": GOOD})
    dear = replace(APP, capex=2e9)
    said = text({"share": (-100.0, 0.0, -2000.0)}, dear)
    assert "what binds share is the city's own local-finance investment review." in said


def test_korean_says_the_same() -> None:
    said = text({"share": GOOD}, language="ko")
    assert "share: illegal 500.0 → 400.0 veh/day" in said
    assert "추천: share." in said
    assert len(said.splitlines()) == len(text({"share": GOOD}).splitlines())


def test_labels_name_indicators_alternatives_and_units() -> None:
    result, appraisal = study({"share": GOOD})
    labels = {"illegal": "불법 주차", "share": "공유 주차", "veh/day": "대/일"}  # no label of "veh"
    said = verdict(result, appraisal, headline="illegal", language="ko", labels=labels)
    assert said[0].startswith("추천: 공유 주차.")
    assert said[2].startswith("공유 주차: 불법 주차 500.0 → 400.0 대/일")
    assert any("공유 주차: 불법 주차 값이 1 대 나아지는 데" in sentence for sentence in said)
    assert "veh" not in "".join(said)


@pytest.mark.parametrize("factor", [1.0, 3.0, 30.0])
def test_nothing_is_recommended_within_the_noise(factor: float) -> None:
    """The same money, but the headline swings about zero."""
    wobble = (-factor, factor, 0.1) * 4
    said = text({"new": (-100.0, 0.0, -2000.0)}, wobble=wobble)
    assert "no change of illegal beyond the noise" in said
    assert "No recommendation" in said


def test_solid_money_does_not_make_up_for_a_headline_within_the_noise() -> None:
    finished = []
    for r, swing in enumerate((-1.0, 0.5, -1.0, 0.5, 0.9) * 2):
        finished.append(Finished(Job("base", "day", r), {"illegal": 500.0, "search": 500.0}))
        values = {"illegal": 500.0 + 100 * swing, "search": 300.0 + r}
        finished.append(Finished(Job("new", "day", r), values))
    kpis = (ILLEGAL, SEARCH)
    result = compare(finished, alternatives=["new"], day_weights={"day": 1.0}, kpis=kpis)
    appraisal = appraise(result, {"new": (APP,)}, programme=None, values=read_values())
    judgement = judge(result, appraisal["new"], "new", headline="illegal")
    assert (judgement.improves, judgement.pays, judgement.worth_it) == (None, True, False)
    assert any("No recommendation" in s for s in verdict(result, appraisal, headline="illegal"))


def test_a_ratio_that_noise_leaves_on_both_sides_of_one_is_open() -> None:
    _, appraisal = study({"new": GOOD})
    ratio = appraisal["new"].bc
    assert ratio is not None
    even = (-100.0, 0.0, -200.0 / ratio)
    said = text({"new": even})
    assert judged(even).pays is None
    assert "new: whether it pays off for society cannot be told: B/C 1.00" in said
    assert "No recommendation" in said


def test_one_replication_recommends_nothing() -> None:
    said = text({"new": GOOD}, wobble=(1.0,))
    assert (
        "new: illegal cannot be compared (paired replications in which it is defined: 1)." in said
    )
    assert "No recommendation" in said
    assert "Few replications (1): at least 10 are wanted" in said


@pytest.mark.parametrize(
    ("changes", "cost", "why"),
    [
        ((100.0, 0.0, -200.0), APP, "rises .* a change for the worse"),
        ((-100.0, 0.0, -1.0), APP, "new does not pay off for society: B/C 0."),
        (
            GOOD,
            replace(APP, payer="operator"),
            "new cannot go on year by year: its operator loses money",
        ),
        ((-100.0, 0.0, -1.0), APP, "would not outlive .*: its benefit does not cover its cost"),
        ((-100.0, 120.0, -200.0), APP, "only displaces: the ring around the area gets worse"),
        ((-100.0, 100.0, -200.0), APP, "only displaces"),
    ],
)
def test_what_fails_one_test_is_not_recommended(
    changes: tuple[float, float, float], cost: Cost, why: str
) -> None:
    result, appraisal = study({"new": changes}, cost)
    said = "\n".join(verdict(result, appraisal, headline="illegal"))
    assert re.search(why, said)
    assert "No recommendation" in said


def test_what_is_displaced_in_part_is_said_and_may_still_be_chosen() -> None:
    said = text({"new": (-100.0, 40.0, -200.0)})
    assert "displaces in part: the ring around the area gets worse, by 40% of what" in said
    assert "Recommended: new" in said


def test_a_ring_that_gets_better_is_not_displacement() -> None:
    judgement = judged((-100.0, -40.0, -200.0))
    assert (judgement.ring_worse, judgement.share, judgement.only_displaces) == (False, None, False)
    assert judgement.worth_it


def test_a_mean_has_no_share_in_the_ring_but_is_said_to_get_worse() -> None:
    minutes = replace(ILLEGAL, unit="min")
    kpis = (minutes, replace(minutes, name="illegal.ring"), SEARCH)
    result, appraisal = study({"new": (-10.0, 40.0, -200.0)}, kpis=kpis)
    judgement = judge(result, appraisal["new"], "new", headline="illegal")
    assert (judgement.ring_worse, judgement.net, judgement.share) == (True, None, None)
    said = verdict(result, appraisal, headline="illegal")
    assert "new: illegal gets worse in the ring around the area, beyond the noise." in said


def test_two_that_noise_does_not_tell_apart_are_both_named() -> None:
    said = text({"one": GOOD, "two": (-100.0, 0.0, -201.0), "bad": (5.0, 0.0, 0.0)})
    assert "No single recommendation: two and one are all worth it" in said


def test_the_better_of_two_is_recommended_where_noise_tells_them_apart() -> None:
    said = text({"one": GOOD, "two": (-50.0, 0.0, -600.0)})
    assert "Recommended: two: of the 2 tested" in said


def test_without_a_programme_nobody_speaks_of_national_money() -> None:
    result, _ = study({"new": GOOD})
    appraisal = appraise(result, {"new": (APP,)}, programme=None, values=read_values())
    said = "\n".join(verdict(result, appraisal, headline="illegal"))
    assert "new can go on without national money: its yearly benefit covers its cost" in said
    assert "outlive" not in said


def test_an_alternative_that_gets_none_of_it_is_on_its_own() -> None:
    said = text({"new": GOOD}, replace(APP, payer="local"))
    assert "new can go on without national money" in said


def test_an_unknown_headline_lists_the_kpis() -> None:
    result, appraisal = study({"new": GOOD})
    with pytest.raises(KeyError, match="no KPI 'ilegal' was compared; there are: illegal, ill"):
        verdict(result, appraisal, headline="ilegal")


CHOICE = replace(SEARCH, name="choice", caveat="by_choice")


def doubted(
    change: float, language: Language = "en", wobble: Sequence[float] = WOBBLE
) -> list[str]:
    """Return the verdict where 200 h less of search come with a change of what is doubted."""
    kpis = (ILLEGAL, SEARCH, CHOICE)
    result, appraisal = study({"new": (0.0, -200.0, change)}, wobble=wobble, kpis=kpis)
    return verdict(result, appraisal, headline="illegal", language=language)


@pytest.mark.parametrize("change", [-100.0, 100.0, 199.0])
@pytest.mark.parametrize("wobble", [(1.0,), WOBBLE])
def test_the_ratio_is_also_told_without_what_is_doubted(
    change: float, wobble: Sequence[float]
) -> None:
    _, without = study({"new": (0.0, 0.0, -200.0)})
    words = (
        "new: without what drivers gain or lose by choice alone (taste, unease), "
        f"the benefit-cost ratio would be {without['new'].bc:.2f}."
    )
    assert doubted(change, wobble=wobble).count(words) == 1
    korean = f"빼면 편익/비용은 {without['new'].bc:.2f}입니다."
    assert sum(korean in line for line in doubted(change, "ko", wobble)) == 1


@pytest.mark.parametrize("change", [0.0, 1e-4, -2.0])
def test_a_ratio_within_the_noise_is_not_told_without_what_is_doubted(change: float) -> None:
    assert not [line for line in doubted(change) if "by choice alone" in line]


def test_what_tips_the_ratio_over_one_is_told_even_within_the_noise() -> None:
    _, appraisal = study({"new": (0.0, 0.0, -200.0)})
    even = -200.0 / (appraisal["new"].bc or 1.0)
    kpis = (ILLEGAL, SEARCH, CHOICE)
    result, tipped = study({"new": (0.0, even * 0.99, even * 0.02)}, kpis=kpis)
    low, _ = tipped["new"].bc_noise
    assert low is not None
    assert low < 0.99
    said = verdict(result, tipped, headline="illegal")
    assert any("the benefit-cost ratio would be 0.99." in line for line in said)


@pytest.mark.parametrize(
    ("change", "times"), [(-200.0, 0), (-1e-3, 1), (1e-3, 1), (50.0, 1), (0.0, 0)]
)
def test_a_promise_that_is_worth_next_to_nothing_is_told(change: float, times: int) -> None:
    """Of who brings it, not of an alternative that leaves it as it is."""
    kpis = (ILLEGAL, SEARCH, replace(SEARCH, name="promised", promise=True))
    result, appraisal = study({"new": (0.0, -200.0, change)}, kpis=kpis)
    for language, words in (("en", "next to nothing is there"), ("ko", "거의 나타나지 않습니다")):
        said = verdict(result, appraisal, headline="illegal", language=language)  # type: ignore[arg-type]
        assert sum(words in line for line in said) == times
    told = [line for line in said if "promised" in line]
    worth = max(appraisal["new"].benefits.get("promised", 0.0), 0.0)
    cost = appraisal["new"].account("social").pv_cost
    assert all(f"{worth:,.0f}원으로 비용의 {worth / cost:.2%}" in line for line in told)


@pytest.mark.parametrize(("change", "times"), [(-100.0, 1), (0.0, 0), (100.0, 0)])
def test_that_clear_streets_have_no_price_is_said_once_where_they_clear(
    change: float, times: int
) -> None:
    here = replace(ILLEGAL, caveat="clear_streets")
    kpis = (here, replace(here, name="illegal.ring"), SEARCH)
    result, appraisal = study({"one": (change, change, 0.0), "two": (change, 0.0, 0.0)}, kpis=kpis)
    for language, words in (
        ("en", "nobody's gain from streets that are clear is priced."),
        ("ko", "길이 트여서 누군가 얻는 것에는 값을 매기지 않았습니다."),
    ):
        said = verdict(result, appraisal, headline="illegal", language=language)  # type: ignore[arg-type]
        assert sum(words in line for line in said) == times
