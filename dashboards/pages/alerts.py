"""研判: the queue, one alert beside it, and what can be done about it."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.frame import Frame, frame
from dashboards.matter import matter_of
from dashboards.page import Page
from dashboards.troubles import words_of
from dashboards.words import say
from taishi.app.alerts import AlertFilter, AlertPage
from taishi.app.desk import Desk
from taishi.app.posture import OWNERLESS
from taishi.app.refusal import Refusal
from taishi.app.window import Window
from taishi.core.incidents import INCIDENTS
from taishi.core.problems import Refused
from taishi.core.records import LEVELS, THREATS, Alert, AlertState, Level, Threat

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]

PAGE_SIZE = 50
#: What the state filter may say; `standing` is what the reports count, as far as it is not closed.
STATES: dict[str, tuple[AlertState, ...]] = {
    "new": ("new",),
    "confirmed": ("confirmed",),
    "standing": ("new", "confirmed"),
    "dismissed": ("dismissed",),
    "all": ("new", "confirmed", "dismissed"),
}


def _new(desk: Desk, window: Window, _: object) -> int:
    return desk.alerts.list(AlertFilter(window, state="new"), limit=1).total


PAGE = Page(router, "/alerts", "alerts", "alerts", 20, count=_new)


@dataclass(frozen=True)
class Asked:
    """What the URL asks the list for. Values that are none are passed over, as if not given."""

    state: str
    threat: Threat | None
    level: Level | None
    unit: str | None
    text: str | None
    kind: str | None
    page: int

    def filter(self, window: Window, state: str | None = None) -> AlertFilter:
        states = STATES[state or self.state]
        return AlertFilter(window, self.threat, self.level, self.unit, states, self.text, self.kind)


def asked(seen: Frame) -> Asked:
    query = seen.request.query_params
    page = query.get("page", "1")
    return Asked(
        state=query["state"] if query.get("state") in STATES else "new",
        threat=next((threat for threat in THREATS if threat == query.get("class")), None),
        level=next((level for level in LEVELS if level == query.get("level")), None),
        unit=query.get("unit") or None,
        text=query.get("text", "").strip() or None,
        kind=query["kind"] if query.get("kind") in INCIDENTS else None,
        page=int(page) if len(page) <= 6 and page.isascii() and page.isdigit() and int(page) else 1,
    )


@router.get("/alerts")
def show(seen: Seen) -> HTMLResponse:
    return seen.page("alerts.html", matter=None, **_list(seen))


@router.get("/alerts/{alert_id}")
def open_one(seen: Seen, alert_id: str) -> HTMLResponse:
    matter = matter_of(seen, _known(seen, alert_id))
    if seen.beside:
        return seen.page("alert_part.html", matter=matter)
    return seen.page("alerts.html", matter=matter, **_list(seen))


@router.post("/alerts/acts")
def act_on_many(
    seen: Seen, act: Words, ids: Annotated[list[str] | None, Form()] = None, why: Words = ""
) -> Response:
    """Does one thing to every marked alert; what is refused is told by name, the rest is done."""
    if not ids:
        raise Refusal("请先勾选告警", "mark some alerts first")
    if act == "draft":
        return _drafted(seen, ids)
    refused = [said for alert_id in ids if (said := _refusal(seen, alert_id, act, why))]
    if refused:
        return _partly(seen, len(ids) - len(refused), refused)
    return seen.back("/alerts", _DONE[act])


@router.post("/alerts/{alert_id}/packets")
def packets(seen: Seen, alert_id: str, why: Words = "") -> Response:
    """The packets behind an alert as a pcap file. A form, not a link: every download stands in the audit."""
    alert = _known(seen, alert_id)
    body, _ = seen.desk.packets.take_out(alert.id, seen.person.id, why)
    name = f"attachment; filename*=UTF-8''{quote(alert.id, safe='')}.pcap"
    return Response(body, media_type="application/vnd.tcpdump.pcap", headers={"Content-Disposition": name})


@router.post("/alerts/{alert_id}/{act}")
def act_on_one(seen: Seen, alert_id: str, act: str, why: Words = "", address: Words = "") -> RedirectResponse:
    alert = _known(seen, alert_id)
    if act == "draft":
        return _drafted(seen, [alert.id])
    if act == "propose":
        block = seen.desk.blocks.propose(alert.id, address, seen.person.id, why)
        return seen.done(f"/blocks/{block.id}", "proposed")
    _act(seen, alert.id, act, why)
    return seen.back(f"/alerts/{alert.id}", _DONE[act])


def _drafted(seen: Frame, ids: list[str]) -> RedirectResponse:
    """To the letter that is drafted, or to the open one that the alerts have come into."""
    notice = seen.desk.measures.draft(ids, seen.person.id)
    return seen.done(f"/letters/{notice.id}", "drafted" if notice.state == "drafted" else "appended")


_DONE = {
    "confirm": "confirmed",
    "dismiss": "dismissed",
    "reopen": "reopened",
    "claim": "claimed",
    "release": "released",
}


def _act(seen: Frame, alert_id: str, act: str, why: str) -> None:
    """Raises Refused where it is not allowed, 404 where there is no such act."""
    alerts, by = seen.desk.alerts, seen.person.id
    match act:
        case "confirm":
            alerts.confirm(alert_id, by, why)
        case "dismiss":
            alerts.dismiss(alert_id, by, why)
        case "reopen":
            alerts.reopen(alert_id, by, why)
        case "claim":
            alerts.assign(alert_id, by, by)
        case "release":
            alerts.assign(alert_id, None, by)
        case _:
            raise HTTPException(404)


def _refusal(seen: Frame, alert_id: str, act: str, why: str) -> str:
    try:
        _act(seen, alert_id, act, why)
    except Refused as refused:
        return words_of(refused, seen.language)
    return ""


def _partly(seen: Frame, done: int, refused: list[str]) -> HTMLResponse:
    title = say("partly", seen.language, done=done, refused=len(refused))
    advice = say("trouble.refused.advice", seen.language)
    return seen.answer(409, "trouble.html", title=title, said=" ".join(refused), advice=advice, acted=False)


def _known(seen: Frame, alert_id: str) -> Alert:
    alert = seen.desk.state.get(Alert, alert_id)
    if alert is None:
        raise HTTPException(404)
    return alert


def _list(seen: Frame) -> dict[str, object]:
    wanted, window = asked(seen), seen.span.window
    alerts = seen.desk.alerts
    found: AlertPage = alerts.list(wanted.filter(window), PAGE_SIZE, (wanted.page - 1) * PAGE_SIZE)
    totals = {name: alerts.list(wanted.filter(window, name), limit=1).total for name in STATES}
    return {
        "asked": wanted,
        "found": found,
        "totals": totals,
        "page_size": PAGE_SIZE,
        "ownerless": OWNERLESS,
    }
