"""One line of a stream: a CloudEvents 1.0 object in JSON (https://cloudevents.io, CNCF), so that any platform
that reads those reads ours."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from taishi.core import ecs

#: Of our streams; another number is another form.
FORMAT = 1
BEGIN, MANIFEST, SIGNATURE = "taishi.exchange.begin", "taishi.exchange.manifest", "taishi.exchange.signature"
EVENT = "taishi.event."
ALERT, NOTICE, COUNT = "taishi.alert", "taishi.notice", "taishi.count"
#: What may be asked for by name, besides single kinds of events.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "events": tuple(EVENT + kind for kind in ecs.KINDS),
    "alerts": (ALERT,),
    "notices": (NOTICE,),
    "counts": (COUNT,),
}
ALL_TYPES = frozenset(name for names in GROUPS.values() for name in names)

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """`id` is unique for `source` and `type`: seen again it is the same thing, unless its `revision` is
    another; then the later one counts."""

    id: str
    source: str
    type: str
    data: msgspec.Raw
    time: Moment | None = None
    revision: Moment | None = None
    specversion: str = ""


class Begin(msgspec.Struct, frozen=True):
    """Data of the first line. `sender`: the bureau's name; `since`: the cursor after which it goes on."""

    format: int
    sender: str
    created: Moment
    since: str
    ecs: str


class Manifest(msgspec.Struct, frozen=True):
    """Data of the last line but one. `sha256`: of every byte before this line; `next`: the cursor to ask
    with for what comes after; `certificate`: SHA-256 of the one that signs."""

    format: int
    sender: str
    created: Moment
    since: str
    next: str
    lines: int
    counts: Mapping[str, int]
    sha256: str
    certificate: str


class Signature(msgspec.Struct, frozen=True):
    """Data of the last line: over the bytes of the manifest's line, without its line feed (RSA, SHA-256,
    PKCS #1 v1.5, in base64), with the certificate as PEM."""

    signature: str
    certificate: str


encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Line)


def encoded(line: Line) -> bytes:
    return encode(msgspec.structs.replace(line, specversion="1.0")) + b"\n"


def decoded(raw: bytes) -> Line:
    """Raises ValueError where it is no such line."""
    try:
        return _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def types_of(names: Iterable[str]) -> frozenset[str]:
    """The types meant by names of groups and of kinds of events. Raises KeyError for another name."""
    known: dict[str, tuple[str, ...]] = {kind: (EVENT + kind,) for kind in ecs.KINDS}
    known.update(GROUPS.items())
    return frozenset(type_ for name in names for type_ in known[name])
