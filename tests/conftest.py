"""What tests share: real data, a saved city, commands as typed, the page of ``make verify``."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.page.collect import OUT, Page, parts
from tests.page.draw import Check, draw

DATA = Path(os.environ.get("DONGNE_DATA", Path(__file__).parents[2] / "shared" / "data"))
VERIFY = bool(os.environ.get("DONGNE_VERIFY"))
PARTS = OUT / "parts"
OUTCOMES = "how checks ended"


def data_file(name: str) -> Path:
    """Return a real data file; without it skip the test, or fail it in ``make verify``."""
    path = DATA / name
    if not path.exists():
        reason = f"real data missing: {name} (set DONGNE_DATA to the folder that holds it)"
        if VERIFY:
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


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Page:
    """Where a check shows what it measured; only ``make verify`` keeps it."""
    file, line, _ = request.node.location
    return Page(PARTS if VERIFY else None, request.node.nodeid, (file, line or 0))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark who shows something on the page, so that ``make verify`` runs the fast ones too."""
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.page)


class Outcomes:
    """How each check ended, those of workers too."""

    def __init__(self) -> None:
        self.checks: dict[str, Check] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of the call, or of the fixtures where these failed or skipped."""
        known = self.checks.get(report.nodeid, Check("passed", 0.0))
        outcome = known.outcome if report.outcome == "passed" else report.outcome
        self.checks[report.nodeid] = Check(outcome, known.seconds + report.duration)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin a new page."""
    if _draws(session):
        shutil.rmtree(PARTS, ignore_errors=True)
        session.config.pluginmanager.register(Outcomes(), OUTCOMES)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Draw the page of all that was kept."""
    if _draws(session):
        ended = session.config.pluginmanager.get_plugin(OUTCOMES)
        draw(parts(PARTS), ended.checks, OUT / "index.html")


def _draws(session: pytest.Session) -> bool:
    return VERIFY and not hasattr(session.config, "workerinput")
