"""Text with long numbers over a connection without a protocol of its own: data connections of FTP, feeds.

Asked last of all (by its name). One event a connection; its source is the side that sent the text.
"""

from collections.abc import Iterator

from sensors.pcap.carried import CONTENT, SEARCHED, searched_text, worth_searching
from sensors.pcap.conversation import Conversation, Found
from sensors.pcap.flow import Flow

#: Shorter texts are somebody's chatter.
_LEAST = 200


class UnnamedText:
    name = "text"
    wants = SEARCHED

    def recognises(self, client: bytes, server: bytes, flow: Flow) -> bool:
        if flow.transport != 6 or (client and server):
            return False
        data = client or server
        return len(data) >= _LEAST and worth_searching(data)

    def events(self, talk: Conversation) -> Iterator[Found]:
        talk.flow.protocol = None
        answering = not talk.client.data
        side = talk.server if answering else talk.client
        content = searched_text(side.data)
        if content is None or (talk.client.data and talk.server.data):
            return
        row = {"event.action": "text-transfer", "event.dataset": "pcap.payload"}
        yield Found(
            "other", *side.moment(0), row, {CONTENT: content, "payload.bytes": len(side.data)}, answering
        )


DISSECTOR = UnnamedText()
