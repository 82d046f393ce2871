"""Look at the machine and the installation: what is there, what is wrong, what to do about it.

Standard library only, so that it also runs where the installation is what is broken.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

__all__ = [
    "DRAWING_PACKAGES",
    "Finding",
    "as_json",
    "as_text",
    "draws",
    "examine",
    "healthy",
]

State = Literal["ok", "warning", "failed"]

PACKAGES = ("gis", "twin", "scenarios", "viz")
DRAWING_PACKAGES = ("libegl1", "libgl1-mesa-dri", "libgl1")
"""Debian packages VTK opens to draw without a screen: EGL, its driver in software, and OpenGL."""

LEAST_MEMORY_GIB = 4.0
_DRAW = """
import sys, vtk
vtk.vtkObject.GlobalWarningDisplayOff()
window = vtk.vtkRenderWindow()
window.SetOffScreenRendering(True)
window.SetSize(16, 16)
renderer = vtk.vtkRenderer()
renderer.SetBackground(1.0, 0.0, 0.0)
window.AddRenderer(renderer)
window.Render()
pixel = vtk.vtkUnsignedCharArray()
window.GetRGBACharPixelData(8, 8, 8, 8, 0, pixel)
sys.exit(0 if pixel.GetValue(0) > 200 else 1)
"""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its state, what was seen, and the remedy where there is need of one."""

    what: str
    state: State
    seen: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at everything, in the order in which a fault matters."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _versions,
        _drawing,
        _font,
        _kernel_cache,
        _machine,
        _data,
    )
    return [finding for check in checks for finding in check()]


def healthy(findings: Sequence[Finding]) -> bool:
    """Tell whether nothing failed; warnings are allowed."""
    return all(finding.state != "failed" for finding in findings)


def as_text(findings: Sequence[Finding]) -> str:
    """Return a table of what was looked at, each remedy under its line, and a verdict."""
    width = max((len(finding.what) for finding in findings), default=0)
    lines = []
    for finding in findings:
        lines.append(f"{finding.state:<8} {finding.what:<{width}}  {finding.seen}")
        if finding.remedy:
            lines.append(f"{'':<8} {'':<{width}}  -> {finding.remedy}")
    return "\n".join([*lines, _verdict(findings)])


def as_json(findings: Sequence[Finding]) -> str:
    """Return ``{"healthy", "findings": [{"what", "state", "seen", "remedy"}]}``."""
    report = {"healthy": healthy(findings), "findings": [asdict(f) for f in findings]}
    return json.dumps(report, ensure_ascii=False, indent=2)


def draws(python: str = sys.executable) -> bool:
    """Try to draw 16 x 16 pixels without a screen, in a process of its own: failure may kill it."""
    try:
        command = [python, "-c", _DRAW]
        return (
            subprocess.run(command, capture_output=True, timeout=120, check=False).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _verdict(findings: Sequence[Finding]) -> str:
    failed = [finding.what for finding in findings if finding.state == "failed"]
    if failed:
        return f"{len(failed)} failed: {', '.join(failed)}"
    warnings = sum(finding.state == "warning" for finding in findings)
    return f"all well, {warnings} warning{'s' * (warnings != 1)}" if warnings else "all well"


def _python() -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} ({sys.executable})")


def _packages() -> Iterator[Finding]:
    """Check that the four names are ours: strangers use them too, and installers overwrite."""
    home = Path(__file__).resolve().parents[1]
    owners = metadata.packages_distributions()
    for name in PACKAGES:
        strangers = sorted(set(owners.get(name, ())) - {"dongne"})
        yield package_finding(name, home, strangers)


def package_finding(name: str, home: Path, strangers: Sequence[str]) -> Finding:
    """Judge one package: it must lie beside the others, and no stranger may have installed it."""
    spec = find_spec(name)
    seen = Path(spec.origin).resolve().parent if spec and spec.origin else None
    what = f"package {name}"
    again = "pip install --force-reinstall dongne"
    if seen is None:
        return Finding(what, "failed", "not found", again)
    if strangers:
        named = ", ".join(strangers)
        remedy = f"pip uninstall {' '.join(strangers)}; {again}"
        return Finding(what, "failed", f"{named} installs a package of this name", remedy)
    if seen != home / name:
        remedy = f"remove it, or start Python elsewhere; ours is {home / name}"
        return Finding(what, "failed", f"a stranger's: {seen}", remedy)
    return Finding(what, "ok", str(seen))


def _versions() -> Iterator[Finding]:
    """Compare what is installed with what was tested, else with what is required."""
    pins = Path(__file__).resolve().parents[1] / "constraints.txt"
    if pins.is_file():
        yield pinned_finding(pins.read_text(encoding="utf-8"), _required())
    else:
        yield required_finding(_required())


def pinned_finding(constraints: str, required: Sequence[str]) -> Finding:
    """Compare the required packages with the tested versions, ``name==version`` a line."""
    tested = dict(re.findall(r"^([\w.-]+)==(\S+)", constraints, re.MULTILINE))
    pins = {_canonical(name): pin for name, pin in tested.items()}
    other = []
    for name in required:
        have, pin = _installed(name), pins.get(_canonical(name))
        if have is None:
            return required_finding(required)
        if pin is not None and have != pin:
            other.append(f"{name} {have} (tested: {pin})")
    if other:
        return Finding("versions", "warning", "; ".join(other), "make setup")
    return Finding("versions", "ok", f"{len(required)} packages as tested")


def required_finding(required: Sequence[str]) -> Finding:
    """Check that every required package is there."""
    missing = [name for name in required if _installed(name) is None]
    if missing:
        remedy = "pip install " + " ".join(missing)
        return Finding("versions", "failed", "missing: " + ", ".join(missing), remedy)
    return Finding("versions", "ok", f"{len(required)} packages present")


def _required() -> list[str]:
    """Return the names of the packages the installed project requires, without extras."""
    try:
        lines = metadata.requires("dongne") or []
    except metadata.PackageNotFoundError:
        return []
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines if "extra ==" not in line]


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _drawing() -> Iterator[Finding]:
    if draws():
        yield Finding("pictures", "ok", "VTK draws without a screen")
        return
    remedy = f"on Debian or Ubuntu: sudo apt-get install {' '.join(DRAWING_PACKAGES)}"
    yield Finding("pictures", "failed", "VTK cannot draw without a screen", remedy)


def _font() -> Iterator[Finding]:
    spec = find_spec("viz")
    folder = Path(spec.origin).parent / "fonts" if spec and spec.origin else None
    fonts = sorted(path.name for path in folder.glob("*.ttf")) if folder else []
    if fonts:
        yield Finding("font", "ok", ", ".join(fonts))
    else:
        remedy = "pip install --force-reinstall dongne"
        yield Finding("font", "failed", f"no .ttf file in {folder}", remedy)


def _kernel_cache() -> Iterator[Finding]:
    from twin import cache

    folder, wanted = cache.folder(), cache.user_cache(os.environ)
    if wanted is not None and folder.parent == wanted:
        yield Finding("kernel cache", "ok", str(folder))
    else:
        remedy = "set XDG_CACHE_HOME to a folder that can be written"
        yield Finding("kernel cache", "warning", f"temporary: {folder}; {wanted} fails", remedy)


def _machine() -> Iterator[Finding]:
    yield Finding("cores", "ok", str(_cores()))
    memory = _memory_gib()
    if memory is None:
        yield Finding("memory", "warning", "unknown on this system")
    elif memory < LEAST_MEMORY_GIB:
        remedy = (
            f"{LEAST_MEMORY_GIB:.0f} GiB are wanted; with less, run small cities and one worker"
        )
        yield Finding("memory", "warning", f"{memory:.1f} GiB", remedy)
    else:
        yield Finding("memory", "ok", f"{memory:.1f} GiB")


def _cores() -> int:
    """Return the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_gib() -> float | None:
    """Return the memory of the machine, None where the system does not tell."""
    names = getattr(os, "sysconf_names", {})
    if not {"SC_PAGE_SIZE", "SC_PHYS_PAGES"} <= set(names):
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _data() -> Iterator[Finding]:
    """Check the folder of real data, which only the comparisons with real cities need."""
    named = os.environ.get("DONGNE_DATA")
    if named is None:
        yield Finding("real data", "ok", "DONGNE_DATA not set: the new town needs none")
    elif Path(named).is_dir():
        yield Finding("real data", "ok", named)
    else:
        yield Finding("real data", "failed", f"DONGNE_DATA is no folder: {named}", "correct it")
