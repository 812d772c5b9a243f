"""Exceptions and suppression: what a person has decided not to see comes up as no hit, and is counted.

Spans are of event time, so a replay of what is stored gives the same hits as the first run did.
"""

import fnmatch
import re
from bisect import bisect_left, insort
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from taishi.core.event import Event, Json, Value
from taishi.core.records import Hit, RuleException

#: A rule id that stands for every rule.
EVERY_RULE = "*"
#: Groups whose admitted hits are remembered, and hits a group; the oldest are forgotten, which shows a hit
#: more, never one less.
MOST_GROUPS, MOST_TIMES = 100_000, 512

_Test = Callable[[str], bool]
_SIDES = ("source", "destination", "host")


class Exceptions:
    """Asked for every match before it becomes a hit. `counts`: matches kept back, by the exception's id."""

    def __init__(self, records: Iterable[RuleException] = ()) -> None:
        self.counts: Counter[str] = Counter()
        self._by_rule: dict[str, list[_Standing]] = {}
        self._admitted: OrderedDict[tuple[str, ...], list[datetime]] = OrderedDict()
        self.renew(records)

    def renew(self, records: Iterable[RuleException]) -> None:
        """Takes the exceptions as they stand now; counts and what was admitted are kept."""
        standing: dict[str, list[_Standing]] = {}
        # `except` comes first: what it keeps back must not use up the one hit that `suppress` lets through.
        for record in sorted(records, key=lambda one: (one.mode, one.id)):
            standing.setdefault(record.rule, []).append(_Standing(record))
        self._by_rule = standing

    def admits(self, rule_id: str, event: Event) -> bool:
        """Whether this match may become a hit."""
        if not self._by_rule:
            return True
        for one in (*self._by_rule.get(rule_id, ()), *self._by_rule.get(EVERY_RULE, ())):
            if one.covers(event) and (one.record.mode == "except" or not self._one_more(one, rule_id, event)):
                self.counts[one.record.id] += 1
                return False
        return True

    def admits_hit(self, hit: Hit) -> bool:
        """Whether what a behaviour found, or what stands in an alert already, may come up.

        Asked by what a hit tells of itself (`hit_texts`), at the time it was last seen; only exceptions that
        keep everything back count, for a hit of a behaviour is one a day.
        """
        for one in (*self._by_rule.get(hit.rule, ()), *self._by_rule.get(EVERY_RULE, ())):
            if one.record.mode == "except" and one.covers_hit(hit):
                self.counts[one.record.id] += 1
                return False
        return True

    def about(self, hit: Hit) -> Iterator[tuple[RuleException, bool]]:
        """Exceptions of either mode that a hit meets by rule and conditions, each with whether its span
        holds the hit; nothing is counted."""
        for one in (*self._by_rule.get(hit.rule, ()), *self._by_rule.get(EVERY_RULE, ())):
            if one.meets_hit(hit):
                yield one.record, one.covers_hit(hit)

    def _one_more(self, one: "_Standing", rule_id: str, event: Event) -> bool:
        """Whether no hit of this group was admitted within the span around it: events come late, too."""
        values = ("\0".join(sorted(_texts(event, name))) for name in one.record.group)
        key = (one.record.id, rule_id, *values)
        times = self._admitted.setdefault(key, [])
        self._admitted.move_to_end(key)
        place, apart = bisect_left(times, event.time), timedelta(seconds=one.record.every_s)
        if any(abs(event.time - near) < apart for near in times[max(0, place - 1) : place + 1]):
            return False
        insort(times, event.time)
        del times[:-MOST_TIMES]
        if len(self._admitted) > MOST_GROUPS:
            self._admitted.popitem(last=False)
        return True


class _Standing:
    """One exception, ready to be asked."""

    __slots__ = ("_tests", "record")

    def __init__(self, record: RuleException) -> None:
        self.record = record
        self._tests = [(name, _test(wanted)) for name, wanted in record.where.items()]

    def covers(self, event: Event) -> bool:
        if not self.record.since <= event.time < self.record.until:
            return False
        return all(any(map(test, _texts(event, name))) for name, test in self._tests)

    def covers_hit(self, hit: Hit) -> bool:
        return self.record.since <= hit.last_seen < self.record.until and self.meets_hit(hit)

    def meets_hit(self, hit: Hit) -> bool:
        """By its conditions, whenever it was seen."""
        return all(any(map(test, hit_texts(hit, name))) for name, test in self._tests)


def hit_texts(hit: Hit, name: str) -> tuple[str, ...]:
    """What a hit tells under the name of an event's field, or under `subject`, `peer`, `unit`, `asset`.

    In an attempt the subject is the destination and the attackers are the source; else a host of ours acts,
    and its peers are the destination. A field that a hit does not tell of has no value and covers nothing.
    """
    attempt = hit.threat == "attempted" or bool(hit.attackers)
    acting = hit.attackers if attempt else (hit.subject,)
    reached = (hit.subject,) if attempt else hit.peers
    told: dict[str, tuple[str | None, ...]] = {
        "subject": (hit.subject,),
        "peer": (*hit.peers, *hit.attackers),
        "source.ip": acting,
        "destination.ip": reached,
        "destination.domain": reached,
        "host.ip": (hit.subject,),
        "host.name": (hit.subject,),
        "user.name": (hit.subject,) if hit.subject_kind == "account" else (),
    }
    for owner, value in (("unit", hit.unit), ("asset", hit.asset)):
        told |= dict.fromkeys((owner, *(f"taishi.{side}.{owner}" for side in _SIDES)), (value,))
    return tuple(value for value in told.get(name, ()) if value)


def _test(wanted: str) -> _Test:
    """How a value is compared: as an address or network, with wildcards, or as text; never by case."""
    try:
        network = ip_network(wanted, strict=False)
    except ValueError:
        if not set("*?") & set(wanted):
            return lambda text: text.casefold() == wanted.casefold()
        # fnmatch's own translation does not backtrack (Python issue 40480); [ means itself here.
        matches = re.compile(fnmatch.translate(wanted.replace("[", "[[]")), re.IGNORECASE).match
        return lambda text: matches(text) is not None

    def within(text: str) -> bool:
        address = _address(text)
        return address is not None and address.version == network.version and address in network

    return within


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address; one mapped into IPv6 (RFC 4291 section 2.5.5.2), as Windows logs it, in its own form."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _texts(event: Event, name: str) -> Iterator[str]:
    """The values of a field as text: the event's columns first, then the source's own fields."""
    value: Value | Json = event.fields.get(name)
    if value is None and "taishi.extra" in event.fields:
        value = event.extra.get(name)
    for one in value if isinstance(value, list) else (value,):
        if one is not None:
            yield str(one)
