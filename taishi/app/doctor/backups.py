"""Whether there is a backup, and how old it is."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from taishi.app.backup.contents import LAST, LastBackup
from taishi.app.doctor.finding import Finding, Ground, desk_of
from taishi.core.text import Text

#: Older than that, what was done since would be missed.
FRESH = timedelta(days=7)
_HOW = Text(
    "taishi backup 文件 --data 目录，存到另一台机器", "taishi backup FILE --data DIR, onto another machine"
)


class Backups:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "backups"
    needs_desk = True

    def look(self, ground: Ground) -> Iterable[Finding]:
        text = desk_of(ground).state.setting(LAST)
        if text is None:
            yield Finding(self.name, "warn", Text("从未备份", "no backup was ever made"), _HOW, ("C11",))
            return
        last = msgspec.json.decode(text, type=LastBackup)
        stale = ground.now - last.at > FRESH
        yield Finding(
            self.name,
            "warn" if stale else "ok",
            Text(f"最近一次备份 {last.at:%Y-%m-%d %H:%M} UTC", f"last backup {last.at:%Y-%m-%d %H:%M} UTC"),
            _HOW if stale else None,
            ("C11",),
            {"at": last.at, "path": last.path, "bytes": last.size},
        )


CHECK = Backups()
