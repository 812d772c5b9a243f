"""Real captures of attacks on Windows protocols: what they show, and the verdict."""

import pytest


@pytest.mark.parametrize(
    ("trace", "threat", "rule"),
    [
        ("metasploit-ms017-010-win7x64", "compromised", "smb-exploit-success"),
        ("eternalromance-success-2008r2", "compromised", "smb-exploit-success"),
        ("eternalromance-doublepulsar-meterpreter", "compromised", "smb-exploit-success"),
        ("doublepulsar-backdoor-connect-win7", "compromised", "smb-exploit-success"),
        ("CVE-2020-1472_exploit_win2016", "compromised", "zerologon-success"),
        ("CVE-2020-1472_test_win2019", "attempted", "zerologon"),
        ("20171220_smb_at_schedule", "compromised", "remote-execution"),
        ("20171220_smb_net_user", "compromised", "account-discovery"),
        ("kerberoast", "compromised", "kerberoasting"),
        ("nDPI__smbv1", "risk", "smb-implant-asked"),
    ],
)
def test_attack_is_judged_by_its_outcome(hear_corpus, judged, trace, threat, rule):
    hits = judged(hear_corpus(f"*{trace}.pcap"))
    assert [(hit.threat, hit.rule) for hit in hits] == [(threat, f"taishi.sequence.{rule}")]


def test_file_read_over_smb2_in_the_middle_of_a_session(hear_corpus):
    heard = hear_corpus("zeek__smb1.pcap")
    assert heard.only("smb").text("taishi.smb.version") == "2"
    assert heard.only("file").text("file.name") == "2009-12 Payroll.xlsx"
    assert heard.only("file").number("file.size") == 25940


def test_samr_session_names_its_operations(hear_corpus):
    heard = hear_corpus("*20171220_smb_net_user.pcap")
    names = {call.text("taishi.rpc.operation") for call in heard.of("rpc")}
    assert {"SamrConnect5", "SamrLookupNamesInDomain", "SamrGetGroupsForUser", "LsarLookupNames3"} <= names
    assert heard.only("logon").text("taishi.logon.method") == "kerberos"


def test_broadcasts_alone_are_no_attack(hear_corpus, judged):
    """The trace that is labelled a failed EternalBlue holds pings and NetBIOS announcements and no TCP."""
    assert judged(hear_corpus("*eternalblue-failed-patched-win7.pcap")) == []
