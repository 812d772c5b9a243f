"""The register against a slow oracle and the cases people ask about."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from enrichment.register import AddressRegister
from taishi.core.ports import Ownership
from taishi.core.records import Asset, Unit

DAY = datetime(2026, 5, 1, tzinfo=UTC)
UNITS = [Unit(id="u1", name="县教育局"), Unit(id="u2", name="县卫健局")]


def asset(
    value: str, unit: str = "u1", since: datetime | None = None, until: datetime | None = None, name: str = ""
) -> Asset:
    key = f"{unit} {value} {since} {until}"
    return Asset(key, unit, "cidr", value, name or key, valid_from=since, valid_to=until)


def unit_of(register: AddressRegister, address: str, at: datetime = DAY) -> str | None:
    owner = register.owner(address, at)
    return owner.unit if owner else None


def test_the_longest_prefix_wins_and_names_are_given() -> None:
    register = AddressRegister(
        UNITS,
        [asset("192.0.2.0/24"), asset("192.0.2.64/26", "u2", name="云桌面"), asset("192.0.2.70")],
    )
    assert unit_of(register, "192.0.2.1") == "县教育局"
    assert register.owner("192.0.2.65", DAY) == Ownership("县卫健局", "云桌面")
    assert unit_of(register, "192.0.2.70") == "县教育局"
    assert unit_of(register, "198.51.100.1") is None


def test_ipv6_and_mapped_addresses() -> None:
    register = AddressRegister(UNITS, [asset("2001:db8::/32"), asset("192.0.2.7", "u2")])
    assert unit_of(register, "2001:DB8:0:1::5") == "县教育局"
    assert unit_of(register, "::ffff:192.0.2.7") == "县卫健局"


def test_a_span_is_half_open() -> None:
    register = AddressRegister(UNITS, [asset("192.0.2.0/24", since=DAY, until=DAY + timedelta(days=1))])
    microsecond = timedelta(microseconds=1)
    assert unit_of(register, "192.0.2.1", DAY - microsecond) is None
    assert unit_of(register, "192.0.2.1", DAY) == "县教育局"
    assert unit_of(register, "192.0.2.1", DAY + timedelta(days=1) - microsecond) == "县教育局"
    assert unit_of(register, "192.0.2.1", DAY + timedelta(days=1)) is None


def test_of_two_equal_claims_the_later_begun_wins() -> None:
    register = AddressRegister(UNITS, [asset("192.0.2.0/24", "u1"), asset("192.0.2.0/24", "u2", since=DAY)])
    assert unit_of(register, "192.0.2.1", DAY - timedelta(seconds=1)) == "县教育局"
    assert unit_of(register, "192.0.2.1", DAY) == "县卫健局"


def test_domains_themselves_then_their_parents_then_the_host_name() -> None:
    register = AddressRegister(
        UNITS, [asset("example.gov.cn", "u1"), asset("oa.example.gov.cn", "u2"), asset("FILESRV", "u2")]
    )
    assert unit_of(register, "www.Example.gov.cn.") == "县教育局"
    assert unit_of(register, "a.oa.example.gov.cn") == "县卫健局"
    assert unit_of(register, "notexample.gov.cn") is None
    assert unit_of(register, "gov.cn") is None
    assert unit_of(register, "filesrv.corp.local") == "县卫健局"
    assert unit_of(register, "x.filesrv") is None


_hours = st.integers(0, 30).map(lambda hour: DAY + timedelta(hours=hour))
_v4 = st.integers(0, 63).map(lambda low: ip_address(0xC0000200 + low))
_v6 = st.integers(0, 63).map(lambda low: ip_address((0x20010DB8 << 96) + low))
_ips = st.one_of(_v4, _v6)


@st.composite
def _assets(draw: st.DrawFn) -> Asset:
    ip = draw(_ips)
    length = ip.max_prefixlen - draw(st.integers(0, 7))
    since = draw(st.none() | _hours)
    until = draw(st.none() | _hours)
    unit = draw(st.sampled_from(["u1", "u2"]))
    return asset(str(ip_network(f"{ip}/{length}", strict=False)), unit, since, until)


def slow_owner(assets: list[Asset], address: str, at: datetime) -> str | None:
    valid = [
        one
        for one in assets
        if ip_address(address) in ip_network(one.value)
        and (one.valid_from is None or one.valid_from <= at)
        and (one.valid_to is None or at < one.valid_to)
    ]
    beginning = datetime.min.replace(tzinfo=UTC)
    best = max(
        valid,
        key=lambda one: (ip_network(one.value).prefixlen, one.valid_from or beginning, one.id),
        default=None,
    )
    return best.name if best else None


@given(st.lists(_assets(), max_size=12), st.lists(st.tuples(_ips.map(str), _hours), max_size=20))
def test_agrees_with_a_slow_reading_of_the_rules(
    assets: list[Asset], asked: list[tuple[str, datetime]]
) -> None:
    register = AddressRegister(UNITS, assets)
    for address, at in asked:
        owner = register.owner(address, at)
        assert (owner.asset if owner else None) == slow_owner(assets, address, at)


@given(st.text(max_size=40))
def test_any_text_may_be_asked_for(text: str) -> None:
    assert AddressRegister(UNITS, [asset("192.0.2.0/24")]).owner(text, DAY) is None
