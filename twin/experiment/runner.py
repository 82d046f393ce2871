"""Run many days: one after another, or side by side in local processes."""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from twin.solution import Cost

__all__ = ["Finished", "Job", "JobError", "Simulate", "processes", "serial"]

ATTEMPTS = 2  # a job whose worker was killed gets one second chance


@dataclass(frozen=True, order=True)
class Job:
    """One day to simulate: which alternative, which kind of day, which replication."""

    alternative: str
    day_type: str
    replication: int

    def __str__(self) -> str:
        return f"{self.alternative}/{self.day_type}/{self.replication}"


@dataclass(frozen=True)
class Finished:
    """What one job gave: its KPIs (None where undefined), costs and tables.

    Raises
    ------
    ValueError
        If a KPI is infinite or not a number: what is undefined is None.
    """

    job: Job
    kpis: Mapping[str, float | None]
    costs: tuple[Cost, ...] = ()
    tables: Mapping[str, pa.Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.kpis.items():
            if value is not None and not math.isfinite(value):
                raise ValueError(
                    f"KPI {name} of run {self.job} must be finite, or None where it is undefined, "
                    f"got {value}"
                )


Simulate = Callable[[Job], Finished]


class JobError(RuntimeError):
    """A job that could not be run; ``job`` names it and ``__cause__`` says why."""

    def __init__(self, job: Job, why: str) -> None:
        super().__init__(f"run {job} failed: {why}")
        self.job = job


def serial(simulate: Simulate, jobs: Iterable[Job]) -> Iterator[Finished]:
    """Run the jobs one after another in this process.

    Raises
    ------
    JobError
        Naming the job, from whatever ``simulate`` raised.
    """
    for job in jobs:
        try:
            finished = simulate(job)
        except Exception as error:
            raise _failure(job, error) from error
        yield finished


def processes(simulate: Simulate, jobs: Iterable[Job], *, workers: int) -> Iterator[Finished]:
    """Run the jobs in local processes; they come back in the order they end.

    Each worker unpickles ``simulate`` once, so what it keeps (an opened city) serves all jobs of
    that worker. A killed worker loses only its own job, which gets one second chance. Closing the
    iterator, an error or Ctrl-C stops all workers at once.

    Raises
    ------
    ValueError
        If ``workers`` is below 1.
    JobError
        Naming the job, from whatever it raised, or when its worker was killed twice.
    """
    if workers < 1:
        raise ValueError(f"workers must be at least 1, got {workers}")
    waiting = deque((job, 1) for job in jobs)
    return _spread(_Lanes(pickle.dumps(simulate), min(workers, len(waiting))), waiting)


def _spread(lanes: _Lanes, waiting: deque[tuple[Job, int]]) -> Iterator[Finished]:
    """Keep every lane busy until no job is left."""
    running: dict[Future[Finished], tuple[int, Job, int]] = {}
    try:
        while waiting or running:
            for lane in lanes.idle(running.values()):
                if waiting:
                    job, attempt = waiting.popleft()
                    running[lanes.submit(lane, job)] = (lane, job, attempt)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                lane, job, attempt = running.pop(future)
                finished = _result(future, job, attempt)
                if finished is not None:
                    yield finished
                else:
                    lanes.renew(lane)
                    waiting.appendleft((job, attempt + 1))
    finally:
        lanes.stop()


def _result(future: Future[Finished], job: Job, attempt: int) -> Finished | None:
    """Return the finished run, or None when its worker died and the job may try again."""
    try:
        return future.result()
    except BrokenProcessPool as error:
        if attempt < ATTEMPTS:
            return None
        why = f"its worker process was killed {attempt} times (out of memory?)"
        raise JobError(job, why) from error
    except Exception as error:
        raise _failure(job, error) from error


def _failure(job: Job, error: Exception) -> JobError:
    return JobError(job, f"{type(error).__name__}: {error}")


class _Lanes:
    """Pools of one process each: when one breaks, just its own job is lost, and known."""

    def __init__(self, simulate: bytes, count: int) -> None:
        self._simulate = simulate
        self._pools = [self._pool() for _ in range(count)]

    def _pool(self) -> ProcessPoolExecutor:
        # spawn: a fork would copy locks and threads of numba and Arrow in an unknown state
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(
            1, mp_context=context, initializer=_begin, initargs=(self._simulate,)
        )

    def idle(self, running: Iterable[tuple[int, Job, int]]) -> list[int]:
        busy = {lane for lane, _, _ in running}
        return [lane for lane in range(len(self._pools)) if lane not in busy]

    def submit(self, lane: int, job: Job) -> Future[Finished]:
        return self._pools[lane].submit(_work, job)

    def renew(self, lane: int) -> None:
        _stop(self._pools[lane])
        self._pools[lane] = self._pool()

    def stop(self) -> None:
        for pool in self._pools:
            _stop(pool)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End a pool now: its public shutdown would wait for the running job."""
    workers = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        worker.terminate()


# Of a worker process only: the callable that it was started with.
_worker: dict[str, Simulate] = {}


def _begin(simulate: bytes) -> None:
    """Prepare a worker: Ctrl-C is the parent's business, and no worker outlives its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()
    _worker["simulate"] = pickle.loads(simulate)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(job: Job) -> Finished:
    try:
        return _worker["simulate"](job)
    except Exception as error:
        if _travels(error):
            raise
        raise RuntimeError(f"{type(error).__name__}: {error}") from None


def _travels(error: Exception) -> bool:
    """Tell whether the parent could rebuild an error; one it cannot would look like a crash."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return False
    return True
