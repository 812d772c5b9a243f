"""SSH (RFC 4253): both sides' software, and the fingerprint of what they offer (HASSH).

HASSH: https://github.com/salesforce/hassh. Whether a logon succeeded is encrypted; sizes tell (see
behaviours).
"""

import re
from collections.abc import Iterator
from hashlib import md5

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from taishi.core.event import Json

_VERSION = re.compile(
    rb"(?:[^\r\n]{0,255}\r?\n){0,8}?SSH-([12]\.\d{1,2})-([^\r\n ]{1,255})[^\r\n]{0,255}\r?\n"
)
_KEXINIT = 20
#: Name lists of KEXINIT in their order (RFC 4253, 7.1) that HASSH uses: kex, cipher, MAC, compression.
_OF_CLIENT, _OF_SERVER = (0, 2, 4, 6), (0, 3, 5, 7)


class Ssh:
    name = "ssh"
    wants = 8192

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        return flow.transport == 6 and (client[:4] == b"SSH-" or server[:4] == b"SSH-")

    def events(self, talk: Conversation) -> Iterator[Found]:
        extra: dict[str, Json] = {}
        for side, data, lists in (
            ("client", talk.client.data, _OF_CLIENT),
            ("server", talk.server.data, _OF_SERVER),
        ):
            found = _VERSION.match(data)
            if found is None:
                continue
            extra[f"ssh.{side}.version"] = found[1].decode()
            extra[f"ssh.{side}.software"] = found[2].decode("latin-1")
            if offered := _offered(data[found.end() :]):
                joined = ";".join(offered[place] for place in lists)
                extra[f"ssh.{side}.hassh"] = md5(joined.encode(), usedforsecurity=False).hexdigest()
                extra[f"ssh.{side}.kex"] = offered[0][:300]
        if extra:
            first = talk.client if talk.client.data else talk.server
            row = {"event.action": "hello", "event.dataset": "pcap.ssh"}
            yield Found("other", *first.moment(0), row, extra)


def _offered(data: bytes) -> list[str]:
    """The name lists of the first binary packet where it is KEXINIT, nothing otherwise."""
    if len(data) < 22 or data[5] != _KEXINIT:
        return []
    at, names = 22, []
    for _ in range(8):
        size = int.from_bytes(data[at : at + 4], "big")
        if size > 4096 or at + 4 + size > len(data):
            return []
        names.append(data[at + 4 : at + 4 + size].decode("latin-1"))
        at += 4 + size
    return names


DISSECTOR = Ssh()
