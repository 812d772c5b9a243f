"""Queries as DuckDB SQL. Every value is a parameter; only column names of ours stand in the text."""

from dataclasses import replace
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

import pyarrow as pa

from taishi.core import ecs
from taishi.core.ecs import Kind
from taishi.core.ports import Condition, Query
from taishi.store.asking import PARTIES, Place, demands, network, spellings

Parameter = str | int | bool | datetime | list[str]

#: A source's own field as a list of texts, whatever JSON it was; no value where it is missing or null.
EXTRA_MACRO = """
CREATE MACRO taishi_extra(document, pointer) AS CASE
    WHEN NOT coalesce(json_valid(document), false) THEN NULL
    WHEN json_type(document, pointer) = 'ARRAY' THEN
        list_transform(CAST(json_extract(document, pointer) AS JSON[]), lambda element: element ->> '$')
    ELSE [json_extract_string(document, pointer)] END
"""


def column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Clauses:
    """The WHERE of one query: `text(kind)` with `parameters`, which are shared by all kinds."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self.parameters: dict[str, Parameter] = {}

    def _bind(self, value: Parameter) -> str:
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def text(self, kind: Kind) -> str:
        """What a row must hold to be asked for."""
        return self._demanded(kind, self._query)

    def alternatives(self, kind: Kind, after: Place | None) -> list[str]:
        """What a row beyond a place must hold: any of these. DuckDB leaves out parts of a file for what one
        column must be, never for an OR over several: so an address is asked for side by side.
        """
        every = self._demanded(kind, replace(self._query, address=None))
        if after:
            every += f" AND {self._after(after)}"
        if not self._query.address:
            return [every]
        columns, address = ecs.schema(kind), self._query.address
        return [f"{every} AND {self._condition(Condition(one, address), columns)}" for one in PARTIES]

    def _demanded(self, kind: Kind, query: Query) -> str:
        time = column("@timestamp")
        parts = ["true"]
        if query.since:
            parts.append(f"{time} >= {self._bind(query.since)}")
        if query.until:
            parts.append(f"{time} < {self._bind(query.until)}")
        if query.text:
            needle = f"lower({self._bind(query.text)})"
            fields = (column("event.original"), column("message"))
            parts.append("(" + " OR ".join(f"contains(lower({one}), {needle})" for one in fields) + ")")
        columns = ecs.schema(kind)
        for anyone in demands(query):
            parts.append("(" + " OR ".join(self._condition(one, columns) for one in anyone) + ")")
        return " AND ".join(parts)

    def _after(self, place: Place) -> str:
        sign = "<" if self._query.newest_first else ">"
        time, event_id = column("@timestamp"), column("event.id")
        moment = f"make_timestamptz({self._bind(place.time)})"
        # The first comparison alone lets row groups be skipped.
        return (
            f"{time} {sign}= {moment} AND "
            f"({time} {sign} {moment} OR ({time} = {moment} AND {event_id} {sign} {self._bind(place.id)}))"
        )

    def _condition(self, condition: Condition, columns: pa.Schema) -> str:
        matched = self._holds(condition, columns)
        return f"NOT coalesce({matched}, false)" if condition.negated else matched

    def _holds(self, condition: Condition, columns: pa.Schema) -> str:
        name = condition.field
        if name not in ecs.column_types():
            pointer = "/" + name.replace("~", "~0").replace("/", "~1")
            values = f"taishi_extra({column('taishi.extra')}, {self._bind(pointer)})"
            return self._any_element(values, condition)
        if name not in columns.names:
            return "false"
        of = columns.field(name).type
        if pa.types.is_list(of):
            return self._any_element(column(name), condition)
        if pa.types.is_int64(of) and condition.operator == "is" and _is_number(condition.value):
            return f"{column(name)} = {self._bind(int(condition.value))}"
        return self._compare(as_text(column(name), of), condition)

    def _any_element(self, values: str, condition: Condition) -> str:
        if condition.operator == "is" and network(condition) is None:
            asked = ", ".join(self._bind(one) for one in spellings(condition))
            return f"({values} IS NOT NULL AND list_has_any({values}, [{asked}]))"
        return f"len(list_filter({values}, lambda element: {self._compare('element', condition)})) > 0"

    def _compare(self, text: str, condition: Condition) -> str:
        net = network(condition)
        if net is not None:
            return self._within(text, net)
        if condition.operator == "contains":
            return f"contains({text}, {self._bind(condition.value)})"
        if condition.operator == "startswith":
            return f"starts_with({text}, {self._bind(condition.value)})"
        return f"{text} IN ({', '.join(self._bind(one) for one in spellings(condition))})"

    def _within(self, text: str, net: IPv4Network | IPv6Network) -> str:
        if isinstance(net, IPv4Network):
            return f"regexp_matches({text}, {self._bind(dotted_pattern(net))})"
        return f"taishi_in_network({text}, {self._bind(str(net))})"


def dotted_pattern(net: IPv4Network) -> str:
    """A regular expression for the dotted addresses of a network: eight times faster than arithmetic."""
    whole, bits = divmod(net.prefixlen, 8)
    octets = [str(octet) for octet in net.network_address.packed]
    parts = octets[:whole]
    if bits:
        first = net.network_address.packed[whole]
        parts.append("(?:" + "|".join(str(first + more) for more in range(2 ** (8 - bits))) + ")")
    parts.extend(["[0-9]{1,3}"] * (4 - len(parts)))
    return "^" + r"\.".join(parts) + "$"


def _is_number(value: str) -> bool:
    digits = value.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 19 and str(int(value)) == value


def as_text(name: str, of: pa.DataType) -> str:
    if pa.types.is_string(of):
        return name
    if pa.types.is_timestamp(of):
        # As core.clock.rfc3339 writes it: microseconds only where there are any.
        return f"replace(strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ'), '.000000Z', 'Z')"
    return f"CAST({name} AS VARCHAR)"
