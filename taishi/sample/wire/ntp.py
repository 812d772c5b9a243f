"""NTP client polls (RFC 5905)."""

import struct
from datetime import UTC, datetime
from random import Random

from taishi.sample.conversation import ANY_PORT, Udp, answer, ask

PORT = 123
#: RFC 5905: NTP's era 0 begins in 1900.
ERA = datetime(1900, 1, 1, tzinfo=UTC)
CLIENT, SERVER = 0x23, 0x24


def _timestamp(at: datetime) -> bytes:
    since = at - ERA
    return struct.pack("!II", since.days * 86400 + since.seconds, since.microseconds * 4294)


def poll(at: datetime, client: str, server: str, dice: Random) -> Udp:
    """One question to a stratum 2 server and its answer."""
    now = _timestamp(at)
    question = struct.pack("!BBbb11I", CLIENT, 0, 10, -23, *[0] * 11)[:40] + now
    root = struct.pack("!II4s", dice.randrange(300, 900), dice.randrange(800, 2600), bytes([192, 0, 2, 123]))
    reply = struct.pack("!BBbb", SERVER, 2, 10, -23) + root + now + now + now + now
    return Udp(at, client, ANY_PORT, server, PORT, (ask(question, wait_us=0), answer(reply, wait_us=900)))
