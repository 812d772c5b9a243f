"""封禁: what is to be dropped, by whose word, for how long, and how it ends."""

from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboards.frame import Frame, frame
from dashboards.page import Page
from taishi.app.block_forecast import cut_of
from taishi.app.blocks import expires
from taishi.app.desk import Desk
from taishi.core.records import Alert, Block, BlockState

router = APIRouter()
Seen = Annotated[Frame, Depends(frame)]
Words = Annotated[str, Form()]

STATES: tuple[BlockState, ...] = get_args(BlockState)
#: Times to live that the form offers, in hours.
TTLS_H = (4, 24, 72, 168, 720)


def _proposed(desk: Desk, *_: object) -> int:
    return len(desk.blocks.list("proposed"))


PAGE = Page(router, "/blocks", "blocks", "blocks", 60, count=_proposed)


@router.get("/blocks")
def show(seen: Seen, state: str = "", address: str = "") -> HTMLResponse:
    every = [each for each in seen.desk.blocks.list() if address.strip() in each.address]
    chosen = next((name for name in STATES if name == state), None)
    return seen.page(
        "blocks.html",
        blocks=[each for each in every if chosen is None or each.state == chosen],
        totals={name: sum(each.state == name for each in every) for name in STATES},
        total=len(every),
        state=chosen,
        address=address,
        expires=expires,
        drifting=seen.desk.blocks.drifting(),
    )


@router.get("/blocks/{block_id}")
def open_one(seen: Seen, block_id: str) -> HTMLResponse:
    block = _known(seen, block_id)
    return seen.page(
        "block.html",
        block=block,
        alerts=[(alert_id, seen.desk.state.get(Alert, alert_id)) for alert_id in block.alerts],
        cut=cut_of(seen.desk, [block.address]),
        expires=expires(block),
        enforcer=block.enforcer or seen.desk.settings.enforcer(),
        ttls=TTLS_H,
        unrechecked=seen.desk.blocks.unrechecked(block),
        early=seen.desk.settings.lifts_before_recheck(),
    )


@router.post("/blocks/{block_id}/approve")
def approve(
    seen: Seen, block_id: str, hours: Annotated[int | None, Form(ge=1, le=2160)] = None
) -> RedirectResponse:
    """Approves and applies; a device that failed is told on the block's page."""
    ttl_s = None if hours is None else hours * 3600
    block = seen.desk.blocks.approve(_known(seen, block_id).id, seen.person.id, ttl_s)
    return seen.done(f"/blocks/{block.id}", _outcome(block))


@router.post("/blocks/{block_id}/retry")
def retry(seen: Seen, block_id: str) -> RedirectResponse:
    block = seen.desk.blocks.retry(_known(seen, block_id).id, seen.person.id)
    return seen.done(f"/blocks/{block.id}", _outcome(block))


@router.post("/blocks/{block_id}/prolong")
def prolong(
    seen: Seen, block_id: str, hours: Annotated[int, Form(ge=1, le=2160)], why: Words = ""
) -> RedirectResponse:
    block = seen.desk.blocks.prolong(_known(seen, block_id).id, seen.person.id, hours * 3600, why)
    return seen.done(f"/blocks/{block.id}", "prolonged")


@router.post("/blocks/{block_id}/reject")
def reject(seen: Seen, block_id: str, why: Words = "") -> RedirectResponse:
    block = seen.desk.blocks.reject(_known(seen, block_id).id, seen.person.id, why)
    return seen.done(f"/blocks/{block.id}", "rejected")


@router.post("/blocks/{block_id}/lift")
def lift(seen: Seen, block_id: str, why: Words = "", early: str = "") -> RedirectResponse:
    """`early`: the act of its own for a host whose letter is not rechecked."""
    blocks = seen.desk.blocks
    act = blocks.lift_before_recheck if early else blocks.lift
    block = act(_known(seen, block_id).id, seen.person.id, why)
    return seen.done(f"/blocks/{block.id}", "lifted")


def _outcome(block: Block) -> str:
    if block.state != "applied":
        return "not_applied"
    return "rehearsed" if block.dry_run else "applied"


def _known(seen: Frame, block_id: str) -> Block:
    block = seen.desk.state.get(Block, block_id)
    if block is None:
        raise HTTPException(404)
    return block
