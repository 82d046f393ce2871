"""What a command says while the work goes on, and what is wished for of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from twin.appraisal.sentences import Language
    from twin.experiment.runner import Finished

__all__ = ["Talk", "Wishes", "console_of"]

WIDTH = 100


@dataclass(frozen=True)
class Wishes:
    """What the options of ``run`` and ``demo`` ask for."""

    replications: int | None
    workers: int | None
    seed: int | None
    lang: Language
    pictures: bool
    verbose: bool
    quiet: bool
    as_json: bool = False


def console_of(*, stderr: bool = False) -> Console:
    """Return a console that is as wide as its terminal, or 100 columns where it is none."""
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=WIDTH)


@dataclass(frozen=True)
class Talk:
    """What is said on stderr while the work goes on."""

    console: Console
    wishes: Wishes

    def tell(self, text: str) -> None:
        """Say something, unless silence is wished for."""
        if not self.wishes.quiet:
            self.console.print(text, markup=False)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tell how long something took, where the details are wished for."""
        began = time.perf_counter()
        yield
        if self.wishes.verbose:
            self.tell(f"{name}: {time.perf_counter() - began:.1f} s")

    @contextmanager
    def progress(self, total: int) -> Iterator[Callable[[Finished], None]]:
        """Show runs done and time left; a plain line now and then where it is no terminal."""
        if self.wishes.quiet or not self.console.is_terminal:
            yield self._lines(total)
            return
        with _bar(self.console) as bar:
            task = bar.add_task("runs", total=total)
            yield lambda _: bar.advance(task)

    def _lines(self, total: int) -> Callable[[Finished], None]:
        done: list[str] = []

        def tick(finished: Finished) -> None:
            done.append(str(finished.job))
            if len(done) == total or len(done) % max(1, total // 5) == 0:
                self.tell(f"{len(done)} of {total} runs")

        return tick


def _bar(console: Console) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    return Progress(TextColumn("runs"), BarColumn(), MofNCompleteColumn(), Left(), console=console)
