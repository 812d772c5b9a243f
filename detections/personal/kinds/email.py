"""Addresses of e-mail (RFC 5322, the part people use); not what only looks like one in code and logs."""

import re
from collections.abc import Iterator

from detections.personal.found import Found, ItemType, found
from detections.personal.page import Page

_FORM = re.compile(
    r"(?<![A-Za-z0-9._%+\-/@])[A-Za-z0-9](?:[A-Za-z0-9._%+\-]{0,62}[A-Za-z0-9_])?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,24}(?![A-Za-z0-9@])(?!-)(?!:[^\s:])(?!\.[A-Za-z0-9])"
)
#: Before the user of a URL, and before an id of a message.
_NOT_MAIL = re.compile(r"://[^\s/@]*$|(?:message-id|in-reply-to|references)\W{1,4}$", re.IGNORECASE)
#: Endings that name a file or a machine of one's own, no domain of mail.
_NO_DOMAIN = frozenset(
    {
        "png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "ico", "js", "mjs", "ts", "css", "scss", "map",
        "json", "xml", "yml", "yaml", "html", "htm", "php", "py", "rb", "go", "rs", "c", "h", "cpp", "java",
        "class", "jar", "local", "localhost", "localdomain", "lan", "internal", "invalid", "service",
        "socket", "timer", "slice", "scope", "target", "mount", "exe", "dll", "so", "zip", "gz", "tar",
        "log",
    }
)  # fmt: skip
_ROLES = frozenset(
    {
        "noreply", "no-reply", "donotreply", "do-not-reply", "postmaster", "mailer-daemon", "root", "admin",
        "administrator", "webmaster", "info", "service", "support", "security", "abuse", "hostmaster",
        "daemon", "nobody", "git",
    }
)  # fmt: skip


class Email:
    type: ItemType = "email"

    def find(self, page: Page) -> Iterator[Found]:
        if "@" not in page.text:
            return
        for one in _FORM.finditer(page.text):
            name, _, domain = one[0].partition("@")
            ending = domain.rpartition(".")[2].lower()
            if ending in _NO_DOMAIN or ".." in name:
                continue
            before = page.text[max(0, one.start() - 64) : one.start()]
            if name.lower() == "git" or _NOT_MAIL.search(before) or _is_message_id(name):
                continue
            sure = 0.7 if name.lower() in _ROLES else 0.95
            yield found(
                "email", *one.span(), one[0], sure, "邮箱地址形式", *(["公共角色邮箱"] if sure < 0.9 else [])
            )


def _is_message_id(name: str) -> bool:
    """Made by a machine: long, most of it digits."""
    return len(name) > 24 and sum(sign.isdigit() for sign in name) > len(name) // 2


KIND = Email()
