"""How long events are kept, and whether anything keeps old ones from going."""

from collections.abc import Iterable

from taishi.app.doctor.finding import Finding, Ground, desk_of
from taishi.core.retention import LEAST_DAYS
from taishi.core.text import Text


class KeptEvents:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "retention"
    needs_desk = True

    def look(self, ground: Ground) -> Iterable[Finding]:
        retention = desk_of(ground).retention
        days = retention.days()
        least = min(days.values(), default=None)
        said = (
            Text("事件永久保留", "events are kept for ever")
            if least is None
            else Text(f"事件至少保留 {least} 天", f"events are kept {least} days at the least")
        )
        evidence = {"days": dict(days), "law": LEAST_DAYS}
        if not retention.paused():
            yield Finding(self.name, "ok", said, clauses=("C1",), evidence=evidence)
            return
        how = Text(
            "核对系统时间后重新设置保留期", "check the clock, then set a span again: taishi store keep"
        )
        yield Finding(
            self.name,
            "warn",
            Text(f"{said.zh}；系统时间跳变，已暂停清理", f"{said.en}; the clock jumped: nothing goes"),
            how,
            ("C1",),
            evidence,
        )


CHECK = KeptEvents()
