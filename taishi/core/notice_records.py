"""The records of the loop: letters to units, the papers they send back, and every move between.

As in `taishi.core.records` all are frozen, and all times zone-aware UTC.
"""

from datetime import datetime
from typing import Literal

import msgspec

from taishi.core.records import THREATS, Evidence, Level, Threat
from taishi.core.text import Text

#: 草拟, 审签（待发）, 已发, 已签收, 整改中, 已报, 复核, 销号, 撤回.
NoticeState = Literal[
    "drafted",
    "approved",
    "issued",
    "received",
    "rectifying",
    "answered",
    "rechecked",
    "closed",
    "withdrawn",
]
#: The letter has left and its matter is not closed.
OUTSTANDING: tuple[NoticeState, ...] = ("issued", "received", "rectifying", "answered", "rechecked")
#: Of those, the ones where the unit has to answer yet: deadlines and reminders count for them.
UNANSWERED: tuple[NoticeState, ...] = ("issued", "received", "rectifying")

#: The letters that a unit has to answer, by type: of one class it has one open at a time, which takes in what
#: `notices.standing` says.
MATTERS: tuple[str, ...] = ("disposal", "advisory")

STATE_NAMES: dict[NoticeState, Text] = {
    "drafted": Text("草拟", "drafted"),
    "approved": Text("已审签、待发", "approved, waiting to be issued"),
    "issued": Text("已发", "issued"),
    "received": Text("已签收", "received"),
    "rectifying": Text("整改中", "being rectified"),
    "answered": Text("已报", "answered"),
    "rechecked": Text("已复核", "rechecked"),
    "closed": Text("已销号", "closed"),
    "withdrawn": Text("已撤回", "withdrawn"),
}

#: What happens to a letter, each a line of its history.
Move = Literal[
    "draft",
    "approve",
    "issue",
    "append",
    "receive",
    "start",
    "ask",
    "extend",
    "object",
    "settle",
    "answer",
    "return",
    "recheck",
    "close",
    "reopen",
    "withdraw",
    "remind",
    "bounce",
]

MOVE_NAMES: dict[Move, Text] = {
    "draft": Text("起草", "drafted"),
    "approve": Text("审签", "approved"),
    "issue": Text("发出", "issued"),
    "append": Text("追加", "appended to"),
    "receive": Text("签收", "received"),
    "start": Text("开始整改", "rectification begun"),
    "ask": Text("申请延期", "extension asked for"),
    "extend": Text("延期", "extended"),
    "object": Text("提出异议", "objected to"),
    "settle": Text("异议处理", "objection settled"),
    "answer": Text("报送材料", "answered"),
    "return": Text("退回", "returned"),
    "recheck": Text("复核", "rechecked"),
    "close": Text("销号", "closed"),
    "reopen": Text("重开", "reopened"),
    "withdraw": Text("撤回", "withdrawn"),
    "remind": Text("催办", "reminded"),
    "bounce": Text("退信", "bounced"),
}


class NoticeItem(msgspec.Struct, frozen=True):
    """One line of a letter's annex: what was seen on one address of the unit.

    `rules`: the ids of every rule that spoke. `appended_at`: when it was added, or last brought up to what
    was seen, after the letter had left; the letter's own text, as it was sent, does not change by that.
    """

    alert_id: str
    address: str
    asset: str
    threat: Threat
    level: Level
    what: str
    rule: str
    peers: tuple[str, ...]
    count: int
    first_seen: datetime
    last_seen: datetime
    evidence: tuple[Evidence, ...]
    advice: str
    rules: tuple[str, ...] = ()
    appended_at: datetime | None = None


class Extension(msgspec.Struct, frozen=True):
    """延期: granted by `by` at `at`, for so many working days; `was` is the deadline before."""

    at: datetime
    by: str
    why: str
    days: int
    was: datetime


class Wish(msgspec.Struct, frozen=True):
    """What the unit asks for and nobody has decided yet: more working days."""

    at: datetime
    by: str
    why: str
    days: int


class Objection(msgspec.Struct, frozen=True):
    """异议: the unit says that it is not so, of one alert or (None) of all. `accepted` None: it waits."""

    at: datetime
    by: str
    why: str
    alert_id: str | None = None
    accepted: bool | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    answer: str = ""


class Opinion(msgspec.Struct, frozen=True):
    """复核意见: on what proof the matter may be closed.

    `basis` quiet: the rules were quiet from `since` to `until` while `sensors` (their names) saw the unit;
    retest: the paper `paper` (its id) shows that a retest was passed.
    """

    at: datetime
    by: str
    basis: Literal["quiet", "retest"]
    words: Text
    since: datetime | None = None
    until: datetime | None = None
    sensors: tuple[str, ...] = ()
    paper: str | None = None


#: T−1, T+0, T+2 working days, then escalation.
Stage = Literal["before", "due", "after", "escalated"]


class Reminder(msgspec.Struct, frozen=True):
    """催办: one stage of one deadline, told to whom; `letter` is the id of the 催办函, where there is one."""

    stage: Stage
    deadline: datetime
    at: datetime
    to: str
    letter: str | None = None


class Bounce(msgspec.Struct, frozen=True):
    """A contact (`to`: name, telephone or address) that the letter did not reach, and why."""

    at: datetime
    to: str
    why: str


class WarningFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a warning tells (GB/T 32924-2016): its level as a colour, nature, threat manner, scope, objects,
    degree and counter-measures. `authority`: who authorised the bureau to warn; none: a hint (提示).
    """

    subject: str
    color: Literal["red", "orange", "yellow", "blue"]
    nature: str
    manner: str
    scope: str
    objects: str
    degree: str
    measures: tuple[str, ...]
    authority: str = ""


class Notice(msgspec.Struct, frozen=True):
    """函: a letter to a unit with its life. `text_hash` is of exactly the content that was approved.

    `drafted_by`: the people who had a hand in the text as it stands; a playbook's draft has none. `about`:
    the letter that this one belongs to (催办函, 复核意见, 解除封禁告知). `returned`, `reopened`: how often.
    """

    id: str
    type: str
    unit: str
    title: str
    items: tuple[NoticeItem, ...]
    created_at: datetime
    deadline: datetime
    state: NoticeState = "drafted"
    number: str | None = None
    text_hash: str | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    issued_by: str | None = None
    issued_at: datetime | None = None
    withdrawn_why: str | None = None
    drafted_by: tuple[str, ...] = ()
    about: str | None = None
    received_at: datetime | None = None
    received_by: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    returned: int = 0
    extensions: tuple[Extension, ...] = ()
    wish: Wish | None = None
    objection: Objection | None = None
    opinion: Opinion | None = None
    warning: WarningFacts | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    reopened: int = 0
    reopened_at: datetime | None = None
    reminders: tuple[Reminder, ...] = ()
    bounces: tuple[Bounce, ...] = ()

    @property
    def threat(self) -> Threat:
        """The class it is about: the worst of its items'. A paper about a letter has none: ask the letter."""
        return min((item.threat for item in self.items), key=THREATS.index, default=THREATS[-1])

    @property
    def alerts(self) -> str:
        """The ids of the alerts that it names, with blanks between: to be searched in."""
        return " ".join(item.alert_id for item in self.items)

    def overdue(self, at: datetime) -> bool:
        """逾期: the unit has not answered and its deadline is past; only `MATTERS` ask for an answer."""
        return self.type in MATTERS and self.state in UNANSWERED and self.deadline < at


class NoticeStep(msgspec.Struct, frozen=True):
    """One move in a letter's life, in the order of `id`; `state` is the one it led to."""

    id: str
    notice_id: str
    at: datetime
    by: str
    move: Move
    state: NoticeState
    why: str = ""


PaperKind = Literal["disposal_report", "commitment_letter", "retest", "other"]

PAPER_NAMES: dict[PaperKind, Text] = {
    "disposal_report": Text("处置报告单", "disposal report"),
    "commitment_letter": Text("承诺函", "commitment letter"),
    "retest": Text("复测记录", "retest record"),
    "other": Text("其他材料", "other paper"),
}


def needed_papers(type_: str) -> tuple[PaperKind, ...]:
    """What a unit must send before its answer to a letter of that type is complete: a 风险告知函 asks for no
    commitment."""
    return ("disposal_report",) if type_ == "advisory" else ("disposal_report", "commitment_letter")


class Paper(msgspec.Struct, frozen=True):
    """A paper that a unit sent about a letter. Its bytes lie in `papers/SHA256` of the data directory.

    `by`: a person's id, or `unit:` and the unit's id; `fields` as read from it; `problems`: why it is not
    accepted, nothing where it is. `round`: how often the letter had been opened again when it came.
    """

    id: str
    notice_id: str
    kind: PaperKind
    name: str
    media_type: str
    size: int
    pages: int
    sha256: str
    sm3: str
    received_at: datetime
    by: str
    fields: dict[str, str] = {}
    problems: tuple[Text, ...] = ()
    round: int = 0
