"""Who made a network card, by the first half of its hardware address, and what such makers mostly make.

The list is IEEE's public listing of assigned prefixes (OUI), in which IEEE asserts no copyright, as it comes
with the package `aiooui` (MIT). Prefixes of 24 bits only; the shorter assignments within them (MA-M, MA-S)
stand under whoever shares the prefix.
"""

import asyncio
import re
from functools import cache, lru_cache

from aiooui import OUIManager

from taishi.core.text import Text

#: Makers that mostly make one kind of thing; of the others the name has to do.
_KINDS = (
    (r"hikvision|dahua|uniview|tiandy|axis communications|vivotek",
     Text("视频监控设备", "video surveillance")),
    (r"kyocera|ricoh|konica|brother|lexmark|xerox|seiko epson|canon inc|pantum|toshiba tec",
     Text("打印复印设备", "printer or copier")),
    (r"vmware|xensource|proxmox|nutanix|parallels", Text("虚拟机", "virtual machine")),
    (r"siemens|schneider|rockwell|omron|moxa|advantech|phoenix contact|hollysys|supcon",
     Text("工业控制设备", "industrial control")),
    (r"synology|qnap", Text("网络存储", "network storage")),
    (r"zkteco", Text("门禁考勤设备", "door or attendance terminal")),
    (r"yealink|fanvil|grandstream|polycom", Text("网络电话或会议终端", "telephone or conference unit")),
    (r"espressif|tuya|raspberry pi", Text("物联网模块或单板机", "module or single-board computer")),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in _KINDS)


@lru_cache(maxsize=4096)
def vendor(mac: str) -> str | None:
    """The maker's name as registered; None where the prefix is nobody's, or the address was made up (a
    locally administered one, as telephones and virtual machines use). `mac` with hyphens or colons.
    """
    return _manager().get_vendor(mac.replace("-", ":"))


def device(mac: str) -> Text | None:
    """The maker, and the kind of thing where that is all that it makes."""
    name = vendor(mac)
    if name is None:
        return None
    kind = next((kind for pattern, kind in _COMPILED if pattern.search(name)), None)
    return Text(f"{name}（{kind.zh}）", f"{name} ({kind.en})") if kind else Text(name, name)


@cache
def _manager() -> OUIManager:
    """To be called outside of a running event loop."""
    manager = OUIManager()
    asyncio.run(manager.async_load())
    return manager
