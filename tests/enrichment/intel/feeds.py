"""Small MISP feeds for tests."""

import hashlib
import json
from pathlib import Path
from uuid import UUID, uuid5

SPACE = UUID("6f1c2a34-0000-4000-8000-000000000000")
STAMP = 1_794_800_000  # 2026-11-16


def attribute(kind: str, value: str, **more: object) -> dict[str, object]:
    category = "Payload delivery" if kind in ("md5", "sha1", "sha256") else "Network activity"
    given = {"type": kind, "value": value, "category": category, "to_ids": True, "timestamp": str(STAMP)}
    return {"uuid": str(uuid5(SPACE, kind + value)), **given, **more}


def event(
    name: str, *attributes: dict[str, object], tags: tuple[str, ...] = ("tlp:amber",), **more: object
) -> dict[str, object]:
    return {
        "uuid": str(uuid5(SPACE, name)),
        "info": name,
        "date": "2026-09-21",
        "timestamp": str(STAMP),
        "threat_level_id": "2",
        "Orgc": {"name": "CERT", "uuid": str(SPACE)},
        "Tag": [{"name": tag} for tag in tags],
        "Attribute": list(attributes),
        **more,
    }


def write_feed(folder: Path, *events: dict[str, object]) -> Path:
    """The events as a feed, with a manifest and hashes that are true."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest, hashes = {}, []
    for one in events:
        manifest[one["uuid"]] = {"info": one["info"], "timestamp": int(str(one["timestamp"]))}
        (folder / f"{one['uuid']}.json").write_text(json.dumps({"Event": one}), "utf-8")
        for each in one["Attribute"]:
            digest = hashlib.md5(str(each["value"]).encode(), usedforsecurity=False).hexdigest()
            hashes.append(f"{digest},{one['uuid']}")
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (folder / "hashes.csv").write_text("\n".join(hashes) + "\n", "utf-8")
    return folder
