"""Gives one message to a mail server (RFC 5321), and says how sure its fate is."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Security = Literal["starttls", "tls", "none"]
#: `sent`: the server took it. `refused`: it never will (5yz). `later`: not now; nothing was handed over.
#: `unclear`: the line broke while the message was being handed over.
Fate = Literal["sent", "refused", "later", "unclear"]
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Server:
    """How a mail server is reached. `authority`: a PEM file with the certificates that vouch for it, where
    the machine's own do not."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = ""
    authority: Path | None = None


@dataclass(frozen=True)
class Outcome:
    fate: Fate
    why: str = ""


def send(
    server: Server, sender: str, recipient: str, message: bytes, handing: Callable[[], object]
) -> Outcome:
    """`handing` is called right before the message itself goes over the line: from then on a broken line
    leaves it open whether it arrived. Never raises for what a server or a network does.
    """
    begun = False
    try:
        with _connected(server) as smtp:
            code, said = smtp.mail(sender)
            if code >= 400:  # that is about us, not about the recipient
                return Outcome("later", _said(code, said))
            code, said = smtp.rcpt(recipient)
            if code >= 400:
                return Outcome("refused" if code >= 500 else "later", _said(code, said))
            handing()
            begun = True
            code, said = smtp.data(message)
            if code >= 400:
                return Outcome("refused" if code >= 500 else "later", _said(code, said))
            return Outcome("sent", _said(code, said))
    except smtplib.SMTPDataError as error:  # the server's answer to DATA itself: nothing went over
        return Outcome(
            "refused" if error.smtp_code >= 500 else "later", _said(error.smtp_code, error.smtp_error)
        )
    except smtplib.SMTPAuthenticationError as error:
        return Outcome("later", f"login refused: {_said(error.smtp_code, error.smtp_error)}")
    except (smtplib.SMTPException, OSError, ValueError) as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        return Outcome("unclear" if begun else "later", why)


def _connected(server: Server) -> smtplib.SMTP:
    """Raises OSError, SMTPException. Certificates are always checked; a server without STARTTLS gets
    nothing where TLS is asked for."""
    trusted = ssl.create_default_context(cafile=str(server.authority) if server.authority else None)
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=trusted)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        smtp.ehlo()
        if server.security == "starttls":
            smtp.starttls(context=trusted)
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:200]
