"""A small county over the real desk: units, events, alerts; and people who are logged in."""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from dashboards.application import create_app
from taishi.app.desk import Desk, open_desk
from taishi.core.clock import FixedClock
from taishi.core.event import BatchBuilder
from taishi.core.records import (
    Alert,
    Asset,
    Bureau,
    Evidence,
    HitKind,
    Level,
    Reason,
    Role,
    Threat,
    Unit,
    Verdict,
)
from taishi.core.text import Text

#: A Tuesday, 15:20 in Asia/Shanghai.
NOW = datetime(2026, 11, 17, 7, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PASSWORD = "a long enough password"
HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"

UNITS = ("县教育局", "县卫健委", "县自然资源局", "县医保局", "县政府办", "县档案馆", "环峰镇")

Told = tuple[Threat, Level, str, Text, str]
STORIES: tuple[Told, ...] = (
    (
        "compromised",
        "high",
        "behaviour",
        Text("周期性外联（疑似控制信道）", "Beaconing to an outside address"),
        "T1071.001",
    ),
    ("compromised", "high", "behaviour", Text("DNS 隧道", "DNS tunnel"), "T1071.004"),
    ("attempted", "high", "sigma", Text("Log4Shell 漏洞利用尝试", "Log4Shell exploit attempt"), "T1190"),
    ("attempted", "medium", "behaviour", Text("口令猜测", "Password guessing"), "T1110.001"),
    ("attempted", "medium", "behaviour", Text("端口扫描", "Port scan"), "T1595.001"),
    ("risk", "medium", "data", Text("明文传输身份证号", "Identity numbers in the clear"), "T1040"),
    ("risk", "low", "sigma", Text("对外开放管理端口", "Management port open to the outside"), "T1133"),
)


@dataclass(frozen=True)
class Evidenced:
    """Events that are in the store, as evidence."""

    web: Evidence
    flows: tuple[Evidence, ...]


@pytest.fixture(scope="session")
def empty_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a bureau that signs, and an administrator."""
    data = tmp_path_factory.mktemp("empty") / "data"
    desk = open_desk(data, clock=FixedClock(NOW))
    made = desk.people.first_person()
    assert made is not None
    name, password = made
    desk.people.change_password(name, password, PASSWORD)
    desk.settings.set_bureau(Bureau("示例县数据资源管理局", "示数资函", "王某某", "0555-1234567"), name)
    desk.close()
    return data


@pytest.fixture(scope="session")
def county_data(empty_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with seven units, their assets, events, 120 alerts over 30 days and 40 the year before."""
    data = tmp_path_factory.mktemp("county") / "data"
    copytree(empty_data, data)
    desk = open_desk(data, clock=FixedClock(NOW))
    for n, name in enumerate(UNITS):
        unit = Unit(f"u{n}", name, contact="李某", phone="0555-7654321")
        asset = Asset(
            f"a{n}", unit.id, "cidr", f"10.34.{n}.0/24", f"{name}办公网", grade=3 if n % 2 else None
        )
        desk.state.put(unit, asset)
    seen = _write_events(desk)
    for n in range(120):
        desk.alerts.record(_verdict(n, seen))
    for n in range(200, 240):
        desk.alerts.record(_a_year_before(_verdict(n, seen)))
    desk.close()
    return data


@pytest.fixture
def desk(empty_data: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """An empty desk at NOW; the county's where the test asks for `county` too."""
    filled = "county" in request.fixturenames
    data = request.getfixturevalue("county_data") if filled else empty_data
    copytree(data, tmp_path / "data")
    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    yield desk
    desk.close()


@pytest.fixture
def county(desk: Desk) -> Desk:
    """The desk over the county."""
    return desk


def _write_events(desk: Desk) -> Evidenced:
    web = BatchBuilder("http", "access_log", "web")
    web.add(
        0,
        {
            "@timestamp": NOW - HOUR,
            "event.id": "event-web",
            "source.ip": "203.0.113.9",
            "source.port": 51234,
            "destination.ip": "10.34.0.10",
            "destination.port": 80,
            "http.request.method": "GET",
            "http.response.status_code": 404,
            "url.original": "/login?next=%2F",
            "user_agent.original": HOSTILE,
            "taishi.destination.unit": UNITS[0],
        },
        original=f'203.0.113.9 - - "GET /login HTTP/1.1" 404 0 "-" "{HOSTILE}"',
    )
    flows = BatchBuilder("flow", "pcap", "flows")
    for n in range(250):
        flows.add(
            n,
            {
                "@timestamp": NOW - timedelta(minutes=2 * n + 1),
                "event.id": f"event-flow-{n:03}",
                "source.ip": "10.34.0.10",
                "source.port": 50000 + n,
                "destination.ip": "198.51.100.7",
                "destination.port": 443,
                "network.transport": "tcp",
                "network.protocol": "tls",
                "network.bytes": 1408,
                "taishi.source.unit": UNITS[0],
            },
            original=f"tcp 10.34.0.10:{50000 + n} 198.51.100.7:443",
        )
    desk.events.write([batch for batch in (web.take(), flows.take()) if batch])
    told = tuple(
        Evidence(
            f"event-flow-{n:03}", NOW - timedelta(minutes=2 * n + 1), "10.34.0.10 → 198.51.100.7:443 TLS"
        )
        for n in range(5)
    )
    return Evidenced(Evidence("event-web", NOW - HOUR, f"GET /login {HOSTILE}"), told)


def _verdict(n: int, seen: Evidenced) -> Verdict:
    """The n-th alert; number 0 is the school board's beacon, number 7 has no owner."""
    threat, level, kind, title, technique = STORIES[n % len(STORIES)]
    unit = None if n % 14 == 7 else UNITS[n % 5 * n % len(UNITS)]
    subject = f"10.34.{UNITS.index(unit) if unit else 99}.{10 + n}"
    first = NOW - (n % 30) * DAY - timedelta(minutes=37 + n) - (3 * DAY if n == 0 else HOUR)
    last = NOW - (n % 30) * DAY - timedelta(minutes=n + 1)
    outside = "198.51.100.7" if threat == "compromised" else f"203.0.113.{9 + n % 5}"
    evidence = seen.flows if n == 0 else (seen.web,) if n == 2 else ()
    summary = Text(
        f"{subject} 与 {outside} 之间共 {40 + 17 * n} 次，{title.zh}",
        f"{40 + 17 * n} times between {subject} and {outside}: {title.en}",
    )
    reason = Reason(
        rule=f"rule-{n % 7}",
        title=title,
        kind=_kind(kind),
        threat=threat,
        level=level,
        count=40 + 17 * n,
        first_seen=first,
        last_seen=last,
        summary=summary,
        technique=(technique,),
        evidence=evidence,
        advice=Text(
            "立即断网隔离，保留日志，查明原因后清除。",
            "Isolate the host, keep its logs, find the cause, clean it.",
        ),
    )
    return Verdict(
        subject=subject,
        subject_kind="ip",
        threat=threat,
        level=level,
        unit=unit,
        asset=f"{unit}办公网" if unit else None,
        first_seen=first,
        last_seen=last,
        count=reason.count,
        peers=(outside,),
        attackers=(outside,) if threat == "attempted" else (),
        because=(reason, _second(reason)) if n == 0 else (reason,),
    )


def _a_year_before(verdict: Verdict) -> Verdict:
    year = timedelta(days=365)
    return replace(verdict, first_seen=verdict.first_seen - year, last_seen=verdict.last_seen - year)


def _kind(name: str) -> HitKind:
    return "sigma" if name == "sigma" else "data" if name == "data" else "behaviour"


def _second(reason: Reason) -> Reason:
    """Another reason of the same alert, an hour of its time."""
    return Reason(
        rule="intel-1",
        title=Text("对端在情报中为控制端", "The other side is a known control server"),
        kind="intel",
        threat="compromised",
        level="high",
        count=3,
        first_seen=reason.first_seen + DAY,
        last_seen=reason.first_seen + DAY + HOUR,
        summary=Text("198.51.100.7 在情报中为控制端", "198.51.100.7 is a control server by intelligence"),
        evidence=reason.evidence[3:],
    )


@dataclass
class Visitor:
    """Somebody's browser without JavaScript: follows redirects, sends forms with their token."""

    client: httpx.AsyncClient
    csrf: str = ""

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request as it is, redirects not followed unless asked for."""
        return asyncio.run(self.client.request(method, path, **options))

    def get(self, path: str, status: int = 200) -> str:
        answer = self.ask("GET", path, follow_redirects=True)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer.text

    def post(self, path: str, status: int = 200, **fields: str | list[str]) -> str:
        answer = self.ask("POST", path, data={"csrf": self.csrf, **fields}, follow_redirects=True)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        return answer.text


Login = Callable[..., Visitor]


@pytest.fixture
def visit(desk: Desk) -> Callable[[], Visitor]:
    """Opens one more browser; nobody is logged in there."""
    transport = httpx.ASGITransport(create_app(desk))
    return lambda: Visitor(httpx.AsyncClient(transport=transport, base_url="http://console.test"))


@pytest.fixture
def login(desk: Desk, visit: Callable[[], Visitor]) -> Login:
    """`login("analyst")`: a browser in which a person with these roles is at work; `login()`: the admin."""

    def enter(*roles: Role) -> Visitor:
        name = "admin"
        if roles:
            name = "-".join(roles)
            _, first = desk.people.create(name, roles, "admin")
            desk.people.change_password(name, first, PASSWORD)
        visitor = visit()
        visitor.post("/login", name=name, password=PASSWORD)
        visitor.get("/system/audit" if roles == ("auditor",) else "/")
        return visitor

    return enter


def alert_of(desk: Desk, subject: str) -> Alert:
    """The one alert about a subject."""
    return next(alert for alert in desk.alerts.list(limit=None).alerts if alert.verdict.subject == subject)
