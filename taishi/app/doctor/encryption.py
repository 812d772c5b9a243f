"""The disk that the data lies on: encrypted, so that whoever carries it away reads nothing."""

import os
from collections.abc import Iterable
from pathlib import Path

from taishi.app.doctor.finding import Finding, Ground
from taishi.core.text import Text

#: What device-mapper calls an encrypted device.
_ENCRYPTED = "CRYPT-"


class Encryption:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "encryption"
    needs_desk = False

    def look(self, ground: Ground) -> Iterable[Finding]:
        if not ground.data.is_dir():
            return
        if any(one.startswith(_ENCRYPTED) for one in _kinds_below(_block_device(ground.data))):
            said = Text("数据所在磁盘已加密", "the data lies on an encrypted disk")
            yield Finding(self.name, "ok", said, clauses=("C10",))
            return
        yield Finding(
            self.name,
            "open",
            Text(
                "看不出数据所在磁盘已加密；本产品不加密静态数据", "no encrypted disk is seen below the data"
            ),
            Text("把数据目录放到 LUKS 加密的卷上", "lay the data directory onto a LUKS volume"),
            ("C10",),
        )


def _block_device(folder: Path) -> Path:
    """What the kernel tells of the device that the folder is on (sysfs)."""
    number = folder.stat().st_dev
    return Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")


def _kinds_below(device: Path) -> Iterable[str]:
    """What device-mapper says of it and of the devices that it rests on."""
    kind = device / "dm" / "uuid"
    if kind.is_file():
        yield kind.read_text().strip()
    below = device / "slaves"
    if below.is_dir():
        for one in below.iterdir():
            yield from _kinds_below(one)


CHECK = Encryption()
