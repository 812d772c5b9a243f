"""Letters on their way: a queue in the store, one mail an entry, never knowingly sent twice."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from msgspec.structs import replace

from taishi.app.delivery.contacts import Reached, next_contact, reachable
from taishi.app.delivery.writing import Writing
from taishi.app.loop.acts import KEEPS
from taishi.app.loop.desk import Loop
from taishi.app.refusal import Refusal, needed_reason
from taishi.app.roles import SYSTEM, require, require_or_system
from taishi.app.settings import Settings
from taishi.core.clock import Clock
from taishi.core.ids import stable_id
from taishi.core.notice_records import Notice
from taishi.core.portal_records import Delivery, DeliveryState
from taishi.core.ports import Find, StateStore
from taishi.core.problems import Problem
from taishi.kit.mail.smtp import Outcome, send

#: Minutes until the next attempt; after the last one it is given up (a day and a half in all).
PAUSES = (1, 5, 15, 60, 120, 240, 480, 1200)
#: A process that took an entry and died before handing it over: another one takes it after this.
LEASE = timedelta(minutes=10)
#: Entries of one round of the job.
_AT_ONCE = 20
#: Entries shown that wait.
_SHOWN = 200


class Deliveries:
    """Every act is one transaction with its audit line and raises Refusal where it is not allowed."""

    def __init__(
        self, state: StateStore, clock: Clock, settings: Settings, loop: Loop, writing: Writing
    ) -> None:
        """`writing` puts a letter's mail together."""
        self._state, self._clock, self._settings = state, clock, settings
        self._loop, self._writing = loop, writing

    def of(self, notice_id: str) -> Sequence[Delivery]:
        """How a letter was carried, oldest first."""
        return self._state.find(Delivery, Find(where={"notice_id": notice_id}, order="queued_at"))

    def waiting(self) -> Sequence[Delivery]:
        """What has not gone yet, has failed, or nobody knows of; oldest first."""
        states = ("queued", "handing", "failed")
        return self._state.find(Delivery, Find(where={"state": states}, order="queued_at", limit=_SHOWN))

    def mail(self, notice_id: str, by: str, to: str | None = None) -> Delivery:
        """Queues the letter for one contact of its unit: `to` by name, else the first with an address who
        was not tried yet."""
        with self._state.transaction():
            actor = require_or_system(self._state, by, *KEEPS)
            notice = self._left(notice_id)
            if not self._settings.delivery().mail.on:
                raise Refusal(
                    "邮件送达没有启用；请管理员先在“系统 → 送达”中设置邮件服务器",
                    "mail is off; an administrator sets the server (System, Delivery)",
                )
            tried = {one.address for one in self.of(notice_id) if one.state not in ("stopped", "failed")}
            contact = next_contact(self._state, notice, to, () if to else tried)
            if any(one.address == contact.address and _under_way(one) for one in self.of(notice_id)):
                raise Refusal(
                    f"致{contact.name}的邮件正在发送", f"a mail to {contact.name} is under way already"
                )
            return self._queue(notice, contact, actor)

    def by_hand(self, notice_id: str, by: str, to: str, at: datetime | None = None) -> Delivery:
        """当面送达: who took it, and when; that is its receipt too."""
        with self._state.transaction():
            actor = require(self._state, by, *KEEPS).id
            notice, now = self._left(notice_id), self._clock.now()
            at = at or now
            if not to.strip():
                raise Refusal("请写明接收人", "say who took the letter")
            if not (notice.issued_at or now) <= at <= now:
                raise Refusal("送达时间须在发出之后、现在之前", "it was taken after it left and before now")
            made = Delivery(
                stable_id("delivery", notice.id, "hand", to.strip(), at.isoformat()),
                notice.id, "hand", to.strip(), "", actor, now, "handed", sent_at=at,
            )  # fmt: skip
            self._keep(made, actor, "handed", to.strip())
            if notice.state == "issued":
                self._loop.receive(notice.id, actor, f"当面送达 {to.strip()}")
            return made

    def bounced(self, delivery_id: str, by: str, why: str) -> Delivery:
        """退信: it did not reach the contact; the next one is tried."""
        with self._state.transaction():
            actor = require(self._state, by, *KEEPS).id
            delivery = self._in_state(delivery_id, "sent", "handing")
            return self._gone(delivery, "bounced", needed_reason(why), actor)

    def settle(self, delivery_id: str, by: str, arrived: bool) -> Delivery:
        """A person says what became of a mail whose fate was unclear: it arrived, or is sent again."""
        with self._state.transaction():
            actor = require(self._state, by, *KEEPS).id
            delivery, now = self._in_state(delivery_id, "handing"), self._clock.now()
            if arrived:
                settled = replace(delivery, state="sent", sent_at=now, next_at=None)
            else:
                settled = replace(delivery, state="queued", next_at=now, attempts=0)
            self._keep(settled, actor, "settle", settled.state)
            return settled

    def run(self) -> int:
        """Sends what is due; gives how many were tried. For the service's job."""
        due = Find(
            where={"state": "queued"},
            between={"next_at": (None, self._clock.now() + timedelta(microseconds=1))},
            order="next_at",
            limit=_AT_ONCE,
        )
        taken = [one for one in map(self._take, self._state.find(Delivery, due)) if one]
        for delivery in taken:
            self._attempt(delivery)
        return len(taken)

    def _take(self, found: Delivery) -> Delivery | None:
        """The entry as this process's own for a while; None where another one has it, or it has no place to
        go any more."""
        with self._state.transaction():
            now, delivery = self._clock.now(), self._state.get(Delivery, found.id)
            if delivery is None or delivery.state != "queued" or (delivery.next_at or now) > now:
                return None
            notice = self._state.get(Notice, delivery.notice_id)
            if notice is None or notice.state in ("withdrawn", "closed"):
                self._keep(replace(delivery, state="stopped", next_at=None), SYSTEM, "stop", "stopped")
                return None
            taken = replace(delivery, attempts=delivery.attempts + 1, next_at=now + LEASE)
            self._state.put(taken)
            return taken

    def _attempt(self, delivery: Delivery) -> None:
        try:
            mail = self._settings.delivery().mail
            message = self._writing.message(delivery)
            server = mail.server()
        except (Problem, ValueError) as problem:
            self._after(delivery, Outcome("later", str(problem)[:300]))
            return
        handing = replace(delivery, state="handing", next_at=None)
        outcome = send(server, mail.sender, delivery.address, message, lambda: self._state.put(handing))
        self._after(delivery, outcome)

    def _after(self, delivery: Delivery, outcome: Outcome) -> None:
        now = self._clock.now()
        with self._state.transaction():
            if outcome.fate == "sent":
                done = replace(delivery, state="sent", sent_at=now, next_at=None, problem="")
                self._keep(done, SYSTEM, "sent", f"{delivery.address} {delivery.message_id}")
            elif outcome.fate == "refused":
                self._gone(delivery, "refused", outcome.why, SYSTEM)
            elif outcome.fate == "unclear":
                unclear = replace(delivery, state="handing", next_at=None, problem=outcome.why)
                self._keep(unclear, SYSTEM, "unclear", outcome.why)
            elif delivery.attempts > len(PAUSES):
                self._gone(delivery, "failed", outcome.why, SYSTEM)
            else:
                pause = timedelta(minutes=PAUSES[delivery.attempts - 1])
                self._state.put(replace(delivery, state="queued", next_at=now + pause, problem=outcome.why))

    def _gone(self, delivery: Delivery, state: DeliveryState, why: str, actor: str) -> Delivery:
        """It did not reach this contact: seen on the letter, and the next contact's turn."""
        gone = replace(delivery, state=state, next_at=None, problem=why)
        self._keep(gone, actor, state, f"{delivery.to} {delivery.address}: {why}")
        notice = self._state.get(Notice, delivery.notice_id)
        if notice is None:
            return gone
        if state != "failed":
            with suppress(Refusal):  # a letter that is closed meanwhile takes no bounce
                notice = self._loop.bounce(notice.id, actor, why, delivery.address)
            tried = {one.address for one in self.of(notice.id)}
            left = [one for one in reachable(self._state, notice) if one.address not in tried]
            if left:
                self._queue(notice, left[0], SYSTEM)
        return gone

    def _queue(self, notice: Notice, contact: Reached, actor: str) -> Delivery:
        now = self._clock.now()
        serial = len(self.of(notice.id))
        key = stable_id("delivery", notice.id, contact.address, serial)
        domain = self._settings.delivery().mail.sender.rpartition("@")[2] or "localhost"
        made = Delivery(
            key, notice.id, "email", contact.name, contact.address, actor, now, "queued",
            message_id=f"<{key}@{domain}>", next_at=now,
        )  # fmt: skip
        self._keep(made, actor, "queue", f"{contact.name} {contact.address}")
        return made

    def _keep(self, delivery: Delivery, actor: str, action: str, result: str) -> None:
        self._state.put(delivery)
        self._state.decide(self._clock.now(), actor, action, "delivery", delivery.notice_id, result)

    def _in_state(self, delivery_id: str, *states: DeliveryState) -> Delivery:
        delivery = self._state.get(Delivery, delivery_id)
        if delivery is None or delivery.state not in states:
            raise Refusal("这条送达记录现在不能这样处理", f"delivery {delivery_id} is not in that state")
        return delivery

    def _left(self, notice_id: str) -> Notice:
        notice = self._state.get(Notice, notice_id)
        if notice is None or notice.issued_at is None or notice.state in ("withdrawn", "closed"):
            raise Refusal(
                f"函件 {notice_id} 尚未发出，或已撤回、销号，不能送达",
                f"letter {notice_id} has not left, or is withdrawn or closed; nothing is to be carried",
            )
        return notice


def _under_way(delivery: Delivery) -> bool:
    return delivery.state in ("queued", "handing")
