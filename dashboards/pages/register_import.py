"""Importing a register's sheet: upload, preview of what changes, confirmation, undo. Part of the units."""

from hashlib import sha256
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Form, UploadFile
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.background import BackgroundTask

from dashboards.frame import Frame, frame
from dashboards.uploads import keep_upload, kept_upload
from enrichment.difference import Difference
from taishi.app.registry_advice import masked, written

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]

#: Changes shown of each kind; the rest is counted.
SHOWN = 200
#: Acts on the register shown beside the form.
LATEST = 10


@router.get("/units/import")
def ask(seen: Seen) -> HTMLResponse:
    units = [unit.name for unit in seen.desk.register.units()]
    return seen.page(
        "units_import.html", preview=None, units=units, changes=seen.desk.register.changes()[:10]
    )


@router.post("/units/import")
def preview(seen: Seen, sheet: UploadFile, unit: Words = "") -> HTMLResponse:
    name = sheet.filename or "sheet.xlsx"
    token = keep_upload(sheet.file.read(), name)
    return _preview(seen, token, name, unit)


@router.post("/units/import/take", response_model=None)
def take(
    seen: Seen, token: Words = "", name: Words = "", unit: Words = "", digest: Words = "", why: Words = ""
) -> object:
    """Takes over exactly what the preview showed; shows it again where the register has changed since."""
    path = kept_upload(token)
    found = seen.desk.register.preview(path, unit or None)
    if _digest(found) != digest:
        return _preview(seen, token, name, unit, stale=True)
    seen.desk.register.take(found, seen.person.id, name, why)
    path.unlink(missing_ok=True)
    return seen.done("/units/import", "imported")


@router.post("/units/import/undo")
def undo(seen: Seen, why: Words = "") -> RedirectResponse:
    seen.desk.register.undo(seen.person.id, why)
    return seen.done("/units/import", "register_undone")


@router.get("/units/export")
def export(seen: Seen) -> FileResponse:
    path = kept_upload(keep_upload(b"", "register.xlsx"))
    seen.desk.register.export(path, seen.person.id)
    return FileResponse(path, filename="register.xlsx", background=BackgroundTask(path.unlink))


def _preview(seen: Frame, token: str, name: str, unit: str, *, stale: bool = False) -> HTMLResponse:
    try:
        found = seen.desk.register.preview(kept_upload(token), unit or None)
    except BaseException:
        kept_upload(token).unlink(missing_ok=True)
        raise
    return seen.page(
        "units_import.html",
        preview=found,
        shown=SHOWN,
        written=written,
        masked=masked,
        token=token,
        name=name,
        unit=unit,
        stale=stale,
        digest=_digest(found),
    )


def _digest(found: Difference) -> str:
    """Of exactly what would be written."""
    told = [(one.before, one.after) for one in (*found.added, *found.changed)]
    return sha256(msgspec.json.encode(told)).hexdigest()
