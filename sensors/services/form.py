"""One form of a message or record: what stands in it, and what it means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

#: What a form's `{name}` stands for. A name is the attacker's own text: it is greedy, so that of two
#: addresses in a line the last one counts, which the service wrote itself.
_PLACES = {
    "ip": r"(?P<ip>\[?(?:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{2,45}|\d{1,3}(?:\.\d{1,3}){3})(?:%\w+)?\]?)",
    "from": r"(?P<ip>[^\s,;()'\"]{1,255})",
    "port": r"(?P<port>\d{1,5})",
    "user": r"(?P<user>.*)",
    "word": r"(?P<user>[^\s'\"\[\](){},;]*)",
    "any": r".*?",
}
_PLACE = re.compile(r"\{(ip|from|port|user|word|any)\}")
#: What loggers put before their words. No quotes: what somebody else said stands between these.
_LEAD = r"[^'\"=<`]{0,200}?"

Outcome = Literal["failure", "success", "denied", "alert"]


@dataclass(frozen=True)
class Form:
    """`says` must stand in the text word for word; only then `form` (a regular expression) is tried.

    `outcome`: a logon that failed or succeeded; something else that was `denied`; or an `alert`, the
    service's own word that it was attacked.
    """

    service: str
    says: str
    outcome: Outcome
    action: str
    form: str = ""
    programs: frozenset[str] = frozenset()
    #: Of records: the values that fields must have, and which fields hold what.
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled at first use. Raises re.error."""
        text = _PLACE.sub(lambda found: _PLACES[found[1]], self.form)
        return re.compile(text if text.startswith("^") else _LEAD + text, re.DOTALL)
