"""Drawing on a machine without a display."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from viz import offscreen
from viz.offscreen import VARIABLE, screenless, window_class

DRAW = """
from viz.offscreen import screenless
import pyvista as pv
with screenless():
    plotter = pv.Plotter(off_screen=True, window_size=(64, 64))
plotter.add_mesh(pv.Sphere())
print(plotter.screenshot(return_img=True).std() > 5)
"""


@pytest.mark.parametrize(
    ("environ", "platform", "library", "expected"),
    [
        ({}, "linux", "libEGL.so.1", "vtkEGLRenderWindow"),
        ({"DISPLAY": ""}, "linux", "libEGL.so.1", "vtkEGLRenderWindow"),
        ({"DISPLAY": ":0"}, "linux", "libEGL.so.1", None),
        ({VARIABLE: "vtkOSOpenGLRenderWindow"}, "linux", "libEGL.so.1", None),
        ({}, "darwin", "libEGL.so.1", None),
        ({}, "linux", None, None),
    ],
)
def test_egl_is_chosen_only_where_there_is_no_display(
    environ: dict[str, str],
    platform: str,
    library: str | None,
    expected: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offscreen, "find_library", lambda _: library)
    assert window_class(environ, platform) == expected


def test_the_environment_is_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(offscreen, "window_class", lambda _: "vtkEGLRenderWindow")
    with screenless():
        assert os.environ[VARIABLE] == "vtkEGLRenderWindow"
    assert VARIABLE not in os.environ


def test_a_first_picture_without_a_display_says_nothing() -> None:
    if window_class({}) is None:
        pytest.skip("no EGL on this machine: VTK chooses, and may complain")
    bare = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", VARIABLE}}
    done = subprocess.run(
        [sys.executable, "-c", DRAW], env=bare, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("True", "")
