"""Personal data: what is stored is masked."""

from collections.abc import Iterable

from detections.personal.shield import masked_text
from taishi.app.doctor.finding import Finding, Ground, desk_of
from taishi.core.ports import Query
from taishi.core.text import Text

#: So many of the latest events are looked at.
LOOKED_AT = 2000
_COLUMNS = ("event.original", "message")


class Personal:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "personal"
    needs_desk = True

    def look(self, ground: Ground) -> Iterable[Finding]:
        """Masks stored events again: where that changes one, it was stored unmasked."""
        events = desk_of(ground).events.search(Query(limit=LOOKED_AT)).events
        texts = [(event.id, event.text(name)) for event in events for name in _COLUMNS]
        bare = {identity for identity, text in texts if masked_text(text, emails=False)[0] != text}
        said = Text(
            f"抽查最新 {len(events):,} 条事件，个人信息均已脱敏",
            f"the latest {len(events):,} events looked at: personal data is masked",
        )
        if not bare:
            yield Finding(self.name, "ok", said, clauses=("C12",), evidence={"events": len(events)})
            return
        yield Finding(
            self.name,
            "fail",
            Text(
                f"{len(bare)} 条事件中有未脱敏的个人信息", f"{len(bare)} events show unmasked personal data"
            ),
            Text(
                "看 taishi scan-data；旧版本写入的数据需重新入库",
                "see taishi scan-data; take older data in anew",
            ),
            ("C12",),
            {"events": len(events), "unmasked": sorted(bare)[:10]},
        )


CHECK = Personal()
