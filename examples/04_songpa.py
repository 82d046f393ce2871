"""Seoul Songpa, real streets and buildings: what would help the villas of Bangi-dong.

The file comes from OpenStreetMap; ``DONGNE_DATA`` names the folder that holds it. The city is cut
to the area and 300 m around it, and few days are lived, to be quick.
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
source = Path(os.environ.get("DONGNE_DATA", "")) / "osm" / "seoul_songpa_jamsil.osm.pbf"
if not source.is_file():
    print(f"skipped: {source.name} is missing (set DONGNE_DATA to the folder of the data)")
    sys.exit()

scenario = replace(
    read(HERE / "songpa.yaml", solutions()), replications=2, day_types={"weekday": 250}
)
songpa = read_city(source, name="Seoul Songpa")
near = songpa.clip(resolve("areas/bangi.geojson", songpa, HERE).polygon, margin_m=300)
study = prepare(scenario, near)
results = conclude(scenario, study, conduct(study, jobs(scenario), workers=1))

print(f"{near.name}: {len(near['buildings'])} buildings, {len(study.ground.people.cars)} cars")
print("; ".join(near.attributions()))
row = results.comparison["parking.illegal_daily"]
print(f"parked illegally a day: {row.base.mean:.0f} cars")
for name, effect in row.alternatives.items():
    case = results.appraisal[name]
    change = f"{effect.diff:+5.0f} ({effect.low:+.0f} to {effect.high:+.0f})"
    noise = "{:.2f} to {:.2f}".format(*case.bc_noise)
    print(f"  {name:8s}{change:24s} benefit over cost {case.bc:.2f} ({noise})")
print(results.verdict()[0])
