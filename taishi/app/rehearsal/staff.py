"""The story's people: they approve and issue what is drafted, decide blocks, and act for the units."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from taishi.app.loop.actors import UNIT
from taishi.app.networks import protecting
from taishi.app.refusal import Refusal
from taishi.app.rehearsal.device import CENTURY_S
from taishi.app.rehearsal.papers import page
from taishi.app.rehearsal.stage import ANALYST, APPROVER, Stage
from taishi.app.rehearsal.story import Received, StoryEvents
from taishi.core.notice_records import MATTERS, OUTSTANDING, UNANSWERED, Notice
from taishi.core.ports import Find
from taishi.core.problems import Problem
from taishi.core.records import Alert, Block, Person


class Staff:
    """Every act is the real one; what is refused waits in `refused`, with what it was about."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._desk = stage, stage.desk
        self.refused: list[tuple[str, Problem]] = []
        self._attacked: dict[str, set[str]] = defaultdict(set)
        #: The subject that papers came about last.
        self._about = ""

    def take_refused(self) -> list[tuple[str, Problem]]:
        """What was refused since the last call."""
        refused, self.refused = self.refused, []
        return refused

    def see(self, told: StoryEvents) -> None:
        """Remembers which units an outside source attacks."""
        register = self._desk.register.current.now().register
        owner = register.owner(told.subject, self._desk.clock.now())
        if told.threat == "attempted" and owner is not None:
            for peer in told.peers:
                self._attacked[peer].add(owner.unit)

    def do_all(self) -> None:
        """Blocks first, so that the letters say them; then every draft leaves."""
        for block in reversed(self._desk.blocks.list("proposed")):
            if self._agreed(block):
                with self._trying(block.address):
                    self._desk.blocks.approve(block.id, APPROVER, CENTURY_S)
        letters = self._desk.letters
        for notice in reversed(letters.list("drafted")):
            with self._trying(notice.id):
                letters.approve(notice.id, APPROVER, letters.text_hash(notice.id))
                letters.issue(notice.id, APPROVER)

    def _agreed(self, block: Block) -> bool:
        """Of the subject of a high compromise that has an owner, and of who attacks several units."""
        alerts = [alert for one in block.alerts if (alert := self._desk.state.get(Alert, one))]
        own = [alert.verdict for alert in alerts if alert.verdict.subject == block.address]
        taken = any((one.threat, one.level) == ("compromised", "high") and one.unit for one in own)
        return taken or (block.unit is None and len(self._attacked[block.address]) > 1)

    def receive(self, received: Received) -> None:
        """The unit signs for its letter, puts things right and sends the papers."""
        self._about = received.subject
        with self._trying(received.subject):
            notice = self._letter_about(received.subject)
            unit = f"{UNIT}{self._stage.units[notice.unit]}"
            loop, now = self._desk.loop, self._desk.clock.now()
            if notice.state == "issued":
                loop.receive(notice.id, unit)
            if notice.state in ("issued", "received"):
                loop.start(notice.id, unit)
            papers = [
                loop.papers.paper(
                    notice, kind, f"{kind}.pdf", page(notice, kind), unit, now, "application/pdf"
                )
                for kind in received.documents
            ]
            loop.answer(notice.id, papers, unit)

    def close(self, ip: str | None, approver: str | None) -> None:
        """The recheck and, where it holds, the closure. Without `ip` it is the letter of the last papers."""
        subject = ip or self._about
        with self._trying(f"close {subject}"):
            notice = self._letter_about(subject)
            lacking = self._desk.loop.lacking(notice)
            if notice.state in UNANSWERED and lacking:
                zh, en = "；".join(one.zh for one in lacking), "; ".join(one.en for one in lacking)
                raise Refusal(f"函件 {notice.id} 不能销号：{zh}", f"letter {notice.id} stays open: {en}")
            notice = self._desk.loop.recheck(notice.id, ANALYST)
            if notice.state == "rechecked":
                notice = self._desk.loop.close(notice.id, self._approver(approver))
            if notice.state != "closed":
                raise Refusal(
                    f"函件 {notice.id} 答复后再次出现，已重开", f"letter {notice.id}: seen again, so reopened"
                )

    def block(self, ip: str, approver: str | None) -> None:
        """Proposed by the analyst, where it is not yet, and approved by the person named."""
        with self._trying(f"block {ip}"):
            entry = protecting(ip, self._desk.blocks.protected())
            if entry is not None:
                raise Refusal(f"{ip} 受保护（{entry}），不得封禁", f"{ip} is protected: {entry}")
            alert = self._alert_naming(ip)
            block = self._desk.blocks.propose(alert.id, ip, ANALYST)
            if not (approver or "").strip():
                raise Refusal(
                    f"封禁 {block.id} 须由具名的审批人批准", f"block {block.id} needs a named approver"
                )
            self._desk.blocks.approve(block.id, self._approver(approver), CENTURY_S)

    def _approver(self, named: str | None) -> str:
        """The person's id; a name that is new is an approver's."""
        name = (named or "").strip() or APPROVER
        if self._desk.state.get(Person, name) is None:
            self._desk.state.put(Person(name, name, ("approver",), "!"))
        return name

    def _letter_about(self, subject: str) -> Notice:
        """The open letter that names the subject: one that waits for an answer first, then the one that asks
        for the most. Raises Refusal where there is none."""
        where = {"type": MATTERS, "state": OUTSTANDING}
        found = self._desk.state.find(Notice, Find(where, order="created_at"))
        naming = [one for one in found if any(item.address == subject for item in one.items)]
        if not naming:
            raise Refusal(f"没有关于 {subject} 的在办函件", f"there is no open letter about {subject}")
        return min(naming, key=lambda one: (one.state not in UNANSWERED, MATTERS.index(one.type)))

    def _alert_naming(self, ip: str) -> Alert:
        """The latest alert about the address, else one that names it. Raises Refusal where none does."""
        alerts = self._desk.state.find(Alert, Find(order="last_seen", descending=True))
        about = [alert for alert in alerts if alert.verdict.subject == ip]
        naming = [one for one in alerts if ip in (*one.verdict.peers, *one.verdict.attackers)]
        if not about and not naming:
            raise Refusal(f"没有涉及 {ip} 的告警", f"no alert is about {ip}")
        return [*about, *naming][0]

    @contextmanager
    def _trying(self, what: str) -> Iterator[None]:
        try:
            yield
        except Problem as problem:
            self.refused.append((what, problem))
