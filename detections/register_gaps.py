"""Risks that the register itself shows: exposed without an owner, systems without filing or assessment."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from msgspec.structs import replace

from detections.hits import Evidences, Finding, hit
from taishi.core.records import Evidence, Hit, Level, SubjectKind
from taishi.core.register_records import Sighting
from taishi.core.text import Text

EXPOSED = Finding(
    "taishi.register.exposed",
    Text("对外开放服务的未登记资产", "Unregistered host that serves the outside"),
    "risk",
    "medium",
    (),
    Text(
        "查明归属单位并登记；不需对外的服务关闭或限制访问。",
        "Find out whose it is and register it; close what need not be open to the outside.",
    ),
)
UNFILED = Finding(
    "taishi.register.unfiled",
    Text("系统未办理等级保护备案", "System without a filing of its protection grade"),
    "risk",
    "low",
    (),
    Text("办理定级备案，并把备案号登记到台账。", "File the grade and enter its number in the register."),
)
OVERDUE = Finding(
    "taishi.register.overdue",
    Text("系统等级保护测评过期", "Assessment of the protection grade overdue"),
    "risk",
    "low",
    (),
    Text("安排测评，并把测评日期登记到台账。", "Have it assessed and enter the day in the register."),
)
#: From grade 3 up once a year (管理办法, 公通字〔2007〕43号, art. 14); grade 2 every two years by usage.
YEARLY_FROM, FILED_FROM = 3, 2


@dataclass(frozen=True)
class GradedSystem:
    """A system as its unit registered it. `subject` names it; `since`: in the register from that moment."""

    unit: str
    name: str
    subject: str
    subject_kind: SubjectKind
    grade: int | None
    filing: str | None
    assessed: date | None


def exposed(sightings: Iterable[Sighting]) -> Iterator[Hit]:
    """One hit an address, whatever was seen of it since; none without an exposure."""
    for one in sightings:
        shown = sorted(one.exposures, key=lambda each: (each.at, each.service))
        if not shown:
            continue
        services = "、".join(sorted({each.service for each in shown}))
        gathered = Evidences(
            count=len(shown),
            first=shown[0].at,
            last=shown[-1].at,
            kept=[
                Evidence(each.event_id, each.at, f"{each.client} → {one.id} {each.service}") for each in shown
            ],
        )
        summary = Text(
            f"{one.id} 未登记归属单位，却向外部应答 {services}",
            f"{one.id} is nobody's in the register and answers the outside on {services}",
        )
        peers = (each.client for each in shown)
        yield hit(EXPOSED, gathered, key="", subject=one.id, subject_kind="ip", summary=summary, peers=peers)


def graded(systems: Iterable[GradedSystem], at: datetime) -> Iterator[Hit]:
    """What a system lacks at that moment; the id does not depend on it, so a lack comes up once."""
    for one in systems:
        if one.grade is None or (one.grade >= FILED_FROM and not one.filing):
            graded_as = "未定级" if one.grade is None else f"{one.grade} 级"
            yield _lack(
                UNFILED,
                one,
                at,
                Text(
                    f"{one.name}（{graded_as}）没有等级保护备案号",
                    f"{one.name} (grade {one.grade or 'none'}) has no filing number",
                ),
            )
        if one.grade is not None and one.grade >= FILED_FROM:
            yield from _assessment(one, one.grade, at)


def _assessment(one: GradedSystem, grade: int, at: datetime) -> Iterator[Hit]:
    years = 1 if grade >= YEARLY_FROM else 2
    if one.assessed is not None and _later(one.assessed, years) > at.date():
        return
    said = (
        Text(f"{one.name}（{grade} 级）没有测评记录", f"{one.name} (grade {grade}) was never assessed")
        if one.assessed is None
        else Text(
            f"{one.name}（{grade} 级）上次测评 {one.assessed}，已超过 {years} 年",
            f"{one.name} (grade {grade}) was last assessed on {one.assessed}, over {years} years ago",
        )
    )
    level: Level = "medium" if grade >= YEARLY_FROM else "low"
    yield replace(_lack(OVERDUE, one, at, said), level=level)


def _lack(finding: Finding, one: GradedSystem, at: datetime, summary: Text) -> Hit:
    gathered = Evidences(count=1, first=at, last=at, unit=one.unit, asset=one.name)
    return hit(
        finding,
        gathered,
        key=one.name,
        subject=one.subject,
        subject_kind=one.subject_kind,
        summary=summary,
    )


def _later(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
