"""The doctor: each fault is found, named, and has a remedy."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.source import ROOT
from twin import doctor
from twin.doctor import Finding


def found(what: str) -> Finding:
    """Return the finding of that name on this machine."""
    (finding,) = [finding for finding in doctor.examine() if finding.what == what]
    return finding


def test_this_installation_is_healthy() -> None:
    findings = doctor.examine()
    assert [f for f in findings if f.state == "failed"] == []
    assert doctor.healthy(findings)
    assert {f"package {name}" for name in doctor.PACKAGES} <= {f.what for f in findings}


def test_a_stranger_who_installs_our_name_is_named() -> None:
    finding = doctor.package_finding("gis", ROOT, ["gis-tools"])
    assert finding.state == "failed"
    assert finding.seen == "gis-tools installs a package of this name"
    assert finding.remedy.startswith("pip uninstall gis-tools; pip install")


def test_a_package_that_lies_elsewhere_is_a_stranger(tmp_path: Path) -> None:
    finding = doctor.package_finding("gis", tmp_path, [])
    assert finding.state == "failed"
    assert finding.seen == f"a stranger's: {ROOT / 'gis'}"


def test_a_package_that_is_missing_is_said() -> None:
    finding = doctor.package_finding("no_package_of_this_name", ROOT, [])
    assert (finding.state, finding.seen) == ("failed", "not found")


def test_another_version_than_tested_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_installed", {"simpy": "4.1.0", "PyYAML": "6.0"}.get)
    finding = doctor.pinned_finding("simpy==4.1.2\npyyaml==6.0\n", ["simpy", "PyYAML"])
    assert finding.state == "warning"
    assert finding.seen == "simpy 4.1.0 (tested: 4.1.2)"


def test_a_missing_requirement_fails() -> None:
    finding = doctor.pinned_finding("click==8.0\n", ["click", "no-such-distribution"])
    assert finding.state == "failed"
    assert finding.seen == "missing: no-such-distribution"
    assert finding.remedy == "pip install no-such-distribution"


def test_requirements_are_read_from_the_installed_project() -> None:
    assert {"numba", "simpy", "mesa"} <= set(doctor._required())
    assert "pytest" not in doctor._required()


def test_a_python_that_cannot_draw_is_found_out(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 139\n")
    broken.chmod(0o755)
    assert not doctor.draws(str(broken))
    assert not doctor.draws(str(tmp_path / "absent"))
    assert doctor.draws(sys.executable)


def test_no_drawing_names_the_system_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "draws", lambda: False)
    finding = found("pictures")
    assert finding.state == "failed"
    assert "apt-get install libegl1 libgl1-mesa-dri libgl1" in finding.remedy


def test_a_data_folder_that_is_none_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "draws", lambda: True)
    monkeypatch.setenv("DONGNE_DATA", str(tmp_path / "absent"))
    assert found("real data").seen == f"DONGNE_DATA is no folder: {tmp_path / 'absent'}"
    monkeypatch.setenv("DONGNE_DATA", str(tmp_path))
    assert found("real data").state == "ok"


@pytest.mark.parametrize(("memory", "state"), [(2.0, "warning"), (8.0, "ok"), (None, "warning")])
def test_memory_is_judged(
    monkeypatch: pytest.MonkeyPatch, memory: float | None, state: str
) -> None:
    monkeypatch.setattr(doctor, "draws", lambda: True)
    monkeypatch.setattr(doctor, "_memory_gib", lambda: memory)
    assert found("memory").state == state


def test_the_text_has_each_remedy_and_a_verdict() -> None:
    findings = [Finding("python", "ok", "3.11.7"), Finding("font", "failed", "none", "get one")]
    assert doctor.as_text(findings).splitlines() == [
        "ok       python  3.11.7",
        "failed   font    none",
        "                 -> get one",
        "1 failed: font",
    ]
    assert doctor.as_text(findings[:1]).splitlines()[-1] == "all well"


def test_the_json_holds_the_same() -> None:
    report = json.loads(doctor.as_json([Finding("font", "warning", "none", "get one")]))
    assert report == {
        "healthy": True,
        "findings": [{"what": "font", "state": "warning", "seen": "none", "remedy": "get one"}],
    }
