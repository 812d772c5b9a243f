import gzip
from collections.abc import Callable
from datetime import datetime

from sensors.zeek.streams import stream_by_name

HEAD = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
CONN = (
    HEAD + "#path\tconn\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\t"
    "resp_bytes\tconn_state\tlocal_orig\tlocal_resp\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\t"
    "resp_ip_bytes\ttunnel_parents\n"
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tbool\tbool\t"
    "string\tcount\tcount\tcount\tcount\tset[string]\n"
    "1700000000.500000\tCx1\t192.0.2.1\t4000\t198.51.100.2\t443\ttcp\tssl\t1.5\t10\t20\tSF\tT\tF\tShADadFf\t"
    "5\t210\t4\t180\tCa,Cb\n"
)


def test_a_connection_from_a_table(read: Callable) -> None:
    event = read(CONN).only
    assert event.kind == "flow"
    assert event.time == datetime.fromisoformat("2023-11-14T22:13:20.500+00:00")
    expected = {
        "source.ip": "192.0.2.1",
        "source.port": 4000,
        "destination.ip": "198.51.100.2",
        "destination.port": 443,
        "network.transport": "tcp",
        "network.protocol": "ssl",
        "network.direction": "outbound",
        "network.bytes": 390,
        "source.bytes": 210,
        "destination.bytes": 180,
        "taishi.flow.source_payload": 10,
        "taishi.flow.destination_payload": 20,
        "taishi.flow.state": "SF",
        "taishi.flow.history": "ShADadFf",
        "event.duration": 1_500_000_000,
        "event.end": datetime.fromisoformat("2023-11-14T22:13:22+00:00"),
        "event.dataset": "zeek.conn",
    }
    assert {name: event.fields.get(name) for name in expected} == expected
    assert event.extra == {"uid": "Cx1", "tunnel_parents": ["Ca", "Cb"]}


def test_a_packed_table_reads_the_same(read: Callable) -> None:
    assert read(gzip.compress(CONN.encode()), "conn.log.gz").only.fields["event.id"] == read(CONN).only.id


def test_json_lines_with_underscores(read: Callable) -> None:
    line = (
        '{"@stream":"ssl","ts":1700000000.0,"uid":"C1","id_orig_h":"192.0.2.1","id_orig_p":1,'
        '"id_resp_h":"198.51.100.2","id_resp_p":8443,"version":"TLSv12","established":true,'
        '"subject":"CN=a","issuer":"CN=a","validation_status":"self signed certificate","ja3":"aa"}'
    )
    event = read(line).only
    assert event.kind == "tls"
    assert event.fields["taishi.tls.self_signed"] is True
    assert event.fields["taishi.tls.expired"] is False
    assert event.text("tls.version") == "1.2"
    assert event.text("tls.client.ja3") == "aa"
    assert event.extra["validation_status"] == "self signed certificate"


def test_dns_http_and_notice(read: Callable) -> None:
    ends = '"uid":"C1","id.orig_h":"192.0.2.1","id.orig_p":1,"id.resp_h":"198.51.100.2","id.resp_p":53'
    made = read(
        f'{{"_path":"dns","ts":1.5,{ends},"query":"a.example","qtype_name":"A","rcode_name":"NOERROR",'
        '"answers":["b.example","203.0.113.9"]}\n'
        f'{{"_path":"http","ts":1.5,{ends},"method":"GET","host":"a.example","uri":"/x?y=1","status_code":404}}\n'
        f'{{"_path":"notice","ts":1.5,{ends},"note":"Scan::Port_Scan","msg":"scanned","src":"192.0.2.1"}}\n'
        f'{{"_path":"weird","ts":1.5,{ends},"name":"bad_checksum"}}\n'
    )
    assert {event.kind for event in made.events} == {"dns", "http", "alert", "other"}
    by_kind = {event.kind: event for event in made.events}
    assert by_kind["dns"].fields["dns.resolved_ip"] == ["203.0.113.9"]
    assert by_kind["http"].text("url.path") == "/x"
    assert by_kind["http"].text("url.domain") == "a.example"
    assert by_kind["alert"].text("rule.name") == "Scan::Port_Scan"
    assert by_kind["other"].text("message") == "bad_checksum"


def test_logons(read: Callable) -> None:
    ends = '"uid":"C1","id.orig_h":"192.0.2.1","id.orig_p":1,"id.resp_h":"198.51.100.2","id.resp_p":88'
    made = read(
        f'{{"_path":"ssh","ts":1,{ends},"auth_success":false}}\n'
        f'{{"_path":"ftp","ts":2,{ends},"user":"bob","command":"RETR","reply_code":226}}\n'
        f'{{"_path":"kerberos","ts":3,{ends},"request_type":"AS","client":"bob/EXAMPLE","success":false,'
        '"error_msg":"KDC_ERR_PREAUTH_REQUIRED"}\n'
        f'{{"_path":"ntlm","ts":4,{ends},"username":"bob","domainname":"EX","success":true}}\n'
    )
    told = [(e.text("network.protocol"), e.text("user.name"), e.text("event.outcome")) for e in made.events]
    assert told == [
        ("ssh", "", "failure"),
        ("ftp", "bob", "success"),
        ("kerberos", "bob", ""),
        ("ntlm", "bob", "success"),
    ]
    assert made.events[1].fields["taishi.logon.cleartext"] is True


def test_icmp_type_and_code_are_no_ports(read: Callable) -> None:
    event = read(
        '{"_path":"conn","ts":1,"uid":"C","id.orig_h":"192.0.2.1","id.orig_p":8,"id.resp_h":"198.51.100.2",'
        '"id.resp_p":0,"proto":"icmp","conn_state":"OTH"}'
    ).only
    assert "destination.port" not in event.fields
    assert event.extra["id.orig_p"] == 8


def test_damaged_rows_say_why(read: Callable) -> None:
    row = CONN.splitlines()[-1]
    made = read(
        CONN + row.replace("192.0.2.1", "nowhere") + "\n" + row.replace("4000", "eighty") + "\nshort\n"
    )
    assert len(made.events) == 1
    assert made.reasons == [
        "id.orig_h is no IP address: 'nowhere'",
        "id.orig_p is no port: b'eighty'",
        "1 values for 20 fields",
    ]
    assert [record for record, _, _ in made.rejected] == [1, 2, 3]


def test_the_stream_is_in_the_name() -> None:
    assert stream_by_name("X_conn.log") == "conn"
    assert stream_by_name("conn.log.labeled") == "conn"
    assert stream_by_name("proxy_rolling__known_certs.16_02_19-17_00_00.log.gz") == "known_certs"
    assert stream_by_name("HOST_smb_files.log") == "smb_files"
    assert stream_by_name("whatever.log") is None
