"""Addresses that a server of ours listens on."""

import socket

from taishi.core.problems import Problem


def listen_address(text: str, name: str = "--listen") -> tuple[str, int]:
    """HOST:PORT. Raises Problem where it is none."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise Problem(f"{name} {text}: give HOST:PORT, e.g. 127.0.0.1:8420")
    return host.strip("[]"), int(port)


def require_free(host: str, port: int, name: str = "--listen") -> None:
    """Raises Problem where the address cannot be listened on: nothing is promised before."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Problem(f"{name} {host}:{port}: {error.strerror}; choose another address") from None
