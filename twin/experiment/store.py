"""Finished runs on disk: each one whole or not there, so that a stopped experiment goes on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from twin.experiment.runner import Finished, Job

__all__ = ["Store", "resume"]

HEADER = b"dongne.run"


@dataclass(frozen=True)
class Store:
    """Finished runs of one scenario below a folder, one Parquet file a run.

    Parameters
    ----------
    folder
        Where the runs lie; made when the first one is saved.
    key
        Content key of the scenario (its SHA-256): runs of another key are never mixed in.

    A file has one row per table (``name``, ``rows``, ``table`` as an Arrow stream); job, KPIs and
    costs are JSON in its metadata under ``dongne.run``.
    """

    folder: Path
    key: str

    def path(self, job: Job) -> Path:
        """Return where the run of a job lies."""
        full = hashlib.sha256(f"{job.alternative}\n{job.day_type}".encode()).hexdigest()
        name = f"{_plain(job.alternative)}-{_plain(job.day_type)}-{full[:8]}-{job.replication:05d}"
        return self.folder / self.key[:16] / f"{name}.parquet"

    def save(self, finished: Finished) -> None:
        """Write a run under a temporary name and rename it: nobody ever sees half a file.

        Raises
        ------
        OSError
            Naming the run and the folder, e.g. when the disk is full; nothing is left behind.
        """
        path = self.path(finished.job)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(_pack(finished, self.key), temporary)
            os.replace(temporary, path)
            _sync_folder(path.parent)
        except OSError as error:
            why = error.strerror or str(error)
            message = f"cannot store run {finished.job} in {self.folder}: {why}"
            raise OSError(error.errno, message) from error
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)

    def done(self) -> set[Job]:
        """Return the jobs that are stored; a file that cannot be read counts as not done."""
        paths = sorted(self.folder.glob(f"{self.key[:16]}/*.parquet"))
        heads = (_head(path, self.key) for path in paths)
        return {Job(**head["job"]) for head in heads if head is not None}

    def load(self, job: Job) -> Finished:
        """Read a stored run.

        Raises
        ------
        FileNotFoundError
            If the job has not been stored.
        """
        path = self.path(job)
        from twin.solution import Cost

        head = _head(path, self.key)
        if head is None:
            raise FileNotFoundError(f"run {job} is not stored in {self.folder}")
        rows = pq.read_table(path).to_pylist()
        tables = {row["name"]: _unpack(row["table"]) for row in rows}
        costs = tuple(Cost(**{**cost, "assumed": tuple(cost["assumed"])}) for cost in head["costs"])
        return Finished(job, head["kpis"], costs, tables)


def resume(
    store: Store, jobs: Iterable[Job], run: Callable[[list[Job]], Iterator[Finished]]
) -> Iterator[Finished]:
    """Yield the stored runs, then run the missing ones, each stored before it is handed on."""
    wanted, done = list(jobs), store.done()
    for job in wanted:
        if job in done:
            yield store.load(job)
    for finished in run([job for job in wanted if job not in done]):
        store.save(finished)
        yield finished


def _plain(name: str) -> str:
    """Return a short name that any file system takes; the hash beside it keeps it unique."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name)[:40]


def _pack(finished: Finished, key: str) -> pa.Table:
    head = {
        "key": key,
        "job": asdict(finished.job),
        "kpis": dict(finished.kpis),
        "costs": [asdict(cost) for cost in finished.costs],
    }
    tables = list(finished.tables.items())
    columns = {
        "name": pa.array([name for name, _ in tables], pa.string()),
        "rows": pa.array([table.num_rows for _, table in tables], pa.int64()),
        "table": pa.array([_stream(table) for _, table in tables], pa.large_binary()),
    }
    text = json.dumps(head, allow_nan=False, ensure_ascii=False)
    return pa.table(columns).replace_schema_metadata({HEADER: text.encode()})


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _unpack(stream: bytes) -> pa.Table:
    return pa.ipc.open_stream(stream).read_all()


def _write(table: pa.Table, path: Path) -> None:
    with path.open("wb") as file:
        # the tables are compressed already
        pq.write_table(table, file, compression="none", use_dictionary=False)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _head(path: Path, key: str) -> dict[str, Any] | None:
    """Return job, KPIs and costs of a file; None if it is missing, damaged or of another key."""
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (OSError, pa.ArrowInvalid):
        return None
    head: dict[str, Any] = json.loads(metadata.get(HEADER, b"{}"))
    return head if head.get("key") == key else None
