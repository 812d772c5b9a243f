"""What a database answered in clear text, for the search for personal data."""

from collections.abc import Iterator

from sensors.pcap.carried import CONTENT, printable, searched_text
from sensors.pcap.conversation import Conversation, Found
from taishi.core.event import Value

#: The greeting and the logon's own words come first; nobody's data are among them.
_WORDS = 256


def replies(talk: Conversation, user: Value, protocol: str) -> Iterator[Found]:
    """One event a connection whose answers hold long numbers, with the account that asked."""
    data = talk.server.data
    if len(data) <= _WORDS or not (content := searched_text(printable(data))):
        return
    row: dict[str, Value] = {
        "event.action": "database-reply",
        "event.dataset": f"pcap.{protocol}",
        "network.protocol": protocol,
        "user.name": user,
    }
    yield Found("other", *talk.server.moment(0), row, {CONTENT: content, "reply.bytes": len(data)})
