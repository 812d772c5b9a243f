"""Much personal data taken at once, or at night, by one host from one server.

Look-alike: an agreed exchange between two systems. What comes every night is a routine and no longer told.
"""

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.networks import Networks
from detections.personal.found import ItemType
from detections.personal.shield import Counts
from detections.sequences.movements import KINDS, movements, told
from detections.sequences.recent import MOST_OPEN, Recent
from taishi.core.clock import ZONE
from taishi.core.event import Batch
from taishi.core.records import Hit
from taishi.core.text import Text

#: In a day by one host from one server: sensitive values, values of any person.
MASS_SENSITIVE, MASS_PEOPLE = 500, 2_000
#: The same in a night.
NIGHT_SENSITIVE, NIGHT_PEOPLE = 50, 200
#: Night in Asia/Shanghai: from this hour until that; it belongs to the day on which it began.
NIGHT = (22, 6)
#: In so many nights the same pair makes a routine.
ROUTINE = 4
_PLACES = 5

MASS = Finding(
    "taishi.data.mass-export",
    Text("个人信息大量导出", "Personal data exported in mass"),
    "risk",
    "high",
    ("T1213",),
    Text(
        "核实导出人、用途与审批；无审批的立即停止并收回数据，限制单次与每日查询条数，补登数据提供记录。",
        "Find out who exported it, why, and who approved; stop what nobody approved, get the data back, "
        "limit rows a query and a day, and record what was handed over.",
    ),
    "data",
)
AT_NIGHT = Finding(
    "taishi.data.night-export",
    Text("非工作时间导出个人信息", "Personal data exported at night"),
    "risk",
    "medium",
    ("T1213",),
    Text(
        "核实当晚是否有值班或定时任务；都没有的，按账号被盗用排查该主机与账号。",
        "Ask whether somebody was on duty or a job ran; if neither, check host and account for misuse.",
    ),
    "data",
)


class _Taken(msgspec.Struct, forbid_unknown_fields=True):
    counts: dict[ItemType, int] = msgspec.field(default_factory=dict)
    sensitive: int = 0
    people: int = 0
    places: set[str] = msgspec.field(default_factory=set)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class DataExports:
    """Adds up by receiver, server and day or night."""

    id = MASS.rule
    kinds = KINDS

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._days = Recent(tuple[str, str, str], _Taken, MOST_OPEN)
        self._nights = Recent(tuple[str, str, str], _Taken, MOST_OPEN)

    def observe(self, batch: Batch) -> None:
        for one in movements(batch):
            if not one.outwards or not self._networks.inside(one.server):
                continue
            local = one.event.time.astimezone(ZONE)
            groups = [self._days[one.client, one.server, f"{local:%Y-%m-%d}"]]
            if local.hour >= NIGHT[0] or local.hour < NIGHT[1]:
                begun = local - timedelta(hours=NIGHT[1])
                groups.append(self._nights[one.client, one.server, f"{begun:%Y-%m-%d}"])
            here = one.side if not self._networks.inside(one.client) else _other(one.side)
            for group in groups:
                group.evidence.add(one.event, side=here)
                group.sensitive += one.sensitive
                group.people += one.people
                for kind, number in one.counts.items():
                    group.counts[kind] = group.counts.get(kind, 0) + number
                if len(group.places) < _PLACES:
                    group.places.add(one.place)

    def hits(self) -> Iterator[Hit]:
        for key, taken in self._days.items():
            if taken.sensitive >= MASS_SENSITIVE or taken.people >= MASS_PEOPLE:
                yield self._hit(MASS, key, taken, Text("一天内", "in a day"))
        over = [
            (key, taken)
            for key, taken in self._nights.items()
            if taken.sensitive >= NIGHT_SENSITIVE or taken.people >= NIGHT_PEOPLE
        ]
        pairs = [key[:2] for key, _ in over]
        for key, taken in over:
            if pairs.count(key[:2]) < ROUTINE:
                yield self._hit(AT_NIGHT, key, taken, Text("夜间", "at night"))

    def _hit(self, finding: Finding, key: tuple[str, str, str], taken: _Taken, when: Text) -> Hit:
        """About the host that took the data, or the server where that is a stranger."""
        client, server, day = key
        what, places = told(Counts(taken.counts)), "、".join(sorted(taken.places))
        inside = self._networks.inside(client)
        return hit(
            finding,
            taken.evidence,
            key=f"{client} {server} {day}",
            subject=client if inside else server,
            subject_kind="ip",
            peers=[server if inside else client],
            summary=Text(
                f"{client} 于 {day} {when.zh}从 {server}（{places}）取走至少{what.zh}",
                f"{client} took at least {what.en} from {server} ({places}) {when.en}, {day}",
            ),
        )


def _other(side: str) -> str:
    return "source" if side == "destination" else "destination"


SEQUENCE = DataExports
