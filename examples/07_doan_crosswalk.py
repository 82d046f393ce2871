"""AI crosswalk in Daejeon Doan: what the city's data allow, and what signs would change there.

Lanes, signals and school zones are real; the sides of streets and where they are crossed are
derived, the buildings made up. ``DONGNE_DATA`` names the folder of the data.
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

known = solutions()
scenario = read(HERE / "doan_crosswalk.yaml", known)
scenario = replace(scenario, replications=3, day_types={"weekday": 250})
doan = read_city(source, name="Daejeon Doan")
near = doan.clip(resolve("원신흥동", doan).polygon, margin_m=300)
(trust,) = near.check({"ai_crosswalk": known["ai_crosswalk"].data}).solutions
print(f"{trust.solution}: {trust.level} ({trust.because})")

study = prepare(scenario, near)
results = conclude(scenario, study, conduct(study, jobs(scenario), workers=1))
for name in ("xwalk.yield", "xwalk.ped_delay", "xwalk.conflicts", "xwalk.crash_year"):
    row = results.comparison[name]
    print(f"{name}: {row.base.mean:.1f} {row.kpi.unit}")
    for alternative, effect in row.alternatives.items():
        change = f"{effect.diff:+.1f} ({effect.low:+.1f} to {effect.high:+.1f})"
        print(f"  {alternative:8s}{change}")
for alternative, case in results.appraisal.cases.items():
    noise = "{:.2f} to {:.2f}".format(*case.bc_noise)
    print(f"{alternative}: benefit over cost {case.bc:.2f} ({noise})")
print(results.verdict()[0])
