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
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.randomness import looks_random
from detections.sequences.recent import Recent, narrow, rows_with
from detections.sequences.traits import Trait, named, score
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event, Json
from taishi.core.records import Hit
from taishi.core.text import Text

MIN_SCORE, SURE_SCORE = 6, 8
#: Longest life that anybody gives a certificate for servers in earnest, days; roots aside.
LONGEST_LIFE = 20 * 365
#: A held session with small packets: seconds, packets and their mean payload.
_HELD, _PACKETS, _SMALL = 45, 40, 260
#: What tells of a flow whether it is kept alive.
_FLOW = (
    "source.ip", "destination.ip", "destination.port", "network.protocol", "event.duration", "source.packets",
    "destination.packets", "taishi.flow.source_payload", "taishi.flow.destination_payload",
)  # fmt: skip
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

_SELF_SIGNED = Trait(2, Text("证书自签名", "self-signed certificate"))
_LONG_LIFE = Trait(2, Text("证书有效期长达数十年", "a certificate valid for decades"))
_PLACE = Trait(1, Text("证书主体为默认或占位内容", "a placeholder as the certificate's subject"))
_RANDOM = Trait(2, Text("证书主体为随机字符", "random words as the certificate's subject"))
_EXPIRED = Trait(1, Text("证书已过期", "an expired certificate"))
_FARMED = Trait(1, Text("证书含成排编号的主机名", "a row of numbered hosts in the certificate"))
_NO_NAME = Trait(1, Text("未给出服务器名称", "no server name"))
_NO_ALPN = Trait(1, Text("未声明应用协议", "no application protocol offered"))
_OLD_FORM = Trait(2, Text("SSLv2 格式的握手", "a hello in SSL 2's form"))
_OLD_VERSION = Trait(1, Text("只支持过时的 TLS 版本", "only obsolete TLS versions"))
_ODD_PORT = Trait(1, Text("非 TLS 常用端口", "a port unusual for TLS"))
_KEPT = Trait(2, Text("会话保持并往来小包", "a session kept alive with small packets"))
#: Without any of these the rest is only an old client or a neglected server.
_TELLING = frozenset({_SELF_SIGNED, _LONG_LIFE, _RANDOM, _OLD_FORM})


@dataclass
class _Pair:
    traits: set[Trait] = field(default_factory=set)
    sessions: int = 0
    subject: str = ""
    evidence: Evidences = field(default_factory=Evidences)


class TlsChannel:
    """Watches TLS handshakes to servers outside, and how the sessions went on."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"tls", "flow"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._pairs: Recent[tuple[str, str, int], _Pair] = Recent(_Pair)
        self._kept: Recent[tuple[str, str, int], list[bool]] = Recent(list)

    def observe(self, batch: Batch) -> None:
        flows = batch.kind == "flow"
        for event in narrow(rows_with(batch, "network.protocol", "tls"), _FLOW) if flows else batch.events():
            source, destination = event.text("source.ip"), event.text("destination.ip")
            if self._networks.inside(destination) or not self._networks.unicast(destination):
                continue
            key = (source, destination, event.number("destination.port"))
            if batch.kind == "flow":
                if _is_kept(event):
                    self._kept[key][:] = [True]
            elif event.text("network.transport") != "udp":
                self._note(key, event)

    def _note(self, key: tuple[str, str, int], event: Event) -> None:
        pair = self._pairs[key]
        pair.sessions += 1
        pair.traits.update(_of_server(event), _of_client(event))
        pair.subject = pair.subject or event.text("tls.server.subject")
        pair.evidence.add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for key, pair in self._pairs.items():
            traits = pair.traits | ({_KEPT} if self._kept.get(key) else set())
            if score(traits) >= MIN_SCORE and traits & _TELLING:
                yield _hit(key, pair, traits)


def _is_kept(event: Event) -> bool:
    """A TLS flow that lasted, with many packets of which the mean is small."""
    if event.text("network.protocol") != "tls" or event.number("event.duration") < _HELD * 1e9:
        return False
    packets = event.number("source.packets") + event.number("destination.packets")
    payload = event.number("taishi.flow.source_payload") + event.number("taishi.flow.destination_payload")
    return packets >= _PACKETS and payload / packets <= _SMALL


def _of_server(event: Event) -> Iterator[Trait]:
    subject, extra = event.text("tls.server.subject"), event.extra
    if not subject:
        return
    own = bool(event.fields.get("taishi.tls.self_signed"))
    if own:
        yield _SELF_SIGNED
    if own and _days(event) >= LONGEST_LIFE:
        yield _LONG_LIFE
    if own and _PLACEHOLDER.search(subject):
        yield _PLACE
    if _is_random(subject):
        yield _RANDOM
    if event.fields.get("taishi.tls.expired"):
        yield _EXPIRED
    if _is_farm(extra.get("tls.server.names")):
        yield _FARMED


def _of_client(event: Event) -> Iterator[Trait]:
    extra = event.extra
    if not event.text("tls.client.ja3"):
        return
    if _unnamed(event.text("tls.client.server_name")):
        yield _NO_NAME
    if extra.get("tls.client.alpn") == []:
        yield _NO_ALPN
    if extra.get("tls.client.old_form"):
        yield _OLD_FORM
    versions = extra.get("tls.client.versions")
    if isinstance(versions, list) and versions and all(one in ("1.0", "1.1", "3", None) for one in versions):
        yield _OLD_VERSION
    if event.number("destination.port") not in _TLS_PORTS:
        yield _ODD_PORT


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
    try:
        return not name or bool(ip_address(name))
    except ValueError:
        return False


def _hit(key: tuple[str, str, int], pair: _Pair, traits: set[Trait]) -> Hit:
    source, destination, port = key
    why, total = named(traits), score(traits)
    return hit(
        FINDING,
        pair.evidence,
        key=f"{destination}:{port}",
        subject=source,
        subject_kind="ip",
        peers=[destination],
        level="high" if total >= SURE_SCORE else "medium",
        summary=Text(
            f"{source} 与 {destination}:{port} 的 TLS 会话（证书 {pair.subject[:80]}）评分 {total}：{why.zh}",
            f"TLS of {source} with {destination}:{port} (certificate {pair.subject[:80]}), "
            f"score {total}: {why.en}",
        ),
    )


SEQUENCE = TlsChannel
