"""The portal's web server log in Apache's vhost_combined format, which says whose site was asked."""

from datetime import datetime

from taishi.sample.county import PORTAL_NAME
from taishi.sample.scene import LogLine

PORTAL_LOG = "access-portal.log"


def access_line(
    at: datetime, client: str, method: str, path: str, status: int, size: int, agent: str, referrer: str = "-"
) -> LogLine:
    """One request; `size` is the body's bytes. the server writes quotes and controls as \\xXX."""
    clock = at.strftime("%d/%b/%Y:%H:%M:%S %z")
    plain = agent.replace("\\", "\\x5C").replace('"', "\\x22")
    asked = f'"{method} {path} HTTP/1.1" {status} {size} "{referrer}" "{plain}"'
    text = f"{PORTAL_NAME}:443 {client} - - [{clock}] {asked}"
    return LogLine(at, PORTAL_LOG, text)
