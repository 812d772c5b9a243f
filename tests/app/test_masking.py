"""A planted value is nowhere in a data directory (GB/T 22239 8.1.4.11: only needed personal data is kept)."""

import json
from datetime import UTC, datetime
from pathlib import Path

from detections.detector import Behaviours
from detections.engine.load import RulePack
from detections.networks import Networks
from detections.personal.kinds.id_card import check_sign
from detections.rule_watch import RuleWatch
from taishi.app.desk import open_desk
from taishi.app.pipeline import Pipeline
from taishi.app.quarantine import Quarantine
from taishi.core.clock import FixedClock
from taishi.core.ports import Query

NOW = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)
BODY = "34052119800101001"
ID, PHONE = BODY + check_sign(BODY), "13912345678"


def sources(folder: Path) -> list[Path]:
    """A web log, records of one's own keys, and one that is damaged."""
    folder.mkdir()
    (folder / "access.log").write_text(
        f'192.0.2.7 - - [02/Mar/2026:10:00:00 +0800] "GET /q?sfz={ID}&tel={PHONE} HTTP/1.1" 200 12 "-" "x"\n'
    )
    ecs = {
        "@timestamp": "2026-03-02T02:00:00Z",
        "event": {"kind": "event", "original": f"查询身份证{ID}"},
        "message": f"身份证{ID} 手机{PHONE}",
        "app": {"row": {"idCard": ID, "phone": int(PHONE)}},
    }
    lines = [json.dumps(ecs), json.dumps(ecs, ensure_ascii=False), f'{{"身份证": "{ID}"']
    (folder / "app.jsonl").write_text("\n".join(lines), "utf-8")
    return sorted(folder.iterdir())


def test_no_planted_value_is_stored(tmp_path: Path) -> None:
    data = tmp_path / "data"
    desk = open_desk(data, clock=FixedClock(NOW))
    rules, behaviours = RuleWatch(RulePack(), Networks()), Behaviours(Networks())
    pipeline = Pipeline(desk, rules, behaviours, (), Quarantine(data / "quarantine"), memory=data / "memory")
    for path in sources(tmp_path / "inbox"):
        assert pipeline.take(path) is not None
    pipeline.detect()
    pipeline.close()
    events = desk.events.search(Query()).events
    desk.close()
    assert len(events) == 3
    told = json.dumps([dict(event.fields) for event in events], ensure_ascii=False, default=str)
    kept = [path.read_bytes() for path in data.rglob("*") if path.is_file()]
    assert list((data / "quarantine").iterdir())
    for value in (ID, PHONE):
        assert value not in told
        assert not any(value.encode() in content for content in kept)
    assert told.count("taishi.personal") == 3


def test_a_file_read_twice_adds_nothing(tmp_path: Path) -> None:
    desk = open_desk(tmp_path / "data", clock=FixedClock(NOW))
    first, *_ = sources(tmp_path / "inbox")
    for _ in range(2):
        pipeline = Pipeline(desk, RuleWatch(RulePack(), Networks()), Behaviours(Networks()), ())
        pipeline.take(first)
        first.touch()
    assert desk.events.count(Query()) == 1
    desk.close()
