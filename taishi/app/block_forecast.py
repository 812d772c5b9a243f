"""What a block would do before anybody decides it: whose address, what is cut, what forbids it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from taishi.app.blocks.states import OPEN
from taishi.app.desk import Desk
from taishi.app.networks import Protected, protecting, read_network
from taishi.app.whose import plain
from taishi.core.notice_records import Notice
from taishi.core.ports import Find, Ownership, Query
from taishi.core.problems import Problem, Refused
from taishi.core.records import Alert, Block
from taishi.core.text import Text

#: What a block would cut is judged by the sessions of this span before now.
LOOK_BACK = timedelta(hours=24)
#: Sessions looked at for the units they touch; above it one says "at least".
MAX_SESSIONS = 1000


@dataclass(frozen=True)
class Cut:
    """The sessions of the last day that touched some addresses: such ones would be dropped. `complete`: all
    were looked at for their units."""

    sessions: int = 0
    units: frozenset[str] = frozenset()
    complete: bool = True

    @property
    def words(self) -> Text:
        least = Text("", "") if self.complete else Text("至少", "at least ")
        return Text(
            f"将断开{least.zh} {len(self.units)} 个单位的 {self.sessions} 条会话",
            f"would cut {self.sessions} sessions of {least.en}{len(self.units)} units",
        )


@dataclass(frozen=True)
class Forecast:
    """Of one address as it was written. `refused`: why no block of it would be approved now."""

    address: str
    refused: Text | None = None
    owner: Ownership | None = None
    block: Block | None = None
    letters: Sequence[Notice] = ()
    cut: Cut = field(default_factory=Cut)


def forecast(desk: Desk, address: str) -> Forecast:
    """Raises Problem where it is no address."""
    network = read_network(address)
    try:
        one = desk.blocks.allowed(address)
    except Refused as refused:
        said = getattr(refused, "text", Text(str(refused), str(refused)))
        return Forecast(address, said, cut=cut_of(desk, [network.with_prefixlen]))
    owner = desk.register.current.now().register.owner(one, desk.clock.now())
    standing = desk.state.find(Block, Find(where={"address": one, "state": OPEN}, limit=1))
    letters = _letters(desk, one)
    refused_for = _untold(one, owner, letters) if owner else _nobodys(desk, one)
    return Forecast(one, refused_for, owner, next(iter(standing), None), letters, cut_of(desk, [one]))


def cut_of(desk: Desk, addresses: Iterable[str]) -> Cut:
    """Of all the addresses together: a session between two of them counts once."""
    seen: set[str] = set()
    units: set[str] = set()
    sessions, complete, now = 0, True, desk.clock.now()
    for address in addresses:
        query = Query(now - LOOK_BACK, now, kinds=("flow",), address=address, limit=MAX_SESSIONS)
        found = desk.events.search(query)
        new = [event for event in found.events if event.id not in seen]
        seen.update(event.id for event in new)
        sides = ("taishi.source.unit", "taishi.destination.unit")
        units |= {event.text(side) for event in new for side in sides} - {""}
        sessions += len(new) if found.cursor is None else desk.events.count(query)
        complete = complete and found.cursor is None
    return Cut(sessions, frozenset(units), complete)


def _letters(desk: Desk, address: str) -> Sequence[Notice]:
    """Those that name the address and were not withdrawn."""
    found = desk.state.find(Notice, Find(order="created_at"))
    named = [one for one in found if any(address in map(plain, (i.address, *i.peers)) for i in one.items)]
    return [one for one in named if one.state != "withdrawn"]


def _untold(address: str, owner: Ownership, letters: Sequence[Notice]) -> Text | None:
    if any(letter.unit == owner.unit and letter.state != "closed" for letter in letters):
        return None
    return Text(
        f"{address} 属于{owner.unit}，须先起草致该单位、写明该地址的函",
        f"{address} is of {owner.unit}; a letter to it that names the address comes first",
    )


def _nobodys(desk: Desk, address: str) -> Text | None:
    ours = (Protected(read_network(cidr), "") for cidr in desk.settings.internal())
    if protecting(address, ours) is None or desk.state.count(Alert, Find(where={"subject": address})):
        return None
    return Text(
        f"{address} 属于内部网络但未登记归属单位，须先登记",
        f"{address} lies in our networks and has no owner; it must be registered first",
    )


def read_addresses(text: str, name: str) -> Sequence[str]:
    """An address a line; what follows it and lines that begin with # are remarks. Raises Problem naming
    the line that holds none."""
    found: dict[str, None] = {}
    for number, line in enumerate(text.splitlines(), 1):
        word = line.strip().partition(" ")[0]
        if word and not word.startswith("#"):
            try:
                read_network(word)
            except Problem as problem:
                raise Problem(f"{name}:{number}: {problem}") from None
            found[word] = None
    return tuple(found)
