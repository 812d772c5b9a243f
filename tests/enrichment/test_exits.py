"""Who logs on out of an exit that many share."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from enrichment.exits import Exits
from enrichment.intel.warninglists import warninglists
from taishi.core.event import Batch, BatchBuilder, first_batch_error

AT = datetime(2026, 3, 2, tzinfo=UTC)
LISTS: Mapping[str, Mapping[str, object]] = {
    "vpn-ipv4": {"name": "vpn", "type": "cidr", "list": ["8.8.8.0/24", "9.9.9.9"]},
    "google": {"name": "no exit", "type": "cidr", "list": ["77.88.0.0/16"]},
    "microsoft-azure-appid": {"name": "ids", "type": "string", "list": ["8.8.4.4"]},
    "zscaler": {"name": "broken", "type": "cidr", "list": ["not/anetwork"]},
}


def lists(folder: Path) -> Path:
    for slug, told in LISTS.items():
        (folder / slug).mkdir()
        (folder / slug / "list.json").write_text(json.dumps(told))
    return folder


def logons(kind: str, *sources: tuple[str, str | None]) -> Batch:
    builder = BatchBuilder(kind, "test", "test")  # type: ignore[arg-type]
    for at, (address, country) in enumerate(sources):
        builder.add(at, {"@timestamp": AT, "source.ip": address, "source.geo.country_iso_code": country})
    made = builder.take()
    assert made is not None
    return made


def test_exits_of_lists_are_stamped_on_logons_from_somewhere(tmp_path: Path) -> None:
    exits = Exits(warninglists(lists(tmp_path)))
    sources = (
        ("8.8.8.8", "US"),
        ("9.9.9.9", "CH"),
        ("77.88.8.8", "RU"),
        ("8.8.4.4", "US"),
        ("8.8.8.9", None),
    )
    stamped = exits.enrich(logons("logon", *sources))
    assert first_batch_error(stamped) is None
    assert stamped.column("taishi.source.exit") == ["vpn-ipv4", "vpn-ipv4", None, None, None]
    flows = logons("flow", *sources)
    assert exits.enrich(flows) is flows


def test_a_list_that_is_off_is_not_asked(tmp_path: Path) -> None:
    exits = Exits(warninglists(lists(tmp_path), {"vpn-ipv4": "off", "zscaler": "off"}))
    assert exits.exit("8.8.8.8") is None


def test_the_lists_that_come_along_know_an_exit() -> None:
    exits = Exits(warninglists(None))
    assert exits.exit("3.80.0.9") == "amazon-aws"
    assert exits.exit("host-7") is None
