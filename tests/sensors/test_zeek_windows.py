"""Zeek's logs of Windows protocols have the columns of our own sensor, and keep Zeek's names beside them."""

import json

import pytest

ENDS = {"ts": 1_700_000_000.5, "id.orig_h": "192.0.2.10", "id.orig_p": 40000, "id.resp_h": "198.51.100.20"}


def line(**fields):
    return json.dumps({**ENDS, "id.resp_p": 445, **fields}) + "\n"


@pytest.mark.parametrize(
    ("endpoint", "operation", "number"),
    [
        ("svcctl", "CreateServiceW", 12),
        ("svcctl", "RCreateServiceW", 12),
        ("samr", "SamrLookupNamesInDomain", 17),
        ("unknown-1234", "opnum-3", 0),
    ],
)
def test_rpc_call(read, endpoint, operation, number):
    event = read(
        line(endpoint=endpoint, operation=operation, named_pipe="\\pipe\\svcctl", rtt=0.01), "dce_rpc.log"
    ).only
    assert event.kind == "rpc"
    assert event.text("taishi.rpc.interface") == endpoint
    assert event.number("taishi.rpc.opnum") == number
    assert event.text("taishi.rpc.pipe") == "svcctl"
    assert event.fields["taishi.rpc.answered"] is True
    assert event.extra["endpoint"] == endpoint


def test_rpc_call_over_tcp_has_no_pipe(read):
    event = read(line(endpoint="epmapper", operation="ept_map", named_pipe="135"), "dce_rpc.log").only
    assert event.text("taishi.rpc.pipe") == ""
    assert event.fields["taishi.rpc.answered"] is False


def test_share(read):
    event = read(line(path="\\\\srv\\ADMIN$", share_type="DISK"), "smb_mapping.log").only
    assert (event.kind, event.fields["taishi.smb.shares"]) == ("smb", ["\\\\srv\\ADMIN$"])


def test_ticket(read):
    said = line(
        request_type="TGS", client="clerk/EXAMPLE.ORG", service="HTTP/a", success=True, cipher="rc4-hmac"
    )
    event = read(said, "kerberos.log").only
    assert event.kind == "kerberos"
    assert event.text("taishi.kerberos.cipher") == "rc4-hmac"
    assert (event.text("user.name"), event.text("event.outcome")) == ("clerk", "success")
    assert event.extra["cipher"] == "rc4-hmac"


def test_search(read):
    said = line(scope=["tree"], base_object=["dc=example"], filter="(cn=a)", result_count=4)
    event = read(said, "ldap_search.log").only
    assert event.kind == "ldap"
    assert event.text("taishi.ldap.filter") == "(cn=a)"
    assert event.number("taishi.ldap.entries") == 4
