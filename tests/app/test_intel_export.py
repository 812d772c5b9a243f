"""Our own indicators as STIX 2.1: what is in it, what never is, and that it reads back the same."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from enrichment.intel.stix_bundle import pattern
from taishi.app.desk import Desk, open_desk
from taishi.app.hand_entries import DAYS
from taishi.app.intel_export import export
from taishi.app.intel_reading import read_index
from taishi.core.clock import FixedClock
from taishi.core.problems import Refused
from taishi.core.records import Alert, AlertState, Asset, Person, Reason, Threat, Unit, Verdict
from taishi.core.text import Text
from tests.app.test_intel import NOW

HOUR = timedelta(hours=1)
GUESSED = Text("口令猜测", "Guessing")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    found.state.put(Person("u1", "张三", ("analyst",), "-"), Person("u2", "李四", ("auditor",), "-"))
    found.state.put(Unit("n1", "县教育局"), Asset("a1", "n1", "cidr", "203.0.113.128/25", "出口"))
    yield found
    found.close()


def alert(desk: Desk, state: AlertState = "confirmed", threat: Threat = "attempted", **more: object) -> None:
    reason = Reason(
        "r",
        Text("口令猜测", "Guessing"),
        "behaviour",
        threat,
        "medium",
        9,
        NOW - HOUR,
        NOW,
        Text("", ""),
        ("T1110",),
    )
    verdict = Verdict(
        "10.34.2.15", "ip", threat, "medium", "县教育局", "学籍系统", NOW - HOUR, NOW, 9, (), (), (reason,)
    )
    number = desk.state.count(Alert)
    desk.state.put(Alert(f"al{number}", replace(verdict, **more), state))  # type: ignore[arg-type]


def exported(desk: Desk, **more: object) -> list[dict[str, object]]:
    given = {"since": None, "until": None, "tlp": "amber", **more}
    found = json.loads(export(desk, "u1", "报送省厅", **given).document)  # type: ignore[arg-type]
    assert found["type"] == "bundle"
    objects: list[dict[str, object]] = found["objects"]
    return objects


def patterns(objects: list[dict[str, object]]) -> list[object]:
    return [one["pattern"] for one in objects if one["type"] == "indicator"]


def test_who_stands_behind_confirmed_alerts_and_nothing_of_ours(desk: Desk) -> None:
    alert(desk, attackers=("198.51.100.7", "10.34.2.9", "203.0.113.200", "host-7"))
    alert(desk, attackers=("198.51.100.7",))
    alert(desk, threat="compromised", peers=("198.51.100.8", "10.34.2.9"))
    alert(desk, state="new", attackers=("198.51.100.9",))
    alert(desk, state="dismissed", attackers=("198.51.100.9",))
    alert(desk, threat="risk", attackers=("198.51.100.9",), peers=("198.51.100.9",))
    objects = exported(desk)
    assert patterns(objects) == ["[ipv4-addr:value = '198.51.100.7']", "[ipv4-addr:value = '198.51.100.8']"]
    first, second = (one for one in objects if one["type"] == "indicator")
    assert first["external_references"] == [{"source_name": "mitre-attack", "external_id": "T1110"}]
    assert first["kill_chain_phases"] == [
        {"kill_chain_name": "mitre-attack", "phase_name": "credential-access"}
    ]
    assert second["description"] == "控制端"
    (sighting, _) = (one for one in objects if one["type"] == "sighting")
    assert (sighting["count"], sighting["sighting_of_ref"]) == (18, first["id"])
    text = json.dumps(objects, ensure_ascii=False)
    assert not [word for word in ("10.34.", "203.0.113.", "教育局", "学籍") if word in text]
    assert exported(desk) == objects, "a second export takes the first one's place"


def test_what_was_entered_reads_back_the_same(desk: Desk, tmp_path: Path) -> None:
    values = ["198.51.100.7", "2001:db8:7::/48", "bad.example.org", "http://bad.example.org/it's", "a" * 64]
    desk.hand_entries.enter(values, "省厅通报", "u1", purpose="phishing", tlp="green")
    alert(desk, attackers=("198.51.100.7",))
    path = tmp_path / "ours.json"
    path.write_text(export(desk, "u1", "", since=None, until=None, tlp="amber").document)
    read, problems = read_index(str(path))
    assert problems == []
    back = {(kind, value): known for (kind, value), known in read.by_value.items()}
    assert set(back) == {(one.indicator.type, one.indicator.value) for one in desk.hand_entries.all()}
    for known in back.values():
        indicator, report = known[0]
        assert report is not None
        assert (report.info, indicator.comment, indicator.tlp, indicator.confidence) == (
            "省厅通报",
            "钓鱼",
            "green",
            90,
        )
        assert (indicator.at, indicator.expires) == (NOW, NOW + DAYS)


def test_spans_and_what_has_no_name(desk: Desk) -> None:
    desk.hand_entries.enter(["t13d1516h2_8daaf6152771_b186095e22b6"], "工具指纹", "u1", given="ja4")
    alert(desk, attackers=("198.51.100.7",))
    made = export(desk, "u1", "", since=None, until=None, tlp="amber")
    assert made.left_out == ("ja4 t13d1516h2_8daaf6152771_b186095e22b6",)
    assert patterns(exported(desk, until=NOW)) == []
    assert len(patterns(exported(desk, since=NOW))) == 1


def test_it_is_audited_and_not_for_everybody(desk: Desk) -> None:
    with pytest.raises(Refused, match="无权"):
        export(desk, "u2", "", since=None, until=None, tlp="amber")
    exported(desk)
    assert [(line.action, line.actor, line.why) for line in desk.state.decisions()][-1] == (
        "export",
        "u1",
        "报送省厅",
    )


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("network", "198.51.100.0/24", "[ipv4-addr:value = '198.51.100.0/24']"),
        ("sha1", "b" * 40, f"[file:hashes.'SHA-1' = '{'b' * 40}']"),
        ("email", "a'b\\c@x.example", "[email-addr:value = 'a\\'b\\\\c@x.example']"),
        ("certificate", "c" * 32, None),
        ("imphash", "d" * 32, None),
    ],
)  # fmt: skip
def test_patterns(kind: str, value: str, text: str | None) -> None:
    assert pattern(kind, value) == text  # type: ignore[arg-type]
