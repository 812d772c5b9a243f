"""Zerologon (CVE-2020-1472): Netlogon logons to a domain controller with a constant credential, with outcome.

AES-CFB8 with a zero vector accepts a zero credential once in 256 tries (Tervoort, 2020), so the attack
calls NetrServerReqChallenge and NetrServerAuthenticate2/3 over and over. A mended controller refuses all of
them. One that accepts is vulnerable; it is taken over when its password is then set
(NetrServerPasswordSet2). Honest members of a domain use random challenges: a constant one never comes from
them.
"""

from collections.abc import Iterator

import msgspec

from detections.hits import EVIDENCE_LIMIT, Evidences, Finding, attack_hit, shown
from detections.networks import Networks
from detections.sequences.recent import Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

#: Constant challenges without a constant credential seen: chance gives one in 2^32.
MIN_CHALLENGES = 2
_AUTHENTICATE = frozenset({5, 15, 26})
_PASSWORD_SET = frozenset({6, 30})
_GOOD = "0x00000000"
#: Passwords set that are kept of two hosts, the last ones.
_SETS = 3

ATTEMPT = Finding(
    "taishi.sequence.zerologon",
    Text("Zerologon 攻击域控制器，未见改密", "Zerologon against a domain controller, no password set"),
    "attempted",
    "high",
    ("T1210", "T1068"),
    Text(
        "核对域控制器的 2020 年 8 月及之后补丁，启用强制安全 Netlogon；封禁或隔离攻击来源。",
        "Check the controller for the patches of August 2020 and later, enforce secure Netlogon; block the "
        "attacker.",
    ),
)
SUCCESS = Finding(
    "taishi.sequence.zerologon-success",
    Text("Zerologon 攻击成功：域控制器口令被改", "Zerologon succeeded: the controller's password was set"),
    "compromised",
    "high",
    ("T1210", "T1098"),
    Text(
        "立即隔离域控制器，按全域失陷处置：恢复机器账号口令，重置 krbtgt 与全部特权账号，"
        "排查目录复制与新增账号。",
        "Isolate the controller, treat the whole domain as taken: restore the machine password, reset "
        "krbtgt and all privileged accounts, look for replication and new accounts.",
    ),
)


class _Tries(msgspec.Struct, forbid_unknown_fields=True):
    challenges: int = 0
    refused: int = 0
    accepted: int = 0
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class Zerologon:
    """Watches Netlogon calls."""

    id = ATTEMPT.rule
    kinds: frozenset[Kind] = frozenset({"rpc"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._tries = Recent(tuple[str, str], _Tries)
        self._set = Recent(tuple[str, str], list[Evidences])

    def observe(self, batch: Batch) -> None:
        for event in rows_with(batch, "taishi.rpc.interface", "netlogon").events():
            self._call(event)

    def _call(self, event: Event) -> None:
        pair = (event.text("source.ip"), event.text("destination.ip"))
        number, result = event.number("taishi.rpc.opnum"), event.text("taishi.rpc.result")
        if number in _PASSWORD_SET and result == _GOOD and not event.fields.get("taishi.rpc.sealed"):
            self._set[pair] = [*self._set[pair], shown(event)][-_SETS:]
        if not event.fields.get("taishi.rpc.weak_challenge"):
            return
        tries = self._tries[pair]
        calls = event.number("taishi.rpc.calls") or 1
        tries.evidence.add(event, side="destination", count=calls)
        if number not in _AUTHENTICATE:
            tries.challenges += calls
        elif result == _GOOD:
            tries.accepted += calls
        elif result:
            tries.refused += calls

    def hits(self) -> Iterator[Hit]:
        for pair, tries in self._tries.items():
            since = tries.evidence.span()[0]
            done = [one for one in self._set.get(pair) or () if one.span()[0] >= since]
            if done:
                yield _hit(SUCCESS, pair, tries, done)
            elif tries.accepted or tries.refused or tries.challenges >= MIN_CHALLENGES:
                yield _hit(ATTEMPT, pair, tries, [])


def _hit(finding: Finding, pair: tuple[str, str], tries: _Tries, done: list[Evidences]) -> Hit:
    source, target = pair
    evidence = msgspec.structs.replace(tries.evidence, kept=tries.evidence.kept[: EVIDENCE_LIMIT - _SETS])
    for one in done:
        evidence.merge(one)
    asked = tries.refused + tries.accepted or tries.challenges
    zh, en = "全部被拒", "all refused"
    if tries.accepted:
        zh, en = "被接受，域控制器存在该漏洞", "accepted in the end: the controller is vulnerable"
    if done:
        zh, en = "被接受并改了机器账号口令", "accepted, and the machine account's password was set"
    return attack_hit(
        finding,
        evidence,
        source=source,
        target=target,
        summary=Text(
            f"{source} 以恒定凭据向 {target} 的 Netlogon 认证 {asked} 次，{zh}",
            f"{source} tried a constant Netlogon credential {asked} times on {target}, {en}",
        ),
    )


SEQUENCE = Zerologon
