"""The portal on an address of its own, with a certificate where one is set; nowhere unless asked for."""

import ssl
import urllib.request
from pathlib import Path

import pytest

from taishi.app.desk import Desk
from taishi.cli.portal_server import PortalServer
from taishi.core.problems import Problem
from tests.dashboards.conftest import desk, empty_data
from tests.kit.test_mail import Certified, certified
from tests.servers.mail import free_port

__all__ = ["certified", "desk", "empty_data"]


def test_it_is_nowhere_unless_asked_for(desk: Desk) -> None:
    assert PortalServer.of(desk, None) is None
    with pytest.raises(Problem, match="--portal"):
        PortalServer.of(desk, "8421")


def test_it_answers_where_the_settings_say_over_tls(desk: Desk, certified: Certified) -> None:
    place = f"127.0.0.1:{free_port()}"
    desk.settings.set_delivery(
        f"portal: {{listen: '{place}', certificate: {certified.certificate}, key: {certified.key}}}",
        "admin",
        "启用",
    )
    server = PortalServer.of(desk, None)
    assert server is not None
    assert server.address == f"https://{place}/"
    server.start()
    trusted = ssl.create_default_context(cafile=str(certified.certificate))
    with urllib.request.urlopen(server.address, context=trusted, timeout=10) as answer:  # noqa: S310
        assert "查阅码" in answer.read().decode()
    server.stop()


def test_a_certificate_that_is_none_is_named(desk: Desk, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    desk.settings.set_delivery(
        f"portal: {{listen: '127.0.0.1:{free_port()}', certificate: {wrong}, key: {wrong}}}", "admin", "启用"
    )
    server = PortalServer.of(desk, None)
    assert server is not None
    with pytest.raises(Problem, match=r"portal\.certificate"):
        server.start()
