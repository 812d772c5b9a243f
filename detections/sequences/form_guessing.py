"""Passwords guessed at a web form: the same account again and again within two minutes.

A form answers a wrong password with a page like any other, so the status says nothing; nobody logs on
twenty times in two minutes with one account. Basic credentials go with every request and are not counted.
ATT&CK T1110.001. Look-alikes: a program that logs on anew for each call (except it by its address).
"""

from collections.abc import Iterator
from datetime import timedelta

from detections.hits import Finding, attack_hit
from detections.networks import Networks
from detections.sequences.bursts import Burst
from detections.sequences.recent import Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

MIN_TRIES, SPAN = 20, timedelta(minutes=2)

FINDING = Finding(
    "taishi.sequence.form-guessing",
    Text("网页登录口令猜测", "Passwords guessed at a web form"),
    "attempted",
    "medium",
    ("T1110.001",),
    Text(
        "为登录页启用失败锁定与验证码，限定管理页面来源；核对被尝试的账号，修改弱口令。",
        "Give the logon page a lockout and a captcha, limit who reaches it; check the accounts that were "
        "tried and change weak passwords.",
    ),
)


class FormGuessing:
    """Watches logons by forms over HTTP."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"logon"})

    def __init__(self, _networks: Networks) -> None:
        self._tries = Recent(tuple[str, str, str, str], Burst)

    def observe(self, batch: Batch) -> None:
        for event in rows_with(batch, "network.protocol", "http").events():
            if event.extra.get("http.logon") != "form":
                continue
            path = event.extra.get("url.path")
            ends = event.text("source.ip"), event.text("destination.ip")
            key = (*ends, str(path)[:200], event.text("user.name")[:100])
            self._tries[key].add(event, SPAN, side="destination", keep=MIN_TRIES)

    def hits(self) -> Iterator[Hit]:
        for (source, target, path, user), burst in self._tries.items():
            if burst.most < MIN_TRIES:
                continue
            number = burst.evidence.count
            yield attack_hit(
                FINDING,
                burst.evidence,
                source=source,
                target=target,
                key=f"{source}:{path}:{user}",
                summary=Text(
                    f"{source} 以账号 {user or '（未知）'} 向 {target} 的 {path} 提交口令 {number} 次",
                    f"{source} sent passwords of {user or 'an unknown account'} to {path} of {target} "
                    f"{number} times",
                ),
            )


SEQUENCE = FormGuessing
