"""What ``make setup`` says where the machine lacks something, and what it then does."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.source import ROOT
from tools import bootstrap
from twin import doctor


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Stand in for apt-get; return what was asked of it."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(bootstrap, "apt_install", asked.append)
    return asked


@pytest.fixture(params=[False, True], ids=["user", "root"])
def root(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Tell whether the caller is root on Debian, both in turn."""
    monkeypatch.setattr(bootstrap, "root_on_debian", lambda: request.param)
    return bool(request.param)


def test_an_old_python_is_refused_with_what_is_needed() -> None:
    with pytest.raises(SystemExit, match=r"Python must be 3\.11 or newer, got 3\.9 \(.*PYTHON="):
        bootstrap.check_python((3, 9))
    bootstrap.check_python((3, 11))
    bootstrap.check_python((4, 0))


def test_the_least_python_is_said_once_and_the_same() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={bootstrap.dotted(bootstrap.NEEDED)}"


def test_without_venv_it_says_how(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: bool, installed: list[tuple[str, ...]]
) -> None:
    monkeypatch.setattr(bootstrap, "can_make_venv", lambda: False)
    with pytest.raises(SystemExit, match=r"no venv or no ensurepip\.\n.*install python3\.\d+-venv"):
        bootstrap.make_venv(str(tmp_path / "venv"))
    assert len(installed) == root


def test_a_working_environment_is_kept() -> None:
    python = bootstrap.make_venv(sys.prefix)
    assert Path(python) == Path(sys.prefix) / "bin" / "python"


def test_without_drawing_it_names_the_libraries(
    monkeypatch: pytest.MonkeyPatch, root: bool, installed: list[tuple[str, ...]]
) -> None:
    monkeypatch.setattr(doctor, "draws", lambda _: False)
    with pytest.raises(SystemExit, match="sudo apt-get install libegl1 libgl1-mesa-dri libgl1"):
        bootstrap.enable_drawing("python")
    assert installed == [doctor.DRAWING_PACKAGES] * root


def test_root_gets_the_libraries_installed(
    monkeypatch: pytest.MonkeyPatch, installed: list[tuple[str, ...]]
) -> None:
    monkeypatch.setattr(bootstrap, "root_on_debian", lambda: True)
    monkeypatch.setattr(doctor, "draws", lambda _: bool(installed))
    bootstrap.enable_drawing("python")
    assert installed == [doctor.DRAWING_PACKAGES]


def test_every_requirement_has_a_tested_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[^\w.-]", line, maxsplit=1)[0].lower() for line in wanted}
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower()
    pinned = set(re.findall(r"^([\w.-]+)==\S+$", pins, re.MULTILINE))
    assert names - pinned == set()
