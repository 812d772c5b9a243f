"""An evidence file against the data that it was made from: whether its lines stand in the audit chain."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from taishi.app.evidence_file.checking import Checked
from taishi.app.evidence_file.manifest import AUDIT, BLOCKS, CERTIFICATE, NOTICE, PAPERS, RELATED
from taishi.core.notice_records import Notice
from taishi.core.ports import StateStore
from taishi.core.records import Decision
from taishi.core.text import Text


class _Listed(msgspec.Struct):
    id: str


def data_problems(checked: Checked, state: StateStore, fingerprint: str) -> Sequence[tuple[str, Text]]:
    """`fingerprint`: SHA-256 of the certificate of the system's seal. Of a file whose parts are whole."""
    found = list(_chain(checked, state))
    if checked.certificate != fingerprint:
        found.append((CERTIFICATE, Text("不是本系统的系统签章", "is not this system's seal")))
    return found


def _chain(checked: Checked, state: StateStore) -> Iterator[tuple[str, Text]]:
    yield from ((AUDIT, problem) for problem in state.verify())
    kept = {line.serial: line for line in state.decisions()}
    told = dict(checked.members).get(AUDIT, b"").splitlines()
    lines = [msgspec.json.decode(line, type=Decision) for line in told]
    for line in lines:
        if kept.get(line.serial) != line:
            yield AUDIT, Text(f"第 {line.serial} 条不在审计链中", f"line {line.serial} is not in the chain")
    serials, objects = {line.serial for line in lines}, _objects(dict(checked.members))
    head = checked.manifest.chain if checked.manifest else None
    if head and (head.serial not in kept or kept[head.serial].hash != head.hash):
        yield AUDIT, Text("清单所述的末条不在审计链中", "the manifest's last line is not in the chain")
    for line in kept.values():
        if head and line.serial <= head.serial and line.object_id in objects and line.serial not in serials:
            yield AUDIT, Text(f"遗漏第 {line.serial} 条", f"line {line.serial} was left out")


def _objects(parts: Mapping[str, bytes]) -> set[str]:
    """The ids of everything that the file is about: every line about one of them belongs into it."""
    notice = msgspec.json.decode(parts[NOTICE], type=Notice)
    told = [line for name in (BLOCKS, PAPERS, RELATED) for line in parts[name].splitlines()]
    listed = {msgspec.json.decode(line, type=_Listed).id for line in told}
    return {notice.id, *(item.alert_id for item in notice.items), *listed}
