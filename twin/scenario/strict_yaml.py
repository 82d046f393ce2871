"""A strict reader of YAML files: what a person wrote is what is read, or an error with its line.

Plain YAML reads ``12:30`` as 750, ``010`` as 8, ``no`` as false, ``1e3`` as text, and the last of
two equal keys in silence. Here booleans are only ``true`` and ``false``, numbers are decimal,
``12:30`` is a :class:`Clock`, and duplicate keys, aliases, tags and documents of more than 1 MB
are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeAlias

import yaml

__all__ = [
    "Clock",
    "Document",
    "Keys",
    "Place",
    "ScenarioError",
    "Value",
    "load",
    "shown",
    "unquoted",
]

LIMIT_BYTES = 1_000_000
LIMIT_DEPTH = 20
CONTROL = re.compile(  # what YAML calls not printable
    r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)

Keys: TypeAlias = tuple[str | int, ...]  # from the top of the file to a value
Value: TypeAlias = Any  # dict, list, str, int, float, bool, None or Clock


class ScenarioError(ValueError):
    """A scenario that cannot be used; one line: ``file:line: what is wrong, what is allowed``."""


def _error(file: str | Path, line: int, message: str) -> ScenarioError:
    return ScenarioError(f"{file}:{line}: {' '.join(message.split())}")


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int


@dataclass(frozen=True)
class Clock:
    """A time of day, written ``HH:MM``."""

    hour: int
    minute: int

    @property
    def seconds(self) -> int:
        """Seconds since midnight."""
        return self.hour * 3600 + self.minute * 60

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


@dataclass(frozen=True)
class Document:
    """The value of a file, and the line of each value in it.

    ``places`` maps the keys that lead to a value, e.g. ``("alternatives", "shared", 0)``, to the
    line of its key or, in a list, of its item.
    """

    value: Value
    places: Mapping[Keys, Place]

    def fail(self, keys: Keys, message: str) -> NoReturn:
        """Raise a :class:`ScenarioError` at the line of these keys, or of the nearest above."""
        while keys not in self.places:
            keys = keys[:-1]
        raise _error(*self.places[keys], message)


def shown(value: Value) -> str:
    """Return a value as a person would write it, in quotes where it is text, cut at 60 signs."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return repr(text) if isinstance(value, str) else text


_CLOCK = r"[0-9]{1,2}:[0-9]{2}"
_PLAIN: tuple[tuple[str, str, str], ...] = (  # tag, pattern, first characters
    ("null", r"~|null|", "~n"),
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?(0|[1-9][0-9]{0,17})", "-+0123456789"),
    ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?[0-9]+[eE][-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?\.inf|\.nan", "-+."),
    ("clock", _CLOCK, "0123456789"),
)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), [*_first])
_Loader.add_implicit_resolver("null", re.compile(r"\Z"), [""])


def load(path: str | Path) -> Document:
    """Return a YAML file as plain values with the line of each.

    Raises
    ------
    ScenarioError
        Where there is no such file, it cannot be read, is no UTF-8 text of at most 1 MB, is not
        YAML, or uses what is refused: tabs, duplicate keys, aliases, tags, several documents, more
        than 20 levels.
    """
    path = Path(path)
    text = _text(path)
    name = str(path)
    try:
        _check_events(text, name)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, text, name) from None
    except yaml.YAMLError as error:
        raise _error(name, 1, f"not YAML: {error}") from None
    places: dict[Keys, Place] = {(): Place(name, 1)}
    value = None if node is None else _value(node, (), places, name)
    return Document(value, places)


def _text(path: Path) -> str:
    data = _bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _error(path, line, "must be text in UTF-8, is not") from None
    control = CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        sign = f"U+{ord(control[0]):04X}"
        raise _error(path, line, f"must be text, got the control character {sign}")
    return text


def _bytes(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise ScenarioError(f"{path}: must be a file, got a folder or a device")
    try:
        with path.open("rb") as stream:
            data = stream.read(LIMIT_BYTES + 1)
    except FileNotFoundError:
        raise ScenarioError(f"{path}: no such file") from None
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > LIMIT_BYTES:
        raise ScenarioError(f"{path}: must be at most 1 MB of YAML, is larger")
    return data


def _check_events(text: str, name: str) -> None:
    """Refuse, before anything is built, what can grow without bound or run code."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        documents += isinstance(event, yaml.DocumentStartEvent)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        refused = _refused(event, depth, documents)
        if refused:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise _error(name, line, refused)


def _refused(event: yaml.Event, depth: int, documents: int) -> str | None:
    if documents > 1:
        return "must be one document, got another after '---'"
    if depth > LIMIT_DEPTH:
        return f"must be at most {LIMIT_DEPTH} levels deep"
    if isinstance(event, yaml.AliasEvent):
        return f"must have no aliases, got *{event.anchor}; write the value out"
    if getattr(event, "anchor", None):
        return f"must have no anchors, got &{event.anchor}; write the value out"  # type: ignore[attr-defined]
    if getattr(event, "tag", None):
        return f"must have no tags, got {event.tag}"  # type: ignore[attr-defined]
    return None


def _syntax(error: yaml.MarkedYAMLError, text: str, name: str) -> ScenarioError:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    if re.match(r" *\t", (text.splitlines() + [""] * line)[line - 1]):
        return _error(name, line, "must be indented with spaces, got a tab")
    return _error(name, line, f"not YAML: {error.problem or error.context}")


def _value(node: yaml.Node, keys: Keys, places: dict[Keys, Place], name: str) -> Value:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, keys, places, name)
    if isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            places[*keys, i] = Place(name, item.start_mark.line + 1)
        return [_value(item, (*keys, i), places, name) for i, item in enumerate(node.value)]
    try:
        return _scalar(node.tag, node.value)
    except ValueError as error:
        raise _error(name, node.start_mark.line + 1, str(error)) from None


def _mapping(
    node: yaml.MappingNode, keys: Keys, places: dict[Keys, Place], name: str
) -> dict[str, Value]:
    value: dict[str, Value] = {}
    for key_node, value_node in node.value:
        place = Place(name, key_node.start_mark.line + 1)
        key = _key(key_node, place)
        if key in value:
            first = places[*keys, key].line
            message = f"{_dotted((*keys, key))} is given twice, first on line {first}"
            raise _error(*place, message)
        places[*keys, key] = place
        value[key] = _value(value_node, (*keys, key), places, name)
    return value


def _key(node: yaml.Node, place: Place) -> str:
    if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":str"):
        return str(node.value)
    got = node.value if isinstance(node, yaml.ScalarNode) else "a list or mapping"
    hint = "; put it in quotes" if isinstance(node, yaml.ScalarNode) else ""
    raise _error(*place, f"a key must be text, got {got}{hint}")


def _scalar(tag: str, text: str) -> Value:
    match tag:
        case "null":
            return None
        case "bool":
            return text == "true"
        case "int":
            return int(text)
        case "float":
            return float(text.replace(".inf", "inf").replace(".nan", "nan"))
        case "clock":
            return _clock(text)
    return text


def unquoted(value: Value) -> Value:
    """Return the time of day that stands in quotes, any other value as it is."""
    if isinstance(value, str) and re.fullmatch(_CLOCK, value):
        with suppress(ValueError):
            return _clock(value)
    return value


def _clock(text: str) -> Clock:
    hour, minute = map(int, text.split(":"))
    try:
        time(hour, minute)
    except ValueError:
        rule = "a time of day must be in 00:00 to 23:59"
        raise ValueError(f"{rule}, got {text}; put it in quotes if it is text") from None
    return Clock(hour, minute)


def _dotted(keys: Keys) -> str:
    """Return keys as one path: ``alternatives.shared[0].spaces``."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".")
