"""SMB 1, 2 and 3 on any port: one event a connection, and the logons, files and RPC calls in it."""

from collections.abc import Iterator

from sensors.pcap import smb1
from sensors.pcap.carried import CONTENT, searched_text
from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from sensors.pcap.netbios import FRAME, frames
from sensors.pcap.rpc_rows import calls
from sensors.pcap.smb1 import Smb1
from sensors.pcap.smb2 import Smb2
from sensors.pcap.smb_session import Logon, Opened, Session
from taishi.core.event import Json, Value

_PORTS = frozenset({139, 445})
_SESSION_REQUEST = b"\x81\x00"


class Smb:
    name = "smb"
    wants = 1 << 20

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6:
            return False
        if FRAME.match(client) or FRAME.match(server):
            return not FRAME.match(server) or not client or bool(FRAME.match(client)) or _on_port(flow)
        return _on_port(flow) and (
            client[:2] == _SESSION_REQUEST or bool(FRAME.search(client) or FRAME.search(server))
        )

    def events(self, talk: Conversation) -> Iterator[Found]:
        session = Session()
        first, second = Smb1(session), Smb2(session)
        for frame in frames(talk):
            session.saw(frame)
            (first if frame.data[:4] == smb1.MAGIC else second).take(frame)
        if not session.messages or not (session.version or session.marks):
            return
        yield _connection(session)
        for logon in session.logons:
            yield from _logon(logon)
        for one in session.files:
            if one.rpc is not None:
                yield from calls(one.rpc)
            elif one.action != "SMB::FILE_OPEN":
                yield _file(one, session)


def _on_port(flow: Flow) -> bool:
    return bool(_PORTS & {flow.source.port, flow.destination.port})


def _connection(session: Session) -> Found:
    pipes = list(dict.fromkeys(one.path for one in session.files if one.pipe))
    row: dict[str, Value] = {
        "event.action": "smb-connection",
        "taishi.smb.version": session.version,
        "taishi.smb.dialect": session.dialect,
        "taishi.smb.signing": session.signing,
        "taishi.smb.signed": session.signed > session.unsigned if session.signed + session.unsigned else None,
        "taishi.smb.encrypted": session.encrypted,
        "taishi.smb.anonymous": session.anonymous,
        "taishi.smb.guest": session.guest,
        "taishi.smb.shares": [*session.shares] or None,
        "taishi.smb.pipes": pipes or None,
        "taishi.smb.refused": [*session.refused] or None,
        "taishi.smb.marks": [*session.marks] or None,
        "taishi.smb.read": sum(one.read for one in session.files if not one.pipe),
        "taishi.smb.written": sum(one.written for one in session.files if not one.pipe),
    }
    extra: dict[str, Json] = {"smb.messages": session.messages}
    if session.marks:
        extra["smb.marks"] = dict(session.marks)
    return Found("smb", session.time, session.record, row, extra)


def _logon(logon: Logon) -> Iterator[Found]:
    """Anonymous sessions are no logons: browsing opens and closes them all day."""
    if logon.method == "anonymous":
        return
    who = logon.who
    row: dict[str, Value] = {
        "event.action": "logon",
        "event.outcome": logon.outcome,
        "network.protocol": "smb",
        "user.name": who.user if who else None,
        "user.domain": (who.domain or None) if who else None,
        "taishi.logon.method": logon.method,
        "taishi.logon.cleartext": False,
    }
    extra: dict[str, Json] = {}
    if who and who.workstation:
        extra["ntlm.workstation"] = who.workstation
    if logon.status is not None:
        extra["smb.status"] = f"0x{logon.status:08x}"
    yield Found("logon", logon.time, logon.record, row, extra)


def _file(one: Opened, session: Session) -> Found:
    """In the words of Zeek's smb_files.log, so that one rule fits both."""
    row: dict[str, Value] = {
        "event.category": "file",
        "event.action": one.action,
        "network.protocol": "smb",
        "file.path": "\\".join(part for part in (one.share, one.path) if part) or None,
        "file.name": one.path.rpartition("\\")[2] or None,
        "file.size": max(one.size or 0, one.written) or None,
    }
    extra: dict[str, Json] = {"smb.read": one.read, "smb.written": one.written}
    if one.renamed:
        extra["smb.renamed"] = one.renamed
    if session.anonymous or session.guest:
        extra["smb.anybody"] = True
    if content := searched_text(bytes(one.content)):
        extra[CONTENT] = content
    return Found("file", one.time, one.record, row, extra)


DISSECTOR = Smb()
