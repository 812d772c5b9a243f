"""A MISP server by its REST API, with PyMISP: published events, and sightings back.

The index tells each event's timestamp, as a feed's manifest does, so only what is new or newer is asked for;
https://www.misp-project.org/openapi/.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from enrichment.intel.misp_event import Unreadable, read_event
from enrichment.intel.source import Keep, Outcome, Sighted
from taishi.core.indicators import IntelSource
from taishi.core.problems import Problem
from taishi.kit.fetch import secret

if TYPE_CHECKING:
    from enrichment.intel.misp_client import SafeMISP

#: Events asked for at once.
_TOGETHER = 25


class _Row(msgspec.Struct):
    uuid: str
    timestamp: str | int
    published: bool | str | int = True


class MispServer:
    """The state of a look: the timestamp of each event."""

    kind = "misp-server"

    def look(self, source: IntelSource, before: Mapping[str, str], keep: Keep) -> Outcome:
        misp = _open(source)
        listed = _index(source, misp)
        if not listed and before:
            raise Problem(f"{source.place}: lists no event any more; what is known is kept")
        outcome = Outcome(gone=before.keys() - listed.keys())
        changed = [name for name, stamp in listed.items() if before.get(name) != stamp]
        outcome.unchanged = len(listed) - len(changed)
        outcome.state = {name: stamp for name, stamp in listed.items() if before.get(name) == stamp}
        for start in range(0, len(changed), _TOGETHER):
            wanted = changed[start : start + _TOGETHER]
            self._read(source, misp, {name: listed[name] for name in wanted}, before, outcome, keep)
        return outcome

    def _read(
        self,
        source: IntelSource,
        misp: "SafeMISP",
        wanted: Mapping[str, str],
        before: Mapping[str, str],
        outcome: Outcome,
        keep: Keep,
    ) -> None:
        """Some events. One that does not come, or not as it should, stays as it was."""
        came = set()
        try:
            # MISP takes several, and PyMISP hands them on.
            answer = misp.search(controller="events", uuid=list(wanted), published=True)  # type: ignore[arg-type]
            documents = answer if isinstance(answer, list) else []
            if isinstance(answer, dict) and "errors" in answer:
                raise Problem(f"{source.place}: {answer['errors']}")
        except Exception as error:  # noqa: BLE001 - PyMISP raises whatever its parts raise
            outcome.problems.append(f"{source.place}: {_said(error)}")
            documents = []
        for document in documents:
            try:
                parsed = read_event(source.id, msgspec.json.encode(document))
            except Unreadable as problem:
                outcome.problems.append(f"{source.place}: an event cannot be read: {problem}")
                continue
            if parsed.report.id in wanted:
                keep(parsed.report, parsed.indicators)
                outcome.unusable += parsed.problems
                came.add(parsed.report.id)
        outcome.fetched += len(came)
        outcome.state |= {name: wanted[name] for name in came}
        for name in wanted.keys() - came:
            outcome.problems.append(f"{source.place}: event {name} is listed and does not come")
            if name in before:
                outcome.state[name] = before[name]

    def tell(self, source: IntelSource, sighted: Sequence[Sighted]) -> int:
        """One sighting an attribute (type 0: seen), with the time it was last seen; stops at a refusal."""
        misp = _open(source)
        for taken, one in enumerate(sighted):
            told = {"type": "0", "source": "taishi", "timestamp": one.at}
            answer = misp.add_sighting(told, one.attribute)
            if isinstance(answer, dict) and "errors" in answer:
                if taken:
                    return taken
                raise Problem(f"{source.place}: takes no sighting ({answer['errors']})")
        return len(sighted)


def _open(source: IntelSource) -> "SafeMISP":
    """Raises Problem where the server cannot be reached or does not know the key."""
    key = secret(source.key)
    if not key:
        raise Problem(f"{source.name}: a MISP server needs a key; give --key env:NAME or file:PATH")
    from enrichment.intel.misp_client import SafeMISP

    try:
        return SafeMISP(f"{source.place.rstrip('/')}/", key, ssl=source.ca or True, tool="taishi")
    except Exception as error:  # noqa: BLE001 - PyMISP raises whatever its parts raise
        raise Problem(f"{source.place}: {_said(error).replace(key, '…')}") from None


def _index(source: IntelSource, misp: "SafeMISP") -> dict[str, str]:
    """Published events with their timestamps."""
    try:
        rows = msgspec.convert(misp.search_index(minimal=True, published=True), list[_Row])
    except Exception as error:  # noqa: BLE001 - PyMISP raises whatever its parts raise
        raise Problem(f"{source.place}: its index cannot be read ({_said(error)})") from None
    return {row.uuid: str(row.timestamp) for row in rows if row.published not in (False, 0, "0")}


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


SOURCE = MispServer()
