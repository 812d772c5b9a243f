"""Scripts that one stranger posts to and no page leads to, in an access log; what only looks like that."""

import random

import pytest

from taishi.app.analysis import Options, analyze

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:84.0) Gecko/20100101 Firefox/84.0"
ATTACKER = "198.51.100.7"
HOME = "http://www.example.gov.cn/"


def asked(
    event,
    target,
    at=0.0,
    *,
    method="GET",
    status=200,
    size=512,
    referrer=None,
    agent=BROWSER,
    source=ATTACKER,
):
    return event(
        "http",
        at,
        source__ip=source,
        destination__ip=None,
        log__file__path="/var/log/nginx/access.log",
        url__original=target,
        url__path=target.partition("?")[0],
        http__request__method=method,
        http__response__status_code=status,
        http__response__body__bytes=size,
        http__request__referrer=referrer,
        user_agent__original=agent,
    )


def visitors(event, number=5):
    """Ordinary visitors of the site."""
    for one in range(number):
        source = f"192.0.2.{one + 1}"
        yield asked(event, "/", one, source=source)
        yield asked(event, "/static/site.css", one + 1, source=source, referrer=HOME)
        yield asked(event, "/list.php", one + 9, source=source, referrer=HOME)


def calls(event, path, number=8, *, seed=5, **how):
    """Commands as somebody sends them who reads the answers."""
    drawn, at = random.Random(seed), 200.0
    for _ in range(number):
        at += drawn.uniform(2, 300)
        yield asked(event, path, at, method="POST", size=drawn.randrange(40, 9000), **how)


def shells(hits, *sent):
    return [hit for hit in hits(*sent) if hit.rule == "taishi.sequence.web-shell-calls"]


def test_a_script_among_uploads_that_only_its_maker_knows(event, hits) -> None:
    upload = asked(event, "/user/upload.php", 100, method="POST", referrer=HOME + "user/")
    (hit,) = shells(hits, *visitors(event), upload, *calls(event, "/uploads/2026/a.php"))
    assert (hit.threat, hit.level, hit.subject) == ("compromised", "medium", "access.log")
    assert (hit.attackers, hit.count) == ((ATTACKER,), 8)
    assert "/uploads/2026/a.php" in hit.summary.zh
    assert "位于上传或静态文件目录" in hit.summary.zh


def test_referrers_that_the_tool_makes_up_lead_nowhere(event, hits) -> None:
    made_up = HOME + "kx/q8w/zz.php"
    assert shells(hits, *visitors(event), *calls(event, "/images/b.jsp", referrer=made_up))


def test_a_script_that_was_not_there_before(event, hits) -> None:
    probe = asked(event, "/conf1g.aspx", 1, status=404, source="203.0.113.50")
    (hit,) = shells(hits, *visitors(event), probe, *calls(event, "/conf1g.aspx"))
    assert hit.level == "medium"
    placed = asked(event, "/conf1g.aspx", 1, method="PUT", status=201)
    assert shells(hits, *visitors(event), placed, *calls(event, "/conf1g.aspx", agent="python-requests/2.31"))


def test_the_order_of_lines_changes_nothing(event, hits) -> None:
    sent = [*visitors(event), *calls(event, "/uploads/a.php")]
    (first,) = shells(hits, *sent)
    (second,) = shells(hits, *reversed(sent))
    assert (first.summary, first.level, first.id) == (second.summary, second.level, second.id)


def test_ordinary_scripts_are_none(event, hits) -> None:
    ordinary = {
        "an interface that many call": [
            one for n in range(4) for one in calls(event, "/upload/api.php", source=f"192.0.2.{n + 30}")
        ],
        "a handler that pages lead to": calls(event, "/upload/save.php", referrer=HOME + "list.php"),
        "a webhook": calls(event, "/hook.php", agent="GitHub-Hookshot/044aadd"),
        "another server's calls": calls(event, "/sync/orders.ashx", agent="Java/17.0.2"),
        "an old client of services": calls(
            event,
            "/svc/Data.asmx",
            agent="Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0)",
        ),
        "a scheduled call": [
            asked(event, "/static/cron.php", 60 * n, method="POST", size=900 + n) for n in range(30)
        ],
        "a payment told by its bank": [
            asked(event, "/notify_url.php", 77 * n * n, method="POST", size=7, agent="Mozilla/4.0")
            for n in range(9)
        ],
        "an administrator's page": [
            asked(event, "/admin/static/admin.css", 100, referrer=HOME + "admin/login.php"),
            *calls(event, "/admin/login.php", referrer=HOME + "admin/login.php"),
        ],
        "a route that is no file": calls(event, "/uploads/submit.do"),
        "three tries": calls(event, "/uploads/a.php", 3),
        "refused": calls(event, "/uploads/a.php", status=404),
    }
    for name, sent in ordinary.items():
        assert shells(hits, *visitors(event), *sent) == [], name


def test_without_other_visitors_nothing_can_be_said(event, hits) -> None:
    assert shells(hits, *calls(event, "/uploads/a.php")) == []


@pytest.mark.parametrize(("first", "named"), [("http://www.example.net", False), ("", True)])
def test_what_goes_through_a_proxy_is_not_ours(first, named, event, hits) -> None:
    sent = [asked(event, first + one[2]["url.original"], one[1]) for one in visitors(event)]
    assert sent
    assert bool(shells(hits, *visitors(event), *calls(event, first + "/uploads/a.php"))) is named


def test_an_access_log_tells_it(tmp_path) -> None:
    path = tmp_path / "access.log"
    line = '{} - - [02/Mar/2026:{:02}:{:02}:07 +0800] "{} HTTP/1.1" 200 {} "{}" "{}"\n'
    told = [line.format(f"192.0.2.{n + 1}", 8, n, "GET /index.php", 5120, "-", BROWSER) for n in range(6)]
    told += [line.format(ATTACKER, 9, 1, "POST /index.php?a=upload", 51, HOME + "index.php", BROWSER)]
    told += [
        line.format(ATTACKER, 9, minute, "POST /upload/img/20260302.php", 300 + minute * minute, "-", BROWSER)
        for minute in (3, 4, 9, 17, 18, 31)
    ]
    path.write_text("".join(told), "utf-8")
    (verdict,) = analyze([path], Options()).verdicts
    assert (verdict.threat, verdict.level) == ("compromised", "medium")
    assert [one.rule for one in verdict.because] == ["taishi.sequence.web-shell-calls"]
