"""Whom a letter can reach by mail: of the loop's contacts, those with an address."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from taishi.app.loop.contacts import contacts_of
from taishi.app.refusal import Refusal
from taishi.core.notice_records import Notice
from taishi.core.ports import StateStore


@dataclass(frozen=True)
class Reached:
    name: str
    address: str


def reachable(state: StateStore, notice: Notice) -> Sequence[Reached]:
    """Who is left to be told by mail, whom first before the others."""
    contacts = contacts_of(state, notice)
    return [Reached(one.name, one.email) for one in contacts if one.email and "@" in one.email]


def next_contact(state: StateStore, notice: Notice, name: str | None, tried: Collection[str]) -> Reached:
    """The named contact, else the first who was not tried. Raises Refusal where there is none."""
    for contact in reachable(state, notice):
        if (name is None and contact.address not in tried) or name in (contact.name, contact.address):
            return contact
    unit = notice.unit
    if name is not None:
        raise Refusal(
            f"{unit}没有名为“{name}”且有邮箱的联系人", f"{unit} has no contact {name} with a mail address"
        )
    raise Refusal(
        f"{unit}没有可以发邮件的（其他）联系人；请在“单位”中补充，或者当面送达",
        f"{unit} has no (other) contact with a mail address; add one, or carry the letter by hand",
    )
