"""The people: roles kept apart, no account left lying."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import chain

from taishi.app.doctor.finding import Finding, Ground, desk_of
from taishi.core.ports import Find
from taishi.core.records import Person, Session
from taishi.core.text import Text

#: Of the audit, that long ago a login is looked for.
UNUSED = timedelta(days=90)


class People:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "people"
    needs_desk = True

    def look(self, ground: Ground) -> Iterable[Finding]:
        state = desk_of(ground).state
        inside = [one for one in state.find(Person, Find(order="name")) if one.roles]
        yield _apart(inside)
        yield _approving(inside)
        yield _stale(inside, _lately(ground))
        yield Finding(
            self.name,
            "open",
            Text(
                "登录只凭口令（五次失败即锁定），没有第二因素",
                "a password alone logs in (locked after five failures)",
            ),
            Text("在前置的统一认证或堡垒机上加第二因素", "put a second factor into the gateway before it"),
            ("C8",),
        )


def _apart(inside: Sequence[Person]) -> Finding:
    both = [one.name for one in inside if {"admin", "auditor"} <= set(one.roles)]
    if both:
        names = "、".join(both)
        return Finding(
            People.name,
            "fail",
            Text(f"{names} 同时是管理员和审计员", f"{', '.join(both)}: administrator and auditor at once"),
            Text("取消其中一个角色", "take one of the two roles away"),
            ("C5", "C9"),
        )
    missing = "auditor" not in chain.from_iterable(one.roles for one in inside)
    if missing:
        return Finding(
            People.name,
            "warn",
            Text("还没有审计员", "nobody is auditor"),
            Text("在“系统 → 人员”中设一人", "name one under System → People"),
            ("C5",),
        )
    return Finding(
        People.name, "ok", Text("管理与审计由不同人承担", "others audit than administer"), clauses=("C5",)
    )


def _approving(inside: Sequence[Person]) -> Finding:
    """Whoever drafts does not approve: with one person nothing can ever be issued."""
    may = [one for one in inside if {"approver", "admin"} & set(one.roles)]
    if len(inside) > 1 and may:
        said = Text(f"{len(may)} 人可以审签", f"{len(may)} people may approve")
        return Finding(People.name, "ok", said, clauses=("C5",), evidence={"approvers": len(may)})
    return Finding(
        People.name,
        "warn",
        Text(
            "只有一个账号：起草人不能自己审签，函件发不出去", "one account only: who drafts may not approve"
        ),
        Text("在“系统 → 人员”中新建审批人", "make an approver under System → People"),
        ("C5",),
    )


def _lately(ground: Ground) -> set[str]:
    """Ids of those who were here, did anything or were made lately."""
    state, since = desk_of(ground).state, ground.now - UNUSED
    seen = {one.person for one in state.find(Session) if one.seen_at >= since}
    lines = [line for line in state.decisions() if line.time >= since]
    made = {line.object_id for line in lines if line.object_type == "person"}
    return seen | made | {line.actor for line in lines}


def _stale(inside: Sequence[Person], lately: set[str]) -> Finding:
    stale = [one.name for one in inside if one.id not in lately]
    if not stale:
        said = Text("没有闲置的账号", "no account lies idle")
        return Finding(People.name, "ok", said, clauses=("C9",), evidence={"accounts": len(inside)})
    return Finding(
        People.name,
        "warn",
        Text(f"90 天未使用的账号：{'、'.join(stale)}", f"accounts not used for 90 days: {', '.join(stale)}"),
        Text("取消其全部角色即停用", "take all their roles away to shut them out"),
        ("C9",),
        {"accounts": stale},
    )


CHECK = People()
