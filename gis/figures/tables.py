"""Rows of figures by name: ages, streets, modes, hours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gis.figures.kinds import Table
from gis.figures.sources import (
    CENSUS_2020,
    CITIES_2001,
    COUNTS_2013,
    MODES_2018,
    MODES_2024,
    REGISTER,
    SURVEY_2010,
)

__all__ = ["TABLES"]

STREET_CLASSES = "lanes a direction, km/h, sidewalk (1: yes), where a map is silent"

TABLES: Mapping[str, Table] = MappingProxyType({
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
            "work": (2.33, -1.43, 0.0, -1.2, -1.84, 2.09),
            "work_beyond": (3.76, -2.75, 0.0, 0.59, -4.39, -99.0),
            "school": (-99.0, -0.93, 0.0, -2.92, -1.89, 1.71),
            "school_beyond": (-3.29, -3.62, 0.0, -3.17, -6.27, -99.0),
            "other": (2.86, 0.33, 0.0, -0.21, -1.37, 2.25),
            "other_beyond": (3.97, 0.1, 0.0, -0.42, -4.54, -99.0),
        },
        "utility: car, passenger, bus, taxi, bicycle, walk",
        "gis.population.calibration: reproduces its aims in the new town of 100,000, seed 1", "D",
    ),
    "mode_constants_daejeon": Table(
        {
            "work": (1.84, -1.91, 0.0, -1.21, -2.63, 1.47),
            "work_beyond": (3.71, -2.39, 0.0, 2.72, -2.69, -99.0),
            "school": (-99.0, -1.37, 0.0, -3.28, -2.43, 1.34),
            "school_beyond": (-3.34, -4.03, 0.0, -3.22, -6.1, -99.0),
            "other": (1.81, -0.67, 0.0, -0.25, -2.44, 1.32),
            "other_beyond": (2.39, -1.17, 0.0, 1.96, -2.81, -99.0),
        },
        "utility: car, passenger, bus, taxi, bicycle, walk",
        "gis.population.calibration: reproduces its aims in the new town of 100,000, seed 1", "D",
    ),
    "mode_constants_seoul": Table(
        {
            "work": (-1.74, -4.78, 0.0, -2.77, -4.15, -0.12),
            "work_beyond": (0.6, -5.13, 0.0, 0.75, -4.09, -99.0),
            "school": (-99.0, -2.67, 0.0, -3.53, -2.93, 1.16),
            "school_beyond": (-3.85, -5.18, 0.0, -3.18, -6.31, -99.0),
            "other": (-1.19, -3.13, 0.0, -1.76, -3.65, 0.3),
            "other_beyond": (-0.5, -3.57, 0.0, 0.58, -3.98, -99.0),
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
})  # fmt: skip
