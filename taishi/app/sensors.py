"""The register of sensors: who sends events here, and how each of them is."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

from sensors.choose import live_kinds
from sensors.pcap.ring import LEAST_BYTES
from taishi.app.refusal import Refusal
from taishi.app.roles import ADMIN, require_or_system
from taishi.core.clock import Clock
from taishi.core.ecs import Kind
from taishi.core.ids import stable_id
from taishi.core.ports import Find, LivePlace, StateStore
from taishi.core.problems import Problem
from taishi.core.records import Heartbeat, SensorEntry, SensorKind, TlsFiles, Transport
from taishi.core.text import Text

SensorState = Literal["live", "waiting", "silent", "failing", "stopped"]

STATE_NAMES: dict[SensorState, Text] = {
    "live": Text("在线", "live"),
    "waiting": Text("等待数据", "waiting for data"),
    "silent": Text("静默", "silent"),
    "failing": Text("故障", "failing"),
    "stopped": Text("未运行", "not running"),
}
KIND_NAMES: dict[SensorKind, Text] = {
    "folder": Text("文件夹", "folder"),
    "port": Text("端口（NetFlow/IPFIX/sFlow）", "port (NetFlow, IPFIX, sFlow)"),
    "interface": Text("网络接口", "interface"),
    "syslog": Text("syslog 端口（UDP/TCP/TLS）", "syslog port (UDP, TCP, TLS)"),
    "bulk": Text("日志代理（批量接口）", "log shipper (bulk)"),
}
#: After how many seconds without anything a sensor counts as silent, where nobody said otherwise. Routers
#: export every minute or so; files are laid down once a day at the least.
SILENT_AFTER_S: dict[SensorKind, int] = {
    "folder": 86_400,
    "port": 300,
    "interface": 300,
    "syslog": 3600,
    "bulk": 3600,
}
#: A heartbeat older than this was written by a service that no longer runs, or hangs.
_ALIVE = timedelta(seconds=45)
_NAME = 64


@dataclass(frozen=True)
class Wanted:
    """What an administrator asks for. `silent_after_s`, `ring_…` None: as usual for its kind."""

    name: str
    kind: SensorKind
    place: str = ""
    exporters: Sequence[str] = ()
    unit: str | None = None
    silent_after_s: int | None = None
    ring_bytes: int | None = None
    ring_age_s: int | None = None
    transport: Transport | None = None
    tls: TlsFiles | None = None
    kinds: Sequence[Kind] = ()


@dataclass(frozen=True)
class SensorStatus:
    """How a sensor is at a moment."""

    entry: SensorEntry
    beat: Heartbeat
    state: SensorState


class SensorRegister:
    """Reads and writes the register; every change is an administrator's (or the system's) and is audited."""

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self._state, self._clock = state, clock

    def entries(self) -> list[SensorEntry]:
        """In the order of their names."""
        return self._state.find(SensorEntry, Find(order="name"))

    def add(self, wanted: Wanted, by: str, why: str = "") -> tuple[SensorEntry, str | None]:
        """The new entry and, for `bulk`, the token that its sender shows: it is kept nowhere and shown once.

        Raises Problem where what is wanted cannot work, Refusal where there is one of that name already.
        """
        token = secrets.token_urlsafe(32) if wanted.kind == "bulk" else None
        entry = self._entry(wanted, token)
        self._check(entry)
        with self._state.transaction():
            actor = require_or_system(self._state, by, *ADMIN)
            for other in self.entries():
                if other.name == entry.name:
                    raise Refusal(
                        f"已有名为“{entry.name}”的传感器，请先删除或换名",
                        f"there is a sensor {entry.name}; remove it first or choose another name",
                    )
                if other.place and (other.kind, other.place) == (entry.kind, entry.place):
                    raise Refusal(
                        f"“{other.name}”已使用 {entry.place}", f"{other.name} has {entry.place} already"
                    )
            self._state.put(entry)
            self._decide(actor, "sensor.add", entry, why)
        return entry, token

    def remove(self, name: str, by: str, why: str = "") -> SensorEntry:
        """Its events stay. Raises Problem where there is none of that name."""
        with self._state.transaction():
            actor = require_or_system(self._state, by, *ADMIN)
            entry = self.named(name)
            self._state.delete(SensorEntry, entry.id)
            self._state.delete(Heartbeat, entry.id)
            self._decide(actor, "sensor.remove", entry, why)
        return entry

    def named(self, name: str) -> SensorEntry:
        """Raises Problem, telling those there are."""
        known = self.entries()
        for entry in known:
            if entry.name == name:
                return entry
        raise Problem(
            f"sensor {name}: there is none; there are: {', '.join(e.name for e in known) or 'none'}"
        )

    def of_token(self, token: str) -> SensorEntry | None:
        """Whose token it is."""
        found = self._state.find(SensorEntry, Find(where={"secret": _hashed(token)}))
        return found[0] if found else None

    def status(self, name: str | None = None) -> list[SensorStatus]:
        """How every sensor is now, or the one of that name."""
        entries = self.entries() if name is None else [self.named(name)]
        beats = {beat.id: beat for beat in self._state.find(Heartbeat)}
        now = self._clock.now()
        return [
            _status(
                entry, beats.get(entry.id) or Heartbeat(entry.id, entry.created_at, entry.created_at), now
            )
            for entry in entries
        ]

    def _entry(self, wanted: Wanted, token: str | None) -> SensorEntry:
        name = wanted.name.strip()
        if not name or len(name) > _NAME or not name.isprintable():
            raise Problem(f"sensor name {wanted.name!r}: give 1 to {_NAME} characters on one line")
        now = self._clock.now()
        return SensorEntry(
            stable_id("sensor", name, now.isoformat()),
            name,
            wanted.kind,
            str(Path(wanted.place).resolve()) if wanted.kind == "folder" else wanted.place,
            now,
            wanted.silent_after_s or SILENT_AFTER_S[wanted.kind],
            tuple(" ".join(line.split()) for line in wanted.exporters),
            wanted.unit,
            _hashed(token) if token else None,
            wanted.ring_bytes,
            wanted.ring_age_s,
            wanted.transport,
            wanted.tls,
            tuple(wanted.kinds),
        )

    def _check(self, entry: SensorEntry) -> None:
        if entry.kind == "folder":
            if not Path(entry.place).is_dir():
                raise Problem(f"{entry.place}: is no folder; make it first or name another")
        elif entry.kind != "bulk":
            if entry.ring_bytes and entry.ring_bytes < LEAST_BYTES:
                raise Problem(f"--ring: give at least {LEAST_BYTES >> 20} MiB, or off")
            kinds = live_kinds()
            if entry.kind not in kinds:
                raise Problem(f"--kind {entry.kind}: nothing here listens on those yet; choose another kind")
            kinds[entry.kind].open(entry, LivePlace(Path(), self._clock))

    def _decide(self, actor: str, action: str, entry: SensorEntry, why: str) -> None:
        kept = [] if entry.ring_bytes is None else [f"ring {entry.ring_bytes}"]
        what = " ".join([entry.kind, entry.place, *entry.exporters, *kept]).strip()
        self._state.decide(self._clock.now(), actor, action, "sensor", entry.name, what, why)


def _hashed(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _status(entry: SensorEntry, beat: Heartbeat, now: datetime) -> SensorStatus:
    return SensorStatus(entry, beat, state_of(entry, beat, now))


def state_of(entry: SensorEntry, beat: Heartbeat, now: datetime) -> SensorState:
    """A dead service tells nothing of what would have come, so that is said first."""
    if entry.kind != "bulk" and now - beat.at > _ALIVE:
        return "stopped"
    if beat.problem:
        return "failing"
    silent = timedelta(seconds=entry.silent_after_s)
    if beat.last_seen is None:
        return "silent" if now - max(beat.since, entry.created_at) > silent else "waiting"
    return "silent" if now - beat.last_seen > silent else "live"


def status_document(status: SensorStatus) -> dict[str, object]:
    """A status as JSON tells it."""
    entry, beat = status.entry, status.beat
    told = msgspec.to_builtins(beat, builtin_types=(datetime,))
    del told["id"], told["at"]
    return {
        "name": entry.name,
        "kind": entry.kind,
        "place": entry.place,
        "unit": entry.unit,
        "exporters": list(entry.exporters),
        "state": status.state,
        "silent_after_s": entry.silent_after_s,
        **told,
        "heartbeat": beat.at,
    }
