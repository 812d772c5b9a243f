"""The machine: room on the disk, and a clock that is set by others."""

import ctypes
import shutil
from collections.abc import Iterable

from taishi.app.doctor.finding import Finding, Grade, Ground
from taishi.core.text import Text

#: Free room, in bytes, below which the store may stop soon, and below which it is about to.
LOW, NEARLY_FULL = 10 << 30, 1 << 30
#: adjtimex(2): what it gives for a clock that nothing sets; large enough for its structure.
_TIME_ERROR, _TIMEX_BYTES = 5, 512


class Machine:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "machine"
    needs_desk = False

    def look(self, ground: Ground) -> Iterable[Finding]:
        yield self._room(ground)
        yield self._clock()

    def _room(self, ground: Ground) -> Finding:
        room = shutil.disk_usage(ground.data if ground.data.exists() else ground.data.absolute().parent)
        grade: Grade = "fail" if room.free < NEARLY_FULL else "warn" if room.free < LOW else "ok"
        free, whole = f"{room.free / 2**30:.1f}", f"{room.total / 2**30:.1f}"
        return Finding(
            self.name,
            grade,
            Text(f"磁盘可用 {free} GiB，共 {whole} GiB", f"{free} GiB of {whole} GiB free on the disk"),
            None if grade == "ok" else Text("清理或扩容磁盘", "make room, or give it a larger disk"),
            evidence={"free": room.free, "total": room.total},
        )

    def _clock(self) -> Finding:
        """A wrong clock puts events on wrong days and letters past their deadlines."""
        kept = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) != _TIME_ERROR
        if kept:
            return Finding(self.name, "ok", Text("时钟已同步", "the clock is kept by a time service"))
        return Finding(
            self.name,
            "warn",
            Text("没有授时服务校准本机时钟", "no time service keeps this machine's clock"),
            Text("启用 chrony 或 systemd-timesyncd", "run chrony or systemd-timesyncd"),
        )


CHECK = Machine()
