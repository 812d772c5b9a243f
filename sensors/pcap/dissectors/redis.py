"""Redis (RESP): the commands of a client and whether they were carried out; AUTH as a clear-text logon."""

import re
from collections.abc import Iterator

from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.dialogue import Line, logon
from sensors.pcap.flow import Flow
from sensors.pcap.secrets import MASK
from taishi.core.event import Json

_ARRAY = re.compile(rb"\*(\d{1,4})\r\n")
_BULK = re.compile(rb"\$(\d{1,7})\r\n")
_REPLY = re.compile(rb"[+\-:$*%~_#,(=>]")
_INLINE = re.compile(
    rb"(?i)(?:PING|INFO|AUTH|CONFIG|KEYS|SLAVEOF|REPLICAOF|MODULE|EVAL|SELECT|COMMAND|HELLO)\b[^\r\n]*\r?\n"
)
_COMMANDS, _WORD = 200, 120
#: How answers begin that are no refusal.
_DONE = ("+", "$", "*", ":", "%", "~")
_SECRETIVE = frozenset({"AUTH", "AUTH2", "REQUIREPASS", "MASTERAUTH", "MASTERUSER"})


class Redis:
    name = "redis"
    wants = 1 << 15

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6:
            return False
        asks = bool(_ARRAY.match(client)) and bool(_BULK.match(client, client.find(b"\n") + 1))
        asks = asks or bool(_INLINE.match(client) and 6379 in (flow.destination.port, flow.source.port))
        return asks and (not server or bool(_REPLY.match(server)))

    def events(self, talk: Conversation) -> Iterator[Found]:
        said = list(_commands(talk.client.data))
        if not said:
            return
        first_reply = talk.server.data[:200].partition(b"\r\n")[0].decode("latin-1")
        shown: list[Json] = [_shown(words) for _, words in said[:_COMMANDS]]
        extra: dict[str, Json] = {
            "redis.commands": shown,
            "redis.reply": first_reply,
            "redis.accepted": talk.server.data.count(b"+OK\r\n"),
            "redis.refused": talk.server.data.count(b"-NOAUTH") + talk.server.data.count(b"-DENIED"),
            "redis.without_logon": talk.flow.opened and first_reply[:1] in _DONE and not _logs_on(said),
        }
        yield Found(
            "other",
            *talk.client.moment(0),
            {"event.action": "commands", "event.dataset": "pcap.redis"},
            extra,
        )
        for place, words in said:
            if words[0].upper() == "AUTH" and len(words) > 1:
                line = Line("", True, *talk.client.moment(place))
                user = words[1] if len(words) > 2 else None
                good = b"+OK" in talk.server.data and b"-WRONGPASS" not in talk.server.data
                yield logon(
                    line, user, self.name, "success" if good else "failure" if talk.server.data else None
                )


def _logs_on(said: list[tuple[int, list[str]]]) -> bool:
    """By AUTH, or by HELLO with it; one that stood before the capture is not known."""
    return any("AUTH" in (word.upper() for word in words[:3]) for _, words in said)


def _shown(words: list[str]) -> str:
    """The command on one line, without the password that stands behind some of its words."""
    secret = next((at for at, word in enumerate(words) if word.upper() in _SECRETIVE), len(words))
    shown = [word[:_WORD] for word in words[:8][: secret + 1]]
    return " ".join([*shown, MASK] if secret < len(words) - 1 else shown)


def _commands(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Offset and words of each command, up to the first bytes that are none."""
    at = 0
    for _ in range(_COMMANDS):
        start, array = at, _ARRAY.match(data, at)
        if array is None:
            if (inline := _INLINE.match(data, at)) is None:
                return
            yield start, inline[0].decode("utf-8", "replace").split()
            at = inline.end()
            continue
        at, words = array.end(), []
        for _ in range(min(int(array[1]), 64)):
            if (bulk := _BULK.match(data, at)) is None:
                break
            size = int(bulk[1])
            words.append(data[bulk.end() : bulk.end() + min(size, 4096)].decode("utf-8", "replace"))
            at = bulk.end() + size + 2
        if not words or not words[0]:
            return
        yield start, words


DISSECTOR = Redis()
