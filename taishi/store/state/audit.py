"""The audit: a chain of lines, each hashing the one before, so that a changed line is found."""

from collections.abc import Iterable
from hashlib import sha256

import msgspec
import sqlalchemy as sa

from taishi.core.clock import rfc3339
from taishi.core.records import Decision
from taishi.core.text import Text

#: What stands before the first line.
BEGINNING = "0" * 64


def audit_table(metadata: sa.MetaData) -> sa.Table:
    """As the migrations make it, where the database also refuses to change or delete a line."""
    words = ("actor", "action", "object_type", "object_id", "result", "why", "previous", "hash")
    return sa.Table(
        "decision",
        metadata,
        sa.Column("serial", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("time", sa.Text, nullable=False),
        *(sa.Column(word, sa.Text, nullable=False) for word in words),
    )


def chained_hash(line: Decision) -> str:
    """SHA-256 of the line's fields, the hash before first, as compact JSON (RFC 8259) in UTF-8."""
    fields = [
        line.previous,
        line.serial,
        rfc3339(line.time),
        line.actor,
        line.action,
        line.object_type,
        line.object_id,
        line.result,
        line.why,
    ]
    return sha256(msgspec.json.encode(fields)).hexdigest()


def chain_problems(lines: Iterable[Decision], end: tuple[int, str]) -> list[Text]:
    """What is wrong with the chain. `end`: serial and hash of its last line as noted elsewhere."""
    problems: list[Text] = []
    serial, previous = 0, BEGINNING
    for line in lines:
        if line.serial != serial + 1:
            problems.append(_missing(serial + 1, line.serial - 1))
        elif line.previous != previous:
            problems.append(
                Text(f"审计第 {line.serial} 条与前一条不相接", f"audit line {line.serial} does not follow")
            )
        if chained_hash(line) != line.hash:
            problems.append(Text(f"审计第 {line.serial} 条被改动", f"audit line {line.serial} was changed"))
        serial, previous = line.serial, line.hash
    if serial < end[0]:
        problems.append(_missing(serial + 1, end[0]))
    elif (serial, previous) != end:
        problems.append(Text("审计末条与记录不符", "the last audit line is not the one noted"))
    return problems


def _missing(first: int, last: int) -> Text:
    return Text(f"审计缺第 {first} 至 {last} 条", f"audit lines {first} to {last} are missing")
