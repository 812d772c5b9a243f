"""A letter that has left for the school board, and browsers of units before the portal."""

from taishi.app.desk import Desk
from taishi.core.notice_records import Notice
from tests.dashboards.conftest import alert_of


def issued(desk: Desk, subject: str = "10.34.0.10", type_: str = "disposal") -> Notice:
    """Drafted by one, approved and issued by another."""
    notice = desk.letters.draft([alert_of(desk, subject).id], "system", type_)
    desk.letters.approve(notice.id, "admin", desk.letters.text_hash(notice.id))
    return desk.letters.issue(notice.id, "admin")
