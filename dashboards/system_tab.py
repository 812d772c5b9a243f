"""The parts of 系统, who may read each, and the page that each is shown in."""

from fastapi import HTTPException
from fastapi.responses import HTMLResponse

from dashboards.frame import Frame
from dashboards.page import STAFF
from taishi.core.records import Role

#: In their order.
TABS: dict[str, frozenset[Role]] = {
    "people": frozenset({"admin"}),
    "settings": frozenset({"admin"}),
    "policy": STAFF,
    "texts": STAFF,
    "delivery": STAFF,
    "data": STAFF,
    "sensors": STAFF,
    "fieldmaps": frozenset({"admin"}),
    "audit": frozenset({"admin", "auditor"}),
}


def tab_page(seen: Frame, tab: str, template: str = "", **values: object) -> HTMLResponse:
    """One part; 403 where the person's roles do not open it."""
    if not TABS[tab] & set(seen.person.roles):
        raise HTTPException(403)
    tabs = [name for name, roles in TABS.items() if roles & set(seen.person.roles)]
    return seen.page(template or f"system_{tab}.html", tab=tab, tabs=tabs, **values)
