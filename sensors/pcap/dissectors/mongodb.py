"""MongoDB (wire protocol; authentication of the drivers' specification): who logs on, what is done without.

A server with access control refuses whatever touches data before a logon (code 13, Unauthorized), so a
command that it carries out in a session that logged on nowhere shows a server that is open to anybody.
"""

from collections import Counter
from collections.abc import Iterator

from sensors.pcap.bson import Bson
from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow
from sensors.pcap.mongo_messages import Message, is_answer, is_request, messages
from taishi.core.event import Json, Value

_GREETINGS = frozenset({"hello", "ismaster", "isMaster"})
_LOGONS = frozenset({"saslStart", "saslContinue", "authenticate"})
#: What reads, changes or lists data: none of it is free where access control is on.
_DATA = frozenset(
    {
        "find", "getMore", "insert", "update", "delete", "findAndModify", "findandmodify", "aggregate",
        "count", "distinct", "mapReduce", "listDatabases", "listCollections", "listIndexes", "create",
        "createIndexes", "drop", "dropDatabase", "renameCollection", "createUser", "updateUser", "usersInfo",
        "serverStatus", "getLog", "getParameter", "setParameter", "getCmdLineOpts", "shutdown", "$eval",
    }
)  # fmt: skip
_UNAUTHORIZED, _SHOWN, _WORD = 13, 60, 120


class Mongodb:
    name = "mongodb"
    wants = 1 << 15

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        return flow.transport == 6 and is_request(client) and (not server or is_answer(server))

    def events(self, talk: Conversation) -> Iterator[Found]:
        asked = [one for one in messages(talk.client.data) if one.command]
        answers = {one.answers: one.body for one in messages(talk.server.data)}
        extra = _greeting(asked, answers)
        names = Counter(f"{one.command} {one.target}".strip()[:_WORD] for one in asked)
        done = [one for one in asked if one.command in _DATA and _carried_out(one, answers.get(one.number))]
        known = any(one.command in _LOGONS or "speculativeAuthenticate" in one.body for one in asked)
        # A logon may have come before what was seen.
        free = done if talk.flow.opened and not known else []
        commands: list[Json] = [*list(names)[:_SHOWN]]
        extra |= {
            "mongodb.commands": commands,
            "mongodb.without_logon": len(free),
            "mongodb.refused": sum(body.get("code") == _UNAUTHORIZED for body in answers.values()),
        }
        row: dict[str, Value] = {"event.action": "commands", "event.dataset": "pcap.mongodb"}
        yield Found("other", *talk.client.moment(0), row, extra)
        yield from _logons(talk, asked, answers)
        if free:
            yield _logon(talk, free[0], None, "none", "success")


def _greeting(asked: list[Message], answers: dict[int, dict[str, Bson]]) -> dict[str, Json]:
    """What both sides say of themselves (hello: client.application, client.driver, maxWireVersion)."""
    extra: dict[str, Json] = {}
    for one in asked:
        said = answers.get(one.number, {})
        if one.command in _GREETINGS:
            about = _within(one.body, "client")
            for name in ("application", "driver", "os"):
                if isinstance(text := _within(about, name).get("name"), str):
                    extra[f"mongodb.client.{name}"] = text[:_WORD]
            if isinstance(level := said.get("maxWireVersion"), int):
                extra["mongodb.server.wire_version"] = level
        elif one.command.lower() == "buildinfo" and isinstance(version := said.get("version"), str):
            extra["mongodb.server.version"] = version[:_WORD]
    return extra


def _logons(talk: Conversation, asked: list[Message], answers: dict[int, dict[str, Bson]]) -> Iterator[Found]:
    """A logon begins with saslStart or authenticate, or rides on the greeting; saslContinue goes on."""
    for place, one in enumerate(asked):
        early = _within(one.body, "speculativeAuthenticate")
        start = early or one.body
        if not early and one.command not in ("saslStart", "authenticate"):
            continue
        steps = [one, *_following(asked[place + 1 :])]
        outcome = _outcome([answers.get(step.number) for step in steps], bool(early) and len(steps) == 1)
        mechanism = start.get("mechanism")
        method = mechanism if isinstance(mechanism, str) else "MONGODB-CR"
        if early and outcome is None and any(step.command == "saslStart" for step in asked[place + 1 :]):
            # The server did not take the hint; the same logon begins anew.
            continue
        yield _logon(talk, one, _user(start), method.lower()[:32], outcome)


def _following(asked: list[Message]) -> Iterator[Message]:
    for one in asked:
        if one.command in ("saslStart", "authenticate"):
            return
        if one.command == "saslContinue":
            yield one


def _outcome(answers: list[dict[str, Bson] | None], early: bool) -> str | None:
    """The last answer counts: done, or without steps at all; any refusal is a failure."""
    last = next((body for body in reversed(answers) if body is not None), None)
    if last is None:
        return None
    if any(body is not None and _refused(body) for body in answers):
        return "failure"
    said = _within(last, "speculativeAuthenticate") if early else last
    if early and not said:
        return None
    return "success" if said.get("done", True) and said.get("ok", 1) else None


def _user(start: dict[str, Bson]) -> str | None:
    """SCRAM's first message says n=name (RFC 5802, 5.1), PLAIN's the name after a NUL (RFC 4616)."""
    payload = start.get("payload")
    if isinstance(payload, bytes):
        if start.get("mechanism") == "PLAIN":
            return payload.partition(b"\0")[2].partition(b"\0")[0].decode("utf-8", "replace")[:_WORD] or None
        fields = payload.decode("utf-8", "replace").split(",")
        named = next((field[2:] for field in fields if field.startswith("n=")), "")
        return named.replace("=2C", ",").replace("=3D", "=")[:_WORD] or None
    user = start.get("user")
    return user[:_WORD] or None if isinstance(user, str) else None


def _logon(talk: Conversation, at: Message, user: str | None, method: str, outcome: str | None) -> Found:
    row: dict[str, Value] = {
        "event.action": "logon",
        "event.outcome": outcome,
        "user.name": user,
        "taishi.logon.method": method,
        "taishi.logon.cleartext": method == "plain",
    }
    return Found("logon", *talk.client.moment(at.offset), row, {"mongodb.target": at.target[:_WORD]})


def _carried_out(asked: Message, body: dict[str, Bson] | None) -> bool:
    """A long answer is cut off before its `ok`, which stands last; old operations have none."""
    if body is None or _refused(body):
        return False
    return not asked.body or "cursor" in body or bool(body.get("ok", 0))


def _refused(body: dict[str, Bson]) -> bool:
    return "code" in body or "errmsg" in body or "$err" in body or body.get("ok", 1) == 0


def _within(body: dict[str, Bson], name: str) -> dict[str, Bson]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


DISSECTOR = Mongodb()
