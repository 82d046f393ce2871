"""What the README and CONTRIBUTING tell people to type works, and what they point at is there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.source import ROOT

PAPERS = ("README.md", "CONTRIBUTING.md")
BIN = Path(sys.executable).parent
# What a person types is made small for a test: a command's first words, and what is added.
SMALL = {"dongne demo": "--replications 2 --workers 1", "dongne run": "--workers 1"}


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """Return the fenced blocks of shell: what follows ``sh`` on the fence, and the commands."""
    fences = re.findall(r"^```sh *(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [(mark, commands(body)) for mark, body in fences]


def commands(body: str) -> list[str]:
    """Return the commands of a block, continued lines joined, comments left out."""
    lines = body.replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


def paper(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def typed(name: str, *, tested: bool = False) -> list[str]:
    """Return the commands of a paper: all, or only those marked ``sh test``."""
    found = blocks(paper(name))
    return [line for mark, lines in found for line in lines if mark == "test" or not tested]


def small(command: str) -> str:
    """Return a command with what makes it small."""
    extra = [more for start, more in SMALL.items() if command.startswith(start)]
    return " ".join([command, *extra])


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as typed, with the project's programs first."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def words(command: str) -> tuple[tuple[str, ...], list[str]]:
    """Split a ``dongne`` command into its names (``city build``) and its options."""
    parts = shlex.split(command)[1:]
    names = tuple(parts[: 2 if parts[:1] == ["city"] else 1])
    return names, [part.split("=")[0] for part in parts if part.startswith("-")]


@cache
def help_of(names: tuple[str, ...]) -> str:
    """Return the help text of a command."""
    done = shell(shlex.join(["dongne", *names, "--help"]), ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_has_commands_to_test() -> None:
    assert any(line.startswith("dongne demo") for line in typed("README.md", tested=True))


def test_the_readme_works_from_top_to_bottom(tmp_path: Path) -> None:
    for command in typed("README.md", tested=True):
        done = shell(small(command), tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    made = {path.name for path in (tmp_path / "out" / "demo").iterdir()}
    assert {"report.html", "before.png", "after.png", "results.json"} <= made


@pytest.mark.parametrize("name", PAPERS)
def test_every_command_and_option_exists(name: str) -> None:
    ours = [line for line in typed(name) if line.startswith("dongne ")]
    for command in ours:
        names, options = words(command)
        missing = [option for option in options if option not in help_of(names)]
        assert missing == [], command


@pytest.mark.parametrize("name", PAPERS)
def test_every_make_target_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", paper("Makefile"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(typed(name))))
    named |= set(re.findall(r"`make ([a-z]+)`", paper(name)))
    assert named
    assert named - targets == set()


@pytest.mark.parametrize("name", [*PAPERS, "CHANGELOG.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", paper(name))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_reader_of_blocks_reads_them() -> None:
    text = "a\n```sh test\n# why\none \\\n  --two\n```\n```sh\nthree\n```\n```yaml\nfour: 4\n```\n"
    assert blocks(text) == [("test", ["one    --two"]), ("", ["three"])]
    assert words("dongne city build a.pbf --out=b -v") == (("city", "build"), ["--out", "-v"])
