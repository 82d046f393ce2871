"""The command line: try the demo, build a city, run a scenario, see what there is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from gis.city import City
    from twin.experiment.runner import Finished
    from twin.experiment.simulate import Study
    from twin.results import Results
    from twin.scenario import Scenario

__all__ = ["main"]

INTERRUPTED = 130
PICTURE_AT_H = 20.0


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="dongne")
def dongne() -> None:
    """동네 - try a smart-city solution in the twin before you pay for it."""


def main() -> None:
    """Run the command line; a user's mistake is one line on stderr, never a traceback."""
    try:
        dongne.main(standalone_mode=False)
    except click.exceptions.Abort:
        _fail("stopped; what was finished is kept, and the same command goes on", INTERRUPTED)
    except KeyboardInterrupt:
        _fail("stopped; what was finished is kept, and the same command goes on", INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (ValueError, LookupError, OSError, RuntimeError) as error:
        if os.environ.get("DONGNE_TRACEBACK"):
            raise
        _fail(_words(error), 1)


def _words(error: BaseException) -> str:
    """Return an error's message; a KeyError's without the quotes Python puts around it."""
    text = error.args[0] if isinstance(error, KeyError) and error.args else str(error)
    return str(text) or type(error).__name__


def _fail(message: str, code: int) -> None:
    click.echo(f"dongne: {message}", err=True)
    sys.exit(code)


@dongne.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/demo"), show_default=True)
@click.option("--replications", type=click.IntRange(1, 10_000), default=None)
@click.option("--workers", type=click.IntRange(1, 256), default=None, help="Local processes.")
def demo(out: Path, replications: int | None, workers: int | None) -> None:
    """Try three ideas for parking in a new town made in code: table, verdict, pictures, report."""
    source = Path(__file__).parents[1] / "scenarios" / "demo.yaml"
    folder = _writable(out)
    own = folder / "demo.yaml"
    if not own.exists():
        own.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    _run(own, folder, replications=replications, workers=workers, as_json=False)
    click.echo(f"\nChange {own} and run it again:\n  dongne run {own} --out {folder}")


@dongne.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--replications", type=click.IntRange(1, 10_000), default=None)
@click.option("--workers", type=click.IntRange(1, 256), default=None, help="Local processes.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Default: out/NAME.")
@click.option("--json", "as_json", is_flag=True, help="Print results.json on stdout.")
def run(
    scenario: Path, replications: int | None, workers: int | None, out: Path | None, as_json: bool
) -> None:
    """Run SCENARIO.yaml: every alternative against the base, paired, with intervals and money."""
    folder = _writable(out or Path("out") / scenario.stem)
    _run(scenario, folder, replications=replications, workers=workers, as_json=as_json)


@dongne.command("solutions")
@click.argument("name", required=False)
def list_solutions(name: str | None) -> None:
    """List the solutions there are, or the parameters of one."""
    from scenarios import solutions
    from twin.params import limits, specs

    known = solutions()
    if name is None:
        for title, solution in known.items():
            click.echo(f"{title:20s}{(solution.__doc__ or '').splitlines()[0]}")
        return
    if name not in known:
        raise ValueError(f"there is no solution {name!r}; there are: {', '.join(known)}")
    click.echo((sys.modules[known[name].__module__].__doc__ or "").strip())
    for spec in specs(known[name]):
        source = "assumption" if spec.assumption else spec.tag
        click.echo(f"\n  {spec.name} = {spec.default} {spec.unit}, {limits(spec)} [{source}]")
        click.echo(f"      {spec.doc or spec.source}")


@dongne.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """Check the installation: packages, drawing, font, caches, data."""
    from twin.doctor import as_json as report_json
    from twin.doctor import as_text, examine, healthy

    findings = examine()
    click.echo(report_json(findings) if as_json else as_text(findings))
    if not healthy(findings):
        sys.exit(1)


@dongne.group()
def city() -> None:
    """Build a city from files, and see how far it can be trusted."""


@city.command("build")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the city.")
@click.option("--name", default=None, help="Default: the name of the first source.")
@click.option("--crs", default=None, help="Of files that do not say, e.g. EPSG:5186.")
@click.option("--encoding", default=None, help="Of texts, e.g. cp949.")
@click.option("--mapping", default=None, type=click.Path(path_type=Path), help="YAML of layers.")
def build_city(
    sources: tuple[Path, ...], out: Path, name: str | None, crs: str | None, encoding: str | None,
    mapping: Path | None,
) -> None:  # fmt: skip
    """Make a city of SOURCES (OSM, GeoPackage, GeoParquet, shapefile, CSV) and save it."""
    from gis.readers.build import read

    made = read(list(sources), name=name, crs=crs, encoding=encoding, mapping=mapping)
    made.save(out)
    _show_city(made)
    click.echo(f"saved in {out}", err=True)


@city.command("info")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def show_city(folder: Path, as_json: bool) -> None:
    """Show what a city holds: found, derived, synthetic, missing."""
    from gis.city import City

    _show_city(City.open(folder), as_json=as_json)


def _show_city(made: City, *, as_json: bool = False) -> None:
    import json

    report = made.check()
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
    else:
        click.echo(str(report))


def _writable(folder: Path) -> Path:
    """Make the output folder and try it, before any work is done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".dongne-probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        why = error.strerror or str(error)
        raise OSError(f"the output folder {folder} cannot be written: {why}") from error
    return folder


def _run(
    path: Path, folder: Path, *, replications: int | None, workers: int | None, as_json: bool
) -> None:
    from dataclasses import replace

    from scenarios import solutions
    from twin.experiment.study import jobs, open_city, prepare
    from twin.scenario import read

    scenario = read(path, solutions())
    if replications is not None:
        scenario = replace(scenario, replications=replications)
    console = _console()
    console.print(f"[bold]{scenario.name}[/bold]")
    study = prepare(scenario, open_city(scenario.city, scenario.folder))
    console.print(f"{study.city.name}: {len(study.ground.people.cars)} cars, area {study.area.name}")
    pictures = _pictures(scenario, study, folder, console)
    with _progress(console, len(jobs(scenario))) as tick:
        results = _study(scenario, study, folder, workers=workers, tick=tick)
    _write(results, pictures, folder, as_json=as_json)


def _study(
    scenario: Scenario, study: Study, folder: Path, *, workers: int | None, tick: Any
) -> Results:
    from twin.experiment.store import Store
    from twin.experiment.study import conduct, jobs
    from twin.results import conclude, study_key

    finished = conduct(
        study, jobs(scenario), workers=workers or min(os.cpu_count() or 1, 8),
        store=Store(folder / "runs", study_key(study)), done=tick,
    )  # fmt: skip
    return conclude(scenario, study, finished, command=["dongne", *sys.argv[1:]])


def _pictures(scenario: Scenario, study: Study, folder: Path, console: Console) -> dict[str, Path]:
    """Draw the first day of the base and of the first alternative, from one camera."""
    from twin.experiment.runner import Job
    from viz.render import before_after
    from viz.tracks import parked

    day_type = next(iter(scenario.day_types))
    first = next(iter(scenario.alternatives))
    moment = PICTURE_AT_H * 3_600
    cars = [
        parked(study.city, study.run(Job(name, day_type, 0)).trace, moment)
        for name in ("base", first)
    ]
    console.print(f"drawing the base and {first!r} ...")
    drawn = before_after(study.city, cars[0], cars[1], study.area.polygon, folder)
    return dict(zip(("before", "after"), drawn, strict=True))


def _write(results: Results, pictures: dict[str, Path], folder: Path, *, as_json: bool) -> None:
    import json

    from rich.console import Console

    from twin.results import write_json
    from viz.report import write_report

    values = results.as_dict()
    write_json(values, folder / "results.json")
    write_report(values, pictures, folder / "report.html")
    if as_json:
        click.echo(json.dumps(values, ensure_ascii=False))
        return
    Console().print(results.comparison.table())
    for sentence in results.verdict():
        click.echo(sentence)
    for name in ("report.html", "before.png", "after.png", "results.json"):
        click.echo(f"  {folder / name}")


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Any]:
    """Show how many runs are done, on stderr; plain lines where it is no terminal."""
    from rich.progress import Progress

    if not console.is_terminal:
        console.print(f"{total} runs ...")
        yield lambda finished: None
        return
    with Progress(console=console) as progress:
        task = progress.add_task("runs", total=total)

        def tick(finished: Finished) -> None:
            progress.update(task, advance=1, description=str(finished.job))

        yield tick


if __name__ == "__main__":
    main()
