"""Whom a letter reaches: the unit's contacts in their order, those that did not answer passed over."""

from collections.abc import Sequence

from taishi.core.notice_records import Notice
from taishi.core.ports import Find, StateStore
from taishi.core.records import Contact, Unit


def unit_of(state: StateStore, name: str) -> Unit | None:
    """The unit of that name as registered now."""
    return next(iter(state.find(Unit, Find(where={"name": name}, limit=1))), None)


def contacts_of(state: StateStore, notice: Notice) -> Sequence[Contact]:
    """Who is left to be told about the letter, whom first before the others: the unit's contacts without
    those it bounced from, last its head."""
    unit = unit_of(state, notice.unit)
    if unit is None:
        return []
    gone = {bounced.to for bounced in notice.bounces}
    everybody = (*unit.contacts, *([unit.head] if unit.head else []))
    return [one for one in dict.fromkeys(everybody) if reached_by(one) not in gone]


def superiors_of(state: StateStore, notice: Notice) -> Sequence[Contact]:
    """Who is told when the unit does not answer: its head, then the parent unit's head and first contact."""
    unit = unit_of(state, notice.unit)
    if unit is None:
        return []
    parent = unit_of(state, unit.parent) if unit.parent else None
    told = [unit.head, parent.head if parent else None, *(parent.contacts[:1] if parent else ())]
    return [one for one in dict.fromkeys(told) if one is not None]


def reached_by(contact: Contact) -> str:
    """How a bounce names a contact: by the address that failed."""
    return contact.email or contact.phone or contact.name
