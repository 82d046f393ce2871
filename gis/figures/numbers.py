"""Single figures by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gis.figures.kinds import Figure
from gis.figures.sources import (
    BUSES_2023,
    CAR_PARKS,
    CENSUS_2020,
    CENSUS_2022,
    CITIES_2001,
    COMMUTES_2023,
    DOAN_SIGNALS,
    DWELLING_RULE,
    HOUSE_RULE,
    LAND_RULE,
    MODES_2018,
    MODES_2024,
    PUPILS_2010,
    SPEEDS_2014,
    STOPPING_BAN,
    SURVEY_2010,
    VALUE_OF_TIME,
    VILLA_RULE,
    WALK_TIME,
)

__all__ = ["FIGURES"]

RIDDEN = "share of trips other than on foot"
RIDDEN_BUS = f"{RIDDEN}, bus and rail"

FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
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
        "trips_per_person": Figure(
            2.61, "trips a day, residents of five and more", SURVEY_2010, "S"
        ),
        "mode_car": Figure(0.542, "share of trips", MODES_2024, "S"),
        "mode_bus": Figure(0.098, "share of trips, bus and rail", MODES_2024, "S"),
        "mode_others": Figure(
            0.360, "share of trips, walk, bicycle, scooter, taxi", MODES_2024, "S"
        ),
        "mode_car_inside": Figure(0.421, "share of trips within the city", MODES_2024, "S"),
        "mode_bus_inside": Figure(0.061, "share of trips within the city", MODES_2024, "S"),
        "mode_others_inside": Figure(0.518, "share of trips within the city", MODES_2024, "S"),
        "mode_car_outside": Figure(0.804, "share of trips across the edge", MODES_2024, "S"),
        "mode_bus_outside": Figure(0.178, "share of trips across the edge", MODES_2024, "S"),
        "mode_others_outside": Figure(0.018, "share of trips across the edge", MODES_2024, "S"),
        "mode_car_not_on_foot_seoul": Figure(0.241, RIDDEN, SURVEY_2010, "S"),
        "mode_bus_not_on_foot_seoul": Figure(0.643, RIDDEN_BUS, SURVEY_2010, "S"),
        "mode_car_not_on_foot_daejeon": Figure(0.606, RIDDEN, MODES_2018, "S"),
        "mode_bus_not_on_foot_daejeon": Figure(0.257, RIDDEN_BUS, MODES_2018, "S"),
        "walk_commute": Figure(0.138, "share of commuters", CENSUS_2020, "S"),
        "bus_commute": Figure(0.114, "share of commuters, city bus alone", CENSUS_2020, "S"),
        "purpose_home": Figure(0.4235, "share of trips", CITIES_2001, "S"),
        "purpose_work": Figure(0.1651, "share of trips", CITIES_2001, "S"),
        "purpose_school": Figure(0.1245, "share of trips", CITIES_2001, "S"),
        "time_car_krw_h": Figure(9_700.0, "KRW/h of 2016, own business", VALUE_OF_TIME, "S"),
        "time_krw_h": Figure(
            5_000.0, "KRW/h of 2016, passengers on own business", VALUE_OF_TIME, "S"
        ),
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
        "headway_h": Figure(
            0.2, "h between buses where no timetable is given, and of those over the edge"
        ),
        "stop_reach_m": Figure(800.0, "m of walk to a bus stop that is thought of"),
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
        "after_school": Figure(
            0.57, "share of pupils at an academy after school", PUPILS_2010, "S"
        ),
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
            f"{COMMUTES_2023}: 24.6 % leave before 7, standard deviation 1 h [assumption]",
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
        "saturation": Figure(
            1900.0, "cars/h and lane", "Highway Capacity Manual 2010, base flow", "S"
        ),
        "car_m": Figure(5.0, "m, of a car that clears a junction"),
        "left_share": Figure(0.2, "share of the cars of an approach"),
        "right_share": Figure(0.15, "share of the cars of an approach"),
    }
)
