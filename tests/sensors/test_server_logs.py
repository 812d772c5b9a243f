"""Logs of web servers and databases beside their access logs."""
# ruff: noqa: E501 - lines as the servers write them

import json
from collections.abc import Callable

import pytest

NGINX = (
    '2026/03/01 08:00:00 [error] 86#87: *10 open() "/srv/x, y" failed (2: No such file or directory), '
    'client: 192.0.2.1, server: www.example.com, request: "GET /x, y?a=1 HTTP/1.1", host: "www.example.com"'
)
MODSECURITY = (
    "2026/03/01 08:00:00 [info] 86#86: *1 ModSecurity: Warning. Matched \"Operator `Rx' with parameter `a'\" "
    '[file "/etc/x.conf"] [line "5"] [id "942100"] [rev ""] [msg "SQL Injection \\"x\\""] [data "1"] '
    '[severity "2"] [ver "OWASP_CRS/3.3.2"] [tag "attack-sqli"] [hostname "192.0.2.9"] [uri "/login"] '
    '[unique_id "7"], client: 192.0.2.1, server: , request: "POST /login HTTP/1.1", host: "www.example.com"'
)
APACHE = "[Sun Mar 01 08:00:00.500000 2026] [core:error] [pid 7:tid 9] [client 192.0.2.1:4711] AH00126: Invalid URI"
OLD_APACHE = (
    "[Sun Mar 01 08:00:00 2026] [error] [client 192.0.2.1] client denied by server configuration: /srv/x"
)


def test_nginx_errors(read: Callable) -> None:
    made = read(f"{NGINX}\n{MODSECURITY}\nwords\n")
    assert made.sensor == "nginx_error"
    plain, alert = made.events
    assert (plain.text("source.ip"), plain.text("destination.domain")) == ("192.0.2.1", "www.example.com")
    assert plain.extra["log.level"] == "error"
    assert plain.time.isoformat() == "2026-03-01T00:00:00+00:00"
    assert (alert.text("rule.id"), alert.text("rule.name")) == ("942100", 'SQL Injection \\"x\\"')
    assert (alert.text("event.action"), alert.text("event.kind")) == ("waf-rule", "alert")
    assert (alert.extra["modsecurity.action"], alert.extra["url.original"]) == ("alert", "/login")
    assert alert.extra["modsecurity.tags"] == ["attack-sqli"]
    assert made.reasons == ["no nginx error (time [level] pid#tid: words)"]


def test_apache_errors(read: Callable) -> None:
    made = read(f"{APACHE}\n{OLD_APACHE}\n")
    assert made.sensor == "apache_error"
    new, old = made.events
    assert (new.text("source.ip"), new.number("source.port")) == ("192.0.2.1", 4711)
    assert (new.text("event.code"), new.text("event.provider")) == ("AH00126", "core")
    assert (old.text("source.ip"), old.text("message")) == (
        "192.0.2.1", "client denied by server configuration: /srv/x",
    )  # fmt: skip


def test_an_entry_of_tomcat_keeps_its_stack(read: Callable) -> None:
    made = read(
        "01-Mar-2026 08:00:00.123 SEVERE [http-nio-8080-exec-1] org.apache.x.Valve.invoke Servlet failed\n"
        "\tjava.lang.IllegalStateException: words\n\t\tat org.example.X.y(X.java:5)\n"
        "01-Mar-2026 08:00:01.123 INFO [main] org.apache.x.Y.z Server startup\n"
    )
    assert (made.sensor, len(made.events), made.rejected) == ("catalina", 2, [])
    first = made.events[0]
    assert (first.extra["error.type"], first.extra["error.message"]) == (
        "java.lang.IllegalStateException", "words",
    )  # fmt: skip
    assert "X.java:5" in first.text("event.original")


def test_tomcat_access_and_forwarded_addresses(read: Callable) -> None:
    made = read(
        '192.0.2.1 - li [01/Mar/2026:08:00:00 +0800] "GET /a HTTP/1.1" 200 5\n'
        '10.0.0.1 - - [01/Mar/2026:08:00:00 +0800] "GET /a HTTP/1.1" 200 5 "-" "x" "203.0.113.9, 10.0.0.2"\n'
        '10.0.0.1 - - [01/Mar/2026:08:00:00 +0800] "GET /a HTTP/1.1" 200 5 "-" "x" "words" 0.1\n'
    )
    plain, forwarded, other = made.events
    assert plain.text("user.name") == "li"
    assert (forwarded.text("source.ip"), forwarded.extra["network.forwarded_ip"]) == (
        "10.0.0.1",
        "203.0.113.9",
    )
    assert forwarded.extra["x_forwarded_for"] == "203.0.113.9, 10.0.0.2"
    assert "network.forwarded_ip" not in other.extra


ACCESS = (
    {"time_local": "01/Mar/2026:08:00:00 +0800", "remote_addr": "192.0.2.1", "request": "GET /a?b=1 HTTP/1.1",
     "status": "200", "http_x_forwarded_for": "203.0.113.9, 10.0.0.1", "http_referer": "-"},
    {"time": "[01/Mar/2026:08:00:00 +0800]", "remoteIP": "192.0.2.1", "request": "/a", "query": "?b=1",
     "method": "GET", "status": "200", "X-Forwarded-For": "203.0.113.9"},
    {"ts": 1772323200.0, "request": {"remote_ip": "192.0.2.1", "method": "GET", "uri": "/a?b=1",
     "headers": {"X-Forwarded-For": ["203.0.113.9"]}}, "status": 200},
)  # fmt: skip


@pytest.mark.parametrize("record", ACCESS)
def test_access_logs_in_json(record: dict[str, object], read: Callable) -> None:
    event = read(json.dumps(record) + "\n", "access.json").only
    assert (event.kind, event.text("source.ip"), event.text("http.request.method")) == (
        "http",
        "192.0.2.1",
        "GET",
    )
    assert (event.text("url.path"), event.text("url.query")) == ("/a", "b=1")
    assert event.extra["network.forwarded_ip"] == "203.0.113.9"
    assert event.time.isoformat() == "2026-03-01T00:00:00+00:00"
    assert event.text("http.request.referrer") == ""


PG_CSV = (
    '2026-03-01 00:00:00.5 UTC,"li","shop",77,"192.0.2.1:4711",63e,1,"authentication",2026-03-01 00:00:00 UTC,'
    '3/7,0,FATAL,28P01,"password authentication failed for user ""li""","Connection matched\nline 5",,,,,,,,"",'
    '"client backend",,0\n'
)
PG_JSON = json.dumps(
    {"timestamp": "2026-03-01 00:00:00.5 UTC", "user": "li", "dbname": "shop", "pid": 77,
     "remote_host": "192.0.2.1", "remote_port": 4711, "error_severity": "FATAL", "state_code": "28P01",
     "message": 'password authentication failed for user "li"', "backend_type": "client backend"}
)  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        '192.0.2.1(4711) 2026-03-01 00:00:00.5 UTC [77] li@shop FATAL:  password authentication failed for user "li"\n',
        '2026-03-01 08:00:00.500 CST [77] user=li,db=shop,app=[unknown],client=192.0.2.1 FATAL:  password '
        'authentication failed for user "li"\n',
        PG_CSV,
        PG_JSON + "\n",
    ],
    ids=["stderr", "pairs", "csvlog", "jsonlog"],
)  # fmt: skip
def test_postgresql_says_who_was_turned_away(content: str, read: Callable) -> None:
    made = read(content, "postgresql.log")
    event = made.only
    assert (made.sensor, event.kind, event.text("event.outcome")) == ("postgresql", "logon", "failure")
    assert (event.text("user.name"), event.text("source.ip")) == ("li", "192.0.2.1")
    assert event.extra["postgresql.log.database"] == "shop"
    assert event.time.isoformat() == "2026-03-01T00:00:00.500000+00:00"


def test_postgresql_audit_and_statements(read: Callable) -> None:
    made = read(
        '2026-03-01 00:00:00 UTC [77] li@shop LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.people,"select *\n'
        '\tfrom people where a = ""b""",<none>\n'
        "2026-03-01 00:00:01 UTC [77] li@shop LOG:  connection authorized: user=li database=shop\n"
        "2026-03-01 00:00:02 EST [77] li@shop LOG:  words\n",
        "postgresql.log",
    )
    audit = next(event for event in made.events if event.kind == "other")
    assert (audit.text("event.action"), audit.text("user.name")) == ("select", "li")
    assert audit.extra["postgresql.audit.object_name"] == "public.people"
    assert audit.extra["postgresql.audit.statement"].startswith("select *")  # type: ignore[union-attr]
    logon = next(event for event in made.events if event.kind == "logon")
    assert logon.text("event.outcome") == "success"
    assert made.reasons == ["time: the zone EST is not known; set log_timezone to UTC or Asia/Shanghai"]


def test_mysql_general_log(read: Callable) -> None:
    made = read(
        "/usr/sbin/mysqld, Version: 8.0.36 (MySQL). started with:\nTcp port: 3306  Unix socket: /run/x\n"
        "Time                 Id Command    Argument\n"
        "2026-03-01T00:00:00.123456Z\t   12 Connect\tli@192.0.2.1 on shop using TCP/IP\n"
        "2026-03-01T00:00:01.123456Z\t   12 Query\tselect *\nfrom people\n"
        "2026-03-01T00:00:02.123456Z\t   13 Connect\tAccess denied for user 'root'@'192.0.2.7' (using password: YES)\n",
        "mysql.log",
    )
    assert (made.sensor, made.rejected) == ("mysql", [])
    query = next(event for event in made.events if event.kind == "other")
    assert (query.text("user.name"), query.text("source.ip")) == ("li", "192.0.2.1")
    assert (query.text("event.action"), query.text("message")) == ("query", "select *\nfrom people")
    came, denied = (event for event in made.events if event.kind == "logon")
    assert came.text("event.outcome") == ""
    assert (denied.text("event.outcome"), denied.text("user.name"), denied.text("source.ip")) == (
        "failure", "root", "192.0.2.7",
    )  # fmt: skip


def test_mysql_general_log_before_5_7(read: Callable) -> None:
    made = read(
        "260301  8:00:00\t    7 Connect\tli@192.0.2.1 on shop\n\t\t    7 Query\tselect 1\n", "mysql.log"
    )
    assert [event.time.isoformat() for event in made.events] == ["2026-03-01T00:00:00+00:00"] * 2


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-01T00:00:00.000000Z 12 [Note] [MY-010926] [Server] Access denied for user 'li'@'192.0.2.1' (using x)",
        "2026-03-01  8:00:00 12 [Warning] Access denied for user 'li'@'192.0.2.1' (using password: YES)",
        "20260301 08:00:00,db-1,li,192.0.2.1,12,0,FAILED_CONNECT,shop,,1045",
        '{"audit_record":{"name":"Connect","timestamp":"2026-03-01T00:00:00Z","connection_id":12,"status":1045,'
        '"user":"li","host":"","ip":"192.0.2.1","db":"shop"}}',
        '{"timestamp":"2026-03-01 00:00:00","id":0,"class":"connection","event":"connect","connection_id":12,'
        '"account":{"user":"li","host":"x"},"login":{"user":"li","ip":"192.0.2.1"},'
        '"connection_data":{"status":1045,"db":"shop"}}',
    ],
    ids=["error-8", "error-mariadb", "server_audit", "percona", "enterprise"],
)  # fmt: skip
def test_mysql_says_who_was_turned_away(line: str, read: Callable) -> None:
    made = read(f"{line}\n{line}\n", "mysql.log")
    assert (made.sensor, made.rejected) == ("mysql", [])
    event = made.events[0]
    assert (event.kind, event.text("event.outcome")) == ("logon", "failure")
    assert (event.text("user.name"), event.text("source.ip")) == ("li", "192.0.2.1")
    assert event.time.isoformat() == "2026-03-01T00:00:00+00:00"


def test_mariadb_audit_of_statements(read: Callable) -> None:
    made = read(
        "20260301 08:00:00,db-1,li,192.0.2.1,12,7,QUERY,shop,'select \\'a\\', b',0\n"
        "20260301 08:00:01,db-1,li,192.0.2.1,12,0,CONNECT,shop,,0\n",
        "server_audit.log",
    )
    query = next(event for event in made.events if event.kind == "other")
    assert (query.text("message"), query.extra["database"]) == ("select 'a', b", "shop")
    logon = next(event for event in made.events if event.kind == "logon")
    assert logon.text("event.outcome") == "success"


def test_iis_with_a_field_for_the_forwarded_address(read: Callable) -> None:
    event = read(
        "#Fields: date time c-ip cs-method cs-uri-stem sc-status X-Forwarded-For\n"
        "2026-03-01 00:00:00 10.0.0.1 GET /a 200 203.0.113.9,+10.0.0.2\n"
    ).only
    assert (event.text("source.ip"), event.extra["network.forwarded_ip"]) == ("10.0.0.1", "203.0.113.9")


def test_requests_that_a_server_logged_to_syslog(read: Callable) -> None:
    request = '192.0.2.1 - - [01/Mar/2026:08:00:00 +0800] "GET /a HTTP/1.1" 200 5 "-" "x"'
    made = read(
        f"<190>Mar  1 08:00:00 web-1 nginx: {request}\nMar  1 08:00:00 web-1 sshd[7]: {request}\n", "messages"
    )
    assert made.sensor == "syslog"
    event = next(event for event in made.events if event.kind == "http")
    assert (event.text("host.name"), event.text("url.path")) == ("web-1", "/a")
    assert sorted(event.kind for event in made.events) == ["http", "other"]
