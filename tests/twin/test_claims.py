"""The ledger of claims: what it refuses, what it shows, and how a prediction is judged."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from twin.claims import claims as module
from twin.claims.claims import as_dict, compare, read_claims, show
from twin.datafile import DataFileError
from twin.experiment.compare import Estimate

LEDGER = Path(module.__file__).with_name("claims.yaml")


def changed(tmp_path: Path, name: str, **keys: object) -> Path:
    data = yaml.safe_load(LEDGER.read_text(encoding="utf-8"))
    data["claims"][name].update(keys)
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


def test_the_bucheon_claims_are_what_was_published() -> None:
    claims = read_claims()
    supply, illegal = claims["T01"], claims["T02"]
    assert (supply.before, supply.after, supply.change, supply.unit) == (37, 109, 72, "points")
    assert (illegal.before, illegal.after, illegal.change, illegal.unit) == (
        266,
        156,
        -41,
        "percent",
    )
    # 144 and 424 spaces for 389 vehicles
    assert round(100 * 144 / 389) == supply.before
    assert round(100 * 424 / 389) == supply.after


def test_disputed_claims_are_shown_with_what_they_contradict() -> None:
    assert "contradicts T02 Vehicles parked illegally a day, Bucheon Sangsalmi: 266 → 156" in show(
        "T03"
    )
    assert "+72 % as told, +195 % by its own figures) [disputed]" in show("T01P")
    assert "contradicts T01 Supply rate of parking" in show("T01P")
    assert "contradicts T05 Waiting time" in show("T06")
    assert "contradicts T06 Waiting time" in show("T05")
    assert "contradicts T01 Supply rate" in show("T04")


def test_every_claim_shows_grade_protocol_and_sources() -> None:
    claims = read_claims()
    for name, claim in claims.entries.items():
        text = show(name)
        assert f"grade {claim.grade} (" in text
        assert f"protocol: {claim.protocol}" in text
        assert text.count("  source") == len(claim.source.split(", "))


def test_a_report_gets_every_claim_as_text() -> None:
    for name in read_claims().entries:
        texts = as_dict(name)
        assert all(
            text in show(name).replace("\n", " ") for text in (texts["claim"], texts["note"])
        )
    told = as_dict("T03")
    assert told["contradicts"].startswith("T02 Vehicles parked illegally")
    assert told["source"].startswith("newsletter of the Ministry")


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [
        (-60.0, -20.0, "agrees"),
        (-45.0, -35.0, "equivalent"),
        (-51.0, -31.0, "equivalent"),
        (-51.1, -31.0, "agrees"),
        (-40.0, -35.0, "disagrees"),
        (-99.0, -80.0, "disagrees"),
        (None, None, "cannot tell"),
    ],
)
def test_a_prediction_is_judged_by_its_interval(
    low: float | None, high: float | None, state: str
) -> None:
    agreement = compare(read_claims()["T02"], Estimate(-40.0, low, high, 10))
    assert agreement.state == state
    assert agreement.claim == "T02"


def test_a_disputed_claim_is_never_a_target() -> None:
    agreement = compare(read_claims()["T03"], Estimate(-48.0, -50.0, -46.0, 10))
    assert (agreement.state, agreement.text) == ("not a target", "T03 is disputed: not a target")


def test_a_claim_without_a_change_cannot_be_compared() -> None:
    assert compare(read_claims()["T04"], Estimate(1.0, 0.0, 2.0, 10)).state == "cannot tell"


@pytest.mark.parametrize(
    ("name", "keys", "message"),
    [
        ("T02", {"change": -48}, r"T02: change must be -41.4 percent, from before 266 .*, got -48"),
        ("T01", {"unit": "percent"}, r"T01: change must be \+194.6 percent"),
        ("T01", {"unit": "%"}, r"T01: unit must be 'percent' or 'points' or NoneType, got '%'"),
        ("T02", {"unit": None}, "T02: change and unit must be given together"),
        ("T02", {"grade": "D"}, "T02: grade must be 'A' or 'B' or 'C' or 'X', got 'D'"),
        ("T02", {"before": "266"}, "T02: before must be float or NoneType, got '266'"),
        ("T02", {"contradict": []}, "T02: unknown key 'contradict'; did you mean 'contradicts'?"),
        ("T02", {"contradicts": ["T99"]}, "T02: contradicts 'T99', which is not there"),
        ("T02", {"contradicts": []}, "T03: T02 does not name T03 in return"),
        ("T02", {"source": "BUC9"}, "T02: source 'BUC9' is not listed under sources"),
        ("T02", {"tag": "PRESS"}, "T02: tag must be one of KEY, D, V, DEF, GK, got 'PRESS'"),
    ],
)
def test_a_ledger_that_breaks_its_rules_is_refused(
    tmp_path: Path, name: str, keys: dict[str, object], message: str
) -> None:
    with pytest.raises(DataFileError, match=rf"claims.yaml: {message}"):
        read_claims(changed(tmp_path, name, **keys))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sources: {}\nclaims: {}\nmore: 1\n", "must hold exactly the parts: sources, claims"),
        ("", "must hold exactly the parts: sources, claims"),
        ("sources: {}\nclaims: [1]\n", "claims: must be a mapping of keys"),
        ("sources: {}\nclaims: {T1: 3}\n", "T1: must be a mapping of keys, got 3"),
        ("sources: {}\nsources: {}\n", ":2: key 'sources' is there twice"),
        ("sources: &a {}\nclaims: *a\n", ":2: aliases are not allowed"),
        ("sources: {\n", ":2: expected the node content"),
        ("sources: {}\nclaims: {T1: {of: x}}\n", "T1: key 'quantity' is missing"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "claims.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError, match=message):
        read_claims(path)


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.yaml"
    path.write_bytes("sources: {a: 주차}\nclaims: {}\n".encode("cp949"))
    with pytest.raises(DataFileError, match=r"claims\.yaml: must be UTF-8 text"):
        read_claims(path)


def test_an_unknown_claim_lists_near_ones() -> None:
    with pytest.raises(KeyError, match="no entry 'T01Q'; there are: T01, T01P"):
        show("T01Q")
