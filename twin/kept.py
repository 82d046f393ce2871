"""Arrays that take long to make, kept beside the compiled kernels of the same source."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.cache import folder

__all__ = ["ROOM_GB", "digest", "kept"]

Arrays = Mapping[str, NDArray[Any]]

ROOM_GB = 8.0
"""How much is kept of one state of the source; what was used longest ago makes room for more."""
BYTES_PER_GB = 1e9


def digest(sources: Iterable[str], parts: Iterable[NDArray[Any]]) -> str:
    """Return a SHA-256 of source files and of arrays: what was made of them is theirs alone."""
    total = hashlib.sha256()
    for source in sources:
        total.update(Path(source).read_bytes())
    for part in parts:
        total.update(f"{part.dtype}{part.shape}".encode())
        total.update(np.ascontiguousarray(part).tobytes())
    return total.hexdigest()[:32]


def kept(name: str, make: Callable[[], Arrays]) -> Arrays:
    """Return the arrays of a name, or make and keep them; a folder appears only when it is whole.

    They are mapped, so that processes share them, and private: writing to them changes no file.
    """
    place = folder() / name
    if not place.is_dir():
        # Row by row, whatever the order they were computed in: kernels are compiled for one order.
        made = {key: np.ascontiguousarray(values) for key, values in make().items()}
        if not _store(place, made):
            return made
        _make_room(place)
    try:
        os.utime(place)  # used now, for who makes room
        files = sorted(place.glob("*.npy"))
        return {path.stem: np.asarray(np.load(path, mmap_mode="c")) for path in files}
    except FileNotFoundError:  # another process has just made room
        return kept(name, make)


def _store(place: Path, made: Arrays) -> bool:
    """Keep arrays in a folder; tell whether that could be done."""
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        part.mkdir()
        for key, values in made.items():
            np.save(part / f"{key}.npy", values)
        part.rename(place)
    except OSError:  # no room, or somebody else has made the same in the meantime
        return False
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return True


def _make_room(newest: Path) -> None:
    """Remove what was used longest ago until the rest fits, but not the newest."""
    taken = {newest: _bytes(newest)}
    found = {path for path in newest.parent.iterdir() if any(path.glob("*.npy"))}
    for path in sorted(found - {newest}, key=lambda path: path.stat().st_mtime, reverse=True):
        taken[path] = _bytes(path)
        if sum(taken.values()) > ROOM_GB * BYTES_PER_GB:
            shutil.rmtree(path, ignore_errors=True)


def _bytes(place: Path) -> int:
    return sum(path.stat().st_size for path in place.glob("*.npy"))
