"""What a program says of the machine it runs on: the check-in of remote-control tools, a haul's head.

Such a message names the host, its user and its system in one breath, with a separator of the author's own
or as labelled lines. Inventory agents say the same things, but in a known protocol and to a server of their
own unit.
"""

import re

#: Separators that check-ins have been seen with: | and doubled or quoted forms, tabs, semicolons, NULs.
_SEPARATOR = re.compile(r"\|'\|'\||\|\|?|<\*?\|\*?>|\[?endof\]?|\t|;|\x00|\xa7+|#{2,3}|\*{2,3}|@{2}")
_SYSTEM = re.compile(
    r"(?i)\b(?:microsoft )?win(?:dows)? ?(?:xp|vista|7|8(?:\.1)?|1[01]|nt|server|20\d\d)\b|\bwindows \d+\b"
    r"|\blinux\b.{0,40}(?:\d\.\d|x86|arm|mips|i686)|\bmac ?os x?\b|\bubuntu\b|\bandroid\b"
)
#: What one field of a check-in may be beside the system's name.
_FIELDS = (
    re.compile(r"(?i)(?:desktop|laptop|win|pc)-[a-z0-9]{4,12}|[\w-]{1,14}-?pc|[\w-]{1,15}\\[\w .-]{1,20}"),
    re.compile(r"(?i)(?:32|64) ?-?bits?|x64|x86|x86_64|amd64|i686"),
    re.compile(r"(?i)(?:local ?)?admin(?:istrator)?|root|user|guest"),
    re.compile(r"v?\d{1,2}(?:\.\d{1,3}){1,3}[a-z]?"),
    re.compile(r"[0-9A-Fa-f]{8,40}"),
    re.compile(r"[A-Z]{2}(?::[A-Z][a-z]+)?|[A-Z][a-z]+/[A-Z][a-z]+"),
    re.compile(
        r"(?i)nan-?av|n/a|no ?av|not (?:installed|idle)|none|.{0,20}(?:defender|antivirus|avast|avira|eset)"
    ),
    re.compile(r"[A-Za-z0-9+/]{12,}={0,2}"),
)
_LABELS = (
    re.compile(r"(?i)\b(?:user ?name|username|logged user)\s*[:=]"),
    re.compile(r"(?i)\b(?:computer ?name|pc ?name|machine ?name|host ?name|hostname|workgroup)\s*[:=]"),
    re.compile(
        r"(?i)\b(?:os ?(?:full ?)?name|os(?: version)?|operating system|windows version|system)\s*[:=]"
    ),
    re.compile(r"(?i)\b(?:cpu|processor|ram|gpu|video ?card|memory|hwid|machine ?id|guid)\s*[:=]"),
    re.compile(r"(?i)\b(?:ip(?: address)?|external ip|country|location|time ?zone|language|keyboard)\s*[:=]"),
    re.compile(
        r"(?i)\b(?:anti-?virus|av|firewall|screen(?: resolution)?|uptime|(?:install|executable) ?path)\s*[:=]"
    ),
)
_PASSWORDS = re.compile(
    r"(?i)\b(?:password|passwd|pass|pwd|psw|login)\s*[:=]|\bapplication\s*:|\bbrowser\s*:"
)
_MARKUP = re.compile(r"<[^>]{1,80}>")
_LONGEST = 2048
#: Later fields tell nothing new.
_MOST_FIELDS = 40
#: Fields of a check-in, and of these such as tell of the host, that no ordinary line has by chance.
_MIN_FIELDS, _MIN_TOLD, _MIN_LABELS = 5, 3, 3


def is_check_in(text: str) -> bool:
    """One message of separated fields that names the system and at least three more things of the host."""
    fields = [field.strip(" '\"\r\n") for field in _SEPARATOR.split(text[:_LONGEST], _MOST_FIELDS)]
    if len(fields) < _MIN_FIELDS or not _SYSTEM.search(text[:_LONGEST]):
        return False
    return sum(any(shape.fullmatch(field) for field in fields) for shape in _FIELDS) >= _MIN_TOLD


def is_survey(text: str) -> bool:
    """Labelled lines about a host, its user and its machine: the head that stealers give their hauls."""
    if "name" not in text[:_LONGEST].lower():
        return False
    plain = _MARKUP.sub("\n", text[:_LONGEST])
    named = [bool(label.search(plain)) for label in _LABELS]
    return sum(named) >= _MIN_LABELS and (named[0] or named[1])


def has_passwords(text: str) -> bool:
    """Whether labelled passwords follow."""
    return bool(_PASSWORDS.search(_MARKUP.sub("\n", text)))
