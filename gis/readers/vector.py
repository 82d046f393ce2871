"""Read layers from GeoPackage, GeoParquet, shapefile (also zipped), GeoJSON and CSV."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import pyogrio

from gis.city import Source
from gis.readers.geometry import clean
from gis.readers.mapping import Rule, apply_rule, known_rule, read_mapping
from gis.readers.place import place_points, require_crs
from gis.schema import SCHEMA

__all__ = ["SUFFIXES", "Reading", "check_members", "read_vector", "read_vectors"]

SUFFIXES = (
    ".gpkg",
    ".parquet",
    ".geoparquet",
    ".shp",
    ".zip",
    ".geojson",
    ".json",
    ".csv",
    ".csv.gz",
)
_MAX_BYTES = 4 << 30
_MAX_CSV = 1 << 30
_MAGIC = {
    ".gpkg": (b"SQLite format 3\0", "a GeoPackage"),
    ".shp": (b"\x00\x00\x27\x0a", "a shapefile"),
    ".parquet": (b"PAR1", "a Parquet file"),
    ".geoparquet": (b"PAR1", "a Parquet file"),
    ".zip": (b"PK", "a zip archive"),
    ".geojson": (b"{", "GeoJSON"),
    ".json": (b"{", "GeoJSON"),
    ".gz": (b"\x1f\x8b", "a gzip file"),
}


@dataclass
class Reading:
    """What one file gave: our layers and tables, raw; their sources; and notes to the user."""

    layers: dict[str, list[gpd.GeoDataFrame]] = field(default_factory=dict)
    tables: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    sources: dict[str, list[Source]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_vector(
    path: str | os.PathLike[str],
    *,
    mapping: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    crs: str | None = None,
    encoding: str | None = None,
) -> Reading:
    """Return the layers of a file under our names, each in its own coordinate system.

    Parameters
    ----------
    path
        ``.gpkg``, ``.parquet``, ``.shp``, ``.zip`` (of a shapefile), ``.geojson``, ``.csv``,
        ``.csv.gz``.
    mapping
        Which layers and columns become ours; see :func:`gis.readers.mapping.read_mapping`.
        Without it the layers are recognised by their columns.
    crs
        Coordinate system of a file that names none.
    encoding
        Encoding of a shapefile or CSV; without it strict UTF-8 is tried, then cp949.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It is no file of that kind, it names no coordinate system, its coordinates cannot be
        right, or no layer of it is known.
    """
    return read_vectors([path], mapping=mapping, crs=crs, encoding=encoding)


def read_vectors(
    paths: Iterable[str | os.PathLike[str]],
    *,
    mapping: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    crs: str | None = None,
    encoding: str | None = None,
) -> Reading:
    """Return the layers of several files together; see :func:`read_vector`."""
    told = _Told(read_mapping(mapping), crs, encoding)
    reading, seen = Reading(), list[str]()
    files = [Path(path) for path in paths]
    for path in files:
        _check_file(path)
        seen += _read_file(reading, path, told)
    for name in told.rules:
        if name not in seen:
            where = ", ".join(file.name for file in files)
            raise ValueError(f"{where} has no layer {name!r}; its layers are: {', '.join(seen)}")
    return reading


class _Told(NamedTuple):
    """What the user said about the files."""

    rules: Mapping[str, Rule]
    crs: str | None
    encoding: str | None


def _read_file(reading: Reading, path: Path, told: _Told) -> list[str]:
    """Take every layer that is known out of one file, note the others, return the names of all."""
    seen, strange = list[str](), list[str]()
    for layer, frame in _frames(path, told.encoding, reading.notes):
        seen.append(layer)
        rule = told.rules.get(layer) or known_rule(layer, frame.columns)
        if rule is None:
            columns = [str(c) for c in frame.columns if c != "geometry"]
            strange.append(f"{layer} ({', '.join(columns[:8])})")
        else:
            where = path.name if layer == path.name.split(".")[0] else f"{path.name}:{layer}"
            _take(reading, frame, rule, where, told.crs)
    if len(strange) == len(seen):
        raise ValueError(
            f"{path.name}: no layer is known by its columns: {'; '.join(strange) or 'none'}; "
            f"say in a mapping which of ours they are: {', '.join(SCHEMA)}"
        )
    reading.notes.extend(f"{path.name}: layer {text} is not known, left out" for text in strange)
    return seen


def _take(reading: Reading, frame: pd.DataFrame, rule: Rule, where: str, crs: str | None) -> None:
    """Put one layer of a file among the layers read, under our names and with its source."""
    name = where.partition(":")[0]
    source = rule.source or Source(name, "not stated", f"{rule.to}: {name} (licence not stated)")
    reading.sources.setdefault(rule.to, []).append(source)
    if not isinstance(frame, gpd.GeoDataFrame):
        frame = place_points(frame, where, reading.notes)
    fresh = apply_rule(frame, rule, where)
    if not isinstance(frame, gpd.GeoDataFrame) and rule.to in SCHEMA:
        raise ValueError(
            f"{where} has no coordinates; {rule.to} need a geometry or the columns 경도 and 위도, "
            f"or lon and lat"
        )
    if not isinstance(frame, gpd.GeoDataFrame):
        reading.tables.setdefault(rule.to, []).append(fresh)
        return
    placed = gpd.GeoDataFrame(fresh, geometry="geometry", crs=require_crs(frame, where, crs))
    reading.layers.setdefault(rule.to, []).append(clean(placed, rule.to, where, reading.notes))


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    if not path.name.lower().endswith(SUFFIXES):
        raise ValueError(f"{path.name} is of no known kind; known are: {', '.join(SUFFIXES)}")
    with path.open("rb") as file:
        start = file.read(16)
    if not start:
        raise ValueError(f"{path.name} is empty")
    magic, kind = _MAGIC.get(path.suffix.lower(), (b"", ""))
    if path.suffix.lower() in (".geojson", ".json"):
        start = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start.startswith(magic):
        raise ValueError(f"{path.name} is not {kind}: it does not begin like one")


def _frames(
    path: Path, encoding: str | None, notes: list[str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    suffix = path.suffix.lower()
    if suffix in (".csv", ".gz"):
        yield path.name.split(".")[0], _read_csv(path, encoding, notes)
    elif suffix in (".parquet", ".geoparquet"):
        yield path.stem, _damaged(path, lambda: gpd.read_parquet(path))
    elif suffix == ".zip":
        with _unzipped(path) as shapes:
            for shape in shapes:
                yield shape.stem, _read_shape(shape, path.name, encoding, notes)
    elif suffix == ".shp":
        yield path.stem, _read_shape(path, path.name, encoding, notes)
    else:
        for layer in _damaged(path, lambda: pyogrio.list_layers(path)[:, 0]):
            yield str(layer), _damaged(path, partial(pyogrio.read_dataframe, path, layer=layer))


def _damaged(path: Path, read: Callable[[], Any]) -> Any:
    """Return what ``read`` gives, with one clear message where the file is damaged."""
    try:
        return read()
    except (RuntimeError, ValueError, OSError, EOFError) as error:
        raise ValueError(f"{path.name} is damaged or incomplete: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _read_csv(path: Path, encoding: str | None, notes: list[str]) -> pd.DataFrame:
    raw = _damaged(path, partial(_bytes, path))
    choice = encoding or _csv_encoding(raw, path.name)
    if choice == "cp949":
        notes.append(f"{path.name}: not UTF-8, read as cp949")
    try:
        return pd.read_csv(io.BytesIO(raw), encoding=choice, low_memory=False)
    except (ValueError, LookupError) as error:
        raise ValueError(f"{path.name} cannot be read as CSV in {choice}: {error}") from error


def _bytes(path: Path) -> bytes:
    if path.suffix.lower() != ".gz":
        return path.read_bytes()
    with gzip.open(path) as file:
        raw = file.read(_MAX_CSV + 1)
    if len(raw) > _MAX_CSV:
        raise ValueError(f"it unpacks to more than {_MAX_CSV:,} bytes")
    return raw


def _csv_encoding(raw: bytes, where: str) -> str:
    for choice in ("utf-8-sig", "cp949"):
        try:
            raw.decode(choice)
        except UnicodeDecodeError:
            continue
        return choice
    raise ValueError(f"{where} is neither UTF-8 nor cp949; give its encoding")


def _read_shape(path: Path, shown: str, encoding: str | None, notes: list[str]) -> gpd.GeoDataFrame:
    choice = encoding
    if choice is None and not path.with_suffix(".cpg").exists():
        choice = _dbf_encoding(path.with_suffix(".dbf"))
        notes.append(f"{shown}: no .cpg file, its text read as {choice}")
    try:
        return pyogrio.read_dataframe(path, encoding=choice)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{shown} is not in {choice or 'the encoding of its .cpg file'}: {error.reason}; "
            f"give its encoding"
        ) from error
    except (RuntimeError, ValueError, OSError, LookupError) as error:
        raise ValueError(f"{shown} is damaged or incomplete: {_first_line(error)}") from error


def _dbf_encoding(path: Path) -> str:
    """Return utf-8 where each text field of a .dbf file is that, else cp949."""
    if not path.is_file():
        return "utf-8"
    return "utf-8" if all(_is_text(v, "utf-8") for v in _dbf_texts(path.read_bytes())) else "cp949"


def _is_text(value: bytes, encoding: str) -> bool:
    # A text cut off at the width of its field may end inside a character.
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(value, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _dbf_texts(raw: bytes) -> Iterator[bytes]:
    """Yield the field names and the texts of a dBASE file that are not plain ASCII."""
    head, width = int.from_bytes(raw[8:10], "little"), int.from_bytes(raw[10:12], "little")
    fields, start = [], 1
    for at in range(32, head - 1, 32):
        name, kind, length = raw[at : at + 11].split(b"\0")[0], raw[at + 11 : at + 12], raw[at + 16]
        if not name.isascii():
            yield name
        if kind == b"C":
            fields.append((start, length))
        start += length
    for at in range(head, len(raw) - width + 1, max(width, 1)):
        record = raw[at : at + width]
        if not record.isascii():
            yield from (record[s : s + n] for s, n in fields)


@contextmanager
def _unzipped(path: Path) -> Iterator[list[Path]]:
    """Give the shapefiles of an archive, unpacked for as long as they are read."""
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path.name} is damaged or incomplete: {error}") from error
    with archive, tempfile.TemporaryDirectory() as folder:
        check_members(archive, path.name)
        archive.extractall(folder)
        shapes = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() == ".shp")
        if not shapes:
            raise ValueError(f"{path.name} holds no shapefile (.shp)")
        yield shapes


def check_members(archive: zipfile.ZipFile, where: str) -> None:
    """Refuse an archive with a member that leads out of it, or that unpacks to too much."""
    for member in archive.infolist():
        parts = Path(member.filename.replace("\\", "/")).parts
        if stat.S_ISLNK(member.external_attr >> 16) or ".." in parts or parts[:1] == ("/",):
            raise ValueError(f"{where} holds {member.filename!r}, which leads out of the archive")
    total = sum(member.file_size for member in archive.infolist())
    if total > _MAX_BYTES:
        raise ValueError(f"{where} unpacks to {total:,} bytes; at most {_MAX_BYTES:,} are read")
