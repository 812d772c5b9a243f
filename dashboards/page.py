"""A page finds its own way in: one file in `dashboards/pages/` with a module-level `PAGE`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import cast

from fastapi import APIRouter

import dashboards.pages
from taishi.app.desk import Desk
from taishi.app.window import Window
from taishi.core.discover import discover
from taishi.core.records import Role

#: Everybody who works with the matters themselves; an auditor reads the audit only.
STAFF: frozenset[Role] = frozenset({"analyst", "approver", "admin"})


@dataclass(frozen=True)
class Page:
    """One item of the rail and the routes behind it. `word` and `icon` are its name in both catalogues.

    `roles` may open it; `count`, where given, says how many things wait there in the window.
    """

    router: APIRouter
    path: str
    word: str
    icon: str
    order: int
    roles: frozenset[Role] = field(default=STAFF)
    count: Callable[[Desk, Window, datetime], int] | None = None


@cache
def pages() -> tuple[Page, ...]:
    """Every page, in the order of the rail."""
    found = (cast(Page, part) for part in discover(dashboards.pages, "PAGE"))
    return tuple(sorted(found, key=lambda page: page.order))
