"""A letter to a unit with three contacts, and a mail server on loopback."""

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from taishi.app.desk import Desk
from taishi.core.notice_records import Notice
from taishi.core.records import Contact, Unit
from taishi.kit import documents
from tests.dashboards.conftest import county, county_data, desk, empty_data
from tests.dashboards.portal_county import issued
from tests.servers.mail import Mailbox, Post, free_port, knows

__all__ = ["county", "county_data", "desk", "empty_data"]


@pytest.fixture
def post() -> Iterator[Post]:
    box = Mailbox()
    controller = Controller(
        box, hostname="127.0.0.1", port=free_port(), authenticator=knows, auth_require_tls=False
    )
    controller.start()
    yield Post(controller.port, box)
    controller.stop()


@pytest.fixture
def mailed(
    county: Desk, post: Post, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Notice:
    """A letter that has left; mail goes to the server, the unit has contacts with addresses. As DOCX, which
    is quicker, but for tests that are marked `office`."""
    if request.node.get_closest_marker("office") is None:
        monkeypatch.setattr(documents, "office", lambda: None)
    set_mail(county, post.port)
    unit = Unit(
        "u0",
        "县教育局",
        contact="李某",
        phone="0555-7654321",
        email="li@edu.example.cn",
        others=(Contact("无邮箱", "0555-1"), Contact("赵某", email="zhao@edu.example.cn")),
    )
    county.state.put(unit)
    return issued(county)


def set_mail(desk: Desk, port: int, more: str = "") -> None:
    desk.settings.set_delivery(
        "portal: {url: 'https://wj.example.gov.cn/'}\n"
        f"mail: {{host: 127.0.0.1, port: {port}, security: none, sender: wangan@example.gov.cn{more}}}\n",
        "admin",
        "测试",
    )
