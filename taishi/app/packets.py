"""The packets behind an alert: carved from what sensors keep, kept with the alert, handed out with a line in
the audit."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal

import msgspec

from sensors.pcap.carving import Carved, carve
from sensors.pcap.pcap_file import pcap_bytes
from sensors.pcap.ring import RING_FOLDER
from taishi.app.alerts import Alerts
from taishi.app.packet_flows import Sought, sought
from taishi.app.refusal import Refusal
from taishi.app.roles import require_or_system
from taishi.core.clock import Clock
from taishi.core.event import Event
from taishi.core.ports import EventStore, Find, StateStore
from taishi.core.records import Alert, SensorEntry
from taishi.core.text import Text

#: Bytes of one alert's file.
LIMIT = 16 << 20
#: What is kept of all alerts, and for how long: logs must be kept six months (网络安全法 第二十三条, its
#: Article 21 before 2026).
KEPT_BYTES, KEPT_FOR = 4 << 30, timedelta(days=180)
#: Alerts that are looked at in one round: a round must not keep other jobs waiting.
_ROUND = 20

WhyNone = Literal["no_flows", "no_capture", "off", "gone", "old", "absent"]

WHY_NONE: dict[WhyNone, Text] = {
    "no_flows": Text("证据不是网络流量，没有对应的报文", "its evidence is not of network flows"),
    "no_capture": Text("没有抓包的传感器", "no sensor captures packets"),
    "off": Text("传感器已关闭报文留存", "the sensor has keeping packets switched off"),
    "gone": Text("原抓包文件已不在", "the capture file is no longer there"),
    "old": Text("报文已超出留存期", "its packets are older than what is kept"),
    "absent": Text("留存的报文中没有这些流", "none of its flows is among the packets kept"),
}


class KeptPackets(msgspec.Struct, frozen=True):
    """What is known of an alert's file. `events`: the evidence that it was carved for."""

    made_at: datetime
    packets: int
    bytes: int
    cut: bool
    sha256: str
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outlook:
    """How it stands with an alert's packets: a file, or at least a place to carve it from, or why not."""

    kept: KeptPackets | None = None
    why: Text | None = None


class Packets:
    """Carves, keeps and hands out. Files are in `evidence/` of the data directory, 0600."""

    def __init__(
        self, data: Path, state: StateStore, events: EventStore, alerts: Alerts, clock: Clock
    ) -> None:
        self._state, self._events, self._alerts, self._clock = state, events, alerts, clock
        self._folder, self._sensors = data / "evidence", data / "sensors"
        self._tried: dict[str, frozenset[str]] = {}

    def outlook(self, alert_id: str, evidence: Sequence[Event] | None = None) -> Outlook:
        """Looks at names of files only. `evidence`: the alert's events, where they are known already."""
        kept = self.kept(alert_id)
        if kept is not None:
            return Outlook(kept)
        found = sought(self._evidence(alert_id) if evidence is None else evidence, self._events)
        why = self._why(found)
        return Outlook(why=WHY_NONE[why] if why else None)

    def kept(self, alert_id: str) -> KeptPackets | None:
        """What was carved before."""
        try:
            found = msgspec.json.decode(self._note(alert_id).read_bytes(), type=KeptPackets)
        except (OSError, msgspec.DecodeError):
            return None
        return found if self._file(alert_id).is_file() else None

    def take_out(self, alert_id: str, by: str, why: str = "") -> tuple[bytes, KeptPackets]:
        """The file, carved anew where there is evidence that it was not carved for; audited.

        Raises Refusal where the person may not or there is nothing, with the reason.
        """
        actor = require_or_system(self._state, by, "analyst", "approver", "admin")
        alert = self._alerts.get(alert_id)
        kept = self._carved(alert, self._evidence(alert.id))
        if not isinstance(kept, KeptPackets):
            reason = WHY_NONE[kept]
            raise Refusal(f"没有可下载的报文：{reason.zh}", f"there are no packets: {reason.en}")
        body = self._file(alert.id).read_bytes()
        told = f"{kept.packets} packets, {len(body)} bytes, sha256 {kept.sha256}"
        self._state.decide(self._clock.now(), actor, "take_packets", "alert", alert.id, told, why)
        return body, kept

    def keep_new(self) -> int:
        """Carves what alerts have not yet from the rings, before those roll over; gives how many files."""
        done = looked = 0
        if not any(self._rings()):
            return done
        oldest = min(_begun(files[0]) for files in self._rings())
        for alert in self._state.find(Alert, Find(between={"last_seen": (oldest, None)})):
            named = frozenset(e.event_id for reason in alert.verdict.because for e in reason.evidence)
            if alert.state == "dismissed" or named == self._tried.get(alert.id):
                continue
            if looked == _ROUND:
                break
            looked += 1
            evidence = self._evidence(alert.id)
            done += isinstance(self._carved(alert, evidence), KeptPackets)
            if sought(evidence, self._events).settled(self._clock.now()):
                self._tried[alert.id] = named
        return done

    def prune(self) -> None:
        """Takes away what is too old, then the oldest where all is too much."""
        found = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in self._kept_files())
        size = sum(one[1] for one in found)
        oldest = (self._clock.now() - KEPT_FOR).timestamp()
        for at, length, path in found:
            if at < oldest or size > KEPT_BYTES:
                path.with_suffix(".json").unlink(missing_ok=True)
                path.unlink(missing_ok=True)
                size -= length

    def _carved(self, alert: Alert, evidence: Sequence[Event]) -> KeptPackets | WhyNone:
        before = self.kept(alert.id)
        found = sought(evidence, self._events)
        if before is not None and set(found.events) <= set(before.events):
            return before
        groups = [[self._file(alert.id)]] if before else []
        made = carve([*groups, *self._taps(found)], found.flows, LIMIT)
        if not made.packets:
            return before or self._why(found) or "absent"
        sure = found.events if found.settled(self._clock.now()) else ()
        return self._keep(alert.id, made, tuple(sure), cut=made.cut or bool(before and before.cut))

    def _taps(self, found: Sought) -> Iterator[list[Path]]:
        """Rings are asked for every flow, and each file that evidence came from."""
        yield from self._rings()
        for path in found.files:
            yield [path]

    def _keep(self, alert_id: str, made: Carved, events: tuple[str, ...], *, cut: bool) -> KeptPackets:
        body = pcap_bytes(made.link, made.packets)
        digest = sha256(body).hexdigest()
        kept = KeptPackets(self._clock.now(), len(made.packets), len(body), cut, digest, events)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(self._file(alert_id), body)
        _replace(self._note(alert_id), msgspec.json.encode(kept))
        return kept

    def _why(self, found: Sought) -> WhyNone | None:
        """Why there is nothing to carve from; None where there may be."""
        if not found.flows:
            return "no_flows"
        if any(path.is_file() for path in found.files):
            return None
        until = max(one.until_us for one in found.flows)
        rings = list(self._rings())
        if any(int(files[0].stem) <= until for files in rings):
            return None
        if rings:
            return "old"
        if found.files:
            return "gone"
        entries = self._state.find(SensorEntry, Find(where={"kind": "interface"}))
        return "no_capture" if not entries else "off" if all(e.ring_bytes == 0 for e in entries) else "old"

    def _rings(self) -> Iterator[list[Path]]:
        """The segments of each sensor, oldest first."""
        for folder in sorted(self._sensors.glob(f"*/{RING_FOLDER}")):
            files = sorted(path for path in folder.glob("*.pcap") if path.stem.isdigit())
            if files:
                yield files

    def _evidence(self, alert_id: str) -> Sequence[Event]:
        return self._alerts.events_of(alert_id)

    def _kept_files(self) -> Iterator[Path]:
        return self._folder.glob("*.pcap")

    def _file(self, alert_id: str) -> Path:
        return self._folder / f"{alert_id}.pcap"

    def _note(self, alert_id: str) -> Path:
        return self._folder / f"{alert_id}.json"


def _begun(segment: Path) -> datetime:
    return datetime.fromtimestamp(int(segment.stem) / 1_000_000, UTC)


def _replace(path: Path, body: bytes) -> None:
    """Whole or not at all; NamedTemporaryFile makes it 0600."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as made:
        made.write(body)
        made.flush()
        os.fsync(made.fileno())
    Path(made.name).replace(path)
