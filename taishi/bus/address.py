"""Where the brokers are, and how one shows who one is."""

import logging
from collections.abc import Mapping
from pathlib import Path

from taishi.core.problems import Problem

#: Where clients say what they notice by themselves.
LOG = logging.getLogger("taishi.kafka")
#: A client's properties by their names in librdkafka (CONFIGURATION.md there).
Properties = Mapping[str, str]
_SERVERS = "bootstrap.servers"


def client_properties(given: str) -> Properties:
    """`HOST:PORT[,HOST:PORT…]`, or a file of `name=value` lines (for TLS and SASL) that nobody else may read.

    Raises Problem where it is neither.
    """
    path = Path(given)
    if path.is_file():
        return _read(path)
    for server in given.split(","):
        host, colon, port = server.rpartition(":")
        if not colon or not host or not port.isdecimal():
            raise Problem(f"--kafka {given}: give HOST:PORT, several with commas, or a file of properties")
    return {_SERVERS: given}


def _read(path: Path) -> Properties:
    if path.stat().st_mode & 0o077:
        raise Problem(f"--kafka {path}: others may read it; chmod 600")
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        name, equals, value = line.partition("=")
        if line.strip() and not line.startswith("#"):
            if not equals:
                raise Problem(f"--kafka {path} line {number}: is not name=value")
            found[name.strip()] = value.strip()
    if _SERVERS not in found:
        raise Problem(f"--kafka {path}: names no {_SERVERS}")
    return found


def servers(properties: Properties) -> str:
    """For messages: never a password."""
    return properties[_SERVERS]
