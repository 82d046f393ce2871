"""What OpenStreetMap tags mean: one tag set in, one value and its origin out.

Values that a tag does not give are defaults by class; each says where it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from gis.figures import figure

__all__ = [
    "ROADS",
    "STOREYS",
    "Bay",
    "CarPark",
    "Road",
    "amenity",
    "car_park",
    "floors_height",
    "hours",
    "is_amenity",
    "is_building",
    "is_bus_platform",
    "is_car_park",
    "is_road",
    "is_walkable",
    "kerb",
    "lanes",
    "name",
    "number",
    "oneway",
    "park",
    "path_kind",
    "price_krw_h",
    "road_class",
    "sidewalk",
    "speed",
    "use",
    "water",
    "width",
    "within",
]

Tags = Mapping[str, str]
Origin = str
YES = frozenset({"yes", "true", "1", "designated", "permissive", "destination", "official"})
NO = frozenset({"no", "none", "false", "0", "private"})


class Road(NamedTuple):
    """What a class of streets is like where no tag tells.

    ``lanes_korea`` and ``lanes_elsewhere`` are lanes in one direction; ``speed_kmh`` the limit,
    ``lane_m`` the width of a lane.
    """

    lanes_korea: int
    lanes_elsewhere: int
    speed_kmh: float
    lane_m: float
    sidewalk: bool


# Lanes: arterials of 6 and 4 lanes, collectors of 2 (street classes of the Korean rule on urban
# facilities) [GK]. Speed: 50 km/h on urban main streets, 30 on side streets ("safe speed
# 50/30", Enforcement Rule of the Road Traffic Act, art. 19, since 2021-04-17); 20 in living
# streets [GK]. Lane width: 3.5 m fast, 3.0-3.25 m in town (Korean rule on road structure) [GK].
ROADS: Mapping[str, Road] = {
    "motorway": Road(2, 2, 100.0, 3.5, False),
    "trunk": Road(3, 2, 80.0, 3.5, False),
    "primary": Road(3, 2, 50.0, 3.25, True),
    "secondary": Road(2, 1, 50.0, 3.25, True),
    "tertiary": Road(1, 1, 50.0, 3.25, True),
    "unclassified": Road(1, 1, 30.0, 3.0, False),
    "residential": Road(1, 1, 30.0, 3.0, False),
    "living_street": Road(1, 1, 20.0, 3.0, False),
    "service": Road(1, 1, 20.0, 2.5, False),
    "busway": Road(1, 1, 50.0, 3.25, False),
}
SAME_AS = {"road": "unclassified", "bus_guideway": "busway"}
PATHS = {
    "footway": "footway",
    "pedestrian": "footway",
    "platform": "footway",
    "corridor": "footway",
    "crossing": "crossing",
    "path": "path",
    "track": "path",
    "bridleway": "path",
    "steps": "steps",
}


def number(text: str | None) -> float | None:
    """Return the first number in a tag: ``"12.5 m"`` is 12.5; feet and inches become metres."""
    found = re.search(r"-?\d+(?:[.,]\d+)?", text or "")
    if not found:
        return None
    value = float(found.group().replace(",", "."))
    return value * 0.3048 if re.search(r"\d\s*('|ft)", text or "") else value


def within(text: str | None, low: float, high: float) -> float | None:
    """Return the first number in a tag, None where it is outside the limits (a mapper's slip)."""
    value = number(text)
    return value if value is not None and low <= value <= high else None


def road_class(tags: Tags) -> str | None:
    """Return the class of a street for cars, or ``busway``; None for anything else."""
    highway = tags.get("highway", "").removesuffix("_link")
    highway = SAME_AS.get(highway, highway)
    if highway not in ROADS:
        return None
    keys = ("motorcar", "motor_vehicle", "vehicle", "access")
    if next((tags[key] for key in keys if key in tags), "yes") != "no":
        return highway
    return "busway" if tags.get("bus", tags.get("psv")) in YES else None


def _road(tags: Tags) -> Road:
    return ROADS[road_class(tags) or "residential"]


def is_road(tags: Tags) -> bool:
    """Tell whether cars or buses drive here."""
    return road_class(tags) is not None and tags.get("area") != "yes"


def path_kind(tags: Tags) -> str | None:
    """Return the kind of a walking way that is no street, None where nobody walks."""
    highway = tags.get("highway", "")
    if tags.get("foot", tags.get("access", "yes")) in NO:
        return None
    if highway == "cycleway":
        return "path" if tags.get("foot") in YES else None
    special = {"sidewalk": "sidewalk", "crossing": "crossing"}.get(tags.get("footway", ""))
    return special or PATHS.get(highway)


def is_walkable(tags: Tags) -> bool:
    """Tell whether people walk along this street."""
    if not is_road(tags) or road_class(tags) in {"motorway", "busway"}:
        return False
    fast = tags.get("motorroad") == "yes" or tags.get("highway", "").startswith("trunk")
    return tags.get("foot") in YES or not (fast or tags.get("foot") in NO)


def oneway(tags: Tags) -> int:
    """Return 1 for one way along the line, -1 for one way against it, 0 for both."""
    value = tags.get("oneway:motor_vehicle", tags.get("oneway", ""))
    if value in {"-1", "reverse"}:
        return -1
    if value in YES:
        return 1
    implied = tags.get("junction") in {"roundabout", "circular"} or (
        tags.get("highway", "").startswith("motorway")
    )
    return int(implied and value not in {"no", "false", "0", "reversible", "alternating"})


def lanes(tags: Tags, korea: bool) -> tuple[int, int, Origin]:
    """Return lanes along and against the line; 0 against the direction of a one-way street."""
    way = oneway(tags)
    given = [within(tags.get(f"lanes:{side}"), 1, 12) for side in ("forward", "backward")]
    total = within(tags.get("lanes"), 1, 20)
    if way == 0 and all(given):
        return _whole(given[0]), _whole(given[1]), "found"
    if total:
        along, against = _share(_whole(total), way, given)
        return along, against, "found"
    road = _road(tags)
    fallback = road.lanes_korea if korea else road.lanes_elsewhere
    if tags.get("highway", "").endswith("_link"):
        fallback = 1
    return (0 if way < 0 else fallback), (0 if way > 0 else fallback), "derived"


def _share(total: int, way: int, given: list[float | None]) -> tuple[int, int]:
    if way:
        return (total, 0) if way > 0 else (0, total)
    if given[0]:
        return _whole(given[0]), max(1, total - _whole(given[0]))
    back = _whole(given[1]) if given[1] else max(1, total // 2)
    return max(1, total - back), back


def _whole(value: float | None) -> int:
    return max(1, round(value or 1))


def speed(tags: Tags, side: str) -> tuple[float, Origin]:
    """Return the speed limit in km/h for ``forward`` or ``backward``."""
    text = tags.get(f"maxspeed:{side}", tags.get("maxspeed"))
    limit = within(text, 5, 150)
    if limit:
        return min(150.0, limit * (1.609344 if "mph" in (text or "") else 1.0)), "found"
    return _road(tags).speed_kmh, "derived"


def width(tags: Tags, both: int) -> tuple[float, Origin]:
    """Return the width of the carriageway in metres, given its lanes of both directions."""
    given = within(tags.get("width:carriageway", tags.get("width")), 1.5, 80.0)
    if given:
        return given, "found"
    # Korean side streets without a centre line are 6 m wide: two lanes and room to stand [GK].
    narrow = {"residential": 6.0, "unclassified": 6.0, "living_street": 5.0, "service": 4.0}
    return max(both * _road(tags).lane_m, narrow.get(road_class(tags) or "", 0.0)), "derived"


def sidewalk(tags: Tags) -> tuple[bool, Origin]:
    """Tell whether the street has a sidewalk on at least one side."""
    sides = [tags.get("sidewalk")] + [
        tags.get(f"sidewalk:{side}") for side in ("both", "left", "right")
    ]
    known = [side for side in sides if side]
    if known:
        return any(side not in NO for side in known), "found"
    return _road(tags).sidewalk, "derived"


BUILDINGS = {
    "apartments": "apartment", "officetel": "apartment", "dormitory": "apartment",
    "residential": "villa", "terrace": "villa", "semidetached_house": "villa",
    "house": "house", "detached": "house", "bungalow": "house", "hanok": "house",
    "office": "office", "commercial": "office", "government": "public",
    "retail": "shop", "supermarket": "shop", "kiosk": "shop", "hotel": "shop", "pavilion": "shop",
    "school": "school", "kindergarten": "school", "university": "school", "college": "school",
    "hospital": "hospital", "clinic": "hospital",
    "public": "public", "civic": "public", "church": "public", "chapel": "public",
    "cathedral": "public", "temple": "public", "mosque": "public", "train_station": "public",
    "museum": "public", "library": "public", "sports_hall": "public", "stadium": "public",
    "fire_station": "public", "townhall": "public",
    "industrial": "industry", "warehouse": "industry", "factory": "industry",
    "parking": "parking", "garage": "parking", "garages": "parking", "parkingbuilding": "parking",
}  # fmt: skip
# floors and storey height (m) where no tag tells [GK]
STOREYS = {
    "apartment": (15, 2.9), "villa": (4, 3.0), "house": (2, 3.0), "office": (6, 3.8),
    "shop": (3, 4.0), "school": (4, 3.6), "hospital": (6, 4.0), "public": (3, 4.0),
    "industry": (2, 5.0), "parking": (4, 3.0), "other": (2, 3.3),
}  # fmt: skip


# Shops, offices and the like in a building that is only tagged "yes".
INSIDE = {
    "school": "school", "university": "school", "college": "school", "kindergarten": "school",
    "hospital": "hospital", "clinic": "hospital", "parking": "parking",
    "restaurant": "shop", "cafe": "shop", "fast_food": "shop", "bar": "shop", "bank": "office",
}  # fmt: skip
NOT_BUILT = frozenset(
    {"no", "roof", "entrance", "underpass_entrance", "ship", "construction", "proposed", "ruins"}
)
# Footprints (m2) up to which a building that no tag tells about is a shed or a house; larger
# ones are homes up to the size of a hall [GK].
SHED_M2, HOUSE_M2, HALL_M2 = 40.0, 100.0, 1500.0
TALL_FLOORS = 6


def name(tags: Tags) -> str:
    """Return the name of a thing, an empty text where it has none."""
    return tags.get("name", "")


def is_building(tags: Tags) -> bool:
    """Tell whether an outline is a building that stands above ground."""
    kind = tags.get("building", "no")
    return kind not in NOT_BUILT and tags.get("location") != "underground"


def is_building_part(tags: Tags) -> bool:
    """Tell whether an outline is a part of a building, with a height of its own."""
    return tags.get("building:part", "no") != "no" and "building" not in tags


def use(tags: Tags, footprint_m2: float) -> tuple[str, Origin]:
    """Return what a building is used for; a guess by its size where no tag tells."""
    levels = number(tags.get("building:levels")) or 0.0
    for kind in tags["building"].split(";"):
        if kind == "residential" and levels >= TALL_FLOORS:
            return "apartment", "derived"
        if kind in BUILDINGS:
            return BUILDINGS[kind], "found"
    inside = _use_inside(tags)
    return (inside, "derived") if inside else (_use_by_size(footprint_m2, levels), "synthetic")


def _use_inside(tags: Tags) -> str | None:
    if "shop" in tags or tags.get("tourism") in {"hotel", "hostel", "motel", "guest_house"}:
        return "shop"
    if tags.get("office") == "government":
        return "public"
    if "office" in tags:
        return "office"
    if "amenity" in tags:
        return INSIDE.get(tags["amenity"], "public")
    public = {"tourism", "historic", "leisure", "railway", "public_transport"}
    return "public" if public & tags.keys() else None


def _use_by_size(footprint_m2: float, levels: float) -> str:
    if footprint_m2 < SHED_M2:
        return "other"
    if levels >= TALL_FLOORS:
        return "apartment"
    if footprint_m2 < HOUSE_M2:
        return "house"
    return "villa" if footprint_m2 < HALL_M2 else "other"


def floors_height(tags: Tags, kind: str) -> tuple[int, float, Origin]:
    """Return floors, height in metres and where the height comes from."""
    floors, storey = STOREYS[kind]
    height = within(tags.get("height"), 1.0, 900.0)
    levels = within(tags.get("building:levels"), 0.5, 200.0)
    if height:
        return max(1, round(levels or height / storey)), height, "found"
    if levels:
        return max(1, round(levels)), levels * storey, "derived"
    return floors, floors * storey, "synthetic"


# Medians of 14,651 public car parks of Korea, December 2022 (national standard data set of car
# parks, data.go.kr): spaces of a public lot, of a private one and of one that belongs to a
# building. 62 % are free, so a car park without a word about a fee is.
SPACES = {"public": 36, "private": 20, "stacked": 59}
STACKED = frozenset({"multi-storey", "underground", "rooftop"})


class CarPark(NamedTuple):
    """What the tags of a car park tell: columns of ``car_parks``."""

    kind: str
    spaces: int
    price_krw_h: float
    open_from_h: float
    open_to_h: float
    name: str
    spaces_origin: Origin
    price_origin: Origin


def is_car_park(tags: Tags) -> bool:
    """Tell whether this is a car park off the street."""
    at_kerb = {"street_side", "lane", "on_kerb", "half_on_kerb"}
    if tags.get("amenity") == "parking_entrance":
        return "capacity" in tags
    return tags.get("amenity") == "parking" and tags.get("parking") not in at_kerb


def car_park(tags: Tags, area_m2: float) -> CarPark:
    """Return a car park; its spaces by its area or its type where no capacity is given."""
    private = tags.get("access") in {"private", "no", "residents", "permit", "employees"}
    kind = "private" if private else "public"
    spaces, spaces_origin = _spaces(tags, area_m2, kind)
    price, price_origin = price_krw_h(tags.get("fee"), "public_price")
    return CarPark(kind, spaces, price, *hours(tags), name(tags), spaces_origin, price_origin)


def _spaces(tags: Tags, area_m2: float, kind: str) -> tuple[int, Origin]:
    given = within(tags.get("capacity"), 1, 50_000)
    if given:
        return round(given), "found"
    stacked = tags.get("parking") in STACKED
    levels = number(tags.get("parking:levels", tags.get("building:levels"))) or 1.0
    area_each = figure("space_parking_m2")
    if area_m2 > 0.0:
        return max(1, round(area_m2 * (levels if stacked else 1.0) / area_each)), "derived"
    return SPACES["stacked" if stacked else kind], "synthetic"


def price_krw_h(fee: str | None, usual: str) -> tuple[float, Origin]:
    """Return the price of an hour: the usual one where there is a fee, free where none is told."""
    if fee == "no":
        return 0.0, "found"
    return (figure(usual), "derived") if fee else (0.0, "synthetic")


def hours(tags: Tags) -> tuple[float, float]:
    """Return opening and closing hour where the tag is one span a day, else 0 and 24."""
    span = re.fullmatch(
        r"(?:Mo-(?:Su|Fr)\s+)?(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)", tags.get("opening_hours", "")
    )
    if not span:
        return 0.0, 24.0
    a, b, c, d = (int(part) for part in span.groups())
    return a + b / 60, c + d / 60


class Bay(NamedTuple):
    """Parking on one side of a street: kind of car park, kerb per car (m), price."""

    kind: str
    length_m: float
    price_krw_h: float
    price_origin: Origin


# Kerb taken by a car that does not stand along it: bays 2.5 m wide (Enforcement Rule of the
# Parking Lot Act, art. 3), slanted at 45 degrees 2.5 / sin 45.
ACROSS_M = {"diagonal": 3.5, "perpendicular": 2.5, "orthogonal": 2.5}
ALONG = {"parallel", "inline", "lane", "street_side", "on_kerb", "half_on_kerb", "shoulder"}
STANDING = frozenset(ALONG | ACROSS_M.keys() | {"marked", "yes"})
FORBIDDEN = frozenset({"no_parking", "no_stopping", "no_standing"})


def kerb(tags: Tags, side: str) -> Bay | None:
    """Return the parking that the tags allow on the ``left`` or ``right``, None where none."""
    manner = _either(tags, "parking:{}", side) or _either(tags, "parking:lane:{}", side)
    if manner not in STANDING or _either(tags, "parking:{}:restriction", side) in FORBIDDEN:
        return None
    angle = _either(tags, "parking:{}:orientation", side) or manner
    condition = _either(tags, "parking:condition:{}", side)
    own = condition in {"residents", "private"} or _either(tags, "parking:{}:access", side) in NO
    paid = {"ticket": "yes", "free": "no"}.get(condition or "")
    price, origin = price_krw_h(_either(tags, "parking:{}:fee", side) or paid, "kerb_price")
    kind = "resident_priority" if own else "kerb_legal"
    return Bay(kind, ACROSS_M.get(angle, figure("bay_m")), price, origin)


def _either(tags: Tags, key: str, side: str) -> str | None:
    return tags.get(key.format(side), tags.get(key.format("both")))


FURNITURE = frozenset({"parking", "parking_entrance", "parking_space", "bench", "waste_basket"})


def is_amenity(tags: Tags) -> bool:
    """Tell whether people come here for something: an amenity or a shop."""
    return amenity(tags) not in FURNITURE | {""}


def amenity(tags: Tags) -> str:
    """Return the kind of an amenity; every shop is a ``shop``."""
    if tags.get("shop", "no") not in {"no", "vacant"}:
        return "shop"
    camera = tags.get("man_made") == "surveillance"
    return tags.get("amenity", "surveillance" if camera else "")


def is_bus_platform(tags: Tags) -> bool:
    """Tell whether this is a platform for buses that is not marked as a stop as well."""
    platform = tags.get("public_transport") == "platform" and tags.get("bus") == "yes"
    return platform and tags.get("highway") != "bus_stop"


def park(tags: Tags) -> str | None:
    """Return the kind of green that an area is, None where it is none."""
    if tags.get("leisure") in {"park", "garden", "nature_reserve", "playground", "pitch"}:
        return tags["leisure"]
    if tags.get("landuse") in {"grass", "forest", "meadow", "village_green", "recreation_ground"}:
        return tags["landuse"]
    return tags["natural"] if tags.get("natural") in {"wood", "scrub", "grassland"} else None


def water(tags: Tags) -> str | None:
    """Return the kind of water that an area is, None where it is none."""
    if tags.get("natural") == "water":
        return tags.get("water", "water")
    if tags.get("waterway") in {"riverbank", "dock"}:
        return "river"
    return "reservoir" if tags.get("landuse") in {"reservoir", "basin"} else None


# Widths of waters that are mapped as a line without one, m [GK].
STREAM_WIDTH = {"river": 20.0, "canal": 10.0, "stream": 3.0}


def stream_width(tags: Tags) -> tuple[float, Origin]:
    """Return the width in metres of a river, stream or canal, and where it comes from."""
    given = within(tags.get("width"), 0.3, 2_000.0)
    return (given, "found") if given else (STREAM_WIDTH[tags["waterway"]], "synthetic")
