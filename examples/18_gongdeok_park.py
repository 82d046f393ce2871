"""Robots in the largest park of Seoul Gongdeok: what the data allow, and what they are worth.

The park has no name in the data, 3.4 km of footways and about 4,300 visits a day, which the twin
draws from who lives near. ``DONGNE_DATA`` names the folder of the data.
"""

import os
import sys
from pathlib import Path

from gis.readers.build import read as read_city
from scenarios import solutions
from twin.experiment.study import conduct, jobs, prepare
from twin.results import conclude
from twin.scenario import read
from twin.world.parks import parks_of

SHOWN = ("quarantine.visits", "quarantine.compliance", "quarantine.worker_h", "patrol.coverage",
         "patrol.gap_p95", "patrol.detect_crime", "patrol.guard_h", "patrol.met")  # fmt: skip

HERE = Path(__file__).parent
source = Path(os.environ.get("DONGNE_DATA", "")) / "osm" / "seoul_gongdeok.osm"
if not source.is_file():
    print(f"skipped: {source.name} is missing (set DONGNE_DATA to the folder of the data)")
    sys.exit()

scenario = read(HERE / "gongdeok_park.yaml", solutions())
study = prepare(scenario, read_city(source, name="Seoul Gongdeok"))
tried = {name: solutions()[name].data for name in ("quarantine_robot", "patrol_robot")}
for trust in study.city.check(tried).solutions:
    print(f"{trust.solution}: {trust.level} ({trust.because})")
park = max(parks_of(study.ground), key=lambda one: one.metres)
print(f"a park of {park.hectares:.1f} ha with {park.metres:,.0f} m of footways")

results = conclude(scenario, study, conduct(study, jobs(scenario), workers=1))
for name in SHOWN:
    row = results.comparison[name]
    cells = {"today": row.base.mean, **{one: e.mean for one, e in row.alternatives.items()}}
    told = ", ".join(f"{one} {'-' if x is None else f'{x:,.4g}'}" for one, x in cells.items())
    print(f"{name} ({row.kpi.unit}): {told}")
for name, case in results.appraisal.cases.items():
    print(f"{name}: benefit over cost {case.bc:.2f}")
for sentence in results.verdict():
    if "promised" in sentence:
        print(sentence)
