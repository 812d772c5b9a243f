"""Countries and networks of addresses: what files say, and what is nobody's."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.geography import NOWHERE, Geography, Place
from taishi.core.event import first_batch_error
from taishi.core.problems import Problem
from tests.enrichment.mmdb import Told, write_mmdb
from tests.enrichment.test_ownership import batch

NETWORKS: dict[str, Told] = {
    "8.0.0.0/7": {"country_code": "US"},
    "77.88.0.0/16": {"country": {"iso_code": "RU"}, "registered_country": {"iso_code": "NL"}},
    "2a02:6b8::/32": {"country": "RU"},
    "10.0.0.0/8": {"country_code": "US"},
    "203.0.113.0/24": {"country_code": "AU"},
    "224.0.0.0/4": {"country_code": "US"},
    "2001:db8::/32": {"country_code": "US"},
}
SYSTEMS: dict[str, Told] = {
    "77.88.8.0/24": {"autonomous_system_number": 13238, "autonomous_system_organization": "Example"},
    "9.9.9.0/24": {"asn": "AS19281", "as_name": "Other", "country_code": "CH"},
}


@pytest.fixture(scope="module")
def geography(tmp_path_factory: pytest.TempPathFactory) -> Geography:
    folder = tmp_path_factory.mktemp("geo")
    return Geography(
        [write_mmdb(folder / "country.mmdb", NETWORKS), write_mmdb(folder / "asn.mmdb", SYSTEMS)]
    )


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("8.8.8.8", Place("US")),
        ("9.9.9.9", Place("US", 19281, "Other")),
        ("77.88.8.1", Place("RU", 13238, "Example")),
        ("2a02:6b8::1", Place("RU")),
        ("11.0.0.1", NOWHERE),
        ("host-7", NOWHERE),
        ("", NOWHERE),
        ("8.8", NOWHERE),
        ("300.1.1.1", NOWHERE),
    ],
)
def test_the_first_file_that_knows_is_believed(geography: Geography, address: str, place: Place) -> None:
    assert geography.place(address) == place


@pytest.mark.parametrize("address", ["10.1.2.3", "203.0.113.5", "224.0.0.251", "2001:db8::1"])
def test_what_is_not_of_the_internet_is_nowhere(geography: Geography, address: str) -> None:
    assert geography.place(address) is NOWHERE


@given(st.text() | st.ip_addresses().map(str))
def test_any_text_has_a_place_or_none(geography: Geography, text: str) -> None:
    assert isinstance(geography.place(text), Place)


def test_both_sides_are_stamped_and_a_second_time_changes_nothing(geography: Geography) -> None:
    stamped = geography.enrich(
        batch(
            {"source.ip": "10.1.2.3", "destination.ip": "77.88.8.1"},
            {"source.ip": "8.8.8.8", "destination.ip": "10.1.2.3"},
            {"source.ip": "192.0.2.7", "source.geo.country_iso_code": "FR"},
            {},
        )
    )
    assert first_batch_error(stamped) is None
    assert stamped.column("source.geo.country_iso_code") == [None, "US", "FR", None]
    assert stamped.column("destination.geo.country_iso_code") == ["RU", None, None, None]
    assert stamped.column("destination.as.number") == [13238, None, None, None]
    assert stamped.column("destination.as.organization.name") == ["Example", None, None, None]
    assert stamped.column("source.as.number") == [None] * 4
    assert geography.enrich(stamped).rows.equals(stamped.rows)


def test_without_files_nothing_is_touched() -> None:
    given_batch = batch({"source.ip": "8.8.8.8"})
    assert Geography([]).enrich(given_batch) is given_batch


@pytest.mark.parametrize("content", [b"", b"no database", b"\xab\xcd\xefMaxMind.com\xff"])
def test_a_file_that_is_none_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.mmdb"
    path.write_bytes(content)
    with pytest.raises(Problem, match=r"broken\.mmdb: cannot be read as a database of places"):
        Geography([path])


def test_a_file_cut_short_gives_no_wrong_crash(tmp_path: Path) -> None:
    whole = write_mmdb(tmp_path / "whole.mmdb", NETWORKS).read_bytes()
    damaged = tmp_path / "damaged.mmdb"
    for at in range(0, len(whole), 97):
        damaged.write_bytes(whole[:at] + bytes(20) + whole[at + 20 :])
        try:
            geography = Geography([damaged])
        except Problem:
            continue
        for address in ("8.8.8.8", "77.88.8.1", "2a02:6b8::1"):
            assert isinstance(geography.place(address), Place)
