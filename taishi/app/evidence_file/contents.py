"""Whether the parts of an evidence file fit each other: the approved text, the evidence that is named, the
papers, the lines of the audit."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import TypeVar

import msgspec

from notices.content import LetterContent, text_hash
from taishi.app.evidence_file.manifest import (
    AUDIT,
    CERTIFICATE,
    CONTENT,
    EVENTS,
    NOTICE,
    PAPERS,
    PDF,
    Manifest,
)
from taishi.app.evidence_file.parts import paper_name
from taishi.app.seal_check import pdf_problem
from taishi.app.sealed_letters import ACT as SEALED
from taishi.core.notice_records import Notice, Paper
from taishi.core.records import Decision
from taishi.core.text import Text
from taishi.kit.digests import digests_of
from taishi.store.state.audit import chained_hash

Found = Iterator[tuple[str, Text]]
R = TypeVar("R")


class _EventId(msgspec.Struct):
    id: str = msgspec.field(name="event.id")


def content_problems(manifest: Manifest, parts: Mapping[str, bytes]) -> Found:
    """Each part that says something else than the others, by name."""
    yield from _guarded(NOTICE, lambda: _letter(manifest, parts))
    yield from _guarded(EVENTS, lambda: _events(manifest, parts))
    yield from _guarded(PAPERS, lambda: _papers(manifest, parts))
    yield from _guarded(AUDIT, lambda: _audit(manifest, parts))
    if PDF in parts:
        problem = pdf_problem(parts[PDF], parts.get(CERTIFICATE, b""))
        if problem:
            yield PDF, problem


def _guarded(name: str, look: Callable[[], Found]) -> Found:
    """A part that is not there or cannot be read is a finding like others."""
    try:
        yield from list(look())
    except (KeyError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        yield name, Text(f"无法读取（{error}）", f"cannot be read ({error})")


def _lines(body: bytes, of: type[R]) -> list[R]:
    decoder = msgspec.json.Decoder(of)
    return [decoder.decode(line) for line in body.splitlines()]


def _letter(manifest: Manifest, parts: Mapping[str, bytes]) -> Found:
    notice = msgspec.json.decode(parts[NOTICE], type=Notice)
    content = msgspec.json.decode(parts[CONTENT], type=LetterContent)
    if (notice.id, notice.number, notice.unit) != (manifest.letter, manifest.number, manifest.unit):
        yield NOTICE, Text("不是清单所述的函件", "is not the letter of the manifest")
    if not text_hash(content) == notice.text_hash == manifest.text_hash:
        yield CONTENT, Text("不是审签的正文", "is not the text that was approved")
    if content.number != notice.number:
        yield CONTENT, Text("文号与记录不符", "bears another number than the record")


def _events(manifest: Manifest, parts: Mapping[str, bytes]) -> Found:
    notice = msgspec.json.decode(parts[NOTICE], type=Notice)
    there = {event.id for event in _lines(parts[EVENTS], _EventId)} | set(manifest.missing_events)
    named = {line.event_id for item in notice.items for line in item.evidence}
    for event_id in sorted(named - there):
        yield EVENTS, Text(f"缺事件 {event_id}", f"event {event_id} is missing")


def _papers(manifest: Manifest, parts: Mapping[str, bytes]) -> Found:
    for number, paper in enumerate(_lines(parts[PAPERS], Paper), 1):
        name = paper_name(number, paper)
        if name in parts:
            told = digests_of(parts[name])
            if (told.sha256, told.sm3) != (paper.sha256, paper.sm3):
                yield name, Text("不是登记的材料", "is not the paper of the register")
        elif not any(paper.name in said.en for said in manifest.lacking):
            yield name, Text("缺失", "is missing")


def _audit(manifest: Manifest, parts: Mapping[str, bytes]) -> Found:
    lines = _lines(parts[AUDIT], Decision)
    for line in lines:
        if chained_hash(line) != line.hash:
            yield AUDIT, Text(f"第 {line.serial} 条与其散列不符", f"line {line.serial} does not fit its hash")
    for before, line in pairwise(lines):
        follows = before.serial + 1 == line.serial
        if before.serial >= line.serial or (follows and before.hash != line.previous):
            yield AUDIT, Text(f"第 {line.serial} 条与前一条不相接", f"line {line.serial} does not follow")
    last = lines[-1] if lines else None
    head = manifest.chain
    if last and (last.serial > head.serial or (last.serial == head.serial and last.hash != head.hash)):
        yield AUDIT, Text("末条与清单不符", "its last line is not the manifest's")
    yield from _said(manifest, parts, lines)


def _said(manifest: Manifest, parts: Mapping[str, bytes], lines: list[Decision]) -> Found:
    """The audit names the text that was approved, the number it left under, and the PDF that was sealed."""
    said = {(line.action, line.result) for line in lines if line.object_id == manifest.letter}
    wanted = [("approve", f"text {manifest.text_hash}"), ("issue", manifest.number)]
    if PDF in parts:
        wanted.append((SEALED, f"pdf {digests_of(parts[PDF]).sha256}"))
    for act, result in wanted:
        if (act, result) not in said:
            yield AUDIT, Text(f"没有“{act} {result}”的记录", f"has no line '{act} {result}'")
