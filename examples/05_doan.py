"""Daejeon Doan: published lanes, signals and districts, and buildings made up.

The readiness report tells how far such a city can be trusted. ``DONGNE_DATA`` names the folder of
the data.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

from gis.readers.build import read as read_city
from scenarios import solutions
from twin.area import resolve
from twin.experiment.study import conduct, jobs, prepare
from twin.results import conclude
from twin.scenario import read

HERE = Path(__file__).parent
source = Path(os.environ.get("DONGNE_DATA", "")) / "daejeon_doan.gpkg"
if not source.is_file():
    print(f"skipped: {source.name} is missing (set DONGNE_DATA to the folder of the data)")
    sys.exit()

scenario = replace(
    read(HERE / "doan.yaml", solutions()), replications=2, day_types={"weekday": 250}
)
doan = read_city(source, name="Daejeon Doan")
near = doan.clip(resolve("원신흥동", doan).polygon, margin_m=300)
for trust in near.check({name: one.data for name, one in solutions().items()}).solutions:
    print(f"{trust.solution}: {trust.level} ({trust.because})")

study = prepare(scenario, near)
results = conclude(scenario, study, conduct(study, jobs(scenario), workers=1))
row = results.comparison["parking.illegal_daily"]
print(f"parked illegally a day: {row.base.mean:.0f} cars")
for name, effect in row.alternatives.items():
    case = results.appraisal[name]
    change = f"{effect.diff:+5.0f} ({effect.low:+.0f} to {effect.high:+.0f})"
    noise = "{:.2f} to {:.2f}".format(*case.bc_noise)
    print(f"  {name:8s}{change:24s} benefit over cost {case.bc:.2f} ({noise})")
print(results.verdict()[0])
