"""A scene is told for a week: conversations on the wire, lines in logs, and the truth about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import msgspec

from taishi.core.records import Level, SubjectKind, Threat
from taishi.core.text import Text
from taishi.sample.conversation import Conversation

#: In a log line: its place in its file, for formats that number their records.
SERIAL = "%SERIAL%"

#: The capture's name in `Truth.seen_in`.
PCAP = "week.pcap"


@dataclass(frozen=True)
class LogLine:
    """One line of the log `file`, without its line end, written at `at`."""

    at: datetime
    file: str
    text: str


class Truth(msgspec.Struct, frozen=True, rename={"threat": "class"}):
    """What a fair detector says of one subject; `aliases` are other names of it that an input may use,
    `unit` is None where no register knows it.
    """

    scene: str
    threat: Threat
    level: Level
    subject: str
    subject_kind: SubjectKind
    unit: str | None
    first_seen: datetime
    last_seen: datetime
    seen_in: tuple[str, ...]
    what: Text
    aliases: tuple[str, ...] = ()
    attackers: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()


def weakness(
    scene: str, unit: str | None, server: str, client: str, moments: Sequence[datetime], what: Text
) -> Truth:
    """A server's weakness that the capture shows at each of the moments, in order, with that client."""
    return Truth(
        scene=scene,
        threat="risk",
        level="medium",
        subject=server,
        subject_kind="ip",
        unit=unit,
        first_seen=moments[0],
        last_seen=moments[-1],
        seen_in=(PCAP,),
        what=what,
        peers=(client,),
    )


@dataclass
class Told:
    """All that one scene adds to the week."""

    conversations: list[Conversation] = field(default_factory=list)
    lines: list[LogLine] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)


@dataclass(frozen=True)
class Week:
    """Seven days from `start`, a local midnight with its zone; half-open."""

    start: datetime
    seed: int

    @property
    def end(self) -> datetime:
        return self.start + timedelta(days=7)

    @property
    def days(self) -> list[datetime]:
        """The seven midnights."""
        return [self.start + timedelta(days=n) for n in range(7)]

    @property
    def working_days(self) -> list[datetime]:
        """The midnights of Monday to Friday."""
        return [day for day in self.days if day.weekday() < 5]

    def moment(self, day: int, hour: int, minute: int = 0) -> datetime:
        """A time of day on the n-th day, from 0."""
        return self.start + timedelta(days=day, hours=hour, minutes=minute)

    def dice(self, name: str) -> Random:
        """A scene's own chance, so that adding a scene changes no other."""
        return Random(f"{self.seed}/{name}")  # noqa: S311 - repeatable make-believe, no secret


@dataclass(frozen=True)
class Scene:
    """`name` is the scene's id in truth.json; `tell` makes it."""

    name: str
    tell: Callable[[Week], Told]
