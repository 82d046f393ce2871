"""What pictures and reports say, in English and Korean: the English sentence is the key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from twin.experiment.movement_kpis import MOVEMENT
from twin.solution import RING

__all__ = [
    "KOREAN",
    "NOTHING",
    "QUANTITIES",
    "Lang",
    "amount",
    "by_use",
    "check_language",
    "count",
    "gaps",
    "in_doubt",
    "money",
    "quantity",
    "say",
    "sections",
    "signed",
    "unit",
    "word",
]

Lang = Literal["en", "ko"]

KOREAN: Mapping[str, str] = MappingProxyType(
    {
        # pictures
        "in this picture": "그림 안",
        "whole city": "도시 전체",
        "inside buildings, not drawn: {0:,}": "건물 안(그리지 않음): {0:,}",
        "in full lots, not drawn: {0:,}": "가득 찬 주차장(그리지 않음): {0:,}",
        "cars drawn {0:g} x life size": "차량은 실제의 {0:g}배로 그림",
        "in the middle of the picture": "그림 가운데 기준",
        "합성 Synthetic city": "합성 도시 Synthetic",
        "합성 Partly synthetic": "일부 합성 Synthetic",
        "simulated cars": "모의 차량",
        "land in the distance drawn for looks": "먼 지형은 그림일 뿐임",
        "Before": "도입 전",
        "After": "도입 후",
        # the report: headings
        "Verdict": "결론",
        "Before and after": "도입 전과 후",
        "What changes": "무엇이 달라지나",
        "Who pays, who gains": "누가 내고 누가 얻나",
        "When the subsidy ends": "보조금이 끝난 뒤",
        "Published claims": "공표된 성과와의 대조",
        "Assumptions": "가정",
        "Sources of the data": "자료 출처",
        "How this was made": "산출 이력",
        "What the city's data allow": "도시 자료로 할 수 있는 것",
        "What the package gives beside the sum of its parts": "따로 한 것의 합과 묶음의 차이",
        "Not in the data: {0}": "자료에 없음: {0}",
        "parts alone, added": "따로 한 것의 합",
        "together": "함께",
        "beside the sum": "합과의 차이",
        "solution": "정책",
        "trust": "신뢰도",
        "because": "까닭",
        "good": "높음",
        "fair": "보통",
        "illustration only": "예시일 뿐",
        "not possible": "불가능",
        "made up": "만들어 냄",
        "missing": "없음",
        "bus_lines": "버스 노선",
        "bus_stops": "정류장",
        "signal_plans": "신호계획",
        "signal_greens": "신호 녹색시간",
        "buildings": "건물",
        "car_parks": "주차장",
        "crossings": "횡단보도",
        "footways": "보행로",
        "amenities": "시설",
        "districts": "행정동",
        "parks": "공원",
        "water": "하천·호수",
        "trees": "가로수",
        "child_protection_zones": "어린이보호구역",
        "Try before you pay": "돈을 쓰기 전에 먼저 해 보기",
        "How good must it be to pay?": "얼마나 좋아야 이득인가",
        "Benefit over cost against what is in doubt, with the interval from simulation noise.": (
            "불확실한 값에 따른 편익/비용과 모의실험 잡음의 구간입니다."
        ),
        # the report: tables
        "measure": "지표",
        "today": "현재",
        "change": "변화",
        "alternative": "대안",
        "better": "개선",
        "worse": "악화",
        "not clear": "불분명",
        "unchanged": "변화 없음",
        "not defined": "정의되지 않음",
        "runs": "반복",
        "inside the area": "대상지 안",
        "in the ring around it": "주변 지역",
        "account": "계정",
        "benefits": "편익",
        "costs": "비용",
        "net": "순편익",
        "net present value": "순현재가치 (NPV)",
        "benefit-cost ratio": "비용편익비 (B/C)",
        "payback year": "회수 연도",
        "never in the period": "기간 내 없음",
        "social": "사회 전체",
        "national": "국가",
        "local": "지자체",
        "users": "이용자",
        "operator": "운영자",
        "owners": "주차면 소유자",
        "sustained": "자립 지속",
        "not sustained": "자립 불가",
        "value": "값",
        "unit": "단위",
        "source": "출처",
        "kind": "구분",
        "price year": "가격 기준연도",
        "assumption": "가정",
        "claim": "공표 내용",
        "predicted": "모형 예측",
        "what it contradicts": "모순되는 점",
        "verdict": "판정",
        # the report: sentences
        "synthetic city: made in code, no real place": "합성 도시: 코드로 만든 가상의 장소입니다",
        "The difference to today with its {0:.0f} % interval, over {1} paired days.": (
            "현재와의 차이와 {0:.0f} % 구간입니다 (짝지은 하루 {1}회)."
        ),
        "Where the interval holds zero, the effect is not clear.": (
            "구간이 0을 포함하면 효과가 불분명합니다."
        ),
        "The interval is simulation noise only: it has no doubt about the assumptions in it.": (
            "구간은 모의실험의 잡음만 나타냅니다. 가정의 불확실성은 들어 있지 않습니다."
        ),
        "From year {0} on no subsidy is paid. Net a year: local government {1}, operator {2}.": (
            "{0}차 연도부터 보조금이 없습니다. 해마다 순수지: 지자체 {1}, 운영자 {2}."
        ),
        "Present values at {0:.1f} % a year over {1} years, prices of {2}.": (
            "연 {0:.1f} % 할인, {1}년 현재가치, {2}년 가격입니다."
        ),
        "Residual value and avoided costs counted as benefits: B/C {0}.": (
            "잔존가치와 들지 않게 된 비용을 편익으로 보면 B/C {0}."
        ),
        "City and operator together lose nothing if users pay {0} times what they do.": (
            "이용자가 지금의 {0}배를 내면 지자체와 운영자를 합쳐 손해가 없습니다."
        ),
        "year {0}": "{0}차 연도",
        "Scenario": "시나리오",
        "definition": "정의",
        "measured over": "대상",
        "simulation noise alone: {0} to {1}": "모의실험 잡음만: {0} ~ {1}",
        "There is no subsidy to end.": "끝날 보조금이 없습니다.",
        "All measures, with definitions": "모든 지표와 정의",
        "Drag the handle, or use the arrow keys.": "손잡이를 끌거나 화살표 키를 쓰세요.",
        "No alternative was compared.": "비교한 대안이 없습니다.",
        "started by": "실행 명령",
        "seed": "시드",
        "{0} to {1}": "{0} ~ {1}",
        "year": "연도",
        "subsidy ends": "보조금 종료",
        "before: today": "현재",
        "difference to today": "현재와의 차이",
        "million KRW": "백만 원",
        "million KRW a year": "연 백만 원",
        "present value, million KRW": "현재가치, 백만 원",
        "per cent of today": "현재 대비 %",
        # the terminal
        "✓ better  ✗ worse  ~ not clear from noise  = unchanged": (
            "✓ 개선  ✗ 악화  ~ 잡음 안에서 불분명  = 변화 없음"
        ),
        "runs: {0}, intervals: {1}": "반복 {0}회, {1} 구간",
        "M {0}": "백만 {0}",
        "net for: {0}": "순편익: {0}",
        "What was counted beside the twin's day": "실제 계수와 모의한 하루",
        "Fitted to these counts, which prove nothing": "이 관측값에 맞춘 것이므로 검증이 아님",
        "counted": "관측",
        "Korea 2013-2017": "전국 2013~2017년",
        "Daegu 2021": "대구 2021년",
        "Daegu 2021, patrols alone": "대구 2021년, 순찰 단속만",
        "Seoul 1991": "서울 1991년",
        "The people and their day beside published figures": "모의 인구와 하루, 공표된 값과의 대조",
        "aimed at": "목표",
        "published": "공표된 값",
        "no published figure": "공표된 값 없음",
        "All totals of the people and of one day": "인구와 하루 통행의 모든 합계",
        "persons a household": "가구당 인원",
        "in work at 15 to 64": "15~64세 취업률",
        "cars a person": "1인당 승용차",
        "leave for work before seven": "7시 전 출근",
        "trips a resident's car": "거주자 차량당 통행",
        "trips a person": "1인당 통행",
        "drive to work, of those who go": "출근자 중 직접 운전",
        "residents": "거주자",
        "households": "가구",
        "cars of residents": "거주자 차량",
        "cars of commuters from outside": "외부 통근 차량",
        "cars of potential visitors": "올 수 있는 방문 차량",
        "jobs": "일자리",
        "persons": "명",
        "cars": "대",
        "share": "비율",
        "share of trips": "통행 비율",
        "trips a day": "통행/일",
        "private cars per person": "대/인",
        "in the twin": "모의",
        "cars parked": "주차 차량",
        "cars parked illegally": "불법주차 차량",
        "cars an hour": "시간당 차량",
        "tickets per car and year": "차량당 연간 주차단속",
        "cars parked illegally per registered car and day": "등록차량당 하루 불법주차 차량",
        "after the subsidy": "보조금이 끝난 뒤",
        "a year: {0}": "해마다: {0}",
        # measures
        "Ease of parking: time": "주차 편의: 시간",
        "Ease of parking: choice": "주차 편의: 선택",
        "of which: {0}": "그중: {0}",
        "Parking supply rate": "주차 확보율",
        "Illegally parked a day": "하루 불법주차 대수",
        "Illegal parking": "불법주차 (대·시)",
        "Time to find a space": "주차 탐색시간",
        "Slowest tenth of searches": "탐색시간 상위 10 %",
        "Walk from the space": "주차 후 보행",
        "Use of shared spaces": "공유면 이용률",
        "Blocked access": "소방·진입로 막힘",
        "Found nothing and left": "못 찾고 떠난 차",
        "Searching, all cars": "전체 탐색시간",
        "Walking, everybody": "전체 보행시간",
        "Shared spaces offered": "실제 제공된 공유면",
        "Fees on public spaces": "공영 주차요금",
        "Fees on shared spaces": "공유 주차요금",
        "Fees passed on to owners": "소유자 몫 요금",
        "Fines": "과태료",
        "Drivers who yield": "양보한 운전자",
        "Yielding by daylight": "낮의 양보율",
        "Yielding in the dark": "밤의 양보율",
        "Approach speed, 85th percentile": "접근속도 (85백분위)",
        "Approach speed, mean": "평균 접근속도",
        "Close passes": "아슬아슬한 통과",
        "Conflicts with walkers": "보행자 상충",
        "Crashes with walkers, expected": "보행자 사고 (기대값)",
        "Wait at crossings": "횡단 대기시간",
        "Hard braking": "급제동",
        "Rear-end conflicts": "추돌 상충",
        "Signs that work": "표지판 가동률",
        "False alarms": "오경보",
        "True alarms": "참 경보 비율",
        "Crossings on foot": "보행 횡단",
        "Killed, expected": "사망자 (기대값)",
        "Severely injured, expected": "중상자 (기대값)",
        "Slightly injured, expected": "경상자 (기대값)",
        "Hurt in rear-end crashes, expected": "추돌 부상자 (기대값)",
        "Waits at crossings, everybody": "횡단 대기시간 (전체)",
        "Cars before crossings": "횡단보도 앞 차량 시간",
        "Wait for a called bus, all who asked": "호출버스 대기시간 (요청자 전체)",
        "Wait for a called bus, those served": "호출버스 대기시간 (탑승자)",
        "Wait for a called bus, 90th percentile": "호출버스 대기시간 (90백분위)",
        "Ride in a called bus": "호출버스 탑승시간",
        "Ride over the direct drive": "우회율",
        "Requests not served": "미처리 요청",
        "Boardings per vehicle-hour": "차량시간당 승차",
        "Driven empty": "공차 주행 비율",
        "Passenger-km per vehicle-km": "재차 밀도",
        "People on board": "평균 재차인원",
        "Driven by called buses": "호출버스 주행거리",
        "Rides in called buses": "호출버스 이용",
        "Requests": "호출 요청",
        "Riders' gain": "이용자 편익",
        "Fares of called buses": "호출버스 운임",
        "Cost of a ride": "이용 1회 비용",
        "Subsidy of a ride": "이용 1회 보조금",
        "Rides that would pay for the buses": "보조금 없이 운임으로 버스를 유지할 이용",
        "Fares on bus lines": "노선버스 운임",
        "Within 45 min of hospital, school and station": "병원·학교·역 45분 도달 주민",
        "Within 45 min of a hospital": "병원 45분 도달 주민",
        "Within 45 min of a school": "학교 45분 도달 주민",
        "Within 45 min of a station": "역 45분 도달 주민",
        "Within 45 min of all three, 65 and older": "병원·학교·역 45분 도달 (65세 이상)",
        "Wait for buses, all who asked": "버스 대기시간 (이용 희망자 전체)",
        "traffic, walking and buses": "교통, 보행, 버스",
        "Driven by vehicles": "차량 주행거리",
        "Speed on the streets": "도로 속도",
        "Speed in the busiest hour": "가장 붐비는 시간의 속도",
        "Delay of vehicles": "차량 지체",
        "Squeezed into full streets": "꽉 찬 도로로 비집고 든 차",
        "Carbon dioxide of vehicles": "차량 이산화탄소",
        "Fuel of vehicles": "차량 연료",
        "On foot, without a car": "차 없이 걸은 시간",
        "Wait for buses of a line": "노선버스 대기시간",
        "Rides in buses of a line": "노선버스 이용",
    }
)
# Names of quantities as the solutions give them, in words.
QUANTITIES: Mapping[str, str] = MappingProxyType(
    {
        "parking.supply_rate": "Parking supply rate",
        "parking.ease_time": "Ease of parking: time",
        "parking.ease_choice": "Ease of parking: choice",
        "parking.illegal_daily": "Illegally parked a day",
        "parking.illegal_veh_h": "Illegal parking",
        "parking.search_time": "Time to find a space",
        "parking.search_p90": "Slowest tenth of searches",
        "parking.walk": "Walk from the space",
        "parking.share_util": "Use of shared spaces",
        "parking.blocked_access": "Blocked access",
        "parking.failed": "Found nothing and left",
        "sharing.offered": "Shared spaces offered",
        "parking.search_h": "Searching, all cars",
        "parking.walk_h": "Walking, everybody",
        "parking.fees_public": "Fees on public spaces",
        "parking.fees_shared": "Fees on shared spaces",
        "parking.fees_owners": "Fees passed on to owners",
        "parking.fines": "Fines",
        "xwalk.yield": "Drivers who yield",
        "xwalk.yield_light": "Yielding by daylight",
        "xwalk.yield_dark": "Yielding in the dark",
        "xwalk.v85_approach": "Approach speed, 85th percentile",
        "xwalk.approach": "Approach speed, mean",
        "xwalk.pet": "Close passes",
        "xwalk.conflicts": "Conflicts with walkers",
        "xwalk.crash_year": "Crashes with walkers, expected",
        "xwalk.ped_delay": "Wait at crossings",
        "xwalk.hard_brakes": "Hard braking",
        "xwalk.rear_end": "Rear-end conflicts",
        "xwalk.uptime": "Signs that work",
        "xwalk.false_alarms": "False alarms",
        "xwalk.true_share": "True alarms",
        "xwalk.walkers": "Crossings on foot",
        "xwalk.deaths": "Killed, expected",
        "xwalk.serious": "Severely injured, expected",
        "xwalk.slight": "Slightly injured, expected",
        "xwalk.rear_hurt": "Hurt in rear-end crashes, expected",
        "xwalk.ped_delay_h": "Waits at crossings, everybody",
        "xwalk.car_h": "Cars before crossings",
        "drt.wait_all": "Wait for a called bus, all who asked",
        "drt.wait": "Wait for a called bus, those served",
        "drt.wait_p90": "Wait for a called bus, 90th percentile",
        "drt.ride": "Ride in a called bus",
        "drt.detour": "Ride over the direct drive",
        "drt.reject": "Requests not served",
        "drt.pax_per_vh": "Boardings per vehicle-hour",
        "drt.empty_km_share": "Driven empty",
        "drt.occupancy": "Passenger-km per vehicle-km",
        "drt.on_board": "People on board",
        "drt.km": "Driven by called buses",
        "drt.riders": "Rides in called buses",
        "drt.asked": "Requests",
        "drt.gain": "Riders' gain",
        "drt.fares": "Fares of called buses",
        "drt.cost_per_pax": "Cost of a ride",
        "drt.subsidy_per_pax": "Subsidy of a ride",
        "drt.rides_to_pay": "Rides that would pay for the buses",
        "transit.fares": "Fares on bus lines",
        "drt.access": "Within 45 min of hospital, school and station",
        "drt.access_hospital": "Within 45 min of a hospital",
        "drt.access_school": "Within 45 min of a school",
        "drt.access_station": "Within 45 min of a station",
        "drt.access_old": "Within 45 min of all three, 65 and older",
        "transit.wait_all": "Wait for buses, all who asked",
        "move.vkm": "Driven by vehicles",
        "move.kmh": "Speed on the streets",
        "move.kmh_busiest": "Speed in the busiest hour",
        "move.delay": "Delay of vehicles",
        "move.squeezes": "Squeezed into full streets",
        "move.co2": "Carbon dioxide of vehicles",
        "move.fuel": "Fuel of vehicles",
        "move.walk_h": "On foot, without a car",
        "move.bus_wait": "Wait for buses of a line",
        "move.riders": "Rides in buses of a line",
    }
)
UNITS: Mapping[str, str] = MappingProxyType(
    {
        "veh": "대",
        "spaces": "면",
        "veh/day": "대/일",
        "veh-h/day": "대·시/일",
        "person-h/day": "인·시/일",
        "person/day": "명/일",
        "crashes/year": "건/년",
        "1/day": "건/일",
        "1/veh-h": "회/대·시",
        "veh-km/day": "대·km/일",
        "t/day": "톤/일",
        "L/day": "L/일",
        "rides/day": "회/일",
        "requests/day": "건/일",
        "KRW/ride": "원/회",
        "ratio": "배",
        "buses": "대",
        "min": "분",
        "s": "초",
        "h": "시간",
        "min/day": "분/일",
        "KRW/day": "원/일",
        "KRW": "원",
        "KRW/year": "원/년",
        "year": "년",
        "years": "년",
    }
)
COUNTS: Mapping[str, str] = MappingProxyType(
    {
        "parked": "cars parked",
        "illegal": "cars parked illegally",
        "cars_per_hour": "cars an hour",
        "tickets_per_car_year": "tickets per car and year",
        "illegal_per_car_day": "cars parked illegally per registered car and day",
    }
)
NOTHING = "–"


def say(english: str, lang: Lang = "en", *values: object) -> str:
    """Return a sentence in a language, its values set in.

    Raises
    ------
    KeyError
        Where the sentence has no Korean yet.
    """
    if lang == "en":
        return english.format(*values) if values else english
    if english not in KOREAN:
        raise KeyError(f"no Korean for {english!r}: add it to viz.words.KOREAN")
    return KOREAN[english].format(*values) if values else KOREAN[english]


def word(english: str, lang: Lang = "en") -> str:
    """Return a name in a language; one without Korean, like that of a place, stays as it is."""
    return KOREAN.get(english, english) if lang == "ko" else english


def count(row: Mapping[str, Any], lang: Lang = "en") -> str:
    """Return what was counted where and when, of a row of ``observed`` in ``results.json``."""
    where = word(row["place"], lang)
    if row["hour"] is not None:
        where += f", {int(row['hour']):02d}:{round(row['hour'] % 1 * 60):02d}"
    return f"{where}, {say(COUNTS.get(row['quantity'], row['quantity']), lang)}"


def by_use(
    rows: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Yield the counts that test the twin under their title, then those it was fitted to."""
    titles = "What was counted beside the twin's day", "Fitted to these counts, which prove nothing"
    for fitted, title in enumerate(titles):
        chosen = [row for row in rows if row.get("fitted", False) == bool(fitted)]
        if chosen:
            yield title, chosen


def gaps(readiness: Mapping[str, Any], lang: Lang = "en") -> str:
    """Return what the files of a city do not tell, in one line; empty where they tell all."""
    found = (readiness.get("gaps") or {}).items()
    told = ", ".join(f"{word(layer, lang)} ({word(state, lang)})" for layer, state in found)
    return say("Not in the data: {0}", lang, told) if told else ""


def in_doubt(curve: Mapping[str, Any], lang: Lang = "en") -> str:
    """Return what a curve of ``results.json`` is over, as its solution calls it."""
    return str(curve["korean" if lang == "ko" else "english"])


def check_language(lang: str) -> None:
    """Refuse a language that there is no wording for."""
    if lang not in {"en", "ko"}:
        raise ValueError(f"lang must be one of en, ko, got {lang!r}")


def quantity(name: str, lang: Lang = "en") -> str:
    """Return the words for a measure, without ``.ring``; a measure without words keeps its name."""
    plain = name.removesuffix(RING)
    return say(QUANTITIES[plain], lang) if plain in QUANTITIES else plain


def amount(value: float | None, *, digits: int = 3) -> str:
    """Return a number with about three figures, thousands apart; a dash where there is none."""
    if value is None:
        return NOTHING
    size = abs(value)
    if size >= 10 ** (digits - 1) or size == 0:
        return f"{value:,.0f}"
    decimals = min(max(digits - 1 - _magnitude(size), 0), 4)
    return f"{value:,.{decimals}f}"


def signed(value: float | None) -> str:
    """Return a change with its sign; a dash where there is none."""
    if value is None:
        return NOTHING
    text = amount(abs(value))
    if not text.strip("0.,"):
        return f"±{text}"
    return ("+" if value > 0 else "-") + text


def money(won: float | None, lang: Lang = "en") -> str:
    """Return an amount of won in words that a budget uses: millions of KRW, or 만 원 and 억 원."""
    if won is None:
        return NOTHING
    sign, size = "-" if won < 0 else "", abs(won)
    if lang == "en":
        return f"{sign}KRW {amount(size / 1e6)} million"
    if size >= 1e8:
        return f"{sign}{amount(size / 1e8)}억 원"
    return f"{sign}{amount(size / 1e4)}만 원"


def sections(
    kpis: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[bool, bool, list[Mapping[str, Any]]]]:
    """Yield the measures of the area and of its ring, of each those of movement after the others.

    With whether they are of the ring, and of movement.
    """
    for ring in (False, True):
        for moving in (False, True):
            rows = [
                kpi for kpi in kpis
                if kpi["name"].endswith(RING) == ring
                and (kpi["name"].removesuffix(RING) in MOVEMENT) == moving
            ]  # fmt: skip
            if rows:
                yield ring, moving, rows


def unit(name: str, lang: Lang = "en") -> str:
    """Return a unit in the language of the reader."""
    return UNITS.get(name, name) if lang == "ko" else name


def _magnitude(size: float) -> int:
    return int(f"{size:e}".split("e")[1])
