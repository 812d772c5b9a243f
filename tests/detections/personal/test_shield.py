"""Events lose the values and say what they held."""

from datetime import UTC, datetime

import msgspec
import pyarrow as pa

from detections.personal.kinds.id_card import check_sign
from detections.personal.shield import STAMP, counted, shield, texts_of
from taishi.core.ecs import Kind
from taishi.core.event import Batch, BatchBuilder, Event, Json

AT = datetime(2026, 3, 2, tzinfo=UTC)
BODY = "34052119800101001"
ID = BODY + check_sign(BODY)


def batch(kind: Kind, row: dict[str, str], extra: dict[str, Json] | None = None, original: str = "") -> Batch:
    builder = BatchBuilder(kind, "test", "test")
    builder.add(0, {"@timestamp": AT, **row}, extra, original or None)
    made = builder.take()
    assert made is not None
    return made


def shielded(*args, **named) -> Event:
    return next(shield(batch(*args, **named)).events())


def test_bodies_raw_records_and_own_fields_are_masked() -> None:
    text = f'{{"idCard": "{ID}", "mail": "a.b@example.com"}}'
    event = shielded(
        "http", {"http.response.body.content": text}, {"row": {"phone": 13912345678}, "n": 7}, f"POST {text}"
    )
    told = msgspec.json.encode(dict(event.fields)).decode()
    assert ID not in told
    assert "13912345678" not in told
    assert event.extra == {"row": {"phone": "139****5678"}, "n": 7}
    assert event.fields[STAMP] == ["id_card:1", "mobile:1", "email:1"]
    assert "a***@example.com" in event.text("http.response.body.content")


def test_ids_stay_and_nothing_is_touched_where_nothing_is() -> None:
    with_data = batch("other", {"message": f"身份证{ID}"})
    assert shield(with_data).column("event.id") == with_data.column("event.id")
    plain = batch("other", {"message": "2026-03-02 12:00:00 session 1391234567890 closed"})
    assert shield(plain) is plain


def test_accounts_stay_readable() -> None:
    event = shielded("logon", {"user.name": "zhang@example.com", "message": "login zhang@example.com"})
    assert (event.text("user.name"), event.text("message")) == (
        "zhang@example.com",
        "login zhang@example.com",
    )


def test_long_bodies_are_counted_whole_and_kept_in_part() -> None:
    rows = "\n".join(f"身份证{BODY[:14]}{n:03}{check_sign(f'{BODY[:14]}{n:03}')}" for n in range(300))
    event = shielded("http", {"http.response.body.content": rows})
    assert counted(event.fields[STAMP]) == {"id_card": 300}
    assert len(event.text("http.response.body.content")) == 2048


def test_content_of_files_is_counted_and_not_kept() -> None:
    event = shielded("file", {"file.name": "a.csv"}, {"content": f"身份证{ID}", "smb.read": 70})
    assert event.extra == {"smb.read": 70}
    assert event.fields[STAMP] == ["id_card:1"]


def test_flows_pass_untouched() -> None:
    flow = batch("flow", {"source.ip": "192.0.2.1"})
    assert shield(flow) is flow


def test_every_column_keeps_its_type() -> None:
    masked = shield(batch("windows", {"message": f"身份证{ID}"}))
    assert masked.rows.schema.field(STAMP).type == pa.list_(pa.string())


def test_texts_of_a_recording() -> None:
    assert list(texts_of(batch("other", {"message": "a\nb"}))) == [(1, "a b")]
