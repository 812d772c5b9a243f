"""TLS sessions of remote-control tools: a certificate that nobody would issue, to a server without a name.

Tools such as AsyncRAT, Quasar, Sliver or Cobalt Strike make their certificate themselves, with a subject
that is a placeholder or random and a life of decades, and are called by address: without a server name (RFC
6066), without the ALPN that every browser offers (RFC 7301), on a port of the author's choice. A session
that is held and filled with small packets is a keep-alive. Old loaders speak TLS with libraries of long
ago. Each trait alone has innocent causes, so their weights are added up (ATT&CK T1573.002, T1571). Look-
alikes: appliances managed by address with their factory certificate, VPN gateways, test servers; they are
rarely outside, and fewer traits meet.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.randomness import looks_random
from detections.sequences.recent import MOST_OPEN, MOST_THIN, Recent, narrow
from detections.traits import Trait, score, weighed
from taishi.core.addresses import is_address
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event, Json
from taishi.core.records import Hit
from taishi.core.text import Text

MIN_SCORE, SURE_SCORE = 6, 8
#: Longest life that anybody gives a certificate for servers in earnest, days; roots aside.
LONGEST_LIFE = 20 * 365
#: Sessions with a server that signed for itself; tests and administrators need one or two.
AGAIN = 3
#: A held session with small packets: seconds, packets and their mean payload.
_HELD, _PACKETS, _SMALL = 45, 40, 260
_ENDS = ("source.ip", "destination.ip", "destination.port")
#: Letters of a certificate's subject that are kept.
_SUBJECT = 80
#: Numbered siblings in one certificate that make a farm.
_FARM = 6
_TLS_PORTS = frozenset(
    {
        443,
        465,
        563,
        587,
        25,
        110,
        143,
        21,
        636,
        853,
        989,
        990,
        992,
        993,
        994,
        995,
        3269,
        3389,
        5061,
        5223,
        5228,
    }
    | {1433, 3306, 5432, 5671, 5986, 6443, 6697, 8443, 8883, 9443, 10443, 4443, 1194}
)
#: Subjects that come with the example of a manual or a program's defaults.
_PLACEHOLDER = re.compile(
    r"(?i)example\.(?:com|org|net)|internet widgits|default company|default city|some-state|global security|"
    r"acme|localhost|my ?company|your (?:name|organi[sz]ation)|unknown|snakeoil|test ?cert|"
    r"(?:rat|server) ?(?:ca|server)$|cn=(?:server|client|admin|user|test|root|ca)(?:,|$)"
)
_NUMBERED = re.compile(r"[a-z]{2,}\d{1,3}\.(.+)")

FINDING = Finding(
    "taishi.sequence.tls-channel",
    Text("疑似木马加密控制信道", "Encrypted channel of a remote-control tool"),
    "compromised",
    "high",
    ("T1573.002", "T1571"),
    Text(
        "立即断网隔离该主机，保留内存与磁盘证据，查明建立加密会话的进程并清除，在边界封堵目的地址。",
        "Isolate the host, keep memory and disk evidence, find and remove the process behind the session, "
        "block the destination at the boundary.",
    ),
)

#: What may speak for it.
_Sign = Literal[
    "self-signed", "long-life", "placeholder", "random", "expired", "farm", "no-name", "no-alpn",
    "old-form", "old-version", "odd-port", "kept", "other-name", "again",
]  # fmt: skip
_SIGNS: dict[_Sign, Trait] = {
    "self-signed": Trait(2, Text("证书自签名", "self-signed certificate")),
    "long-life": Trait(2, Text("证书有效期长达数十年", "a certificate valid for decades")),
    "placeholder": Trait(1, Text("证书主体为默认或占位内容", "a placeholder as the certificate's subject")),
    "random": Trait(2, Text("证书主体为随机字符", "random words as the certificate's subject")),
    "again": Trait(1, Text("反复连接", "called again and again")),
    "other-name": Trait(1, Text("证书与所问域名不符", "a certificate for another name than was asked for")),
    "expired": Trait(1, Text("证书已过期", "an expired certificate")),
    "farm": Trait(1, Text("证书含成排编号的主机名", "a row of numbered hosts in the certificate")),
    "no-name": Trait(1, Text("未给出服务器名称", "no server name")),
    "no-alpn": Trait(1, Text("未声明应用协议", "no application protocol offered")),
    "old-form": Trait(2, Text("SSLv2 格式的握手", "a hello in SSL 2's form")),
    "old-version": Trait(1, Text("只支持过时的 TLS 版本", "only obsolete TLS versions")),
    "odd-port": Trait(1, Text("非 TLS 常用端口", "a port unusual for TLS")),
    "kept": Trait(2, Text("会话保持并往来小包", "a session kept alive with small packets")),
}
#: Without any of these the rest is only an old client or a neglected server.
_TELLING: frozenset[_Sign] = frozenset({"self-signed", "long-life", "random", "old-form"})


class _Pair(msgspec.Struct, forbid_unknown_fields=True):
    signs: set[_Sign] = msgspec.field(default_factory=set)
    subject: str = ""
    signed: int = 0
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class TlsChannel:
    """Watches TLS handshakes to servers outside, and how the sessions went on."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"tls", "flow"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._pairs = Recent(tuple[str, str, int], _Pair, MOST_OPEN)
        self._kept = Recent(tuple[str, str, int], bool, MOST_THIN)

    def observe(self, batch: Batch) -> None:
        flows = batch.kind == "flow"
        for event in narrow(_held(batch), _ENDS) if flows else batch.events():
            source, destination = event.text("source.ip"), event.text("destination.ip")
            if self._networks.inside(destination) or not self._networks.unicast(destination):
                continue
            key = (source, destination, event.number("destination.port"))
            if flows:
                self._kept[key] = True
            elif event.text("network.transport") != "udp":
                self._note(key, event)

    def _note(self, key: tuple[str, str, int], event: Event) -> None:
        signs: set[_Sign] = {*_of_server(event), *_of_client(event)}
        if not signs:
            return
        pair = self._pairs[key]
        pair.signs |= signs
        pair.signed += "self-signed" in signs
        if pair.signed >= AGAIN:
            pair.signs.add("again")
        pair.subject = pair.subject or event.text("tls.server.subject")[:_SUBJECT]
        pair.evidence.add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for key, pair in self._pairs.items():
            signs = pair.signs | self._held_on(key)
            traits = [_SIGNS[one] for one in signs]
            if score(traits) >= MIN_SCORE and signs & _TELLING:
                yield _hit(key, pair, traits)

    def _held_on(self, key: tuple[str, str, int]) -> set[_Sign]:
        return {"kept"} if self._kept.get(key) else set()


def _held(batch: Batch) -> Batch:
    """The TLS flows that lasted, with many packets of which the mean is small."""

    column = batch.rows.column

    def both(what: str) -> pa.Array:
        sides = (pc.fill_null(column(what.format(side)), 0) for side in ("source", "destination"))
        return pc.add(*sides)

    packets, payload = both("{}.packets"), both("taishi.flow.{}_payload")
    mask = pc.equal(column("network.protocol"), "tls")
    mask = pc.and_(mask, pc.greater_equal(column("event.duration"), _HELD * 10**9))
    mask = pc.and_(mask, pc.greater_equal(packets, _PACKETS))
    mask = pc.and_(mask, pc.less_equal(payload, pc.multiply(packets, _SMALL)))
    return Batch(batch.kind, batch.rows.filter(pc.fill_null(mask, False)))


def _of_server(event: Event) -> Iterator[_Sign]:
    subject, extra = event.text("tls.server.subject"), event.extra
    if not subject:
        return
    own = bool(event.fields.get("taishi.tls.self_signed"))
    if own:
        yield "self-signed"
    if own and _days(event) >= LONGEST_LIFE:
        yield "long-life"
    if own and _PLACEHOLDER.search(subject):
        yield "placeholder"
    if own and (extra.get("tls.server.mismatch") or _asked_another(event, subject)):
        yield "other-name"
    if _is_random(subject):
        yield "random"
    if event.fields.get("taishi.tls.expired"):
        yield "expired"
    if _is_farm(extra.get("tls.server.names")):
        yield "farm"


def _asked_another(event: Event, subject: str) -> bool:
    """A name was asked for, and a certificate without names of hosts does not even have it as its subject."""
    asked = event.text("tls.client.server_name").lower()
    return not _unnamed(asked) and not event.extra.get("tls.server.names") and asked not in subject.lower()


def _of_client(event: Event) -> Iterator[_Sign]:
    extra = event.extra
    if not event.text("tls.client.ja3"):
        return
    if _unnamed(event.text("tls.client.server_name")):
        yield "no-name"
    if extra.get("tls.client.alpn") == []:
        yield "no-alpn"
    if extra.get("tls.client.old_form"):
        yield "old-form"
    versions = extra.get("tls.client.versions")
    if isinstance(versions, list) and versions and all(one in ("1.0", "1.1", "3", None) for one in versions):
        yield "old-version"
    if event.number("destination.port") not in _TLS_PORTS:
        yield "odd-port"


def _days(event: Event) -> int:
    begin, end = event.fields.get("tls.server.not_before"), event.fields.get("tls.server.not_after")
    return (end - begin).days if isinstance(begin, datetime) and isinstance(end, datetime) else 0


def _is_random(subject: str) -> bool:
    """Whether the common name, or its first label, looks made by a generator."""
    common = next((part[3:] for part in subject.split(",") if part.upper().startswith("CN=")), "")
    labels = [label for label in common.split(".") if label not in ("www", "*")]
    return bool(labels) and looks_random(labels[0]) and not labels[0].isdigit()


def _is_farm(names: Json) -> bool:
    if not isinstance(names, list):
        return False
    parents = defaultdict[str, int](int)
    for name in names:
        if found := _NUMBERED.fullmatch(str(name)):
            parents[found[1]] += 1
    return max(parents.values(), default=0) >= _FARM


def _unnamed(name: str) -> bool:
    return not name or is_address(name)


def _hit(key: tuple[str, str, int], pair: _Pair, traits: list[Trait]) -> Hit:
    source, destination, port = key
    why, total = weighed(traits), score(traits)
    return hit(
        FINDING,
        pair.evidence,
        key=f"{destination}:{port}",
        subject=source,
        subject_kind="ip",
        peers=[destination],
        level="high" if total >= SURE_SCORE else "medium",
        summary=Text(
            f"{source} 与 {destination}:{port} 的 TLS 会话（证书 {pair.subject}）评分 {total}：{why.zh}",
            f"TLS of {source} with {destination}:{port} (certificate {pair.subject}), "
            f"score {total}: {why.en}",
        ),
    )


SEQUENCE = TlsChannel
