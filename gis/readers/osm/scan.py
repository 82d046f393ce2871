"""An OpenStreetMap file read: tagged nodes, ways of streets and water, areas, rules on turning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import osmium

from gis.readers.osm.links import Ways

__all__ = ["Found", "Restriction", "Tags", "scan", "suffix"]

Tags = Mapping[str, str]
SUFFIXES = (".osm.pbf", ".osm.gz", ".osm")
KEYS = (
    "highway", "building", "amenity", "shop", "leisure", "landuse", "natural", "waterway",
    "boundary", "public_transport", "man_made", "building:part",
)  # fmt: skip
STREAMS = frozenset({"river", "stream", "canal"})
FOR_CARS = ("restriction", "restriction:motor_vehicle", "restriction:motorcar")
CARS = frozenset({"motorcar", "motor_vehicle", "vehicle"})
CUT = "the file is cut off or damaged, fetch it again"
# What libosmium says of a broken file, and what it means for people.
CAUSES = (
    ("entities are not supported", "XML entities are refused; save the file without a DOCTYPE"),
    ("truncated", CUT),
    ("unexpected EOF", CUT),
    ("gzip error", CUT),
    ("no element found", CUT),
    ("unclosed token", CUT),
)


@dataclass(frozen=True)
class Restriction:
    """A rule on turning: ``no_left_turn``, ``only_straight_on`` ...; ways and node by their ids."""

    kind: str
    from_ways: tuple[int, ...]
    via: int
    to_ways: tuple[int, ...]


@dataclass
class Found:
    """What the file holds: places are longitude and latitude in units of 1e-7 degrees.

    Attributes
    ----------
    points
        Place and tags of each tagged node.
    ways
        Runs of nodes of the ways with a highway tag.
    areas
        Outline (hexadecimal WKB in degrees) and tags of each closed way and multipolygon.
    rows
        Nodes of each row of trees.
    streams
        Nodes and tags of each river, stream and canal above ground.
    restrictions
        The rules on turning that hold for cars at all times, over a node.
    left_out
        How many other rules there are.
    places
        Place of each node that a rule names.
    unplaced
        How many ways with a highway tag have fewer than two nodes with a place.
    """

    points: list[tuple[tuple[int, int], Tags]] = field(default_factory=list)
    ways: Ways = field(default_factory=Ways)
    areas: list[tuple[str, Tags]] = field(default_factory=list)
    rows: list[list[tuple[int, int]]] = field(default_factory=list)
    streams: list[tuple[list[tuple[int, int]], Tags]] = field(default_factory=list)
    restrictions: list[Restriction] = field(default_factory=list)
    left_out: int = 0
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    unplaced: int = 0

    @cached_property
    def wanted(self) -> frozenset[int]:
        """The nodes that rules name."""
        return frozenset(rule.via for rule in self.restrictions)


def suffix(path: Path) -> str:
    """Return the part of the name that tells the format, an empty text for any other."""
    return next((s for s in SUFFIXES if path.name.lower().endswith(s)), "")


def scan(path: Path) -> Found:
    """Read the file; ways and outlines whose nodes are missing keep what is there.

    Raises
    ------
    FileNotFoundError, ValueError
        As :func:`gis.readers.osm.read_osm` says.
    """
    _check(path)
    found = Found()
    wkb = osmium.geom.WKBFactory()
    keys = osmium.filter.KeyFilter(*KEYS)
    try:
        _read_restrictions(found, path)
        things = osmium.FileProcessor(str(path)).with_locations().with_areas().with_filter(keys)
        for thing in things:
            _sort_in(found, thing, wkb)
    except RuntimeError as error:
        raise ValueError(f"{path}: not readable as OpenStreetMap data: {_cause(error)}") from error
    return found


def _check(path: Path) -> None:
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such file; give an OpenStreetMap file ({', '.join(SUFFIXES)})"
        )
    if not suffix(path):
        raise ValueError(f"{path}: not an OpenStreetMap file, allowed are {', '.join(SUFFIXES)}")
    if not path.stat().st_size:
        raise ValueError(f"{path}: the file is empty, it must hold OpenStreetMap data")


def _cause(error: RuntimeError) -> str:
    said = str(error)
    meant = next((meaning for words, meaning in CAUSES if words in said), None)
    return f"{meant} ({said})" if meant else said


def _read_restrictions(found: Found, path: Path) -> None:
    of_turns = osmium.filter.TagFilter(("type", "restriction"))
    for thing in osmium.FileProcessor(str(path), osmium.osm.RELATION).with_filter(of_turns):
        if isinstance(thing, osmium.osm.Relation):
            rule = _restriction(thing)
            found.left_out += rule is None
            found.restrictions += [rule] if rule is not None else []


def _restriction(relation: osmium.osm.Relation) -> Restriction | None:
    """Return a rule that holds for cars, at all times, over a node; None for any other."""
    tags = _tags(relation.tags)
    kind = next((tags[key] for key in FOR_CARS if key in tags), "")
    spared = CARS & set(tags.get("except", "").replace(" ", "").split(";"))
    via = [m.ref for m in relation.members if m.role == "via" and m.type == "n"]
    ways = {
        role: tuple(m.ref for m in relation.members if m.role == role and m.type == "w")
        for role in ("from", "via", "to")
    }
    over_a_node = len(via) == 1 and not ways["via"] and ways["from"] and ways["to"]
    if spared or not over_a_node or not kind.startswith(("no_", "only_")):
        return None
    return Restriction(kind, ways["from"], via[0], ways["to"])


def _sort_in(found: Found, thing: object, wkb: osmium.geom.WKBFactory) -> None:
    if isinstance(thing, osmium.osm.Node):
        found.points.append(((thing.location.x, thing.location.y), _tags(thing.tags)))
    elif isinstance(thing, osmium.osm.Way):
        _add_way(found, thing)
    elif isinstance(thing, osmium.osm.Area) and thing.num_rings()[0]:
        found.areas.append((wkb.create_multipolygon(thing), _tags(thing.tags)))


def _tags(tags: osmium.osm.TagList) -> Tags:
    return {tag.k: tag.v for tag in tags}


def _add_way(found: Found, way: osmium.osm.Way) -> None:
    if "highway" in way.tags:
        _keep_places(found, way)
        tags = _tags(way.tags)
        before = len(found.ways)
        for run in _runs(way.nodes):
            found.ways.add(way.id, tags, run)
        found.unplaced += len(found.ways) == before
    elif way.tags.get("natural") == "tree_row":
        found.rows.extend(run for run in _runs(way.nodes) if len(run) > 1)
    elif way.tags.get("waterway") in STREAMS and way.tags.get("tunnel", "no") == "no":
        tags = _tags(way.tags)
        found.streams.extend((run, tags) for run in _runs(way.nodes) if len(run) > 1)


def _keep_places(found: Found, way: osmium.osm.Way) -> None:
    wanted = found.wanted
    if wanted:
        for node in way.nodes:
            if node.ref in wanted and node.location.valid():
                found.places[node.ref] = node.location.x, node.location.y


def _runs(nodes: Iterable[osmium.osm.NodeRef]) -> Iterable[list[tuple[int, int]]]:
    """Yield the stretches of a way whose nodes are all in the file."""
    run: list[tuple[int, int]] = []
    for node in nodes:
        if node.location.valid():
            run.append((node.location.x, node.location.y))
        elif run:
            yield run
            run = []
    if run:
        yield run
