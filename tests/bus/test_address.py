"""How brokers are named, and what is said where they are not."""

from pathlib import Path

import pytest

from taishi.bus.address import client_properties, servers
from taishi.core.problems import Problem


@pytest.mark.parametrize("given", ["127.0.0.1:9092", "k1.example:9092,k2.example:9092", "[2001:db8::1]:9092"])
def test_brokers_by_address(given: str) -> None:
    assert client_properties(given) == {"bootstrap.servers": given}


@pytest.mark.parametrize("given", ["", "k1", "k1:", ":9092", "k1:9092,", "k1:http"])
def test_what_is_no_address_is_told(given: str) -> None:
    with pytest.raises(Problem, match="--kafka"):
        client_properties(given)


def test_a_file_says_who_one_is_and_is_nobody_elses(tmp_path: Path) -> None:
    file = tmp_path / "kafka.properties"
    file.write_text("# ours\nbootstrap.servers=k1:9093\nsecurity.protocol = SASL_SSL\nsasl.password=a=b\n")
    file.chmod(0o644)
    with pytest.raises(Problem, match="chmod 600"):
        client_properties(str(file))
    file.chmod(0o600)
    found = client_properties(str(file))
    assert (found["sasl.password"], servers(found)) == ("a=b", "k1:9093")
    file.write_text("bootstrap.servers=k1:9093\nnonsense\n")
    with pytest.raises(Problem, match="line 2"):
        client_properties(str(file))
    file.write_text("security.protocol=SSL\n")
    with pytest.raises(Problem, match=r"bootstrap\.servers"):
        client_properties(str(file))
