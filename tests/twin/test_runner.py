"""Jobs come back whole, from one process or many, whatever happens to a worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from twin.experiment.runner import Finished, Job, JobError, processes, serial

JOBS = [Job(name, "weekday", r) for name in ("base", "more") for r in range(4)]


@dataclass(frozen=True)
class Square:
    """A stand-in for a day; it can die once, die always, or raise, at one replication."""

    marks: str = ""
    dies: int = -1
    always: bool = False
    raises: int = -1

    def __call__(self, job: Job) -> Finished:
        if job.replication == self.raises:
            raise ValueError("no such street")
        if job.replication == self.dies and (self.always or not self._died(job)):
            os.kill(os.getpid(), signal.SIGKILL)
        return Finished(job, {"square": float(job.replication**2)})

    def _died(self, job: Job) -> bool:
        mark = Path(self.marks, str(job).replace("/", "-"))
        died = mark.exists()
        mark.touch()
        return died


def kpis(finished: Iterator[Finished]) -> dict[Job, float | None]:
    return {run.job: run.kpis["square"] for run in finished}


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_any_number_of_workers_gives_what_one_process_gives(workers: int) -> None:
    assert kpis(processes(Square(), JOBS, workers=workers)) == kpis(serial(Square(), JOBS))


def test_no_jobs_need_no_worker() -> None:
    assert list(processes(Square(), [], workers=2)) == []


def test_a_killed_worker_loses_only_its_own_job_and_that_runs_again(tmp_path: Path) -> None:
    simulate = Square(marks=str(tmp_path), dies=2)
    assert kpis(processes(simulate, JOBS, workers=2)) == kpis(serial(Square(), JOBS))
    assert {mark.name for mark in tmp_path.iterdir()} == {"base-weekday-2", "more-weekday-2"}


def test_a_job_that_kills_its_worker_twice_is_named() -> None:
    with pytest.raises(
        JobError, match=r"run (base|more)/weekday/0 failed: its worker .* killed 2 times"
    ):
        list(processes(Square(dies=0, always=True), JOBS, workers=2))


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_in_a_job_names_the_job_and_the_reason(workers: int) -> None:
    simulate = Square(raises=3)
    runs = processes(simulate, JOBS, workers=workers) if workers else serial(simulate, JOBS)
    message = "run (base|more)/weekday/3 failed: ValueError: no such street"
    with pytest.raises(JobError, match=message) as caught:
        list(runs)
    assert (caught.value.job.day_type, caught.value.job.replication) == ("weekday", 3)
    assert isinstance(caught.value.__cause__, ValueError)


class OddError(Exception):
    """An error that pickles but cannot be rebuilt from its message alone."""

    def __init__(self, street: str, *, lanes: int) -> None:
        super().__init__(f"{street} has {lanes} lanes")


def odd(job: Job) -> Finished:
    raise OddError("Songpa-daero", lanes=0)


def test_an_error_that_cannot_travel_is_still_told() -> None:
    message = "run base/weekday/0 failed: RuntimeError: OddError: Songpa-daero has 0 lanes"
    with pytest.raises(JobError, match=message):
        list(processes(odd, JOBS[:1], workers=1))


def test_no_workers_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="workers must be at least 1, got 0"):
        processes(Square(), JOBS, workers=0)


def test_a_kpi_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="KPI walk of run base/weekday/0 must be finite, or None"):
        Finished(JOBS[0], {"walk": float("nan")})


PROGRAM = """
    import sys, time
    from pathlib import Path
    from twin.experiment.runner import Finished, Job, processes
    from twin.experiment.store import Store, resume

    def simulate(job):
        time.sleep(0 if job.replication == 0 else 60)
        return Finished(job, {"square": 0.0})

    if __name__ == "__main__":
        store = Store(Path(sys.argv[1]), "k" * 64)
        jobs = [Job("base", "weekday", r) for r in range(4)]
        try:
            for run in resume(store, jobs, lambda rest: processes(simulate, rest, workers=2)):
                print(run.job, flush=True)
        except KeyboardInterrupt:
            print("stopped", flush=True)
"""


def test_ctrl_c_keeps_what_is_done_and_ends_at_once(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, str(program), str(tmp_path / "store")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "base/weekday/0\n"
        pressed = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to parent and workers alike
        out, err = process.communicate(timeout=30)
        assert (out, err, process.returncode) == ("stopped\n", "", 0)
        assert time.monotonic() - pressed < 10
    assert [path.name[:4] for path in (tmp_path / "store").rglob("*.*")] == ["base"]
