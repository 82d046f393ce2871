"""The three alternatives run on every real city, from file to results, at the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from gis.city import City
from tests.conftest import data_file
from tests.source import ROOT

CITIES = {
    "songpa": "osm/seoul_songpa_jamsil.osm.pbf",
    "gongdeok": "osm/seoul_gongdeok.osm",
    "gunsan": "osm/gunsan_univ.osm.gz",
    "monaco": "osm/monaco.osm.pbf",
    "helsinki": "osm/helsinki_center.osm.pbf",
    "doan": "daejeon_doan.gpkg",
}
SCENARIO = """\
name: {name}
city: {name}
alternatives:
  shared: [{{shared_parking: {{area: area.geojson, spaces: 280}}}}]
  enforce: [{{enforcement: {{area: area.geojson, patrols: 2}}}}]
  build: [{{new_car_park: {{area: area.geojson, spaces: 100}}}}]
day_types: {{weekday: 250}}
replications: 2
"""
RADIUS_M = 300
WRITTEN = {"report.html", "before.png", "after.png", "results.gpkg", "results.json", "runs"}


def dongne(*words: object) -> str:
    command = [sys.executable, "-m", "twin.cli", *map(str, words)]
    done = subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=1_200,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def middle(city: City) -> str:
    """Return the middle of a city's buildings, a circle, as GeoJSON in degrees."""
    at = shapely.get_coordinates(city["buildings"].geometry.centroid.to_numpy())
    circle = shapely.Point(*np.median(at, axis=0)).buffer(RADIUS_M)
    change = pyproj.Transformer.from_crs(city.crs, "EPSG:4326", always_xy=True)
    return str(
        shapely.to_geojson(
            shapely.transform(
                circle, lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1]))
            )
        )
    )


@pytest.mark.verify
@pytest.mark.parametrize("name", CITIES)
def test_a_real_city_from_file_to_verdict(name: str, tmp_path: Path) -> None:
    dongne("city", "build", data_file(CITIES[name]), "--name", name, "--out", tmp_path / name)
    (tmp_path / "area.geojson").write_text(middle(City.open(tmp_path / name)))
    (tmp_path / "q.yaml").write_text(SCENARIO.format(name=name), encoding="utf-8")
    text = dongne("run", tmp_path / "q.yaml", "--out", tmp_path / "out", "--workers", 2)
    assert {path.name for path in (tmp_path / "out").iterdir()} == WRITTEN
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    kpis = {kpi["name"]: kpi for kpi in results["kpis"]}
    assert list(results["appraisal"]) == ["shared", "enforce", "build"]
    assert results["attributions"]
    assert not results["synthetic"]
    assert kpis["parking.search_time"]["base"]["mean"] > 0
    assert kpis["parking.walk"]["base"]["mean"] > 0
    for alternative in ("shared", "build"):
        more = kpis["parking.supply_rate"]["alternatives"][alternative]
        assert more["mean"] is not None
        assert more["n"] == 2
    assert kpis["parking.share_util"]["alternatives"]["shared"]["mean"] is not None
    assert "• " in text
