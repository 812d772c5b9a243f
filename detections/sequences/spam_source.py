"""A host of ours that sends mail to the world by itself, in changing names: a spam bot.

A mail server greets with one name of its own (RFC 5321, 2.3.5 and 4.1.4) and sends for the domains it
serves. Bots send straight to the servers of whoever they write to, greet with the name of a PC, an address
or another name each time, in the names of strangers, and are refused for it (ATT&CK T1071.003). Look-alike:
a new mail server that is not known yet, which greets with one full name.
"""

from collections.abc import Iterator

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.recent import Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Hit
from taishi.core.text import Text

_PORT = 25
#: Servers outside that were written to; domains of senders, or the share of sessions that were refused.
MIN_SERVERS, MIN_SENDERS, MIN_REFUSED, MIN_NAMES = 8, 5, 0.25, 3
_MOST = 256

FINDING = Finding(
    "taishi.sequence.spam-source",
    Text("主机对外群发垃圾邮件", "Host that sends spam"),
    "compromised",
    "medium",
    ("T1071.003",),
    Text(
        "隔离该主机，查明发信进程并清除；边界只允许邮件服务器访问外部 25 端口，修改该主机上的邮箱口令。",
        "Isolate the host, find and remove the sending process; let only mail servers reach port 25 outside, "
        "change the mail passwords kept on it.",
    ),
)


class _Sender(msgspec.Struct, forbid_unknown_fields=True):
    servers: set[str] = msgspec.field(default_factory=set)
    domains: set[str] = msgspec.field(default_factory=set)
    names: set[str] = msgspec.field(default_factory=set)
    sessions: int = 0
    refused: int = 0
    evidence: Evidences = msgspec.field(default_factory=Evidences)

    @property
    def is_bot(self) -> bool:
        """Whether it greets as no mail server does, and writes in many names or is refused."""
        odd = len(self.names) >= MIN_NAMES or not any(map(_is_full, self.names))
        many = len(self.domains) >= MIN_SENDERS or self.refused >= MIN_REFUSED * self.sessions
        return len(self.servers) >= MIN_SERVERS and odd and many


def _is_full(name: str) -> bool:
    """A name with its domain, as a mail server has; not an address in brackets."""
    return "." in name.strip(".") and not name.startswith("[") and not name.replace(".", "").isdigit()


class SpamSource:
    """Watches SMTP sessions to servers outside."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"other"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._senders = Recent(str, _Sender)

    def observe(self, batch: Batch) -> None:
        for event in rows_with(batch, "event.dataset", "pcap.smtp").events():
            source, server = event.text("source.ip"), event.text("destination.ip")
            if event.text("event.action") != "session" or event.number("destination.port") != _PORT:
                continue
            if self._networks.inside(source) and not self._networks.inside(server):
                self._note(self._senders[source], event, server)

    def _note(self, sender: _Sender, event: Event, server: str) -> None:
        sender.sessions += 1
        refused = event.extra.get("smtp.refused")
        sender.refused += isinstance(refused, int) and refused > 0
        domains = event.extra.get("smtp.senders")
        for known, new in (
            (sender.servers, [server]),
            (sender.domains, domains if isinstance(domains, list) else []),
            (sender.names, [event.extra.get("smtp.helo")]),
        ):
            if len(known) < _MOST:
                known.update(str(one).lower()[:255] for one in new if one)
        sender.evidence.add(event, side="source")

    def hits(self) -> Iterator[Hit]:
        for source, sender in self._senders.items():
            if not sender.is_bot:
                continue
            servers, domains, refused = len(sender.servers), len(sender.domains), sender.refused
            yield hit(
                FINDING,
                sender.evidence,
                key="spam",
                subject=source,
                subject_kind="ip",
                peers=sender.servers,
                summary=Text(
                    f"{source} 直接向 {servers} 台外部邮件服务器投递，冒用 {domains} 个发件域，"
                    f"{refused} 次会话被拒收",
                    f"{source} wrote to {servers} mail servers outside in the names of {domains} domains; "
                    f"{refused} sessions were refused",
                ),
            )


SEQUENCE = SpamSource
