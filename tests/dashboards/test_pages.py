"""Every page stands, in both languages, with and without data."""

import pytest

from taishi.app.desk import Desk
from taishi.core.records import Unit
from tests.dashboards.conftest import Login

PATHS = (
    "/",
    "/?days=year",
    "/?days=7",
    "/alerts",
    "/alerts?state=all&days=90",
    "/letters",
    "/blocks",
    "/units",
    "/units/assets",
    "/units/assets?text=10.34&page=1",
    "/units/discovered",
    "/units/import",
    "/data",
    "/data?stage=output&unit=x",
    "/reports",
    "/reports?days=year&as_of=2026-11-30T18:00",
    "/search",
    "/search?q=10.34.0.10",
    "/system/people",
    "/system/settings",
    "/system/data",
    "/system/audit",
    "/password",
)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_stands_over_a_full_desk(county: Desk, login: Login, path: str) -> None:
    assert "态势" in login().get(path)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_stands_over_an_empty_desk(desk: Desk, login: Login, path: str) -> None:
    assert "态势" in login().get(path)


def test_a_unit_has_its_page(county: Desk, login: Login) -> None:
    unit = county.state.find(Unit)[0]
    assert unit.name in login().get(f"/units/{unit.id}")
