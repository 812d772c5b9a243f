"""The topic: made where it is missing, and how far its readers are behind."""

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from taishi.bus import GROUP, TOPIC
from taishi.bus.address import LOG, Properties, servers
from taishi.bus.messages import MOST
from taishi.core.problems import Problem

#: So many workers can share the work at most; hosts move where it is changed.
PARTITIONS = 12
_TIMEOUT_S = 10


def ready_topic(properties: Properties, topic: str = TOPIC, partitions: int = PARTITIONS) -> int:
    """Makes the topic where it is missing; gives how many partitions it has. Raises Problem."""
    admin = AdminClient(dict(properties), logger=LOG)
    try:
        found = _partitions(admin, topic)
        if not found:
            made = NewTopic(topic, partitions, config={"max.message.bytes": str(MOST)})
            admin.create_topics([made], operation_timeout=_TIMEOUT_S)[topic].result(_TIMEOUT_S)
            found = partitions
        return found
    except KafkaException as error:
        raise unreachable(properties, error) from None


def _partitions(admin: AdminClient, topic: str) -> int:
    described = admin.list_topics(topic, timeout=_TIMEOUT_S).topics[topic]
    if described.error is None:
        return len(described.partitions)
    if described.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        return 0
    raise KafkaException(described.error)


class Behind:
    """How much of the topic workers have not done yet."""

    def __init__(self, properties: Properties, topic: str = TOPIC, group: str = GROUP) -> None:
        self._properties, self._topic = properties, topic
        self._consumer = Consumer(
            {**properties, "group.id": group, "enable.auto.commit": False, "logger": LOG}
        )

    def messages(self, partitions: int) -> tuple[int, int]:
        """Messages that are done, and those that wait. Raises Problem."""
        done = waiting = 0
        try:
            places = [TopicPartition(self._topic, number) for number in range(partitions)]
            for place in self._consumer.committed(places, timeout=_TIMEOUT_S):
                low, high = self._consumer.get_watermark_offsets(place, timeout=_TIMEOUT_S)
                reached = max(place.offset, low)
                done, waiting = done + reached, waiting + high - reached
        except KafkaException as error:
            raise unreachable(self._properties, error) from None
        return done, waiting

    def close(self) -> None:
        self._consumer.close()


def unreachable(properties: Properties, error: KafkaException) -> Problem:
    """What is said where brokers do not do what is asked of them."""
    told = error.args[0]
    said = told.str() if isinstance(told, KafkaError) else str(told)
    return Problem(f"Kafka at {servers(properties)}: {said}; is the broker up?")
