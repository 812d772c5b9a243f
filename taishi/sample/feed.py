"""The sample's own intelligence: a static MISP feed of two reports, read by the real sync."""

import hashlib
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid5

import msgspec

from taishi.sample.scenes.known_control import CONTROL, NAME

NAME_OF_SOURCE = "示例情报"
#: Ids are made from names below this one, so that every start writes the same.
_SPACE = UUID("7b0a3d52-5f1e-4f8e-9a53-2d8a6d0f6c11")

Attribute = dict[str, str | bool]


def write_feed(folder: Path, start: datetime) -> Path:
    """`manifest.json`, two events and `hashes.csv`, dated two days before the week's `start`."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = int(start.timestamp()) - 2 * 86_400
    events = [
        _event(
            "仿冒同步服务的控制端（示例）",
            stamp,
            '"2"',
            [
                _attribute("domain", NAME, "Network activity", "控制端域名", stamp),
                _attribute("ip-dst", CONTROL, "Network activity", "控制端地址", stamp),
                _attribute("sha256", hashlib.sha256(b"sample").hexdigest(), "Payload delivery", "", stamp),
            ],
        ),
        _event(
            "沙箱外联清单，未复核（示例）",
            stamp,
            '"5"',
            [
                _attribute("ip-dst", "10.0.0.5", "Network activity", "沙箱自身地址", stamp),
                _attribute(
                    "domain", "www.example.com", "Network activity", "连通性检查", stamp, sought=False
                ),
            ],
        ),
    ]
    for one in events:
        (folder / f"{one['uuid']}.json").write_bytes(msgspec.json.encode({"Event": one}))
    manifest = {str(one["uuid"]): {"info": one["info"], "timestamp": stamp} for one in events}
    lines = [f"{digest},{one['uuid']}\n" for one in events for digest in _hashes(one)]
    (folder / "hashes.csv").write_text("".join(lines), "ascii")
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    return folder


def _event(info: str, stamp: int, credibility: str, attributes: list[Attribute]) -> dict[str, object]:
    return {
        "uuid": str(uuid5(_SPACE, info)),
        "info": info,
        "timestamp": str(stamp),
        "threat_level_id": "2",
        "Orgc": {"name": "示例县数据资源管理局", "uuid": str(_SPACE)},
        "Tag": [{"name": "tlp:green"}, {"name": f"admiralty-scale:information-credibility={credibility}"}],
        "Attribute": attributes,
    }


def _attribute(
    kind: str, value: str, category: str, comment: str, stamp: int, *, sought: bool = True
) -> Attribute:
    return {
        "uuid": str(uuid5(_SPACE, f"{kind} {value}")),
        "type": kind,
        "value": value,
        "category": category,
        "comment": comment,
        "to_ids": sought,
        "timestamp": str(stamp),
    }


def _hashes(event: dict[str, object]) -> list[str]:
    attributes = event["Attribute"]
    assert isinstance(attributes, list)  # noqa: S101 - tells mypy what `_event` put there
    return [hashlib.md5(one["value"].encode(), usedforsecurity=False).hexdigest() for one in attributes]
