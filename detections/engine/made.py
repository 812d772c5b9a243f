"""Fields that no source gives: made from an event's other fields when a rule asks for them."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from detections.decoding import decode_everything, decode_request
from taishi.core.event import Event, Value


def _extension(event: Event) -> str | None:
    """The extension of the path, as SigmaHQ's `c-uri-extension` means it."""
    return PurePosixPath(event.text("url.path")).suffix.removeprefix(".") or None


MADE: Mapping[str, Callable[[Event], Value]] = {
    "taishi.http.decoded": decode_request,
    "taishi.http.everything": decode_everything,
    "taishi.url.extension": _extension,
}
