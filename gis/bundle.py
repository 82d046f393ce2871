"""A city on disk: one folder with ``city.json`` and a GeoParquet file per layer."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa

__all__ = ["read_bundle", "write_bundle"]

_HEAD = "city.json"


def write_bundle(
    folder: Path,
    head: Mapping[str, Any],
    layers: Mapping[str, gpd.GeoDataFrame],
    tables: Mapping[str, pd.DataFrame],
) -> None:
    """Write all or nothing: the folder appears, or is replaced, only when each file is complete.

    Raises
    ------
    FileExistsError
        The folder holds something that is not a city.
    OSError
        The disk is full, or the place cannot be written.
    """
    folder = Path(folder)
    if folder.is_file() or (
        folder.is_dir() and any(folder.iterdir()) and not (folder / _HEAD).is_file()
    ):
        raise FileExistsError(f"{folder} exists and is not a city; nothing was written")
    with _replacing(folder) as part:
        (part / "layers").mkdir()
        (part / "tables").mkdir()
        for name, frame in layers.items():
            frame.to_parquet(
                part / "layers" / f"{name}.parquet",
                compression="zstd",
                index=False,
                write_covering_bbox=True,
                schema_version="1.1.0",
            )
        for name, table in tables.items():
            table.to_parquet(part / "tables" / f"{name}.parquet", compression="zstd", index=False)
        text = json.dumps(
            {**head, "layers": list(layers), "tables": list(tables)}, ensure_ascii=False, indent=2
        )
        (part / _HEAD).write_text(text + "\n", encoding="utf-8")


def read_bundle(
    folder: Path, version: int
) -> tuple[dict[str, Any], dict[str, gpd.GeoDataFrame], dict[str, pd.DataFrame]]:
    """Return head, layers and tables of a saved city.

    Raises
    ------
    FileNotFoundError
        There is no such folder, or a file of it is missing.
    ValueError
        It is not a city, it is damaged, or a newer program wrote it.
    """
    folder = Path(folder)
    head = _read_head(folder, version)
    layers = {n: _read_part(folder, "layers", n, gpd.read_parquet) for n in head.pop("layers")}
    tables = {n: _read_part(folder, "tables", n, pd.read_parquet) for n in head.pop("tables")}
    return head, layers, tables


def _read_head(folder: Path, version: int) -> dict[str, Any]:
    if not folder.is_dir():
        raise FileNotFoundError(f"no city at {folder}: there is no such folder")
    if not (folder / _HEAD).is_file():
        raise ValueError(f"{folder} is not a city: it holds no {_HEAD}")
    try:
        head = json.loads((folder / _HEAD).read_text(encoding="utf-8"))
        found = int(head["schema"])
        parts = [*head["layers"], *head["tables"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder / _HEAD} is damaged: {error}") from error
    if found > version:
        raise ValueError(f"{folder} has schema {found}; this program knows schemas up to {version}")
    if any(not str(name).isidentifier() for name in parts):
        raise ValueError(f"{folder / _HEAD} is damaged: a layer must be named by a plain word")
    for key in ("name", "crs", "synthetic", "sources", "notes"):
        if key not in head:
            raise ValueError(f"{folder / _HEAD} is damaged: it lacks {key!r}")
    return dict(head)


def _read_part(folder: Path, kind: str, name: str, read: Any) -> Any:
    path = folder / kind / f"{name}.parquet"
    if not path.is_file():
        raise FileNotFoundError(f"{folder} is damaged: it lacks {kind}/{name}.parquet")
    try:
        return read(path)
    except (pa.ArrowException, ValueError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path} is damaged: {reason}") from error


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Give a folder to write into; on success it takes the place of ``folder``, else it goes."""
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        if folder.exists():
            folder.rename(old)
        part.rename(folder)
    except (OSError, pa.ArrowException) as error:
        if old.exists() and not folder.exists():
            old.rename(folder)
        reason = getattr(error, "strerror", None) or str(error)
        raise OSError(
            getattr(error, "errno", None), f"cannot save the city: {reason}", str(folder)
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
