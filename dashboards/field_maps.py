"""系统 → 字段映射: a map is edited, tried on pasted lines, then saved; the former one is a step back."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.frame import Frame, frame
from dashboards.system_tab import tab_page
from dashboards.troubles import words_of
from taishi.app.field_maps import Listed, Tried, try_map
from taishi.app.roles import ADMIN, require
from taishi.core.problems import Problem

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]

PATH = "/system/fieldmaps"
#: Where a new one begins.
BLANK = """name: my_firewall
title: {zh: 某型防火墙, en: Some firewall}
format: pairs            # pairs | csv | cef | leef | json | pattern
assign: ":"
recognize: {keys: [源IP, 目的IP]}
module: my_firewall
time: {keys: [时间], zone: Asia/Shanghai}
kind: flow
fields:
  源IP: source.ip
  源端口: source.port
  目的IP: destination.ip
  目的端口: destination.port
  协议: network.transport
  动作: {to: event.action, values: {放行: allow, 阻断: deny}}
"""


@dataclass(frozen=True)
class Draft:
    """What stands in the form, and what trying or saving it said."""

    text: str
    lines: str = ""
    tried: tuple[Tried, ...] = ()
    wrong: str = ""
    known: Listed | None = None

    @property
    def failed(self) -> int:
        return sum(1 for one in self.tried if one.reason)


@router.get(PATH)
def every(seen: Seen) -> HTMLResponse:
    maps = seen.desk.field_maps
    return tab_page(seen, "fieldmaps", maps=maps.listed(), problems=maps.problems)


@router.get(f"{PATH}/new")
def new(seen: Seen) -> HTMLResponse:
    return _form(seen, Draft(BLANK))


@router.get(f"{PATH}/of/{{name}}")
def one(seen: Seen, name: str) -> HTMLResponse:
    known = seen.desk.field_maps.get(name)
    return _form(seen, Draft(known.mapped.text, known=known))


@router.post(f"{PATH}/try")
def try_it(seen: Seen, text: Words = "", lines: Words = "") -> HTMLResponse:
    """Nothing is kept: the form comes back with what became of each line."""
    require(seen.desk.state, seen.person.id, *ADMIN)
    text = _plain(text)
    try:
        tried = tuple(try_map(text, lines, seen.now))
    except Problem as problem:
        return _form(seen, Draft(text, lines, wrong=words_of(problem, seen.language)))
    return _form(seen, Draft(text, lines, tried))


@router.post(f"{PATH}/save")
def save(seen: Seen, text: Words = "", lines: Words = "", why: Words = "") -> Response:
    text = _plain(text)
    try:
        mapped = seen.desk.field_maps.save(text, seen.person.id, why.strip())
    except Problem as problem:
        if problem.status != Problem.status:  # refused: another page says so
            raise
        return _form(seen, Draft(text, lines, wrong=words_of(problem, seen.language)))
    return seen.done(f"{PATH}/of/{mapped.name}", "saved")


@router.post(f"{PATH}/of/{{name}}/undo")
def undo(seen: Seen, name: str, why: Words = "") -> RedirectResponse:
    maps = seen.desk.field_maps
    maps.undo(name, seen.person.id, why.strip())
    left = any(one.mapped.name == name for one in maps.listed())
    return seen.done(f"{PATH}/of/{name}" if left else PATH, "undone")


@router.post(f"{PATH}/of/{{name}}/remove")
def remove(seen: Seen, name: str, why: Words = "") -> RedirectResponse:
    seen.desk.field_maps.remove(name, seen.person.id, why.strip())
    return seen.done(PATH, "removed")


def _form(seen: Frame, draft: Draft) -> HTMLResponse:
    return tab_page(seen, "fieldmaps", "system_fieldmap.html", draft=draft, path=PATH, hidden=_HIDDEN)


#: Columns that say nothing about the map.
_HIDDEN = frozenset(
    {"event.id", "event.original", "event.kind", "taishi.extra", "taishi.sensor", "taishi.record"}
)


def _plain(text: str) -> str:
    """Browsers send line ends of two characters."""
    return text.replace("\r\n", "\n")
