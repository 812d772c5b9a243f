"""What every sensor's test needs: content in, events and rejections out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sensors.choose import sense
from taishi.core.event import Event, first_batch_error
from taishi.core.source import Source


@dataclass
class Reading:
    """What a sensor made of a file."""

    sensor: str
    events: list[Event] = field(default_factory=list)
    rejected: list[tuple[int, str, bytes]] = field(default_factory=list)

    @property
    def only(self) -> Event:
        assert len(self.events) == 1, (self.events, self.rejected)
        return self.events[0]

    @property
    def reasons(self) -> list[str]:
        return [why for _, why, _ in self.rejected]


def reading(path: Path) -> Reading:
    source = Source.of(path)
    sensor = sense(source)
    made = Reading(sensor.name)
    for batch in sensor.read(source, lambda record, why, raw: made.rejected.append((record, why, raw))):
        assert first_batch_error(batch) is None
        made.events.extend(batch.events())
    return made


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    """`read(content, name="x.log")`: the content as a file, read by its sensor."""

    def _read(content: bytes | str, name: str = "input.log") -> Reading:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return reading(path)

    return _read


@pytest.fixture(scope="session")
def read_path() -> Callable[[Path], Reading]:
    return reading
