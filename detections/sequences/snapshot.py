"""What sequences remember as bytes, with a version."""

import msgspec
import pyarrow as pa

#: Rises whenever what a field means changes; another version is refused, not misread. Fields that come, go
#: or change their type need no new one: they travel by name, and what does not fit is refused.
VERSION = 1


class _Saved(msgspec.Struct, array_like=True):
    version: int
    memories: bytes


def encode(memories: dict[str, bytes]) -> bytes:
    """Memories by name, compressed."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(msgspec.msgpack.encode(memories))
    return msgspec.msgpack.encode(_Saved(VERSION, bytes(sink.getvalue())))


def decode(data: bytes) -> dict[str, bytes]:
    """Raises ValueError where the bytes are no state of this version."""
    try:
        saved = msgspec.msgpack.decode(data, type=_Saved)
        if saved.version != VERSION:
            raise ValueError(f"the sequences' state has version {saved.version}, not {VERSION}")
        with pa.CompressedInputStream(pa.BufferReader(saved.memories), "zstd") as stream:
            return msgspec.msgpack.decode(stream.read(), type=dict[str, bytes])
    except (msgspec.DecodeError, pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"the sequences' state cannot be read: {error}") from None
