"""Where figures come from, each source written once."""

from __future__ import annotations

__all__ = [
    "BUSES_2023",
    "CAR_PARKS",
    "CENSUS_2020",
    "CENSUS_2022",
    "CITIES_2001",
    "COMMUTES_2023",
    "COUNTS_2013",
    "DOAN_SIGNALS",
    "DWELLING_RULE",
    "HOUSE_RULE",
    "LAND_RULE",
    "MODES_2018",
    "MODES_2024",
    "PUPILS_2010",
    "REGISTER",
    "SPEEDS_2014",
    "STOPPING_BAN",
    "SURVEY_2010",
    "VALUE_OF_TIME",
    "VILLA_RULE",
    "WALK_TIME",
]

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
REGISTER = (
    "Ministry of the Interior and Safety, resident registration, 2024-06: 379 dongs of 7 cities"
)
