"""The pcap file format as it is written: one header, then a header and the bytes of each packet.

Source: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-06.html (little-endian, microseconds).
"""

import struct
from collections.abc import Iterable

HEADER_BYTES, RECORD_BYTES = 24, 16
_LONGEST = 262_144


def file_header(link: int) -> bytes:
    """`link`: LINKTYPE number."""
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _LONGEST, link)


def pcap_bytes(link: int, packets: Iterable[tuple[int, bytes]]) -> bytes:
    """A whole file of packets, each with its time in microseconds since 1970."""
    made = [file_header(link)]
    for us, frame in packets:
        made += struct.pack("<IIII", us // 1_000_000, us % 1_000_000, len(frame), len(frame)), frame
    return b"".join(made)
