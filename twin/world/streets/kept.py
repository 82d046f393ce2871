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

__all__ = ["digest", "kept"]

Arrays = Mapping[str, NDArray[Any]]


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
        part = place.with_name(f".{name}.{os.getpid()}.part")
        try:
            part.mkdir()
            for key, values in made.items():
                np.save(part / f"{key}.npy", values)
            part.rename(place)
        except OSError:  # no room, or somebody else has made the same in the meantime
            return made
        finally:
            shutil.rmtree(part, ignore_errors=True)
    files = sorted(place.glob("*.npy"))
    return {path.stem: np.asarray(np.load(path, mmap_mode="c")) for path in files}
