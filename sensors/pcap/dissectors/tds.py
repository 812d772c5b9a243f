"""SQL Server (MS-TDS): what protection both sides agreed on, who logs on with what program, how it ended.

LOGIN7 hides the password only by swapping half bytes and an XOR with 0xA5 (2.2.6.4): where it crosses outside
of TLS it is readable. With protection of the logon alone the statements after it are readable too.
"""

import re
from collections.abc import Iterator, Mapping

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from sensors.pcap.little import u16, u32
from sensors.pcap.ntlm import identity
from sensors.pcap.tds_messages import (
    ACKNOWLEDGED,
    ANSWER,
    BATCH,
    CALL,
    ERROR,
    LOGIN,
    PRELOGIN,
    SSPI,
    Login,
    Message,
    is_packet,
    login,
    messages,
    options,
    tokens,
)
from taishi.core.event import Json, Value

_VERSION, _ENCRYPTION = 0, 1
#: ENCRYPTION of PRELOGIN (2.2.6.5); the high bit only tells of a client's certificate.
_OFFERS = {0: "off", 1: "on", 2: "not supported", 3: "required"}
#: Procedures that leave the database: programs, files, the registry, settings that allow them.
_LEAVING = (
    rb"(xp_cmdshell|sp_oacreate|xp_reg(?:read|write)|xp_dirtree|xp_fileexist|sp_addextendedproc"
    rb"|sp_execute_external_script)"
)
#: As a statement calls them or allows them; catalogues that only list them by name do not count.
_CALLED = re.compile(rb"(?i)\b(?:exec(?:ute)?|sp_configure)\b[\s\w'\[\](@=.]{1,40}?\b" + _LEAVING + rb"\b")
#: As a call by name begins (2.2.6.6): headers, length of the name, the name.
_NAMED_CALL = re.compile(rb"(?is).{0,40}?\b(?:master\.(?:dbo|sys)?\.)?" + _LEAVING + rb"\b")
_WORD = 128
#: Wrong name or password, no trusted connection, disabled, locked, expired (system errors of SQL Server).
_REFUSALS = (18456, 18452, 18470, 18486, 18487, 18488)
_NAMED = re.compile(r"'([^']{1,128})'")


class Tds:
    name = "tds"
    wants = 1 << 15

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6 or not is_packet(client) or (server and not is_packet(server)):
            return False
        first = next(messages(client), None)
        if first is None or (server and server[0] != ANSWER):
            return False
        if first.kind == PRELOGIN:
            return _VERSION in options(first.body)
        usual = 1433 in (flow.source.port, flow.destination.port)
        return login(first.body) is not None if first.kind == LOGIN else usual and first.kind in (BATCH, CALL)

    def events(self, talk: Conversation) -> Iterator[Found]:
        asked, told = list(messages(talk.client.data)), list(messages(talk.server.data))
        extra = _hello(asked, told)
        entry = next((one for one in asked if one.kind == LOGIN and login(one.body)), None)
        about = login(entry.body) if entry else None
        if about:
            extra |= _program(about)
        row: dict[str, Value] = {"event.action": "hello", "event.dataset": "pcap.tds"}
        yield Found("other", *talk.client.moment(0), row, extra)
        if entry and about:
            yield _logon(talk, entry, about, asked, told)
        else:
            yield from _hidden_logon(talk, told)


def _hello(asked: list[Message], told: list[Message]) -> dict[str, Json]:
    offered, agreed = _first_options(asked, PRELOGIN), _first_options(told, ANSWER)
    extra: dict[str, Json] = {"tds.tls": any(one.kind == PRELOGIN and _is_tls(one.body) for one in asked)}
    for name, said in (("client", offered), ("server", agreed)):
        if raw := said.get(_ENCRYPTION):
            extra[f"tds.{name}.encryption"] = _OFFERS.get(raw[0] & 0x7F, "other")
    if len(version := agreed.get(_VERSION, b"")) >= 4:
        extra["tds.server.version"] = f"{version[0]}.{version[1]}.{int.from_bytes(version[2:4], 'big')}"
    extra["tds.statements"] = sum(one.kind in (BATCH, CALL) for one in asked)
    return extra | {"tds.procedures": _procedures(asked)}


def _procedures(asked: list[Message]) -> list[Json]:
    """Statements and names are UTF-16 at odd or even places: without NUL their words can be searched."""
    found: dict[str, None] = {}
    for one in asked:
        text = one.body.replace(b"\0", b"") if one.kind in (BATCH, CALL) else b""
        calls = [*_CALLED.finditer(text)]
        if one.kind == CALL and (named := _NAMED_CALL.match(text)):
            calls.append(named)
        found |= dict.fromkeys(call[1].decode().lower() for call in calls)
    return [*found]


def _first_options(said: list[Message], kind: int) -> Mapping[int, bytes]:
    return options(said[0].body) if said and said[0].kind == kind else {}


def _is_tls(body: bytes) -> bool:
    return body[:2] == b"\x16\x03"


def _program(about: Login) -> dict[str, Json]:
    named = {
        "tds.client.host": about.host,
        "tds.client.application": about.application,
        "tds.client.library": about.library,
        "tds.database": about.database,
    }
    return {name: text for name, text in named.items() if text}


def _logon(
    talk: Conversation, entry: Message, about: Login, asked: list[Message], told: list[Message]
) -> Found:
    """Windows proves who the user is by NTLM or Kerberos; his name stands in the last NTLM message."""
    proofs = [about.token, *(one.body for one in asked if one.kind == SSPI)]
    who = next((found for blob in proofs if (found := identity(blob))), None) if about.integrated else None
    outcome, extra, _ = _outcome(told)
    row: dict[str, Value] = {
        "event.action": "logon",
        "event.outcome": outcome,
        "user.name": (who.user if who else about.user) or None,
        "user.domain": (who.domain or None) if who else None,
        "taishi.logon.method": "windows" if about.integrated else "password",
        "taishi.logon.cleartext": not about.integrated and bool(about.user),
    }
    return Found("logon", *talk.client.moment(entry.offset), row, extra | _program(about))


def _hidden_logon(talk: Conversation, told: list[Message]) -> Iterator[Found]:
    """The answer to a protected logon may be readable; the text of a refusal tells the name."""
    outcome, extra, offset = _outcome(told)
    if outcome == "success" or extra.get("tds.error.code") in _REFUSALS:
        named = _NAMED.search(str(extra.get("tds.error.message", "")))
        row: dict[str, Value] = {
            "event.action": "logon",
            "event.outcome": outcome,
            "user.name": named[1] if named else None,
            "taishi.logon.cleartext": False,
        }
        yield Found("logon", *talk.server.moment(offset), row, extra)


def _outcome(told: list[Message]) -> tuple[str | None, dict[str, Json], int]:
    """LOGINACK ends it well, an ERROR before it badly, else it is unknown; with the place of the answer."""
    for one in told:
        for kind, body in tokens(one.body) if one.kind == ANSWER else ():
            if kind == ACKNOWLEDGED:
                return "success", {}, one.offset
            if kind == ERROR:
                text = body[8 : 8 + 2 * u16(body, 6)].decode("utf-16-le", "replace")[:_WORD]
                why: dict[str, Json] = {"tds.error.code": u32(body, 0), "tds.error.message": text}
                return "failure", why, one.offset
    return None, {}, 0


DISSECTOR = Tds()
