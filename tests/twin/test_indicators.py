"""The parking indicators on a day that is worked out by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from shapely import box

from twin.trace import Trace
from twin.world.columns import Kind
from twin.world.indicators import Counting, measure_parking, moments, stays

H = 3_600_000
SPAN = (4 * H, 28 * H)
AREA = box(-1, -1, 200, 1)

# number: kind, x, arc, capacity
LOTS = {
    0: (Kind.PUBLIC, 0.0, -1, 2),
    1: (Kind.KERB_ILLEGAL, 10.0, 0, 3),
    2: (Kind.KERB_ILLEGAL, 10.0, 1, 3),
    3: (Kind.SHARED, 20.0, -1, 0),
    4: (Kind.PRIVATE, 30.0, -1, 9),
    5: (Kind.PUBLIC, 1_000.0, -1, 7),
}
# car (and trip), lot, from h, to h (None: stays), search min, fee KRW
STAYS = [
    (0, 1, 9.5, 11.5, 1, 0),
    (1, 2, 10.5, 14.5, 2, 0),
    (2, 1, 14 + 1 / 6, None, 3, 0),
    (3, 0, 13.0, 15.0, 4, 1_200),
    (4, 3, 10.0, 13.0, 5, 1_800),
    (5, 4, 8.0, 20.0, 0, 0),
    (7, 5, 9.0, 16.0, 9, 4_000),
]
FAILED = 6
# Won of search, 150 a minute, and of walking there and back, 18,000 an hour; what failed lost all.
TIME = -15_000 - 150 * (1 + 2 + 3 + 4 + 5) - (3 * 975 + 1_083 + 867 + 758)


def a_day(width_m: float = 6.0, **kinds: int) -> Trace:
    """Return the day on a street of a width, with other kinds of lots (``lot_2=...``)."""
    kind, x, arc, capacity = (list(column) for column in zip(*LOTS.values(), strict=True))
    kind = [kinds.get(f"lot_{i}", of) for i, of in enumerate(kind)]
    car, lot, start, end, search, fee = (list(c) for c in zip(*STAYS, strict=True))
    left = [i for i, e in enumerate(end) if e is not None]

    def ms(hours: list[float]) -> list[int]:
        return [round(h * H) for h in hours]

    n = len(car)
    park = {
        "time_ms": ms(start), "car": car, "lot": lot, "trip": car,
        "search_ms": [s * 60_000 for s in search], "looks": [1] * n, "worth_krw": [-100] * n,
    }  # fmt: skip
    leave = {
        "time_ms": ms([end[i] for i in left]), "car": [car[i] for i in left],
        "lot": [lot[i] for i in left], "stay_ms": ms([end[i] - start[i] for i in left]),
        "fee_krw": [fee[i] for i in left], "trip": [car[i] for i in left],
    }  # fmt: skip
    fail = {
        "time_ms": [12 * H], "car": [FAILED], "place": [0], "trip": [FAILED],
        "search_ms": [600_000], "looks": [4], "worth_krw": [-15_000],
    }  # fmt: skip
    lots = {
        "lot": list(LOTS), "kind": kind, "x": x, "y": [0.0] * 6, "arc": arc,
        "way": [-1, 0, 0, -1, -1, -1],
        "width_m": [np.nan, width_m, width_m, np.nan, np.nan, np.nan],
        "capacity": capacity, "walk_detour": [1.3] * 6, "walk_m_per_h": [4_320.0] * 6,
        "value_of_time": [9_000.0] * 6, "walk_weight": [2.0] * 6,
        "owner_share": [0.0, 0.0, 0.0, 0.25, 0.0, 0.0],
    }  # fmt: skip
    stock = {"time_ms": [9 * H, 18 * H], "lot": [3, 3], "capacity": [4, 0]}
    ticket = {"time_ms": [10 * H], "car": [0], "lot": [1], "giver": [0], "fine_krw": [40_000]}
    trip = {"trip": list(range(8)), "x": [100.0] * 7 + [1_000.0], "y": [0.0] * 8}
    tables = {
        "park": park, "leave": leave, "fail": fail, "lot": lots, "stock": stock, "ticket": ticket,
        "trip": trip,
    }  # fmt: skip
    return Trace({name: pa.table(columns) for name, columns in tables.items()})


@pytest.fixture
def found() -> dict[str, float | None]:
    return measure_parking(a_day(), AREA, span_ms=SPAN, counting=Counting())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("supply_rate", 100 * (2 + 4) / 2),  # at 14:00: cars 1 and 3; the private space is not open
        ("illegal_daily", 3),  # car 0 at 10:00, car 1 at 14:00, car 2 at 17:00 and 21:00
        ("illegal_veh_h", 2 + 4 + 28 - 14 - 1 / 6),
        ("share_util", 100 * 3 / (4 * 9)),
        ("blocked_access", 60 + 20),  # both sides of a street 6 m wide: 10:30-11:30, 14:10-14:30
        ("search_time", (1 + 2 + 3 + 4 + 5 + 0 + 30) / 7),  # who found nothing counts with 30
        ("search_h", (1 + 2 + 3 + 4 + 5 + 0 + 30) / 60),
        ("failed", 1),
        ("walk", 1.3 * (90 + 90 + 90 + 100 + 80 + 70) / 6),
        ("walk_h", 2 * 1.3 * (90 + 90 + 90 + 100 + 80 + 70) / 4_320),
        ("fees_public", 1_200),
        ("fees_shared", 1_800),
        ("fees_owners", 450),
        ("fines", 40_000),
        ("ease_time", TIME),
        ("ease_choice", -6 * 100 - 15_000 - TIME),
    ],
)
def test_each_indicator(found: dict[str, float | None], name: str, value: float) -> None:
    assert found[f"parking.{name}"] == pytest.approx(value)


def test_time_and_choice_add_up_to_what_the_trace_says(found: dict[str, float | None]) -> None:
    """Also where the value of time is odd; of what is not weighed at all, all is choice."""
    for value in (0.0, 9_000.0, 9_731.7):
        day = a_day()
        lots = day.frame("lot").assign(value_of_time=value)
        day = Trace({**day, "lot": pa.Table.from_pandas(lots, preserve_index=False)})
        found = measure_parking(day, AREA, span_ms=SPAN, counting=Counting())
        time, choice = found["parking.ease_time"], found["parking.ease_choice"]
        assert time is not None
        assert choice is not None
        assert time + choice == -6 * 100 - 15_000
        assert value or choice == -6 * 100


def test_nobody_who_comes_has_no_ease() -> None:
    found = measure_parking(a_day(), box(5_000, 0, 5_100, 100), span_ms=SPAN, counting=Counting())
    assert (found["parking.ease_time"], found["parking.ease_choice"]) == (0, 0)


def test_the_percentile_takes_failures_as_capped(found: dict[str, float | None]) -> None:
    assert found["parking.search_p90"] == pytest.approx(np.quantile([1, 2, 3, 4, 5, 0, 30], 0.9))


def test_what_is_not_defined_is_none_and_not_zero() -> None:
    nowhere = box(5_000, 0, 5_100, 100)
    found = measure_parking(a_day(), nowhere, span_ms=SPAN, counting=Counting(), suffix=".ring")
    for name in ("supply_rate", "share_util", "blocked_access", "search_time", "walk"):
        assert found[f"parking.{name}.ring"] is None
    assert found["parking.illegal_daily.ring"] == 0


def test_other_rounds_see_other_cars() -> None:
    counting = Counting(rounds_h=(12.0,), reference_h=4.5)
    found = measure_parking(a_day(), AREA, span_ms=SPAN, counting=counting)
    assert found["parking.illegal_daily"] == 1
    assert found["parking.supply_rate"] is None, "nobody stands there at 04:30"


def test_over_several_days_sums_are_of_one() -> None:
    """On the second day car 2 alone stands there, and what was shared is shared no more."""
    two = (4 * H, 52 * H)
    found = measure_parking(a_day(), AREA, span_ms=two, counting=Counting())
    assert found["parking.illegal_daily"] == (3 + 1) / 2
    assert found["parking.supply_rate"] == pytest.approx(100 * (6 + 2) / (2 + 1))
    assert found["parking.illegal_veh_h"] == pytest.approx((2 + 4 + 52 - 14 - 1 / 6) / 2)
    assert found["parking.share_util"] == pytest.approx(100 * 3 / (4 * 9))
    assert found["parking.search_time"] == pytest.approx(45 / 7)
    sums = {"failed": 1, "fines": 40_000, "ease_time": TIME, "search_h": 0.75}
    for name, value in sums.items():
        assert found[f"parking.{name}"] == pytest.approx(value / 2)


def test_what_is_counted_at_an_hour_that_is_not_lived_is_undefined() -> None:
    found = measure_parking(a_day(), AREA, span_ms=(4 * H, 17 * H), counting=Counting())
    assert found["parking.illegal_daily"] is None
    assert found["parking.supply_rate"] == pytest.approx(100 * (2 + 4) / 2)
    found = measure_parking(a_day(), AREA, span_ms=(15 * H, 22 * H), counting=Counting())
    assert found["parking.supply_rate"] is None


@pytest.mark.parametrize(
    ("span_h", "hour", "at_h"),
    [((4, 28), 14, [14]), ((4, 28), 2, [26]), ((4, 28), 26, [26]), ((20, 44), 14, [38]),
     ((4, 52), 4, [4, 28]), ((8.5, 11.5), 11.5, []), ((8.5, 11.5), 8.5, [8.5])],
)  # fmt: skip
def test_an_hour_of_the_day_comes_once_a_day(
    span_h: tuple[float, float], hour: float, at_h: list[float]
) -> None:
    start, end = span_h
    assert [t / H for t in moments((round(start * H), round(end * H)), hour)] == at_h


def blocked(day: Trace) -> float | None:
    found = measure_parking(day, AREA, span_ms=SPAN, counting=Counting())
    return found["parking.blocked_access"]


@pytest.mark.parametrize("kind", [Kind.KERB_LEGAL, Kind.RESIDENT_PRIORITY, Kind.SHARED])
def test_whoever_stands_at_the_kerb_takes_width(kind: int) -> None:
    assert blocked(a_day(lot_2=kind)) == pytest.approx(60 + 20)
    assert blocked(a_day(lot_1=kind, lot_2=kind)) == pytest.approx(60 + 20)


def test_access_is_blocked_by_the_width_that_is_left() -> None:
    assert blocked(a_day(7.5)) == 0
    one_side = (28 - 9.5) * 60  # at least one car, from 9:30 to the end
    assert blocked(a_day(5.0)) == pytest.approx(one_side)
    assert blocked(a_day(3.4)) == pytest.approx(24 * 60), "too narrow without any car"


def test_who_stays_on_stays_to_the_end() -> None:
    lasting = stays(a_day(), SPAN[1]).set_index("car")
    assert lasting.loc[2, "end_ms"] == SPAN[1]
    assert lasting.loc[0, "end_ms"] == round(11.5 * H)
