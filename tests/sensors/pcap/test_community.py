"""Community ID v1 against the public baseline of its specification."""

import pytest

from sensors.pcap.community import community_id, icmp_ports

# Source: corelight/community-id-spec, baseline/baseline_deflt.json (seed 0); it names some flows of each.
EXPECTED = {
    "zeek__icmp.pcap": {"1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    "zeek__icmp6.pcap": {
        "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
        "1:zavyT/cezQr1fmImYCwYnMXbgck=",
        "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=",
        "1:hLZd0XGWojozrvxqE0dWB1iM6R0=",
        "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=",
        "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=",
        "1:pkvHqCL88/tg1k4cPigmZXUtL00=",
    },
    "zeek__ipv6.pcap": {"1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
    "zeek__sctp.pcap": {"1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
    "zeek__tcp.pcap": {"1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    "zeek__udp.pcap": {"1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_flows_of_the_conformance_traces_have_the_published_ids(name, hear_corpus):
    flows = hear_corpus(name).of("flow")
    assert {flow.text("network.community_id") for flow in flows} >= EXPECTED[name]


def test_a_transport_without_ports_leaves_them_out():
    a, b = bytes((10, 1, 12, 1)), bytes((10, 1, 12, 2))
    assert community_id(46, a, b, 0, 0) == community_id(46, b, a, 0, 0) == "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="


def test_one_way_icmp_keeps_its_direction():
    kind, code, one_way = icmp_ports(1, 11, 0)
    assert one_way
    there = community_id(1, bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2)), kind, code)
    assert there == "1:YHxtAirCG//0OzkcVAukqKQN9xM="
