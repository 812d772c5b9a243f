"""How behaviours over logons say what they found."""

from collections.abc import Iterable, Sequence
from typing import cast

import msgspec

from detections.hits import Finding, hit
from detections.ledger.exhibits import TryRow, gathered
from taishi.core.ecs import Kind
from taishi.core.ids import stable_id
from taishi.core.records import Hit, Level, SubjectKind
from taishi.core.text import Text

ADVICE = Text(
    "关闭面向外部的远程登录或限定来源地址，启用双因素与失败锁定；核对被尝试的账号，修改弱口令。",
    "Close remote logon to the outside or limit its sources, use two factors and lockout; check the accounts "
    "that were tried and change weak passwords.",
)

SLOW = Finding(
    "taishi.behaviour.slow-brute-force", Text("低频口令猜测", "Slow password guessing"), "attempted",
    "medium", ("T1110.001",), ADVICE,
)  # fmt: skip


def guess_hit(
    finding: Finding,
    rows: Sequence[TryRow],
    said: Text,
    *,
    level: Level | None = None,
    shown: Sequence[TryRow] | None = None,
    sources: Iterable[str] = (),
    key: str | None = None,
) -> Hit:
    """A hit on the target of rows. `sources`: who attacked, where it is not the first row's only;
    `shown`: rows to show instead; `key`: what tells it from others, the source and service where absent.

    What one source does at one service is one hit, whatever it turns out to be: what looked like guessing and
    then was spraying, or succeeded, replaces what was said before.
    """
    one = rows[0]
    kind: Kind = "flow" if all(row["outcome"] == "session" for row in rows) else "logon"
    evidence = gathered(rows, kind=kind)
    if shown is not None:
        evidence.kept = gathered(shown, kind="logon").kept
    attackers = sorted(set(sources)) or [one["source"]]
    key = key or f"{one['source']}:{one['service']}"
    made = hit(
        finding,
        evidence,
        key=key,
        subject=one["target"],
        subject_kind=cast(SubjectKind, one["kind"]),
        peers=attackers,
        attackers=attackers,
        summary=said,
        level=level,
    )
    return msgspec.structs.replace(made, id=stable_id("taishi.logons", made.subject, key))
