"""People, settings, audit."""

import re
from datetime import timedelta

import msgspec

from taishi.app.desk import Desk
from taishi.app.sensors import Wanted
from taishi.core.records import Heartbeat, InputFile, Person
from tests.dashboards.conftest import Login


def test_a_new_persons_password_is_shown_once(desk: Desk, login: Login) -> None:
    visitor = login()
    visitor.get("/system/people")
    page = visitor.post("/system/people", name="小王", roles=["analyst", "approver"])
    shown = re.search(r'class="mono secret"[^>]*>([^<]+)<', page)
    assert shown
    assert shown[1] not in visitor.get("/system/people")
    desk.people.login("小王", shown[1])


def test_roles_are_changed_and_the_last_administrator_stays(desk: Desk, login: Login) -> None:
    visitor = login()
    desk.people.create("小王", ("analyst",), "admin")
    visitor.get("/system/people")
    visitor.post("/system/people/小王/roles", roles=["auditor"])
    person = desk.state.get(Person, "小王")
    assert person is not None
    assert person.roles == ("auditor",)
    assert "至少保留一名管理员" in visitor.post("/system/people/admin/roles", 409, roles=["analyst"])


def test_settings_are_saved_and_audited(desk: Desk, login: Login) -> None:
    visitor = login()
    visitor.get("/system/settings")
    visitor.post("/system/settings/bureau", name="某县数据局", prefix="某数函", contact="张某", phone="1")
    assert desk.bureau.name == "某县数据局"
    visitor.post("/system/settings/networks", protected="10.34.0.53 DNS\n", internal="10.0.0.0/8\n",
                 isolated="10.99.0.0/16\n")  # fmt: skip
    shown = visitor.get("/system/settings")
    assert "10.34.0.53 DNS" in shown
    assert "10.99.0.0/16" in shown
    assert desk.settings.isolated() == ("10.99.0.0/16",)
    assert "修改设置" in visitor.get("/system/audit")
    page = visitor.post("/system/settings/networks", 400, protected="nonsense", internal="10.0.0.0/8")
    assert "nonsense" in page


def test_an_analyst_changes_no_people_and_no_settings(desk: Desk, login: Login) -> None:
    visitor = login("analyst")
    visitor.post("/system/people", 409, name="x", roles=["admin"])
    visitor.post("/system/people/admin/reset", 409)
    visitor.post("/system/settings/bureau", 409, name="x", prefix="y")
    visitor.get("/system/people", 403)
    visitor.get("/system/data")


def test_the_audit_pages_back(county: Desk, login: Login) -> None:
    visitor = login()
    first, second = visitor.get("/system/audit"), visitor.get("/system/audit?page=2")
    assert 'rel="next"' in first
    assert 'rel="next"' not in second
    assert 'rel="prev"' in second


def test_the_data_tab_counts_events_by_kind(county: Desk, login: Login) -> None:
    page = login().get("/system/data")
    assert '<td class="num">250</td>' in page
    assert "access_log" in page


def test_the_device_is_switched_by_an_administrator_only(desk: Desk, login: Login) -> None:
    visitor = login()
    assert "nftables-dry-run" in visitor.get("/system/settings")
    visitor.post("/system/settings/enforcer", device="nftables")
    assert desk.settings.enforcer() == "nftables"
    visitor.post("/system/settings/enforcer", 422, device="rm -rf")
    analyst = login("analyst")
    analyst.get("/alerts")
    analyst.post("/system/settings/enforcer", 409, device="nftables-dry-run")
    assert desk.settings.enforcer() == "nftables"


def test_the_data_tab_lists_files_with_what_was_quarantined(desk: Desk, login: Login) -> None:
    desk.state.put(
        InputFile("1", "/in/week.pcap", "pcap", 9, 1, desk.clock.now(), 12, 3, {"capture ends": 3}),
        InputFile("2", "/in/noise.bin", None, 9, 1, desk.clock.now(), unusable="noise.bin: no sensor knows"),
    )
    page = login().get("/system/data")
    assert "week.pcap" in page
    assert "capture ends × 3" in page
    assert "no sensor knows" in page


def test_the_sensors_tab_tells_how_each_is(desk: Desk, login: Login) -> None:
    assert "还没有传感器" in login().get("/system/sensors")
    entry, _ = desk.sensors.add(Wanted("core", "port", "0.0.0.0:2055", ("192.0.2.1 核心",)), "system")
    now = desk.clock.now()
    early = now - timedelta(hours=1)
    beat = Heartbeat(
        entry.id, now, early, early, 1200, 99, 800, 7, 6, 5, 4, 0.5, {"why": 4}, {"192.0.2.1": 1200}
    )
    desk.state.put(beat)
    page = login("analyst").get("/system/sensors")
    for told in ("core", "0.0.0.0:2055", "静默", "1,200", "why × 4", "192.0.2.1 × 1,200"):
        assert told in page
    desk.state.put(msgspec.structs.replace(beat, problem="UDP 0.0.0.0:2055: in use"))
    page = login().get("/system/sensors")
    assert "故障" in page
    assert "UDP 0.0.0.0:2055: in use" in page
    assert "新增传感器" in login().get("/system/audit")
