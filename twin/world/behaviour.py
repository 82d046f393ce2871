"""How drivers park, and by what rules: every number with its unit, range, source and tag."""

from __future__ import annotations

from dataclasses import dataclass

from twin.params import param

__all__ = ["Behaviour"]


@dataclass(frozen=True)
class Behaviour:
    """What drivers weigh and how they search; fixed for a city, not part of any solution."""

    value_of_time: float = param(
        9_700, "KRW/h", 2_000, 40_000, "VOT1: car, non-business, KRW of 2016", tag="VOT1"
    )
    walk_weight: float = param(1.7, "", 1.0, 3.0, "weight of walking on in-vehicle time, 1.5-2.0")
    walk_m_per_h: float = param(
        4_320, "m/h", 2_500, 5_500,
        "1.2 m/s, between old people's mean of 1.13 and others' of 1.29: Han et al. 2020, "
        "koreascience.kr JAKO202025551105671", tag="D",
    )  # fmt: skip
    fine_krw: float = param(
        40_000, "KRW", 0, 500_000, "Road Traffic Act, parking in a no-parking zone, passenger car"
    )
    aversion_krw: float = param(
        7_500,
        "KRW",
        0,
        50_000,
        "dislike of standing illegally besides the ticket, mean; fitted to the 0.106 cars a day "
        "and registered car of Seoul 1991 (joongang.co.kr/article/2477850) in a new town of 20,000",
        tag="D",
    )
    aversion_cv: float = param(1.0, "", 0, 3, "spread of that dislike between people")
    scale_krw: float = param(1_000, "KRW", 50, 10_000, "spread of the Gumbel term of a choice")
    fail_krw: float = param(
        15_000, "KRW", 0, 200_000, "loss of a trip that ends without a place to park"
    )
    detour_min: float = param(
        6.0, "min", 0, 30, "time a driver expects to lose when a place turns out full"
    )
    area_m: float = param(
        500, "m", 50, 2_000, "where the search starts: Benenson et al. 2008, larger city", tag="k"
    )
    observe_m: float = param(1_000, "m", 50, 4_000, "where free bays are noticed from", tag="k")
    bay_m: float = param(6.0, "m", 4, 8, "spacing of kerb bays")
    accept_below: float = param(
        2.0, "bays", 0, 20, "free bays expected ahead under which any bay is taken", tag="k"
    )
    refuse_above: float = param(
        4.0, "bays", 0, 40, "free bays expected ahead over which none is taken", tag="k"
    )
    radius_m: float = param(
        100, "m", 10, 1_000, "how far a circling driver parks at first", tag="k"
    )
    radius_growth: float = param(100, "m/min", 0, 500, "and how that grows", tag="k")
    radius_cap_m: float = param(600, "m", 50, 2_000, "up to", tag="k")
    patience_min: float = param(
        10, "min", 1, 60, "mean time after which a driver gives up", tag="k"
    )
    patience_cv: float = param(0.3, "", 0, 2, "spread of patience between people")
    look_s: float = param(15, "s", 0, 300, "time to turn in and see whether a place is full")
    belief_public: float = param(0.7, "", 0, 1, "believed chance that a public lot has room")
    belief_private: float = param(0.95, "", 0, 1, "the same, own building or own permit")
    belief_kerb: float = param(0.4, "", 0, 1, "the same, paid kerb bays nearby")
    belief_illegal: float = param(0.8, "", 0, 1, "the same, room to stand illegally")
    reach_m: float = param(
        500, "m", 50, 2_000, "how far from the destination a place is thought of"
    )
    reach_illegal_m: float = param(150, "m", 10, 1_000, "the same for standing illegally")
    walk_detour: float = param(1.3, "", 1, 2, "walked way over the straight line")
    patrols_per_10000_cars: float = param(
        0.29, "1/(10,000 cars)", 0, 50,
        "patrols a city has today over its registered cars; Daegu 2022: 35 cars with cameras "
        "(news1.kr 4857161) for 1,219,196 (imaeil.com 2021012011165088582)", tag="D",
    )  # fmt: skip
    patrols: float = param(0, "patrols", 0, 100, "and this many more, whatever its size", tag="D")
    patrol_speed_kmh: float = param(12, "km/h", 1, 40, "speed of a patrol that looks for cars")
    cite_share: float = param(
        0.05, "", 0, 1, "chance that a patrol passing an illegally parked car tickets it"
    )
    patrol_from_h: float = param(8, "h", 0, 24, "patrols work from")
    patrol_to_h: float = param(20, "h", 0, 24, "to")
    guided_share: float = param(
        0.3,
        "",
        0,
        1,
        "drivers who set out by the way that live navigation tells them: of 313 asked in Korea in "
        "2012 15 % wholly relied on it, 41 % asked it on daily ways (top-rider.com 201206140014)",
    )
    no_show_share: float = param(0.10, "", 0, 1, "bookings never used, 5-15 %")
    hold_min: float = param(20, "min", 0, 120, "how long a space is held for a guest")
    overstay_share: float = param(0.12, "", 0, 1, "guests who stay longer than booked, 5-20 %")
    overstay_min: float = param(40, "min", 0, 600, "and by how much, mean")
