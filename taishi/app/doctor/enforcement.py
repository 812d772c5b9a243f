"""Blocks: carried out as decided, or a dry run that is known to be one."""

from collections.abc import Iterable

from taishi.app.doctor.finding import Finding, Ground, desk_of
from taishi.app.settings import DRY_RUN
from taishi.core.text import Text


class Enforcement:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "enforcement"
    needs_desk = True

    def look(self, ground: Ground) -> Iterable[Finding]:
        desk = desk_of(ground)
        device = desk.settings.enforcer()
        dry = device.endswith(DRY_RUN)
        yield Finding(
            self.name,
            "warn" if dry else "ok",
            Text(
                f"封禁设备为 {device}" + ("（演练：只记录，不真正封禁）" if dry else ""),
                f"blocks go to {device}" + (" (a dry run: written down, nothing is blocked)" if dry else ""),
            ),
            Text("准备好后在“系统 → 设置”中切换", "switch it under System → Settings once ready")
            if dry
            else None,
            ("C4",),
            {"device": device},
        )
        for said in desk.blocks.drifting():
            remedy = Text("服务每分钟自动校正；看 taishi block list", "the service mends it every minute")
            yield Finding(self.name, "warn", said, remedy, ("C4",))


CHECK = Enforcement()
