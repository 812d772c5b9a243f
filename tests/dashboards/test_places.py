"""Where addresses are: beside them on alerts, in the search for events and on the page of intelligence."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from taishi.app.desk import Desk
from tests.dashboards.conftest import NOW, Login, alert_of
from tests.enrichment.mmdb import write_mmdb
from tests.enrichment.test_ownership import batch

OUTSIDE = "9.9.9.9"
KNOWN = {"9.9.9.0/24": {"country_code": "CH", "asn": 19281, "as_name": "Quad"}}


def test_a_country_stands_beside_outside_addresses(county: Desk, login: Login, tmp_path: Path) -> None:
    county.places.set_files([write_mmdb(tmp_path / "own.mmdb", KNOWN)], "system")
    alert = alert_of(county, "10.34.0.10")
    verdict = replace(alert.verdict, attackers=(OUTSIDE,), peers=("10.34.0.1",))
    county.state.put(replace(alert, verdict=verdict))
    flow = batch({"source.ip": OUTSIDE, "destination.ip": "10.34.0.10", "@timestamp": NOW})
    county.events.write([county.stamping()(flow)])

    visitor = login("analyst")
    assert "瑞士 · AS19281 Quad" in visitor.get(f"/alerts/{alert.id}")
    assert "瑞士" in visitor.get(f"/search?q=source.ip:{OUTSIDE}&days=60")
    page = visitor.get(f"/intel?q={OUTSIDE}")
    assert "瑞士 · AS19281 Quad" in page
    assert "own.mmdb" in page


def test_a_file_that_went_bad_is_told_and_passed_over(desk: Desk, tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "own.mmdb", KNOWN)
    desk.places.set_files([path], "system")
    assert desk.places.told(OUTSIDE) is not None
    path.write_bytes(b"")
    (said,) = desk.places.unreadable()
    assert "own.mmdb: cannot be read" in said
    desk.places.set_files([], "system")
    assert desk.places.unreadable() == []


def test_whose_data_the_countries_are_stands_beside_their_file(
    county: Desk, login: Login, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = login("analyst")
    monkeypatch.setattr("enrichment.geography.FOLDER", tmp_path / "none")
    assert "异地登录无法判断" in visitor.get("/intel")
    monkeypatch.setattr("enrichment.geography.FOLDER", tmp_path)
    write_mmdb(tmp_path / "country-2026-06-17.mmdb", KNOWN)
    page = visitor.get("/intel")
    assert "NRO（nro.net）以 CC BY 4.0" in page
    assert "异地登录无法判断" not in page
