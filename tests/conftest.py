"""What the tests share: where the real data lies, and the skip that says why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("DONGNE_DATA", Path(__file__).parents[2] / "shared" / "data"))


def data_file(name: str) -> Path:
    """Return a real data file; without it skip the test, or fail it in ``make verify``."""
    path = DATA / name
    if not path.exists():
        reason = f"real data missing: {name} (set DONGNE_DATA to the folder that holds it)"
        if os.environ.get("DONGNE_VERIFY"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
