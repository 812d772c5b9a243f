"""What a rehearsal has done, step by step: for people and as JSON."""

from pathlib import Path

from taishi.app.rehearsal.effects import End, Moved, Played
from taishi.cli.output import Document
from taishi.core.clock import ZONE, rfc3339
from taishi.core.notice_records import MOVE_NAMES
from taishi.core.records import Block


def step_document(played: Played) -> Document:
    queues = {name: list(waiting) for name, waiting in vars(played.queues).items()}
    return {
        "n": played.n,
        "at": rfc3339(played.at),
        "ended": rfc3339(played.ended),
        "letters": [_letter(moved) for moved in played.letters],
        "blocks": [_block(block) for block in played.blocks],
        "queues": queues,
        "refused": [{"what": one.what, "why": one.why.en, "why_zh": one.why.zh} for one in played.refused],
    }


def _letter(moved: Moved) -> Document:
    letter, step = moved.letter, moved.step
    return {
        "id": letter.id,
        "number": letter.number,
        "type": letter.type,
        "unit": letter.unit,
        "move": step.move,
        "state": step.state,
        "at": rfc3339(step.at),
        "by": step.by,
        "why": step.why,
    }


def _block(block: Block) -> Document:
    return {
        "id": block.id,
        "address": block.address,
        "state": block.state,
        "unit": block.unit,
        "alerts": list(block.alerts),
        "approved_by": block.approved_by,
        "why": block.why,
    }


def end_document(end: End) -> Document:
    return {
        "notices": {
            name: getattr(end, name) for name in ("issued", "closed", "open", "withdrawn", "overdue")
        },
        "blocks": {name: getattr(end, name) for name in ("applied", "active", "lifted")},
    }


def print_step(played: Played) -> None:
    print(f"{played.n}. {played.at.astimezone(ZONE):%Y-%m-%d %H:%M}")
    for moved in played.letters:
        letter, step = moved.letter, moved.step
        which, move = f"{letter.number or letter.id} {letter.unit} {letter.type}", MOVE_NAMES[step.move]
        print(f"   {which}: {move.zh} {move.en}  {step.why}".rstrip())
    for block in played.blocks:
        print(f"   block {block.address}: {block.state}  {block.unit or ''}".rstrip())
    for one in played.refused:
        print(f"   refused {one.what}: {one.why.zh} / {one.why.en}")
    for name, waiting in vars(played.queues).items():
        if waiting:
            print(f"   {name}: {', '.join(waiting)}")


def print_end(end: End, data: Path) -> None:
    print(f"End: {end.issued} issued, {end.closed} closed")
    print(f"     {end.open} open, {end.overdue} of them overdue, {end.withdrawn} withdrawn")
    print(f"     blocks: {end.applied} applied, {end.active} active, {end.lifted} lifted")
    print(f"left in {data}")
