"""Who sends: the token in `Authorization`, as Elasticsearch's clients put it there."""

import base64
import binascii

from taishi.app.sensors import SensorRegister
from taishi.core.records import SensorEntry


def sender_of(authorization: str, register: SensorRegister) -> SensorEntry | None:
    """`ApiKey TOKEN`, `ApiKey base64(id:TOKEN)`, `Bearer TOKEN` or `Basic base64(anyone:TOKEN)`."""
    scheme, _, given = authorization.strip().partition(" ")
    for token in _tokens(scheme.lower(), given.strip()):
        entry = register.of_token(token)
        if entry is not None and entry.kind == "bulk":
            return entry
    return None


def _tokens(scheme: str, given: str) -> list[str]:
    packed = _unpacked(given).partition(":")[2]
    if scheme == "basic":
        return [packed] if packed else []
    if scheme == "apikey":
        return [one for one in (given, packed) if one]
    return [given] if scheme == "bearer" and given else []


def _unpacked(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
