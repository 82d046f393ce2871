"""The command line: try the demo, build a city, run a scenario, see what there is."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from twin.talk import Talk, Wishes, console_of

if TYPE_CHECKING:
    from pandas import DataFrame

    from gis.city import City
    from twin.experiment.simulate import Study
    from twin.results import Results
    from twin.scenario import Scenario
    from twin.solution import Doubt, Look
    from twin.trace import Trace
    from viz.words import Lang

__all__ = ["main"]

INTERRUPTED = 130
STOPPED = "stopped; what was finished is kept, and the same command goes on from there"
FILES = (
    "report.html", "curves.svg", "before.png", "after.png", "results.json", "results.gpkg",
)  # fmt: skip
LEAST_MARGIN_M, MARGIN_M = 0.0, 500.0
Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="dongne")
def dongne() -> None:
    """동네 - try a smart-city solution in the twin before you pay for it."""


def main() -> None:
    """Run the command line; a user's mistake is one line on stderr, never a traceback."""
    try:
        dongne.main(prog_name="dongne", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _fail(STOPPED, INTERRUPTED)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "dongne"
        _fail(f"{error.format_message()} (see {where} --help)", error.exit_code)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except (ValueError, LookupError, OSError, RuntimeError) as error:
        if os.environ.get("DONGNE_TRACEBACK"):
            raise
        _fail(_words(error), 1)


def _words(error: BaseException) -> str:
    """Return an error's message on one line; a KeyError's without the quotes Python puts there."""
    text = error.args[0] if isinstance(error, KeyError) and error.args else str(error)
    if isinstance(error, OSError) and error.filename and error.strerror:
        text = f"{error.strerror}: {error.filename}"
    return " ".join(str(text).split()) or type(error).__name__


def _fail(message: str, code: int) -> None:
    click.echo(f"dongne: {message}", err=True)
    sys.exit(code)


def _study_options(command: Command) -> Command:
    """Give a command the options that every study has."""
    options = (
        click.option("--replications", type=click.IntRange(1, 10_000), help="Days of each kind."),
        click.option("--workers", type=click.IntRange(1, 256), help="Local processes."),
        click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Of all luck."),
        click.option("--lang", type=click.Choice(["en", "ko"]), default="en", show_default=True),
        click.option("--pictures/--no-pictures", default=True, show_default=True),
        click.option("-v", "--verbose", is_flag=True, help="Times, pairs and variance ratios."),
        click.option("-q", "--quiet", is_flag=True, help="No progress."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@dongne.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/demo"), show_default=True)
@_study_options
def demo(out: Path, **options: Any) -> None:
    """Try three ideas for parking in a new town made in code: table, verdict, pictures, report."""
    from twin.results import part

    source = Path(__file__).parents[1] / "scenarios" / "demo.yaml"
    own = _writable(out) / "demo.yaml"
    if not own.exists():
        with part(own) as hidden:
            hidden.write_bytes(source.read_bytes())
    elif own.read_bytes() != source.read_bytes():
        click.echo(f"{own} was changed: it is run as it is", err=True)
    _run(own, out, Wishes(**options))
    click.echo(f"\nChange {own} and run it again:\n  dongne run {own} --out {out}")


@dongne.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Default: out/NAME.")
@click.option("--json", "as_json", is_flag=True, help="Print results.json on stdout.")
@_study_options
def run(scenario: Path, out: Path | None, **options: Any) -> None:
    """Run SCENARIO.yaml: every alternative against the base, paired, with intervals and money."""
    _run(scenario, out or Path("out") / scenario.stem, Wishes(**options))


@dongne.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--of", "alternative", help="An alternative of it; default: the first.")
@click.option("--parameter", "parameters", multiple=True, help="Default: what solutions name.")
@click.option("--values", help="Of these parameters, e.g. 0,0.5,1.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="Default: out/NAME-sweep."
)
@click.option("--json", "as_json", is_flag=True, help="Print results.json on stdout.")
@_study_options
def sweep(scenario: Path, out: Path | None, **options: Any) -> None:
    """Ask how good a solution of SCENARIO.yaml must be to pay: B/C over what is in doubt."""
    from twin.experiment.sweep import swept

    alternative, doubts = options.pop("alternative"), _doubts(options)
    options["pictures"] = False
    folder = out or Path("out") / f"{scenario.stem}-sweep"
    _run(scenario, folder, Wishes(**options), lambda one: swept(one, alternative, doubts))


def _doubts(options: dict[str, Any]) -> list[Doubt]:
    """Take parameters and values out of the options, and return what they ask."""
    from twin.solution import Doubt

    parameters, values = options.pop("parameters"), options.pop("values")
    if bool(parameters) != bool(values):
        raise click.UsageError(
            "--parameter and --values go together: --parameter fare --values 0,900"
        )
    if not values:
        return []
    name = parameters[0].replace("_", " ")
    return [Doubt(tuple(parameters), tuple(map(_number, values.split(","))), name, name)]


def _number(text: str) -> float:
    """Return a number as it is written: whole numbers are integers, as some parameters must be."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError as error:
        raise click.UsageError(f"--values must be numbers, 0,0.5,1, got {text!r}") from error


@dongne.command("solutions")
@click.argument("name", required=False)
def list_solutions(name: str | None) -> None:
    """List the solutions there are, or the parameters of one."""
    from scenarios import solutions
    from twin.params import limits, specs
    from twin.scenario import unknown

    known = solutions()
    if name is None:
        for title, solution in known.items():
            click.echo(f"{title:20s}{(solution.__doc__ or '').splitlines()[0]}")
        return
    if name not in known:
        raise ValueError(f"there is no solution {unknown(name, known)}")
    click.echo((sys.modules[known[name].__module__].__doc__ or "").strip())
    for spec in specs(known[name]):
        source = "assumption" if spec.assumption else spec.tag
        value = f"{spec.default} {spec.unit}".strip()
        click.echo(f"\n  {spec.name} = {value}, {limits(spec)} [{source}]")
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
@click.option("--clip", default=None, help="Keep an area: a district's name or a polygon file.")
@click.option(
    "--margin", type=click.FloatRange(LEAST_MARGIN_M), default=MARGIN_M, show_default=True,
    help="Metres around the area that are kept too.",
)  # fmt: skip
def build_city(sources: tuple[Path, ...], out: Path, **how: Any) -> None:
    """Make a city of SOURCES (OSM, GeoPackage, GeoParquet, shapefile, CSV) and save it."""
    from gis.readers.build import read

    area, margin = how.pop("clip"), how.pop("margin")
    made = read(list(sources), **how)
    if area is not None:
        from gis.derive import with_turns
        from twin.area import resolve

        # Streets that the edge cuts off become dead ends, where cars turn back.
        made = with_turns(made.clip(resolve(area, made).polygon, margin))
    made.save(out)
    _show_city(made)
    click.echo(f"saved in {out}", err=True)


@city.command("info")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def show_city(folder: Path, as_json: bool) -> None:
    """Show what a city holds, found or filled in, and how far each solution can be trusted."""
    from gis.city import City

    _show_city(City.open(folder), as_json=as_json)


def _show_city(made: City, *, as_json: bool = False) -> None:
    import json

    from scenarios import solutions

    report = made.check({name: solution.data for name, solution in solutions().items()})
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
        return
    click.echo(str(report))
    for note in made.notes:
        click.echo(f"note: {note}")


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
    path: Path, folder: Path, wishes: Wishes, changed: Callable[[Scenario], Scenario] | None = None
) -> None:
    """Run a scenario, perhaps ``changed``, and write everything below the folder."""
    from twin.experiment.study import jobs, open_city, prepare

    talk = Talk(console_of(stderr=True), wishes)
    with talk.stage("reading"):
        scenario = _scenario(path, wishes)
        scenario = scenario if changed is None else changed(scenario)
        study = prepare(scenario, open_city(scenario.city, scenario.folder))
        who = _who(study)
    _writable(folder)
    talk.tell(f"{scenario.name}: {study.city.name}; area {study.area.name}")
    talk.tell(who)
    for note in _idle(study):
        talk.tell(note)
    pictures = _pictures(scenario, study, folder, talk) if wishes.pictures else {}
    with talk.stage("runs"), talk.progress(len(jobs(scenario))) as tick:
        results = _study(scenario, study, folder, workers=wishes.workers, tick=tick)
    with talk.stage("writing"):
        values = _write(results, pictures, folder, wishes.lang)
    _show(values, folder, wishes)


def _idle(study: Study) -> list[str]:
    """Return a note for each alternative whose solutions are all set to do nothing."""
    notes = []
    for name, solutions in study.alternatives.items():
        settings = [solution.idle for solution in solutions]
        if settings and all(settings):
            why = ", ".join(setting for each in settings for setting in each)
            notes.append(f"note: {name!r} changes nothing, whatever else it says: {why}")
    return notes


def _who(study: Study) -> str:
    """Return how many live in the city, and whose cars may be on its streets."""
    people = study.ground.people
    own = int(people.cars["resident"].sum())
    return (
        f"{len(people.residents):,} residents with {own:,} cars; "
        f"{len(people.cars) - own:,} more cars of commuters and possible visitors"
    )


def _scenario(path: Path, wishes: Wishes) -> Scenario:
    from dataclasses import replace

    from scenarios import solutions
    from twin.results import programme_of
    from twin.scenario import read

    scenario = read(path, solutions())
    programme_of(scenario)
    if wishes.replications is not None:
        scenario = replace(scenario, replications=wishes.replications)
    return scenario if wishes.seed is None else replace(scenario, seed=wishes.seed)


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


def _pictures(scenario: Scenario, study: Study, folder: Path, talk: Talk) -> dict[str, Path]:
    """Draw base and first alternative at the hour at which supply is compared, else at the start.

    That is the first such moment of the first run.
    """
    from tempfile import TemporaryDirectory

    from twin.experiment.runner import Job
    from twin.world.indicators import moments
    from viz.machines import telling_moment
    from viz.render import Caption, before_after
    from viz.style import LINES
    from viz.words import say

    day_type, first = next(iter(scenario.day_types)), next(iter(scenario.alternatives))
    with talk.stage("the first days"):
        runs = [study.run(Job(name, day_type, 0)) for name in ("base", first)]
    talk.tell(f"drawing the base and {first!r} ...")
    lang, (span_ms, hour) = talk.wishes.lang, (runs[0].span_ms, study.counting.reference_h)
    moment_s = next(iter(moments(span_ms, hour)), span_ms[0]) / 1_000
    looks = {name: look for one in study.solutions for name, look in one.look.items()}
    looks |= {name: look for name, look in LINES.items() if len(runs[0].trace[look.event])}
    moment_s = telling_moment(runs[1].trace, moment_s, looks)
    placed = [_placed(study.city, run.trace, moment_s, looks) for run in runs]
    clock = f"{int(moment_s // 3_600) % 24:02d}:{int(moment_s // 60) % 60:02d}"
    words = f"{say('Before', lang)}, {clock}", f"{say('After', lang)}: {first}, {clock}"
    before, after = (Caption(study.city.name, text, lang=lang, looks=looks) for text in words)
    with talk.stage("pictures"), TemporaryDirectory(prefix=".part-", dir=folder) as hidden:
        drawn = before_after(
            study.city,
            placed[0],
            placed[1],
            study.area.polygon,
            Path(hidden),
            captions=(before, after),
        )
        return {path.stem: path.replace(folder / path.name) for path in drawn}


def _placed(city: City, trace: Trace, moment_s: float, looks: Mapping[str, Look]) -> DataFrame:
    """Return what stands, drives or flies in a city at a moment."""
    import pandas as pd

    from viz.machines import docks, machines
    from viz.tracks import parked, signs
    from viz.vehicles import stops, vehicles

    found = [parked(city, trace, moment_s, looks)]
    found += [there(trace, moment_s, looks) for there in (signs, machines, docks)]
    found += [there(city, trace, moment_s, looks) for there in (vehicles, stops)]
    return pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)


def _write(
    results: Results, pictures: Mapping[str, Path], folder: Path, lang: Lang
) -> dict[str, Any]:
    """Write results, maps and report, each whole or not at all, and return the results."""
    from twin.maps import write_maps
    from twin.results import part, write_json
    from viz.charts import curves
    from viz.report import write_report
    from viz.words import quantity, unit

    kpis = [row.kpi for row in results.comparison.rows]
    labels = {kpi.name: quantity(kpi.name, lang) for kpi in kpis}
    units = [*(kpi.unit for kpi in kpis), *(one.unit for one in results.curves)]
    labels |= {name: unit(name, lang) for name in units}
    values = results.as_dict(lang, labels)
    write_json(values, folder / "results.json")
    write_maps(results, folder / "results.gpkg")
    if values["curves"]:
        with part(folder / "curves.svg") as hidden:
            hidden.write_text(curves(values["curves"], lang), encoding="utf-8")
    with part(folder / "report.html") as hidden:
        write_report(values, pictures, hidden, lang=lang)
    return values


def _show(values: Mapping[str, Any], folder: Path, wishes: Wishes) -> None:
    import json

    from viz.terminal import show

    if wishes.as_json:
        click.echo(json.dumps(values, ensure_ascii=False))
        return
    show(values, console_of(), lang=wishes.lang, details=wishes.verbose)
    click.echo()
    for name in FILES:
        if (folder / name).exists():
            click.echo(f"  {folder / name}")


if __name__ == "__main__":
    main()
