"""What the machine needs, read from files of the shape proc(5) and resolv.conf(5) describe."""

from pathlib import Path

from taishi.app.machine import machine_addresses

FIB = """Main:
  +-- 192.0.2.0/24 2 0 2
     |-- 192.0.2.0
        /24 link UNICAST
     |-- 192.0.2.10
        /32 host LOCAL
"""
ROUTE = "Iface\tDestination\tGateway\nA\t00000000\t010200C0\nA\t000200C0\t00000000\n"
IF6 = "20010db8000000000000000000000010 02 40 00 80 eth0\n"
ROUTE6 = f"{'0' * 32} 00 {'0' * 32} 00 20010db8000000000000000000000001 00000400 1 0 1 eth0\n"


def test_addresses_gateways_and_name_servers(tmp_path: Path) -> None:
    for name, text in {"fib_trie": FIB, "route": ROUTE, "if_inet6": IF6, "ipv6_route": ROUTE6}.items():
        (tmp_path / name).write_text(text)
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("# x\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\nnameserver broken\n")
    lines = machine_addresses(tmp_path, resolv)
    assert [line.split()[0] for line in lines] == [
        "192.0.2.10",
        "2001:db8::10",
        "192.0.2.1",
        "2001:db8::1",
        "192.0.2.53",
        "fe80::1",
    ]


def test_a_machine_that_tells_nothing(tmp_path: Path) -> None:
    assert machine_addresses(tmp_path, tmp_path / "resolv.conf") == ()
