"""What pictures and reports say, in English and Korean: the English sentence is the key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from twin.experiment.movement_kpis import MOVEMENT
from twin.solution import RING
from viz.korean import KOREAN

__all__ = [
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
    "place",
    "quantity",
    "say",
    "sections",
    "shown_in",
    "signed",
    "unit",
    "word",
]

Lang = Literal["en", "ko"]

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
        "drone.eye": "Call to first eye on the scene",
        "drone.eye_p90": "Call to first eye, 90th percentile",
        "drone.t_eye": "Call to a drone's picture, median",
        "drone.t_eye_p90": "Call to a drone's picture, 90th percentile",
        "drone.first": "Calls that a drone saw first",
        "drone.in_time": "Calls that a drone saw in time",
        "drone.cover_people": "Residents within a drone's reach in time",
        "drone.cover_area": "Ground within a drone's reach in time",
        "drone.lead": "Lead over the ground crew",
        "drone.lead_worth": "Worth of the lead",
        "drone.unserved": "Calls that no drone went to",
        "drone.ready": "Drones ready to start",
        "drone.cleared": "Calls for nothing told in time",
        "drone.crew_h": "Crews' time saved",
        "drone.wrong_clear": "Real cases taken for nothing",
        "drone.found": "Seen before anybody called",
        "drone.gap_p95": "Between visits of a patrol, 95th percentile",
        "drone.privacy": "Flown over homes",
        "drone.flown": "Time in the air",
        "drone.lost": "Drones lost",
        "quarantine.compliance": "Masks worn in the park",
        "quarantine.averted": "Infections averted by robots, expected",
        "quarantine.infections": "Infections in the park, expected",
        "quarantine.worker_h": "Hours of sprayers saved",
        "quarantine.disinfected": "Ground sprayed an hour",
        "quarantine.encounters": "People passed by robots",
        "quarantine.warned": "Told to wear a mask, rightly",
        "quarantine.false_alarms": "Told to wear a mask, wrongly",
        "quarantine.false_1000": "Wrongly told, of 1,000 visits",
        "quarantine.true_share": "Rightly told, of all who are told",
        "quarantine.visits": "Visits to the park",
        "quarantine.uptime": "Quarantine robots at work",
        "quarantine.km": "Gone by quarantine robots",
        "quarantine.cost_per_point": "Cost of a point more of masks",
        "patrol.gap_p95": "Out of sight, 95th percentile",
        "patrol.coverage": "Park seen within 15 min",
        "patrol.reached": "Park that comes into sight",
        "patrol.detect_fire": "Fires seen while they last",
        "patrol.detect_crime": "Crimes seen while they last",
        "patrol.detect_fall": "Falls seen while somebody lies",
        "patrol.t_crime": "Time until a crime is seen",
        "patrol.t_fire": "Time until a fire is known",
        "patrol.deterred": "Crimes deterred, expected",
        "patrol.crimes": "Crimes in the park that are left",
        "patrol.fire_loss": "Loss by fires, expected",
        "patrol.guard_h": "Hours of guards saved",
        "patrol.operator_h": "Hours spent on alarms",
        "patrol.looks": "Cases that robots see, expected",
        "patrol.first": "Cases that robots see first, expected",
        "patrol.seen": "Events seen by who is on watch, expected",
        "patrol.alarms": "False alarms of robots and cameras",
        "patrol.false_alarms": "False alarms an hour",
        "patrol.true_share": "True alarms of all",
        "patrol.incidents_1000": "Incidents of 1,000 visits, expected",
        "patrol.uptime": "Patrol robots at work",
        "patrol.km": "Gone by patrol robots",
        "patrol.met": "Walkers met by patrol robots",
        "robot.lead_time": "Meals, from asking to the door",
        "robot.lead_time_p90": "Meals, from asking to the door, 90th percentile",
        "robot.on_time": "Meals on time",
        "robot.lead_own": "Meals by robots, from asking to the door",
        "robot.share": "Orders that robots brought",
        "robot.delivered": "Orders that robots brought, a day",
        "robot.taken": "Orders asked of robots that they brought",
        "robot.rain_share": "Orders in rain that robots brought",
        "robot.cost_per_delivery": "Cost of an order by robot",
        "delivery.rider_cost": "Cost of an order by rider",
        "delivery.van_cost": "Cost of a parcel by van",
        "delivery.paid": "Paid to riders and couriers",
        "delivery.rider_orders": "Orders that riders brought",
        "delivery.van_orders": "Parcels that vans brought",
        "delivery.veh_km": "Driven by riders and vans",
        "delivery.rider_km": "Driven by a rider for an order",
        "delivery.van_km": "Driven by vans for a parcel",
        "robot.veh_km_avoided": "Vehicle-km that an order by robot avoids",
        "robot.km": "Gone by robots",
        "robot.km_auto": "Gone between two calls for help",
        "robot.help_wait_p95": "Wait for help from afar, 95th percentile",
        "robot.ped_conflict": "Conflicts of robots with walkers",
        "robot.crossing_wait": "Wait of robots at crossings, an order",
        "robot.utilisation": "Robots at work",
        "robot.fleet_needed": "Robots needed in the busiest hour",
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
        "KRW/order": "원/건",
        "orders/day": "건/일",
        "km/order": "km/건",
        "km/day": "km/일",
        "1/km": "회/km",
        "robots": "대",
        "KRW/h": "원/시간",
        "KRW/KRW": "원/원",
        "1/year": "1/년",
        "m/h": "m/시간",
        "persons": "명",
        "households": "가구",
        "cars": "대",
        "jobs": "개",
        "ratio": "배",
        "buses": "대",
        "min": "분",
        "s": "초",
        "h": "시간",
        "h/day": "시간/일",
        "m2/h": "m2/시간",
        "1/h": "회/시간",
        "1/1000 visits": "건/방문 1,000건",
        "KRW/point/year": "원/점·년",
        "crime/day": "건/일",
        "KRW/min": "원/분",
        "KRW/person-h": "원/인·시",
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
NEW_TOWN = re.compile(r"\(new town of ([\d,]+), seed (\d+)\)")


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
        raise KeyError(f"no Korean for {english!r}: add it to viz.korean")
    return KOREAN[english].format(*values) if values else KOREAN[english]


def word(english: str, lang: Lang = "en") -> str:
    """Return a name in a language; one without Korean, like that of a place, stays as it is."""
    return KOREAN.get(english, english) if lang == "ko" else english


def place(name: str, lang: Lang = "en") -> str:
    """Return the name of a city or an area; what a new town is made of is said in the language."""
    return NEW_TOWN.sub(r"(가상 신도시, 인구 \1명, 시드 \2)", name) if lang == "ko" else name


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


def shown_in(kind: str, lang: Lang = "en") -> tuple[float, str]:
    """Return what a value is times and the unit it is shown in: sums of money are in millions.

    Money of a single ride or order is a price that people know, and stays as it is.
    """
    name = unit(kind, lang)
    if kind.startswith("KRW") and kind not in {"KRW/ride", "KRW/order"}:
        return 1e-6, say("M {0}", lang, name)
    return 1.0, name


def _magnitude(size: float) -> int:
    return int(f"{size:e}".split("e")[1])
