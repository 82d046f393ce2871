"""Daejeon Doan: a called bus alone, and with signs at crossings and shared spaces.

What the city's data do not hold is told first: no stops or lines of buses, no buildings.
``DONGNE_DATA`` names the folder of the data.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

from gis.readers.build import read as read_city
from scenarios import solutions
from twin.area import resolve
from twin.experiment.package import parts_of, together
from twin.experiment.study import conduct, jobs, prepare
from twin.results import conclude
from twin.scenario import read

SHOWN = ("transit.wait_all", "xwalk.yield", "xwalk.walkers", "parking.illegal_daily", "drt.gain")
OF_THE_BUS = ("drt.wait_all", "drt.wait", "drt.ride", "drt.reject", "drt.riders")

HERE = Path(__file__).parent
source = Path(os.environ.get("DONGNE_DATA", "")) / "daejeon_doan.gpkg"
if not source.is_file():
    print(f"skipped: {source.name} is missing (set DONGNE_DATA to the folder of the data)")
    sys.exit()

scenario = replace(
    read(HERE / "doan_three.yaml", solutions()), replications=2, day_types={"weekday": 250}
)
doan = read_city(source, name="Daejeon Doan")
near = doan.clip(resolve("원신흥동", doan).polygon, margin_m=300)
study = prepare(scenario, near)
tried = {name: solutions()[name].data for name in ("drt_bus", "ai_crosswalk", "shared_parking")}
for trust in study.city.check(tried).solutions:
    print(f"{trust.solution}: {trust.level} ({trust.because})")
gaps = study.city.check().gaps
print("not in the data: " + ", ".join(f"{layer} ({state})" for layer, state in gaps.items()))

results = conclude(scenario, study, conduct(study, jobs(scenario), workers=1))
((package, parts),) = parts_of(study.alternatives).items()
found = {row.kpi: row for row in together(results.comparison, package, parts)}
for name in SHOWN:
    row = results.comparison[name]
    print(f"{name}: {row.base.mean:,.1f} {row.kpi.unit} today")
    alone = ", ".join(f"{part} {row.alternatives[part].diff:+,.2f}" for part in parts)
    between = found[name].interaction
    told = f"{between.mean:+,.2f} ({between.low:+,.2f} to {between.high:+,.2f})"
    print(f"  {alone}; together {found[name].package.mean:+,.2f}, beside the sum {told}")
for name in OF_THE_BUS:
    row = results.comparison[name]
    means = (f"{one} {row.alternatives[one].mean:,.2f}" for one in ("bus", package))
    print(f"{name} ({row.kpi.unit}): " + ", ".join(means))
for name, case in results.appraisal.cases.items():
    print(f"{name}: benefit over cost {case.bc:.2f}")
print(results.verdict()[0])
