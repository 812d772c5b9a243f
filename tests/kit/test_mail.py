"""Mail goes over TLS with a password, or not at all; a signature holds for who checks it."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from taishi.core.problems import Problem
from taishi.kit.mail import smtp
from taishi.kit.mail.message import Attachment, Mail, Signer, composed
from taishi.kit.mail.smtp import Security, Server, send
from tests.servers.mail import PASSWORD, Mailbox, free_port, knows

AT = datetime(2026, 11, 17, 7, 20, tzinfo=UTC)
MAIL = Mail(
    sender=("示例县数据资源管理局", "wangan@example.gov.cn"),
    recipient=("李某", "li@edu.example.cn"),
    subject="示数资函〔2026〕37号 关于处置网络安全风险的函",
    text="县教育局：\n\n请查收。\n",
    at=AT,
    message_id="<1@example.gov.cn>",
    attachments=(Attachment("函.pdf", "application/pdf", b"%PDF-1.7 \xff\x00"),),
)


@dataclass
class Certified:
    """A certificate of its own for 127.0.0.1, both as PEM files."""

    certificate: Path
    key: Path


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    found = Certified(folder / "c.pem", folder / "k.pem")
    found.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    found.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return found


@pytest.fixture
def secured(certified: Certified) -> Iterator[tuple[int, Mailbox]]:
    """A server that takes mail after STARTTLS and a login only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified.certificate, certified.key)
    box = Mailbox()
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=knows,
        auth_required=True,
    )
    controller.start()
    yield controller.port, box
    controller.stop()


def _give(server: Server, handing: Callable[[], object] = lambda: None) -> str:
    return send(server, "a@example.gov.cn", "li@edu.example.cn", composed(MAIL), handing).fate


def test_it_goes_over_tls_with_the_password(secured: tuple[int, Mailbox], certified: Certified) -> None:
    port, box = secured
    server = Server("127.0.0.1", port, "starttls", "u", PASSWORD, certified.certificate)
    assert _give(server) == "sent"
    assert len(box.arrived) == 1


@pytest.mark.parametrize(("security", "password", "trusted"), [
    ("starttls", PASSWORD, False),
    ("starttls", "wrong", True),
    ("none", PASSWORD, True),
])  # fmt: skip
def test_else_nothing_is_handed_over(
    secured: tuple[int, Mailbox],
    certified: Certified,
    security: Security,
    password: str,
    trusted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stranger's certificate, a wrong password, TLS left out."""
    monkeypatch.setattr(smtp, "TIMEOUT_S", 1.0)
    port, box = secured
    handed: list[int] = []
    server = Server("127.0.0.1", port, security, "u", password, certified.certificate if trusted else None)
    assert _give(server, lambda: handed.append(1)) == "later"
    assert box.arrived == []
    assert handed == []


def test_a_message_says_what_it_was_given() -> None:
    message = message_from_bytes(composed(MAIL), policy=default)
    assert str(message["From"]) == "示例县数据资源管理局 <wangan@example.gov.cn>"
    assert message["Subject"] == MAIL.subject
    assert message["Message-ID"] == MAIL.message_id
    (paper,) = message.iter_attachments()  # type: ignore[attr-defined]
    assert paper.get_filename() == "函.pdf"
    assert paper.get_content() == b"%PDF-1.7 \xff\x00"


def test_a_line_break_in_a_name_adds_no_header() -> None:
    with pytest.raises(ValueError, match=r"(?i)linefeed|invalid"):
        composed(replace(MAIL, subject="a\r\nBcc: x@example.org"))
    with pytest.raises(ValueError, match=r"(?i)linefeed|invalid"):
        composed(replace(MAIL, recipient=("李某\r\nBcc: x@example.org", "li@edu.example.cn")))


def test_a_signature_is_checked_by_openssl(certified: Certified, tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(composed(MAIL, Signer(certified.certificate, certified.key)))
    command = [
        "openssl",
        "smime",
        "-verify",
        "-in",
        str(path),
        "-CAfile",
        str(certified.certificate),
        "-purpose",
        "any",
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert "请查收" in message_from_bytes(done.stdout, policy=default).get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert message_from_bytes(path.read_bytes(), policy=default)["Subject"] == MAIL.subject
    path.write_bytes(path.read_bytes().replace(b"application/pdf", b"application/pdg"))
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_an_unusable_certificate_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="S/MIME"):
        composed(MAIL, Signer(tmp_path / "none.pem", tmp_path / "none.key"))
