"""Several documents of one file: `action` joins them (Sigma specification 1.0.2, "Rule Collections")."""

from collections.abc import Mapping

from detections.engine.rule import Unsupported


class Collection:
    """What `global` says stands in all documents after it, until `reset`; `repeat` adds to the last."""

    def __init__(self) -> None:
        #: Documents that were whole, so far.
        self.taken = 0
        self._common: dict[str, object] = {}
        self._last: dict[str, object] = {}

    def whole(self, document: dict[str, object]) -> dict[str, object] | None:
        """The document with what others say of it; None where it only says something of others."""
        action = document.pop("action", None)
        if action == "global":
            self._common = _merged(self._common, document)
        elif action == "reset":
            self._common = {}
        elif action in (None, "repeat"):
            self.taken += 1
            self._last = _merged(self._last if action == "repeat" else self._common, document)
            return self._last
        else:
            raise Unsupported(f"action {str(action)[:40]!r} is not known; known are global, reset and repeat")
        return None


def _merged(under: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    merged = dict(under)
    for key, value in over.items():
        known = merged.get(key)
        both = isinstance(known, dict) and isinstance(value, dict)
        merged[key] = _merged(known, value) if both else value  # type: ignore[arg-type]
    return merged
