"""What is used of netflume, with types: it has none of its own."""

from collections.abc import Callable
from typing import cast

from netflume import parse, sampling

from sensors.exports.record import Field, Record, Value

#: Of datagram, place, end, whether IPFIX, how many (None: up to the end): the fields and where they end.
read_fields = cast(
    Callable[[bytes, int, int, bool, int | None], tuple[list[Field], int]], parse.read_template_fields
)
#: Of datagram, place, end of the set, fields, whether fields may be variable, whether names repeat: the
#: record (None where it does not fit) and where it ends.
read_record = cast(
    Callable[[bytes, int, int, tuple[Field, ...], bool, bool], tuple[Record | None, int]],
    parse.parse_data_record,
)
shortest = cast(Callable[[tuple[Field, ...]], int], parse.record_min_length)
#: Header, flow records, option records.
read_v5 = cast(
    Callable[[bytes, str], tuple[dict[str, Value] | None, list[Record], list[Record]]], parse.parse_v5
)
#: What a record says of sampling: one of so many, 1 for all, None where it says nothing.
stated_rate = cast(Callable[[Record], int | None], sampling.sampling_rate)
