"""The intelligence pages: sources with their errors, what lists do, what is known; its place on an alert."""

from pathlib import Path

from msgspec.structs import replace

from taishi.app.desk import Desk
from taishi.core.indicators import IntelSource
from taishi.core.records import Origin
from taishi.core.text import Text
from tests.dashboards.conftest import NOW, Login, alert_of
from tests.enrichment.intel.feeds import attribute, event, write_feed


def fed(desk: Desk, folder: Path) -> IntelSource:
    write_feed(
        folder, event("Actor X", attribute("domain", "bad.example.org"), attribute("ip-src", "10.0.0.1"))
    )
    source = desk.intel.add(IntelSource("", "cert", "misp-feed", str(folder), NOW), "system")
    desk.intel.sync(source)
    return source


def test_an_empty_page_says_how_to_begin(desk: Desk, login: Login) -> None:
    assert "taishi intel add" in login("analyst").get("/intel")


def test_sources_their_errors_and_what_is_known(desk: Desk, login: Login, tmp_path: Path) -> None:
    source = fed(desk, tmp_path)
    visitor = login("analyst")
    page = visitor.get("/intel")
    assert "cert" in page
    assert "原有数据保留" not in page
    (tmp_path / "manifest.json").write_text("{")
    desk.intel.sync(source)
    page = visitor.get("/intel")
    assert "cannot be read" in page
    assert "原有数据保留" in page
    assert "Actor X" in visitor.get("/intel?q=www.bad.example.org")
    assert "情报中没有它" in visitor.get("/intel?q=203.0.113.77")


def test_what_lists_silence_is_shown_and_can_be_set(desk: Desk, login: Login, tmp_path: Path) -> None:
    fed(desk, tmp_path)
    visitor = login()
    page = visitor.get("/intel/graded")
    assert "10.0.0.1" in page
    assert "rfc1918" in page
    visitor.get("/intel/lists")
    for name in ("rfc1918", "rfc5735"):
        visitor.post(f"/intel/lists/{name}", effect="off")
    assert "10.0.0.1" not in visitor.get("/intel/graded")
    visitor.post("/intel/lists/rfc1918", 400, effect="nonsense")
    analyst = login("analyst")
    assert "<select" not in analyst.get("/intel/lists")
    analyst.post("/intel/lists/rfc1918", 409, effect="note")


def test_a_source_is_made_due(desk: Desk, login: Login, tmp_path: Path) -> None:
    source = fed(desk, tmp_path)
    assert desk.intel.due() == []
    visitor = login("analyst")
    visitor.get("/intel")
    visitor.post(f"/intel/{source.id}/sync")
    assert [one.name for one in desk.intel.due()] == ["cert"]


def test_an_alert_shows_where_it_is_known_from(county: Desk, login: Login) -> None:
    alert = alert_of(county, "10.34.0.10")
    origin = Origin(
        "i",
        "address",
        "198.51.100.7",
        "s",
        "r",
        "Actor X",
        "CERT",
        ("tlp:amber",),
        "amber",
        75,
        (Text("降一级", "down"),),
    )
    because = (replace(alert.verdict.because[0], origins=(origin,)), *alert.verdict.because[1:])
    county.state.put(replace(alert, verdict=replace(alert.verdict, because=because)))
    page = login("analyst").get(f"/alerts/{alert.id}")
    for piece in ("Actor X", "CERT", "TLP amber", "tlp:amber", "降一级"):
        assert piece in page


def test_indicators_are_entered_and_withdrawn(desk: Desk, login: Login) -> None:
    visitor = login("analyst")
    assert "还没有人工录入的指标" in visitor.get("/intel/entered")
    said = {"purpose": "phishing", "level": "high", "days": "30", "why": "群众举报"}
    visitor.post("/intel/entered", values="bad.example.org\n203.0.113.0/24", **said)
    page = visitor.get("/intel/entered")
    assert "203.0.113.0/24" in page
    assert "群众举报" in page
    assert "群众举报" in visitor.get("/intel?q=bad.example.org")
    visitor.post("/intel/entered", 400, values="no name", **said)
    visitor.post("/intel/entered", 409, values="203.0.113.9", **{**said, "why": ""})
    (one, _) = desk.hand_entries.all()
    visitor.post(f"/intel/entered/{one.report.id}/withdraw", why="误报")
    assert len(desk.hand_entries.all()) == 1
