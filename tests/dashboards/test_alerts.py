"""The queue: what it shows, how it is narrowed, what can be done from it."""

import html
import re

import pytest

from taishi.app.alerts import AlertFilter
from taishi.app.desk import Desk
from taishi.app.rule_costs import RuleCosts, write_costs
from taishi.app.rule_exceptions import RuleExceptions, Wish
from taishi.core.notice_records import Notice
from taishi.core.records import Alert, Block, Hit, Person, RiskEvent
from taishi.core.text import Text
from tests.dashboards.conftest import DAY, HOSTILE, HOUR, NOW, UNITS, Login, alert_of


def _total(page: str) -> int:
    found = re.search(r"条，共 ([\d,]+) 条", page)
    return int(found[1].replace(",", "")) if found else 0


def _rows(page: str) -> int:
    return page.count('<input type="checkbox" name="ids"')


def test_paging_shows_every_alert_once(county: Desk, login: Login) -> None:
    visitor = login()
    pages = [visitor.get(f"/alerts?page={n}") for n in (1, 2, 3)]
    assert [_rows(page) for page in pages] == [50, 50, 20]
    assert {_total(page) for page in pages} == {120}
    ids = [found for page in pages for found in re.findall(r'name="ids" value="([^"]+)"', page)]
    assert len(set(ids)) == 120
    assert "这一页没有内容" in visitor.get("/alerts?page=4")


@pytest.mark.parametrize(
    "query",
    [
        "class=compromised",
        "level=low",
        f"unit={UNITS[0]}",
        "unit=未登记",
        "text=10.34.1.",
        "class=risk&level=medium",
    ],
)
def test_a_filter_counts_what_the_desk_counts(county: Desk, login: Login, query: str) -> None:
    asked = dict(part.split("=") for part in query.split("&"))
    wanted = AlertFilter(
        threat=asked.get("class"),  # type: ignore[arg-type] # the words of the URL are those of the records
        level=asked.get("level"),  # type: ignore[arg-type]
        unit=asked.get("unit"),
        text=asked.get("text"),
        state="new",
    )
    found = [a for a in county.alerts.list(wanted, None).alerts if a.verdict.first_seen.year == 2026]
    page = login().get(f"/alerts?{query}&days=60")
    assert _total(page) == len(found)
    assert 0 < _total(page) < 120


def test_a_shorter_window_shows_less_and_every_link_keeps_it(county: Desk, login: Login) -> None:
    page = login().get("/alerts?days=7")
    assert 0 < _total(page) < 120
    links = re.findall(r'href="(/(?:alerts|units|letters|blocks|search)[^"]*)"', page)
    assert links
    assert all("days=" in link for link in links)


def test_the_overview_figures_lead_to_as_many_alerts(county: Desk, login: Login) -> None:
    visitor = login()
    page = visitor.get("/?days=30")
    cells = re.findall(r'href="(/alerts[^"]+)">([\d,]+)</a>', page)
    assert len(cells) > 12
    for link, figure in cells:
        assert _total(visitor.get(html.unescape(link))) == int(figure.replace(",", "")), link


def test_the_page_of_an_alert_tells_a_sentence_and_why(county: Desk, login: Login) -> None:
    page = login().get(f"/alerts/{alert_of(county, '10.34.0.10').id}")
    page = page[page.index("<article") :]
    assert "县教育局的 10.34.0.10 疑似已被控制，已 3 天" in page
    assert (
        page.index("为什么")
        < page.index("10.34.0.10 与 198.51.100.7 之间共 40 次")
        < page.index("198.51.100.7 在情报中")
    )
    assert "T1071.001 Web Protocols（命令与控制）" in page
    assert "tcp 10.34.0.10:50000 198.51.100.7:443" in page


def test_the_page_of_an_alert_tells_what_is_kept_back(county: Desk, login: Login) -> None:
    alert, clock = alert_of(county, "10.34.0.10"), county.clock
    hit = Hit(
        "h", "r", Text("外联", "beacon"), "behaviour", "compromised", "high", "10.34.0.10", "ip",
        NOW - DAY, NOW - HOUR, 3, Text("外联", "beacon"), peers=("198.51.100.7",),
    )  # fmt: skip
    county.state.put(hit)
    assert "例外与抑制" not in login().get(f"/alerts/{alert.id}")
    county.state.put(Person("chen", "陈", ("analyst",), "x"))
    exceptions = RuleExceptions(county.state, clock)
    meant = {"source.ip": "10.34.0.10"}
    past = exceptions.add(Wish("r", meant, since=NOW - DAY, until=NOW + DAY), "chen", "已核实的巡检")
    exceptions.add(Wish("r", {"source.ip": "10.34.0.11"}), "chen", "别的主机")
    exceptions.add(Wish("*", meant, every=HOUR), "chen", "太多")
    write_costs(county.data, RuleCosts(NOW, NOW, (), {past.id: 41}))
    page = login().get(f"/alerts/{alert.id}")
    page = page[page.index("例外与抑制") :]
    for told in (
        "已核实的巡检",
        "生效中",
        "chen",
        "已有命中 1 条",
        "共压下 41 次",
        "每 3,600 秒至多一条",
        "太多",
    ):
        assert told in page
    assert "2026-11-18 15:20" in page
    assert "别的主机" not in page


def test_htmx_gets_only_the_detail(county: Desk, login: Login) -> None:
    path = f"/alerts/{alert_of(county, '10.34.0.10').id}"
    part = login().ask("GET", path, headers={"hx-request": "true", "hx-target": "beside"}).text
    assert "<h1>" in part
    assert "<html" not in part


def test_hostile_content_is_shown_as_text(county: Desk, login: Login) -> None:
    visitor = login()
    alert = county.alerts.list(AlertFilter(text="10.34.4.12"), 1).alerts
    hostile = [
        a
        for a in county.alerts.list(limit=None).alerts
        if any(r.evidence and HOSTILE in r.evidence[0].summary for r in a.verdict.because)
    ]
    assert alert or hostile
    for path in (
        f"/alerts/{hostile[0].id}",
        "/events/event-web",
        "/search?kind=http",
        f"/search?q={HOSTILE}",
    ):
        page = visitor.get(path)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert" in page


def test_dismissing_needs_a_reason_and_leaves_the_figures(county: Desk, login: Login) -> None:
    visitor = login("analyst")
    alert = alert_of(county, "10.34.0.10")
    assert "请填写理由" in visitor.post(f"/alerts/{alert.id}/dismiss", 409, why=" ")
    assert "已按误报排除" in visitor.post(f"/alerts/{alert.id}/dismiss", why="备份任务")
    assert "备份任务" in visitor.get(f"/alerts/{alert.id}")
    assert ">119</a>" in visitor.get("/")
    assert "已重新打开" in visitor.post(f"/alerts/{alert.id}/reopen", why="再看")
    assert ">120</a>" in visitor.get("/")


def test_claim_confirm_and_back_to_the_same_list(county: Desk, login: Login) -> None:
    visitor = login("analyst")
    alert = alert_of(county, "10.34.0.10")
    answer = visitor.ask("POST", f"/alerts/{alert.id}/claim?level=high&days=7", data={"csrf": visitor.csrf})
    assert answer.headers["location"] == f"/alerts/{alert.id}?level=high&days=7&done=claimed"
    assert "处理人 analyst" in visitor.get(answer.headers["location"])
    visitor.post(f"/alerts/{alert.id}/confirm")
    now = county.state.get(Alert, alert.id)
    assert now is not None
    assert (now.state, now.assignee) == ("confirmed", "analyst")


def test_many_at_once_and_the_refused_ones_are_named(county: Desk, login: Login) -> None:
    visitor = login("analyst")
    one, two = county.alerts.list().alerts[:2]
    county.alerts.confirm(one.id, "admin")
    page = visitor.post("/alerts/acts", 409, act="confirm", ids=[one.id, two.id])
    assert "1 条已完成，1 条未完成" in page
    assert one.id in page
    assert "没有改动" not in page
    assert county.alerts.get(two.id).state == "confirmed"
    assert "请先勾选" in visitor.post("/alerts/acts", 409, act="confirm")
    visitor.post("/alerts/acts", 404, act="explode", ids=[one.id])


@pytest.mark.parametrize("act", ["confirm", "dismiss", "claim", "draft", "propose"])
def test_who_only_approves_does_not_triage(county: Desk, login: Login, act: str) -> None:
    visitor = login("approver")
    alert = alert_of(county, "10.34.0.10")
    page = visitor.post(f"/alerts/{alert.id}/{act}", 409, why="x", address="198.51.100.7")
    assert "无权执行此操作" in page
    assert "没有改动任何数据" in page
    assert not county.state.count(Notice)
    assert not county.state.count(Block)


def test_an_auditor_reads_the_audit_and_nothing_else(county: Desk, login: Login) -> None:
    visitor = login("auditor")
    assert "审计" in visitor.get("/system/audit")
    for path in ("/", "/alerts", "/letters", "/search", "/system/people", "/system/settings", "/system/data"):
        assert "您的角色不能打开这一页" in visitor.get(path, 403)


def test_the_window_is_of_the_first_sighting(county: Desk, login: Login) -> None:
    day = NOW.date().isoformat()
    events = [e for e in county.state.find(RiskEvent) if e.first_seen.astimezone().date().isoformat() == day]
    assert _total(login().get(f"/alerts?from={day}&to={day}")) == len(events)
