"""Personal data on the wire: in clear, outside, in mass, at night, to somebody new, from an open share."""

from detections.networks import Networks
from detections.personal.kinds.id_card import check_sign
from detections.personal.shield import shield
from detections.sequences.catalogue import Sequences
from taishi.core.records import Hit
from tests.detections.sequences.conftest import batch_of, said

HOUR, DAY = 3600, 86_400
#: 16:00 in Asia/Shanghai is the start; 23:00 of the same day.
NIGHT = 7 * HOUR


def identities(number: int) -> str:
    bodies = [f"340521{1950 + n // 300:04}01{n % 28 + 1:02}{n % 1000:03}" for n in range(number)]
    return "\n".join(f"张三,{body}{check_sign(body)}" for body in bodies)


def answer(
    number: int, seconds: float = 0, source: str = "10.0.1.9", target: str = "10.0.2.7", path: str = "/q/1"
):
    row = {
        "source.ip": source,
        "destination.ip": target,
        "event.module": "pcap",
        "url.path": path,
        "http.response.body.content": identities(number),
        "http.response.body.bytes": number * 30,
    }
    return said("http", seconds, **{name.replace(".", "__"): value for name, value in row.items()})


def shared(seconds: float = 0, **extra: object):
    row = {
        "source.ip": "10.0.1.9",
        "destination.ip": "10.0.2.7",
        "event.module": "pcap",
        "event.action": "SMB::FILE_READ",
        "file.path": "\\\\10.0.2.7\\public\\a.csv",
        "file.name": "a.csv",
    }
    own = {"content": identities(30), **extra}
    return said("file", seconds, own, **{name.replace(".", "__"): value for name, value in row.items()})


def hits_of(*events) -> dict[str, Hit]:
    watching = Sequences(Networks(["10.0.0.0/8"]))
    for number, event in enumerate(events):
        watching.observe(shield(batch_of(event, number=number)))
    return {hit.rule: hit for hit in watching.standing()}


def test_an_interface_that_answers_in_clear_text() -> None:
    (hit,) = hits_of(answer(3)).values()
    assert (hit.rule, hit.kind, hit.threat, hit.level) == ("taishi.data.clear-text", "data", "risk", "medium")
    assert (hit.subject, hit.peers) == ("10.0.2.7", ("10.0.1.9",))
    assert "身份证号 3 项" in hit.summary.zh
    assert identities(1)[3:] not in str(hit)


def test_the_same_to_a_stranger() -> None:
    found = hits_of(answer(3, source="203.0.113.9"))
    assert found["taishi.data.outside"].level == "high"
    assert found["taishi.data.outside"].peers == ("203.0.113.9",)


def test_a_page_of_contacts_is_nothing() -> None:
    body = "办公室 0555-5550100，值班手机 13912345678，邮箱 office@example.com"
    row = {"event.module": "pcap", "http.response.body.content": body, "http.response.body.bytes": 90}
    event = said("http", **{name.replace(".", "__"): value for name, value in row.items()})
    assert hits_of(event) == {}


def test_mass_by_day_at_the_bar() -> None:
    assert "taishi.data.mass-export" not in hits_of(answer(499))
    hit = hits_of(answer(250), answer(250, HOUR))["taishi.data.mass-export"]
    assert (hit.subject, hit.level, hit.count) == ("10.0.1.9", "high", 2)
    assert "taishi.data.mass-export" not in hits_of(answer(300), answer(300, DAY))


def test_at_night_unless_it_is_a_routine() -> None:
    assert "taishi.data.night-export" not in hits_of(answer(60, HOUR))
    hit = hits_of(answer(60, NIGHT))["taishi.data.night-export"]
    assert "夜间" in hit.summary.zh
    assert hit.level == "medium"
    nights = [answer(60, NIGHT + number * DAY) for number in range(4)]
    assert "taishi.data.night-export" not in hits_of(*nights)


def test_a_first_time_consumer_of_a_known_interface() -> None:
    known = [answer(5, number * DAY, path=f"/person/{number}") for number in range(3)]
    new = answer(6, 2 * DAY + 60, source="10.0.1.77", path="/person/9")
    hit = hits_of(*known, new)["taishi.data.new-consumer"]
    assert (hit.subject, hit.peers, hit.level) == ("10.0.1.77", ("10.0.2.7",), "low")
    assert "taishi.data.new-consumer" not in hits_of(known[0], answer(6, HOUR, source="10.0.1.77"))


def test_a_share_that_asks_nobody() -> None:
    assert "taishi.data.open-share" not in hits_of(shared())
    assert hits_of(shared(**{"smb.anybody": True}))["taishi.data.open-share"].subject == "10.0.2.7"


def test_order_of_events_changes_nothing() -> None:
    events = [answer(5, n * DAY, path=f"/p/{n}") for n in range(3)]
    events += [
        answer(300, NIGHT),
        answer(300, NIGHT + 60),
        answer(6, 2 * DAY + 60, source="10.0.1.77", path="/p/1"),
    ]
    forwards, backwards = hits_of(*events), hits_of(*reversed(events))
    told = [
        {rule: (hit.id, hit.count, hit.level) for rule, hit in one.items()} for one in (forwards, backwards)
    ]
    assert told[0] == told[1]


def read(seconds: float, account: str, sql: str):
    row = {"event.category": "database", "event.module": "mysql", "user.name": account, "message": sql}
    return said("other", seconds, **{name.replace(".", "__"): value for name, value in row.items()})


def test_a_new_account_at_a_table_of_people() -> None:
    usual = [read(day * DAY, "app", "SELECT xm, sfzh FROM t_user WHERE id = 7") for day in range(3)]
    hit = hits_of(*usual, read(2 * DAY + 60, "guest", "select * from t_user"))
    assert hit == {}  # neither the table's name nor a column says that it holds people
    found = hits_of(*usual, read(2 * DAY + 60, "guest", "select xm,sfzh from t_user"))[
        "taishi.data.new-reader"
    ]
    assert (found.subject, found.level) == ("203.0.113.7", "medium")
    assert "guest" in found.summary.zh
    narrow = hits_of(*usual, read(2 * DAY, "guest", "SELECT sfzh FROM `t_user` WHERE id=1"))
    assert narrow["taishi.data.new-reader"].level == "low"
    assert hits_of(*usual, read(HOUR, "guest", "select sfzh from t_user")) == {}


def test_personal_data_in_logs() -> None:
    def logged(number: int):
        row = {
            "event.module": "syslog",
            "host.name": "app01",
            "message": identities(number),
            "destination.ip": None,
        }
        return said("other", **{name.replace(".", "__"): value for name, value in row.items()})

    assert hits_of(logged(2)) == {}
    found = hits_of(logged(3))["taishi.data.logged"]
    assert (found.subject, found.subject_kind, found.level) == ("app01", "host", "low")
