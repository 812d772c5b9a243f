"""Names and kinds of information elements that netflume leaves as numbers.

Sources: IANA "IP Flow Information Export (IPFIX) Entities"; Cisco, H3C, Palo Alto and VMware exporters'
own documents where an element is theirs. Kinds are netflume's: uint, ipv4, ipv6, mac, string, ntp; `auto`,
`hex` and `application` (RFC 6759) are made readable afterwards.
"""

#: By netflume's name for an element it does not know: our name and how its bytes are read.
ELEMENTS: dict[str, tuple[str, str]] = {
    "ie18": ("bgp_next_hop", "ipv4"),
    "ie33": ("igmp_type", "uint"),
    "ie38": ("engine_type", "uint"),
    "ie39": ("engine_id", "uint"),
    "ie44": ("src_prefix", "ipv4"),
    "ie45": ("dst_prefix", "ipv4"),
    "ie54": ("ip_identification", "uint"),
    "ie63": ("bgp_next_hop", "ipv6"),
    "ie94": ("application_description", "string"),
    "ie95": ("application_id", "application"),
    "ie96": ("application_name", "string"),
    "ie130": ("exporter_address", "ipv4"),
    "ie131": ("exporter_address", "ipv6"),
    "ie143": ("metering_process_id", "uint"),
    "ie144": ("exporting_process_id", "uint"),
    "ie147": ("wlan_ssid", "string"),
    "ie158": ("flow_start_delta_us", "uint"),
    "ie159": ("flow_end_delta_us", "uint"),
    "ie161": ("flow_duration_ms", "uint"),
    "ie162": ("flow_duration_us", "uint"),
    "ie180": ("udp_src_port", "uint"),
    "ie181": ("udp_dst_port", "uint"),
    "ie182": ("tcp_src_port", "uint"),
    "ie183": ("tcp_dst_port", "uint"),
    "ie192": ("ip_ttl", "uint"),
    "ie195": ("ip_dscp", "uint"),
    "ie230": ("nat_event", "uint"),
    "ie231": ("initiator_octets", "uint"),
    "ie232": ("responder_octets", "uint"),
    "ie233": ("firewall_event", "uint"),
    "ie236": ("vrf_name", "string"),
    "ie239": ("biflow_direction", "uint"),
    "ie252": ("in_physical_if", "uint"),
    "ie253": ("out_physical_if", "uint"),
    "ie281": ("post_nat_src_addr", "ipv6"),
    "ie282": ("post_nat_dst_addr", "ipv6"),
    "ie298": ("initiator_packets", "uint"),
    "ie299": ("responder_packets", "uint"),
    "ie365": ("station_mac", "mac"),
    "ie366": ("station_address", "ipv4"),
    "ie367": ("access_point_mac", "mac"),
    "ie371": ("user_name", "string"),
    # Cisco ASA (NSEL) and Palo Alto in NetFlow v9, where there is no enterprise bit.
    "ie33000": ("ingress_acl_id", "hex"),
    "ie33001": ("egress_acl_id", "hex"),
    "ie33002": ("firewall_extended_event", "uint"),
    "ie40000": ("user_name", "string"),
    "ie40001": ("post_nat_src_addr", "ipv4"),
    "ie40002": ("post_nat_dst_addr", "ipv4"),
    "ie40003": ("post_nat_src_port", "uint"),
    "ie40004": ("post_nat_dst_port", "uint"),
    "ie40005": ("firewall_event", "uint"),
    "ie56701": ("application_name", "string"),
    "ie56702": ("user_name", "string"),
    # RFC 5103: the same element seen from the other side.
    "e29305.1": ("reverse_octets", "uint"),
    "e29305.2": ("reverse_packets", "uint"),
    "e29305.6": ("reverse_tcp_flags", "uint"),
    "e29305.85": ("reverse_octets", "uint"),
    "e29305.86": ("reverse_packets", "uint"),
    # YAF (CERT, PEN 6871): TCP flags of the first packet and of all others, of either side.
    "e6871.14": ("initial_tcp_flags", "uint"),
    "e6871.15": ("union_tcp_flags", "uint"),
    "e6871.16398": ("reverse_initial_tcp_flags", "uint"),
    "e6871.16399": ("reverse_union_tcp_flags", "uint"),
    # Ixia (PEN 3054) counts the answer under numbers of its own.
    "e3054.176": ("reverse_octets", "uint"),
    "e3054.177": ("reverse_packets", "uint"),
}

#: Scope fields of NetFlow v9 options (RFC 3954 6.1): their numbers are no element numbers.
SCOPES = {
    "octets": "scope_system",
    "packets": "scope_interface",
    "flows": "scope_line_card",
    "proto": "scope_cache",
    "tos": "scope_template",
}
