"""What was decided against what a device says that it drops."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from taishi.core.ports import Standing
from taishi.core.text import Text

#: Ends as far apart as this are the same: devices count whole seconds, and asking takes a while.
TOLERANCE = timedelta(seconds=30)


@dataclass(frozen=True)
class Drift:
    """Where a device differs, by address in order: not dropped, dropped though nobody decided it, dropped
    until another end; and what else is wrong with it. False where nothing differs."""

    device: str
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.changed or self.faults)

    @property
    def words(self) -> Text:
        """What differs, on one line."""
        parts = (
            (self.missing, "缺少", "missing"),
            (self.extra, "多出", "nobody decided"),
            (self.changed, "期限被改", "another end"),
            (self.faults, "设置被改", "set up otherwise"),
        )
        zh = "；".join(f"{word} {'、'.join(found)}" for found, word, _ in parts if found)
        en = "; ".join(f"{word}: {', '.join(found)}" for found, _, word in parts if found)
        return Text(f"封禁设备 {self.device} 与决定不一致：{zh}", f"{self.device} is not as decided: {en}")


def compare(
    device: str, ends: Mapping[str, datetime], standing: Standing, decided: frozenset[str] = frozenset()
) -> Drift:
    """`ends`: the addresses that the device must drop, each with its end; `decided`: those that it may."""
    listed = standing.ends
    changed = {one for one in ends if one in listed and not _same(listed[one], ends[one])}
    return Drift(
        device,
        missing=tuple(sorted(ends.keys() - listed.keys())),
        extra=tuple(sorted(listed.keys() - ends.keys() - decided)),
        changed=tuple(sorted(changed)),
        faults=standing.faults,
    )


def _same(listed: datetime | None, end: datetime) -> bool:
    return listed is not None and abs(listed - end) <= TOLERANCE
