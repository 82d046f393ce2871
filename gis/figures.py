"""Figures that a city is filled with and its people are aimed at, each with unit, source and tag.

A tag names the kind of evidence: ``S`` a published figure, ``L`` a legal rule, ``D`` arithmetic on
published figures (the arithmetic stands in the source), ``GK`` an assumption without a source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

__all__ = ["FIGURES", "TABLES", "Figure", "Table", "figure", "table"]

Tag = Literal["S", "L", "D", "GK"]


@dataclass(frozen=True)
class Figure:
    """A number with its unit, where it comes from, and how far it can be trusted."""

    value: float
    unit: str
    source: str = "assumption"
    tag: Tag = "GK"


@dataclass(frozen=True)
class Table:
    """Rows of numbers with their unit, where they come from, and how far they can be trusted."""

    rows: Mapping[str, tuple[float, ...]]
    unit: str
    source: str = "assumption"
    tag: Tag = "GK"


CENSUS_2022 = "Statistics Korea, 2022 population census (v.daum.net/v/20230727162941597)"
CENSUS_2020 = "Statistics Korea, 2020 census sample (economist.co.kr ecn202111290056)"
SURVEY_2010 = (
    "Seoul, household travel survey of 2010 (sedaily.com 1HR2NE0K2L, emetro.co.kr 2013021800156)"
)
MODES_2024 = "Korea Transport Institute, Sejong in 2024 (joongdo.co.kr 20250930010011754)"
MODES_2018 = "City of Daejeon, 2018 traffic survey (ipnews.kr 172850)"
SPEEDS_2014 = "Seoul, all streets in 2014 (sports.chosun.com 201504280100320980022461)"
BUSES_2023 = "Seoul, 385 bus lines in 2023 (v.daum.net/v/8Hg9pFMUFw)"
COUNTS_2013 = "Seoul, 100 busy places in October 2013 (m.pressna.com 179567324869691)"
CITIES_2001 = "Ministry of Construction, seven cities in 2001 (hankyung.com 2002032171738)"
PUPILS_2010 = (
    "Ministry of Land, national survey of 2010, elementary pupils (ajunews 20110518000042)"
)
VALUE_OF_TIME = "guideline values of 2016 as quoted by a public wiki, of low grade"
COMMUTES_2023 = "Statistics Korea, mobile-phone commutes of 2023 (v.daum.net/v/20231221172002954)"
LAND_RULE = "Parking Act decree, annex 1, as of 1999 (hankyung.com 1999032902701)"
HOUSE_RULE = "Parking Act decree of 2004 (hankyung.com 2004020363951)"
DWELLING_RULE = (
    "Housing construction standards, art. 27: 1 a dwelling (junghwaholic.tistory.com/1162)"
)
VILLA_RULE = (
    "Seoul ordinance before 2002: 0.6, then 0.7 a household (hankookilbo.com 199911130089889588)"
)
STOPPING_BAN = "Road Traffic Act, art. 32: 5 m from a corner (nbnnews.co.kr idxno=488617)"
DOAN_SIGNALS = "ETRI, signal plans of 115 junctions in Doan, Daejeon (traffic-simulator, 2022)"
WALK_TIME = "Seoul, operation of signals: 7 s and 1 s a metre (etoday.co.kr/news/view/757957)"
CAR_PARKS = (
    "National standard data of car parks, data.go.kr, 2022-12: 14,651 car parks, 910,000 spaces"
)

_FIGURES: dict[str, Figure] = {
    # households and ages
    "household_1": Figure(0.345, "share of households", CENSUS_2022, "S"),
    "household_2": Figure(0.288, "share of households", CENSUS_2022, "S"),
    "household_3": Figure(0.192, "share of households", CENSUS_2022, "S"),
    "household_4": Figure(
        0.135, "share of households", f"{CENSUS_2022}: 4 or more 17.6 %, mean 2.25", "D"
    ),
    "household_5": Figure(
        0.040, "share of households", f"{CENSUS_2022}: 4 or more 17.6 %, mean 2.25", "D"
    ),
    "persons_per_household": Figure(2.25, "persons", CENSUS_2022, "S"),
    "occupied_dwellings": Figure(0.93, "share of dwellings"),
    # cars
    "cars_per_person": Figure(
        0.40,
        "private cars per person",
        "Kukmin Ilbo 2026-02-16: one private car for 2.5 persons (kmib.co.kr 0029402725)",
        "D",
    ),
    "trips_per_car": Figure(2.47, "trips a day", SURVEY_2010, "S"),
    # trips and modes of residents
    "trips_per_person": Figure(2.61, "trips a day, residents of five and more", SURVEY_2010, "S"),
    "mode_car": Figure(0.542, "share of trips", MODES_2024, "S"),
    "mode_bus": Figure(0.098, "share of trips, bus and rail", MODES_2024, "S"),
    "mode_others": Figure(0.360, "share of trips, walk, bicycle, scooter, taxi", MODES_2024, "S"),
    "mode_car_inside": Figure(0.421, "share of trips within the city", MODES_2024, "S"),
    "mode_bus_inside": Figure(0.061, "share of trips within the city", MODES_2024, "S"),
    "mode_others_inside": Figure(0.518, "share of trips within the city", MODES_2024, "S"),
    "mode_car_outside": Figure(0.804, "share of trips across the edge", MODES_2024, "S"),
    "mode_bus_outside": Figure(0.178, "share of trips across the edge", MODES_2024, "S"),
    "mode_others_outside": Figure(0.018, "share of trips across the edge", MODES_2024, "S"),
    "walk_commute": Figure(0.138, "share of commuters", CENSUS_2020, "S"),
    "bus_commute": Figure(0.114, "share of commuters, city bus alone", CENSUS_2020, "S"),
    "purpose_home": Figure(0.4235, "share of trips", CITIES_2001, "S"),
    "purpose_work": Figure(0.1651, "share of trips", CITIES_2001, "S"),
    "purpose_school": Figure(0.1245, "share of trips", CITIES_2001, "S"),
    "time_car_krw_h": Figure(9_700.0, "KRW/h of 2016, own business", VALUE_OF_TIME, "S"),
    "time_krw_h": Figure(5_000.0, "KRW/h of 2016, passengers on own business", VALUE_OF_TIME, "S"),
    "waiting_weight": Figure(2.0, "of an hour in the vehicle"),
    "walking_weight": Figure(1.7, "of an hour in the vehicle"),
    "cycling_weight": Figure(1.5, "of an hour in the vehicle"),
    "walking_kmh": Figure(4.0, "km/h"),
    "cycling_kmh": Figure(13.0, "km/h, door to door"),
    "bus_kmh": Figure(18.0, "km/h, stops included", BUSES_2023, "S"),
    "bus_beyond_kmh": Figure(
        25.0,
        "km/h between towns, stops included",
        f"{BUSES_2023}: 24.7 of lines to other towns",
        "D",
    ),
    "headway_h": Figure(0.2, "h between buses"),
    "stop_m": Figure(300.0, "m of walk to a bus stop that is not on the map"),
    "bus_krw": Figure(1_250.0, "KRW of 2016, transfers free"),
    "fuel_krw_km": Figure(130.0, "KRW/km of 2016"),
    "to_and_from_car_s": Figure(120.0, "s of a trip by car, to the car and from it"),
    "taxi_wait_h": Figure(0.08, "h"),
    "taxi_krw": Figure(2_800.0, "KRW of 2016"),
    "taxi_first_km": Figure(2.0, "km that the first fare covers"),
    "taxi_krw_km": Figure(714.0, "KRW/km of 2016 beyond"),
    "mode_scale_krw": Figure(2_000.0, "KRW of generalised cost a unit of utility"),
    "taste_scale": Figure(0.7, "of lasting tastes, in units of the mood of the day"),
    # schools
    "in_school": Figure(0.98, "share of those of 6 to 17 years without work"),
    "in_university": Figure(0.70, "share of those of 18 to 22 years without work"),
    "after_school": Figure(0.57, "share of pupils at an academy after school", PUPILS_2010, "S"),
    "school_m2": Figure(8.0, "m2 of floor a pupil"),
    "school_choice_km": Figure(0.3, "km a unit of utility in the choice of a school"),
    # work
    "employed_15_64": Figure(
        0.695, "share", "Statistics Korea, employment of 2024 (ktab.kr press 3493)", "S"
    ),
    "employed_15_29": Figure(
        0.46, "share", "Statistics Korea, employment of December 2023 (15 to 29)", "S"
    ),
    "employed_65": Figure(0.38, "share"),
    "car_commute": Figure(0.508, "share of commuters, car or van", CENSUS_2020, "S"),
    "commuters_per_car": Figure(1.1, "persons"),
    "car_commute_in": Figure(0.349, "share of trips into Seoul by car", SURVEY_2010, "S"),
    "leave_home_h": Figure(
        7.68,
        "h",
        f"{COMMUTES_2023}: 24.6 % leave before 7, with a standard deviation of 1 h [assumption]",
        "D",
    ),
    "before_seven": Figure(0.246, "share of commuters leaving home", COMMUTES_2023, "S"),
    "leave_home_sd_h": Figure(1.0, "h"),
    "leave_home_day_sd_h": Figure(0.15, "h, from day to day"),
    "way_in_h": Figure(0.4, "h from a home outside to the gate"),
    "at_work_day_sd_h": Figure(0.5, "h, from day to day"),
    "at_work_h": Figure(9.0, "h"),
    "at_work_sd_h": Figure(1.7, "h"),
    # visits
    "visit_chance": Figure(0.2, "of a potential visitor, on a weekday"),
    "guests_a_dwelling": Figure(0.08, "visits by car a day"),
    # distances and speeds
    "length_work_km": Figure(11.1, "km, mean commute of Seoul", SURVEY_2010, "S"),
    "length_other_km": Figure(8.9, "km, mean of all trips of Seoul", SURVEY_2010, "S"),
    "length_shop_km": Figure(4.0, "km"),
    "length_school_km": Figure(3.0, "km"),
    "length_near_km": Figure(0.6, "km, errands around the home"),
    "detour": Figure(1.3, "road over straight distance"),
    "speed_kmh": Figure(20.0, "km/h, door to door by car in a city"),
    "street_kmh": Figure(25.7, "km/h", SPEEDS_2014, "S"),
    "street_morning_kmh": Figure(24.9, "km/h", f"{SPEEDS_2014}: Mondays from 7 to 9", "S"),
    "street_evening_kmh": Figure(21.0, "km/h", f"{SPEEDS_2014}: Fridays from 17 to 19", "S"),
    # buildings
    "storey_m": Figure(3.0, "m"),
    "storey_office_m": Figure(3.8, "m"),
    "gross_apartment_m2": Figure(112.0, "m2 of floor a dwelling"),
    "gross_villa_m2": Figure(70.0, "m2 of floor a dwelling"),
    "gross_house_m2": Figure(150.0, "m2 of floor a dwelling"),
    # off-street parking
    "spaces_apartment": Figure(1.0, "spaces a dwelling", DWELLING_RULE, "L"),
    "spaces_villa": Figure(0.6, "spaces a dwelling", VILLA_RULE, "L"),
    "spaces_house_m2": Figure(150.0, "m2 for the first space", HOUSE_RULE, "L"),
    "spaces_house_next_m2": Figure(100.0, "m2 for each further space", HOUSE_RULE, "L"),
    "space_office_m2": Figure(150.0, "m2 a space", LAND_RULE, "L"),
    "space_shop_m2": Figure(150.0, "m2 a space", LAND_RULE, "L"),
    "space_hospital_m2": Figure(150.0, "m2 a space", LAND_RULE, "L"),
    "space_public_m2": Figure(150.0, "m2 a space", LAND_RULE, "L"),
    "space_school_m2": Figure(300.0, "m2 a space"),
    "space_industry_m2": Figure(350.0, "m2 a space"),
    "space_other_m2": Figure(300.0, "m2 a space"),
    "space_parking_m2": Figure(30.0, "m2 of a parking building a space, aisles included"),
    "public_spaces_per_person": Figure(
        0.0176, "spaces", f"{CAR_PARKS}, over 51.8 million residents", "D"
    ),
    "public_spaces_each": Figure(62.0, "spaces a car park", f"{CAR_PARKS}", "D"),
    "public_price": Figure(1200.0, "KRW/h", f"{CAR_PARKS}: median of those that charge", "D"),
    "kerb_price": Figure(
        1200.0, "KRW/h", f"{CAR_PARKS}: median of those that charge, on-street", "D"
    ),
    "resident_price": Figure(0.0, "KRW/h beside the monthly fee"),
    # buses
    "capacity_bus": Figure(60.0, "persons in a bus of 11 m, standing included"),
    "capacity_brt": Figure(84.0, "persons in an articulated bus, standing included"),
    "seats_bus": Figure(25.0, "seats"),
    "seats_brt": Figure(40.0, "seats"),
    # kerbs and streets
    "bay_m": Figure(6.0, "m of kerb a car"),
    "corner_m": Figure(5.0, "m", STOPPING_BAN, "L"),
    "parked_width_m": Figure(2.0, "m of carriageway a parked car takes"),
    "clear_width_m": Figure(3.0, "m left for a car to pass"),
    "lane_m": Figure(3.2, "m"),
    "kerb_legal_share": Figure(0.12, "share of streets wide enough with painted bays"),
    "resident_share": Figure(0.30, "share of narrow residential streets with residents' bays"),
    # signals
    "yellow_s": Figure(3.0, "s", f"{DOAN_SIGNALS}: 3 s after nine greens in ten", "D"),
    "least_green_s": Figure(10.0, "s"),
    "walk_start_s": Figure(7.0, "s before the first step", WALK_TIME, "S"),
    "walk_m_s": Figure(1.0, "m/s on a crossing", WALK_TIME, "S"),
    "least_cycle_s": Figure(90.0, "s", f"{DOAN_SIGNALS}: the shortest", "D"),
    "most_cycle_s": Figure(180.0, "s", f"{DOAN_SIGNALS}: exceeded by one of 546 plans", "D"),
    "saturation": Figure(1900.0, "cars/h and lane", "Highway Capacity Manual 2010, base flow", "S"),
    "car_m": Figure(5.0, "m, of a car that clears a junction"),
    "left_share": Figure(0.2, "share of the cars of an approach"),
    "right_share": Figure(0.15, "share of the cars of an approach"),
}

REGISTER = (
    "Ministry of the Interior and Safety, resident registration, 2024-06: 379 dongs of 7 cities"
)
STREET_CLASSES = "lanes a direction, km/h, sidewalk (1: yes), where a map is silent"

_TABLES: dict[str, Table] = {
    "ages": Table(
        {
            "share": (
                0.0273, 0.0399, 0.0472, 0.0470, 0.0560, 0.0688, 0.0716, 0.0646, 0.0808, 0.0771,
                0.0892, 0.0846, 0.0814, 0.0628, 0.0381, 0.0273, 0.0201, 0.0112, 0.0040, 0.0009,
                0.0001,
            )
        },
        "share of residents by age, 0-4, 5-9 ... 100+", REGISTER, "D",
    ),
    "living": Table(
        {
            "0": (0.0005, 0.10, 0.30, 0.43, 0.17),
            "20": (0.30, 0.18, 0.24, 0.21, 0.07),
            "30": (0.20, 0.20, 0.26, 0.26, 0.08),
            "45": (0.17, 0.26, 0.27, 0.24, 0.06),
            "60": (0.22, 0.48, 0.19, 0.08, 0.03),
            "75": (0.35, 0.45, 0.12, 0.05, 0.03),
        },
        "share in households of 1 to 5+ by age from this one on; where the fit starts",
    ),
    "employed": Table(
        {
            "share": (
                0, 0, 0, 0.07, 0.45, 0.71, 0.79, 0.79, 0.79, 0.80, 0.78,
                0.75, 0.62, 0.52, 0.42, 0.30, 0.18, 0.06, 0, 0, 0,
            )
        },
        "share in work by age, 0-4, 5-9 ... 100+",
    ),
    "cars": Table(
        {
            "1": (0.56, 0.42, 0.02, 0.00),
            "2": (0.25, 0.55, 0.20, 0.00),
            "3": (0.14, 0.52, 0.31, 0.03),
            "4": (0.08, 0.50, 0.36, 0.06),
            "5": (0.08, 0.44, 0.38, 0.10),
        },
        "share of households of 1 to 5+ with 0, 1, 2, 3 cars; together 0.41 a person",
    ),
    "streets": Table(
        {
            "motorway": (3, 100, 0), "trunk": (3, 80, 0), "primary": (3, 60, 1),
            "secondary": (2, 50, 1), "tertiary": (1, 50, 1), "unclassified": (1, 40, 1),
            "residential": (1, 30, 0), "living_street": (1, 20, 0), "service": (1, 20, 0),
            "busway": (1, 50, 0),
        },
        STREET_CLASSES,
    ),
    "narrow": Table(
        {"residential": (6.0,), "living_street": (5.0,), "service": (5.0,)},
        "m of carriageway without marked lanes",
    ),
    "lane_flow": Table(
        {
            "motorway": (900,), "trunk": (700,), "primary": (600,), "secondary": (450,),
            "tertiary": (300,), "unclassified": (150,), "residential": (100,),
            "living_street": (50,), "service": (30,), "busway": (40,),
        },
        "cars/h and lane in the peak, for the timing of signals",
    ),
    "cars_by_hour": Table(
        {
            "7": (0.0573,), "8": (0.0618,), "9": (0.0568,), "10": (0.0523,), "17": (0.0543,),
            "18": (0.0558,),
        },
        "share of cars a weekday",
        f"{COUNTS_2013}: 405,000 to 370,000 cars an hour of 7,074,000 a weekday", "D",
    ),
    "trips_by_hour": Table(
        {
            "share": (
                0.001, 0.001, 0.001, 0.001, 0.004, 0.015, 0.047, 0.135, 0.116, 0.051, 0.035, 0.030,
                0.035, 0.045, 0.055, 0.061, 0.067, 0.084, 0.076, 0.046, 0.036, 0.033, 0.018, 0.007,
            )
        },
        "share of trips a weekday that start in each hour",
        "Ministry of Land and Korea Transport Institute, national survey of 2010 "
        "(pro1.co.kr gongjinew 705863)", "S",
    ),
    "signal_slots": Table(
        {
            "0": (7.0, 0.25), "7": (9.5, 1.0), "9.5": (17.0, 0.7), "17": (20.0, 1.0),
            "20": (24.0, 0.5),
        },
        "from h of the day: to h, share of the flow of the peak",
    ),
    "floors": Table(
        {
            "apartment": (15,), "villa": (4,), "house": (2,), "office": (7,), "shop": (3,),
            "school": (4,), "hospital": (5,), "public": (3,), "industry": (2,), "parking": (4,),
            "other": (2,),
        },
        "floors where a map is silent",
    ),
    "job_area": Table(
        {
            "office": (25.0,), "shop": (45.0,), "school": (120.0,), "hospital": (50.0,),
            "public": (60.0,), "industry": (80.0,), "parking": (2000.0,), "other": (150.0,),
        },
        "m2 of floor a job",
    ),
    "attraction": Table(
        {
            # office, shop, school, hospital, public, industry, other
            "business": (0.5, 0.15, 0.0, 0.0, 0.5, 0.3, 0.0),
            "shop": (0.0, 1.6, 0.0, 0.0, 0.0, 0.0, 0.0),
            "leisure": (0.0, 0.5, 0.0, 0.0, 0.5, 0.0, 0.2),
            "school": (0.0, 0.0, 0.6, 0.0, 0.0, 0.0, 0.0),
            "other": (0.2, 0.0, 0.0, 2.0, 1.0, 0.0, 0.2),
        },
        "visits by car a day and 100 m2 of floor: office, shop, school, hospital, public, "
        "industry, other",
    ),
    "stays": Table(
        {
            "business": (1.5, 0.7), "shop": (1.0, 0.8), "leisure": (2.2, 0.8),
            "school": (0.25, 1.0), "other": (1.5, 0.8),
        },
        "h on the mean, coefficient of variation",
    ),
    "starts": Table(
        {
            "business": (0, 0, 0, 1, 3, 6, 7, 4, 3, 6, 7, 6, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
            "shop": (0, 0, 0, 1, 2, 5, 9, 10, 8, 7, 8, 9, 9, 9, 9, 7, 4, 2, 1, 0, 0, 0, 0, 0),
            "leisure": (0, 1, 2, 2, 3, 5, 8, 9, 8, 8, 8, 7, 7, 8, 9, 7, 4, 2, 1, 1, 0, 0, 0, 0),
            "school": (0, 0, 0, 5, 45, 15, 3, 2, 5, 6, 7, 6, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
            "other": (0, 0, 1, 2, 6, 12, 14, 10, 6, 10, 12, 10, 7, 5, 3, 1, 1, 0, 0, 0, 0, 0, 0, 0),
            "evening": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 10, 12, 8, 4, 2, 1, 0, 0, 0, 0),
        },
        "trips that start in each hour from 04:00 on, any total",
    ),
    "school_hours": Table(
        {
            "elementary": (8.45, 0.15, 5.8, 0.7), "middle": (8.25, 0.15, 7.5, 0.5),
            "high": (7.85, 0.2, 9.5, 1.2), "university": (9.3, 1.2, 5.5, 1.5),
        },
        "h: leaving home, its standard deviation, stay, its standard deviation",
    ),
    "mode_aims_sejong": Table(
        {
            "work": (0.39, 0.05, 0.08, 0.02, 0.05, 0.41),
            "work_beyond": (0.49, 0.06, 0.43, 0.015, 0.005, 0.0),
            "school": (0.0, 0.13, 0.09, 0.005, 0.06, 0.715),
            "school_beyond": (0.03, 0.15, 0.80, 0.01, 0.01, 0.0),
            "other": (0.29, 0.145, 0.045, 0.03, 0.05, 0.44),
            "other_beyond": (0.56, 0.245, 0.178, 0.013, 0.004, 0.0),
        },
        "share of tours: car, passenger, bus, taxi, bicycle, walk",
        f"work, with three of ten within the city: {CENSUS_2020}, 50.8 % by car with 1.1 in each, "
        f"13.8 % on foot, bus for all public modes; within the city and other: {MODES_2024}, so "
        "that 6.1 % of trips within it are by bus; drivers and passengers apart, and school: "
        "assumption", "D",
    ),
    "mode_constants_sejong": Table(
        {
            "work": (2.58, -1.18, 0.0, -0.94, -1.59, 2.35),
            "work_beyond": (3.77, -2.74, 0.0, 0.6, -4.39, -99.0),
            "school": (-99.0, -0.74, 0.0, -2.77, -1.7, 1.9),
            "school_beyond": (-3.27, -3.6, 0.0, -3.12, -6.22, -99.0),
            "other": (3.14, 0.61, 0.0, 0.06, -1.09, 2.53),
            "other_beyond": (3.98, 0.12, 0.0, -0.42, -4.53, -99.0),
        },
        "utility: car, passenger, bus, taxi, bicycle, walk",
        "gis.population.calibration: reproduces its aims in the new town of 100,000, seed 1", "D",
    ),
    "mode_constants_daejeon": Table(
        {
            "work": (2.08, -1.69, 0.0, -0.99, -2.38, 1.71),
            "work_beyond": (3.72, -2.38, 0.0, 2.73, -2.68, -99.0),
            "school": (-99.0, -1.17, 0.0, -3.08, -2.21, 1.55),
            "school_beyond": (-3.33, -4.04, 0.0, -3.17, -6.15, -99.0),
            "other": (2.09, -0.39, 0.0, 0.03, -2.16, 1.61),
            "other_beyond": (2.4, -1.17, 0.0, 1.96, -2.8, -99.0),
        },
        "utility: car, passenger, bus, taxi, bicycle, walk",
        "gis.population.calibration: reproduces its aims in the new town of 100,000, seed 1", "D",
    ),
    "mode_constants_seoul": Table(
        {
            "work": (-1.47, -4.51, 0.0, -2.49, -3.88, 0.18),
            "work_beyond": (0.62, -5.12, 0.0, 0.76, -4.08, -99.0),
            "school": (-99.0, -2.46, 0.0, -3.34, -2.73, 1.36),
            "school_beyond": (-3.84, -5.18, 0.0, -3.13, -6.26, -99.0),
            "other": (-0.83, -2.78, 0.0, -1.42, -3.31, 0.64),
            "other_beyond": (-0.48, -3.56, 0.0, 0.59, -3.96, -99.0),
        },
        "utility: car, passenger, bus, taxi, bicycle, walk",
        "gis.population.calibration: reproduces its aims in the new town of 100,000, seed 1", "D",
    ),
    "mode_aims_seoul": Table(
        {
            "work": (0.14, 0.02, 0.40, 0.03, 0.04, 0.37),
            "work_beyond": (0.21, 0.02, 0.729, 0.03, 0.011, 0.0),
            "school": (0.0, 0.05, 0.15, 0.005, 0.04, 0.755),
            "school_beyond": (0.02, 0.05, 0.91, 0.01, 0.01, 0.0),
            "other": (0.11, 0.055, 0.25, 0.05, 0.04, 0.495),
            "other_beyond": (0.19, 0.09, 0.60, 0.10, 0.02, 0.0),
        },
        "share of tours: car, passenger, bus and rail, taxi, bicycle, walk",
        f"{SURVEY_2010}: of trips other than on foot 64.3 % by bus and rail (72.9 % from 7 to 9), "
        f"24.1 % by car, 7.2 % by taxi; {CITIES_2001}: 18.5 % on foot; by class, drivers and "
        "passengers apart: assumption", "D",
    ),
    "mode_aims_daejeon": Table(
        {
            "work": (0.39, 0.05, 0.12, 0.03, 0.04, 0.37),
            "work_beyond": (0.47, 0.07, 0.36, 0.08, 0.02, 0.0),
            "school": (0.0, 0.12, 0.12, 0.005, 0.05, 0.705),
            "school_beyond": (0.03, 0.12, 0.83, 0.01, 0.01, 0.0),
            "other": (0.27, 0.13, 0.09, 0.06, 0.04, 0.41),
            "other_beyond": (0.45, 0.19, 0.23, 0.11, 0.02, 0.0),
        },
        "share of tours: car, passenger, bus and rail, taxi, bicycle, walk",
        f"{MODES_2018}: of trips other than on foot 60.6 % by car, 25.7 % by bus and rail; within "
        "the district, by class, drivers and passengers apart: assumption", "D",
    ),
    "cities": Table(
        {"sejong": (127.29, 36.48), "seoul": (126.98, 37.57), "daejeon": (127.38, 36.35)},
        "degrees of longitude and latitude of the city hall: which city a place is near to",
    ),
    "headways": Table(
        {
            "brt": (
                0, 0, 0, 0, 0, 0, 10, 5, 5, 10, 10, 10, 10, 10, 10, 10, 10, 5, 5, 5, 10, 15, 15, 15,
            ),
            "bus": (
                0, 0, 0, 0, 0, 0, 20, 15, 15, 20, 20, 20, 20, 20, 20, 20, 20, 15, 15, 15, 20, 20,
                30, 30,
            ),
        },
        "min between buses in each hour from 0 h, 0: none",
        "Sejong, BRT B0 of 2024: every 4 to 15 min (donga.com 20240506/124808693), line 900 of "
        "2018: every 15 min from 6:00 to 23:30 (viva100.com 201801253487616); the hours assumed",
        "D",
    ),
    "weekday": Table(
        {
            # by group: drivers, other workers, pupils, others
            "attends": (0.92, 0.92, 0.97, 0.0), "by_day": (0.97, 0.70, 0.50, 0.70),
            "errand": (0.24, 0.10, 0.08, 0.22), "evening": (0.30, 0.06, 0.04, 0.03),
            "near": (0.0, 0.3, 0.6, 0.5),
            "business": (0.30,), "stop": (0.50,),
            # business, shop, leisure, school, other
            "purposes": (0.12, 0.34, 0.24, 0.12, 0.18),
            "errand_purposes": (0.0, 0.50, 0.25, 0.0, 0.25),
            "evening_purposes": (0.0, 0.45, 0.45, 0.02, 0.08),
            "visitors": (1.0, 1.0, 1.0, 1.0, 1.0),
        },
        "chances of tours by group and of stops, shares of purposes, factors on visitors",
    ),
    "holiday": Table(
        {
            "attends": (0.15, 0.15, 0.03, 0.0), "by_day": (0.78, 0.58, 0.55, 0.52),
            "errand": (0.24, 0.20, 0.20, 0.20), "evening": (0.36, 0.15, 0.10, 0.05),
            "near": (0.0, 0.3, 0.5, 0.4),
            "business": (0.02,), "stop": (0.20,),
            "purposes": (0.01, 0.34, 0.55, 0.01, 0.09),
            "errand_purposes": (0.0, 0.50, 0.35, 0.0, 0.15),
            "evening_purposes": (0.0, 0.35, 0.60, 0.0, 0.05),
            "visitors": (0.05, 1.4, 1.6, 0.05, 0.4),
        },
        "chances of tours by group and of stops, shares of purposes, factors on visitors",
    ),
}  # fmt: skip

FIGURES: Mapping[str, Figure] = MappingProxyType(_FIGURES)
TABLES: Mapping[str, Table] = MappingProxyType(_TABLES)


def figure(name: str) -> float:
    """Return the value of a figure by name."""
    return FIGURES[name].value


def table(name: str) -> Mapping[str, tuple[float, ...]]:
    """Return the rows of a table by name."""
    return TABLES[name].rows
