"""Personal data in logs: whoever reads the log reads them, and logs go further than the system they are of.

GB/T 35273-2020 6.2 asks to mask data as early as can be. Look-alike: a test entry, so it is low.
"""

from collections.abc import Iterator

import msgspec

from detections.hits import Evidences, Finding, hit
from detections.naming import target_of
from detections.networks import Networks
from detections.personal.found import ItemType
from detections.personal.grade import SENSITIVE
from detections.personal.shield import STAMP, Counts, counted
from detections.sequences.movements import told
from detections.sequences.recent import Recent, rows_with
from taishi.core.ecs import Kind
from taishi.core.event import Batch
from taishi.core.records import Hit, SubjectKind
from taishi.core.text import Text

#: Sensitive values from which a log is more than a slip.
LEAST = 3

FINDING = Finding(
    "taishi.data.logged",
    Text("日志中记录个人信息", "Personal data in logs"),
    "risk",
    "low",
    (),
    Text(
        "由系统开发或运维单位修改日志输出，号码脱敏后再写入；清理已有日志中的完整号码。",
        "Have the system's maker mask numbers before they are logged, and clean the logs that there are.",
    ),
    "data",
)


class _Logged(msgspec.Struct, forbid_unknown_fields=True):
    kind: SubjectKind = "host"
    counts: dict[ItemType, int] = msgspec.field(default_factory=dict)
    evidence: Evidences = msgspec.field(default_factory=Evidences)


class DataLogged:
    """Counts by the host, site or file that logs."""

    id = FINDING.rule
    kinds: frozenset[Kind] = frozenset({"http", "other", "process", "logon", "windows", "file"})

    def __init__(self, networks: Networks) -> None:
        del networks
        self._logs = Recent(str, _Logged)

    def observe(self, batch: Batch) -> None:
        if STAMP not in batch.rows.schema.names or batch.rows.column(STAMP).null_count == len(batch):
            return
        for event in rows_with(batch, STAMP).events():
            stamp = event.fields.get(STAMP)
            counts = counted(stamp if isinstance(stamp, list) else None)
            subject, kind, side = target_of(event)
            if event.text("event.module") == "pcap" or not subject or not counts.keys() & SENSITIVE:
                continue
            logged = self._logs[subject]
            logged.kind = kind
            logged.evidence.add(event, side=side)
            for one, number in counts.items():
                logged.counts[one] = logged.counts.get(one, 0) + number

    def hits(self) -> Iterator[Hit]:
        for subject, logged in self._logs.items():
            if sum(number for kind, number in logged.counts.items() if kind in SENSITIVE) >= LEAST:
                what = told(Counts(logged.counts))
                yield hit(
                    FINDING,
                    logged.evidence,
                    key="logs",
                    subject=subject,
                    subject_kind=logged.kind,
                    summary=Text(f"{subject} 的日志中有{what.zh}", f"logs of {subject} hold {what.en}"),
                )


SEQUENCE = DataLogged
