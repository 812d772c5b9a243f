"""A real SMTP server on loopback that keeps what arrives; it can refuse, put off and hang up."""

import socket
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "the mail password"


@dataclass
class Mailbox:
    """What arrived; `refusing` addresses are unknown here, `busy` answers everybody "later"."""

    arrived: list[Envelope] = field(default_factory=list)
    refusing: set[str] = field(default_factory=set)
    busy: bool = False
    hanging_up: bool = False
    tried: int = 0

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        options: list[str],  # noqa: ARG002
    ) -> str:
        self.tried += 1
        if self.busy:
            return "451 4.3.0 try again later"
        if address in self.refusing:
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self,
        server: SMTP,
        session: Session,  # noqa: ARG002
        envelope: Envelope,
    ) -> str:
        if self.hanging_up:
            assert server.transport is not None
            server.transport.abort()
            return "250 OK"
        self.arrived.append(envelope)
        return "250 2.0.0 taken"

    def messages(self) -> list[EmailMessage]:
        contents = [cast(bytes, each.content) for each in self.arrived]
        return [cast(EmailMessage, message_from_bytes(each, policy=default)) for each in contents]


@dataclass
class Post:
    """The server's address and what arrived there."""

    port: int
    box: Mailbox


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def knows(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=data.password == PASSWORD.encode())
