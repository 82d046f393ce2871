"""What OpenStreetMap tags mean: one tag set in, one value and its origin out.

Values that a tag does not give are defaults by class; each says where it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = [
    "ROADS",
    "floors_height",
    "is_road",
    "is_walkable",
    "lanes",
    "number",
    "oneway",
    "path_kind",
    "road_class",
    "sidewalk",
    "speed",
    "use",
    "width",
]

Tags = Mapping[str, str]
Origin = str
YES = frozenset({"yes", "true", "1", "designated", "permissive", "destination", "official"})
NO = frozenset({"no", "none", "false", "0", "private"})

# class: lanes in one direction in Korea and elsewhere, speed (km/h), lane width (m), sidewalk.
# Lanes: arterials of 6 and 4 lanes, collectors of 2 (street classes of the Korean rule on urban
# facilities) [GK]. Speed: 50 km/h on urban main streets, 30 on side streets ("safe speed
# 50/30", Enforcement Rule of the Road Traffic Act, art. 19, since 2021-04-17); 20 in living
# streets [GK]. Lane width: 3.5 m fast, 3.0-3.25 m in town (Korean rule on road structure) [GK].
ROADS: Mapping[str, tuple[int, int, float, float, bool]] = {
    "motorway": (2, 2, 100.0, 3.5, False),
    "trunk": (3, 2, 80.0, 3.5, False),
    "primary": (3, 2, 50.0, 3.25, True),
    "secondary": (2, 1, 50.0, 3.25, True),
    "tertiary": (1, 1, 50.0, 3.25, True),
    "unclassified": (1, 1, 30.0, 3.0, False),
    "residential": (1, 1, 30.0, 3.0, False),
    "living_street": (1, 1, 20.0, 3.0, False),
    "service": (1, 1, 20.0, 2.5, False),
    "busway": (1, 1, 50.0, 3.25, False),
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


def road_class(tags: Tags) -> str | None:
    """Return the class of a street for cars or buses, None for anything else."""
    highway = tags.get("highway", "").removesuffix("_link")
    highway = SAME_AS.get(highway, highway)
    return highway if highway in ROADS else None


def is_road(tags: Tags) -> bool:
    """Tell whether cars or buses drive here."""
    if road_class(tags) is None or tags.get("area") == "yes":
        return False
    allowed = tags.get("motor_vehicle", tags.get("vehicle", tags.get("access", "yes")))
    return allowed != "no" or tags.get("bus", tags.get("psv", "no")) in YES


def path_kind(tags: Tags) -> str | None:
    """Return the kind of a walking way that is no street, None where nobody walks."""
    highway = tags.get("highway", "")
    if tags.get("foot", tags.get("access", "yes")) in NO and tags.get("foot") not in YES:
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
    given = [number(tags.get(f"lanes:{side}")) for side in ("forward", "backward")]
    total = number(tags.get("lanes"))
    if way == 0 and all(given):
        return _whole(given[0]), _whole(given[1]), "found"
    if total:
        return *_share(_whole(total), way, given), "found"
    fallback = ROADS[road_class(tags) or "residential"][0 if korea else 1]
    if tags.get("highway", "").endswith("_link"):
        fallback = 1
    return fallback * (way >= 0), fallback * (way <= 0), "derived"


def _share(total: int, way: int, given: list[float | None]) -> tuple[int, int]:
    if way:
        return total * (way > 0), total * (way < 0)
    if given[0]:
        return _whole(given[0]), max(1, total - _whole(given[0]))
    back = _whole(given[1]) if given[1] else max(1, total // 2)
    return max(1, total - back), back


def _whole(value: float | None) -> int:
    return max(1, round(value or 1))


def speed(tags: Tags, side: str) -> tuple[float, Origin]:
    """Return the speed limit in km/h for ``forward`` or ``backward``."""
    text = tags.get(f"maxspeed:{side}", tags.get("maxspeed"))
    limit = number(text)
    if limit and limit > 0:
        return limit * (1.609344 if "mph" in (text or "") else 1.0), "found"
    return ROADS[road_class(tags) or "residential"][2], "derived"


def width(tags: Tags, both: int) -> tuple[float, Origin]:
    """Return the width of the carriageway in metres, given its lanes of both directions."""
    given = number(tags.get("width:carriageway", tags.get("width")))
    if given and given > 1.0:
        return given, "found"
    kind = road_class(tags) or "residential"
    # Korean side streets without a centre line are 6 m wide: two lanes and room to stand [GK].
    narrow = {"residential": 6.0, "unclassified": 6.0, "living_street": 5.0, "service": 4.0}
    return max(both * ROADS[kind][3], narrow.get(kind, 0.0)), "derived"


def sidewalk(tags: Tags) -> tuple[bool, Origin]:
    """Tell whether the street has a sidewalk on at least one side."""
    sides = [tags.get("sidewalk")] + [
        tags.get(f"sidewalk:{side}") for side in ("both", "left", "right")
    ]
    known = [side for side in sides if side]
    if known:
        return any(side not in NO for side in known), "found"
    return ROADS[road_class(tags) or "residential"][4], "derived"


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


def use(tags: Tags) -> str:
    """Return what a building is used for."""
    for kind in tags.get("building", "").split(";"):
        if kind in BUILDINGS:
            return BUILDINGS[kind]
    return "other"


def floors_height(tags: Tags, kind: str) -> tuple[int, float, Origin]:
    """Return floors, height in metres and where the height comes from."""
    floors, storey = STOREYS[kind]
    height, levels = number(tags.get("height")), number(tags.get("building:levels"))
    if height and height > 1.0:
        return max(1, round(levels or height / storey)), height, "found"
    if levels and levels >= 1.0:
        return round(levels), levels * storey, "derived"
    return floors, floors * storey, "synthetic"
