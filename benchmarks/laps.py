"""Stages one after another: CPU seconds and peak memory, each size in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import Any

__all__ = ["Laps", "in_child"]

BYTES = 1 if sys.platform == "darwin" else 1024
"""The unit of the peak memory that the system tells of."""
STATUS = Path("/proc/self/status")


class Laps:
    """A stopwatch: CPU seconds of each stage, and the peak memory (GB) up to its end.

    With ``told`` each stage is printed as it ends, on standard error: output is for results.
    """

    def __init__(self, *, told: bool = False) -> None:
        self.told = told
        self.seconds: dict[str, float] = {}
        self.peak_gb: dict[str, float] = {}
        self._since = process_time()

    def __call__(self, stage: str) -> None:
        """End a stage; the next begins."""
        self.seconds[stage] = process_time() - self._since
        self.peak_gb[stage] = peak_bytes() / 1e9
        if self.told:
            print(f"    {stage:20s}{self.seconds[stage]:8.2f} s", file=sys.stderr, flush=True)
        self._since = process_time()


def peak_bytes() -> int:
    """Return the most memory that this process has held.

    Linux's ``ru_maxrss`` begins with what the process that started this one held; its high-water
    mark of this program alone does not.
    """
    if STATUS.is_file():
        (told,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(told.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES


def in_child(module: str, *arguments: object, limit_s: float | None = None) -> dict[str, Any]:
    """Run a module on its own and return the JSON of the last line that it prints.

    Raises
    ------
    subprocess.SubprocessError
        Where it fails, or does not end within a limit (s).
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=limit_s)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
