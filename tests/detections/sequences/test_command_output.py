"""Answers that are the output of a command which the request carried."""

import pytest


def answered(event, target, content, **row):
    asked = {"source__ip": "198.51.100.7", "destination__ip": "10.0.0.5", "url__original": target}
    return event(
        "http", http__response__status_code=200, http__response__body__content=content, **{**asked, **row}
    )


LISTING = "total 12\ndrwxr-xr-x 2 root root 4096 x\n"
VOLUME = " Volume in drive C has no label.\r\n Volume Serial Number is 1234-5678\r\n"


@pytest.mark.parametrize(
    ("target", "content"),
    [
        ("/a.jsp?cmd=dir", VOLUME),
        ("/ping.php?ip=127.0.0.1;ls -la", LISTING),
        ("/ping.php?ip=127.0.0.1%253Bls%2520-la", LISTING),
    ],
)
def test_the_server_ran_a_command(target, content, event, hits) -> None:
    (hit,) = [hit for hit in hits(answered(event, target, content)) if hit.threat == "compromised"]
    assert (hit.rule, hit.level) == ("taishi.sequence.command-output", "high")
    assert (hit.subject, hit.attackers) == ("10.0.0.5", ("198.51.100.7",))


@pytest.mark.parametrize(
    ("target", "content"),
    [
        ("/doc?page=dir", "How to use dir. Volume Serial Number"),
        ("/a?cmd=dir", "<p>forbidden</p>"),
        ("/files/list", LISTING),
    ],
)
def test_pages_about_commands_are_none(target, content, event, hits) -> None:
    assert [hit for hit in hits(answered(event, target, content)) if hit.threat == "compromised"] == []
