"""A called bus that nobody knows at first: who comes to know it, what they learn, what settles.

A small new town for 22 weeks; a day that is lived stands for a week. People remember the waits and
refusals they met, and are told of those of others. The same again with people who expect a long
wait at first: they come to the same place. How it grew in Songdo is told by a trial (T10).
"""

from gis.newtown import newtown
from scenarios.drt_bus import DrtBus
from scenarios.drt_bus.indicators import by_day
from twin.area import resolve
from twin.experiment.simulate import live
from twin.memory import settled
from twin.sim import When
from twin.world.ground import ground

WEEKS = 22
EACH = 10  # requests a mark

town = ground(newtown(residents=2_000))
area = resolve("city", town.city)
when = When(everybody=True, hours=24 * WEEKS)
for expected_min in (10, 30):
    bus = DrtBus(
        area=area, fleet=4, constant=2, app_share=0.4, answer_s=60, no_answer_share=0.02,
        known_share=0, stands_for=7, expected_wait_min=expected_min,
    )  # fmt: skip
    weeks = by_day(live(town, (bus,), when, area=area).trace)
    print(f"first thought: a wait of {expected_min} min")
    print("week  know  ask  served  wait  expected (min)")
    for week, row in weeks[::3].iterrows():
        met = "    -" if row.wait_min != row.wait_min else f"{row.wait_min:5.1f}"
        print(
            f"{week:4} {row.knows:5.0f} {row.asked:4.0f} {row.served:7.0f} {met} "
            f"{row.expected_min:9.1f}  {'#' * round(row.asked / EACH)}"
        )
    calm = settled(weeks["asked"].to_numpy(float), within=0.1, days=4)
    print("it has not settled" if calm is None else f"within 10 % of the end from week {calm} on")
