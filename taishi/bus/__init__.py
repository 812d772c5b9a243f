"""The data bus between the service and its workers: stored events as messages of a Kafka topic."""

#: The topic, and the group in which workers share its partitions.
TOPIC, GROUP = "taishi.events", "taishi.workers"
