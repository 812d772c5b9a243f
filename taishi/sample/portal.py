"""The health portal's web server: one request seen twice, on the wire and in its access log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from taishi.core.records import Level
from taishi.core.text import Text
from taishi.sample.conversation import ANY_PORT, Part, Repeat, Say, Tcp, answer, ask, size_of
from taishi.sample.county import HEALTH, PORTAL, PORTAL_NAME
from taishi.sample.lines.access import access_line
from taishi.sample.scene import LogLine, Told, Truth
from taishi.sample.wire.http import request, response
from taishi.sample.wire.tls import LIBRARY, Hello, Turn, tls_session

RTT_US = 24_000
REFUSAL = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center><hr>nginx</body></html>\r\n"


@dataclass(frozen=True)
class Visit:
    """One request to the portal; `size` is that of the page, where there is one."""

    path: str
    status: int
    size: int = 0
    method: str = "GET"
    pause_us: int = 500_000
    headers: tuple[tuple[str, str], ...] = ()


def page(visit: Visit) -> tuple[Part, ...]:
    """The body of the portal's answer."""
    if visit.status in (403, 404):
        return (REFUSAL.replace(b"%d", str(visit.status).encode()),)
    if visit.status != 200:
        return ()
    return (
        b"<!DOCTYPE html><html><body>",
        Repeat("<li>预约挂号须知</li>".encode(), visit.size),
        b"</body></html>",
    )


def plain(told: Told, at: datetime, client: str, agent: str, visits: Iterable[Visit]) -> None:
    """Requests in one connection over plain HTTP."""
    says: list[Say] = []
    moment = at + timedelta(microseconds=RTT_US)
    for visit in visits:
        headers = {"Host": PORTAL_NAME, "User-Agent": agent, "Accept": "*/*", **dict(visit.headers)}
        says.append(ask(request(visit.method, visit.path, headers), wait_us=visit.pause_us))
        kind = {"Content-Type": "text/html; charset=utf-8"} if visit.status != 304 else {}
        says.append(answer(*response(visit.status, kind, *page(visit)), wait_us=RTT_US + 4000))
        moment += timedelta(microseconds=visit.pause_us + RTT_US)
        told.lines.append(logged(moment, client, agent, visit))
    told.conversations.append(Tcp(at, client, ANY_PORT, PORTAL, 80, tuple(says), rtt_us=RTT_US))


def secret(
    told: Told,
    at: datetime,
    client: str,
    agent: str,
    visits: Iterable[Visit],
    dice: Random,
    hello: Hello = LIBRARY,
) -> None:
    """Requests in one connection over TLS: only the log shows what they ask."""
    turns: list[Turn] = []
    moment = at + timedelta(microseconds=3 * RTT_US)
    for visit in visits:
        moment += timedelta(microseconds=visit.pause_us + RTT_US)
        told.lines.append(logged(moment, client, agent, visit))
        turns.append(Turn(180 + len(visit.path), 160 + size_of(page(visit)), visit.pause_us))
    says = tls_session(dice, PORTAL_NAME, turns, hello=hello, rtt_us=RTT_US)
    told.conversations.append(Tcp(at, client, ANY_PORT, PORTAL, 443, says, rtt_us=RTT_US))


def logged(at: datetime, client: str, agent: str, visit: Visit) -> LogLine:
    referrer = dict(visit.headers).get("Referer", "-")
    return access_line(
        at, client, visit.method, visit.path, visit.status, size_of(page(visit)), agent, referrer
    )


def attacked(
    scene: str,
    source: str,
    first: datetime,
    last: datetime,
    seen_in: tuple[str, ...],
    what: Text,
    level: Level = "high",
) -> Truth:
    """An attack on the portal that its answers refused."""
    return Truth(
        scene=scene,
        threat="attempted",
        level=level,
        subject=PORTAL,
        subject_kind="ip",
        unit=HEALTH.name,
        first_seen=first,
        last_seen=last,
        seen_in=seen_in,
        what=what,
        aliases=(PORTAL_NAME,),
        attackers=(source,),
        peers=(source,),
    )
