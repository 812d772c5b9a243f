"""Events out of the topic: partitions are shared by all workers of the group, and pass on when one dies."""

import logging

from confluent_kafka import Consumer, KafkaError, KafkaException, Message

from taishi.bus import GROUP, TOPIC
from taishi.bus.address import LOG, Properties
from taishi.bus.messages import MOST, batch_of
from taishi.bus.topic import unreachable
from taishi.core.event import Batch

log = logging.getLogger("taishi.worker")

#: Messages that are looked at before what is done is noted.
_AT_ONCE = 64
#: How long a worker may be silent before its partitions pass on (brokers take 6 s at the least).
SILENT_S = 10.0


class EventConsumer:
    """`take`, do the work so that it is durable, then `done`. `damaged`: messages that could not be read."""

    def __init__(
        self, properties: Properties, silent_s: float = SILENT_S, topic: str = TOPIC, group: str = GROUP
    ) -> None:
        self._properties = properties
        self.damaged = 0
        self._consumer = Consumer(
            {
                **properties,
                "group.id": group,
                "logger": LOG,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "session.timeout.ms": int(silent_s * 1000),
                "fetch.message.max.bytes": MOST,
                "queued.max.messages.kbytes": 64 << 10,
            }
        )
        self._consumer.subscribe([topic])

    def take(self, timeout_s: float) -> list[Batch]:
        """What has come within that time, in order within each partition. Raises Problem."""
        try:
            found = self._consumer.consume(_AT_ONCE, timeout_s)
        except KafkaException as error:
            raise unreachable(self._properties, error) from None
        return [batch for one in found if (batch := self._batch(one)) is not None]

    def _batch(self, message: Message) -> Batch | None:
        error = message.error()
        if error is not None:
            raise unreachable(self._properties, KafkaException(error))
        try:
            return batch_of(message.key(), message.value())
        except ValueError as unreadable:
            self.damaged += 1
            log.error("partition %s message %s: %s", message.partition(), message.offset(), unreadable)
            return None

    def done(self) -> bool:
        """Everything taken is done. False where partitions have passed on meanwhile: others do it again."""
        try:
            self._consumer.commit(asynchronous=False)
        except KafkaException as error:
            told = error.args[0]
            if isinstance(told, KafkaError) and told.code() == KafkaError._NO_OFFSET:
                return True
            log.warning("what was done is not noted, others may do it again: %s", told)
            return False
        return True

    def close(self) -> None:
        """Leaves the group, so that its partitions pass on at once."""
        self._consumer.close()
