"""A run is stored whole or not at all, and comes back as it was."""

from __future__ import annotations

import errno
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from twin.experiment.runner import Finished, Job, serial
from twin.experiment.store import Store, resume
from twin.solution import Cost

KEY = "0123456789abcdef" * 4
JOB = Job("공유 주차/a", "weekday", 3)
COST = Cost("gates", 0.1 + 0.2, 1e6, 7.0, 2020, "programme", "quotation", "D", ("life",))


def run(job: Job = JOB, rows: int = 3) -> Finished:
    events = pa.table(
        {
            "t": pa.array(np.arange(rows) / 3),
            "what": pa.array(["legal"] * rows).dictionary_encode(),
            "car": pa.array([None, *range(1, rows)], pa.int32()),
        }
    )
    return Finished(
        job, {"walk": 1 / 3, "util": None}, (COST,), {"events": events, "none": pa.table({})}
    )


def test_a_run_comes_back_bit_for_bit(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "folder", KEY)
    store.save(run())
    loaded = store.load(JOB)
    assert (loaded.job, loaded.kpis, loaded.costs) == (JOB, run().kpis, (COST,))
    assert loaded.tables.keys() == run().tables.keys()
    for name, table in run().tables.items():
        assert loaded.tables[name].equals(table, check_metadata=True)


def test_done_knows_jobs_of_any_name_but_only_of_its_own_scenario(tmp_path: Path) -> None:
    jobs = {JOB, Job("공유 주차:a", "weekday", 3), Job("공유 주차/a", "holiday", 3)}
    for job in jobs:
        Store(tmp_path, KEY).save(run(job))
    assert Store(tmp_path, KEY).done() == jobs
    assert Store(tmp_path, "f" * 64).done() == set()
    assert Store(tmp_path, KEY[:16] + "f" * 48).done() == set()
    assert Store(tmp_path / "nowhere", KEY).done() == set()


def test_a_damaged_file_counts_as_not_done_and_is_run_again(tmp_path: Path) -> None:
    store = Store(tmp_path, KEY)
    store.save(run())
    path = store.path(JOB)
    path.write_bytes(path.read_bytes()[:-20])
    assert store.done() == set()
    with pytest.raises(FileNotFoundError, match=r"run 공유 주차/a/weekday/3 is not stored in"):
        store.load(JOB)
    assert [finished.job for finished in resume(store, [JOB], lambda jobs: serial(run, jobs))] == [
        JOB
    ]
    assert store.done() == {JOB}


def test_resume_runs_only_what_is_missing(tmp_path: Path) -> None:
    jobs = [Job("base", "weekday", r) for r in range(4)]
    store, ran = Store(tmp_path, KEY), []

    def simulate(rest: list[Job]) -> Iterator[Finished]:
        ran.extend(rest)
        return serial(run, rest)

    list(resume(store, jobs[:2], simulate))
    again = list(resume(store, jobs, simulate))
    assert ran == jobs
    assert [finished.kpis for finished in again] == [run().kpis] * 4


def test_a_full_disk_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path, KEY)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, old[1]))
        with pytest.raises(
            OSError, match=r"cannot store run 공유 주차/a/weekday/3 in .*: File too"
        ):
            store.save(run(rows=100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_no_space_at_the_last_moment_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"cannot store run .*: No space left on device") as caught:
        Store(tmp_path, KEY).save(run())
    assert caught.value.errno == errno.ENOSPC
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"cannot store run .* in .*file: Not a directory"):
        Store(tmp_path / "file", KEY).save(run())
