"""检索: the events themselves, newest first, and whatever else the words name."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import HTMLResponse

from dashboards import asking, telling
from dashboards.frame import Frame, frame
from dashboards.page import Page
from taishi.app.alerts import AlertFilter
from taishi.core.ecs import KINDS, Kind
from taishi.core.ports import Find, Query
from taishi.core.records import Unit

router = APIRouter()
PAGE = Page(router, "/search", "search", "search", 70)
Seen = Annotated[Frame, Depends(frame)]

PAGE_SIZE = 100
#: Records of each sort offered above the events.
MAX_NAMED = 5


@dataclass(frozen=True)
class Named:
    """A record whose name holds the words: what it is, what it says, where it is."""

    word: str
    text: str
    address: str


@router.get("/search")
def show(seen: Seen, q: str = "", kind: str = "", cursor: str = "") -> HTMLResponse:
    line = asking.read(q)
    kinds: tuple[Kind, ...] = tuple(name for name in KINDS if name == kind)
    window = seen.span.window
    query = Query(
        since=window.since,
        until=window.until,
        kinds=kinds,
        where=line.where,
        address=line.address,
        text=line.text,
        limit=PAGE_SIZE,
        cursor=cursor or None,
    )
    found = seen.desk.events.search(query)
    return seen.page(
        "search.html",
        q=q,
        kind=kind if kinds else "",
        kinds=KINDS,
        found=found,
        total=seen.desk.events.count(query),
        cursor=cursor,
        named_records=_named(seen, q.strip()) if q.strip() and not cursor else [],
    )


@router.get("/events/{event_id}")
def open_one(seen: Seen, event_id: str) -> HTMLResponse:
    event = seen.desk.events.get(event_id)
    if event is None:
        raise HTTPException(404)
    return seen.page("event.html", event=event)


def _named(seen: Frame, words: str) -> list[Named]:
    """Units, alerts, letters and blocks that the words name."""
    desk, low = seen.desk, words.lower()
    units = desk.state.find(Unit, Find(contains={"name": words}, limit=MAX_NAMED))
    alerts = desk.alerts.list(AlertFilter(text=words), MAX_NAMED).alerts
    letters = [each for each in desk.letters.list() if low in f"{each.number} {each.id} {each.title}".lower()]
    blocks = [each for each in desk.blocks.list() if low in (each.address, each.id.lower())]
    return [
        *(Named("unit", unit.name, seen.to(f"/units/{unit.id}")) for unit in units),
        *(
            Named(
                "alert",
                telling.title(each, seen.now).to(seen.language),
                seen.to(f"/alerts/{each.id}", state="all"),
            )
            for each in alerts
        ),
        *(
            Named("letter", f"{each.number or each.id} {each.title}", seen.to(f"/letters/{each.id}"))
            for each in letters[:MAX_NAMED]
        ),
        *(
            Named("block", f"{each.id} {each.address}", seen.to(f"/blocks/{each.id}"))
            for each in blocks[:MAX_NAMED]
        ),
    ]
