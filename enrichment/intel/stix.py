"""A STIX 2.1 bundle: a file, or an address that gives one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from enrichment.intel.reading import reader_of
from enrichment.intel.source import Keep, Outcome, Sighted
from enrichment.intel.stix_objects import read_objects
from taishi.core.indicators import IntelSource
from taishi.core.problems import Problem

_MARK = "mark"


class _Bundle(msgspec.Struct):
    type: str
    objects: list[msgspec.Raw] = []


class StixBundle:
    """The state of a look: `mark` of the file, and when each indicator was last modified."""

    kind = "stix"

    def look(self, source: IntelSource, before: Mapping[str, str], keep: Keep) -> Outcome:
        place, _, name = source.place.rpartition("/")
        at = place if urlsplit(source.place).scheme else str(Path(source.place).parent)
        file = reader_of(replace(source, place=at)).read(name or source.place, before.get(_MARK, ""))
        known = {name: stamp for name, stamp in before.items() if name != _MARK}
        if file.body is None:
            return Outcome(unchanged=len(known), state=dict(before))
        try:
            bundle = msgspec.json.decode(file.body, type=_Bundle)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise Problem(f"{source.place}: is no STIX bundle ({error}); what is known is kept") from None
        if bundle.type != "bundle":
            raise Problem(f"{source.place}: is a STIX {bundle.type}, no bundle; what is known is kept")
        return _kept(source, bundle.objects, known, keep, file.mark)

    def tell(self, source: IntelSource, sighted: Sequence[Sighted]) -> int:  # noqa: ARG002 - the port names them
        """A file takes no sightings."""
        return 0


def _kept(
    source: IntelSource, objects: Sequence[msgspec.Raw], known: Mapping[str, str], keep: Keep, mark: str
) -> Outcome:
    found, problems = read_objects(source.id, objects)
    outcome = Outcome(fetched=1, unusable=problems, state={_MARK: mark})
    for parsed in found:
        stamp = parsed.report.at.isoformat()
        outcome.unusable += parsed.problems
        outcome.state[parsed.report.id] = stamp
        if known.get(parsed.report.id) == stamp:
            outcome.unchanged += 1
        else:
            keep(parsed.report, parsed.indicators)
    outcome.gone = known.keys() - outcome.state.keys()
    return outcome


SOURCE = StixBundle()
