"""A letter leaves: drafted → approved → issued, as exactly the text that a second named person approved. And
it is withdrawn, from any state but a closed one.
"""

import re
from datetime import datetime

import msgspec

from notices import laws
from notices.life.moves import require
from taishi.core.notice_records import Notice
from taishi.core.problems import Refused

_HASH = re.compile(r"[0-9a-f]{64}")
#: 发文字号, GB/T 9704-2012 §7.2.5: prefix, year in hexagonal brackets, serial without leading zeros.
_NUMBER = re.compile(r"\S+〔\d{4}〕[1-9]\d*号")


def approve(notice: Notice, *, by: str, at: datetime, text_hash: str) -> Notice:
    """The approval of exactly the text with that hash, by a named person who did not draft it. Raises
    Refused."""
    require(notice, "approve", at)
    _named(by, "approved")
    if by in notice.drafted_by:
        raise Refused(f"letter {notice.id}: {by} drafted it; a second person approves it")
    _in_time(notice, at)
    if not _HASH.fullmatch(text_hash):
        raise Refused(f"letter {notice.id}: approval must name the text by its hash (64 hexadecimal digits)")
    if laws.changed(notice.created_at, at):
        raise Refused(
            f"letter {notice.id}: an article it cites has changed since it was drawn up; draft anew"
        )
    return msgspec.structs.replace(
        notice, state="approved", approved_by=by, approved_at=at, text_hash=text_hash
    )


def issue(notice: Notice, *, by: str, at: datetime, number: str, text_hash: str | None = None) -> Notice:
    """The approved letter leaves under its number. `text_hash` is of the text as it stands now: where it
    is given and differs from the approved one, the letter does not leave. Raises Refused."""
    require(notice, "issue", at)
    _named(by, "issued")
    _in_time(notice, at)
    if not _NUMBER.fullmatch(number):
        raise Refused(f"letter {notice.id}: number {number!r} must read like 示数资函〔2026〕37号")
    if text_hash is not None and text_hash != notice.text_hash:
        raise Refused(
            f"letter {notice.id}: its text is no longer the approved one; withdraw it and draft anew"
        )
    return msgspec.structs.replace(notice, state="issued", issued_by=by, issued_at=at, number=number)


def withdraw(notice: Notice, *, by: str, at: datetime, why: str) -> Notice:
    """Takes a letter back; it keeps its number. `at` and `by` go to the audit. Raises
    Refused."""
    require(notice, "withdraw", at)
    if not by.strip():
        raise Refused(f"letter {notice.id}: say who withdraws it")
    if not why.strip():
        raise Refused(f"letter {notice.id}: say why it is withdrawn")
    return msgspec.structs.replace(notice, state="withdrawn", withdrawn_why=why.strip())


def _named(by: str, act: str) -> None:
    if by.strip() in ("", "system"):
        raise Refused(f"a letter is {act} by a named person only, not by {by.strip() or 'nobody'}")


def _in_time(notice: Notice, at: datetime) -> None:
    if at >= notice.deadline:
        raise Refused(f"letter {notice.id}: its deadline has passed; withdraw it and draft anew")
