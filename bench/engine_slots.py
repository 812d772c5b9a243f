"""Values for the slots of one event: a person on a machine, at a moment, with what they touched."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random

#: What to put there, and what tells two such places of one event apart.
Slot = tuple[str, str]

_START = datetime(2026, 3, 2, tzinfo=UTC)
_HOSTS, _USERS, _PROGRAMS, _DOMAINS, _PUBLIC = 2_000, 5_000, 3_000, 6_000, 20_000
#: Builds of one program that are in use at once: each has its own hashes and offsets.
_BUILDS = 12
#: How many command lines have an argument that is somebody's own; a parent has many children.
_ARGUED = {"CommandLine": 0.5, "ProcessCommandLine": 0.5, "ParentCommandLine": 0.2}
_SYLLABLES = "an bei chang da fei gao hai jia kun lan ming ning ping qing ru shan tao wei xin yun zhi".split()  # noqa: SIM905 - quotes tell nothing
_TOPICS = "report budget minutes plan letter survey roster invoice archive contract notes draft scan".split()  # noqa: SIM905 - quotes tell nothing
_VENDORS = "Kestrel Larch Meridian Norwick Oakline Pinemark Quayside Redfern Saltmarsh Thornbury".split()  # noqa: SIM905 - quotes tell nothing


class Values:
    """Fills slots. Pools are sized as in a county of some thousand people; the rest is new every time."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._number = 0
        self._when = _START
        self._user = self._host = self._build = 0
        self._guids = [_guid(rng) for _ in range(4096)]
        self._programs = [_program(rng) for _ in range(_PROGRAMS)]
        self._by_kind: dict[str, Callable[[str], str]] = {
            "record": lambda _: str(self._number),
            "time": lambda _: f"{self._when:%Y-%m-%dT%H:%M:%S.%fZ}",
            "utctime": lambda _: f"{self._when:%Y-%m-%d %H:%M:%S}.{self._when.microsecond // 1000:03d}",
            "user": lambda key: user(self._user + int(key)),
            "sid": lambda key: sid(self._user + int(key)),
            "host": lambda key: _host(self._host, "." in key),
            "guid": lambda _: self._guid(),
            "pid": lambda _: str(4 * rng.randrange(2, 16_000)),
            "port": lambda _: str(rng.randrange(49_152, 65_536)),
            "logon": lambda _: f"0x{rng.getrandbits(28):x}",
            "hex": lambda _: f"{4 * rng.randrange(2, 16_000):x}",
            "dword": lambda _: f"{rng.choice((0, 1, rng.getrandbits(16))):08x}",
            "address": self._address,
            "domain": lambda _: _domain(rng.randrange(_DOMAINS)),
            "program": lambda key: key if rng.random() < 0.5 else rng.choice(self._programs),
            "digest32": lambda key: _digest(key, self._build, 32),
            "digest40": lambda key: _digest(key, self._build, 40),
            "digest64": lambda key: _digest(key, self._build, 64),
            "offset": lambda key: _digest(key, self._build, 5).lower(),
            "argument": lambda key: self._argument() if rng.random() < _ARGUED[key] else "",
            "stem": lambda _: f"_{rng.getrandbits(24):06x}" if rng.random() < 0.6 else "",
            "leaf": lambda _: f"\\\\{rng.choice(_TOPICS)}{rng.randrange(4096)}" if rng.random() < 0.2 else "",
            "comment": lambda _: f"\\n# {rng.getrandbits(48):x}" if rng.random() < 0.7 else "",
        }

    def event(self, slots: Sequence[Slot]) -> list[str]:
        """The next event's values, ready to stand within JSON strings."""
        rng = self._rng
        self._number += 1
        self._when += timedelta(microseconds=rng.randrange(1, 160_000))
        self._user, self._build = rng.randrange(_USERS), rng.randrange(_BUILDS)
        # People sit at their own machine and log on to others now and then.
        self._host = self._user % _HOSTS if rng.random() < 0.9 else rng.randrange(_HOSTS)
        return [self._by_kind[kind](key) for kind, key in slots]

    def _guid(self) -> str:
        """Most are new; some name a process that was seen before (a parent, a target)."""
        place = self._rng.randrange(2 * len(self._guids))
        if place < len(self._guids):
            self._guids[place] = _guid(self._rng)
            return self._guids[place]
        return self._guids[place - len(self._guids)]

    def _address(self, key: str) -> str:
        if key.startswith(("10.", "192.168.", "172.")):
            place = self._rng.randrange(_HOSTS)
            return f"10.{30 + place // 65_536}.{place // 256 % 256}.{place % 256}"
        place = self._rng.randrange(_PUBLIC)
        first, third = _digest_number(place) % 100 + 100, _digest_number(-place) % 250
        return f"{first}.{place // 250 % 250}.{third}.{place % 250}"

    def _argument(self) -> str:
        rng, topic = self._rng, self._rng.choice(_TOPICS)
        return rng.choice(
            (
                f" --session {rng.getrandbits(32):08x}",
                f" /id:{rng.randrange(100_000)}",
                f' \\"D:\\\\Office\\\\{user(self._user)}\\\\{topic}_{rng.randrange(5000)}.docx\\"',
                f" {topic}-{rng.randrange(1, 29):02d}.txt",
            )
        )


def user(place: int) -> str:
    place %= _USERS
    first, second = divmod(place % 441, 21)
    return f"{_SYLLABLES[first]}{_SYLLABLES[second]}{place // 441:02d}"


def sid(place: int) -> str:
    return f"S-1-5-21-1802367140-2911837261-553310764-{1100 + place % _USERS}"


def _host(place: int, full: bool) -> str:
    return f"WS-{place:05d}" + (f".bureau{place % 31:02d}.county.example" if full else "")


def _guid(rng: Random) -> str:
    digits = f"{rng.getrandbits(128):032X}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _program(rng: Random) -> str:
    vendor = rng.choice(_VENDORS)
    name = f"{rng.choice(_SYLLABLES)}{rng.choice(_SYLLABLES)}{rng.randrange(100)}"
    return f"C:\\\\Program Files\\\\{vendor}\\\\{name.title()}\\\\{name}.exe"


def _domain(place: int) -> str:
    return f"{_SYLLABLES[place % 21]}{place}.{_VENDORS[place % 10].lower()}.example"


def _digest_number(place: int) -> int:
    return place * 2_654_435_761 % 2**32


def _digest(key: str, build: int, length: int) -> str:
    return sha256(f"{key}/{build}".encode()).hexdigest()[:length].upper()
