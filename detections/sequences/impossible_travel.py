"""One account logs on from two countries between which nobody travels in that time (异地登录).

Somebody who is in one country cannot be in another before an airliner could be, so one of the two logons is
somebody else's, or neither place is where the person is. A country says little of an address (decision 0019),
so it is a risk, low, and medium where the second logon follows failures from that address; who also lives by
that is told apart:

- An exit that many share (VPN, proxy, cloud: `taishi.source.exit`, stamped by warninglists) is no place: it
  counts only as the second, and only after failures from that very address; then it stays low.
- Mobile carriers send roaming telephones home, some people work behind two exits, and services log on from
  everywhere: where an account logged on from both countries on three days before, that is its habit.
- Addresses inside have no country: whoever comes in by VPN seems to be in both places at once.
- An account that names no domain is one of its host, so `root` here and `root` there are two.
- China is one region; positions are those of countries, so a good deal is taken off the distance.

ATT&CK T1078.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

import msgspec
import pyarrow.compute as pc

from detections.country_distance import distance, region
from detections.hits import EVIDENCE_LIMIT, Evidences, Finding, hit
from detections.networks import Networks
from detections.sequences.recent import MOST_OPEN, Recent
from taishi.core.ecs import Kind
from taishi.core.event import Batch, Event
from taishi.core.records import Evidence, Hit
from taishi.core.summary import summarize
from taishi.core.text import Text
from taishi.kit.countries import country_name

#: Kilometres that the middle of a country may be away from whoever is in it, taken off once.
NEAR_KM = 1_500
#: An airliner's speed from gate to gate, at its best.
KM_H = 900
#: Days on which both countries were used before somebody's travels are a habit.
HABIT = 3
#: Failures from the same address within the hour before that raise the level: two may be mistyped.
FAILURES, BEFORE = 3, timedelta(hours=1)
#: Hours with logons of one region that an account keeps before the older half is judged and goes; moves kept.
_STAYS, _MOVES = 32, 32
_HOUR = 3600
#: Names that are everybody's by convention, and what Windows writes for nobody.
_EVERYBODY = frozenset({"anonymous", "ftp", "guest", "anonymous logon", "-"})
_WINDOWS = {"4624": "success", "4625": "failure"}

FINDING = Finding(
    "taishi.sequence.impossible-travel",
    Text("异地登录：短时间内从两国登录", "Logons from two countries in too short a time"),
    "risk",
    "low",
    ("T1078",),
    Text(
        "向账号本人核实两次登录；有一次不是本人的，立即改密、注销会话并启用双因素，核查该次登录之后的操作。",
        "Ask the account's owner about both logons; where one was somebody else's, change the password, end "
        "its sessions, use two factors, and check what was done since.",
    ),
)


class _Logon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shown: Evidence
    address: str
    country: str
    region: str
    exit: bool

    @property
    def order(self) -> tuple[float, str]:
        return self.shown.time.timestamp(), self.shown.event_id


_Place = tuple[int, str, bool]


class _Stay(msgspec.Struct, forbid_unknown_fields=True):
    """The first and the last logon from one region within one hour; exits apart."""

    first: _Logon
    last: _Logon

    @property
    def place(self) -> _Place:
        return _place(self.first)


class _Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two logons, of which the second came too soon."""

    first: _Logon
    second: _Logon


class _Account(msgspec.Struct, forbid_unknown_fields=True):
    stays: list[_Stay] = msgspec.field(default_factory=list)
    moves: list[_Move] = msgspec.field(default_factory=list)
    #: The first days with a logon, by region.
    days: dict[str, list[int]] = msgspec.field(default_factory=dict)
    owners: set[tuple[str, str]] = msgspec.field(default_factory=set)


class _Failed(msgspec.Struct, forbid_unknown_fields=True):
    """The latest failures, seconds since 1970."""

    moments: list[float] = msgspec.field(default_factory=list)


class ImpossibleTravel:
    """Watches logons from addresses with a country."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"logon", "windows"})

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._accounts = Recent(str, _Account)
        self._failed = Recent(tuple[str, str], _Failed, MOST_OPEN)

    def observe(self, batch: Batch) -> None:
        placed = batch.rows.filter(pc.is_valid(batch.rows["source.geo.country_iso_code"]))
        for event in Batch(batch.kind, placed).events():
            account, address = account_of(event), event.text("source.ip")
            if account is None or self._networks.inside(address):
                continue
            outcome = _outcome(event)
            if outcome == "success":
                self._note(self._accounts[account], event)
            elif outcome == "failure":
                moments = self._failed[account, address].moments
                moments.append(event.time.timestamp())
                moments[:] = sorted(moments)[-EVIDENCE_LIMIT:]

    def _note(self, account: _Account, event: Event) -> None:
        country = event.text("source.geo.country_iso_code")
        where = region(country)
        if where is None:
            return
        shown = Evidence(event.id, event.time, summarize(event))
        is_exit = bool(event.text("taishi.source.exit"))
        logon = _Logon(shown, event.text("source.ip"), country, where, is_exit)
        side = "destination" if event.text("taishi.destination.unit") else "host"
        if unit := event.text(f"taishi.{side}.unit"):
            account.owners.add((unit, event.text(f"taishi.{side}.asset")))
        days = account.days.setdefault(where, [])
        days[:] = sorted({*days, _day(logon)})[:HABIT]
        _stay(account.stays, logon)
        if len(account.stays) > _STAYS:
            account.moves = _moves(account)[:_MOVES]
            account.stays = sorted(account.stays, key=lambda one: one.last.order)[_STAYS // 2 :]

    def hits(self) -> Iterator[Hit]:
        for name, account in self._accounts.items():
            found = [move for move in _moves(account) if not _is_habit(account, move)]
            guessed = [move for move in found if self._follows_failures(name, move.second)]
            told = [move for move in found if move in guessed or not move.second.exit][:_MOVES]
            if told:
                yield _hit(name, account, told, guessed)

    def _follows_failures(self, account: str, logon: _Logon) -> bool:
        failed = self._failed.get((account, logon.address))
        end = logon.shown.time.timestamp()
        moments = failed.moments if failed else []
        return sum(end - BEFORE.total_seconds() <= one <= end for one in moments) >= FAILURES


def account_of(event: Event) -> str | None:
    """Whose logon it is: `name@domain`, else `name@host`; None where the name is nobody's own."""
    name, domain = event.text("user.name").lower(), event.text("user.domain").lower()
    if "\\" in name:
        domain, _, name = name.rpartition("\\")
    if not name or name in _EVERYBODY or name.endswith("$"):
        return None
    if "@" in name:
        return name
    target = event.text("destination.ip") or event.text("destination.domain")
    home = domain or target or event.text("host.name") or event.text("log.file.path")
    return f"{name}@{home}"


def _outcome(event: Event) -> str:
    if event.kind == "windows":
        security = event.text("winlog.channel") == "Security"
        return _WINDOWS.get(event.text("event.code"), "") if security else ""
    return event.text("event.outcome")


def _place(logon: _Logon) -> _Place:
    """The hour and the region of a stay, and whether it is an exit's."""
    return int(logon.order[0] // _HOUR), logon.region, logon.exit


def _day(logon: _Logon) -> int:
    return int(logon.order[0] // (24 * _HOUR))


def _stay(stays: list[_Stay], logon: _Logon) -> None:
    known = next((one for one in stays if one.place == _place(logon)), None)
    if known is None:
        stays.append(_Stay(logon, logon))
    else:
        known.first = min(known.first, logon, key=lambda one: one.order)
        known.last = max(known.last, logon, key=lambda one: one.order)


def _moves(account: _Account) -> list[_Move]:
    """Every stay that was reached too soon, by time; of the moves to one stay the closest."""
    logons = [one for stay in account.stays for one in (stay.first, stay.last)]
    closest: dict[_Place, _Move] = {}
    for move in chain(account.moves, (found for stay in account.stays if (found := _reached(stay, logons)))):
        known = closest.get(_place(move.second), move)
        closest[_place(move.second)] = max(known, move, key=lambda one: one.first.order)
    return sorted(closest.values(), key=lambda one: one.second.order)


def _reached(stay: _Stay, logons: list[_Logon]) -> _Move | None:
    too_soon = [
        one
        for one in logons
        if not one.exit and one.order < stay.first.order and _is_too_soon(one, stay.first)
    ]
    return _Move(max(too_soon, key=lambda one: one.order), stay.first) if too_soon else None


def _is_too_soon(one: _Logon, other: _Logon) -> bool:
    needed = (distance(one.region, other.region) - NEAR_KM) / KM_H * _HOUR
    return other.order[0] - one.order[0] < needed


def _is_habit(account: _Account, move: _Move) -> bool:
    """Whether the account had logged on from both regions on enough days before."""
    known = [account.days[one.region] for one in (move.first, move.second)]
    return all(len(days) == HABIT and days[-1] < _day(move.second) for days in known)


def _hit(name: str, account: _Account, moves: list[_Move], guessed: list[_Move]) -> Hit:
    """`guessed`: the moves that follow failures; the words are about one of these where there are any."""
    one = guessed[0] if guessed else moves[0]
    logons = {one.order: one for move in moves for one in (move.first, move.second)}
    ordered = [logons[order] for order in sorted(logons)]
    evidence = Evidences(
        len(ordered),
        ordered[0].shown.time,
        ordered[-1].shown.time,
        [one.shown for one in ordered[:EVIDENCE_LIMIT]],
    )
    if account.owners:
        unit, asset = min(account.owners)
        evidence.unit, evidence.asset = unit, asset or None
    return hit(
        FINDING,
        evidence,
        key="travel",
        subject=name,
        subject_kind="account",
        peers=[one.address for one in ordered],
        attackers=[move.second.address for move in guessed],
        summary=_said(name, one, follows=bool(guessed)),
        level="medium" if any(not move.second.exit for move in guessed) else None,
    )


def _said(name: str, move: _Move, *, follows: bool) -> Text:
    first, second = move.first, move.second
    there, here = country_name(first.country), country_name(second.country)
    apart = round((second.order[0] - first.order[0]) / 60)
    far = round(distance(first.region, second.region), -2)
    failed = Text("，且登录前多次失败", ", after failures") if follows else Text("", "")
    return Text(
        f"账号 {name} 从{there.zh}（{first.address}）登录 {apart} 分钟后又从{here.zh}（{second.address}）"
        f"登录，两地相距约 {far:.0f} 公里{failed.zh}",
        f"{name} logged on from {there.en} ({first.address}) and {apart} minutes later from {here.en} "
        f"({second.address}), some {far:.0f} km away{failed.en}",
    )


SEQUENCE = ImpossibleTravel
