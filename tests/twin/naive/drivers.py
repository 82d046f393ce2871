"""Cars with their drivers: trips one after the other, and the search for a place to park."""

# mypy: disable-error-code="no-any-return, var-annotated"

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import mesa
import simpy

from tests.twin.naive.streets import OnStreet
from tests.twin.naive.things import DAY, MINUTE, H, Steps, Thing, fire
from twin.elementary import exp
from twin.luck import exponential, gumbel, u01
from twin.world.columns import ACCESS_BUILDING, ACCESS_PERMIT, AT, VISITS, Kind, Rank

__all__ = ["Driver", "Lot"]

CAP = 30 * MINUTE
KERB_LOOK = 2**32 - 1


@dataclass(eq=False)
class Lot:
    """A place to park; a shared one fills its parent too."""

    row: Thing
    parent: Lot = field(init=False)
    taken: int = 0
    filled: int = 0
    expected: list[float] = field(default_factory=list)

    @property
    def room(self) -> int:
        return min(self.row.capacity - self.taken, self.parent.row.stock - self.parent.filled)

    def take(self, spaces: int) -> None:
        self.taken += spaces
        self.parent.filled += spaces

    def paid(self, start: int, end: int) -> float:
        """KRW for standing here."""
        if self.row.price_krw_h <= 0:
            return 0.0
        hours = overlap(start, end, self.row.paid_from_ms, self.row.paid_to_ms) / H
        return min(self.row.price_krw_h * hours, self.row.day_cap_krw * (1 + (end - start) // DAY))

    def tickets_by(self, t: int) -> float:
        """Tickets expected here from midnight of day 0 to a time."""
        day, rest = divmod(t, DAY)
        hours = rest / H
        since = self.expected[int(hours)]
        this_hour = self.expected[int(hours) + 1] - since
        return day * self.expected[24] + since + (hours - int(hours)) * this_hour


def overlap(start: int, end: int, opens: int, closes: int) -> int:
    """Milliseconds of a stay within a daily window."""
    days = range(start // DAY, (end - 1) // DAY + 1)
    return sum(max(0, min(end, d * DAY + closes) - max(start, d * DAY + opens)) for d in days)


class Driver(OnStreet, mesa.Agent):  # type: ignore[misc]
    """A car with its driver."""

    def __init__(self, city: Any, row: Thing) -> None:
        super().__init__(city)
        self.day, self.streets, self.row, self.id = city, city.streets, row, row.id
        self.trips = city.trips[row.first : row.beyond]
        self.trip: Any = None
        self.goal, self.circling = -1, False
        self.route: list[int] = []
        self.node, self.reached = row.node, simpy.Event(city.env)
        self.lot: Any = None
        self.visited: list[Lot] = []
        self.leaves: Any = self.trips[0].depart_ms if self.trips else None
        self.since = self.parked = self.looks = 0

    # The day, one trip after the other.

    def live(self) -> Steps:
        for trip in self.trips:
            yield self.day.when(self.leaves, Rank.LEAVE, self.id)
            self.leave(trip)
            if trip.routed:
                yield from self.follow(trip)
            elif trip.place < 0:
                yield from self.drive(trip.gate)
                self.day.log(AT.EXIT, self.id, trip.id)
                self.go_away()
            else:
                yield from self.approach(self.day.places[trip.place])
                yield from self.search(self.day.places[trip.place])

    def leave(self, trip: Thing) -> None:
        now = self.day.now
        if self.lot:
            shown = self.trip.id if self.trip else -1
            fee = int(self.lot.paid(self.parked, now) + 0.5)
            self.day.log(AT.LEAVE, self.id, self.lot.row.id, now - self.parked, fee, shown)
            self.lot.take(-1)
            if self.by_stop_line(self.lot):
                self.stand(self.lot, -1)
                self.manoeuvre(self.lot)
        self.trip, self.lot, self.arc = trip, None, -1
        self.looks = self.seen = self.free = 0
        self.since = -1
        self.tried_kerb, self.visited = False, []
        self.day.log(AT.DEPART, self.id, trip.id)
        if not trip.routed:
            gate = trip.place < 0
            self.goal = trip.gate if gate else self.day.places[trip.place].node
            self.base_set = self.takes(self.goal)

    def by_stop_line(self, lot: Lot) -> bool:
        """Whether the car stands where it holds up those who pass the stop line."""
        if lot.row.link < 0 or self.streets.links[lot.row.link].storage == 0:
            return False
        near = self.streets.links[lot.row.link].near_line
        return self.draw(self.day.rules.spot, lot.row.key) < near

    def stand(self, lot: Lot, cars: int) -> None:
        """Count cars that stand illegally: they narrow the street."""
        if lot.row.link >= 0 and lot.row.kind == Kind.KERB_ILLEGAL:
            self.streets.links[lot.row.link].standing += cars

    def manoeuvre(self, lot: Lot) -> None:
        """Block the kerb lane while the car is parked or leaves."""
        street = self.streets.links[lot.row.link]
        if lot.row.link >= 0 and street.storage > 0:
            since = max(self.streets.lanes[street.lane_first].free, self.day.now)
            self.streets.block(street, since + self.streets.rules.manoeuvre_ms)

    def takes(self, goal: int) -> int:
        """Return the set of base routes that this driver takes now."""
        known, upto = self.day.known_sets(goal)
        if self.row.guided:
            return min(known, key=lambda each: self.day.way_ms(each, self.node, goal))
        u = self.draw(self.day.rules.route, 0)
        return next(each for each in known if u < upto[each])

    def go_away(self) -> None:
        self.set_next(self.day.now + MINUTE)
        self.streets.step_off(self)

    def set_next(self, soonest: int, late: int = 0) -> None:
        coming = self.coming()
        self.leaves = max(coming.depart_ms, soonest) + late if coming else None

    def coming(self) -> Thing | None:
        number = self.trip.id + 1 - self.row.first if self.trip else 0
        return self.trips[number] if number < len(self.trips) else None

    # Driving.

    def pass_link(self, arc: int) -> Steps:
        self.reached = self.day.env.event()
        self.streets.go(self, arc)
        yield self.reached
        self.node = self.streets.links[self.arc].head

    def run(self) -> None:
        ms = self.streets.links[self.arc].ms
        self.streets.come(self, ms + int(self.row.slower * ms))

    def at_line(self) -> None:
        fire(self.reached)

    @property
    def trip_number(self) -> int:  # type: ignore[override]
        return self.trip.id

    @property
    def goal_row(self) -> int:  # type: ignore[override]
        return -1 if self.trip.routed else self.day.nodes[self.goal].row

    def wanted(self) -> int | None:
        if self.trip.routed:
            return self.route[0] if self.route else -1
        ahead = self.streets.links[self.arc].head
        if self.circling:
            return None
        return self.day.next_link(self.base_set, ahead, self.arc, self.goal)

    def stop(self, look_ms: int | None = None) -> Steps:
        """Turn in: from now on the driver sets out from rest."""
        self.streets.step_off(self)
        self.joined()
        wait = self.day.rules.look_ms if look_ms is None else look_ms
        yield self.day.when(self.day.now + wait, Rank.REACH, self.id)
        self.arc = -1

    def next_link(self, goal: int) -> int:
        return self.day.next_link(self.base_set, self.node, self.arc, goal)

    def drive(self, goal: int) -> Steps:
        self.goal = goal
        while (arc := self.next_link(goal)) >= 0:
            yield from self.pass_link(arc)
        yield from self.stop()

    def follow(self, trip: Thing) -> Steps:
        """Take the links of a given route."""
        self.route = self.day.route(trip.first)
        while self.route:
            yield from self.pass_link(self.route.pop(0))
        self.day.log(AT.ARRIVE, self.id, trip.id, self.day.now - self.since)
        self.go_away()

    def joined(self) -> None:
        """Let the time of a search, or on a given route, run from now on if it does not yet."""
        if self.since < 0:
            self.since = self.day.now

    @property
    def searched(self) -> int:
        return self.day.now - self.since if self.since >= 0 else 0

    def approach(self, place: Thing) -> Steps:
        """Drive until the destination is near, noticing free bays on the way."""
        self.goal = place.node
        if self.day.away(self.node, place) <= self.day.rules.area_m:
            return
        while self.day.away(self.node, place) > self.day.rules.area_m:
            arc = self.next_link(place.node)
            if arc < 0:
                yield from self.stop()
                break
            yield from self.pass_link(arc)
            self.notice(place)
        self.since = self.day.now

    def notice(self, place: Thing) -> Lot | None:
        """Count the bays of the link just passed, and return its kerb."""
        kerb = self.streets.links[self.arc].kerb
        if kerb < 0:
            return None
        lot = self.day.lots[kerb]
        if self.day.away(self.node, place) <= self.day.rules.observe_m:
            self.seen += lot.row.capacity
            self.free += max(lot.room, 0)
        return lot

    # The search.

    def search(self, place: Thing) -> Steps:
        while self.lot is None:
            choice = self.choose(place)
            if choice is None:
                return self.give_up(place)
            if choice == "kerb":
                yield from self.try_kerb(place)
            else:
                yield from self.try_lot(choice)
        return None

    def choose(self, place: Thing) -> Any:
        day, rules = self.day, self.day.rules
        until, late = self.stays_until(), self.searched >= self.row.patience_ms
        best, kerb_cost = -math.inf, math.inf
        choice: Any = None
        for lot, walk_m in self.known(place):
            if lot.row.kind == Kind.KERB_LEGAL:
                if lot.row.capacity > 0:
                    kerb_cost = min(kerb_cost, self.cost(lot, walk_m, until))
            elif not late or lot.row.kind == Kind.KERB_ILLEGAL:
                value = self.appeal(lot, walk_m, until)
                if value > best:
                    best, choice = value, lot
        if kerb_cost < math.inf and not late and not self.tried_kerb:
            way_h = day.left_h(self.node, self.arc, place.node)
            detour_h = rules.detour_h * (1.0 - rules.kerb_belief)
            cost = kerb_cost + rules.value_of_time * (way_h + detour_h)
            if self.liking(KERB_LOOK) - cost / rules.scale_krw > best:
                choice = "kerb"
        return choice

    def known(self, place: Thing) -> list[tuple[Lot, float]]:
        """Return the lots to think of there, with the walk (m): those nearby, and one's permit."""
        near = self.day.near[place.first : place.beyond]
        nearby = [(self.day.lots[lot], walk_m) for lot, walk_m in near]
        if self.row.permit < 0:
            return nearby
        own = self.day.lots[self.row.permit]
        return [*nearby, (own, self.day.away(own.row.node, place))]

    def stays_until(self) -> int:
        coming, tomorrow = self.coming(), self.day.now + DAY
        return min(max(coming.depart_ms, self.day.now + MINUTE), tomorrow) if coming else tomorrow

    def allowed(self, lot: Lot, place: Thing) -> bool:
        if lot.row.gated and not self.row.informed:
            return False
        if lot.row.access == ACCESS_BUILDING:
            return lot.row.capacity > 0 and lot.row.building == place.id
        if lot.row.access == ACCESS_PERMIT:
            return lot.row.capacity > 0 and lot.row.id == self.row.permit
        return lot.row.capacity > 0

    def closes_before(self, lot: Lot, until: int) -> bool:
        return lot.row.kind == Kind.SHARED and until > lot.row.closes_ms

    def cost(self, lot: Lot, walk_m: float, until: int) -> float:
        rules, now = self.day.rules, self.day.now
        cost = lot.paid(now, until) + rules.value_of_walking * (2.0 * walk_m / rules.walk_m_per_h)
        if lot.row.kind == Kind.KERB_ILLEGAL:
            risk = 1.0 - exp(lot.tickets_by(now) - lot.tickets_by(until))
            cost += self.row.aversion_krw + rules.fine_krw * risk
        return cost

    def appeal(self, lot: Lot, walk_m: float, until: int) -> float:
        rules, place = self.day.rules, self.day.places[self.trip.place]
        if not self.allowed(lot, place) or lot in self.visited or self.closes_before(lot, until):
            return -math.inf
        cost = self.cost(lot, walk_m, until)
        cost += rules.value_of_time * self.day.left_h(self.node, self.arc, lot.row.node)
        if lot.row.sensed and self.row.informed:
            if lot.room <= 0:
                return -math.inf
        else:
            cost += rules.value_of_time * rules.detour_h * (1.0 - lot.row.belief)
        return self.liking(lot.row.key) - cost / rules.scale_krw

    def draw(self, purpose: int, look: int) -> float:
        rules, moment = self.day.rules, 0
        if self.trip:
            moment = self.trip.moment
        return u01(rules.seed, rules.epoch, purpose, self.row.key, moment, look)

    def liking(self, look: int) -> float:
        return gumbel(self.draw(self.day.rules.mood, look))

    def give_up(self, place: Thing) -> None:
        rules, search = self.day.rules, self.searched
        worth = math.floor(-rules.fail_krw - rules.value_of_time * (min(search, CAP) / H) + 0.5)
        self.day.log(AT.FAIL, self.id, place.id, self.trip.id, search, self.looks, worth)
        self.go_away()

    def try_lot(self, lot: Lot) -> Steps:
        taste, booked = self.liking(lot.row.key), False
        if lot.row.booking and self.row.informed:
            booked = self.book(lot)
            if not booked:
                yield from self.stop(0)
                self.looks += 1
                return
        yield from self.drive(lot.row.node)
        self.looks += 1
        if booked or lot.room > 0:
            if not booked:
                lot.take(1)
            self.park(lot, taste)
            return
        self.day.log(AT.FULL, self.id, lot.row.id, self.trip.id)
        if lot.row.access == ACCESS_BUILDING and lot.taken < lot.row.stock:
            self.day.log(AT.BLOCKED, self.id, lot.row.id, self.trip.id)
        self.remember(lot)

    def book(self, lot: Lot) -> bool:
        """Hold a space; return False where the driver will not come."""
        day = self.day
        lot.take(1)
        day.log(AT.BOOK, self.id, lot.row.id, self.trip.id)
        if self.draw(day.rules.no_show, lot.row.key) >= day.rules.no_show_share:
            return True
        day.log(AT.NO_SHOW, self.id, lot.row.id, self.trip.id)
        given_back = day.when(day.now + day.rules.hold_ms, Rank.RELEASE, lot.row.id)
        given_back.callbacks.append(lambda _: lot.take(-1))
        self.remember(lot)
        return False

    def remember(self, lot: Lot) -> None:
        self.visited = [lot, *self.visited][:VISITS]

    def try_kerb(self, place: Thing) -> Steps:
        """Look for a bay towards the destination and then around it (PARKAGENT)."""
        self.tried_kerb, self.goal = True, place.node
        taste = self.liking(KERB_LOOK)
        while (arc := self.next_link(place.node)) >= 0:
            yield from self.pass_link(arc)
            if self.takes_bay(place, None):
                return self.park(self.take_bay(), taste)
        yield from self.stop()
        began, self.circling = self.day.now, True
        while self.day.now - began < self.row.patience_ms // 2:
            yield from self.pass_link(self.circle(place, self.radius(began)))
            if self.takes_bay(place, self.radius(began)):
                self.circling = False
                return self.park(self.take_bay(), taste)
        self.circling = False
        return None

    def take_bay(self) -> Lot:
        lot = self.day.lots[self.streets.links[self.arc].kerb]
        lot.take(1)
        return lot

    def takes_bay(self, place: Thing, radius: float | None) -> bool:
        """Whether to park on the link just passed; ``radius`` (m) when circling."""
        rules, lot = self.day.rules, self.notice(place)
        if lot is None:
            return False
        self.looks += 1
        if lot.room <= 0:
            return False
        away = self.day.away(self.node, place)
        if radius is not None:
            return away <= radius
        if self.seen == 0:  # turned aside before the kerbs to look at
            return False
        ahead = (self.free / self.seen) * (away / rules.bay_m)
        willing = (rules.refuse_above - ahead) / (rules.refuse_above - rules.accept_below)
        return self.draw(rules.kerb, lot.row.key) < willing

    def radius(self, began: int) -> float:
        rules, minutes = self.day.rules, (self.day.now - began) / MINUTE
        return min(rules.radius_m + rules.radius_growth * minutes, rules.radius_cap_m)

    def circle(self, place: Thing, limit: float) -> int:
        """Return the link to turn into: by luck among those near, else towards the destination."""
        day, row = self.day, self.day.nodes[place.node].row
        came_from = self.streets.links[self.arc].tail if self.arc >= 0 else -1
        onward = day.turns(self.arc) if self.arc >= 0 else day.leaving(self.node)
        onward = [arc for arc in onward if day.ways.left_s[row, arc] < math.inf]
        heads = [(arc, self.streets.links[arc].head) for arc in onward]
        near = [a for a, to in heads if to != came_from and day.away(to, place) <= limit]
        if near:
            return max(near, key=lambda a: self.draw(day.rules.turn, a + (self.looks << 18)))
        towards = self.next_link(place.node)
        return towards if towards >= 0 else onward[0]

    # Standing.

    def park(self, lot: Lot, taste: float) -> None:
        day, now = self.day, self.day.now
        self.lot, self.node, self.parked = lot, lot.row.node, now
        worth = math.floor(self.worth(lot, taste, self.searched) + 0.5)
        shown = self.trip.id if self.trip else -1
        day.log(AT.PARK, self.id, lot.row.id, shown, self.searched, self.looks, worth)
        if self.by_stop_line(lot):
            self.stand(lot, 1)
            if self.trip:
                self.manoeuvre(lot)
        self.streets.step_off(self)
        if self.coming():
            self.set_next(now + MINUTE, self.overstay(lot) if lot.row.kind == Kind.SHARED else 0)

    def worth(self, lot: Lot, taste: float, search: int) -> float:
        rules = self.day.rules
        worth = rules.scale_krw * taste - rules.value_of_time * (min(search, CAP) / H)
        if self.trip:
            place = self.day.places[self.trip.place]
            dx, dy = lot.row.x - place.x, lot.row.y - place.y
            walk_m = rules.walk_detour * math.sqrt(dx * dx + dy * dy)
            worth -= rules.value_of_walking * (2.0 * walk_m / rules.walk_m_per_h)
        return worth - self.row.aversion_krw if lot.row.kind == Kind.KERB_ILLEGAL else worth

    def overstay(self, lot: Lot) -> int:
        rules = self.day.rules
        if self.draw(rules.overstay, lot.row.key) >= rules.overstay_share:
            return 0
        extra = int(exponential(self.draw(rules.lateness, lot.row.key), rules.overstay_mean_ms))
        self.day.log(AT.OVERSTAY, self.id, lot.row.id, extra)
        return extra

    def settle(self, place: Thing) -> None:
        """Stand at home when the day begins, where a free space is known."""
        day, until = self.day, self.stays_until()
        best, choice, taste = -math.inf, None, 0.0
        for lot, walk_m in self.known(place):
            if self.closes_before(lot, until) or lot.room <= 0 or not self.allowed(lot, place):
                continue
            liking = self.liking(lot.row.key)
            value = liking - self.cost(lot, walk_m, until) / day.rules.scale_krw
            if value > best:
                best, choice, taste = value, lot, liking
        self.since = day.now
        if choice is None:
            day.log(AT.FAIL, self.id, place.id, -1, 0, 0, 0)
            self.node = place.node
            self.go_away()
        else:
            choice.take(1)
            self.park(choice, taste)
