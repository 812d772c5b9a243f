"""Letters on their way: none stuck."""

from collections.abc import Iterable
from datetime import timedelta

from taishi.app.doctor.finding import Finding, Ground, desk_of
from taishi.core.portal_records import Delivery
from taishi.core.ports import Find
from taishi.core.text import Text

#: A letter that waits longer than this is late.
LATE = timedelta(hours=4)


class Mail:
    """Fits `taishi.app.doctor.finding.Check`."""

    name = "mail"
    needs_desk = True

    def look(self, ground: Ground) -> Iterable[Finding]:
        unsent = Find(where={"state": ("queued", "failed", "refused", "bounced")})
        stuck = [
            one
            for one in desk_of(ground).state.find(Delivery, unsent)
            if one.state != "queued" or ground.now - one.queued_at > LATE
        ]
        if not stuck:
            yield Finding(self.name, "ok", Text("没有滞留的函件", "no letter is stuck"))
            return
        last = stuck[-1].problem
        yield Finding(
            self.name,
            "warn",
            Text(f"{len(stuck)} 份函件未送达：{last}", f"{len(stuck)} letters have not arrived: {last}"),
            Text(
                "看“系统 → 送达”，改正地址或改为当面送达",
                "see System → Delivery: mend the address, or go there",
            ),
            evidence={"letters": sorted({one.notice_id for one in stuck})},
        )


CHECK = Mail()
