"""Accounts and groups of a domain asked for over SAMR, as `net user NAME /domain` and BloodHound do.

Windows itself logs on by Kerberos and Netlogon; a workstation that reads accounts and their groups over
SAMR (MS-SAMR 3.1.5) has somebody at its prompt who looks round. Joining a domain uses the same interface
but also creates or changes its own account; administrators' consoles and identity products read accounts
too (except them). ATT&CK T1087.002, T1069.002.
"""

from collections.abc import Iterator

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.recent import Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

_LOOKUP, _OPEN_USER, _GROUPS_OF = 17, 34, 39
_READ_USER = frozenset({36, 47})
_MEMBERS = frozenset({25, 33})
_LIST = frozenset({11, 13, 15, 40, 48, 51})
#: Creating accounts, changing them or their passwords: a join, or administration.
_CHANGES = frozenset({12, 37, 38, 50, 55, 58, 63})
_TELLING = _READ_USER | _MEMBERS | _LIST | _CHANGES | {_LOOKUP, _OPEN_USER, _GROUPS_OF}
_GOOD = frozenset({"0x00000000", "0x00000105"})
#: Names that are kept, and their letters.
_NAMES, _NAME = 20, 120

FINDING = Finding(
    "taishi.sequence.account-discovery",
    Text("主机枚举域账号与组", "Host reads accounts and groups of the domain"),
    "compromised",
    "medium",
    ("T1087.002", "T1069.002"),
    Text(
        "核实该主机上是谁在查询域账号；若非管理员，按失陷主机处置并检查其登录账号。",
        "Find out who on that host asks for accounts; if no administrator, treat it as compromised and check "
        "the account in use.",
    ),
)


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    operations: set[int] = msgspec.field(default_factory=set)
    names: list[str] = msgspec.field(default_factory=list)
    evidence: Evidences = msgspec.field(default_factory=Evidences)

    @property
    def reads_account(self) -> bool:
        return {_LOOKUP, _OPEN_USER, _GROUPS_OF} <= self.operations and not _READ_USER.isdisjoint(
            self.operations
        )

    @property
    def reads_group(self) -> bool:
        return not _MEMBERS.isdisjoint(self.operations) and _LOOKUP in self.operations

    @property
    def lists(self) -> bool:
        return not _LIST.isdisjoint(self.operations)


class AccountDiscovery:
    """Watches SAMR calls that were answered."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"rpc"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._asked = Recent(tuple[str, str], _Asked)

    def observe(self, batch: Batch) -> None:
        for event in rows_with(batch, "taishi.rpc.interface", "samr").events():
            if event.text("taishi.rpc.result") not in _GOOD:
                continue
            asked = self._asked[event.text("source.ip"), event.text("destination.ip")]
            number = event.number("taishi.rpc.opnum")
            if number in _TELLING:
                asked.operations.add(number)
            name = event.text("taishi.rpc.argument")[:_NAME]
            if number == _LOOKUP and len(asked.names) < _NAMES and name not in asked.names:
                asked.names.append(name)
            if number in (_LOOKUP, _GROUPS_OF) or number in _READ_USER | _MEMBERS | _LIST:
                asked.evidence.add(event)

    def hits(self) -> Iterator[Hit]:
        for (source, target), asked in self._asked.items():
            if not _CHANGES.isdisjoint(asked.operations):
                continue
            if asked.reads_account or asked.reads_group or asked.lists:
                yield _hit(source, target, asked, self._networks.inside(source))


def _hit(source: str, target: str, asked: _Asked, ours: bool) -> Hit:
    """A host of ours that looks round is taken over; a stranger who does is trying."""
    said = [
        words
        for happened, words in (
            (asked.reads_account, Text("读取账号及其所属组", "an account and its groups")),
            (asked.reads_group, Text("读取组成员", "members of groups")),
            (asked.lists, Text("列出账号或组", "lists of accounts or groups")),
        )
        if happened
    ]
    names = ", ".join(name for name in asked.names if name)[:120]
    zh, en = "、".join(words.zh for words in said), ", ".join(words.en for words in said)
    return hit(
        FINDING,
        asked.evidence,
        key=target if ours else source,
        subject=source if ours else target,
        subject_kind="ip",
        peers=[target if ours else source],
        attackers=[] if ours else [source],
        threat="compromised" if ours else "attempted",
        summary=Text(
            f"{source} 经 SAMR 向 {target} {zh}" + (f"（{names}）" if names else ""),
            f"{source} reads {en} from {target} over SAMR" + (f" ({names})" if names else ""),
        ),
    )


SEQUENCE = AccountDiscovery
