"""Events into the topic: acknowledged by every replica in sync, or told as a Problem."""

from collections.abc import Iterable

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from taishi.bus import TOPIC
from taishi.bus.address import LOG, Properties
from taishi.bus.messages import MOST, messages
from taishi.bus.topic import unreachable
from taishi.core.event import Batch

_FLUSH_S = 30


class EventProducer:
    """Not safe for threads."""

    def __init__(self, properties: Properties, partitions: int, topic: str = TOPIC) -> None:
        self._properties, self._partitions, self._topic = properties, partitions, topic
        self._failed: list[KafkaError] = []
        self._producer = Producer(
            {
                "compression.type": "zstd",
                "linger.ms": 5,
                "message.timeout.ms": _FLUSH_S * 1000,
                **properties,
                "enable.idempotence": True,  # order and no doubles within one life; also means acks=all
                "message.max.bytes": MOST,
                "logger": LOG,
            }
        )

    def send(self, batches: Iterable[Batch]) -> int:
        """Gives the number of messages; all are acknowledged on return. Raises Problem where not: then some
        may be there, and sending again doubles them."""
        count = 0
        self._failed.clear()
        for batch in batches:
            for one in messages(batch, self._partitions):
                self._put(one.partition, one.key, one.value)
                count += 1
        left = self._producer.flush(_FLUSH_S)
        if self._failed or left:
            self._producer.purge()
            error = self._failed[0] if self._failed else KafkaError(KafkaError._MSG_TIMED_OUT)
            raise unreachable(self._properties, KafkaException(error))
        return count

    def _put(self, partition: int, key: bytes, value: bytes) -> None:
        while True:
            try:
                self._producer.produce(self._topic, value, key, partition, on_delivery=self._told)
                self._producer.poll(0)
                return
            except BufferError:
                self._producer.poll(0.1)

    def _told(self, error: KafkaError | None, _: Message) -> None:
        if error is not None:
            self._failed.append(error)
