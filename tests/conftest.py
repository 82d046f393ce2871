"""What the tests share: where the real data lies, a saved city, commands as they are typed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
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


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small saved city."""
    from gis.newtown import newtown

    return newtown(residents=2_000).save(tmp_path_factory.mktemp("cities") / "town")


@pytest.fixture
def typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[list[str]], tuple[int, str]]:
    """Return what types a command and gives its exit code and what it says on stderr."""
    from twin.cli import main

    def command(words: list[str]) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["dongne", *words])
        try:
            main()
        except SystemExit as stop:
            return int(stop.code or 0), capsys.readouterr().err
        return 0, capsys.readouterr().err

    return command


@pytest.fixture
def told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[list[str]], str]:
    """Return what types a command that must go well, and gives what it prints, spaces joined."""
    from twin.cli import main

    def command(words: list[str]) -> str:
        monkeypatch.setattr(sys, "argv", ["dongne", *words])
        main()
        return " ".join(capsys.readouterr().out.split())

    return command
