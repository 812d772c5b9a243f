"""系统: people, who signs, what is protected, what data there is, where it comes from, and the audit."""

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards import delivery, field_maps, letter_texts, policy
from dashboards.frame import Frame, frame
from dashboards.page import STAFF, Page
from dashboards.system_tab import TABS, tab_page
from taishi.app.networks import ALWAYS_PROTECTED
from taishi.app.refusal import Refusal
from taishi.app.retention import kinds_named
from taishi.app.roles import ROLE_NAMES
from taishi.app.sensors import KIND_NAMES, STATE_NAMES, SensorState
from taishi.core.ecs import ECS_VERSION, KINDS
from taishi.core.ports import Find, Query
from taishi.core.records import Bureau, InputFile, Level, Role
from taishi.core.retention import LEAST_DAYS

router = APIRouter()
router.include_router(field_maps.router)
router.include_router(policy.router)
router.include_router(letter_texts.router)
router.include_router(delivery.router)
PAGE = Page(router, "/system", "system", "system", 110, roles=STAFF | {"auditor"})
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]
Roles = Annotated[list[Role] | None, Form()]

#: Audit lines a page; older ones by the next page.
AUDIT_PAGE = 100
#: Files shown of those that were read, the latest first.
INPUTS = 200
#: How loud a sensor's state is, in the colours of levels.
TONES: dict[SensorState, Level] = {
    "failing": "high",
    "silent": "medium",
    "stopped": "medium",
    "waiting": "low",
}


@router.get("/system")
def show(seen: Seen) -> RedirectResponse:
    """The first part that this person may read."""
    first = next(tab for tab, roles in TABS.items() if roles & set(seen.person.roles))
    return RedirectResponse(seen.to(f"/system/{first}"), 303)


@router.get("/system/people")
def people(seen: Seen) -> HTMLResponse:
    return _people(seen)


@router.post("/system/people")
def create(seen: Seen, name: Words = "", roles: Roles = None) -> HTMLResponse:
    """Shows the first password once; it is kept nowhere."""
    person, password = seen.desk.people.create(name.strip(), roles or [], seen.person.id)
    return _people(seen, person.name, password)


@router.post("/system/people/{person_id}/reset")
def reset(seen: Seen, person_id: str) -> HTMLResponse:
    return _people(seen, person_id, seen.desk.people.reset_password(person_id, seen.person.id))


@router.post("/system/people/{person_id}/roles")
def set_roles(seen: Seen, person_id: str, roles: Roles = None) -> RedirectResponse:
    seen.desk.people.set_roles(person_id, roles or [], seen.person.id)
    return seen.done("/system/people", "saved")


@router.get("/system/settings")
def settings(seen: Seen) -> HTMLResponse:
    held = seen.desk.settings
    return tab_page(
        seen,
        "settings",
        bureau=held.bureau(),
        protected=[str(entry) for entry in held.protected()[len(ALWAYS_PROTECTED) :]],
        always=ALWAYS_PROTECTED,
        internal=held.internal(),
        isolated=held.isolated(),
        enforcer=held.enforcer(),
        devices=seen.desk.blocks.devices,
        early=held.lifts_before_recheck(),
    )


@router.post("/system/settings/bureau")
def set_bureau(
    seen: Seen, name: Words = "", prefix: Words = "", contact: Words = "", phone: Words = ""
) -> RedirectResponse:
    bureau = Bureau(name.strip(), prefix.strip(), contact.strip(), phone.strip())
    seen.desk.settings.set_bureau(bureau, seen.person.id)
    return seen.done("/system/settings", "saved")


@router.post("/system/settings/networks")
def set_networks(
    seen: Seen, protected: Words = "", internal: Words = "", isolated: Words = ""
) -> RedirectResponse:
    with seen.desk.state.transaction():
        seen.desk.settings.set_protected(protected.splitlines(), seen.person.id)
        seen.desk.settings.set_internal(internal.splitlines(), seen.person.id)
        seen.desk.settings.set_isolated(isolated.splitlines(), seen.person.id)
    return seen.done("/system/settings", "saved")


@router.post("/system/settings/enforcer")
def set_enforcer(seen: Seen, device: Words = "") -> RedirectResponse:
    if device not in seen.desk.blocks.devices:
        raise HTTPException(422)
    seen.desk.settings.set_enforcer(device, seen.person.id)
    return seen.done("/system/settings", "saved")


@router.post("/system/settings/early-lift")
def set_early_lift(seen: Seen, allowed: str = "no", why: Words = "") -> RedirectResponse:
    """Whether a unit's host may be let through again before its letter was rechecked."""
    seen.desk.settings.set_lifts_before_recheck(seen.person.id, why, allowed=allowed == "yes")
    return seen.done("/system/settings", "saved")


@router.get("/system/data")
def data(seen: Seen) -> HTMLResponse:
    """What came in during the window, by kind, with the newest of each."""
    window, events = seen.span.window, seen.desk.events
    asked = {kind: Query(window.since, window.until, kinds=(kind,), limit=1) for kind in KINDS}
    counts = {kind: events.count(query) for kind, query in asked.items()}
    newest = {kind: events.search(query).events for kind, query in asked.items() if counts[kind]}
    return tab_page(
        seen,
        "data",
        counts=counts,
        newest={kind: found[0] for kind, found in newest.items() if found},
        kept=seen.desk.retention.days(),
        paused=seen.desk.retention.paused(),
        least_days=LEAST_DAYS,
        disk=shutil.disk_usage(seen.desk.data),
        inputs=seen.desk.state.find(InputFile, Find(order="read_at", descending=True, limit=INPUTS)),
        versions={"Taishi": _version("taishi"), "Python": platform.python_version(), "ECS": ECS_VERSION},
    )


@router.post("/system/data/keep")
def keep(seen: Seen, kind: Words = "", days: Words = "", why: Words = "") -> Response:
    """Days, or nothing: for ever."""
    wanted = days.strip()
    if wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 9):
        raise Refusal(f"{wanted} 不是天数", f"{wanted} is no number of days")
    seen.desk.retention.keep(kinds_named(kind), int(wanted) if wanted else None, seen.person.id, why)
    return seen.done("/system/data", "saved")


@router.get("/system/sensors")
def sensors(seen: Seen) -> HTMLResponse:
    """How every sensor is now."""
    return tab_page(
        seen,
        "sensors",
        sensors=seen.desk.sensors.status(),
        kinds=KIND_NAMES,
        states=STATE_NAMES,
        tones=TONES,
    )


@router.get("/system/audit")
def audit(seen: Seen, page: int = 1) -> HTMLResponse:
    """Newest first; asking for one line more tells whether there are older ones."""
    page = min(max(1, page), 10_000)
    lines = seen.desk.state.decisions(page * AUDIT_PAGE + 1)[::-1]
    shown = lines[(page - 1) * AUDIT_PAGE : page * AUDIT_PAGE]
    return tab_page(seen, "audit", lines=shown, page=page, more=len(lines) > page * AUDIT_PAGE)


def _people(seen: Frame, name: str = "", password: str = "") -> HTMLResponse:
    return tab_page(
        seen,
        "people",
        people=seen.desk.people.list(),
        roles=get_args(Role),
        role_names=ROLE_NAMES,
        fresh_name=name,
        fresh_password=password,
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"
